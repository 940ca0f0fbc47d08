// The leader's pulses: registers in a pipeline, the hedge, pings, and what their answers say.
#include "government/judge.hpp"
#include "government/quorum.hpp"
#include "government/reader.hpp"
#include "government/writer.hpp"
#include "log/assert.hpp"

#include <algorithm>

namespace hansard {

namespace {

constexpr Tick own_disk_late = 100'000;    // a write of ours under way for so long: hedge as for a late member
constexpr std::size_t pings_out_max = 16;  // to one member that does not answer, within a pulse's time-out

}  // namespace

void Writer::refresh_members() {
  Chamber& c = chamber_;
  std::set<Islander> wanted;
  for (const Government* government : c.counted_governments()) {
    for (const std::string& id : government->parliament()) {
      const Citizen& citizen = government->citizens.find(id)->second;
      const Islander who{id, citizen.cookie};
      if (who == c.self) continue;
      wanted.insert(who);
      auto [member, fresh] = members_.try_emplace(who);
      member->second.url = citizen.url;
      if (fresh) {
        member->second.answered_at = c.moment.now;
        member->second.sent = c.log.committed().position;
      }
    }
  }
  std::erase_if(members_, [&](const auto& member) { return !wanted.contains(member.first); });
}

std::vector<Islander> Writer::targets() const {
  const Chamber& c = chamber_;
  std::vector<Islander> result;
  if (!c.log.later_governments().empty()) {
    // Until a change is committed: the members of every parliament that counts (sections 3 and 4.4).
    for (const auto& [who, member] : members_) result.push_back(who);
    return result;
  }
  const auto add = [&](const std::vector<std::string>& ids) {
    for (const std::string& id : ids) {
      const Islander who{id, c.state.government.citizens.find(id)->second.cookie};
      if (who != c.self) result.push_back(who);
    }
  };
  add(c.state.government.majority);
  if (hedging_) add(c.state.government.minority);
  return result;
}

void Writer::pull() {
  if (!in_office()) return;
  for (const Islander& who : targets()) {
    const auto member = members_.find(who);
    if (member != members_.end()) send_to(who, member->second);
  }
}

void Writer::send_to(const Islander& who, Member& member) {
  Chamber& c = chamber_;
  if (member.not_before > c.moment.now || member.want) return;
  if (!member.known) {
    // Where it stands is not known: ask with what it most likely holds, and learn from its answer.
    if (member.flights.empty()) post_register(who, member, {});
    return;
  }
  while (member.flights.size() < c.settings.pulses_in_flight) {
    if (member.sent.promise < c.log.last().promise) {
      if (!member.supply.empty()) {
        std::vector<EntryPtr> supply = std::exchange(member.supply, {});
        if (supply.front()->previous() == member.sent) {
          post_register(who, member, std::move(supply));
          continue;
        }
      }
      if (member.sent.promise < c.log.base().promise) {
        member.want = c.want(*this, member.sent.promise, c.log.base().promise, c.settings.pulse_bytes);
        wants_.emplace(*member.want, who);
        return;
      }
      post_register(who, member, c.log.copy(member.sent.promise, c.log.last().promise, c.settings.pulse_bytes));
      continue;
    }
    // It may hold everything without having acknowledged it to us: its answer was lost, or it told of it by a pong.
    const bool is_behind = member.told < c.log.committed().position.promise || member.match < member.sent.promise;
    if (is_behind && member.flights.empty()) post_register(who, member, {});
    return;
  }
}

void Writer::post_register(const Islander& who, Member& member, std::vector<EntryPtr> entries) {
  Chamber& c = chamber_;
  Register message;
  message.ballot = ballot_;
  message.government = last_government_;
  message.previous = member.sent;
  message.committed = c.log.committed();
  message.minimum = minimum_;
  message.round = round_;
  Flight flight;
  flight.at = c.moment.now;
  if (!entries.empty()) member.sent = entries.back()->position();
  member.told = c.log.committed().position.promise;
  message.entries = std::move(entries);
  flight.id = c.post(*this, who, member.url, std::move(message), false, founding_);
  member.flights.push_back(flight);
  pulses_.emplace(flight.id, who);
}

std::uint64_t Writer::begin_round(const std::vector<Downstream>& census) {
  Chamber& c = chamber_;
  ++round_;
  std::map<Islander, std::size_t> out;
  // One that went unanswered for so long says nothing any more about the next.
  std::erase_if(pings_, [&](const auto& ping) { return ping.second + c.settings.pulse_timeout < c.moment.now; });
  for (const auto& [id, at] : pings_) {
    const auto who = pulses_.find(id);
    if (who != pulses_.end()) ++out[who->second];
  }
  for (auto& [who, member] : members_) {
    if (out[who] >= pings_out_max) continue;
    const PulseId id =
        c.post(*this, who, member.url, Ping{ballot_, c.log.committed(), minimum_, round_, census}, true, founding_);
    pulses_.emplace(id, who);
    pings_.emplace(id, c.moment.now);
  }
  return round_;
}

void Writer::ping_all() {
  Chamber& c = chamber_;
  c.census.clear();
  for (const auto& [id, citizen] : c.state.government.citizens) {
    c.census.push_back({id, committed_of(id), reachable(id)});
  }
  begin_round(c.census);
  c.reader->confirm();
  c.judge->confirm();
}

bool Writer::confirmed(std::uint64_t round) const {
  const Chamber& c = chamber_;
  return has_quorum(c.state.government, [&](const std::string& id, const Cookie& cookie) {
    if (id == c.self.id && cookie == c.self.cookie) return true;
    const auto member = members_.find(Islander{id, cookie});
    return member != members_.end() && member->second.round >= round;
  });
}

void Writer::sent(PulseId id, const Reply* reply) {
  Chamber& c = chamber_;
  const auto pulse = pulses_.find(id);
  if (pulse == pulses_.end()) return;  // of an earlier office, or of somebody who is no member any more
  const Islander who = pulse->second;
  pulses_.erase(pulse);
  const bool ping = pings_.erase(id) != 0;  // a very late one is taken for a register that was given up: harmless
  const auto found = members_.find(who);
  if (!in_office() || found == members_.end()) return;
  Member& member = found->second;
  const auto flight =
      std::find_if(member.flights.begin(), member.flights.end(), [&](const Flight& f) { return f.id == id; });
  const bool counted = flight != member.flights.end();  // else it was sent before we stepped back
  const Tick sent_at = counted ? flight->at : c.moment.now;
  if (counted) member.flights.erase(flight);

  if (reply == nullptr || reply->from != who) {
    if (ping && reply == nullptr && !member.flights.empty()) return;  // the registers tell
    if (!member.failed) c.note("member unreachable", false, {{"id", who.id}});
    member.failed = true;
    if (counted) {
      member.flights.clear();
      member.supply.clear();
      member.known = false;
      const EntryPtr* matched = c.log.find(member.match);
      member.sent = matched != nullptr ? (*matched)->position() : c.log.committed().position;
      member.not_before = c.moment.now + c.settings.ping / 4;
    }
    watch_hedge();
    return;
  }
  if (const auto* pong = std::get_if<Pong>(&reply->answer)) {
    c.see_ballot(pong->promised);
    if (pong->promised > ballot_) return leave_office("a member promised a higher ballot");
    if (pong->ballot != ballot_) return;
    member.answered_at = c.moment.now;
    member.heard = true;
    member.failed = false;
    member.round = std::max(member.round, pong->round);
    member.report = pong->report;
    member.end = pong->last;
    // It has answered before anything was registered with it: a better guess than our committed.
    if (!member.known && member.flights.empty()) step_back(member, pong->last, pong->report.committed);
    c.reader->confirm();
    c.judge->confirm();
    return;
  }
  if (const auto* received = std::get_if<Received>(&reply->answer)) {
    if (received->ballot != ballot_) return;
    member.answered_at = c.moment.now;
    member.heard = true;
    member.failed = false;
    member.not_before = 0;
    member.refused_at.reset();
    member.known = member.known || counted;
    member.round = std::max(member.round, received->round);
    auto downstream = std::move(member.report.downstream);
    member.report = received->report;
    member.report.downstream = std::move(downstream);
    if (member.end.promise < received->last.promise) member.end = received->last;
    if (!c.log.holds(received->last)) {
      c.note("acknowledgement of nothing sent", true, {{"by", who.id}, {"last", to_string(received->last)}});
      return;
    }
    member.match = std::max(member.match, received->last.promise);
    const Tick took = c.moment.now - sent_at;
    if (counted) member.smoothed = member.smoothed == 0 ? took : (member.smoothed * 7 + took) / 8;
    count();
    c.reader->confirm();
    c.judge->confirm();
    return;
  }
  if (const auto* rejected = std::get_if<Rejected>(&reply->answer)) {
    c.see_ballot(rejected->promised);
    if (rejected->promised > ballot_) return leave_office("a member promised a higher ballot");
    member.answered_at = c.moment.now;
    member.heard = true;
    member.failed = false;
    if (counted) step_back(member, rejected->last, rejected->committed);
  }
}

void Writer::step_back(Member& member, const Position& end, const Committed& committed) {
  const Chamber& c = chamber_;
  member.flights.clear();
  member.supply.clear();
  member.known = true;
  // The last entry that both hold: the end of its log where that is on ours, else what it knows committed, for that is
  // on every log that a leader can have.
  if (c.log.holds_exactly(end)) {
    member.sent = end;
  } else {
    member.sent = committed.position;
  }
  if (member.sent.promise > c.log.last().promise) member.sent = c.log.committed().position;
  // Refused at the very place that it names: again, but not at once.
  if (member.refused_at == member.sent) member.not_before = c.moment.now + c.settings.ping / 4;
  member.refused_at = member.sent;
}

Tick Writer::hedge_delay(const Member& member) const {
  return std::max(chamber_.settings.hedge_min, member.smoothed * 4);
}

bool Writer::late(const Member& member) const {
  const Tick now = chamber_.moment.now;
  if (member.failed || now - member.answered_at >= chamber_.settings.unreachable_after) return true;
  return !member.flights.empty() && now - member.flights.front().at >= hedge_delay(member);
}

void Writer::watch_hedge() {
  Chamber& c = chamber_;
  if (!in_office() || !c.has_government()) return;
  // Our own disk may be the late one: then any other f+1 will do. Whoever may take over our office must hold the log.
  bool needed = (c.writing_since != never && c.moment.now - c.writing_since >= own_disk_late) || c.disk_ill();
  std::string who_is_late = needed ? c.self.id : std::string{};
  for (const std::string& id : c.state.government.majority) {
    const auto member = members_.find(Islander{id, c.state.government.citizens.find(id)->second.cookie});
    if (member == members_.end()) continue;
    // Once hedging, go on until nothing of the late one is missing, lest it flips at every pulse.
    const bool behind = hedging_ && member->second.match < c.log.committed().position.promise;
    if (late(member->second) || behind) {
      needed = true;
      who_is_late = id;
    }
  }
  if (needed == hedging_) return;
  hedging_ = needed;
  if (!hedging_) {
    c.note("hedge over", false, {});
    return;
  }
  const bool silent = c.log.last() != c.log.committed().position;
  c.note("hedge", silent, {{"late", who_is_late}, {"last", to_string(c.log.last())}});
}

void Writer::watch_quorum() {
  Chamber& c = chamber_;
  for (const Government* government : c.counted_governments()) {
    const bool heard = has_quorum(*government, [&](const std::string& id, const Cookie& cookie) {
      if (id == c.self.id && cookie == c.self.cookie) return true;
      const auto member = members_.find(Islander{id, cookie});
      return member != members_.end() && c.moment.now - member->second.answered_at < c.settings.timeout;
    });
    if (!heard) return leave_office("no answers from a quorum for a timeout");
  }
}

void Writer::supplied(std::uint64_t want, std::vector<EntryPtr>&& entries) {
  const auto found = wants_.find(want);
  if (found == wants_.end()) return;
  const Islander who = found->second;
  wants_.erase(found);
  const auto member = members_.find(who);
  if (!in_office() || member == members_.end() || member->second.want != want) return;
  member->second.want.reset();
  if (entries.empty() || entries.front()->previous() != member->second.sent) {
    // It stepped back meanwhile; or that is trimmed here: then it fetches log state, being told of more than it has,
    // and says where it stands. Look again a little later.
    member->second.known = false;
    member->second.not_before = chamber_.moment.now + chamber_.settings.ping;
    return;
  }
  member->second.supply = std::move(entries);
}

}  // namespace hansard
