#include "government/clerk.hpp"

#include "government/trimmer.hpp"
#include "government/writer.hpp"

#include <algorithm>

namespace hansard {

namespace {

constexpr std::size_t open_max = 64;
constexpr Tick transfer_timeouts = 2;  // so many times `timeout` a transfer may take

}  // namespace

const char* Clerk::refusal(const Operation& operation) const {
  const Chamber& c = chamber_;
  if (!c.writer->established()) return "this islander is not the leader in office";
  if (open_.size() >= open_max) return "too much is asked at once";
  const Government& government = c.state.government;
  switch (operation.what) {
    case Operation::What::exile:
      return exile_refusal(government, c.writer->facts(), operation.id);
    case Operation::What::aim:
      return aim_refusal(government, c.writer->facts(), operation.seats);
    case Operation::What::transfer:
      if (!government.seated(operation.id)) return "only a member of the parliament can lead";
      if (!c.writer->reachable(operation.id)) return "it does not answer";
      return nullptr;
    case Operation::What::trim: {
      const auto end = next_entry(c.log.committed().position.promise);
      if (operation.before.is_zero()) return "nothing is before 0/0";
      if (!end || operation.before > *end) return "the log does not reach that far yet";
      if (operation.before <= c.begins.last && operation.before > c.state.trimmed.before) {
        return "the leader's own log begins after that; hand over its office first";
      }
      return nullptr;
    }
    case Operation::What::settings:
      return fault(operation.settings);
  }
  return "there is no such operation";
}

void Clerk::operate(Operation operation, std::uint64_t token) {
  Chamber& c = chamber_;
  Open open;
  open.token = token;
  open.asked_at = c.moment.now;
  const char* why = refusal(operation);
  if (why == nullptr && (operation.what == Operation::What::exile || operation.what == Operation::What::transfer)) {
    open.cookie = c.state.government.citizens.find(operation.id)->second.cookie;
  }
  open.operation = std::move(operation);
  open_.push_back(std::move(open));
  if (why != nullptr) return end(open_.end() - 1, why);
  if (open_.back().operation.what == Operation::What::settings) {
    open_.back().gone_at = c.writer->write_settings(open_.back().operation.settings);
  }
  committed();  // it may be so already
  c.writer->reconsider();
  c.trimmer->consider();
}

void Clerk::give_up(std::uint64_t token) {
  std::erase_if(open_, [&](const Open& open) { return open.token == token; });
}

void Clerk::end(std::vector<Open>::iterator open, const char* refusal) {
  chamber_.operated.push_back({open->token, refusal == nullptr, refusal == nullptr ? "" : refusal});
  open_.erase(open);
}

std::map<std::string, Cookie, std::less<>> Clerk::exiles() const {
  std::map<std::string, Cookie, std::less<>> result;
  for (const Open& open : open_) {
    if (open.operation.what == Operation::What::exile) result.emplace(open.operation.id, open.cookie);
  }
  return result;
}

std::uint32_t Clerk::aim() const {
  // The latest wish counts.
  const auto wish = std::find_if(open_.rbegin(), open_.rend(),
                                 [](const Open& open) { return open.operation.what == Operation::What::aim; });
  return wish == open_.rend() ? 0 : wish->operation.seats;
}

Promise Clerk::trim_before() const {
  Promise before;
  for (const Open& open : open_) {
    if (open.operation.what == Operation::What::trim) before = std::max(before, open.operation.before);
  }
  return before;
}

void Clerk::committed() {
  const Chamber& c = chamber_;
  const Government& government = c.state.government;
  for (std::size_t i = 0; i < open_.size();) {
    Open& open = open_[i];
    bool done = false;
    if (open.operation.what == Operation::What::aim) {
      done = government.aim == open.operation.seats;
    } else if (open.operation.what == Operation::What::trim) {
      done = c.state.trimmed.before >= open.operation.before;
    } else if (open.operation.what == Operation::What::settings) {
      done = c.log.committed().position.promise >= open.gone_at;
    } else if (open.operation.what == Operation::What::exile) {
      const auto citizen = government.citizens.find(open.operation.id);
      const bool gone = citizen == government.citizens.end() || citizen->second.cookie != open.cookie;
      if (gone && open.gone_at.is_zero()) open.gone_at = government.promise;
      done = gone && c.state.settled >= open.gone_at;
    } else {
      done = open.operation.id == c.self.id;
    }
    if (done) {
      end(open_.begin() + static_cast<std::ptrdiff_t>(i), nullptr);
    } else {
      ++i;
    }
  }
}

void Clerk::leader_heard() {
  for (std::size_t i = 0; i < open_.size();) {
    if (open_[i].operation.what != Operation::What::transfer) {
      ++i;
      continue;
    }
    const bool done = chamber_.leader.id == open_[i].operation.id;
    end(open_.begin() + static_cast<std::ptrdiff_t>(i), done ? nullptr : "another islander leads now");
  }
}

void Clerk::office_left() {
  // A transfer that was begun ends when the next leader is heard.
  for (std::size_t i = 0; i < open_.size();) {
    if (open_[i].nominated) {
      ++i;
    } else {
      end(open_.begin() + static_cast<std::ptrdiff_t>(i), "this islander has lost its office: ask the next leader");
    }
  }
}

void Clerk::pull() {
  Chamber& c = chamber_;
  for (Open& open : open_) {
    if (open.operation.what != Operation::What::transfer || open.nominated) continue;
    open.nominated = c.writer->nominate(*this, open.operation.id, "an operator asks");
  }
}

void Clerk::sent(PulseId /*id*/, const Reply* reply) {
  // Whoever can't be nominated says so, or does not answer: the deadline ends it then.
  const auto* answer = reply == nullptr ? nullptr : std::get_if<Nominated>(&reply->answer);
  if (answer == nullptr || answer->runs) return;
  for (Open& open : open_) {
    if (open.nominated && open.operation.id == reply->from.id) open.nominated = false;  // again, when it holds more
  }
}

Tick Clerk::next_event() const {
  Tick next = never;
  for (const Open& open : open_) {
    if (open.operation.what != Operation::What::transfer) continue;
    next = std::min(next, open.asked_at + transfer_timeouts * chamber_.settings.timeout);
  }
  return next;
}

void Clerk::event() {
  for (std::size_t i = 0; i < open_.size();) {
    const Open& open = open_[i];
    const bool late = open.operation.what == Operation::What::transfer &&
                      chamber_.moment.now >= open.asked_at + transfer_timeouts * chamber_.settings.timeout;
    if (late) {
      end(open_.begin() + static_cast<std::ptrdiff_t>(i), "it did not take the office in time");
    } else {
      ++i;
    }
  }
}

}  // namespace hansard
