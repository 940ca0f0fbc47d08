// http/response.hpp - the head of an answer, written by hand onto the end of a buffer.
//
// Threads: one.
#pragma once

#include "log/identity.hpp"
#include "log/promise.hpp"

#include <cstddef>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

namespace hansard::http {

struct Answer {
  unsigned status = 200;
  std::string_view content_type = "application/json";
  std::string_view headers;  // further lines, each with its CRLF
  std::string_view body;
  std::optional<Promise> promise;  // Hansard-Promise; none: the log's newest client entry
  bool close = false;
};

enum class Ending : unsigned char { keep_alive, keep_alive_1_0, close };

// How the client finds the end of the body: a length, chunks, or (HTTP/1.0) the end of the connection.
inline constexpr std::size_t chunked = std::numeric_limits<std::size_t>::max();
inline constexpr std::size_t to_the_end = chunked - 1;

// Up to and without the empty line. `length`: bytes, `chunked` or `to_the_end`.
void append_head(std::string& out, unsigned status, std::string_view content_type, std::size_t length, Ending ending);

// What every answer about a log bears. The lines that hardly ever change are kept as they were last written.
class LogHeaders {
 public:
  void append(std::string& out, Promise promise, Promise government, std::string_view leader, const Republic& republic);

 private:
  std::string lines_;
  Promise government_;
  std::string leader_;
  Republic republic_;
};

}  // namespace hansard::http
