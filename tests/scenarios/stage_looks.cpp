// What a Stage says of itself: messages, entries and islanders in words.
#include "tests/scenarios/stage.hpp"

#include <algorithm>

namespace hansard::scenarios {

namespace {

std::string number(std::uint64_t value) { return std::to_string(value); }

std::string tail(const char* word, const std::vector<EntryPtr>& entries) {
  return entries.empty() ? std::string{} : std::string(", ") + word + " " + describe(entries);
}

struct Describe {
  std::string operator()(const Found& m) const {
    std::string text = "list";
    for (const Listed& listed : m.list) text += " " + listed.id;
    return text + (m.everyone ? ", everyone answers" : "");
  }
  std::string operator()(const Embark& m) const { return "at " + m.url; }
  std::string operator()(const Canvass& m) const { return "ballot " + number(m.ballot); }
  std::string operator()(const Prepare& m) const {
    return "ballot " + number(m.ballot) + ", committed " + to_string(m.committed);
  }
  std::string operator()(const Fetch& m) const { return "after " + to_string(m.after); }
  std::string operator()(const Register& m) const {
    return "ballot " + number(m.ballot) + ", previous " + to_string(m.previous) + tail("entries", m.entries) +
           ", committed " + to_string(m.committed.position);
  }
  std::string operator()(const Ping& m) const {
    return "ballot " + number(m.ballot) + ", round " + number(m.round) + ", committed " +
           to_string(m.committed.position);
  }
  std::string operator()(const Synchronize& m) const {
    return "counted " + number(m.counted) + ", previous " + to_string(m.previous) + tail("entries", m.entries);
  }
  std::string operator()(const Forward& m) const {
    std::string text = "ballot " + number(m.ballot) + ", start " + number(m.start);
    for (const auto& append : m.appends) {
      text += ", number " + number(append.sequence) + " after " + number(append.after);
      for (const auto& item : append.submission->items) text += " " + item.bytes;
      if (!append.submission->key.empty()) text += " under " + append.submission->key;
    }
    return text;
  }
  std::string operator()(const ReadPoint& m) const { return "ballot " + number(m.ballot); }
  std::string operator()(const Operate& m) const {
    return std::string(to_string(m.operation.what)) + ", ballot " + number(m.ballot);
  }
  std::string operator()(const Nominate& m) const {
    return "ballot " + number(m.ballot) + ", last " + to_string(m.last);
  }
  std::string operator()(const FetchBack& m) const { return "up to " + to_string(m.upto); }
  std::string operator()(const FetchState& m) const {
    return (m.at.promise.is_zero() ? std::string("any") : "at " + to_string(m.at)) + ", piece " + number(m.piece);
  }

  std::string operator()(const FoundAnswer& m) const {
    return std::string(m.granted ? "granted" : "refused") + (m.has_government ? ", has a government" : "") +
           (m.same_list ? "" : ", another list");
  }
  std::string operator()(const EmbarkAnswer& m) const {
    switch (m.verdict) {
      case EmbarkAnswer::Verdict::welcome:
        return "welcome";
      case EmbarkAnswer::Verdict::later:
        return "later: " + m.why;
      case EmbarkAnswer::Verdict::refused:
        return "refused: " + m.why;
      case EmbarkAnswer::Verdict::ask:
        return "ask " + m.leader.id;
    }
    return "?";
  }
  std::string operator()(const CanvassAnswer& m) const { return m.lost ? "lost it too" : "hears the leader"; }
  std::string operator()(const Promised& m) const {
    return std::string(m.granted ? "granted" : "refused") + ", ballot " + number(m.ballot) + ", committed " +
           to_string(m.committed.position) + ", last " + to_string(m.last) + tail("tail", m.tail);
  }
  std::string operator()(const Fetched& m) const {
    return std::string(m.held      ? "held"
                       : m.trimmed ? "trimmed"
                                   : "not held") +
           tail("entries", m.entries) + ", committed " + to_string(m.committed.position);
  }
  std::string operator()(const FetchedState& m) const {
    if (!m.held) return "not held";
    return "at " + to_string(m.committed.position) + ", counted " + number(m.committed.counted) + ", piece " +
           number(m.piece) + " of " + number(m.pieces);
  }
  std::string operator()(const Received& m) const {
    return "ballot " + number(m.ballot) + ", last " + to_string(m.last) + ", committed " +
           to_string(m.report.committed.position);
  }
  std::string operator()(const Rejected& m) const {
    return "promised " + number(m.promised) + ", committed " + to_string(m.committed.position) + ", last " +
           to_string(m.last);
  }
  std::string operator()(const Pong& m) const {
    return "promised " + number(m.promised) + ", ballot " + number(m.ballot) + ", round " + number(m.round);
  }
  std::string operator()(const Synchronized& m) const {
    return std::string(m.held ? "held" : "not held") + ", committed " + to_string(m.committed.position);
  }
  std::string operator()(const Forwarded& m) const {
    constexpr const char* verdicts[] = {"?", "taken", "not the leader", "full", "stranger"};
    std::string text = std::string(verdicts[static_cast<std::size_t>(m.verdict)]) + ", upto " + number(m.upto);
    for (const Judgment& judgment : m.judgments) {
      text += ", number " + number(judgment.sequence) +
              (judgment.objection == Objection::none ? " replays " + to_string(judgment.first)
                                                     : std::string(": ") + to_string(judgment.objection));
    }
    return text;
  }
  std::string operator()(const ReadPointAnswer& m) const {
    return m.confirmed ? "confirmed " + to_string(m.committed) : "refused";
  }
  std::string operator()(const OperateAnswer& m) const {
    return std::string(to_string(m.verdict)) + (m.why.empty() ? "" : ": " + m.why);
  }
  std::string operator()(const Nominated& m) const { return m.runs ? "runs" : "does not run"; }
};

}  // namespace

std::string describe(const Request& request) { return std::visit(Describe{}, request); }
std::string describe(const Answer& answer) { return std::visit(Describe{}, answer); }

std::string bodies_of(const Entry& entry) {
  std::string text;
  for (std::size_t i = 0; i < entry.count(); ++i) text += (i == 0 ? "" : "+") + std::string(entry.item(i).body);
  return text;
}

std::string describe(const std::vector<EntryPtr>& entries) {
  std::string text;
  for (const EntryPtr& entry : entries) {
    text += (text.empty() ? "" : " ") + to_string(entry->position());
    if (entry->kind() == Kind::client) text += "=" + bodies_of(*entry);
  }
  return text;
}

std::optional<Position> Stage::committed_of(const std::string& id) {
  const Promise promise = at(id).committed();
  for (const EntryPtr& entry : one(id).committed) {
    if (entry->last() == promise) return entry->position();
  }
  if (promise.is_zero()) return Position{};
  return std::nullopt;
}

const Event* Stage::told(const std::string& id, const std::string& event) {
  const auto& events = one(id).events;
  const auto found = std::find_if(events.rbegin(), events.rend(), [&](const Event& e) { return event == e.name; });
  return found == events.rend() ? nullptr : &*found;
}

const Stage::Outcome* Stage::outcome(const std::string& label) const {
  const auto found = outcomes_.find(label);
  return found == outcomes_.end() ? nullptr : &found->second;
}

std::string Stage::waiting() const {
  std::string text;
  for (const auto& [number, held] : held_) {
    const bool answer = held.state == Held::State::answered;
    text += "    " + held.kind + " " + (answer ? held.to : held.from) + " -> " + (answer ? held.from : held.to) +
            " with " + held.what;
    if (held.state == Held::State::delivered) text += " (there, not answered yet)";
    if (held.state == Held::State::lost) text += " (lost)";
    text += "\n";
  }
  return text.empty() ? "    nothing\n" : text;
}

std::string Stage::everyone() const {
  std::string text;
  for (const auto& [id, one] : ones_) {
    text += "    " + id + ": ";
    if (one->legislator == nullptr) {
      text += "down";
    } else {
      const Status status = one->legislator->status();
      text += std::string(to_string(status.role)) + (status.leader_in_office ? " established" : "") + ", promised " +
              std::to_string(status.promised) + ", last " + to_string(status.last) + ", committed " +
              to_string(status.committed);
      if (!status.leader.empty()) text += ", hears " + status.leader;
      if (!status.waiting_for.empty()) text += ", waits " + status.waiting_for;
      if (one->writing) text += ", a write under way";
    }
    text += "; on disk " + describe(one->durable) + "\n";
  }
  return text;
}

}  // namespace hansard::scenarios
