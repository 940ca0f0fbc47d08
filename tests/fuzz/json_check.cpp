// tests/fuzz/json_check.cpp - JSON and UTF-8 against nlohmann's reading of them; the differences that json_check.hpp
// names are left out.
#include "http/json_check.hpp"

#include "http/json.hpp"
#include "tests/fuzz/target.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace hansard::fuzz {
namespace {

// More openings than the limit may be deeper than it.
bool may_be_too_deep(std::string_view text) {
  const auto opens = std::ranges::count_if(text, [](char c) { return c == '[' || c == '{'; });
  return static_cast<std::size_t>(opens) > http::json_depth_max;
}

bool reference(std::string_view text) {
  if (text.find('\0') != std::string_view::npos || text.starts_with("\xEF\xBB\xBF")) return false;
  return nlohmann::json::accept(text);
}

// A string of these bytes, without those that would end or escape.
std::string quoted(std::string_view text) {
  std::string inside(text);
  std::ranges::replace_if(
      inside, [](char c) { return (c >= 0 && c < ' ') || c == '"' || c == '\\'; }, 'x');
  return '"' + inside + '"';
}

}  // namespace

void json_check(std::string_view input) {
  const bool is_json = http::is_json(input);
  if (may_be_too_deep(input)) {
    demand(!is_json || reference(input), "JSON that nlohmann does not take");
  } else {
    demand_agree(is_json, reference(input), "one takes it for JSON and one does not");
  }
  const bool is_utf8 = http::is_utf8(input);
  demand_agree(is_utf8, nlohmann::json::accept(quoted(input)), "one takes it for UTF-8 and one does not");
  demand(!is_json || is_utf8, "JSON that is not UTF-8");

  std::string written;
  http::append_json_string(written, input);
  demand(http::is_json(written) && written.find('\n') == std::string::npos, "a string is not written on one line");
  if (is_utf8) {
    demand_same(input, nlohmann::json::parse(written).get<std::string>(), "a string changes when it is written");
  }
}

}  // namespace hansard::fuzz
