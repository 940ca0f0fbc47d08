// http/judge.hpp - what is wrong with a request before its handler looks at it. Pure: testable without a socket.
#pragma once

#include "http/problem.hpp"
#include "http/request.hpp"
#include "http/route.hpp"

#include <boost/system/error_code.hpp>

#include <cstddef>
#include <optional>

namespace hansard::http {

// What makes the message itself untrustworthy: after it the connection closes. Looked at when the header is here.
[[nodiscard]] std::optional<Problem> judge_header(const Request& request);
// What is wrong with the call whatever its body and parameters say: path, method, log, what is not honoured yet.
[[nodiscard]] std::optional<Problem> judge_call(const Request& request, const Route& route, bool log_exists);

// Bytes that the body of this call may have, and the answer where it has more. `entry_bytes_max`: the log's.
[[nodiscard]] std::size_t body_limit(const Route& route, std::size_t entry_bytes_max);
[[nodiscard]] Problem too_large(const Route& route, std::size_t entry_bytes_max);

// The parser gave up with this error.
[[nodiscard]] Problem malformed(const boost::system::error_code& ec, const Route& route, std::size_t entry_bytes_max);

}  // namespace hansard::http
