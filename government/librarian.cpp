#include "government/librarian.hpp"

#include "government/constituency.hpp"
#include "government/founder.hpp"
#include "government/state_transfer.hpp"
#include "government/writer.hpp"
#include "log/assert.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

namespace hansard {

namespace {

constexpr Tick heartbeat_pings = 3;   // an idle ward hears from us this often, in ping intervals
constexpr Tick unanswered_pings = 9;  // a ward that does not answer for this long is not reachable
constexpr Tick silent_pings = 15;     // a representative not heard for this long is silent

}  // namespace

void Librarian::governed() {
  appoint();
  synchronized_at_ = chamber_.moment.now;
}

void Librarian::appoint() {
  const Chamber& c = chamber_;
  const Government& government = c.state.government;
  std::map<Islander, std::string> wanted;
  const auto add = [&](const std::string& id) {
    const Citizen& citizen = government.citizens.find(id)->second;
    wanted[Islander{id, citizen.cookie}] = citizen.url;
  };
  for (const std::string& id : constituency(government, c.self.id)) add(id);
  // While who represents them does not answer, constituents are the leader's own affair. Else a newcomer, which knows
  // nobody of the parliament yet, would wait for a dead member's log, and could never take its seat either.
  if (c.role == Role::leader && !government.constituents.empty()) {
    for (const std::string& member : government.parliament()) {
      if (c.writer->reachable(member)) continue;
      for (const std::string& id : constituency(government, member)) {
        if (!government.seated(id)) add(id);
      }
    }
  }
  std::erase_if(wards_, [&](const auto& ward) { return !wanted.contains(ward.first); });
  for (const auto& [who, url] : wanted) wards_[who].url = url;
}

void Librarian::welcomed(const Islander& who, const std::string& url) {
  host_ = {who, url};
  next_look_ = chamber_.moment.now;
}

void Librarian::visited(const Islander& who, Promise committed) {
  const Citizen* known = chamber_.citizen(who.id);
  if (known == nullptr || known->cookie != who.cookie) return;  // another directory than the one that votes
  visitors_[who.id] = {committed, chamber_.moment.now};
}

std::vector<Downstream> Librarian::downstream() const {
  std::vector<Downstream> result;
  for (const auto& [id, visitor] : visitors_) {
    const bool lately = chamber_.moment.now < visitor.at + chamber_.settings.ping * silent_pings;
    if (lately) result.push_back({id, visitor.committed, true});
  }
  for (const auto& [who, ward] : wards_) {
    // A pulse that nobody answers fails late where a connection is half open: silence alone tells that somebody is
    // gone.
    const Settings& s = chamber_.settings;
    const Tick patience = std::max(s.unreachable_after, s.ping * unanswered_pings);
    const bool answers = ward.reachable && chamber_.moment.now < ward.answered_at + patience;
    result.push_back({who.id, ward.committed, answers, ward.fetches});
    for (const Downstream& below : ward.below) {
      result.push_back({below.id, below.committed, below.reachable && answers, below.fetches});
    }
  }
  if (result.size() > GovernmentLimits::citizens_max) result.resize(GovernmentLimits::citizens_max);
  return result;
}

void Librarian::hear_committed(const Islander& teller, const Committed& committed) {
  if (committed.position.promise < told_) return;
  told_ = committed.position.promise;
  teller_ = teller;
}

void Librarian::pull() {
  for (auto& [who, ward] : wards_) send_to(who, ward);
}

void Librarian::send_to(const Islander& who, Ward& ward) {
  const Chamber& c = chamber_;
  const Tick now = c.moment.now;
  if (ward.flight || ward.want || now < ward.not_before) return;
  const Position committed = c.log.committed().position;
  const bool idle = now < ward.sent_at + c.settings.ping * heartbeat_pings && ward.told_leader == c.hears_leader();
  if (!ward.known) {
    ward.sent = committed;
    return post(who, ward, {});
  }
  if (ward.sent.promise >= committed.promise) {
    if (!idle) post(who, ward, {});
    return;
  }
  if (!ward.supply.empty()) {
    auto supply = std::exchange(ward.supply, {});
    if (supply.front()->previous() == ward.sent) return post(who, ward, std::move(supply));
  }
  if (ward.sent.promise < c.begins.last) {
    // Our log begins later, whatever the disk may hold for a moment yet (recorder, Fetch). As if it was trimmed.
    ward.known = false;
    ward.not_before = now + c.settings.ping;
    return;
  }
  if (ward.sent.promise < c.log.base().promise) {
    ward.want = chamber_.want(*this, ward.sent.promise, c.log.base().promise, c.settings.pulse_bytes);
    return;
  }
  if (!c.log.holds_exactly(ward.sent)) {
    ward.known = false;
    ward.sent = committed;
    return post(who, ward, {});
  }
  post(who, ward, c.log.copy(ward.sent.promise, committed.promise, c.settings.pulse_bytes));
}

void Librarian::post(const Islander& who, Ward& ward, std::vector<EntryPtr> entries) {
  const Chamber& c = chamber_;
  Synchronize message;
  message.counted = c.log.committed().counted;
  message.previous = ward.sent;
  message.minimum = minimum_;
  message.government = c.state.government.promise;
  // Just started, we know of no leader yet: that is no news of it.
  ward.told_leader = c.hears_leader();
  const bool fresh = c.last_leader.id.empty() && c.moment.now < c.quiet_until;
  message.leader_heard = ward.told_leader || fresh;
  if (c.moment.now >= ward.census_at + c.settings.ping) {
    message.census = c.census;
    ward.census_at = c.moment.now;
  }
  if (!entries.empty()) ward.sent = entries.back()->position();
  message.entries = std::move(entries);
  ward.sent_at = c.moment.now;
  ward.flight = chamber_.post(*this, who, ward.url, std::move(message), false);
}

void Librarian::sent(PulseId id, const Reply* reply) {
  Chamber& c = chamber_;
  if (fetching_ == id) {
    fetching_.reset();
    const bool asked = reply != nullptr && reply->from == fetching_from_;
    const auto* fetched = asked ? std::get_if<Fetched>(&reply->answer) : nullptr;
    if (fetched != nullptr) fetched_at_ = c.moment.now;
    if (fetched != nullptr && fetched->held) return take_fetched(*fetched);
    if (fetched != nullptr && fetched->trimmed) c.state_transfer->begin(fetching_from_, fetching_url_);
    ++turn_;
    next_look_ = c.moment.now + c.settings.ping;
    return;
  }
  const auto found = std::find_if(wards_.begin(), wards_.end(), [&](const auto& w) { return w.second.flight == id; });
  if (found == wards_.end()) return;
  Ward& ward = found->second;
  ward.flight.reset();
  const auto* answer =
      reply == nullptr || reply->from != found->first ? nullptr : std::get_if<Synchronized>(&reply->answer);
  if (answer == nullptr) {
    ward.known = false;
    ward.reachable = false;
    ward.supply.clear();
    ward.patience = std::min(c.settings.ping * 10, std::max(c.settings.ping, ward.patience * 2));
    ward.not_before = c.moment.now + ward.patience;
    return;
  }
  ward.reachable = true;
  ward.answered_at = c.moment.now;
  ward.patience = 0;
  ward.known = true;
  ward.committed = answer->committed.position.promise;
  ward.fetches = answer->report.fetches;
  ward.below = answer->report.downstream;
  if (!answer->held) {
    ward.supply.clear();
    ward.sent = answer->committed.position;
  }
  if (ward.sent.promise > c.log.committed().position.promise) ward.sent = c.log.committed().position;
}

void Librarian::take_fetched(const Fetched& fetched) {
  Chamber& c = chamber_;
  std::vector<EntryPtr> facts;
  for (const EntryPtr& entry : fetched.entries) {
    if (entry->last() > c.log.committed().position.promise && entry->last() <= fetched.committed.position.promise) {
      facts.push_back(entry);
    }
  }
  const bool follows = !facts.empty() && facts.front()->previous() == c.log.committed().position;
  if (follows && c.adopt(facts.front()->previous(), facts)) {
    c.commit({facts.back()->position(), fetched.committed.counted});
    next_look_ = c.moment.now;
    if (c.log.committed().position.promise < fetched.committed.position.promise) fetch();  // there is more
  } else {
    ++turn_;
    next_look_ = c.moment.now + c.settings.ping * (facts.empty() ? heartbeat_pings : 1);
  }
  if (!c.has_government()) return;
  c.hear_of_leader(fetched.leader_heard);
  if (!c.state.government.seated(c.self.id) && !fetched.census.empty()) c.census = fetched.census;
}

void Librarian::supplied(std::uint64_t want, std::vector<EntryPtr>&& entries) {
  for (auto& [who, ward] : wards_) {
    if (ward.want != want) continue;
    ward.want.reset();
    if (entries.empty() || entries.front()->previous() != ward.sent) {
      // Trimmed here: told where we are, it fetches log state. Or it stepped back meanwhile.
      ward.known = false;
      ward.not_before = chamber_.moment.now + chamber_.settings.ping;
    } else {
      ward.supply = std::move(entries);
    }
    return;
  }
}

bool Librarian::is_fed() const {
  const Chamber& c = chamber_;
  return c.role == Role::leader || (!c.has_government() && host_.first.id.empty());
}

Tick Librarian::next_event() const {
  const Tick now = chamber_.moment.now;
  Tick next = is_fed() || chamber_.state_transfer->is_busy() ? never : std::max(next_look_, now + 1);
  if (fetching_ && !is_fed()) next = std::max(fetching_at_ + chamber_.settings.pulse_timeout, now + 1);
  for (const auto& [who, ward] : wards_) {
    if (ward.flight || ward.want) continue;
    const Tick due = ward.sent_at + chamber_.settings.ping * heartbeat_pings;
    next = std::min(next, std::max(due, ward.not_before));
  }
  return next;
}

void Librarian::event() {
  Chamber& c = chamber_;
  if (fetching_ && c.moment.now >= fetching_at_ + c.settings.pulse_timeout) {
    fetching_.reset();  // it may be frozen: the next one, and not after the host's own patience
    ++turn_;
  }
  if (is_fed() || fetching_ || c.state_transfer->is_busy() || c.moment.now < next_look_) return;
  if (!c.has_government()) return fetch();
  next_look_ = c.moment.now + c.settings.ping;
  const Promise ours = c.log.committed().position.promise;
  if (behind_at_ != ours || behind_since_ == never) {
    behind_at_ = ours;
    behind_since_ = c.moment.now;
  }
  // Told of commits that do not come, or nobody brings us anything though somebody should.
  const bool behind = told_ > ours && c.moment.now - behind_since_ >= c.settings.ping * 3;
  // The leader brings it to the majority by registers, whose absence the timeout tells.
  const std::string above = representative(c.state.government, c.self.id);
  const bool below = !above.empty() && (above != c.state.government.leader() || !c.state.government.seated(c.self.id));
  const bool silent = (below || c.citizen(c.self.id) == nullptr) &&
                      c.moment.now - synchronized_at_ >= c.settings.ping * silent_pings &&
                      !(told_ <= ours && c.state.government.seated(c.self.id));
  // Nobody who votes answers at all.
  if (silent && c.moment.now - synchronized_at_ >= c.settings.ping * silent_pings + c.settings.timeout &&
      c.moment.now - fetched_at_ >= c.settings.timeout) {
    c.hear_of_leader(false);
  }
  if (!behind && !silent) return;
  // Whoever we know may be gone, or have begun anew: then those who were named to us are asked, as a newcomer does.
  const Tick patience = c.settings.timeout * Founder::lost_timeouts;
  if (c.moment.now >= std::max(behind_since_, fetched_at_) + patience) c.founder->lost();
  fetch();
}

void Librarian::fetch() {
  Chamber& c = chamber_;
  next_look_ = std::max(next_look_, c.moment.now + c.settings.ping);
  const Promise end{~std::uint64_t{0}, ~std::uint64_t{0}};
  const auto sources = c.sources();
  if (sources.empty()) return;
  std::tie(fetching_from_, fetching_url_) = sources[turn_ % sources.size()];
  c.note("fetch", false, {{"from", fetching_from_.id}, {"after", to_string(c.log.committed().position)}});
  fetching_at_ = c.moment.now;
  fetching_ = c.post(*this, fetching_from_, fetching_url_, Fetch{c.log.committed().position, end}, false);
}

}  // namespace hansard
