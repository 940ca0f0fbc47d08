// tests/worlds/search.hpp - all schedules of a small world, breadth first, each state once (field: model checking).
//
// Time stands still; what a timer would do is a step that may be taken now. A step is: a pulse arrives, its answer
// arrives, it is lost (its sender is told at once: until then it was on its way) or given up (and still arrives), a
// disk is done, an islander crashes and starts again, one runs for office, a leader appends, pings, or writes a fiat.
// Messages overtake each other freely.
//
// What is left out, and why nothing is missed by it:
// - A host pulls all outputs after each input: what it has pulled may wait on its way for as long as one likes.
// - Down and up again are one step: an islander that is down is one that takes no step. (But pulses that fail because
// it
//   is down are counted as lost.)
// - The answer to a pulse for which nobody waits any more is dropped: it changes nothing, whenever it comes.
// - So is a pulse under a ballot below what its receiver has on disk as promised, where nobody waits for its answer: it
//   will be refused for ever, and a refusal changes nothing in the receiver.
// Canvass and timeouts are the simulator's (tests/simulation): here anybody may run at any time, which is more.
//
// After each step the invariants of protocol section 9 that apply are checked, on all memories and disks: agreement
// (with all that anybody ever committed, so it is durability as well), log matching, election safety, monotonic, once,
// an acknowledged entry on f+1 disks. The search keeps 128 bits of each state; two states of one hash would be taken
// for one.
#pragma once

#include "tests/worlds/islander.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace hansard::worlds {

inline constexpr std::size_t islanders_max = 5;

struct World {
  std::string name;
  std::string story;  // one line for people
  // What has happened before it begins, and counts for nothing: `a runs`, `a decrees 0` (the first of the fiats),
  // `a appends`, `ab flow` (all that waits between those, and on their disks, until it is quiet), `cb prepare` (what c
  // sends to b of that kind, and its answer, arrives).
  std::vector<std::string> before;
  Rules rules;
  unsigned losses = 0;
  unsigned crashes = 0;
  unsigned appends = 0;
  unsigned pings = 0;
  unsigned fiats = 0;
  unsigned elections = 1;                            // in all
  std::array<unsigned, islanders_max> candidates{};  // how often each may run
  std::array<bool, islanders_max> crash{true, true, true, true, true};
};

struct Bounds {
  std::uint64_t states = ~std::uint64_t{0};
  unsigned depth = ~0U;
  bool shows_last = false;        // tells the way to the last state found
  std::uint64_t probe_every = 0;  // of so many states one is healed, and must come to commit an append; 0: none
};

struct Found {
  std::uint64_t states = 0;
  std::uint64_t steps = 0;
  unsigned depth = 0;            // of the deepest state looked at
  bool is_complete = false;      // every state there is
  std::string violation;         // empty: none
  std::vector<std::string> how;  // the shortest way there, a line each step
  std::uint64_t probes = 0;
  std::uint64_t locals = 0;      // states of single islanders
  std::uint64_t worked_out = 0;  // steps of single islanders
  double seconds = 0;
};

[[nodiscard]] Found explore(const World& world, const Bounds& bounds, bool tells_progress = false);

// The same steps and checks, one random way after the other: gets deeper than any search can, and promises nothing.
// `bounds.states` are steps; `states` of what is found are steps taken.
[[nodiscard]] Found wander(const World& world, const Bounds& bounds, std::uint64_t seed);

}  // namespace hansard::worlds
