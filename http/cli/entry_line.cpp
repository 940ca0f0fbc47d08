// http/cli/entry_line.cpp - cuts members out of a line of NDJSON.
#include "http/cli/entry_line.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

namespace hansard::cli {

namespace {

constexpr std::size_t npos = std::string_view::npos;

std::size_t skip_space(std::string_view text, std::size_t at) {
  at = text.find_first_not_of(" \t\r\n", at);
  return std::min(at, text.size());
}

// Past the string that begins at `at`; npos where it has no end.
std::size_t skip_string(std::string_view text, std::size_t at) {
  for (++at; at < text.size(); ++at) {
    if (text[at] == '\\') {
      ++at;
    } else if (text[at] == '"') {
      return at + 1;
    }
  }
  return npos;
}

// Past the value that begins at `at`, up to the comma or bracket that follows it.
std::size_t skip_value(std::string_view text, std::size_t at) {
  std::size_t depth = 0;
  while (at < text.size()) {
    const char c = text[at];
    if (c == '"') {
      at = skip_string(text, at);
      if (at == npos) return npos;
      continue;
    }
    if (c == '{' || c == '[') ++depth;
    if (depth == 0 && (c == ',' || c == '}' || c == ']')) return at;
    if (c == '}' || c == ']') --depth;
    ++at;
  }
  return npos;
}

std::string unquoted(std::string_view raw) {
  const auto value = nlohmann::json::parse(raw, nullptr, false);
  return value.is_string() ? value.get<std::string>() : std::string(raw);
}

}  // namespace

std::optional<std::string_view> raw_member(std::string_view object, std::string_view name) {
  std::size_t at = skip_space(object, 0);
  if (at == object.size() || object[at] != '{') return std::nullopt;
  at = skip_space(object, at + 1);
  while (at < object.size() && object[at] == '"') {
    const std::size_t key_end = skip_string(object, at);
    if (key_end == npos) return std::nullopt;
    const std::string_view key = object.substr(at + 1, key_end - at - 2);
    at = skip_space(object, key_end);
    if (at == object.size() || object[at] != ':') return std::nullopt;
    at = skip_space(object, at + 1);
    const std::size_t end = skip_value(object, at);
    if (end == npos) return std::nullopt;
    if (key == name) {
      const std::string_view value = object.substr(at, end - at);
      return value.substr(0, value.find_last_not_of(" \t\r\n") + 1);
    }
    if (object[end] != ',') return std::nullopt;
    at = skip_space(object, end + 1);
  }
  return std::nullopt;
}

std::optional<std::string> decode_base64(std::string_view text) {
  constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  if (text.size() % 4 != 0) return std::nullopt;
  std::size_t padding = 0;
  while (padding < 2 && padding < text.size() && text[text.size() - 1 - padding] == '=') ++padding;
  std::string bytes;
  std::uint32_t group = 0;
  const std::string_view digits = text.substr(0, text.size() - padding);
  for (std::size_t i = 0; i < text.size(); ++i) {
    const std::size_t value = i < digits.size() ? alphabet.find(digits[i]) : 0;
    if (value == npos) return std::nullopt;
    group = (group << 6U) | static_cast<std::uint32_t>(value);
    if (i % 4 != 3) continue;
    for (const unsigned shift : {16U, 8U, 0U}) bytes += static_cast<char>((group >> shift) & 0xffU);
    group = 0;
  }
  bytes.resize(bytes.size() - padding);
  return bytes;
}

std::optional<EntryLine> parse_entry_line(std::string_view line) {
  const std::optional<std::string_view> promise_text = raw_member(line, "promise");
  if (!promise_text) return std::nullopt;
  const std::optional<Promise> promise = parse_promise(unquoted(*promise_text));
  if (!promise) return std::nullopt;
  EntryLine entry{*promise, {}};
  if (const auto data = raw_member(line, "data")) {
    entry.body = unquoted(*data);
    return entry;
  }
  const std::optional<std::string_view> encoded = raw_member(line, "data_base64");
  if (!encoded) return std::nullopt;
  std::optional<std::string> bytes = decode_base64(unquoted(*encoded));
  if (!bytes) return std::nullopt;
  entry.body = std::move(*bytes);
  return entry;
}

}  // namespace hansard::cli
