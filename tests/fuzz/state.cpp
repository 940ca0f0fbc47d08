// tests/fuzz/state.cpp - the whole state of a Legislator, under the checksum that no fuzzer would guess.
#include "government/legislator.hpp"
#include "log/codec.hpp"
#include "tests/fuzz/target.hpp"

namespace hansard::fuzz {

void state(std::string_view input) {
  std::string bytes(input);
  Encoder(bytes).fixed64(checksum64(input));
  const auto restored = Legislator::restore(bytes);
  if (!restored) return;
  std::string again;
  (*restored)->save(again);
  demand_same(bytes, again, "the state of an islander changes when it is written");
  demand(Legislator::restore(again).has_value(), "the state of an islander is not read as it was written");
}

}  // namespace hansard::fuzz
