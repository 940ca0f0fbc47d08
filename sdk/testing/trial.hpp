// sdk/testing/trial.hpp - one seed from its founding to its end: misfortunes, then everything heals, and all must be
// well.
//
// The end (protocol section 9.10): at first only as many islanders come back as the island needs, and an append must
// commit within a bound; then everybody, and within a bound everybody belongs to the island, appends commit everywhere,
// every islander has learned everything, and every disk holds it.
#pragma once

#include "sdk/testing/plan.hpp"
#include "sdk/testing/planted.hpp"
#include "sdk/testing/story.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace hansard::testing {

class Misfortunes;
class Simulation;

struct Trial {
  std::string violation;  // empty: all was well
  std::string standing;   // of all islanders when it was not
  std::string last;       // the last lines of the story, where it was told
  std::uint64_t step = 0;
  std::uint64_t hash = 0;
  std::uint64_t inputs = 0;  // of all legislators
  Tick simulated = 0;
  std::size_t acknowledged = 0;
  std::size_t elections = 0;
  std::size_t governments = 0;
};

// Runs the plan once. With `told` the story is made, and each line given to the teller, if there is one.
[[nodiscard]] Trial run_plan(const Plan& plan, Bug planted = no_bug, bool told = false,
                             const Story::Teller& teller = {});

// Runs a seed twice; where it fails, or the two differ, once more for the story. nullopt: all was well. Else a report
// with seed, step, what does not hold, the last events, and the command that repeats it. `figures`: of the first run.
[[nodiscard]] std::optional<std::string> check_seed(std::uint64_t seed, Bug planted = no_bug, Trial* figures = nullptr);

// The end of a simulation, for tests that write their own beginning.
void come_to_rest(Simulation& simulation, Misfortunes& misfortunes, bool quorum_alone = false);

}  // namespace hansard::testing
