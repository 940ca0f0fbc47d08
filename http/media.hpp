// http/media.hpp - media types: which content is JSON, which form of an answer a client asks for.
//
// Names are compared without case and without their parameters (`; charset=utf-8`).
// Threads: none of it has state.
#pragma once

#include <cstdint>
#include <string_view>

namespace hansard::http {

// Case-insensitive over ASCII.
[[nodiscard]] bool equals_ignoring_case(std::string_view a, std::string_view b);
// Without blanks and tabs at its ends.
[[nodiscard]] std::string_view trimmed(std::string_view text);

[[nodiscard]] bool is_media_type(std::string_view content_type, std::string_view name);
// application/json and application/*+json.
[[nodiscard]] bool is_json_type(std::string_view content_type);

// How entries are written to a client.
enum class Form : std::uint8_t {
  json,    // one document
  ndjson,  // one line an entry
  sse,     // one Server-Sent Event an entry
};

// The form that an Accept header prefers: `usual` or NDJSON. What names neither (nor a wildcard,
// which means the usual) gets the usual too: a wrong Accept is no reason to refuse.
[[nodiscard]] Form negotiate(std::string_view accept, Form usual);

}  // namespace hansard::http
