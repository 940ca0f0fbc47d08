// http/cli/response_scanner.hpp - the least that a load generator must know of an HTTP/1.1 answer:
// its status, and where it ends.
//
// Why it exists: the generator shares its processors with the islanders it measures; a full parser
// costs as much as the system calls around it.
// Limits: a head of 8 KiB and a body of 1 MiB; beyond them, or without a Content-Length, an answer
// is malformed. Bytes of a peer never assert.
#pragma once

#include <cstddef>
#include <string_view>

namespace hansard::cli {

struct Scan {
  enum class State : unsigned char { partial, whole, malformed };
  State state = State::partial;
  int status = 0;         // of whole
  std::size_t bytes = 0;  // of whole: length of the answer
  bool closes = false;    // of whole: the islander will close the connection
};

// Looks at what begins `bytes`.
[[nodiscard]] Scan scan_response(std::string_view bytes);

}  // namespace hansard::cli
