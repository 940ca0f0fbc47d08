// The office itself: taking and leaving it, writing entries, counting copies. Pulses: writer_pulses.cpp; fiats:
// writer_shape.cpp.
#include "government/writer.hpp"

#include "government/clerk.hpp"
#include "government/forwarder.hpp"
#include "government/judge.hpp"
#include "government/librarian.hpp"
#include "government/planted.hpp"
#include "government/proposer.hpp"
#include "government/quorum.hpp"
#include "government/reader.hpp"
#include "government/trimmer.hpp"
#include "log/assert.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace hansard {

void Writer::take_office(std::uint64_t ballot, const Government& government,
                         const std::map<Islander, std::pair<Position, Committed>>& known) {
  Chamber& c = chamber_;
  HANSARD_ASSERT(c.role != Role::leader && ballot == c.promised, "a leader has promised its own ballot");
  ballot_ = ballot;
  own_government_ = government.promise;
  members_.clear();
  pulses_.clear();
  pings_.clear();
  wants_.clear();
  arrivals_.clear();
  hedging_ = nominated_ = false;
  resigning_ = c.resigning;
  round_ = 0;
  minimum_ = Promise{};
  office_since_ = c.moment.now;
  silent_since_.clear();
  caught_up_mark_ = c.log.committed().position.promise;
  c.role = Role::leader;
  c.leader = c.last_leader = c.self;
  c.leader_ballot = ballot;

  // What every citizen appended last, uncommitted chain included (section 3, Enqueue).
  appends_ = c.state.citizens;
  const auto& entries = c.log.entries();
  for (std::size_t i = c.log.index_after(c.log.committed().position.promise); i < entries.size(); ++i) {
    const Author& author = entries[i]->author();
    if (entries[i]->kind() == Kind::client && !author.id.empty()) {
      appends_[author.id] = {author.arrived, author.start, author.sequence};
    }
  }
  c.judge->take_office();
  write_government(government);
  // A crash before it is durable must leave nobody in a republic that has no government.
  founding_ = ballot == 1 && !c.has_government() ? c.journal.ticket() : 0;
  for (auto& [who, member] : members_) {
    const auto said = known.find(who);
    if (said == known.end()) continue;
    member.heard = true;
    member.end = said->second.first;
    member.report.committed = said->second.second;
    step_back(member, said->second.first, said->second.second);
  }
  next_ping_ = c.moment.now;
  c.forwarder->leader_changed();
  c.reader->leader_changed();
  count();
}

void Writer::leave_office(const char* why) {
  Chamber& c = chamber_;
  if (!in_office()) return;
  c.note("left office", true, {{"ballot", std::to_string(ballot_)}, {"why", why}});
  c.role = Role::recorder;
  members_.clear();
  pulses_.clear();
  pings_.clear();
  wants_.clear();
  arrivals_.clear();
  next_ping_ = never;
  c.clerk->office_left();
  c.judge->office_left();
  c.trimmer->office_left();
  c.librarian->appoint();
  c.lose_leader(why);
  c.proposer->postpone();
}

bool Writer::established() const { return in_office() && chamber_.log.committed().position.promise >= own_government_; }

std::int64_t Writer::entry_time() const {
  const Chamber& c = chamber_;
  // One wrong clock must not expire a log: at most so far ahead of the (f+1)-th smallest of the parliament's clocks.
  std::int64_t time = c.moment.wall_us;
  constexpr std::int64_t absurd = std::int64_t{1} << 62;  // no clock says so; only arithmetic would suffer
  const Government& government = *c.last_government();
  // Read for every append: no allocation.
  std::array<std::int64_t, GovernmentLimits::seats_max + 1> clocks{c.moment.wall_us};
  std::size_t known = 1;
  for (const auto& [who, member] : members_) {
    const bool tells = member.report.wall_us > 0 && member.report.wall_us < absurd && government.seated(who.id);
    if (tells && known < clocks.size()) clocks[known++] = member.report.wall_us;
  }
  if (known >= government.quorum()) {
    const auto middle = clocks.begin() + static_cast<std::ptrdiff_t>(government.quorum() - 1);
    std::nth_element(clocks.begin(), middle, clocks.begin() + static_cast<std::ptrdiff_t>(known));
    time = std::min(time, *middle + c.settings.clock_ahead_max_us);
  }
  return std::max(time, c.log.last_time());
}

void Writer::write(Kind kind, const Author& author, std::string_view channel, std::string_view key,
                   std::span<const Item> items) {
  Chamber& c = chamber_;
  const auto first = next_entry(c.log.last().promise);
  HANSARD_ASSERT(first.has_value(),
                 "the entry part of a promise is exhausted; nothing can follow but a new government");
  Draft draft;
  draft.first = *first;
  draft.ballot = ballot_;
  draft.previous = c.log.last();
  draft.previous_chain = c.log.last_chain();
  draft.kind = kind;
  draft.settled = c.state.government.promise;
  draft.time_us = entry_time();
  draft.author = author;
  draft.channel = channel;
  draft.key = key;
  draft.items = items;
  EntryPtr entry = Entry::make(draft);
  c.judge->appended(*entry);
  c.append(std::move(entry));
}

void Writer::write_trim(const Trim& trim) {
  const std::string body = encode(trim);
  const Item item{{}, body};
  write(Kind::trim, Author{}, {}, {}, std::span(&item, 1));
}

Promise Writer::write_settings(const LogSettings& settings) {
  const std::string body = encode(settings);
  const Item item{{}, body};
  write(Kind::settings, Author{}, {}, {}, std::span(&item, 1));
  return chamber_.log.last().promise;
}

void Writer::write_government(const Government& government) {
  Chamber& c = chamber_;
  Draft draft;
  draft.first = government.promise;
  draft.ballot = ballot_;
  draft.previous = c.log.last();
  draft.previous_chain = c.log.last_chain();
  draft.kind = Kind::government;
  draft.settled = c.state.government.promise;
  draft.time_us = c.last_government() == nullptr ? c.moment.wall_us : entry_time();
  const std::string body = encode(government);
  const Item item{{}, body};
  draft.items = std::span(&item, 1);
  last_government_ = government.promise;
  c.append(Entry::make(draft));
  refresh_members();
}

bool Writer::full() const {
  // What comes while office is handed over goes to the next leader: who is to lead must hold the whole log first.
  if (resigning_ || (chamber_.disk_ill() && !disks_full() && others_well())) return true;
  return chamber_.log.uncommitted_bytes() > chamber_.settings.uncommitted_bytes;
}

Appends Writer::appended_by(const std::string& id, Promise arrived) const {
  const auto found = appends_.find(id);
  return found == appends_.end() || found->second.arrived != arrived ? Appends{arrived, 0, 0} : found->second;
}

Writer::Taken Writer::take(const Author& author, std::uint64_t after, const Submission& submission) {
  Chamber& c = chamber_;
  if (!in_office()) return Taken::not_leader;
  const Government& government = *c.last_government();
  const auto citizen = government.citizens.find(author.id);
  if (citizen == government.citizens.end() || citizen->second.arrived != author.arrived) return Taken::stranger;
  const Appends newest = appended_by(author.id, author.arrived);
  if (author.start < newest.start) return Taken::again;  // a later start shut this one for ever
  const std::uint64_t upto = author.start > newest.start ? 0 : newest.sequence;
  if (author.sequence <= upto) return c.judge->judgment_of(author) != nullptr ? Taken::judged : Taken::again;
  if (after > upto) return Taken::later;
  if (full()) return Taken::full;
  const std::int64_t time_us = submission.key.empty() ? 0 : entry_time();
  if (const auto judgment = c.judge->judge(submission, time_us)) {
    c.judge->note(author, *judgment);
    appends_[author.id] = {author.arrived, author.start, author.sequence};
    return Taken::judged;
  }
  if (submission.items.size() == 1) {
    const Item item{submission.items.front().content_type, submission.items.front().bytes};
    write(Kind::client, author, submission.channel, submission.key, std::span(&item, 1));
  } else {
    std::vector<Item> items;
    items.reserve(submission.items.size());
    for (const auto& body : submission.items) items.push_back({body.content_type, body.bytes});
    if (planted('u')) items.pop_back();
    write(Kind::client, author, submission.channel, submission.key, items);
  }
  appends_[author.id] = {author.arrived, author.start, author.sequence};
  return Taken::yes;
}

void Writer::receive(RequestId id, const Islander& from, const Forward& message) {
  Chamber& c = chamber_;
  Forwarded answer;
  answer.ballot = message.ballot;
  answer.verdict = Forwarded::Verdict::not_leader;
  if (in_office() && message.ballot == ballot_) {
    answer.verdict = Forwarded::Verdict::taken;
    const Government& government = *c.last_government();
    const auto citizen = government.citizens.find(from.id);
    if (citizen == government.citizens.end() || citizen->second.cookie != from.cookie ||
        citizen->second.arrived != message.arrived) {
      answer.verdict = Forwarded::Verdict::stranger;
    } else {
      Author author{from.id, message.arrived, message.start, 0};
      c.judge->forget(author, message.open_from);
      for (const auto& append : message.appends) {
        author.sequence = append.sequence;
        const Taken taken = take(author, append.after, *append.submission);
        if (taken == Taken::full) answer.verdict = Forwarded::Verdict::full;
        if (taken == Taken::full || taken == Taken::later) break;
        if (taken == Taken::judged) answer.judgments.push_back(*c.judge->judgment_of(author));
      }
      const Appends newest = appended_by(from.id, message.arrived);
      answer.upto = newest.start == message.start ? newest.sequence : 0;
      if (newest.start > message.start) answer.verdict = Forwarded::Verdict::stranger;
    }
  }
  if (!answer.judgments.empty()) return c.judge->hold(id, std::move(answer));
  c.answer(id, std::move(answer));
}

void Writer::count() {
  Chamber& c = chamber_;
  if (!in_office() || c.log.last() == c.log.committed().position) return;
  const auto& later = c.log.later_governments();
  auto pieces = electorates(c.state.government, later, c.log.last().promise);
  if (planted('j') && c.has_government()) {
    for (std::size_t i = 0; i < later.size(); ++i) pieces[i].government = &later[i];
  }
  if (planted('k')) pieces.erase(pieces.begin(), pieces.end() - 1);
  const auto copy_of = [&](const std::string& id, const Cookie& cookie) {
    Promise held;
    if (id == c.self.id && cookie == c.self.cookie) {
      held = c.journal.durable().promise;
    } else if (const auto member = members_.find(Islander{id, cookie}); member != members_.end()) {
      held = member->second.match;
    }
    return held;
  };
  const auto matched = [&](const std::string& id, const Cookie& cookie) {
    const Promise held = copy_of(id, cookie);
    return held >= own_government_ || planted('b') ? held : Promise{};
  };
  Promise chosen = chosen_upto(pieces, matched);
  if (planted('l') && pieces.size() > 1) {
    const auto older = std::span(pieces).first(pieces.size() - 1);
    if (chosen_upto(older, copy_of) == older.back().upto) {
      chosen = std::max(chosen, chosen_upto(std::span(pieces).last(1), matched));
    }
  }
  if ((chosen < own_government_ && !planted('b')) || chosen <= c.log.committed().position.promise) return;
  const EntryPtr* entry = c.log.find(chosen);
  HANSARD_ASSERT(entry != nullptr && ((*entry)->ballot() == ballot_ || planted('b')),
                 "copies are counted only for entries of this ballot");
  c.commit({(*entry)->position(), ballot_});
}

void Writer::committed(bool governed) {
  if (!in_office()) return;
  refresh_members();
  // A change of membership may wait for this.
  if (std::exchange(settled_, chamber_.state.settled) != chamber_.state.settled && !governed) consider_shape();
  if (!governed) return;
  std::erase_if(arrivals_, [&](const auto& arrival) {
    const auto citizen = chamber_.state.government.citizens.find(arrival.first.id);
    return citizen != chamber_.state.government.citizens.end() && citizen->second.url == arrival.second.url;
  });
  settle_if_needed();
  consider_shape();
}

void Writer::disconnected(const Islander& who) {
  const auto member = members_.find(who);
  if (member == members_.end()) return;
  member->second.failed = true;
  watch_hedge();
}

Tick Writer::next_event() const {
  if (!in_office()) return never;
  Tick next = next_ping_;
  for (const auto& [who, member] : members_) {
    const Tick late_at = member.flights.empty() || hedging_ ? never : member.flights.front().at + hedge_delay(member);
    if (late_at > chamber_.moment.now) next = std::min(next, late_at);
    if (member.not_before > chamber_.moment.now) next = std::min(next, member.not_before);
  }
  return next;
}

void Writer::event() {
  if (!in_office()) return;
  const Tick now = chamber_.moment.now;
  watch_hedge();
  if (now >= next_ping_) {
    next_ping_ = now + chamber_.settings.ping;
    watch_quorum();
    if (!in_office()) return;
    minimum_ = minimum();
    ping_all();
    note_silence();
    chamber_.librarian->appoint();
    consider_shape();
    chamber_.trimmer->consider();
    hand_over();
    spare_disk();
    caught_up_mark_ = chamber_.log.committed().position.promise;
  }
}

}  // namespace hansard
