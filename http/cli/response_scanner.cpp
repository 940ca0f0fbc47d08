// http/cli/response_scanner.cpp - status line and Content-Length, bounded and checked.
#include "http/cli/response_scanner.hpp"

#include <charconv>

namespace hansard::cli {

namespace {

constexpr std::size_t npos = std::string_view::npos;
constexpr std::size_t head_bytes_max = std::size_t{8} << 10U;
constexpr std::size_t body_bytes_max = std::size_t{1} << 20U;
constexpr std::string_view version = "HTTP/1.1 ";
constexpr std::size_t status_digits = 3;

constexpr Scan malformed{Scan::State::malformed, 0, 0, false};

// `name` is in lower case.
bool has_name(std::string_view line, std::string_view name) {
  if (line.size() <= name.size() || line[name.size()] != ':') return false;
  for (std::size_t i = 0; i < name.size(); ++i) {
    const char c = line[i];
    if ((c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c) != name[i]) return false;
  }
  return true;
}

std::string_view value_of(std::string_view line) {
  std::string_view value = line.substr(line.find(':') + 1);
  while (value.starts_with(' ')) value.remove_prefix(1);
  while (value.ends_with(' ')) value.remove_suffix(1);
  return value;
}

template <class Number>
bool read_number(std::string_view text, Number& number) {
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), number);
  return ec == std::errc{} && end == text.data() + text.size() && !text.empty();
}

// Of what follows the version: three digits, not `-20`, and not the first three of more.
bool read_status(std::string_view text, int& status) {
  if (text.size() > status_digits && text[status_digits] != ' ') return false;
  return read_number(text.substr(0, status_digits), status) && status >= 100;
}

}  // namespace

Scan scan_response(std::string_view bytes) {
  const std::size_t head_end = bytes.substr(0, head_bytes_max).find("\r\n\r\n");
  if (head_end == npos) return bytes.size() < head_bytes_max ? Scan{} : malformed;

  Scan scan;
  std::size_t at = bytes.find("\r\n");
  const std::string_view first = bytes.substr(0, at);
  if (!first.starts_with(version) || !read_status(first.substr(version.size()), scan.status)) return malformed;
  std::size_t length = npos;
  while (at < head_end) {
    const std::size_t begin = at + 2;
    at = bytes.find("\r\n", begin);
    const std::string_view line = bytes.substr(begin, at - begin);
    if (has_name(line, "content-length")) {
      if (length != npos || !read_number(value_of(line), length)) return malformed;
    } else if (has_name(line, "transfer-encoding")) {
      return malformed;
    } else if (has_name(line, "connection")) {
      scan.closes = value_of(line) == "close";
    }
  }
  if (length == npos || length > body_bytes_max) return malformed;
  scan.bytes = head_end + 4 + length;
  if (bytes.size() >= scan.bytes) scan.state = Scan::State::whole;
  return scan;
}

}  // namespace hansard::cli
