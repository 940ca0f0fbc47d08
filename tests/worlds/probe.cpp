#include "tests/worlds/probe.hpp"

#include "government/chamber_state.hpp"
#include "tests/worlds/broken.hpp"
#include "tests/worlds/normal.hpp"

#include <algorithm>
#include <bit>
#include <functional>
#include <map>
#include <memory>
#include <queue>
#include <utility>

namespace hansard::worlds {

namespace {

constexpr Tick way = 1'000;            // of a message
constexpr Tick write_time = 1'000;     // of a disk
constexpr Tick patience = 60'000'000;  // until an append must have committed
constexpr Republic republic{7, 7};

// Whoever is up, with all that was on its way between them, on simulated time without faults.
class Healed {
 public:
  Healed(Moves& moves, const State& state, unsigned up) : moves_(moves), ones_(state.locals.size()) {
    Islanders& islanders = moves.islanders();
    for (std::size_t i = 0; i < ones_.size(); ++i) {
      const auto who = static_cast<std::uint8_t>(i);
      if ((up >> who & 1U) == 0) continue;
      ones_[who].legislator = islanders.legislator(state.locals[who], islanders.settings());
      wake(ones_[who].legislator->chamber());
      if (islanders.at(state.locals[who]).busy) later(write_time, [this, who] { persisted(who, 1); });
    }
    for (const Message& message : state.messages) bring(message);
  }

  // Did an append commit?
  bool appends() {
    for (std::size_t i = 0; i < ones_.size(); ++i) {
      const auto who = static_cast<std::uint8_t>(i);
      if (!ones_[who].legislator) continue;
      Submission submission;
      submission.items.push_back({"", "probe"});
      static_cast<void>(ones_[who].legislator->enqueue(moment(), std::move(submission), token));
      pump(who);
    }
    while (!queue_.empty() && now_ < now + patience && !is_appended_) {
      Happening next = queue_.top();
      queue_.pop();
      now_ = std::max(now_, next.at);
      next.what();
    }
    return is_appended_;
  }

  [[nodiscard]] std::string describe() const {
    std::string text;
    for (const One& one : ones_) {
      if (!one.legislator) continue;
      const Status status = one.legislator->status();
      text += "\n    " + one.legislator->self().id + ": " + to_string(status.role) + ", promised " +
              std::to_string(status.promised) + ", committed " + to_string(status.committed) + ", last " +
              to_string(status.last) + ", leader '" + status.leader + "'";
    }
    return text;
  }

 private:
  static constexpr std::uint64_t token = 1'000;

  struct One {
    std::unique_ptr<Legislator> legislator;
    std::optional<Tick> timer;
  };
  struct Happening {
    Tick at = 0;
    std::uint64_t order = 0;
    std::function<void()> what;
    bool operator>(const Happening& other) const { return std::pair(at, order) > std::pair(other.at, other.order); }
  };

  [[nodiscard]] Moment moment() const { return {now_, static_cast<std::int64_t>(1'700'000'000'000'000 + now_)}; }
  void later(Tick delay, std::function<void()> what) { queue_.push({now_ + delay, ++order_, std::move(what)}); }

  void bring(Message message) {
    Islanders& islanders = moves_.islanders();
    if (!ones_[message.owner].legislator) message.pulse = 0;  // what it sent may still arrive
    if (message.pulse == 0 && message.kind != Message::Kind::request) return;
    switch (message.kind) {
      case Message::Kind::request:
        send(message.owner, message.peer, message.pulse, islanders.request(message.content));
        break;
      case Message::Kind::pending:
        if (ones_[message.peer].legislator) {
          requests_[{message.peer, message.request}] = {message.owner, message.pulse};
        } else {
          fail(message.owner, message.pulse);
        }
        break;
      case Message::Kind::answer:
        answer(message.peer, message.owner, message.pulse, islanders.answer(message.content));
        break;
      case Message::Kind::failure:
        fail(message.owner, message.pulse);
        break;
    }
  }

  void fail(std::uint8_t owner, PulseId pulse) {
    later(way, [this, owner, pulse] {
      ones_[owner].legislator->sent(moment(), pulse, std::nullopt);
      pump(owner);
    });
  }

  // `pulse` 0: nobody waits for the answer.
  void send(std::uint8_t owner, std::uint8_t peer, PulseId pulse, const Request& request) {
    if (!ones_[peer].legislator) {
      if (pulse != 0) fail(owner, pulse);
      return;
    }
    later(way, [this, owner, peer, pulse, request] {
      const RequestId id = ++next_request_;
      if (pulse != 0) requests_[{peer, id}] = {owner, pulse};
      ones_[peer].legislator->request(moment(), id, moves_.islanders().islander(owner), republic, request);
      pump(peer);
    });
  }

  void answer(std::uint8_t peer, std::uint8_t owner, PulseId pulse, const Answer& answer) {
    later(way, [this, peer, owner, pulse, answer] {
      ones_[owner].legislator->sent(moment(), pulse, Reply{moves_.islanders().islander(peer), republic, answer});
      pump(owner);
    });
  }

  void persisted(std::uint8_t who, std::uint64_t write) {
    ones_[who].legislator->persisted(moment(), write);
    pump(who);
  }

  void pump(std::uint8_t who) {
    One& one = ones_[who];
    Legislator& legislator = *one.legislator;
    while (auto pulse = legislator.outbox()) {
      send(who, moves_.islanders().index(pulse->to.id), pulse->id, pulse->request);
    }
    while (auto response = legislator.response()) {
      const auto asked = requests_.find({who, response->request});
      if (asked == requests_.end()) continue;
      answer(who, asked->second.first, asked->second.second, response->answer);
      requests_.erase(asked);
    }
    while (auto want = legislator.wanted()) legislator.supplied(moment(), want->id, {});
    if (const Write* write = legislator.journal()) {
      later(write_time, [this, who, id = write->id] { persisted(who, id); });
    }
    static_cast<void>(legislator.take_committed());
    for (const Appended& appended : legislator.take_appended()) {
      is_appended_ = is_appended_ || (appended.token == token && appended.outcome == Appended::Outcome::committed);
    }
    static_cast<void>(legislator.take_reads());
    static_cast<void>(legislator.take_operated());
    static_cast<void>(legislator.take_events());
    if (const auto halt = legislator.take_halt()) throw Broken(legislator.self().id + " halts: " + halt->what);
    const auto next = legislator.next_event();
    if (!next || (one.timer && *one.timer <= *next && *one.timer > now_)) return;
    const Tick at = std::max(*next, now_ + 1);
    one.timer = at;
    later(at - now_, [this, who, at] {
      if (ones_[who].timer != at) return;
      ones_[who].timer.reset();
      ones_[who].legislator->event(moment());
      pump(who);
    });
  }

  Moves& moves_;
  std::vector<One> ones_;
  Tick now_ = now;
  std::uint64_t order_ = 0;
  RequestId next_request_ = 1'000;
  std::priority_queue<Happening, std::vector<Happening>, std::greater<>> queue_;
  std::map<std::pair<std::uint8_t, RequestId>, std::pair<std::uint8_t, PulseId>> requests_;
  bool is_appended_ = false;
};

// The latest government that is settled, and every later one that somebody holds.
std::vector<Government> to_be_asked(const Moves& moves, const State& state, const Islanders& islanders) {
  const Past& past = moves.checks().past(state.past);
  Promise settled = past.decided.front()->last();
  for (const EntryPtr& entry : past.decided) settled = std::max(settled, entry->settled());
  std::map<std::pair<Promise, std::uint64_t>, Government> governments;
  const auto look = [&](const std::vector<EntryPtr>& entries) {
    for (const EntryPtr& entry : entries) {
      if (entry->kind() != Kind::government || entry->last() < settled) continue;
      governments.emplace(std::pair(entry->last(), entry->ballot()),
                          *decode_government(entry->body(), entry->position()));
    }
  };
  look(past.decided);
  for (const LocalId local : state.locals) {
    look(islanders.at(local).log);
    look(islanders.at(local).disk.entries);
  }
  std::vector<Government> result;
  for (auto& [at, government] : governments) result.push_back(std::move(government));
  return result;
}

}  // namespace

std::optional<std::string> probe(Moves& moves, const State& state) {
  const Islanders& islanders = moves.islanders();
  const auto governments = to_be_asked(moves, state, islanders);
  const auto is_enough = [&](unsigned up) {
    return std::all_of(governments.begin(), governments.end(), [&](const Government& government) {
      std::size_t count = 0;
      for (const std::string& id : government.parliament()) count += up >> islanders.index(id) & 1U;
      return count >= government.quorum();
    });
  };
  std::vector<unsigned> smallest;
  for (unsigned up = 1; up < 1U << state.locals.size(); ++up) {
    if (is_enough(up)) smallest.push_back(up);
  }
  std::sort(smallest.begin(), smallest.end(),
            [](unsigned a, unsigned b) { return std::pair(std::popcount(a), a) < std::pair(std::popcount(b), b); });
  for (auto up = smallest.begin(); up != smallest.end(); ++up) {
    const bool has_less = std::any_of(smallest.begin(), up, [&](unsigned less) { return (less & *up) == less; });
    if (has_less) continue;
    try {
      Healed healed(moves, state, *up);
      if (healed.appends()) continue;
      return "nothing commits though these are up:" + healed.describe();
    } catch (const Broken& broken) {
      return std::string("healed, ") + broken.what();
    }
  }
  return std::nullopt;
}

}  // namespace hansard::worlds
