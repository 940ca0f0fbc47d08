#include "government/legislator.hpp"

#include "government/backfiller.hpp"
#include "government/chamber.hpp"
#include "government/clerk.hpp"
#include "government/envoy.hpp"
#include "government/forwarder.hpp"
#include "government/founder.hpp"
#include "government/judge.hpp"
#include "government/librarian.hpp"
#include "government/planted.hpp"
#include "government/proposer.hpp"
#include "government/reader.hpp"
#include "government/recorder.hpp"
#include "government/state_transfer.hpp"
#include "government/tap.hpp"
#include "government/trimmer.hpp"
#include "government/writer.hpp"
#include "log/assert.hpp"

#include <algorithm>
#include <utility>

namespace hansard {

const char* to_string(Role role) {
  switch (role) {
    case Role::stranger:
      return "stranger";
    case Role::recorder:
      return "recorder";
    case Role::candidate:
      return "candidate";
    case Role::leader:
      return "leader";
  }
  return "?";
}

namespace {

template <class T>
std::optional<T> pop(std::deque<T>& queue) {
  if (queue.empty()) return std::nullopt;
  std::optional<T> front = std::move(queue.front());
  queue.pop_front();
  return front;
}

// Commits in recovery: nobody is told, it is from an earlier run.
void recall(Chamber& c, const EntryPtr& entry, std::uint64_t counted) {
  c.log.commit({entry->position(), counted});
  c.state.apply(*entry);
}

// `committed` is written lazily and may be lost. But whoever holds an entry knows that the government which it names
// settled is committed (section 2), and must not count the parliaments before it: who left them may be gone for good.
void recall_settled(Chamber& c) {
  if (planted('s')) return;
  Promise settled;
  std::uint64_t known_by = 0;
  for (const EntryPtr& entry : c.log.entries()) {
    if (entry->settled() <= settled) continue;
    settled = entry->settled();
    known_by = entry->ballot();
  }
  const auto& entries = c.log.entries();
  for (std::size_t i = c.log.index_after(c.log.committed().position.promise);
       i < entries.size() && entries[i]->last() <= settled; ++i) {
    recall(c, entries[i], entries[i]->last() == settled ? known_by : 0);
  }
}

// What waited for the disk and may go now.
template <class T>
void release(const Journal& journal, std::deque<std::pair<Ticket, T>>& held, auto&& take) {
  while (!held.empty() && journal.is_durable(held.front().first)) {
    take(std::move(held.front().second));
    held.pop_front();
  }
}

}  // namespace

Legislator::Legislator(const Settings& settings, const Recovered& recovered, std::string url, Republic fresh_republic)
    : chamber_(std::make_unique<Chamber>(settings, recovered, std::move(url), fresh_republic)) {}

Legislator::Legislator(std::unique_ptr<Chamber> chamber) : chamber_(std::move(chamber)) {}

Legislator::~Legislator() = default;

// ---- Recovery ------------------------------------------------------------------------------------------------------

Promise Legislator::replay_after() const { return chamber_->log.last().promise; }

void Legislator::replay(std::span<const EntryPtr> entries) {
  Chamber& c = *chamber_;
  HANSARD_ASSERT(!c.started, "recovery comes before any input");
  for (const EntryPtr& entry : entries) {
    c.log.append(entry);
    // `committed` is known from the store; commit as we go, so that memory holds only a bounded tail.
    if (entry->last() <= c.recovered_committed.position.promise) {
      recall(c, entry, entry->last() == c.recovered_committed.position.promise ? c.recovered_committed.counted : 0);
      c.log.shrink(c.settings.tail_bytes, entry->last());
    }
  }
}

void Legislator::start(Moment moment) {
  if (tap_ != nullptr) tap_->start(moment);
  Chamber& c = *chamber_;
  c.started = true;
  c.moment = moment;
  recall_settled(c);
  c.trim();  // a crash may have come after its commit and before that
  c.see_ballot(c.log.ballot_seen());
  HANSARD_ASSERT(c.promised >= c.log.ballot_seen() || c.log.last() == Position{},
                 "promised is never below a ballot in the log");
  c.role = c.republic.is_zero() ? Role::stranger : Role::recorder;
  c.quiet_until = moment.now + c.settings.ping * 2;
  c.proposer->start();
  if (c.has_government()) c.librarian->governed();
  c.follow_government();
}

// ---- Inputs --------------------------------------------------------------------------------------------------------

void Legislator::bootstrap(Moment moment, std::vector<Listed> list) {
  if (tap_ != nullptr) tap_->bootstrap(moment, list);
  chamber_->enter(moment);
  chamber_->founder->bootstrap(std::move(list));
  chamber_->founder->event();
}

void Legislator::join(Moment moment, std::vector<std::string> urls) {
  if (tap_ != nullptr) tap_->join(moment, urls);
  chamber_->enter(moment);
  chamber_->founder->join(std::move(urls));
  chamber_->founder->event();
}

bool Legislator::enqueue(Moment moment, Submission submission, std::uint64_t token) {
  if (tap_ != nullptr) tap_->enqueue(moment, submission, token);
  chamber_->enter(moment);
  const bool taken = chamber_->forwarder->enqueue(std::move(submission), token);
  if (tap_ != nullptr) tap_->enqueued(taken);
  return taken;
}

Appended Legislator::give_up(Moment moment, std::uint64_t token) {
  if (tap_ != nullptr) tap_->give_up(moment, token);
  chamber_->enter(moment);
  Appended known = chamber_->forwarder->give_up(token);
  if (tap_ != nullptr) tap_->gave_up(known);
  return known;
}

void Legislator::read(Moment moment, std::uint64_t token) {
  if (tap_ != nullptr) tap_->read(moment, token);
  chamber_->enter(moment);
  chamber_->reader->read(token);
}

void Legislator::give_up_read(std::uint64_t token) {
  if (tap_ != nullptr) tap_->give_up_read(token);
  chamber_->reader->give_up(token);
}

void Legislator::operate(Moment moment, Operation operation, std::uint64_t token) {
  if (tap_ != nullptr) tap_->operate(moment, operation, token);
  chamber_->enter(moment);
  chamber_->envoy->operate(std::move(operation), token);
}

void Legislator::give_up_operation(std::uint64_t token) {
  if (tap_ != nullptr) tap_->give_up_operation(token);
  chamber_->envoy->give_up(token);
}

void Legislator::request(Moment moment, RequestId id, const Islander& from, const Republic& republic, Request request) {
  if (tap_ != nullptr) tap_->request(moment, id, from, republic, request);
  Chamber& c = *chamber_;
  c.enter(moment);
  const bool stranger = !republic.is_zero() && !c.republic.is_zero() && republic != c.republic;
  const bool introduction = std::holds_alternative<Found>(request) || std::holds_alternative<Embark>(request);
  if (stranger && !introduction) {
    c.note("pulse of another republic", true,
           {{"from", from.id}, {"republic", to_string(republic)}, {"pulse", std::string(name_of(request))}});
    return;
  }
  const bool absurd = std::visit(
      [](const auto& message) {
        if constexpr (requires { message.ballot; }) return message.ballot > ballot_max;
        if constexpr (requires { message.counted; }) return message.counted > ballot_max;
        return false;
      },
      request);
  if (absurd) {
    c.note("absurd ballot", true, {{"from", from.id}, {"pulse", std::string(name_of(request))}});
    return;
  }
  if (!introduction) {
    if (republic.is_zero()) return;  // nobody without a republic has anything else to ask
    // It names our cookie, which is random: it was let in, or seated, by those who write to it now. But not by an
    // earlier life of the founder that it is promised to: what that founded, if anything, is gone.
    if (c.republic.is_zero() && c.founder->passed_on_from(from)) return;
    if (c.republic.is_zero()) c.adopt_republic(republic);
  }
  std::visit(
      [&](auto&& message) {
        using M = std::decay_t<decltype(message)>;
        if constexpr (std::is_same_v<M, Found> || std::is_same_v<M, Embark>) {
          c.founder->receive(id, from, message);
        } else if constexpr (std::is_same_v<M, Forward>) {
          c.writer->receive(id, from, message);
        } else if constexpr (std::is_same_v<M, FetchState>) {
          c.state_transfer->receive(id, message);
        } else if constexpr (std::is_same_v<M, FetchBack>) {
          c.backfiller->receive(id, message);
        } else if constexpr (std::is_same_v<M, ReadPoint>) {
          c.reader->receive(id, message);
        } else if constexpr (std::is_same_v<M, Operate>) {
          c.clerk->receive(id, std::forward<decltype(message)>(message));
        } else if constexpr (std::is_same_v<M, Nominate>) {
          // Only by the leader that we hear, for anybody else's word it is not.
          const bool ours = from == c.leader || message.ballot >= c.promised;
          const bool holds = c.log.holds(message.last);
          c.answer(id, Nominated{ours && holds && !c.resigning});
          if (ours && holds && !c.resigning) c.proposer->run_at_once("nominated by the leader");
        } else {
          c.recorder->receive(id, from, std::forward<decltype(message)>(message));
        }
      },
      std::move(request));
}

void Legislator::sent(Moment moment, PulseId id, std::optional<Reply> reply) {
  if (tap_ != nullptr) tap_->sent(moment, id, reply);
  Chamber& c = *chamber_;
  c.enter(moment);
  const auto owner = c.owners.find(id);
  if (owner == c.owners.end()) return;
  Part* part = owner->second;
  c.owners.erase(owner);
  part->sent(id, reply ? &*reply : nullptr);
}

void Legislator::disconnected(Moment moment, const Islander& who) {
  if (tap_ != nullptr) tap_->disconnected(moment, who);
  Chamber& c = *chamber_;
  c.enter(moment);
  c.writer->disconnected(who);
  if (who == c.leader && c.role != Role::leader && c.reset_at == never) {
    c.reset_at = moment.now;
    c.proposer->leader_reset();
  }
}

void Legislator::persisted(Moment moment, std::uint64_t write_id) {
  if (tap_ != nullptr) tap_->persisted(moment, write_id);
  Chamber& c = *chamber_;
  c.enter(moment);
  c.journal.done(write_id);
  c.writing_since = never;
  release(c.journal, c.responses_held, [&](Response&& r) { c.responses.push_back(std::move(r)); });
  release(c.journal, c.pulses_held, [&](Pulse&& p) { (p.urgent ? c.urgent : c.bulk).push_back(std::move(p)); });
  c.writer->persisted();
  c.envoy->look();
  c.proposer->event();  // its own vote may count now
  c.log.shrink(c.settings.tail_bytes, c.journal.durable().promise);
  c.checkpoint_if_due();
}

void Legislator::supplied(Moment moment, std::uint64_t want_id, std::vector<EntryPtr> entries) {
  if (tap_ != nullptr) tap_->supplied(moment, want_id, entries);
  Chamber& c = *chamber_;
  c.enter(moment);
  const auto owner = c.want_owners.find(want_id);
  if (owner == c.want_owners.end()) return;
  Part* part = owner->second;
  c.want_owners.erase(owner);
  part->supplied(want_id, std::move(entries));
}

void Legislator::event(Moment moment) {
  if (tap_ != nullptr) tap_->event(moment);
  Chamber& c = *chamber_;
  c.enter(moment);
  for (Part* part : c.parts) part->event();
  const Committed& written = c.journal.written_committed();
  if (written.position == c.log.committed().position) {
    c.flush_at = never;
  } else if (c.flush_at == never) {
    c.flush_at = moment.now + flush_after;
  }
}

void Legislator::resign(Moment moment) {
  if (tap_ != nullptr) tap_->resign(moment);
  Chamber& c = *chamber_;
  c.enter(moment);
  c.resigning = true;
  c.writer->resign();
}

void Legislator::room(Moment moment, bool has_room) {
  if (tap_ != nullptr) tap_->room(moment, has_room);
  Chamber& c = *chamber_;
  c.enter(moment);
  if (std::exchange(c.has_room, has_room) == has_room) return;
  c.note(has_room ? "disk has room" : "disk full", true, {});
}

namespace {

bool is_resigned(const Chamber& c) {
  if (!c.resigning) return false;
  const bool alone = c.role == Role::leader && c.state.government.parliament().size() <= 1;
  const bool in_office = c.role == Role::leader && !alone;
  return !in_office && (alone ? c.log.last() == c.log.committed().position : c.forwarder->open() == 0) &&
         c.journal.idle();
}

std::optional<Pulse> next_pulse(Chamber& c) {
  if (c.urgent.empty() && c.bulk.empty()) {
    for (Part* part : c.parts) part->pull();
  }
  if (auto pulse = pop(c.urgent)) return pulse;
  return pop(c.bulk);
}

const Write* next_write(Chamber& c) {
  const bool flush = c.resigning || (c.flush_at != never && c.moment.now >= c.flush_at);
  const Write* write = c.journal.next(c.log.last(), c.log.committed(), flush);
  if (write != nullptr) c.writing_since = c.moment.now;
  return write;
}

std::optional<Tick> next_timer(const Chamber& c) {
  Tick next = c.journal.busy() ? never : c.flush_at;
  for (const Part* part : c.parts) next = std::min(next, part->next_event());
  // A commit that no write has noted yet asks for one look later on.
  if (c.flush_at == never && c.journal.written_committed().position != c.log.committed().position) {
    next = std::min(next, c.moment.now + flush_after);
  }
  if (next == never) return std::nullopt;
  return next;
}

// What is handed out, after the tap was told of it.
template <class T>
T told(Tap* tap, void (Tap::*tell)(const T&), T output) {
  if (tap != nullptr) (tap->*tell)(output);
  return output;
}

}  // namespace

bool Legislator::resigned() const {
  const bool resigned = is_resigned(*chamber_);
  if (tap_ != nullptr) tap_->resigned(resigned);
  return resigned;
}

// ---- Outputs -------------------------------------------------------------------------------------------------------

std::optional<Pulse> Legislator::outbox() { return told(tap_, &Tap::outbox, next_pulse(*chamber_)); }
std::optional<Response> Legislator::response() { return told(tap_, &Tap::response, pop(chamber_->responses)); }

const Write* Legislator::journal() {
  const Write* write = next_write(*chamber_);
  if (tap_ != nullptr) tap_->journal(write);
  return write;
}

std::optional<Want> Legislator::wanted() { return told(tap_, &Tap::wanted, pop(chamber_->wants)); }

std::vector<EntryPtr> Legislator::take_committed() {
  return told(tap_, &Tap::committed, std::exchange(chamber_->newly_committed, {}));
}
std::vector<Appended> Legislator::take_appended() {
  return told(tap_, &Tap::appended, std::exchange(chamber_->appended, {}));
}
std::vector<ReadReady> Legislator::take_reads() { return told(tap_, &Tap::reads, std::exchange(chamber_->reads, {})); }
std::vector<Operated> Legislator::take_operated() {
  return told(tap_, &Tap::operated, std::exchange(chamber_->operated, {}));
}
std::vector<Event> Legislator::take_events() { return told(tap_, &Tap::events, std::exchange(chamber_->events, {})); }
std::optional<Error> Legislator::take_halt() {
  return told(tap_, &Tap::halt, std::exchange(chamber_->halted, std::nullopt));
}
std::optional<Tick> Legislator::next_event() const { return told(tap_, &Tap::next_event, next_timer(*chamber_)); }

// ---- Looks ---------------------------------------------------------------------------------------------------------

namespace {

Downstream said_of(const std::vector<Downstream>& list, const std::string& id) {
  const auto found = std::find_if(list.begin(), list.end(), [&](const Downstream& d) { return d.id == id; });
  return found == list.end() ? Downstream{} : *found;
}

}  // namespace

namespace {

// `entries`: how many the log holds.
std::uint64_t lag_of(Promise committed, Promise newest, std::uint64_t entries) {
  if (committed >= newest) return 0;
  if (committed.government == newest.government) return newest.entry - committed.entry;
  return std::max(entries, newest.entry);
}

}  // namespace

Status Legislator::status() const {
  const Chamber& c = *chamber_;
  Status status;
  status.role = c.role;
  status.republic = c.republic;
  status.government = c.state.government;
  status.leader = c.leader.id;
  status.leader_in_office = c.writer->established();
  status.promised = c.promised;
  status.committed = c.log.committed().position.promise;
  Promise newest = std::max(status.committed, c.librarian->told());
  for (const Downstream& other : c.census) newest = std::max(newest, other.committed);
  status.lag_entries = lag_of(status.committed, newest, c.state.client_entries);
  status.last = c.log.last();
  status.newest_client = c.state.newest_client;
  status.oldest_client = c.state.oldest_client;
  status.client_entries = c.state.client_entries;
  status.client_bytes = c.state.client_bytes;
  status.trimmed = c.state.trimmed.before;
  status.settings = c.state.settings;
  status.keys = c.state.keys.size();
  status.queued = c.forwarder->open();
  const auto below = c.librarian->downstream();
  for (const auto& [id, citizen] : c.state.government.citizens) {
    CitizenStatus row;
    row.id = id;
    row.url = citizen.url;
    row.arrived = citizen.arrived;
    if (id == c.self.id) {
      row.reachable = true;
      row.committed = status.committed;
    } else if (c.role == Role::leader) {
      row.reachable = c.writer->reachable(id);
      row.committed = c.writer->committed_of(id);
    } else if (id == c.leader.id) {
      row.reachable = c.hears_leader();
      row.committed = std::max(c.librarian->told(), said_of(c.census, id).committed);
    } else {
      // Whom we bring the log we know better than the leader, of others it told us.
      const Downstream ours = said_of(below, id);
      const Downstream told = said_of(c.census, id);
      row.reachable = ours.reachable || (told.reachable && c.hears_leader());
      row.committed = std::max(ours.committed, told.committed);
    }
    row.lag_entries = lag_of(row.committed, newest, status.client_entries);
    status.citizens.push_back(std::move(row));
  }
  status.disk = !c.has_room ? Status::Disk::full : c.disk_stalled() ? Status::Disk::stalled : Status::Disk::well;
  status.disks_full = c.role == Role::leader && c.writer->disks_full();
  status.trim_held_for = c.trimmer->held_for();
  status.backfilling = backfilling();
  status.waiting_for = c.founder->waiting_for();
  if (status.waiting_for.empty() && c.leader.id.empty() && c.has_government()) {
    status.waiting_for = "for a leader: a quorum of " + std::to_string(c.state.government.quorum()) + " of " +
                         std::to_string(c.state.government.seats) + " seats must answer";
  }
  if (!status.waiting_for.empty()) return status;
  if (status.disks_full) status.waiting_for = "for disks: ";
  if (!c.has_room) {
    status.waiting_for += "its disk is full: free some, or trim the log";
  } else if (status.disk == Status::Disk::stalled) {
    status.waiting_for += "its disk does not answer";
  } else if (status.disks_full) {
    status.waiting_for += "those of other members are full, or do not answer";
  }
  return status;
}

Role Legislator::role() const { return chamber_->role; }
std::uint64_t Legislator::promised() const { return chamber_->promised; }
Promise Legislator::committed() const { return chamber_->log.committed().position.promise; }
const Islander& Legislator::self() const { return chamber_->self; }
Republic Legislator::republic() const { return chamber_->republic; }
const Government& Legislator::government() const { return chamber_->state.government; }
const std::string& Legislator::leader() const { return chamber_->leader.id; }
Promise Legislator::newest_client() const { return chamber_->state.newest_client; }
Promise Legislator::backfilling() const { return chamber_->lacks_older() ? chamber_->begins.last : Promise{}; }
const LogSettings& Legislator::log_settings() const { return chamber_->state.settings; }
Promise Legislator::durable() const { return chamber_->journal.durable().promise; }
std::size_t Legislator::queued() const { return chamber_->forwarder->open(); }

const KeyRow* Legislator::find_key(std::string_view key) const { return chamber_->state.keys.find(key); }

}  // namespace hansard
