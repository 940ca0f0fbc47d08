// The leader's fiats: what the shaper decides becomes an entry. Protocol section 5.
#include "government/clerk.hpp"
#include "government/librarian.hpp"
#include "government/quorum.hpp"
#include "government/writer.hpp"
#include "log/assert.hpp"

#include <algorithm>
#include <utility>

namespace hansard {

namespace {

constexpr std::size_t arrivals_max = 64;  // waiting to be recorded; who is beyond asks again

}  // namespace

bool Writer::reachable(const std::string& id) const {
  const Chamber& c = chamber_;
  if (id == c.self.id) return true;
  const Citizen* citizen = c.citizen(id);
  if (citizen == nullptr) return false;
  const auto answers = [&](const Member& member) {
    return !member.failed && c.moment.now - member.answered_at < c.settings.unreachable_after;
  };
  const auto member = members_.find(Islander{id, citizen->cookie});
  if (member != members_.end()) return answers(member->second);
  const auto below = [&](const std::vector<Downstream>& list) {
    return std::any_of(list.begin(), list.end(), [&](const Downstream& d) { return d.id == id && d.reachable; });
  };
  if (below(c.librarian->downstream())) return true;
  // What a member said that does not answer any more is of the past, and of who was below it then.
  return std::any_of(members_.begin(), members_.end(),
                     [&](const auto& m) { return answers(m.second) && below(m.second.report.downstream); });
}

Promise Writer::committed_of(const std::string& id) const {
  const Chamber& c = chamber_;
  if (id == c.self.id) return c.log.committed().position.promise;
  Promise best;
  const auto look = [&](const std::vector<Downstream>& list) {
    for (const Downstream& d : list) {
      if (d.id == id) best = std::max(best, d.committed);
    }
  };
  for (const auto& [who, member] : members_) {
    if (who.id == id) best = std::max(best, member.report.committed.position.promise);
    look(member.report.downstream);
  }
  look(c.librarian->downstream());
  return best;
}

Promise Writer::needs_after(const std::string& id) const {
  const Chamber& c = chamber_;
  Promise point;
  const auto look = [&](const std::vector<Downstream>& list) {
    for (const Downstream& d : list) {
      if (d.id == id) point = std::max(point, d.fetches);
    }
  };
  for (const auto& [who, member] : members_) {
    if (who.id == id) point = std::max(point, member.report.fetches);
    look(member.report.downstream);
  }
  look(c.librarian->downstream());
  return std::max(point, committed_of(id));
}

Promise Writer::minimum() const {
  // Of those not heard from nothing is known, so it is zero until every citizen has reported (section 1).
  const Chamber& c = chamber_;
  Promise least = c.log.committed().position.promise;
  for (const auto& [id, citizen] : c.state.government.citizens) least = std::min(least, committed_of(id));
  return least;
}

void Writer::embark(RequestId id, const Islander& from, const Embark& message) {
  Chamber& c = chamber_;
  EmbarkAnswer answer;
  answer.republic = c.republic;
  answer.leader = {c.self.id, c.url};
  const Government& government = *c.last_government();
  const Arrival arrival{from.id, from.cookie, message.url, message.properties};
  if (const char* refusal = embark_refusal(government, arrival)) {
    answer.verdict = EmbarkAnswer::Verdict::refused;
    answer.why = refusal;
  } else if (embark_verdict(government, from.id, from.cookie) == EmbarkVerdict::known) {
    const bool committed = c.state.government.citizens.contains(from.id);
    const Citizen& citizen = government.citizens.find(from.id)->second;
    if (citizen.url != message.url || citizen.properties != message.properties) arrivals_[from] = arrival;  // it moved
    answer.verdict = committed ? EmbarkAnswer::Verdict::welcome : EmbarkAnswer::Verdict::later;
  } else {
    if (arrivals_.size() < arrivals_max) arrivals_[from] = arrival;
    answer.verdict = EmbarkAnswer::Verdict::later;
    answer.why = "its arrival is being recorded";
  }
  c.answer(id, std::move(answer));
  consider_shape();
}

void Writer::settle_if_needed() {
  const Chamber& c = chamber_;
  // A change is settled when a committed entry names it; written after every government, so that each islander soon
  // knows it without a count of its own (section 5).
  if (!c.log.later_governments().empty()) return;
  const Promise known = c.log.entries().empty() ? c.state.settled : c.log.entries().back()->settled();
  if (known >= c.state.government.promise) return;
  const Item nothing{};
  write(Kind::settling, Author{}, {}, {}, std::span(&nothing, 1));
}

void Writer::note_silence() {
  const Chamber& c = chamber_;
  std::erase_if(silent_since_, [&](const auto& s) { return !c.state.government.citizens.contains(s.first); });
  for (const auto& [id, citizen] : c.state.government.citizens) {
    if (reachable(id)) {
      silent_since_.erase(id);
    } else {
      silent_since_.try_emplace(id, c.moment.now);
    }
  }
}

Facts Writer::facts() const {
  const Chamber& c = chamber_;
  Facts facts;
  facts.aim = c.clerk->aim();
  facts.exiles = c.clerk->exiles();
  for (const auto& [id, since] : silent_since_) {
    const Tick silence = c.moment.now - since;
    if (silence >= c.settings.heal_after) facts.long_silent.insert(id);
    if (silence < c.settings.exile_after) continue;
    const auto citizen = c.state.government.citizens.find(id);
    if (citizen != c.state.government.citizens.end()) facts.exiles.emplace(id, citizen->second.cookie);
  }
  for (const auto& [who, arrival] : arrivals_) facts.arrivals.push_back(arrival);
  // We ourselves may have come back at another address and won office before anybody recorded it.
  const Citizen& ourselves = c.state.government.citizens.find(c.self.id)->second;
  if (ourselves.url != c.url) facts.arrivals.push_back({c.self.id, c.self.cookie, c.url, ourselves.properties});
  for (const auto& [id, citizen] : c.state.government.citizens) {
    if (reachable(id)) {
      // Who was not heard yet in this office has the benefit of the doubt, but no change may count on it.
      const auto member = members_.find(Islander{id, citizen.cookie});
      if (member != members_.end() && !member->second.heard) continue;
      facts.reachable.insert(id);
      if (committed_of(id) >= caught_up_mark_) facts.caught_up.insert(id);
      continue;
    }
    const auto member = members_.find(Islander{id, citizen.cookie});
    // Its connection failed, or it was silent for long; a little patience with the former, for it may be back at once.
    const bool silent = member != members_.end() && c.moment.now - member->second.answered_at >= c.settings.ping;
    if (silent) facts.unreachable.insert(id);
  }
  facts.membership_allowed = c.state.settled >= c.state.government.promise;
  return facts;
}

bool Writer::may_shape() const {
  // One at a time: none is written until the latest government in the log is committed (section 5).
  return established() && chamber_.log.later_governments().empty() && !resigning_;
}

void Writer::consider_shape() {
  if (!may_shape()) return;
  if (auto change = shape(chamber_.state.government, facts())) decree(std::move(*change));
}

void Writer::decree(Change change) {
  Chamber& c = chamber_;
  HANSARD_ASSERT(may_shape(), "one fiat at a time");
  const auto promise = next_government(c.log.last().promise);
  HANSARD_ASSERT(promise.has_value(), "promises outlast any island");
  place_at(change.next, Position{*promise, ballot_});
  c.note(to_string(change.what), true, {{"promise", to_string(*promise)}, {"why", change.why}});
  write_government(change.next);
  count();
}

void Writer::resign() {
  resigning_ = true;
  hand_over();
}

void Writer::hand_over() {
  Chamber& c = chamber_;
  if (!resigning_ || nominated_ || !in_office()) return;
  if (c.log.last() != c.log.committed().position) return;  // what is under way first
  for (const std::string& id : c.state.government.parliament()) {
    if (!nominate(*this, id, "this islander stops")) continue;
    nominated_ = true;
    return;
  }
}

bool Writer::is_well(const std::string& id, const Cookie& cookie) const {
  const Chamber& c = chamber_;
  if (id == c.self.id && cookie == c.self.cookie) return !c.disk_ill();
  const auto member = members_.find(Islander{id, cookie});
  return member != members_.end() && !member->second.report.disk_ill;
}

// Who does not answer is nobody's reason to refuse: it may be back before anybody has given up.
bool Writer::disks_full() const {
  const Chamber& c = chamber_;
  if (!in_office() || !c.has_government()) return false;
  return !has_quorum(*c.last_government(),
                     [&](const std::string& id, const Cookie& cookie) { return is_well(id, cookie); });
}

bool Writer::others_well() const {
  const Government& government = chamber_.state.government;
  const auto parliament = government.parliament();
  return std::any_of(parliament.begin(), parliament.end(), [&](const std::string& id) {
    return id != chamber_.self.id && reachable(id) && is_well(id, government.citizens.find(id)->second.cookie);
  });
}

// Office goes to one whose disk is well, where there is one (section 3, Liveness is not the disk's).
void Writer::spare_disk() {
  Chamber& c = chamber_;
  if (!c.disk_ill() || resigning_ || !established()) return;
  for (const std::string& id : c.state.government.parliament()) {
    if (id == c.self.id || !is_well(id, c.state.government.citizens.find(id)->second.cookie)) continue;
    if (nominate(*this, id, c.has_room ? "the leader's disk does not answer" : "the leader's disk is full")) return;
  }
}

bool Writer::nominate(Part& owner, const std::string& id, const char* why) {
  Chamber& c = chamber_;
  if (!established() || !c.state.government.seated(id) || !reachable(id)) return false;
  const auto member = members_.find(Islander{id, c.state.government.citizens.find(id)->second.cookie});
  if (member == members_.end() || member->second.match < c.log.last().promise) return false;
  c.note("transfer", true, {{"to", id}, {"why", why}});
  c.post(owner, member->first, member->second.url, Nominate{ballot_, c.log.last()}, true);
  return true;
}

}  // namespace hansard
