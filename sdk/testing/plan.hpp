// sdk/testing/plan.hpp - Plan: what one seed simulates (swarm testing): each seed draws its own mix of faults.
//
// Wide plans have many islanders, appends and faults of many kinds; narrow ones few ballots, few values and one fiat at
// most, but messages that are late, doubled, lost and out of order, so that rare interleavings of few things are met.
// Races are narrow, too, with one election after the other.
#pragma once

#include "government/settings.hpp"
#include "sdk/testing/clients.hpp"
#include "sdk/testing/faults.hpp"

#include <cstddef>
#include <cstdint>
#include <string>

namespace hansard::testing {

struct Plan {
  enum class Kind { wide, narrow, races, membership, founding, disks };

  Kind kind = Kind::wide;
  std::uint64_t seed = 1;
  std::size_t founders = 3;
  Settings settings;
  Faults faults;
  ClientHabits habits;
  std::size_t tail_bytes = std::size_t{1} << 20U;
  Tick founding = 1'000'000;   // before the first misfortune
  Tick duration = 10'000'000;  // of misfortunes
  bool quorum_alone = true;    // at first only as many as needed come back

  [[nodiscard]] std::string text() const;  // for people
};

[[nodiscard]] const char* to_string(Plan::Kind kind);
[[nodiscard]] Plan draw_plan(std::uint64_t seed);

}  // namespace hansard::testing
