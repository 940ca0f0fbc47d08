// sdk/testing/simulation.cpp - see simulation.hpp.
#include "sdk/testing/simulation.hpp"

#include "sdk/testing/process.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace hansard::testing {

namespace {

constexpr Tick begins = 1'000'000;
constexpr std::int64_t wall_begins = 1'700'000'000'000'000;  // microseconds since 1970
constexpr std::size_t founders_max = 26;
constexpr Tick restart_after_min = 1'000'000;
constexpr Tick operator_patience = 8'000'000;
constexpr Tick operation_lingers = 4'000'000;  // over the lease of clerk.cpp

}  // namespace

Simulation::Simulation(const Options& options)
    : options_(options),
      chance_(Cookie{options.seed, 7}, 1),
      schedule_(begins),
      wire_(*this),
      founders_(std::min(options.founders, founders_max)) {
  for (std::size_t i = 0; i < founders_; ++i) add_site(std::string(1, static_cast<char>('a' + i)));
  std::vector<Listed> list;
  for (const auto& site : sites_) list.push_back({site->id, site->url});
  for (const auto& site : sites_) site->list = list;
}

Simulation::~Simulation() = default;

// ---- Islanders ------------------------------------------------------------------------------------

void Simulation::add_site(const std::string& id) {
  auto site = std::make_unique<Site>();
  site->id = id;
  site->url = "http://" + id;
  site->disk = std::make_unique<MemoryDisk>();
  site->fresh_cookie = Cookie{options_.seed + 1, ++cookies_};
  site->directory = checker_.add_disk(id, site->fresh_cookie);
  if (options_.faults.drift_ppm_max > 0) {
    const auto span = static_cast<std::uint64_t>(options_.faults.drift_ppm_max) * 2 + 1;
    site->drift_ppm = static_cast<std::int64_t>(chance_.below(span)) - options_.faults.drift_ppm_max;
  }
  site->wall_offset = static_cast<std::int64_t>(sites_.size()) * 1'000;
  sites_.push_back(std::move(site));
}

void Simulation::start_all() {
  for (std::size_t i = 0; i < founders_; ++i) start(i);
}

std::size_t Simulation::add_joiner(const std::string& id) {
  std::vector<std::string> urls;
  for (const auto& site : sites_) urls.push_back(site->url);
  add_site(id);
  sites_.back()->urls = std::move(urls);
  start(sites_.size() - 1);
  return sites_.size() - 1;
}

void Simulation::start(std::size_t who) {
  Site& site = *sites_[who];
  if (up(who)) return;
  say(site.id + ": starts");
  ++site.run;
  site.silent = false;
  site.held.clear();
  site.process = Process::start(*this, who);
  if (site.process) site.process->enter();
  if (site.crowded_until > now()) tell_room(who);
}

void Simulation::end_process(std::size_t who, bool silent) {
  Site& site = *sites_[who];
  site.silent = silent;
  site.process->die();
  wire_.close(who, silent);
  ended_.push_back(std::move(site.process));
  site.held.clear();
  site.paused_until = 0;
}

void Simulation::crash(std::size_t who, bool silent) {
  if (!up(who)) return;
  say(id_of(who) + (silent ? ": crashes, and nobody is told" : ": crashes"));
  end_process(who, silent);
  if (planted('a')) {
    sites_[who]->disk->crash(0);
    sites_[who]->disk->hold_syncs(false);
  }
}

void Simulation::stop(std::size_t who) {
  if (!up(who)) return;
  say(id_of(who) + ": is stopped in order");
  sites_[who]->process->stop();
}

void Simulation::on_stopped(std::size_t who) {
  schedule_.after(0, [this, who, run = sites_[who]->run] {
    if (!up(who) || sites_[who]->run != run) return;
    say(id_of(who) + ": has stopped");
    end_process(who, false);
  });
}

void Simulation::on_halt(std::size_t who, const Error& error) {
  const bool expected = error.code == Errc::no_space || error.code == Errc::io;
  if (!expected) throw Violation("halt: " + id_of(who) + " stops: " + error.what);
  on_stopped(who);
  // Whoever looks after it makes room and starts it again.
  schedule_.after(restart_after_min + chance_.below(restart_after_min), [this, who] { start(who); });
}

void Simulation::wipe(std::size_t who) {
  crash(who);
  Site& site = *sites_[who];
  say(site.id + ": is wiped");
  site.disk->wipe();
  checker_.forget_founding(site.directory);
  if (!planted('e')) site.fresh_cookie = Cookie{options_.seed + 1, ++cookies_};
  site.directory = checker_.add_disk(site.id, site.fresh_cookie);
  site.damaged = false;
  site.wiped = true;
  const auto remembers = [&](const auto& other) {
    return other->id != site.id && !other->list.empty() && !other->wiped;
  };
  if (site.list.size() > 2 && std::count_if(sites_.begin(), sites_.end(), remembers) + 1 >= std::ssize(site.list))
    return;
  // Its old list might found another island: it is told where the others are instead.
  site.list.clear();
  for (const auto& other : sites_) {
    if (other->id != site.id) site.urls.push_back(other->url);
  }
}

void Simulation::copy(std::size_t who) {
  crash(who);
  Site& site = *sites_[who];
  say(site.id + ": its directory is copied to another machine");
  site.disk->become_copy();
  const auto opened = site.disk->open(site.id, site.fresh_cookie);
  if (opened || opened.error().code != Errc::wrong_identity) {
    throw Violation("incarnation: " + site.id + " starts on a copy of its directory, and nobody said that it moved");
  }
  site.moved = true;
}

void Simulation::flip_bit(std::size_t who, Promise promise) {
  say(id_of(who) + ": a bit flips on its disk, at " + to_string(promise));
  sites_[who]->disk->flip_bit(promise);
  sites_[who]->damaged = true;
}

void Simulation::fail_next_write(std::size_t who) {
  if (!up(who)) return;
  say(id_of(who) + ": its disk is full");
  sites_[who]->process->fail_next_write();
}

void Simulation::pause(std::size_t who, Tick duration) {
  Site& site = *sites_[who];
  if (!up(who)) return;
  say(site.id + ": stands still for " + std::to_string(duration / 1'000) + " ms");
  site.paused_until = std::max(site.paused_until, now() + duration);
  schedule_.after(duration, [this, who] {
    Site& thawed = *sites_[who];
    if (thawed.paused_until > now()) return;
    for (Schedule::Due& due : std::exchange(thawed.held, {})) schedule_.push(0, std::move(due));
  });
}

void Simulation::stall(std::size_t who, Tick duration) {
  say(id_of(who) + ": its disk stalls for " + std::to_string(duration / 1'000) + " ms");
  sites_[who]->stalled_until = now() + duration;
}

void Simulation::crowd(std::size_t who, Tick duration) {
  say(id_of(who) + ": its disk has no room for " + std::to_string(duration / 1'000) + " ms");
  sites_[who]->crowded_until = now() + duration;
  tell_room(who);
}

void Simulation::tell_room(std::size_t who) {
  if (!up(who)) return;
  const auto tell = [this, who] { sites_[who]->process->host().room(sites_[who]->crowded_until <= now()); };
  later(who, 0, tell);
  const Tick until = sites_[who]->crowded_until;
  if (until > now()) later(who, until - now(), tell);
}

void Simulation::cut(std::size_t a, std::size_t b, Tick duration) {
  say(id_of(a) + " and " + id_of(b) + ": " + (duration == 0 ? "are together again" : "are cut off"));
  const Tick until = duration == 0 ? 0 : now() + duration;
  wire_.cut(a, b, until);
  wire_.cut(b, a, until);
  for (const std::size_t who : {a, b}) sites_[who]->cut_until = std::max(sites_[who]->cut_until, until);
}

void Simulation::mend() {
  options_.faults.heal();
  wire_.heal();
  for (std::size_t i = 0; i < sites_.size(); ++i) {
    if (std::exchange(sites_[i]->crowded_until, 0) > now()) tell_room(i);
  }
}

void Simulation::heal() {
  for (const auto& site : sites_) {
    if (site->process != nullptr) site->process->fail_next_write(false);
  }
  say("everything heals");
  mend();
  for (std::size_t i = 0; i < sites_.size(); ++i) {
    Site& site = *sites_[i];
    site.stalled_until = 0;
    site.cut_until = 0;
    if (site.paused_until > now()) {
      site.paused_until = now();
      for (Schedule::Due& due : std::exchange(site.held, {})) schedule_.push(0, std::move(due));
    }
    if (!up(i)) start(i);
  }
}

void Simulation::operate(Operation operation, std::function<void()> when_done) {
  const auto who = next_to_ask();
  if (!who) return;
  const std::string object = operation.what == Operation::What::trim ? to_string(operation.before)
                             : operation.id.empty()                  ? std::to_string(operation.seats)
                                                                     : operation.id;
  const std::string what = std::string(to_string(operation.what)) + " " + object;
  say(id_of(*who) + ": is asked: " + what);
  ++operations_open_;
  const std::uint32_t run = site(*who).run;
  const auto ended = std::make_shared<bool>(false);
  const std::uint64_t ticket = sites_[*who]->process->host().operate(
      std::move(operation), [this, what, ended, next = std::move(when_done)](const Operated& operated) {
        if (std::exchange(*ended, true)) return;
        operation_ended();
        say("operation " + what + (operated.done ? " is done" : " is not done: " + operated.why));
        if (!operated.done) return;
        ++operations_done_;
        if (next) schedule_.after(0, next);
      });
  schedule_.after(operator_patience, [this, what, who = *who, run, ended, ticket] {
    if (std::exchange(*ended, true)) return;
    say("operation " + what + " is given up");
    operation_ended();
    if (moves(who) && site(who).run == run) sites_[who]->process->host().give_up_operation(ticket);
  });
}

void Simulation::operation_ended() {
  --operations_open_;
  operating_until_ = now() + operation_lingers;
}

std::optional<std::size_t> Simulation::next_to_ask() {
  for (std::size_t tries = 0; tries < sites_.size(); ++tries) {
    asked_last_ = (asked_last_ + 1) % sites_.size();
    if (moves(asked_last_) && !at(asked_last_).government().majority.empty()) return asked_last_;
  }
  return std::nullopt;
}

// ---- Clients --------------------------------------------------------------------------------------

bool Simulation::send(std::size_t who, Checker::Append append, std::size_t items, Then then, std::uint64_t* ticket,
                      std::optional<Promise> condition, bool keyed) {
  if (!up(who)) return false;
  Submission submission;
  for (std::size_t i = 0; i < items; ++i) submission.items.push_back({"", Checker::body_of(append, i)});
  submission.if_match = condition;
  if (keyed) submission.key = "k" + std::to_string(append);
  const Promise must_see = checker_.acknowledged_now();
  const auto given = sites_[who]->process->host().append(
      std::move(submission), [this, who, append, must_see, then = std::move(then)](const Appended& appended) {
        story_.mix(static_cast<std::uint64_t>(appended.outcome) + appended.first.entry * 8);
        if (story_.told()) {
          constexpr std::array names{"is committed", "did not happen", "is unknown"};
          say(id_of(who) + ": append " + std::to_string(append) + " " +
              names.at(static_cast<std::size_t>(appended.outcome)) + " " + to_string(appended.first));
        }
        if (appended.outcome == Appended::Outcome::committed) {
          checker_.acknowledged(append, appended.first, appended.last);
        }
        if (appended.objection == Objection::not_matched) checker_.not_matched(append, must_see, appended.last);
        if (then) {
          then(appended);
        } else if (appended.outcome == Appended::Outcome::not_appended) {
          checker_.refused(append);
        }
      });
  if (!given) return false;
  if (story_.told()) say(id_of(who) + ": append " + std::to_string(append) + ", items " + std::to_string(items));
  if (ticket != nullptr) *ticket = *given;
  return true;
}

// What is asked of an islander that stands still waits in its sockets.
void Simulation::append_at(std::size_t who, std::size_t items, const Then& then) {
  if (!up(who)) return;
  const Checker::Append append = checker_.sends(items);
  if (moves(who)) {
    send(who, append, items, then);
  } else {
    later(who, 0, [this, who, append, items, then] { send(who, append, items, then); });
  }
}

Appended Simulation::give_up(std::size_t who, std::uint64_t ticket, Checker::Append append) {
  if (!moves(who)) return {};
  const Appended known = sites_[who]->process->host().give_up(ticket);
  if (story_.told()) say(id_of(who) + ": append " + std::to_string(append) + " is given up: " + known.why);
  return known;
}

void Simulation::read_at(std::size_t who) {
  if (!up(who)) return;
  const Promise must_see = checker_.acknowledged_now();
  const auto read = [this, who, must_see] {
    Host& host = sites_[who]->process->host();
    host.read_point([this, who, must_see, &host](const ReadReady& ready) {
      story_.mix(ready.point.entry * 2 + (ready.confirmed ? 1 : 0));
      if (ready.confirmed) checker_.reads(id_of(who), must_see, ready.point, host.tail().newest());
    });
  };
  if (moves(who)) {
    read();
  } else {
    later(who, 0, read);
  }
}

// ---- Time -----------------------------------------------------------------------------------------

void Simulation::later(std::size_t who, Tick delay, Schedule::Action what) {
  schedule_.push(delay, {std::move(what), static_cast<std::uint32_t>(who), sites_[who]->run});
}

void Simulation::gate(Schedule::Due due) {
  if (due.who != Schedule::nobody) {
    Site& site = *sites_[due.who];
    if (site.run != due.run || !site.process) return;
    if (site.paused_until > now()) {
      site.held.push_back(std::move(due));
      return;
    }
  }
  due.what();
}

void Simulation::step() {
  auto due = schedule_.pop();
  if (!due) throw Violation("progress: nothing is left to happen");
  ++steps_;
  gate(std::move(*due));
  ended_.clear();
}

void Simulation::until(const std::function<bool()>& condition, Tick patience, const std::string& what) {
  const Tick deadline = now() + patience;
  while (!condition()) {
    if (now() > deadline) {
      throw Violation("progress: " + what + " did not come about in " + std::to_string(patience / 1'000) + " ms");
    }
    step();
  }
}

void Simulation::run_for(Tick duration) {
  bool over = false;
  schedule_.after(duration, [&over] { over = true; });
  while (!over) step();
}

Moment Simulation::moment(std::size_t who) const {
  const Site& site = *sites_[who];
  const auto elapsed = static_cast<std::int64_t>(now());
  return {now(), wall_begins + elapsed + site.wall_offset + elapsed * site.drift_ppm / 1'000'000};
}

// ---- Looks ----------------------------------------------------------------------------------------

Legislator& Simulation::at(std::size_t who) { return sites_[who]->process->host().core(); }

std::size_t Simulation::islander_named(std::string_view id) const {
  for (std::size_t i = 0; i < sites_.size(); ++i) {
    if (sites_[i]->id == id) return i;
  }
  throw std::logic_error("nobody is named " + std::string(id));
}

std::optional<std::size_t> Simulation::leader() const {
  std::optional<std::size_t> best;
  std::uint64_t ballot = 0;
  for (std::size_t i = 0; i < sites_.size(); ++i) {
    if (!up(i)) continue;
    const Legislator& core = sites_[i]->process->host().core();
    if (core.role() != Role::leader || (best && core.promised() <= ballot)) continue;
    best = i;
    ballot = core.promised();
  }
  return best;
}

std::string Simulation::standing() const {
  std::string text;
  for (const auto& site : sites_) {
    text += "  " + site->id + ": ";
    if (!site->process) {
      text += "down\n";
      continue;
    }
    const Status status = site->process->host().core().status();
    text += std::string(to_string(status.role)) + ", committed " + to_string(status.committed) + ", last " +
            to_string(status.last) + ", promised " + std::to_string(status.promised) + ", government " +
            to_string(status.government.promise) + " of";
    for (const std::string& id : status.government.parliament()) text += " " + id;
    text += " (" + std::to_string(status.government.seats) + " seats)";
    if (!status.leader.empty()) text += ", hears " + status.leader;
    if (!status.waiting_for.empty()) text += ", waits " + status.waiting_for;
    if (site->paused_until > now()) text += ", stands still";
    if (site->damaged) text += ", its disk is damaged";
    text += "\n";
  }
  return text;
}

}  // namespace hansard::testing
