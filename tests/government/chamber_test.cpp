// tests/government/chamber_test.cpp - what a commit does to the rest of an islander.
#include "government/chamber.hpp"

#include "tests/government/lone_islander.hpp"

#include <doctest/doctest.h>

namespace hansard {
namespace {

using namespace tests;  // the words of the fixture

const Islander c = islander("c");

TEST_CASE("chamber: a candidate stops where another has won its ballot in a later parliament") {  // section 1
  // Seed 92335533393794: the seat of one elects itself while b runs in the parliament of three that it knows, both
  // under ballot 2; then c, which promised b, accepts from the other and grows by b.
  LoneIslander b("b");
  teach(b, founded(), 1);
  const std::uint64_t ballot = until_prepare(b, "c");
  const auto prepare = b.take<Prepare>("c");
  Scroll log = founded();
  log.govern(government(3, "a c", "b"), 2, ballot);
  b.ask<Synchronized>(c, synchronize_of(log, {1, 0}, ballot));
  CHECK(b->role() == Role::recorder);
  CHECK(b.fact("candidate stopped", "why") == "its ballot was won by another");
  // With its own a quorum of 2/0, were it counted.
  b.reply(prepare, Promised{true, ballot, {founded().at(), 1}, {}, founded().at(), {}});
  CHECK(b->role() == Role::recorder);
  CHECK(b.on_disk() == "1/0@1 2/0@2");
  b.forget_pulses();
  CHECK(until_prepare(b, "c") == ballot + 1);
}

}  // namespace
}  // namespace hansard
