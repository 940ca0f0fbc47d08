// tests/simulation/simulation_test.cpp - seeds of the simulator (sdk/testing): many, and those that ever failed.
#include "sdk/testing/trial.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>

using namespace hansard::testing;

namespace {

// Other seeds than these: hansard_simulate.
constexpr std::uint64_t seeds_of_one_case = 60;

void run_seeds(std::uint64_t first) {
  for (std::uint64_t seed = first; seed < first + seeds_of_one_case; ++seed) {
    CAPTURE(seed);
    const auto report = check_seed(seed);
    CHECK_MESSAGE(!report, *report);
  }
}

}  // namespace

TEST_CASE("simulation: sixty seeds of faults of all kinds keep every invariant") { run_seeds(1); }  // S1-03 S2-41 S4-13
TEST_CASE("simulation: sixty more") { run_seeds(61); }  // S2-18 S4-06: a leader within the bound
TEST_CASE("simulation: another sixty") { run_seeds(121); }
TEST_CASE("simulation: and sixty after those") { run_seeds(181); }
TEST_CASE("simulation: sixty on top") { run_seeds(241); }
TEST_CASE("simulation: the last sixty") { run_seeds(301); }

TEST_CASE("simulation: every seed that ever failed") {
  std::ifstream file(HANSARD_SOURCE_DIR "/tests/simulation/seeds.txt");
  REQUIRE(file.good());
  std::string line;
  std::size_t seeds = 0;
  while (std::getline(file, line)) {
    if (line.empty() || line.front() == '#') continue;
    std::uint64_t seed = 0;
    const bool is_number = static_cast<bool>(std::istringstream(line) >> seed);
    REQUIRE(is_number);
    CAPTURE(seed);
    const auto report = check_seed(seed);
    CHECK_MESSAGE(!report, *report);
    ++seeds;
  }
  CHECK(seeds > 0);
}

TEST_CASE("simulation: a seed gives the same story again and another seed another one") {  // S1-02
  const Trial first = run_plan(draw_plan(7));
  std::string story;
  const Trial told = run_plan(draw_plan(7), no_bug, true, [&](const std::string& line) { story += line + "\n"; });
  CHECK(first.violation.empty());
  CHECK(first.hash == told.hash);  // that somebody reads it changes nothing
  CHECK(first.step == told.step);
  CHECK(story.find("seed 7: ") != std::string::npos);
  CHECK(run_plan(draw_plan(8)).hash != first.hash);
}
