// tests/fuzz/handshake.cpp - the heads with which a pulse connection is opened, from both sides.
#include "sdk/handshake.hpp"

#include "tests/fuzz/target.hpp"

#include <algorithm>

namespace hansard::fuzz {
namespace {

// It goes into our log and into a header.
void check(const Refusal& refusal) {
  demand(refusal.why.size() <= 400, "a reason without bound");
  demand(std::ranges::all_of(refusal.why, [](char c) { return c >= ' ' && c <= '~'; }), "a reason that is not visible");
  const std::string text = write_refusal(refusal);
  demand(text.find("\r\n\r\n") == text.rfind("\r\n\r\n"), "a refusal with two heads");
}

void check(const Greeting& greeting) {
  demand(is_name(greeting.from.islander.id), "an islander without a name");
  const auto again = parse_greeting(write_greeting(greeting, "x"));
  const auto* same = std::get_if<Greeting>(&again);
  demand(same != nullptr, "a greeting is not read as it was written");
  demand_same(write_greeting(greeting, "x"), write_greeting(*same, "x"), "a greeting changes when it is written");
}

void check(const Speaker& speaker) {
  const auto again = parse_welcome(write_welcome(speaker));
  const auto* same = std::get_if<Speaker>(&again);
  demand(same != nullptr, "a welcome is not read as it was written");
  demand_same(write_welcome(speaker), write_welcome(*same), "a welcome changes when it is written");
}

}  // namespace

void handshake(std::string_view input) {
  std::visit([](const auto& parsed) { check(parsed); }, parse_greeting(input));
  std::visit([](const auto& parsed) { check(parsed); }, parse_welcome(input));
}

}  // namespace hansard::fuzz
