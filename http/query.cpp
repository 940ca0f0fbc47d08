#include "http/query.hpp"

#include "log/entry.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace hansard::http {

namespace {

// A century: in microseconds still far from overflow.
constexpr std::uint64_t milliseconds_max = 876'000ULL * 3'600'000ULL;

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::string said(std::string_view name, std::string_view value) {
  std::string text = "`";
  text.append(name).append("=").append(value.substr(0, 100)).append("`");
  return text;
}

}  // namespace

std::optional<std::string> percent_decode(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    if (text.size() - i < 3) return std::nullopt;
    const int high = hex_value(text[i + 1]);
    const int low = hex_value(text[i + 2]);
    if (high < 0 || low < 0) return std::nullopt;
    out += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return out;
}

std::optional<std::uint64_t> parse_count(std::string_view text) {
  std::uint64_t count = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, count);
  if (error != std::errc{} || stop != end) return std::nullopt;
  if (text.size() > 1 && text[0] == '0') return std::nullopt;
  return count;
}

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) {
  const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
  const std::optional<std::uint64_t> count = parse_count(text.substr(0, digits));
  if (!count) return std::nullopt;
  const std::string_view unit = text.substr(digits);
  std::uint64_t milliseconds = 0;
  if (unit == "ms")
    milliseconds = 1;
  else if (unit == "s")
    milliseconds = 1'000;
  else if (unit == "m")
    milliseconds = 60'000;
  else if (unit == "h")
    milliseconds = 3'600'000;
  else
    return std::nullopt;
  if (*count > milliseconds_max / milliseconds) return std::nullopt;
  return std::chrono::milliseconds(*count * milliseconds);
}

bool is_key(std::string_view text) {
  return !text.empty() && text.size() <= EntryLimits::key_bytes_max &&
         std::ranges::all_of(text, [](char c) { return c >= '!' && c <= '~'; });
}

Query::Query(std::string_view text) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('&'), text.size());
    const std::string_view pair = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (pair.empty()) continue;
    const std::size_t equals = std::min(pair.find('='), pair.size());
    std::optional<std::string> name = percent_decode(pair.substr(0, equals));
    std::optional<std::string> value = percent_decode(pair.substr(std::min(equals + 1, pair.size())));
    if (!name || !value) {
      blame("the query has a percent sign that is not followed by two hex digits");
      return;
    }
    parameters_.push_back({std::move(*name), std::move(*value)});
  }
}

bool Query::has(std::string_view name) const {
  return std::ranges::any_of(parameters_, [name](const Parameter& p) { return p.name == name; });
}

std::vector<std::string> Query::take_all(std::string_view name) {
  std::vector<std::string> values;
  for (Parameter& parameter : parameters_) {
    if (parameter.name != name) continue;
    parameter.taken = true;
    values.push_back(parameter.value);
  }
  return values;
}

std::optional<std::string> Query::take(std::string_view name) {
  std::vector<std::string> values = take_all(name);
  if (values.empty()) return std::nullopt;
  if (values.size() > 1) blame("`" + std::string(name) + "` is given twice");
  return std::move(values.front());
}

std::chrono::milliseconds Query::take_duration(std::string_view name, std::chrono::milliseconds usual,
                                               std::chrono::milliseconds max) {
  const std::optional<std::string> value = take(name);
  if (!value) return usual;
  const std::optional<std::chrono::milliseconds> duration = parse_duration(*value);
  if (!duration) {
    blame(said(name, *value) + " is no duration: write 250ms, 10s, 5m or 24h");
    return usual;
  }
  if (*duration > max) {
    blame(said(name, *value) + " is over its limit of " + std::to_string(max.count()) + "ms");
    return usual;
  }
  return *duration;
}

std::uint64_t Query::take_count(std::string_view name, std::uint64_t usual, std::uint64_t max) {
  const std::optional<std::string> value = take(name);
  if (!value) return usual;
  const std::optional<std::uint64_t> count = parse_count(*value);
  if (!count || *count == 0 || *count > max) {
    blame(said(name, *value) + " is no count from 1 to " + std::to_string(max));
    return usual;
  }
  return *count;
}

bool Query::take_flag(std::string_view name) {
  const std::optional<std::string> value = take(name);
  if (!value || *value == "false") return false;
  if (*value != "true") blame(said(name, *value) + " is neither true nor false");
  return true;
}

std::optional<Bookmark> Query::take_bookmark(std::string_view name) {
  const std::optional<std::string> value = take(name);
  if (!value) return std::nullopt;
  const std::optional<Bookmark> bookmark = parse_bookmark(*value);
  if (!bookmark) blame(said(name, *value) + " is no promise: write 3/42 or 3/42@9f2c81ab");
  return bookmark;
}

void Query::blame(std::string fault) {
  if (fault_.empty()) fault_ = std::move(fault);
}

const std::string& Query::fault() {
  for (const Parameter& parameter : parameters_) {
    if (!parameter.taken) blame("`" + parameter.name.substr(0, 100) + "` is no parameter of this call");
  }
  return fault_;
}

}  // namespace hansard::http
