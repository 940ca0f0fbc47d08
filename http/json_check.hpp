// http/json_check.hpp - is this text JSON, is it UTF-8: yes or no, in one pass and without a copy.
//
// Why not nlohmann::json::accept: it converts every number and copies every string (8 MiB of batch would hold the
// islander's thread for a tenth of a second), takes a NUL byte for the end of the text, and skips a byte order mark:
// what it accepts may not be pasted into an answer as it is. The tests compare the two on everything else.
// Threads: none of it has state. Memory: none beyond the stack.
#pragma once

#include <cstddef>
#include <string_view>

namespace hansard::http {

// Deeper values are not taken for JSON: readers that recurse would be brought down by another client's entry.
inline constexpr std::size_t json_depth_max = 512;

// One JSON value (RFC 8259) with white space around it. Strings must be UTF-8 without lone surrogates, numbers must fit
// a double's range: what is accepted here every strict parser can read.
[[nodiscard]] bool is_json(std::string_view text);

[[nodiscard]] bool is_utf8(std::string_view text);
// Bytes of the well-formed UTF-8 character that `text` begins with, 1 to 4; 0 where it begins with none.
[[nodiscard]] std::size_t utf8_length(std::string_view text);

}  // namespace hansard::http
