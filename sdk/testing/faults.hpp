// sdk/testing/faults.hpp - Faults: what is broken in a simulation, how much and how often. Values only.
#pragma once

#include "government/settings.hpp"

#include <cstddef>
#include <cstdint>
#include <string>

namespace hansard::testing {

// Times are microseconds. `.._every` is a mean time between two of them, on the whole island; 0: never.
struct Faults {
  // Messages, one way. What is lost is told its sender as a failure, up to `patience` later.
  Tick delay_min = 100;
  Tick delay_max = 2'000;
  std::uint64_t slow_percent = 0;     // take up to a hundred times as long
  std::uint64_t reorder_percent = 0;  // do not keep their place on the connection
  std::uint64_t lose_percent = 0;
  std::uint64_t late_percent = 0;  // of the lost and of those whose connection closed: arrive all the same, later
  std::uint64_t double_percent = 0;
  std::uint64_t bytes_per_ms = 1'000'000;
  Tick patience = 1'000'000;
  std::uint64_t silent_percent = 0;  // of crashes are told nobody: connections stay half open

  // Disks.
  Tick sync_min = 50;
  Tick sync_max = 3'000;
  Tick read_max = 2'000;
  bool forget_committed = false;  // what is written lazily is never written

  // Processes.
  Tick round_max = 50;  // between an input and the round that follows it
  Tick timer_late_max = 200;

  // What befalls somebody now and then.
  Tick crash_every = 0;
  Tick down_max = 3'000'000;  // stays down
  Tick stop_every = 0;        // an orderly stop
  Tick pause_every = 0;
  Tick pause_max = 4'000'000;
  Tick cut_every = 0;  // two, one, or a half of the island are cut off, perhaps in one direction only
  Tick cut_max = 4'000'000;
  Tick break_every = 0;  // a connection breaks
  Tick slow_link_every = 0;
  Tick stall_every = 0;  // a disk does not finish a write for a while
  Tick stall_max = 6'000'000;
  Tick full_every = 0;    // a write fails, and the process stops and is started again; or there is no room for a while
  Tick flip_every = 0;    // a bit on a disk flips
  Tick wipe_every = 0;    // a directory is gone; the process comes back with an empty one
  Tick strand_every = 0;  // a founder is wiped before all have heard of it, and who has heard is down
  Tick copy_every = 0;    // an islander moves to another machine, with a copy of its directory
  Tick clock_every = 0;   // a wall clock jumps
  std::int64_t clock_jump_max = 3'600'000'000;
  std::int64_t drift_ppm_max = 0;  // a wall clock runs fast or slow

  // Operators.
  Tick transfer_every = 0;
  Tick exile_every = 0;
  Tick aim_every = 0;
  Tick join_every = 0;
  std::uint32_t aims_max = 5;  // seats
  Tick trim_every = 0;
  Tick settings_every = 0;  // of the log: how much of it is kept

  std::size_t hurt_max = 1;  // crashed, stopped, paused, stalled or cut off at a time

  // All that befalls goes, and messages travel as they should.
  void heal();
  [[nodiscard]] std::string text() const;  // one line: all that differs from the default
};

}  // namespace hansard::testing
