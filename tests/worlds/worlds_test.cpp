// tests/worlds/worlds_test.cpp - the small worlds, as far as a test has time for: longer searches are hansard_worlds'.
// What is bounded, and how far each comes, stands in docs/testing.md.
#include "tests/worlds/worlds.hpp"

#include "government/planted.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace hansard::worlds;

namespace {

// For one search.
class Planted {
 public:
  explicit Planted(char bug) { hansard::plant(bug); }
  ~Planted() { hansard::planted_bugs = 0; }
  Planted(const Planted&) = delete;
  Planted& operator=(const Planted&) = delete;
};

// All its schedules up to so many states, and nothing is broken in any of them.
void hold_to(const World& world, std::uint64_t states, unsigned depth_min) {
  Bounds bounds;
  bounds.states = states;
  const Found found = explore(world, bounds);
  CHECK(found.violation == "");
  CHECK(found.states >= states);
  CHECK(found.depth >= depth_min);
}

// A leads, and everybody knows it; B runs once, and A takes an append.
World led_by_a() {
  World world = world_named("three");
  world.before = {"a runs", "abc flow"};
  world.losses = world.crashes = 0;
  world.appends = 1;
  world.elections = 1;
  world.candidates = {0, 1, 0};
  return world;
}

// A leads and decrees that D takes the place of C, which runs once.
World swapped_by_a() {
  World world = world_named("swap");
  world.before = {"a runs", "abcd flow"};
  world.appends = 0;
  world.elections = 1;
  world.candidates = {0, 0, 1, 0};
  world.rules.disks_wait = "";
  return world;
}

// With the bug something is broken; without it nothing is, in as many states.
void check_found(const World& world, char bug) {
  Bounds bounds;
  {
    const Planted planted(bug);
    const Found found = explore(world, bounds);
    MESSAGE("bug " << std::string(1, bug) << ": " << found.states << " states: " << found.violation);
    CHECK(found.violation.find("durability") == 0);
    bounds.states = found.states;
  }
  const Found found = explore(world, bounds);
  CHECK(found.violation == "");
  CHECK(found.states >= bounds.states);
}

}  // namespace

TEST_CASE("worlds: every schedule of an append against an election is sound") {
  const Found found = explore(led_by_a(), {});
  CHECK(found.violation == "");
  CHECK(found.is_complete);
  CHECK(found.states > 100'000);  // 142,574 when this was written
}
TEST_CASE("worlds: three with two candidates and two appends and a crash and a loss") {
  hold_to(world_named("three"), 150'000, 10);
}
TEST_CASE("worlds: from one seat to three and a crash that forgets") { hold_to(world_named("grow"), 150'000, 10); }
TEST_CASE("worlds: a swap among four with a rival") { hold_to(world_named("swap"), 150'000, 15); }
TEST_CASE("worlds: from three seats to five with a rival") { hold_to(world_named("five"), 150'000, 15); }

TEST_CASE("worlds: a register accepted beyond what is held is found") {
  World world = led_by_a();
  world.losses = 1;
  world.appends = 2;
  check_found(world, 'g');
}
TEST_CASE("worlds: an election by the older parliament alone is found") { check_found(swapped_by_a(), 'd'); }
TEST_CASE("worlds: copies of an older ballot that count are found") {
  World world = led_by_a();
  // C leads by B's promise and has told nobody; then A, which has an append that nobody else has, may run again, and C.
  world.before = {"a runs", "abc flow", "a appends", "c runs", "cb prepare", "c flow", "ab register"};
  world.rules.split_pulses = true;
  world.rules.disks_wait = "";
  world.appends = 0;
  world.elections = 2;
  world.candidates = {1, 0, 1};
  check_found(world, 'b');
}
TEST_CASE("worlds: copies of an older ballot that count in the older parliament are found") {
  World world = swapped_by_a();
  // The same with a fiat in the place of the append.
  world.before = {"a runs", "abcd flow", "a decrees 0", "c runs", "cb prepare", "c flow", "ab register"};
  world.rules.split_pulses = true;
  world.fiats = 0;
  world.elections = 2;
  world.candidates = {1, 0, 1, 0};
  check_found(world, 'l');
}
