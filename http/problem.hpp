// http/problem.hpp - Problem: an answer that is an error, as application/problem+json (RFC 9457).
//
// `type` is the word that programs look at; the words are part of the HTTP API and never change. `detail` is a line for
// people: what was wrong and, where it helps, what to do.
#pragma once

#include "log/promise.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace hansard::http {

struct Problem {
  unsigned status = 500;
  std::string_view type;  // "bad-request"; a literal
  std::string detail;
  std::optional<unsigned> retry_after_ms;  // also the header Retry-After, in whole seconds
  std::string members;                     // further members as JSON: `,"first":"3/10"`
  std::optional<Promise> promise;          // Hansard-Promise; none: the log's newest client entry
  std::string headers;                     // further header lines, each with its CRLF
  bool close = false;                      // the connection closes after the answer
};

// The title that goes with a type.
[[nodiscard]] std::string_view title_of(std::string_view type);
[[nodiscard]] std::string to_json(const Problem& problem);
// "Not Found"; empty for a status we never send.
[[nodiscard]] std::string_view reason_of(unsigned status);

// The commonest ones.
[[nodiscard]] Problem bad_request(std::string detail);
[[nodiscard]] Problem not_implemented(std::string detail);

}  // namespace hansard::http
