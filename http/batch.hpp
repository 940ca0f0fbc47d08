// http/batch.hpp - a batch's body, taken apart into its entries: all of it is well-formed, or none of it is taken.
//
// Two formats: application/x-ndjson, one JSON value a line (the last line's end may be missing), each kept as it was
// written and stored as application/json; application/vnd.hansard.batch, per entry a 32-bit big-endian length and the
// bytes, stored as application/octet-stream.
// Errors: a Problem: 415 another format, 400 empty, torn or malformed, 413 too many or too large entries.
#pragma once

#include "government/message.hpp"
#include "http/problem.hpp"

#include <cstddef>
#include <string_view>
#include <variant>
#include <vector>

namespace hansard::http {

using Batch = std::variant<std::vector<Submission::Body>, Problem>;

// `entry_bytes_max`: the log's. REQUIRES: body.size() <= Limits::batch_bytes, which the session holds.
[[nodiscard]] Batch parse_batch(std::string_view content_type, std::string_view body, std::size_t entry_bytes_max);

}  // namespace hansard::http
