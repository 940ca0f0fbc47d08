// sdk/testing/faults.cpp - see faults.hpp.
#include "sdk/testing/faults.hpp"

#include <algorithm>

namespace hansard::testing {

void Faults::heal() {
  const Faults healed;
  const Faults sick = *this;
  *this = healed;
  delay_max = std::min(sick.delay_max, healed.delay_max);
  delay_min = std::min(sick.delay_min, delay_max);
  sync_min = std::min(sick.sync_min, healed.sync_max);
  sync_max = std::min(sick.sync_max, healed.sync_max);
  aims_max = sick.aims_max;
}

std::string Faults::text() const {
  const Faults usual;
  std::string text;
  const auto add = [&](const char* name, auto value, auto usually) {
    if (value == usually) return;
    if (!text.empty()) text += ' ';
    text.append(name).append("=").append(std::to_string(value));
  };
  add("delay_min", delay_min, usual.delay_min);
  add("delay_max", delay_max, usual.delay_max);
  add("slow_percent", slow_percent, usual.slow_percent);
  add("reorder_percent", reorder_percent, usual.reorder_percent);
  add("lose_percent", lose_percent, usual.lose_percent);
  add("late_percent", late_percent, usual.late_percent);
  add("double_percent", double_percent, usual.double_percent);
  add("bytes_per_ms", bytes_per_ms, usual.bytes_per_ms);
  add("patience", patience, usual.patience);
  add("silent_percent", silent_percent, usual.silent_percent);
  add("sync_min", sync_min, usual.sync_min);
  add("sync_max", sync_max, usual.sync_max);
  add("read_max", read_max, usual.read_max);
  add("forget_committed", static_cast<int>(forget_committed), static_cast<int>(usual.forget_committed));
  add("round_max", round_max, usual.round_max);
  add("timer_late_max", timer_late_max, usual.timer_late_max);
  add("crash_every", crash_every, usual.crash_every);
  add("down_max", down_max, usual.down_max);
  add("stop_every", stop_every, usual.stop_every);
  add("pause_every", pause_every, usual.pause_every);
  add("pause_max", pause_max, usual.pause_max);
  add("cut_every", cut_every, usual.cut_every);
  add("cut_max", cut_max, usual.cut_max);
  add("break_every", break_every, usual.break_every);
  add("slow_link_every", slow_link_every, usual.slow_link_every);
  add("stall_every", stall_every, usual.stall_every);
  add("stall_max", stall_max, usual.stall_max);
  add("full_every", full_every, usual.full_every);
  add("flip_every", flip_every, usual.flip_every);
  add("wipe_every", wipe_every, usual.wipe_every);
  add("strand_every", strand_every, usual.strand_every);
  add("copy_every", copy_every, usual.copy_every);
  add("clock_every", clock_every, usual.clock_every);
  add("clock_jump_max", clock_jump_max, usual.clock_jump_max);
  add("drift_ppm_max", drift_ppm_max, usual.drift_ppm_max);
  add("transfer_every", transfer_every, usual.transfer_every);
  add("exile_every", exile_every, usual.exile_every);
  add("aim_every", aim_every, usual.aim_every);
  add("join_every", join_every, usual.join_every);
  add("aims_max", aims_max, usual.aims_max);
  add("trim_every", trim_every, usual.trim_every);
  add("settings_every", settings_every, usual.settings_every);
  add("hurt_max", hurt_max, usual.hurt_max);
  return text.empty() ? "none" : text;
}

}  // namespace hansard::testing
