// sdk/testing/misfortunes.cpp - see misfortunes.hpp.
#include "sdk/testing/misfortunes.hpp"

#include "government/chamber.hpp"
#include "sdk/testing/process.hpp"

#include <algorithm>
#include <numeric>
#include <string>

namespace hansard::testing {

namespace {

constexpr std::size_t joiners_max = 4;
constexpr Tick chores_every = 1'000'000;
constexpr Tick unseen_max = 2'000'000;  // so long an islander that is gone may count as reachable

}  // namespace

Misfortunes::Misfortunes(Simulation& simulation) : sim_(simulation), random_(Cookie{simulation.seed(), 11}, 1) {}

void Misfortunes::often(Tick every, Deed deed) {
  if (every == 0) return;
  sim_.schedule().after(1 + random_.below(every * 2), [this, every, deed] {
    if (!going_) return;
    (this->*deed)();
    often(every, deed);
  });
}

void Misfortunes::begin() {
  going_ = true;
  const Faults& f = sim_.faults();
  often(f.crash_every, &Misfortunes::crash);
  often(f.stop_every, &Misfortunes::stop);
  often(f.pause_every, &Misfortunes::pause);
  often(f.cut_every, &Misfortunes::cut);
  often(f.break_every, &Misfortunes::break_connection);
  often(f.slow_link_every, &Misfortunes::slow_link);
  often(f.stall_every, &Misfortunes::stall);
  often(f.full_every, &Misfortunes::fill_disk);
  often(f.flip_every, &Misfortunes::flip);
  often(f.wipe_every, &Misfortunes::wipe);
  often(f.strand_every, &Misfortunes::strand);
  often(f.copy_every, &Misfortunes::copy);
  often(f.clock_every, &Misfortunes::move_clock);
  often(f.transfer_every, &Misfortunes::transfer);
  often(f.exile_every, &Misfortunes::exile);
  often(f.aim_every, &Misfortunes::aim);
  often(f.join_every, &Misfortunes::join);
  often(f.trim_every, &Misfortunes::trim);
  often(f.settings_every, &Misfortunes::set);
  if (f.flip_every != 0 || f.wipe_every != 0 || f.exile_every != 0) often(chores_every, &Misfortunes::chores);
}

std::size_t Misfortunes::hurt() const {
  std::size_t count = 0;
  for (std::size_t i = 0; i < sim_.size(); ++i) {
    const Site& site = sim_.site(i);
    count += !sim_.moves(i) || site.stalled_until > sim_.now() || site.cut_until > sim_.now() ? 1U : 0U;
  }
  return count;
}

bool Misfortunes::may_hurt(std::size_t who) const { return sim_.moves(who) && hurt() < sim_.faults().hurt_max; }

bool Misfortunes::whole(const Government& government, const std::string& id) const {
  const Site& site = sim_.site(sim_.islander_named(id));
  const auto citizen = government.citizens.find(id);
  return citizen != government.citizens.end() && citizen->second.cookie == site.fresh_cookie && !site.damaged;
}

std::vector<Government> Misfortunes::governments_held() const {
  std::vector<Government> held = sim_.checker().governments_held();
  const Government* decided = sim_.checker().latest_government();
  for (std::size_t i = 0; i < sim_.size(); ++i) {
    const Government* last = sim_.up(i) ? sim_.at(i).chamber().last_government() : nullptr;
    if (last != nullptr && (decided == nullptr || last->promise > decided->promise)) held.push_back(*last);
  }
  return held;
}

bool Misfortunes::may_lose_disk(std::size_t who) const {
  const Government* government = sim_.checker().latest_government();
  const auto held = governments_held();
  if (sim_.operating()) return false;
  // Nobody sees yet that it is gone: it may be given a seat, and another seat's disk is then needed.
  if (disk_lost_at_ != 0 && sim_.now() < disk_lost_at_ + unseen_max) return false;
  for (std::size_t i = 0; i < sim_.size(); ++i) {
    if (sim_.site(i).damaged) return false;  // nobody sees it yet: as a constituent it may be given a seat
  }
  if (government == nullptr) {
    // Nobody governs yet: of those who found, one may lose what it promised (protocol section 5, found).
    return held.empty() && !wiped_before_government_ && !sim_.site(who).list.empty() && sim_.site(who).list.size() >= 3;
  }
  if (!held.empty() || sim_.checker().settled() < government->promise || government->seats < 3) return false;
  const auto parliament = government->parliament();
  return parliament.size() == government->seats &&
         std::all_of(parliament.begin(), parliament.end(),
                     [&](const std::string& id) { return whole(*government, id); });
}

void Misfortunes::start_later(std::size_t who, Tick most) {
  sim_.schedule().after(1 + random_.below(most), [this, who, run = sim_.site(who).run] {
    if (sim_.site(who).run == run) sim_.start(who);
  });
}

void Misfortunes::crash() {
  const std::size_t who = somebody();
  if (!may_hurt(who)) return;
  sim_.crash(who, random_.below(100) < sim_.faults().silent_percent);
  start_later(who, random_.below(4) == 0 ? sim_.faults().down_max : 200'000);
}

void Misfortunes::stop() {
  const std::size_t who = somebody();
  if (!may_hurt(who)) return;
  sim_.stop(who);
  start_once_stopped(who, sim_.site(who).run, 3'000'000 + random_.below(1'000'000));
}

void Misfortunes::start_once_stopped(std::size_t who, std::uint32_t run, Tick patience) {
  sim_.schedule().after(patience, [this, who, run] {
    if (sim_.site(who).run != run) return;
    if (!sim_.up(who)) return sim_.start(who);
    start_once_stopped(who, run, 1'000'000);  // it was paused before it came to its end
  });
}

void Misfortunes::pause() {
  const std::size_t who = somebody();
  if (may_hurt(who)) sim_.pause(who, 1 + random_.below(sim_.faults().pause_max));
}

void Misfortunes::cut() {
  const std::size_t who = somebody();
  if (sim_.size() < 2 || !may_hurt(who)) return;
  const Tick until = sim_.now() + 1 + random_.below(sim_.faults().cut_max);
  const bool there = random_.below(3) != 0;
  const bool back = !there || random_.below(2) == 0;
  std::string text;
  const auto part = [&](std::size_t a, std::size_t b) {
    if (a == b) return;
    if (there) sim_.wire().cut(a, b, until);
    if (back) sim_.wire().cut(b, a, until);
    text += " " + sim_.id_of(a) + (back ? "<" : "-") + "-" + (there ? ">" : "-") + sim_.id_of(b);
  };
  switch (random_.below(4)) {
    case 0: {  // Two.
      part(who, somebody());
      break;
    }
    case 1: {  // One from all.
      for (std::size_t i = 0; i < sim_.size(); ++i) part(who, i);
      break;
    }
    case 2: {  // Any from any, in any direction.
      for (std::size_t a = 0; a < sim_.size(); ++a) {
        for (std::size_t b = 0; b < sim_.size(); ++b) {
          if (a == b || random_.below(2) == 0) continue;
          sim_.wire().cut(a, b, until);
          text += " " + sim_.id_of(a) + "-->" + sim_.id_of(b);
        }
      }
      break;
    }
    default: {  // Some from the others.
      std::vector<bool> side(sim_.size());
      for (std::size_t i = 0; i < side.size(); ++i) side[i] = random_.below(2) == 0;
      for (std::size_t a = 0; a < side.size(); ++a) {
        for (std::size_t b = a + 1; b < side.size(); ++b) {
          if (side[a] != side[b]) part(a, b);
        }
      }
    }
  }
  sim_.site(who).cut_until = until;
  sim_.say("cut off until " + std::to_string(until / 1'000) + " ms:" + text);
}

void Misfortunes::break_connection() { sim_.wire().break_one(); }

void Misfortunes::slow_link() {
  const std::size_t a = somebody();
  const std::size_t b = somebody();
  const Tick until = sim_.now() + random_.below(5'000'000);
  sim_.say("the link " + sim_.id_of(a) + " -> " + sim_.id_of(b) + " is slow");
  sim_.wire().slow_down(a, b, until);
}

void Misfortunes::stall() {
  const std::size_t who = somebody();
  if (may_hurt(who)) sim_.stall(who, 1 + random_.below(sim_.faults().stall_max));
}

void Misfortunes::fill_disk() {
  const std::size_t who = somebody();
  if (random_.below(2) == 0) return sim_.crowd(who, 1 + random_.below(sim_.faults().stall_max));
  if (may_hurt(who)) sim_.fail_next_write(who);
}

void Misfortunes::flip() {
  const std::size_t who = somebody();
  const auto& log = sim_.checker().log_of(sim_.site(who).directory);
  if (log.empty() || !may_lose_disk(who) || sim_.checker().latest_government() == nullptr) return;
  const Promise promise = log[random_.below(log.size())]->last();
  // What is decided here next is read back for the checker; nobody else could tell it.
  if (promise > sim_.checker().decided_end()) return;
  sim_.flip_bit(who, promise);
  sim_.schedule().after(1 + random_.below(6'000'000), [this] { replace_damaged(); });
}

void Misfortunes::wipe() {
  const std::size_t who = somebody();
  if (!may_hurt(who) || !may_lose_disk(who)) return;
  wiped_before_government_ = wiped_before_government_ || sim_.checker().latest_government() == nullptr;
  disk_lost_at_ = sim_.now();
  sim_.wipe(who);
  start_later(who, sim_.faults().down_max);
}

void Misfortunes::strand() {
  const auto founder = sim_.leader();
  if (!founder || !sim_.moves(*founder) || !may_lose_disk(*founder)) return;
  constexpr Tick moment = 20'000;
  const auto heard = [this](std::size_t who) { return !sim_.checker().log_of(sim_.site(who).directory).empty(); };
  std::size_t unheard = 0;
  for (std::size_t i = 0; i < sim_.size(); ++i) unheard += heard(i) ? 0U : 1U;
  if (unheard < 2 || sim_.faults().hurt_max < sim_.size()) return;
  for (std::size_t i = 0; i < sim_.size(); ++i) {
    if (i == *founder || !sim_.moves(i)) continue;
    sim_.crash(i);
    start_later(i, heard(i) ? sim_.faults().down_max : moment);
  }
  sim_.wipe(*founder);
  start_later(*founder, moment);
}

void Misfortunes::copy() {
  const std::size_t who = somebody();
  if (!may_hurt(who) || sim_.site(who).damaged) return;
  sim_.copy(who);
  start_later(who, sim_.faults().down_max);
}

void Misfortunes::move_clock() {
  Site& site = sim_.site(somebody());
  const auto span = static_cast<std::uint64_t>(sim_.faults().clock_jump_max) * 2 + 1;
  site.wall_offset += static_cast<std::int64_t>(random_.below(span)) - sim_.faults().clock_jump_max;
  sim_.say(site.id + ": its clock jumps");
}

// ---- Operators ------------------------------------------------------------------------------------

void Misfortunes::transfer() { sim_.operate({Operation::What::transfer, sim_.id_of(somebody()), 0}); }

bool Misfortunes::may_exile(std::size_t who) const {
  const Government* latest = sim_.checker().latest_government();
  if (latest == nullptr) return true;
  std::vector<Government> counted = governments_held();
  counted.push_back(*latest);
  return std::all_of(counted.begin(), counted.end(), [&](const Government& government) {
    std::size_t lost = 0;
    std::size_t left = 0;
    for (const std::string& id : government.parliament()) {
      const bool is_whole = whole(government, id);
      lost += is_whole ? 0U : 1U;
      left += is_whole && id != sim_.id_of(who) ? 1U : 0U;
    }
    return lost == 0 || !government.seated(sim_.id_of(who)) || left >= government.quorum();
  });
}

void Misfortunes::exile() {
  const std::size_t who = somebody();
  if (!may_exile(who)) return;
  const bool wipes = random_.below(2) == 0;
  const Cookie cookie = sim_.site(who).fresh_cookie;
  sim_.operate({Operation::What::exile, sim_.id_of(who), 0}, [this, who, wipes, cookie] {
    if (!wipes || !going_ || sim_.site(who).fresh_cookie != cookie) return;
    // It may have come back since.
    const Government* government = sim_.checker().latest_government();
    auto held = governments_held();
    held.push_back(*government);
    for (const Government& g : held) {
      if (g.seated(sim_.id_of(who))) return;
    }
    sim_.wipe(who);
    sim_.start(who);
  });
}

void Misfortunes::aim() {
  const std::uint64_t sizes = (sim_.faults().aims_max + 1) / 2;
  sim_.operate({Operation::What::aim, {}, static_cast<std::uint32_t>(1 + 2 * random_.below(sizes))});
}

void Misfortunes::trim() {
  const auto leader = sim_.leader();
  if (!leader) return;
  // Anywhere in what is committed there, or all of it.
  const Promise before = sim_.checker().decided_at(random_.below(sim_.checker().decided_count() + 1));
  Operation operation;
  operation.what = Operation::What::trim;
  operation.before = before.is_zero() ? Promise{1, 1} : before;
  sim_.operate(operation);
}

void Misfortunes::set() {
  Operation operation;
  operation.what = Operation::What::settings;
  operation.settings.max_entries = random_.below(3) == 0 ? 0 : 1 + random_.below(60);
  operation.settings.max_bytes = random_.below(3) == 0 ? 1 + random_.below(400) : 0;
  operation.settings.idempotency_keys = random_.below(3) == 0 ? 1 + random_.below(20) : LogSettingsLimits::keys_max;
  operation.settings.idempotency_window_us = LogSettingsLimits::window_us_max;
  sim_.operate(operation);
}

void Misfortunes::join() {
  if (joined_ == joiners_max) return;
  sim_.add_joiner("j" + std::to_string(++joined_));
}

void Misfortunes::chores() {
  const auto leader = sim_.leader();
  if (!leader || sim_.operations_open() > 0) return;
  const auto& citizens = sim_.at(*leader).government().citizens;
  for (std::size_t i = 0; i < sim_.size(); ++i) {
    const auto citizen = citizens.find(sim_.id_of(i));
    if (citizen == citizens.end() || citizen->second.cookie == sim_.site(i).fresh_cookie) continue;
    return sim_.operate({Operation::What::exile, sim_.id_of(i), 0});
  }
}

void Misfortunes::replace_damaged() {
  for (std::size_t i = 0; i < sim_.size(); ++i) {
    if (!sim_.site(i).damaged) continue;
    sim_.wipe(i);
    sim_.start(i);
  }
}

std::optional<std::size_t> Misfortunes::one_to_spare() {
  const Government* latest = sim_.checker().latest_government();
  const auto leader = sim_.leader();
  if (latest == nullptr || !leader || sim_.operating()) return std::nullopt;
  std::vector<Government> counted = governments_held();
  for (const Government& government : sim_.checker().governments_since_settled()) counted.push_back(government);
  for (const Government& government : counted) {
    const auto parliament = government.parliament();
    const bool sound =
        government.seats >= 3 && government.aim >= 3 && parliament.size() == government.seats &&
        std::all_of(parliament.begin(), parliament.end(), [&](const std::string& id) { return whole(government, id); });
    if (!sound) return std::nullopt;
  }
  return random_.below(2) == 0 ? *leader : somebody();
}

std::vector<std::size_t> Misfortunes::enough_to_go_on() {
  const Government* latest = sim_.checker().latest_government();
  if (latest == nullptr) return {};
  std::vector<Government> counted = sim_.checker().governments_held();
  for (const Government& government : sim_.checker().governments_since_settled()) counted.push_back(government);
  std::vector<bool> up(sim_.size(), true);
  const auto enough = [&] {
    return std::all_of(counted.begin(), counted.end(), [&](const Government& government) {
      std::size_t members = 0;
      for (const std::string& id : government.parliament()) {
        members += up[sim_.islander_named(id)] && whole(government, id) ? 1U : 0U;
      }
      return members >= government.quorum();
    });
  };
  if (!enough()) return {};
  std::vector<std::size_t> order(sim_.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[random_.below(i)]);
  for (const std::size_t who : order) {
    up[who] = false;
    if (!enough()) up[who] = true;
  }
  std::vector<std::size_t> chosen;
  for (std::size_t i = 0; i < up.size(); ++i) {
    if (up[i]) chosen.push_back(i);
  }
  return chosen;
}

}  // namespace hansard::testing
