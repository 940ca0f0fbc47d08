// http/cli/entry_line.hpp - an entry as the API gives it in NDJSON: one JSON object on one line.
//
// The line is not taken apart and put together again, because numbers in `data` stay as they were
// written: what is needed is cut out of it.
// Errors: nullopt where the line is not such an object.
#pragma once

#include "log/promise.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace hansard::cli {

// The text of a member's value, as it stands in the object: `{"a":1.0}`, "a" -> `1.0`.
[[nodiscard]] std::optional<std::string_view> raw_member(std::string_view object, std::string_view name);
[[nodiscard]] std::optional<std::string> decode_base64(std::string_view text);

struct EntryLine {
  Promise promise;
  std::string body;  // text as text, JSON as it was written, anything else byte for byte
};
[[nodiscard]] std::optional<EntryLine> parse_entry_line(std::string_view line);

}  // namespace hansard::cli
