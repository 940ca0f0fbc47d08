#include "http/media.hpp"

#include <algorithm>

namespace hansard::http {

namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::string_view name_of(std::string_view content_type) {
  return trimmed(content_type.substr(0, content_type.find(';')));
}

// Takes the next element off a list.
std::string_view next_of(std::string_view& list, char separator) {
  const std::size_t end = std::min(list.find(separator), list.size());
  const std::string_view element = list.substr(0, end);
  list.remove_prefix(std::min(end + 1, list.size()));
  return trimmed(element);
}

// The weight of a media range in thousandths: `q=0.5` is 500; 1000 where none is given or where it
// is not understood.
unsigned weight_of(std::string_view range) {
  (void)next_of(range, ';');
  while (!range.empty()) {
    const std::string_view parameter = next_of(range, ';');
    if (parameter.size() < 3 || lower(parameter[0]) != 'q' || parameter[1] != '=') continue;
    const std::string_view value = parameter.substr(2);
    if (value[0] != '0') return 1000;
    unsigned weight = 0;
    unsigned unit = 100;
    for (std::size_t i = 2; i < value.size() && unit != 0; ++i, unit /= 10) {
      if (value[i] < '0' || value[i] > '9') break;
      weight += static_cast<unsigned>(value[i] - '0') * unit;
    }
    return weight;
  }
  return 1000;
}

}  // namespace

bool equals_ignoring_case(std::string_view a, std::string_view b) {
  return a.size() == b.size() &&
         std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) { return lower(x) == lower(y); });
}

std::string_view trimmed(std::string_view text) {
  const auto is_blank = [](char c) { return c == ' ' || c == '\t'; };
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

bool is_media_type(std::string_view content_type, std::string_view name) {
  return equals_ignoring_case(name_of(content_type), name);
}

bool is_json_type(std::string_view content_type) {
  constexpr std::string_view prefix = "application/";
  constexpr std::string_view suffix = "+json";
  const std::string_view name = name_of(content_type);
  if (equals_ignoring_case(name, "application/json")) return true;
  return name.size() > prefix.size() + suffix.size() && equals_ignoring_case(name.substr(0, prefix.size()), prefix) &&
         equals_ignoring_case(name.substr(name.size() - suffix.size()), suffix);
}

Form negotiate(std::string_view accept, Form usual) {
  const std::string_view usual_name = usual == Form::sse ? "text/event-stream" : "application/json";
  unsigned lines = 0;
  unsigned best_usual = 0;
  unsigned wild = 0;
  while (!accept.empty()) {
    const std::string_view range = next_of(accept, ',');
    const unsigned weight = weight_of(range);
    if (is_media_type(range, "application/x-ndjson"))
      lines = std::max(lines, weight);
    else if (is_media_type(range, usual_name))
      best_usual = std::max(best_usual, weight);
    else if (name_of(range).find('*') != std::string_view::npos)
      wild = std::max(wild, weight);
  }
  // A wildcard prefers nothing: it lets the usual in only where NDJSON weighs less than it.
  const unsigned usual_weight = best_usual != 0 ? best_usual : (wild > lines ? wild : 0);
  return lines > usual_weight ? Form::ndjson : usual;
}

}  // namespace hansard::http
