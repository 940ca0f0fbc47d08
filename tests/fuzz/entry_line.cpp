// tests/fuzz/entry_line.cpp - a line of NDJSON of which members are cut out, against nlohmann's whole reading of it.
#include "http/cli/entry_line.hpp"

#include "http/json.hpp"
#include "tests/fuzz/target.hpp"

#include <nlohmann/json.hpp>
#include <set>

namespace hansard::fuzz {
namespace {

std::string base64(std::string_view bytes) {
  std::string text;
  http::append_base64(text, bytes);
  return text;
}

// raw_member compares keys as they are written, and takes the first of two.
bool is_plain(std::string_view line) {
  if (line.find('\\') != std::string_view::npos || line.find('\0') != std::string_view::npos) return false;
  std::set<std::string> seen;
  bool is_twice = false;
  const auto on_event = [&](int depth, nlohmann::json::parse_event_t event, nlohmann::json& value) {
    if (event == nlohmann::json::parse_event_t::key && depth == 1) {
      is_twice = is_twice || !seen.insert(value.get<std::string>()).second;
    }
    return true;
  };
  const auto parsed = nlohmann::json::parse(line, on_event, false);
  return parsed.is_object() && !is_twice;
}

void members(std::string_view line) {
  if (line.starts_with("\xEF\xBB\xBF") || !is_plain(line)) return;
  const auto object = nlohmann::json::parse(line, nullptr, false);
  for (const char* name : {"promise", "data", "data_base64", "", "a"}) {
    const auto raw = cli::raw_member(line, name);
    demand_agree(object.contains(name), raw.has_value(), "a member is found where none is, or is not found");
    if (raw) demand(nlohmann::json::parse(*raw, nullptr, false) == object[name], "a member's text is another's");
  }
}

}  // namespace

void entry_line(std::string_view input) {
  members(input);
  if (const auto bytes = cli::decode_base64(input)) {
    const auto again = cli::decode_base64(base64(*bytes));
    demand(again.has_value(), "base64 is not read as it was written");
    demand_same(*bytes, *again, "base64 changes when it is written");
  }
  if (const auto line = cli::parse_entry_line(input)) {
    const std::string written =
        R"({"promise":")" + to_string(line->promise) + R"(","data_base64":")" + base64(line->body) + "\"}";
    const auto again = cli::parse_entry_line(written);
    demand(again && again->promise == line->promise, "an entry's line is not read as it was written");
    demand_same(line->body, again->body, "an entry's body changes when its line is written");
  }
}

}  // namespace hansard::fuzz
