// tests/fuzz/query.cpp - a query and the values it may hold.
#include "http/query.hpp"

#include "http/json.hpp"
#include "tests/fuzz/target.hpp"

namespace hansard::fuzz {
namespace {

std::string percent_encode(std::string_view text) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    out += {'%', digits[byte >> 4U], digits[byte & 15U]};
  }
  return out;
}

void bookmark(std::string_view text) {
  const auto parsed = http::parse_bookmark(text);
  if (!parsed) return;
  const Republic republic{std::uint64_t{parsed->mark.value_or(0)} << 32U, 0};
  demand(parsed->belongs_to(republic), "a bookmark does not belong to its republic");
  std::string again;
  if (parsed->mark)
    http::append_bookmark(again, parsed->promise, republic);
  else
    http::append_promise(again, parsed->promise);
  demand_same(text, again, "a bookmark changes when it is written");
}

void values(std::string_view text) {
  bookmark(text);
  if (const auto count = http::parse_count(text)) {
    demand_same(text, std::to_string(*count), "a count changes when it is written");
  }
  if (const auto duration = http::parse_duration(text)) {
    const auto again = http::parse_duration(std::to_string(duration->count()) + "ms");
    demand(duration->count() >= 0 && again == duration, "a duration changes when it is written");
  }
  if (const auto decoded = http::percent_decode(text)) {
    demand(decoded->size() <= text.size(), "decoding adds bytes");
  }
  const auto again = http::percent_decode(percent_encode(text));
  demand(again.has_value(), "percent signs are not read as they were written");
  demand_same(text, *again, "a text changes when its percent signs are decoded");
}

constexpr const char* names[] = {"after", "limit", "channel", "wait", "a"};

}  // namespace

void query(std::string_view input) {
  values(input);

  http::Query parsed(input);
  std::string written;
  for (const char* name : names) {
    const auto all = parsed.take_all(name);
    demand(parsed.has(name) == !all.empty(), "a parameter is there and is not");
    for (const std::string& value : all) {
      written += (written.empty() ? "" : "&") + percent_encode(name) + '=' + percent_encode(value);
      values(value);
    }
  }
  http::Query again(written);
  for (const char* name : names) {
    demand(parsed.take_all(name) == again.take_all(name), "a parameter changes when it is written");
  }
  demand(again.fault().empty(), "a query is not read as it was written");

  http::Query typed(input);
  const auto duration = typed.take_duration("wait", std::chrono::milliseconds(1), std::chrono::milliseconds(50));
  demand(duration.count() >= 0 && duration.count() <= 50, "a duration over its limit");
  const auto count = typed.take_count("limit", 1, 50);
  demand(count >= 1 && count <= 50, "a count over its limit");
  static_cast<void>(typed.take_flag("a"));
  static_cast<void>(typed.take_bookmark("after"));
  static_cast<void>(typed.take("channel"));
  demand(typed.fault().size() < 512, "a fault without bound");
}

}  // namespace hansard::fuzz
