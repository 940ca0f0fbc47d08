#include "government/proposer.hpp"

#include "government/librarian.hpp"
#include "government/planted.hpp"
#include "government/quorum.hpp"
#include "government/state_transfer.hpp"
#include "government/writer.hpp"
#include "log/assert.hpp"

#include <algorithm>

namespace hansard {

namespace {

constexpr Tick ill_timeouts = 4;  // so long after the leader was heard an islander runs whose disk is not well

}  // namespace

void Proposer::start() {
  run_at_ = chamber_.moment.now + chamber_.settings.ping + chamber_.random.below(chamber_.settings.ping * 2);
}

void Proposer::leader_heard(bool anew) {
  nominated_ = false;
  backoff_ = 0;
  // Spread over the islanders, so that one runs before the others do (S4-10).
  if (anew) spread_ = chamber_.random.below(chamber_.settings.timeout_spread + 1);
  run_at_ = chamber_.moment.now + chamber_.settings.timeout + spread_;
}

void Proposer::leader_reset() {
  if (stage_ != Stage::waiting) return;
  const Tick soon =
      chamber_.moment.now + chamber_.settings.ping + chamber_.random.below(chamber_.settings.ping / 2 + 1);
  run_at_ = std::min(run_at_, soon);
}

void Proposer::postpone() {
  if (stage_ == Stage::canvassing) stop("another candidate was promised");
  run_at_ = chamber_.moment.now + chamber_.settings.ping * 2 + chamber_.random.below(chamber_.settings.ping * 3);
}

void Proposer::stop(const char* why) {
  if (stage_ == Stage::waiting) return;
  chamber_.note("candidate stopped", true, {{"ballot", std::to_string(ballot_)}, {"why", why}});
  stage_ = Stage::waiting;
  asked_.clear();
  fetching_.reset();
  deadline_ = never;
  if (chamber_.role == Role::candidate) chamber_.role = Role::recorder;
  run_at_ = chamber_.moment.now + chamber_.settings.ping + chamber_.random.below(chamber_.settings.ping * 3);
}

void Proposer::back_off(const char* why) {
  const Settings& s = chamber_.settings;
  stop(why);
  backoff_ = std::min(s.retry_max, backoff_ == 0 ? s.ping / 2 : backoff_ * 2);
  run_at_ = chamber_.moment.now + backoff_ / 2 + chamber_.random.below(backoff_);
}

void Proposer::run_at_once(const char* why) {
  if (chamber_.role == Role::leader) return;
  if (stage_ != Stage::waiting) stop("nominated");
  nominated_ = true;
  prepare(why);
}

bool Proposer::may_run() const {
  if (chamber_.republic.is_zero() || chamber_.resigning) return false;
  if (nominated_) return true;
  for (const Government* government : chamber_.counted_governments()) {
    const auto citizen = government->citizens.find(chamber_.self.id);
    if (government->seated(chamber_.self.id) && citizen != government->citizens.end() &&
        citizen->second.cookie == chamber_.self.cookie) {
      return true;
    }
  }
  return false;
}

Tick Proposer::next_event() const {
  if (chamber_.role == Role::leader) return never;
  return stage_ == Stage::waiting ? (may_run() ? run_at_ : never) : deadline_;
}

void Proposer::event() {
  const Tick now = chamber_.moment.now;
  if (chamber_.role == Role::leader) return;
  if (stage_ != Stage::waiting) {
    // Our own vote may just have become durable.
    if (stage_ == Stage::preparing) choose();
    if (stage_ != Stage::waiting && now >= deadline_ && chamber_.role != Role::leader) {
      back_off(stage_ == Stage::canvassing ? "too few have lost the leader" : "no quorum promised in time");
    }
    return;
  }
  if (now < run_at_ || !may_run()) return;
  if (!chamber_.leader_lost()) {
    run_at_ = std::max(now + 1, chamber_.leader_lost_at());
    return;
  }
  // Its disk is full or does not answer: others first.
  if (const Tick last = chamber_.heard_at + ill_timeouts * chamber_.settings.timeout;
      chamber_.disk_ill() && now < last) {
    run_at_ = last;
    return;
  }
  if (chamber_.reset_at != never && !chamber_.leader.id.empty()) {
    chamber_.lose_leader("its connection closed and it was not heard again");
  } else {
    chamber_.lose_leader("it was not heard for the timeout");
  }
  canvass();
}

std::optional<Islander> Proposer::islander(const Government& government, const std::string& id) const {
  const auto citizen = government.citizens.find(id);
  if (citizen == government.citizens.end()) return std::nullopt;
  return Islander{id, citizen->second.cookie};
}

void Proposer::canvass() {
  stage_ = Stage::canvassing;
  chamber_.role = Role::candidate;
  ballot_ = 0;
  deadline_ = chamber_.moment.now + chamber_.settings.ping * 4;
  asked_.clear();
  lost_too_ = {chamber_.self};
  const auto governments = chamber_.counted_governments();
  chamber_.note(
      "canvass", true,
      {{"committed", to_string(chamber_.log.committed().position)}, {"last", to_string(chamber_.log.last())}});
  std::set<Islander> asked{chamber_.self};
  for (const Government* government : governments) {
    for (const std::string& id : government->parliament()) {
      const auto who = islander(*government, id);
      if (!who || !asked.insert(*who).second) continue;
      const PulseId pulse = chamber_.post(*this, *who, government->citizens.find(id)->second.url,
                                          Canvass{chamber_.ballot_seen, chamber_.log.committed()}, true);
      asked_[pulse] = *who;
    }
  }
  count_canvass();
}

void Proposer::all_answered() {
  // Nobody is left who could still say yes: do not wait for the deadline.
  if (stage_ == Stage::canvassing && asked_.empty()) back_off("too few have lost the leader");
}

void Proposer::count_canvass() {
  for (const Government* government : chamber_.counted_governments()) {
    if (!has_quorum(*government, lost_too_)) return;
  }
  prepare("a quorum has lost the leader");
}

void Proposer::prepare(const char* why) {
  chamber_.role = Role::candidate;
  stage_ = Stage::preparing;
  asked_.clear();
  asked_already_.clear();
  votes_.clear();
  fetching_.reset();
  const std::uint64_t seen = std::max({chamber_.ballot_seen, chamber_.promised, chamber_.log.ballot_seen()});
  HANSARD_ASSERT(seen != ~std::uint64_t{0}, "ballots last longer than any island");
  ballot_ = seen + 1;
  chamber_.raise_promised(ballot_);
  own_vote_ = chamber_.journal.ticket();
  deadline_ = chamber_.moment.now + chamber_.settings.pulse_timeout;
  chamber_.note("prepare", true, {{"ballot", std::to_string(ballot_)}, {"why", why}});
  Vote own;
  own.committed = chamber_.log.committed();
  own.last = chamber_.log.last();
  votes_[chamber_.self] = std::move(own);
  asked_already_.insert(chamber_.self);
  ask(chamber_.counted_governments());
  choose();
}

void Proposer::ask(const std::vector<const Government*>& governments) {
  for (const Government* government : governments) {
    for (const std::string& id : government->parliament()) {
      const auto who = islander(*government, id);
      if (!who || !asked_already_.insert(*who).second) continue;
      const PulseId pulse = chamber_.post(*this, *who, government->citizens.find(id)->second.url,
                                          Prepare{ballot_, chamber_.log.committed().position}, true, own_vote_);
      asked_[pulse] = *who;
    }
  }
}

void Proposer::sent(PulseId id, const Reply* reply) {
  if (fetching_ == id) {
    fetching_.reset();
    const auto* answer = reply != nullptr ? std::get_if<Fetched>(&reply->answer) : nullptr;
    if (stage_ != Stage::fetching) return;
    if (answer == nullptr || reply->from != fetching_from_) return back_off("what was to be fetched could not be had");
    return fetched(*answer);
  }
  const auto found = asked_.find(id);
  if (found == asked_.end()) return;  // of an earlier attempt: never counted for this one
  const Islander who = found->second;
  asked_.erase(found);
  if (reply == nullptr || reply->from != who) return all_answered();
  if (const auto* canvassed = std::get_if<CanvassAnswer>(&reply->answer)) {
    chamber_.see_ballot(canvassed->promised);
    // Who was exiled meanwhile hears of it in no other way than by fetching what it lacks.
    chamber_.librarian->hear_committed(who, canvassed->committed);
    if (stage_ == Stage::canvassing && canvassed->lost) {
      lost_too_.insert(who);
      count_canvass();
    }
    return all_answered();
  }
  const auto* answer = std::get_if<Promised>(&reply->answer);
  if (answer == nullptr) return;
  chamber_.see_ballot(answer->ballot);
  if (stage_ != Stage::preparing && stage_ != Stage::fetching) return;
  if (!answer->granted) {
    if (answer->ballot > ballot_ || answer->ballot == ballot_) back_off("an acceptor promised another candidate");
    return;
  }
  if (answer->ballot != ballot_) return;
  votes_[who] = Vote{answer->committed, answer->last, answer->tail};
  choose();
}

void Proposer::choose() {
  if (stage_ != Stage::preparing || !chamber_.journal.is_durable(own_vote_)) return;
  Chamber& c = chamber_;
  std::set<Islander> promised;
  for (const auto& [who, vote] : votes_) promised.insert(who);

  // What anyone knows committed comes first: a tail that does not reach back to our committed is no chain.
  const auto furthest = std::max_element(votes_.begin(), votes_.end(), [](const auto& a, const auto& b) {
    return a.second.committed.position.promise < b.second.committed.position.promise;
  });
  if (furthest->second.committed.position.promise > c.log.committed().position.promise) {
    if (learn(furthest->second, furthest->second.tail)) return choose();
    if (stage_ != Stage::preparing) return;
    return fetch(furthest->first, c.log.committed().position, furthest->second.committed.position.promise);
  }

  // The greatest tail by (ballot, promise); ours where it is as great, for nothing needs to be copied then.
  const Islander* chosen = &c.self;
  Position best = c.log.last();
  for (const auto& [who, vote] : votes_) {
    if (planted('c') ? best.promise < vote.last.promise : is_older_tail(best, vote.last)) {
      best = vote.last;
      chosen = &who;
    }
  }
  // The governments along that chain, from the latest known committed: our own, or one named `settled` by an entry.
  std::vector<Government> along;
  if (c.has_government()) along.push_back(c.state.government);
  Promise known = c.state.government.promise;
  std::uint64_t known_by = 0;
  const auto look = [&](const Entry& entry) {
    if (entry.settled() > known && !planted('s')) {
      known = entry.settled();
      known_by = entry.ballot();
    }
    if (entry.kind() == Kind::government) {
      auto government = decode_government(entry.body(), entry.position());
      if (government) along.push_back(std::move(*government));
    }
  };
  if (*chosen == c.self) {
    for (std::size_t i = c.log.index_after(c.log.committed().position.promise); i < c.log.entries().size(); ++i) {
      look(*c.log.entries()[i]);
    }
  } else {
    Vote& vote = votes_.find(*chosen)->second;
    // Drop what is at or below our committed (it moved while we fetched), then see whether the tail is whole.
    const Position committed = c.log.committed().position;
    const auto below = std::find_if(vote.tail.begin(), vote.tail.end(),
                                    [&](const EntryPtr& e) { return e->last() > committed.promise; });
    vote.tail.erase(vote.tail.begin(), below);
    if (!vote.tail.empty() && vote.tail.front()->previous() != committed) vote.tail.clear();
    const Position end = vote.tail.empty() ? committed : vote.tail.back()->position();
    if (end != vote.last) {
      if (end.promise >= vote.last.promise) return back_off("a promised tail does not fit what is committed");
      return fetch(*chosen, end, vote.last.promise);
    }
    for (const EntryPtr& entry : vote.tail) look(*entry);
  }
  std::vector<const Government*> counted;
  for (const Government& government : along) {
    if (government.promise >= known) counted.push_back(&government);
  }
  if (planted('d') && counted.size() > 1) counted.resize(1);
  if (counted.empty()) return;  // nothing was ever founded here; may_run() keeps us from it
  ask(counted);
  for (const Government* government : counted) {
    if (!has_quorum(*government, promised)) return;
  }
  accept(chosen, known, known_by);
}

void Proposer::fetch(const Islander& from, const Position& after, Promise upto) {
  if (from == chamber_.self) return back_off("nothing to fetch from oneself");
  const Citizen* citizen = chamber_.citizen(from.id);
  stage_ = Stage::fetching;
  deadline_ = chamber_.moment.now + chamber_.settings.pulse_timeout;
  fetching_from_ = from;
  fetching_upto_ = upto;
  fetching_ = chamber_.post(*this, from, citizen != nullptr ? citizen->url : std::string{}, Fetch{after, upto}, false);
}

void Proposer::fetched(const Fetched& answer) {
  Chamber& c = chamber_;
  stage_ = Stage::preparing;
  deadline_ = c.moment.now + c.settings.pulse_timeout;
  if (!answer.held && answer.trimmed) {
    const Citizen* citizen = c.citizen(fetching_from_.id);
    back_off("what is to be fetched is trimmed there");
    if (citizen != nullptr) c.state_transfer->begin(fetching_from_, citizen->url);
    return;
  }
  if (!answer.held || answer.entries.empty()) return back_off("what was to be fetched is not held there");
  Vote& vote = votes_.find(fetching_from_)->second;
  if (c.log.committed().position.promise < vote.committed.position.promise) {
    if (!learn(vote, answer.entries)) {
      if (stage_ == Stage::preparing) back_off("what was fetched does not fit");
      return;
    }
  } else {
    Position end = vote.tail.empty() ? c.log.committed().position : vote.tail.back()->position();
    bool further = false;
    for (const EntryPtr& entry : answer.entries) {
      if (entry->last() <= end.promise) continue;
      if (entry->previous() != end || entry->last() > vote.last.promise) return back_off("an acceptor's log changed");
      vote.tail.push_back(entry);
      end = entry->position();
      further = true;
    }
    if (!further) return back_off("an acceptor's log changed");
  }
  choose();
}

bool Proposer::learn(const Vote& vote, const std::vector<EntryPtr>& entries) {
  Chamber& c = chamber_;
  // Committed entries are facts. They reach no further than that acceptor said when it promised.
  std::vector<EntryPtr> facts;
  for (const EntryPtr& entry : entries) {
    const bool lacking = entry->last() > c.log.committed().position.promise;
    if (lacking && entry->last() <= vote.committed.position.promise) facts.push_back(entry);
  }
  if (facts.empty() || facts.front()->previous() != c.log.committed().position) return false;
  if (!c.adopt(facts.front()->previous(), facts)) return false;
  const std::uint64_t ballot = ballot_;
  c.commit({facts.back()->position(), vote.committed.counted});
  if (stage_ == Stage::waiting || ballot_ != ballot) return false;  // it raised `promised` above our ballot
  Vote& own = votes_[c.self];
  own.last = c.log.last();
  own.committed = c.log.committed();
  own_vote_ = c.journal.ticket();
  return true;
}

void Proposer::accept(const Islander* chosen, Promise known, std::uint64_t known_by) {
  Chamber& c = chamber_;
  const Position ours = c.log.last();
  if (*chosen != c.self) {
    const Vote& vote = votes_.find(*chosen)->second;
    c.note("chain chosen", true,
           {{"from", chosen->id},
            {"last", to_string(vote.last)},
            {"over", to_string(ours)},
            {"ballot", std::to_string(ballot_)}});
    const Position committed = c.log.committed().position;
    if (!vote.tail.empty() && !c.adopt(committed, vote.tail)) return back_off("the chosen chain does not fit");
  } else {
    std::string over;
    for (const auto& [who, vote] : votes_) {
      if (who != c.self && vote.last != ours) over += (over.empty() ? "" : " ") + who.id + ":" + to_string(vote.last);
    }
    c.note("chain chosen", true,
           {{"from", c.self.id},
            {"last", to_string(ours)},
            {"over", over.empty() ? "-" : over},
            {"ballot", std::to_string(ballot_)}});
  }
  // The leader whose entry names a government settled knew it committed; without this, entries below it would be
  // counted again in a parliament whose members may have left.
  if (known > c.log.committed().position.promise) {
    const EntryPtr* government = c.log.find(known);
    if (government == nullptr) return back_off("the chain names a government that it does not hold");
    c.commit({(*government)->position(), known_by});
    if (stage_ != Stage::preparing) return;
  }
  const Government* latest = c.last_government();
  HANSARD_ASSERT(latest != nullptr, "a chain reaches back to a government");
  Government next = *latest;
  const auto next_promise = next_government(c.log.last().promise);
  HANSARD_ASSERT(next_promise.has_value(), "promises outlast any island");

  std::vector<std::string> present;
  std::vector<std::string> others;
  const auto place = [&](const std::string& id) {
    const auto who = islander(next, id);
    const bool promised = who && votes_.contains(*who);
    if (promised && present.size() < next.quorum()) {
      present.push_back(id);
    } else {
      others.push_back(id);
    }
  };
  const bool member = next.seated(c.self.id) && islander(next, c.self.id) == c.self;
  if (!member) {
    // Not of the chain's last parliament: it stops before the government entry and nominates a member that promised.
    for (const std::string& id : next.parliament()) {
      const auto who = islander(next, id);
      if (!who || !votes_.contains(*who)) continue;
      c.note("nominate", true, {{"to", id}, {"ballot", std::to_string(ballot_)}});
      c.post(*this, *who, next.citizens.find(id)->second.url, Nominate{ballot_, c.log.last()}, true);
      break;
    }
    return back_off("not a member of the chain's last parliament");
  }
  place(c.self.id);
  for (const std::string& id : latest->parliament()) {
    if (id != c.self.id) place(id);
  }
  while (planted('d') && present.size() < next.quorum()) {
    present.push_back(others.front());
    others.erase(others.begin());
  }
  HANSARD_ASSERT(present.size() == next.quorum(), "a quorum of the chain's last parliament promised");
  next.majority = std::move(present);
  next.minority = std::move(others);
  next.why = "election by " + c.self.id + " under ballot " + std::to_string(ballot_);
  next.promise = *next_promise;
  next.ballot = ballot_;

  std::map<Islander, std::pair<Position, Committed>> holdings;
  for (const auto& [who, vote] : votes_) holdings[who] = {vote.last, vote.committed};
  stage_ = Stage::waiting;
  asked_.clear();
  deadline_ = never;
  backoff_ = 0;
  nominated_ = false;
  c.writer->take_office(ballot_, next, holdings);
}

}  // namespace hansard
