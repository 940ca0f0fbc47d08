#include "government/recorder.hpp"

#include "government/constituency.hpp"
#include "government/librarian.hpp"
#include "government/planted.hpp"
#include "government/proposer.hpp"
#include "log/assert.hpp"

#include <algorithm>

namespace hansard {

namespace {

constexpr std::size_t fetching_max = 16;  // fetches that wait for the disk

}  // namespace

Ticket Recorder::durable_through(const Position& last) const {
  const Journal& journal = chamber_.journal;
  const bool held = last.promise <= journal.durable().promise && chamber_.promised <= journal.durable_promised();
  return held ? 0 : journal.ticket();
}

bool Recorder::is_rival(const Islander& from, std::uint64_t ballot) {
  Chamber& c = chamber_;
  // One leader per ballot: who else claims it is not it.
  if (ballot != c.leader_ballot || c.last_leader.id.empty() || from == c.last_leader) return false;
  const Citizen* citizen = c.citizen(from.id);
  const bool belongs = citizen != nullptr && citizen->cookie == from.cookie;
  c.note("rival of one ballot", true, {{"from", from.id}, {"ballot", std::to_string(ballot)}});
  // Of a stranger that says nothing about us. Of a citizen it says that promises were broken.
  if (c.role != Role::leader || !belongs) return true;
  c.halt(Errc::corrupt, "two leaders of ballot " + std::to_string(ballot) + ": " + c.self.id + " and " + from.id);
  return true;
}

void Recorder::receive(RequestId id, const Islander& from, Register message) {
  Chamber& c = chamber_;
  c.see_ballot(message.ballot);
  const auto reject = [&] { c.answer(id, Rejected{c.promised, c.log.committed(), c.log.last()}); };
  if (message.ballot < c.promised || from == c.self || is_rival(from, message.ballot)) return reject();
  c.hear_leader(from, message.ballot);
  if (!c.log.holds(message.previous)) {
    if (!planted('g')) return reject();
    c.raise_promised(message.ballot);
    const Position end = message.entries.empty() ? message.previous : message.entries.back()->position();
    return c.answer(id, Received{message.ballot, end, message.round, {}}, durable_through(end));
  }
  c.raise_promised(message.ballot);
  if (!c.adopt(message.previous, message.entries)) {
    c.note("register refused", true, {{"from", from.id}, {"previous", to_string(message.previous)}});
    return reject();
  }
  const Position last = message.entries.empty() ? message.previous : message.entries.back()->position();
  // The lesser of the two, and never what the log may hold beyond the pulse: that part may differ (section 3).
  Committed committed = message.committed;
  if (committed.position.promise > last.promise && !planted('n')) committed.position = last;
  if (planted('n')) {
    const EntryPtr* here = c.log.find(committed.position.promise);
    if (here != nullptr) committed.position = (*here)->position();
  }
  if (planted('o') && c.log.last().promise > last.promise && c.log.committed().position.promise <= last.promise) {
    c.log.drop_after(last.promise);
    c.journal.drop_after(c.log.last());
  }
  if (committed.position.promise > c.log.committed().position.promise) {
    if (!c.log.holds_exactly(committed.position)) {
      c.note("register refused", true, {{"from", from.id}, {"committed", to_string(committed.position)}});
      return reject();
    }
    c.commit(committed);
  }
  c.librarian->hear_minimum(message.minimum);
  Received received;
  received.ballot = message.ballot;
  received.last = planted('m') ? c.log.last() : last;
  received.round = message.round;
  received.report = c.report(false);
  c.answer(id, std::move(received), durable_through(last));
}

void Recorder::receive(RequestId id, const Islander& from, const Ping& message) {
  Chamber& c = chamber_;
  c.see_ballot(message.ballot);
  // A delayed ping of a leader that was followed by another says nothing.
  const bool stale = message.ballot < c.leader_ballot && !c.leader.id.empty() && !c.leader_lost();
  if (message.ballot >= c.promised && from != c.self && !stale && !is_rival(from, message.ballot)) {
    c.hear_leader(from, message.ballot);
    c.librarian->hear_committed(from, message.committed);
    c.census = message.census;
  }
  Pong pong;
  pong.promised = c.promised;
  pong.ballot = message.ballot;
  pong.round = message.round;
  pong.report = c.report(true);
  pong.last = c.log.last();
  c.answer(id, std::move(pong));  // liveness is not the disk's: a ping never waits for a write
}

void Recorder::receive(RequestId id, const Islander& from, const Canvass& message) {
  Chamber& c = chamber_;
  c.see_ballot(message.ballot);
  // A closed connection counts at once here: who asks has waited for it to come back. And it may be the leader itself
  // that asks: then it is certainly lost.
  const bool lost = c.role != Role::leader && (c.leader_lost() || c.reset_at != never || from == c.leader);
  c.answer(id, CanvassAnswer{lost, c.promised, c.log.committed()});
}

void Recorder::receive(RequestId id, const Islander& from, const Prepare& message) {
  Chamber& c = chamber_;
  c.see_ballot(message.ballot);
  Promised promised;
  if (message.ballot <= c.promised) {
    promised.granted = false;
    promised.ballot = c.promised;
    promised.committed = c.log.committed();
    promised.last = c.log.last();
    c.answer(id, std::move(promised));
    return;
  }
  c.raise_promised(message.ballot);
  c.quiet_until = std::min(c.quiet_until, c.moment.now);  // whoever is to be heard yet is this candidate
  c.lose_leader("another candidate was promised a higher ballot");
  c.proposer->postpone();
  c.note("promised", false, {{"to", from.id}, {"ballot", std::to_string(message.ballot)}});
  promised.granted = true;
  promised.ballot = message.ballot;
  promised.committed = c.log.committed();
  promised.first = c.state.oldest_client;
  promised.last = c.log.last();
  // What memory has of the tail; the candidate fetches what is missing between its committed and `last`.
  if (message.committed.promise >= c.log.base().promise && c.log.holds(message.committed)) {
    promised.tail = c.log.copy(message.committed.promise, c.log.last().promise, c.settings.pulse_bytes);
  }
  c.answer(id, std::move(promised), durable_through(c.log.last()));
}

void Recorder::receive(RequestId id, const Islander& from, const Fetch& message) {
  Chamber& c = chamber_;
  Fetched fetched;
  fetched.committed = c.log.committed();
  fetched.last = c.log.last();
  fetched.leader_heard = c.hears_leader();
  fetched.census = c.census;
  c.librarian->visited(from, message.after.promise);
  if (fetching_.size() >= fetching_max) {
    c.answer(id, std::move(fetched));  // asked too often: it may ask again
    return;
  }
  const bool below = message.after.promise < c.log.base().promise;
  // Our log begins later. Until that is written the disk still holds what a snapshot took the place of: some of it was
  // never committed, and is not to be read.
  if (message.after.promise < c.begins.last) {
    fetched.trimmed = true;
    c.answer(id, std::move(fetched));
    return;
  }
  if (below && message.after.promise < c.log.committed().position.promise) {
    const std::uint64_t want =
        c.want(*this, message.after.promise, std::min(message.upto, c.log.base().promise), c.settings.pulse_bytes);
    fetching_[want] = {id, message.after};
    return;
  }
  // Uncommitted entries must not leave before they are durable: a fetched tail counts as this acceptor's word.
  if (!below && c.log.holds_exactly(message.after)) {
    fetched.held = true;
    fetched.entries =
        c.log.copy(message.after.promise, std::max(message.upto, message.after.promise), c.settings.pulse_bytes);
  }
  c.answer(id, std::move(fetched), durable_through(c.log.last()));
}

void Recorder::supplied(std::uint64_t want, std::vector<EntryPtr>&& entries) {
  const auto found = fetching_.find(want);
  HANSARD_ASSERT(found != fetching_.end(), "only our own wants are supplied to us");
  const Fetching fetching = found->second;
  fetching_.erase(found);
  Fetched fetched;
  fetched.committed = chamber_.log.committed();
  fetched.last = chamber_.log.last();
  fetched.leader_heard = chamber_.hears_leader();
  fetched.census = chamber_.census;
  // An asker that starts anew names 0/0; whatever is oldest continues that only where nothing was trimmed.
  fetched.held = !entries.empty() && entries.front()->previous() == fetching.after;
  fetched.trimmed = !fetched.held && fetching.after.promise < chamber_.floor();
  if (fetched.held) fetched.entries = std::move(entries);
  chamber_.answer(fetching.id, std::move(fetched));
}

void Recorder::receive(RequestId id, const Islander& from, Synchronize message) {
  Chamber& c = chamber_;
  if (planted('p')) message.counted = 0;
  if (planted('q') && message.entries.empty()) {
    const EntryPtr* here = c.log.find(message.previous.promise);
    if (here != nullptr) message.previous = (*here)->position();
  }
  c.see_ballot(message.counted);
  Synchronized answer;
  answer.held = c.log.holds(message.previous);
  if (answer.held && c.adopt(message.previous, message.entries)) {
    const Position last = message.entries.empty() ? message.previous : message.entries.back()->position();
    // Else a fallen leader's late register could contradict what is known committed (section 6).
    c.raise_promised(message.counted);
    if (last.promise > c.log.committed().position.promise) c.commit({last, message.counted});
  } else {
    answer.held = false;
    // Committed there, and we lack it: where nobody can bring us what is between, it must be fetched.
    c.librarian->hear_committed(from, {message.previous, message.counted});
  }
  // Who votes hears the leader itself; others hear of it.
  const std::string above = representative(c.state.government, c.self.id);
  const bool brings = from.id == above || (!above.empty() && from.id == c.state.government.leader());
  if (!c.state.government.seated(c.self.id) && brings) {
    c.hear_of_leader(message.leader_heard);
    if (!message.census.empty()) c.census = message.census;
  }
  c.librarian->synchronized();
  c.librarian->hear_minimum(message.minimum);
  answer.committed = c.log.committed();
  answer.report = c.report(true);
  c.answer(id, std::move(answer), durable_through(c.log.committed().position));
}

}  // namespace hansard
