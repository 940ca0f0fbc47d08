// government/settings.hpp - every delay and bound of the core, with units and defaults. Protocol sections 3 to 5.
#pragma once

#include <cstddef>
#include <cstdint>

namespace hansard {

// Monotonic microseconds since some point in the past; only differences mean anything.
using Tick = std::uint64_t;

// What every input carries (protocol section 8): the core has no clock.
struct Moment {
  Tick now = 0;              // monotonic, never less than in an earlier input
  std::int64_t wall_us = 0;  // microseconds since 1970 UTC; may jump
};

struct Settings {
  // Liveness, microseconds.
  Tick ping = 100'000;       // the leader pings every member of every parliament it counts in this often
  Tick timeout = 1'000'000;  // a leader not heard for this long, plus up to timeout_spread, is lost
  Tick timeout_spread = 500'000;
  Tick hedge_min = 10'000;           // hedge delay: four times the smoothed answer time, at least this
  Tick unreachable_after = 500'000;  // no answer for this long: the shaper counts the islander as silent
  Tick pulse_timeout =
      1'000'000;  // a pulse without its answer is looked at again after this (found, embark, canvass ...)
  Tick heal_after = 10'000'000;       // a member silent for this long loses its seat to a constituent
  Tick exile_after = 86'400'000'000;  // a citizen silent for this long departs
  Tick stall_after = 2'000'000;       // a disk write under way for so long: the disk does not answer
  Tick retry_max = 1'600'000;         // back-off doubles up to this while elections fail

  // Bounds.
  std::size_t pulse_bytes = std::size_t{1} << 20U;         // entries in one pulse; a larger single entry travels alone
  std::size_t pulses_in_flight = 4;                        // register pulses under way to one member
  std::size_t tail_bytes = std::size_t{8} << 20U;          // committed entries held in memory beside the uncommitted
  std::size_t uncommitted_bytes = std::size_t{64} << 20U;  // the leader takes no more appends above this
  std::size_t queue_bytes = std::size_t{32} << 20U;        // appends of this islander whose outcome is open
  std::size_t queue_count = 16'384;                        // the same, counted; beyond either: refused as full
  std::uint64_t checkpoint_every_entries = 65'536;         // log state is noted at least this often
  std::size_t checkpoint_every_bytes = std::size_t{32} << 20U;
  // What settings would trim is kept for who is behind and answers, where it is no more than this.
  std::size_t trim_hold_bytes = std::size_t{1} << 30U;
  std::size_t transfer_bytes_per_second = std::size_t{64} << 20U;  // of a snapshot, that an islander asks for
  std::int64_t clock_ahead_max_us = 10'000'000;                    // protocol section 3, Time

  std::uint32_t parliament = 3;  // seats aimed at where an island is founded: 1, 3, 5 or 7; see protocol section 5
};

}  // namespace hansard
