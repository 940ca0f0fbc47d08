#include "government/forwarder.hpp"

#include "government/judge.hpp"
#include "government/planted.hpp"
#include "government/writer.hpp"
#include "log/assert.hpp"

#include <algorithm>
#include <string>

namespace hansard {

namespace {

constexpr std::size_t flights_max = 3;

}  // namespace

bool Forwarder::enqueue(Submission submission, std::uint64_t token) {
  Open append;
  append.token = token;
  append.heft = submission.heft();
  // An append alone is taken whatever its size; its limit was checked where it came in.
  if (!open_.empty() &&
      (heft_ + append.heft > chamber_.settings.queue_bytes || open_.size() >= chamber_.settings.queue_count)) {
    return false;
  }
  append.submission = std::make_shared<const Submission>(std::move(submission));
  heft_ += append.heft;
  open_.push_back(std::move(append));
  return true;
}

Appended Forwarder::give_up(std::uint64_t token) {
  Appended result;
  result.token = token;
  const auto found =
      std::find_if(open_.begin(), open_.end(), [&](const Open& o) { return o.waits && o.token == token; });
  if (found == open_.end()) {
    const bool replayed = std::erase_if(replays_, [&](const Replay& replay) { return replay.token == token; }) != 0;
    result.outcome = Appended::Outcome::unknown;
    result.why = replayed ? "it was appended before, but not committed here in time" : "its outcome was given already";
    return result;
  }
  if (found->sequence == 0) {
    heft_ -= found->heft;
    open_.erase(found);  // never handed to anybody: it did not and will not happen
    result.outcome = Appended::Outcome::not_appended;
    result.why = "no government took it in time";
    return result;
  }
  // A number once given is never abandoned while this islander runs: later ones wait for it.
  found->waits = false;
  result.outcome = Appended::Outcome::unknown;
  result.why = "no government committed it in time; it may still be";
  return result;
}

void Forwarder::leader_changed() {
  const bool again = std::any_of(open_.begin(), open_.end(), [](const Open& o) { return o.sequence != 0; });
  if (again && !chamber_.leader.id.empty()) {
    chamber_.note("resubmission", true,
                  {{"to", chamber_.leader.id},
                   {"from", std::to_string(open_.front().sequence)},
                   {"upto", std::to_string(last_sequence_)}});
  }
  next_ = 0;
  flights_.clear();
  not_before_ = 0;
}

void Forwarder::committed(const Entry& entry) {
  if (chamber_.role == Role::leader) not_before_ = 0;  // there may be room again
  const Author& author = entry.author();
  if (entry.kind() != Kind::client || author.id != chamber_.self.id || author.start != chamber_.start_count ||
      author.arrived != arrived_) {
    return;
  }
  settled_sequence_ = author.sequence;
  while (!open_.empty() && open_.front().sequence != 0 && open_.front().sequence <= author.sequence) {
    Open append = std::move(open_.front());
    open_.pop_front();
    heft_ -= append.heft;
    if (next_ > 0) --next_;
    if (append.sequence == author.sequence) {
      if (append.waits)
        chamber_.appended.push_back({append.token, Appended::Outcome::committed, entry.first(), entry.last(), ""});
      continue;
    }
    // An earlier number that is not in the log never will be, and why is not known: while somebody waits for it, it
    // goes again under a new one.
    if (!append.waits) continue;
    append.sequence = 0;
    heft_ += append.heft;
    const auto unnumbered = std::find_if(open_.begin(), open_.end(), [](const Open& o) { return o.sequence == 0; });
    open_.insert(unnumbered, std::move(append));
  }
}

void Forwarder::reached() {
  const Promise committed = chamber_.log.committed().position.promise;
  std::erase_if(replays_, [&](const Replay& replay) {
    if (replay.last > committed && !planted('t')) return false;
    Appended appended{replay.token, Appended::Outcome::committed, replay.first, replay.last};
    appended.replayed = true;
    chamber_.appended.push_back(appended);
    return true;
  });
}

void Forwarder::judged(const Judgment& judgment) {
  const auto found =
      std::find_if(open_.begin(), open_.end(), [&](const Open& o) { return o.sequence == judgment.sequence; });
  if (judgment.sequence == 0 || found == open_.end()) return;
  const Open append = std::move(*found);
  const auto index = static_cast<std::size_t>(found - open_.begin());
  open_.erase(found);
  heft_ -= append.heft;
  if (index < next_) --next_;
  if (planted('w') && index == 0) settled_sequence_ = std::max(settled_sequence_, judgment.sequence);
  if (!append.waits) return;
  if (judgment.objection == Objection::none) {
    replays_.push_back({append.token, judgment.first, judgment.last});
    return reached();
  }
  Appended refused{append.token, Appended::Outcome::not_appended, judgment.first, judgment.last};
  refused.why = to_string(judgment.objection);
  refused.objection = judgment.objection;
  chamber_.appended.push_back(refused);
}

void Forwarder::installed() {
  Chamber& c = chamber_;
  const Appends row = c.state.appends_of(c.self.id, arrived_);
  if (row.start != c.start_count) return reached();
  settled_sequence_ = std::max(settled_sequence_, row.sequence);
  while (!open_.empty() && open_.front().sequence != 0 && open_.front().sequence <= row.sequence) {
    const Open append = std::move(open_.front());
    open_.pop_front();
    heft_ -= append.heft;
    if (next_ > 0) --next_;
    if (append.waits) {
      c.appended.push_back({append.token, Appended::Outcome::unknown, {}, {}, "a snapshot hides what became of it"});
    }
  }
  reached();
}

void Forwarder::number(Open& append) {
  if (append.sequence == 0) append.sequence = ++last_sequence_;
}

Tick Forwarder::next_event() const { return not_before_ > chamber_.moment.now ? not_before_ : never; }

void Forwarder::pull() {
  Chamber& c = chamber_;
  if (open_.empty() || next_ >= open_.size() || c.leader.id.empty() || c.moment.now < not_before_) return;
  const Citizen* ourselves = c.citizen(c.self.id);
  if (ourselves == nullptr || ourselves->cookie != c.self.cookie || ourselves->arrived.is_zero()) return;
  if (arrived_ != ourselves->arrived) {
    // Our citizenship is another one: what was numbered under the old can no longer be told from what was not taken.
    for (auto append = open_.begin(); append != open_.end();) {
      if (append->sequence == 0) {
        ++append;
        continue;
      }
      if (append->waits)
        c.appended.push_back({append->token, Appended::Outcome::unknown, {}, {}, "this islander was exiled"});
      heft_ -= append->heft;
      append = open_.erase(append);
    }
    arrived_ = ourselves->arrived;
    settled_sequence_ = 0;
    next_ = 0;
  }
  if (c.role == Role::leader) {
    hand_to_self(ourselves->arrived);
  } else {
    forward(ourselves->arrived);
  }
}

void Forwarder::hand_to_self(Promise arrived) {
  Chamber& c = chamber_;
  Author author{c.self.id, arrived, c.start_count, 0};
  // Where the first has no number yet, the outcomes of all that have one are known.
  c.judge->forget(author, open_.front().sequence != 0 ? open_.front().sequence : last_sequence_ + 1);
  while (next_ < open_.size()) {
    Open& append = open_[next_];
    if (append.sequence == 0 && c.writer->full()) {
      not_before_ = c.moment.now + c.settings.ping / 4;  // a commit makes room sooner than that: see committed()
      return;
    }
    number(append);
    author.sequence = append.sequence;
    const std::uint64_t after = next_ == 0 ? settled_sequence_ : open_[next_ - 1].sequence;
    const Writer::Taken taken = c.writer->take(author, after, *append.submission);
    if (taken == Writer::Taken::full) {
      not_before_ = c.moment.now + c.settings.ping / 4;
      return;
    }
    HANSARD_ASSERT(taken == Writer::Taken::yes || taken == Writer::Taken::again || taken == Writer::Taken::judged,
                   "our own appends come in order");
    ++next_;
    if (taken == Writer::Taken::judged) c.judge->hold(*c.judge->judgment_of(author));
  }
}

void Forwarder::forward(Promise arrived) {
  Chamber& c = chamber_;
  while (flights_.size() < flights_max && next_ < open_.size()) {
    Forward message;
    message.ballot = c.leader_ballot;
    message.arrived = arrived;
    message.start = c.start_count;
    std::size_t bytes = 0;
    while (next_ < open_.size() && (message.appends.empty() || bytes + open_[next_].heft <= c.settings.pulse_bytes)) {
      Open& append = open_[next_];
      number(append);
      bytes += append.heft;
      const std::uint64_t after = next_ == 0 ? settled_sequence_ : open_[next_ - 1].sequence;
      message.appends.push_back({append.sequence, after, append.submission});
      ++next_;
    }
    message.open_from = open_.front().sequence;  // which has its number now
    const std::uint64_t first = message.appends.front().sequence;
    const Citizen* leader = c.citizen(c.leader.id);
    const std::string to = leader == nullptr ? std::string{} : leader->url;
    flights_.push_back({c.post(*this, c.leader, to, std::move(message), false), first});
  }
}

void Forwarder::sent(PulseId id, const Reply* reply) {
  Chamber& c = chamber_;
  const auto flight = std::find_if(flights_.begin(), flights_.end(), [&](const Flight& f) { return f.id == id; });
  if (flight == flights_.end()) return;  // of an earlier leader
  flights_.erase(flight);
  const bool asked = reply != nullptr && reply->from == c.leader;
  const auto* answer = asked ? std::get_if<Forwarded>(&reply->answer) : nullptr;
  const auto again = [&](Tick delay) {
    next_ = 0;
    flights_.clear();
    not_before_ = c.moment.now + delay;
  };
  if (answer == nullptr) return again(c.settings.ping / 4);  // the connection: again, from the first not known
  if (answer->ballot != c.leader_ballot) return;
  switch (answer->verdict) {
    case Forwarded::Verdict::not_leader:
    case Forwarded::Verdict::stranger:
      return again(c.settings.ping / 2);
    case Forwarded::Verdict::full:
    case Forwarded::Verdict::taken:
      break;
  }
  for (const Judgment& judgment : answer->judgments) judged(judgment);
  // Go on after the newest that is in the leader's log, or refused; all of the flight, where nothing went wrong.
  const auto next = std::find_if(open_.begin(), open_.end(),
                                 [&](const Open& o) { return o.sequence == 0 || o.sequence > answer->upto; });
  const auto index = static_cast<std::size_t>(next - open_.begin());
  if (answer->verdict == Forwarded::Verdict::full) {
    next_ = index;
    flights_.clear();
    not_before_ = c.moment.now + c.settings.ping / 4;
    return;
  }
  // Later flights may be under way already; only a hole before them sends us back.
  if (flights_.empty() && index < next_) next_ = index;
}

}  // namespace hansard
