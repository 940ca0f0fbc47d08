// tests/worlds/probe.hpp - from any state of a world: everything heals, and then an append must commit (protocol
// section 9, Progress).
#pragma once

#include "tests/worlds/moves.hpp"

#include <optional>
#include <string>

namespace hansard::worlds {

// Goes on from `state` on simulated time with the real delays. For every smallest set of islanders that holds f+1 of
// the parliament known settled, and of every government after it that any islander holds, once with only those up: what
// is stuck, and with whom; nullopt: nothing.
[[nodiscard]] std::optional<std::string> probe(Moves& moves, const State& state);

}  // namespace hansard::worlds
