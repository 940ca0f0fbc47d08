#include "tests/government/lone_islander.hpp"

#include <algorithm>

namespace hansard::tests {

// ---- Scroll --------------------------------------------------------------------------------------------------------

Position Scroll::at(Promise promise) const {
  if (promise.is_zero()) return {};
  for (const EntryPtr& entry : entries_) {
    if (entry->last() == promise) return entry->position();
  }
  FAIL("the scroll holds no " << to_string(promise));
  return {};
}

std::vector<EntryPtr> Scroll::after(Promise promise, Promise upto) const {
  std::vector<EntryPtr> result;
  for (const EntryPtr& entry : entries_) {
    if (entry->last() > promise && entry->last() <= upto) result.push_back(entry);
  }
  return result;
}

std::string Scroll::text() const { return text_of(entries_); }

std::string text_of(const std::vector<EntryPtr>& entries) {
  std::string text;
  for (const EntryPtr& entry : entries) text += (text.empty() ? "" : " ") + to_string(entry->position());
  return text;
}

Register register_of(const Scroll& log, Promise after, std::uint64_t ballot, const Committed& committed, Promise upto) {
  Register message;
  message.ballot = ballot;
  message.previous = log.at(after);
  message.entries = log.after(after, upto);
  message.committed = committed;
  return message;
}

Received received(const Register& message, const Report& report) {
  const Position last = message.entries.empty() ? message.previous : message.entries.back()->position();
  return {message.ballot, last, message.round, report};
}

Synchronize synchronize_of(const Scroll& log, Promise after, std::uint64_t counted, Promise upto) {
  Synchronize message;
  message.counted = counted;
  message.previous = log.at(after);
  message.entries = log.after(after, upto);
  message.leader_heard = true;
  return message;
}

// ---- Time and life -------------------------------------------------------------------------------------------------

LoneIslander::LoneIslander(const std::string& id, const Settings& settings) : id_(id), settings_(settings) { open(); }

LoneIslander::~LoneIslander() = default;

void LoneIslander::open() {
  auto store = disk_.open(id_, cookie_of(id_, life_));
  REQUIRE(store.has_value());
  store_ = std::move(*store);
  const Recovered& recovered = store_->recovered();
  promised_ = recovered.promised;
  legislator_ =
      std::make_unique<Legislator>(settings_, recovered, "http://" + id_, Republic{8, recovered.identity.start});
  Promise after = legislator_->replay_after();
  while (true) {
    auto entries = store_->read(after, end_of_time, 1'000, 3);  // in small pieces
    REQUIRE(entries.has_value());
    if (entries->empty()) break;
    legislator_->replay(*entries);
    after = entries->back()->last();
  }
  legislator_->start(moment());
  run();
}

void LoneIslander::crash() {
  legislator_.reset();
  store_.reset();
  writing_ = withheld_ = reads_withheld_ = false;
  answers_.clear();
  pulses_.clear();
  wants_.clear();
}

void LoneIslander::restart() {
  crash();
  open();
}

void LoneIslander::wipe() {
  crash();
  disk_.wipe();
  ++life_;
}

void LoneIslander::wait(Tick duration) {
  const Tick end = now_ + duration;
  while (true) {
    const auto next = legislator_->next_event();
    if (!next || *next > end || now_ >= end) break;
    now_ = std::max(now_ + 1, *next);
    legislator_->event(moment());
    run();
  }
  now_ = end;
  run();
}

void LoneIslander::wait_until(const std::function<bool()>& condition, Tick patience) {
  const Tick end = now_ + patience;
  while (!condition()) {
    const auto next = legislator_->next_event();
    REQUIRE(next.has_value());
    REQUIRE(*next < end);
    wait(std::max(*next, now_ + 1) - now_);
  }
}

void LoneIslander::input(const std::function<void(Legislator&, Moment)>& what) {
  what(*legislator_, moment());
  run();
}

void LoneIslander::run() {
  bool more = true;
  while (more) {
    more = false;
    while (auto pulse = legislator_->outbox()) pulses_.push_back(std::move(*pulse));
    while (auto response = legislator_->response()) {
      const RequestId id = response->request;
      CHECK(answers_.emplace(id, std::move(*response)).second);  // one answer to each request
    }
    while (auto want = legislator_->wanted()) wants_.push_back(*want);
    for (EntryPtr& entry : legislator_->take_committed()) committed.push_back(std::move(entry));
    for (const Appended& one : legislator_->take_appended()) CHECK(appended.emplace(one.token, one).second);
    for (const ReadReady& one : legislator_->take_reads()) CHECK(reads.emplace(one.token, one).second);
    for (Event& event : legislator_->take_events()) events_.push_back(std::move(event));
    if (auto error = legislator_->take_halt()) halt = std::move(error);
    if (!writing_) {
      if (const Write* write = legislator_->journal()) {
        write_ = *write;
        writing_ = true;
      }
    }
    if (writing_ && !withheld_) {
      finish_write();
      more = true;
    }
    if (!wants_.empty() && !reads_withheld_) {
      const Want want = wants_.front();
      wants_.pop_front();
      auto entries = want.newest ? store_->read_back(want.after, want.upto, want.bytes_max)
                                 : store_->read(want.after, want.upto, want.bytes_max, 100'000);
      legislator_->supplied(moment(), want.id, entries ? std::move(*entries) : std::vector<EntryPtr>{});
      more = true;
    }
  }
}

// ---- Disk ----------------------------------------------------------------------------------------------------------

void LoneIslander::finish_write() {
  REQUIRE(writing_);
  const auto written = store_->write(write_);
  REQUIRE(written.has_value());
  promised_ = write_.promised.value_or(promised_);
  if (write_.committed) {
    // On the disk, or what a snapshot there speaks for.
    const auto found = store_->find(write_.committed->position.promise);
    CHECK((found.has_value() || found.error().code == Errc::trimmed));
  }
  written_.push_back(write_);
  writing_ = false;
  legislator_->persisted(moment(), write_.id);
  if (withheld_) run();
}

void LoneIslander::release_writes() {
  withheld_ = false;
  run();
}

std::vector<EntryPtr> LoneIslander::entries_on_disk() {
  auto entries = store_->read({}, end_of_time, std::size_t{1} << 30U, 100'000);
  REQUIRE(entries.has_value());
  return std::move(*entries);
}

std::string LoneIslander::on_disk() { return text_of(entries_on_disk()); }

void LoneIslander::supply(const Want& want, std::vector<EntryPtr> entries) {
  input([&](Legislator& l, Moment m) { l.supplied(m, want.id, std::move(entries)); });
}

// ---- Requests, clients, pulses -------------------------------------------------------------------------------------

RequestId LoneIslander::request(const Islander& from, Request request, const Republic& of) {
  const RequestId id = next_request_++;
  input([&](Legislator& l, Moment m) { l.request(m, id, from, of, std::move(request)); });
  return id;
}

std::uint64_t LoneIslander::append(const std::string& body) { return append_batch({body}); }

std::uint64_t LoneIslander::append_batch(const std::vector<std::string>& bodies) {
  Submission submission;
  for (const std::string& body : bodies) submission.items.push_back({"", body});
  return append(std::move(submission));
}

std::uint64_t LoneIslander::append(Submission submission) {
  const std::uint64_t token = next_token_++;
  input([&](Legislator& l, Moment m) { REQUIRE(l.enqueue(m, std::move(submission), token)); });
  return token;
}

Appended LoneIslander::give_up(std::uint64_t token) {
  Appended result;
  input([&](Legislator& l, Moment m) { result = l.give_up(m, token); });
  return result;
}

std::uint64_t LoneIslander::read() {
  const std::uint64_t token = next_token_++;
  input([&](Legislator& l, Moment m) { l.read(m, token); });
  return token;
}

void LoneIslander::sent(PulseId id, std::optional<Reply> reply) {
  input([&](Legislator& l, Moment m) { l.sent(m, id, std::move(reply)); });
}

void LoneIslander::disconnected(const Islander& who) {
  input([&](Legislator& l, Moment m) { l.disconnected(m, who); });
}

std::string LoneIslander::waiting() const {
  std::string text;
  for (const Pulse& pulse : pulses_)
    text += std::string(text.empty() ? "" : ", ") + name_of(pulse.request) + " to " + pulse.to.id;
  return text;
}

void LoneIslander::fail_pulses(const std::string& ids) {
  const auto names = words(ids);
  std::vector<PulseId> failed;
  for (const Pulse& pulse : pulses_) {
    if (std::find(names.begin(), names.end(), pulse.to.id) != names.end()) failed.push_back(pulse.id);
  }
  std::erase_if(pulses_, [&](const Pulse& p) { return std::find(failed.begin(), failed.end(), p.id) != failed.end(); });
  for (const PulseId id : failed) sent(id, std::nullopt);
}

void LoneIslander::obey(const std::string& ids) {
  const auto names = words(ids);
  while (true) {
    const auto pulse = std::find_if(pulses_.begin(), pulses_.end(), [&](const Pulse& p) {
      return std::find(names.begin(), names.end(), p.to.id) != names.end();
    });
    if (pulse == pulses_.end()) return;
    const Pulse taken = std::move(*pulse);
    pulses_.erase(pulse);
    sent(taken.id, Reply{taken.to, republic, obedient(taken.to.id, taken.request)});
  }
}

Answer LoneIslander::obedient(const std::string& id, const Request& request) {
  Follower& follower = followers_[id];
  Report report{follower.committed, follower.last, moment().wall_us, follower.ill, follower.below, {}};
  const auto holds = [&](const Position& previous, const std::vector<EntryPtr>& entries) {
    const Position last = entries.empty() ? previous : entries.back()->position();
    if (follower.last.promise < last.promise) follower.last = last;
    return last;
  };
  if (const auto* m = std::get_if<Register>(&request)) {
    const Position last = holds(m->previous, m->entries);
    if (follower.committed.position.promise < m->committed.position.promise) follower.committed = m->committed;
    report.committed = follower.committed;
    report.durable = last;
    return received(*m, report);
  }
  if (const auto* m = std::get_if<Ping>(&request)) return Pong{m->ballot, m->ballot, m->round, report, follower.last};
  if (std::holds_alternative<Canvass>(request)) return CanvassAnswer{true, 0, follower.committed};
  if (const auto* m = std::get_if<Prepare>(&request)) {
    // It holds what the candidate holds.
    const Status status = legislator_->status();
    follower.last = status.last;
    return Promised{true, m->ballot, Committed{m->committed, 0}, {}, follower.last, {}};
  }
  if (const auto* m = std::get_if<Synchronize>(&request)) {
    const Position last = holds(m->previous, m->entries);
    follower.committed = {last, m->counted};
    report.committed = follower.committed;
    return Synchronized{true, follower.committed, report};
  }
  if (const auto* m = std::get_if<Forward>(&request)) {
    return Forwarded{Forwarded::Verdict::taken, m->ballot, m->appends.back().sequence, {}};
  }
  if (std::holds_alternative<Found>(request))
    return FoundAnswer{true, true, false, {}, legislator_->self(), "http://" + id};
  if (std::holds_alternative<Nominate>(request)) return Nominated{true};
  if (std::holds_alternative<Fetch>(request) || std::holds_alternative<FetchBack>(request)) return Fetched{};
  if (std::holds_alternative<ReadPoint>(request)) return ReadPointAnswer{};
  if (std::holds_alternative<Operate>(request)) return OperateAnswer{};
  return EmbarkAnswer{};
}

// ---- Events --------------------------------------------------------------------------------------------------------

bool LoneIslander::told(const std::string& name) const {
  return std::any_of(events_.begin(), events_.end(), [&](const Event& event) { return name == event.name; });
}

std::string LoneIslander::fact(const std::string& name, const std::string& key) const {
  for (auto event = events_.rbegin(); event != events_.rend(); ++event) {
    if (name != event->name) continue;
    for (const auto& [fact, value] : event->facts) {
      if (key == fact) return value;
    }
  }
  return "?";
}

// ---- Snapshots -----------------------------------------------------------------------------------------------------

LogState state_of(const Scroll& log) {
  LogState state;
  for (const EntryPtr& entry : log.after({})) state.apply(*entry);
  return state;
}

std::vector<FetchedState> pieces_of(const LogState& state, std::uint64_t counted) {
  const auto segments = state.keys.full_segments();
  std::vector<FetchedState> pieces(segments.size() + 1);
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    pieces[i] = {true, {state.at, counted}, pieces.size(), i, i == 0 ? encode(state) : encode(*segments[i - 1])};
  }
  return pieces;
}

// ---- Elections -----------------------------------------------------------------------------------------------------

Scroll founded(const Government& government) {
  Scroll log;
  log.govern(government, 1, 1);
  return log;
}

Scroll founded() { return founded(government(3, "a b", "c")); }

void teach(LoneIslander& one, const Scroll& log, std::uint64_t ballot, Promise committed) {
  const auto received = one.ask<Received>(islander("a"), register_of(log, {}, ballot, {log.at(committed), ballot}));
  REQUIRE(received.last == log.at());
}

std::uint64_t until_prepare(LoneIslander& one, const std::string& yes) {
  one.wait_until([&] {
    for (const std::string& id : words(yes)) {
      while (one.count<Canvass>(id) > 0) one.reply(one.take<Canvass>(id), CanvassAnswer{true, 0, {}});
    }
    return one.count<Prepare>() > 0;
  });
  return one->promised();
}

std::uint64_t win(LoneIslander& one, const std::string& helpers) {
  one.wait_until([&] {
    // Only what an election asks: its registers are left to the test.
    for (const std::string& id : words(helpers)) {
      while (one.count<Canvass>(id) > 0) one.reply(one.take<Canvass>(id), CanvassAnswer{true, 0, {}});
      while (one.count<Prepare>(id) > 0) {
        const auto prepare = one.take<Prepare>(id);
        one.reply(prepare, Promised{true, prepare.message.ballot, {prepare.message.committed, 0}, {}, one.last(), {}});
      }
    }
    return one->role() == Role::leader;
  });
  return one->promised();
}

std::uint64_t lead(LoneIslander& one, const std::string& helpers) {
  win(one, helpers);
  one.wait_until([&] {
    one.obey(helpers);
    return one->status().leader_in_office && one->committed() == one.last().promise;
  });
  return one->promised();
}

}  // namespace hansard::tests
