// sdk/testing/plan.cpp - see plan.hpp.
#include "sdk/testing/plan.hpp"

#include "government/random.hpp"

namespace hansard::testing {

namespace {

// Draws with names: each fault is there in some seeds only, and then as bad as it happens to be.
class Draw {
 public:
  explicit Draw(std::uint64_t seed, std::uint64_t stream = 17) : random_(Cookie{seed, stream}, 1) {}
  [[nodiscard]] std::uint64_t below(std::uint64_t n) { return random_.below(n); }
  [[nodiscard]] std::uint64_t between(std::uint64_t least, std::uint64_t most) {
    return least + random_.below(most - least + 1);
  }
  [[nodiscard]] bool one_in(std::uint64_t n) { return random_.below(n) == 0; }
  // 0, or in one of `n` seeds something.
  [[nodiscard]] std::uint64_t seldom(std::uint64_t n, std::uint64_t least, std::uint64_t most) {
    return one_in(n) ? between(least, most) : 0;
  }

 private:
  Random random_;
};

// Whatever the plan is: how good messages and disks are.
void draw_messages(Draw& draw, Faults& f) {
  f.delay_max = draw.one_in(3) ? draw.between(500, 20'000) : f.delay_max;
  f.slow_percent = draw.seldom(3, 1, 5);
  f.reorder_percent = draw.seldom(3, 1, 100);
  f.lose_percent = draw.seldom(3, 1, 20);
  f.late_percent = draw.seldom(3, 1, 100);
  f.double_percent = draw.seldom(3, 1, 20);
  f.patience = draw.one_in(3) ? draw.between(100'000, 10'000'000) : f.patience;
  f.silent_percent = draw.seldom(3, 10, 100);
  f.sync_max = draw.one_in(3) ? draw.between(1'000, 60'000) : f.sync_max;
  f.forget_committed = draw.one_in(4);
  f.round_max = draw.one_in(3) ? draw.between(0, 3'000) : f.round_max;
  f.drift_ppm_max = draw.one_in(4) ? 100'000 : 0;
  f.break_every = draw.seldom(3, 200'000, 5'000'000);
  f.slow_link_every = draw.seldom(4, 500'000, 5'000'000);
}

void draw_mishaps(Draw& draw, Faults& f) {
  f.crash_every = draw.one_in(2) ? draw.between(200'000, 6'000'000) : 0;
  f.stop_every = draw.seldom(4, 1'000'000, 8'000'000);
  f.pause_every = draw.seldom(3, 500'000, 8'000'000);
  f.cut_every = draw.seldom(3, 500'000, 8'000'000);
  f.stall_every = draw.seldom(4, 1'000'000, 8'000'000);
  f.clock_every = draw.seldom(4, 500'000, 5'000'000);
  f.hurt_max = 1 + draw.below(3);
}

void draw_bounds(Draw& draw, Plan& plan) {
  Settings& s = plan.settings;
  if (draw.one_in(2)) s.tail_bytes = draw.between(200, 4'000);  // old entries come from disk
  if (draw.one_in(3)) plan.tail_bytes = draw.between(200, 4'000);
  s.checkpoint_every_entries = 1 + draw.below(300);
  if (draw.one_in(3)) s.pulse_bytes = draw.between(100, 2'000);  // splits what is registered
  if (draw.one_in(4)) s.pulses_in_flight = 1;
  if (draw.one_in(4)) s.queue_count = draw.between(2, 20);
  s.heal_after = draw.between(1'000'000, 4'000'000);
}

void draw_wide(Draw& draw, Plan& plan) {
  plan.founders = draw.one_in(8) ? 7 : 1 + draw.below(5);
  draw_messages(draw, plan.faults);
  draw_mishaps(draw, plan.faults);
  plan.faults.join_every = draw.seldom(3, 1'000'000, 5'000'000);
  plan.faults.transfer_every = draw.seldom(4, 500'000, 5'000'000);
  plan.habits.clients = 1 + draw.below(6);
  plan.habits.think = draw.between(5'000, 100'000);
  plan.duration = draw.between(2'000'000, 15'000'000);
}

// Few of everything, all of it at once.
void draw_narrow(Draw& draw, Plan& plan) {
  Faults& f = plan.faults;
  plan.founders = 3 + draw.below(3);
  f.delay_max = draw.between(1'000, 100'000);
  f.reorder_percent = draw.between(30, 100);
  f.lose_percent = draw.between(0, 40);
  f.late_percent = draw.between(0, 100);
  f.double_percent = draw.between(0, 30);
  f.slow_percent = draw.seldom(2, 1, 10);
  f.patience = draw.between(50'000, 1'000'000);
  f.sync_max = draw.between(1'000, 100'000);
  f.crash_every = draw.between(100'000, 1'000'000);
  f.down_max = draw.between(100'000, 1'000'000);
  f.pause_every = draw.seldom(2, 200'000, 2'000'000);
  f.pause_max = 1'000'000;
  f.cut_every = draw.seldom(2, 200'000, 2'000'000);
  f.cut_max = 1'000'000;
  f.hurt_max = 1 + draw.below(plan.founders);
  if (draw.one_in(2)) {
    f.aim_every = draw.seldom(2, 1'000'000, 4'000'000);
    f.exile_every = draw.seldom(2, 1'000'000, 4'000'000);
    f.transfer_every = draw.seldom(2, 300'000, 2'000'000);
    f.join_every = draw.seldom(2, 500'000, 3'000'000);
  }
  Settings& s = plan.settings;
  if (draw.one_in(2)) {  // elections are as fast as messages are slow
    s.ping = 20'000;
    s.timeout = 100'000;
    s.timeout_spread = 100'000;
    s.pulse_timeout = 200'000;
    s.unreachable_after = 100'000;
    s.retry_max = 200'000;
  }
  if (draw.one_in(2)) s.pulse_bytes = 1;  // one entry in a pulse
  plan.habits.clients = 1 + draw.below(3);
  plan.habits.think = draw.between(20'000, 400'000);
  plan.habits.appends_max = draw.between(1, 12);
  plan.founding = draw.between(500'000, 1'500'000);
  plan.duration = draw.between(1'000'000, 6'000'000);
}

// Leaders that are cut off from some while they write, and others elected meanwhile.
void draw_races(Draw& draw, Plan& plan) {
  Faults& f = plan.faults;
  plan.founders = 3 + 2 * draw.below(2);
  f.delay_max = draw.between(500, 15'000);
  f.reorder_percent = draw.seldom(2, 10, 100);
  f.lose_percent = draw.seldom(2, 1, 20);
  f.late_percent = draw.seldom(2, 1, 100);
  f.patience = draw.between(30'000, 300'000);
  f.sync_max = draw.between(500, 20'000);
  f.cut_every = draw.between(100'000, 500'000);
  f.cut_max = draw.between(200'000, 1'200'000);
  f.crash_every = draw.seldom(2, 200'000, 1'500'000);
  f.down_max = 500'000;
  f.pause_every = draw.seldom(2, 300'000, 1'500'000);
  f.pause_max = 600'000;
  f.transfer_every = draw.seldom(3, 200'000, 1'000'000);
  f.aim_every = draw.seldom(3, 300'000, 2'000'000);
  f.join_every = draw.seldom(3, 200'000, 1'000'000);
  f.exile_every = draw.seldom(4, 500'000, 2'000'000);
  f.hurt_max = plan.founders + 1;
  f.forget_committed = draw.one_in(2);
  Settings& s = plan.settings;
  s.ping = 20'000;
  s.timeout = draw.between(80'000, 300'000);
  s.timeout_spread = draw.between(20'000, 200'000);
  s.pulse_timeout = 150'000;
  s.unreachable_after = draw.between(30'000, 150'000);
  s.heal_after = draw.between(100'000, 1'000'000);
  s.retry_max = 150'000;
  if (draw.one_in(2)) s.pulse_bytes = 1;
  plan.habits.clients = plan.founders;
  plan.habits.think = draw.between(20'000, 200'000);
  plan.habits.appends_max = draw.between(5, 60);
  plan.founding = draw.between(300'000, 800'000);
  plan.duration = draw.between(1'000'000, 6'000'000);
}

void draw_membership(Draw& draw, Plan& plan) {
  Faults& f = plan.faults;
  plan.founders = 1 + draw.below(5);
  draw_messages(draw, f);
  f.crash_every = draw.seldom(2, 500'000, 5'000'000);
  f.pause_every = draw.seldom(2, 500'000, 5'000'000);
  f.cut_every = draw.seldom(3, 500'000, 5'000'000);
  f.aim_every = draw.one_in(2) ? draw.between(500'000, 4'000'000) : 0;
  f.exile_every = draw.one_in(2) ? draw.between(500'000, 4'000'000) : 0;
  f.transfer_every = draw.seldom(2, 500'000, 4'000'000);
  f.join_every = draw.between(300'000, 2'000'000);
  f.wipe_every = draw.seldom(3, 1'000'000, 5'000'000);
  f.aims_max = draw.one_in(3) ? 7 : 5;
  plan.habits.clients = 1 + draw.below(3);
  plan.habits.think = draw.between(10'000, 200'000);
  plan.duration = draw.between(4'000'000, 20'000'000);
}

void draw_founding(Draw& draw, Plan& plan) {
  Faults& f = plan.faults;
  plan.founders = draw.one_in(2) ? 4 : 2 + draw.below(4);
  draw_messages(draw, f);
  f.crash_every = draw.between(50'000, 500'000);
  f.down_max = 1'000'000;
  f.wipe_every = draw.one_in(3) ? 0 : draw.between(50'000, 500'000);
  f.cut_every = draw.one_in(3) ? 0 : draw.between(50'000, 500'000);
  f.cut_max = draw.between(500'000, 4'000'000);
  f.pause_every = draw.seldom(3, 100'000, 1'000'000);
  f.pause_max = 1'000'000;
  f.hurt_max = 1 + draw.below(plan.founders);
  plan.habits.clients = 2;
  plan.habits.think = 50'000;
  plan.founding = draw.below(50'000);
  plan.duration = draw.between(500'000, 4'000'000);
}

void draw_disks(Draw& draw, Plan& plan) {
  Faults& f = plan.faults;
  plan.founders = 3 + draw.below(4);
  draw_messages(draw, f);
  f.crash_every = draw.seldom(2, 500'000, 5'000'000);
  f.stall_every = draw.one_in(2) ? draw.between(500'000, 5'000'000) : 0;
  f.full_every = draw.one_in(2) ? draw.between(500'000, 5'000'000) : 0;
  f.flip_every = draw.one_in(2) ? draw.between(500'000, 5'000'000) : 0;
  f.wipe_every = draw.one_in(2) ? draw.between(500'000, 5'000'000) : 0;
  plan.habits.clients = 1 + draw.below(4);
  plan.habits.think = draw.between(10'000, 100'000);
  plan.duration = draw.between(4'000'000, 15'000'000);
}

// Those who founded are lost again before the others hear what was founded.
void draw_hasty_founding(Draw& draw, Plan& plan) {
  Faults& f = plan.faults;
  plan.founders = 4;
  f.delay_max = draw.between(1'000, 20'000);
  f.sync_max = draw.between(1'000, 20'000);
  f.crash_every = draw.between(20'000, 200'000);
  f.down_max = draw.between(1'000'000, 4'000'000);
  f.strand_every = draw.between(2'000, 20'000);
  f.hurt_max = 4;
  plan.founding = draw.below(20'000);
  plan.duration = draw.between(200'000, 1'000'000);
}

// What is asked of the log beyond plain appends.
void draw_uses(Draw& draw, Plan& plan) {
  Faults& f = plan.faults;
  plan.habits.condition_percent = draw.seldom(2, 5, 60);
  // Keys expire by the log's time, which a jumping clock may carry beyond their window.
  const bool steady = f.clock_every == 0 && f.drift_ppm_max == 0;
  plan.habits.key_percent = steady ? draw.seldom(2, 10, 100) : 0;
  f.trim_every = draw.seldom(2, 100'000, 2'000'000);
  f.settings_every = draw.seldom(3, 200'000, 2'000'000);
  f.copy_every = draw.seldom(4, 500'000, 5'000'000);
}

}  // namespace

const char* to_string(Plan::Kind kind) {
  switch (kind) {
    case Plan::Kind::wide:
      return "wide";
    case Plan::Kind::narrow:
      return "narrow";
    case Plan::Kind::races:
      return "races";
    case Plan::Kind::membership:
      return "membership";
    case Plan::Kind::founding:
      return "founding";
    case Plan::Kind::disks:
      return "disks";
  }
  return "?";
}

Plan draw_plan(std::uint64_t seed) {
  Draw draw(seed);
  Plan plan;
  plan.seed = seed;
  draw_bounds(draw, plan);
  const std::uint64_t kind = draw.below(12);
  if (kind >= 10) {
    plan.kind = Plan::Kind::races;
    draw_races(draw, plan);
  } else if (kind < 3) {
    plan.kind = Plan::Kind::wide;
    draw_wide(draw, plan);
  } else if (kind < 6) {
    plan.kind = Plan::Kind::narrow;
    draw_narrow(draw, plan);
  } else if (kind < 8) {
    plan.kind = Plan::Kind::membership;
    draw_membership(draw, plan);
  } else if (kind < 9) {
    plan.kind = Plan::Kind::founding;
    draw_founding(draw, plan);
  } else {
    plan.kind = Plan::Kind::disks;
    draw_disks(draw, plan);
  }
  Draw other(seed, 19);  // a stream of its own, so that what was drawn above stays what it was
  draw_uses(other, plan);
  if (plan.kind == Plan::Kind::founding && other.one_in(2)) draw_hasty_founding(other, plan);
  plan.settings.parliament = static_cast<std::uint32_t>(plan.founders % 2 == 0 ? plan.founders - 1 : plan.founders);
  if (plan.founders == 2) plan.settings.parliament = 3;
  plan.quorum_alone = !draw.one_in(3);
  return plan;
}

std::string Plan::text() const {
  return "seed " + std::to_string(seed) + ": " + to_string(kind) + ", " + std::to_string(founders) + " founders, " +
         std::to_string(habits.clients) + " clients, " + std::to_string(duration / 1'000) +
         " ms of faults: " + faults.text();
}

}  // namespace hansard::testing
