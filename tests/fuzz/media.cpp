// tests/fuzz/media.cpp - Content-Type and Accept. What is held is what a reader of RFC 9110 relies on: neither case nor
// parameters nor the order of a list matter.
#include "http/media.hpp"

#include "tests/fuzz/target.hpp"

#include <algorithm>

namespace hansard::fuzz {
namespace {

std::string shouted(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
  return out;
}

std::string backwards(std::string_view list) {
  std::string out;
  while (true) {
    const std::size_t comma = list.rfind(',');
    out += list.substr(comma == std::string_view::npos ? 0 : comma + 1);
    if (comma == std::string_view::npos) return out;
    out += ',';
    list = list.substr(0, comma);
  }
}

}  // namespace

void media(std::string_view input) {
  using http::Form;
  for (const Form usual : {Form::json, Form::sse}) {
    const Form form = http::negotiate(input, usual);
    demand(form == usual || form == Form::ndjson, "a form that nobody asked for");
    demand_agree(form == usual, http::negotiate(shouted(input), usual) == usual, "a form depends on case");
    demand_agree(form == usual, http::negotiate(backwards(input), usual) == usual, "a form depends on the order");
  }
  demand(http::is_json_type(input) == http::is_json_type(shouted(input)), "a type depends on case");
  demand(http::is_json_type(input) == http::is_json_type(std::string(input) + ";q=1"), "a type depends on parameters");
  demand(http::equals_ignoring_case(input, shouted(input)), "a text differs from itself");
  demand(http::trimmed(http::trimmed(input)) == http::trimmed(input), "a trimmed text is not trimmed");
}

}  // namespace hansard::fuzz
