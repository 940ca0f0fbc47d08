// sdk/event_line.cpp - see event_line.hpp.
#include "sdk/event_line.hpp"

#include <algorithm>
#include <string_view>

namespace hansard {

namespace {

bool is_plain(char c) { return c > ' ' && c <= '~' && c != '"' && c != '\\' && c != '='; }

void write_value(std::string_view value, std::string& line) {
  if (!value.empty() && std::ranges::all_of(value, is_plain)) {
    line += value;
    return;
  }
  line += '"';
  for (const char c : value) {
    if (c == '"' || c == '\\') line += '\\';
    const auto byte = static_cast<unsigned char>(c);
    line += byte < 0x20 || byte == 0x7f ? ' ' : c;
  }
  line += '"';
}

}  // namespace

std::string event_line(const Event& event) {
  std::string line = "event=";
  write_value(event.name, line);
  for (const auto& [name, value] : event.facts) {
    line += ' ';
    line += name;
    line += '=';
    write_value(value, line);
  }
  return line;
}

}  // namespace hansard
