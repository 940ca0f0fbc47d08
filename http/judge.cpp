#include "http/judge.hpp"

#include "http/limits.hpp"
#include "log/identity.hpp"

#include <boost/beast/http/error.hpp>

#include <string>
#include <utility>

namespace hansard::http {

namespace {

Problem problem_of(unsigned status, std::string_view type, std::string detail) {
  Problem problem;
  problem.status = status;
  problem.type = type;
  problem.detail = std::move(detail);
  return problem;
}

}  // namespace

std::optional<Problem> judge_header(const Request& request) {
  if (!request.http_1_0 && !request.has_host) return bad_request("the field Host is missing");
  if (request.fault != nullptr) return bad_request(std::string("there are ") + request.fault);
  if (request.bad_encoding) return not_implemented("of transfer encodings only `chunked` is understood");
  if (request.bad_expect && !request.http_1_0) {
    return problem_of(417, "expectation-failed", "of expectations only `100-continue` is understood");
  }
  return std::nullopt;
}

std::optional<Problem> judge_call(const Request& request, const Route& route, bool log_exists) {
  if (route.malformed) return bad_request("the path has a percent sign that is not followed by two hex digits");
  if (route.call == Call::none) return problem_of(404, "not-found", "there is no such path");
  if (route.wrong_method) {
    Problem problem = problem_of(405, "wrong-method", "this path takes " + std::string(route.allow));
    problem.headers = "Allow: " + std::string(route.allow) + "\r\n";
    return problem;
  }
  if (!route.log.empty() && !is_name(route.log)) return bad_request("a log's name is [a-z0-9][a-z0-9._-]{0,62}");
  if (route.about_log() && !log_exists) return problem_of(404, "unknown-log", "there is no log `" + route.log + "`");
  const bool appends = route.call == Call::append || route.call == Call::batch;
  // Whoever sends a condition means it: to ignore it would be to do what was not asked.
  if (request.has_condition && !appends) return bad_request("If-Match holds for appends alone");
  if (request.has_upgrade && route.call == Call::subscribe) return not_implemented("there are no WebSockets yet");
  return std::nullopt;
}

std::size_t body_limit(const Route& route, std::size_t entry_bytes_max) {
  if (route.wrong_method) return Limits::other_body_bytes;
  if (route.call == Call::append) return entry_bytes_max;
  if (route.call == Call::batch) return Limits::batch_bytes;
  return Limits::other_body_bytes;
}

Problem too_large(const Route& route, std::size_t entry_bytes_max) {
  return problem_of(413, "too-large",
                    "the body is over " + std::to_string(body_limit(route, entry_bytes_max)) + " bytes");
}

Problem malformed(const boost::system::error_code& ec, const Route& route, std::size_t entry_bytes_max) {
  namespace beast_http = boost::beast::http;
  if (ec == beast_http::error::body_limit) return too_large(route, entry_bytes_max);
  if (ec == beast_http::error::header_limit) {
    return problem_of(431, "header-too-large",
                      "request line and fields are over " + std::to_string(Limits::header_bytes) + " bytes");
  }
  return bad_request("this is not HTTP/1.1 as we know it: " + ec.message());
}

}  // namespace hansard::http
