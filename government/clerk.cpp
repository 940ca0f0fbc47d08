#include "government/clerk.hpp"

#include "government/envoy.hpp"
#include "government/judge.hpp"
#include "government/trimmer.hpp"
#include "government/writer.hpp"

#include <algorithm>
#include <utility>

namespace hansard {

namespace {

using Verdict = OperateAnswer::Verdict;

constexpr std::size_t open_max = 256;
constexpr Tick transfer_timeouts = 2;  // so many times `timeout` a transfer may take
constexpr Tick lease = 3'000'000;      // of what others ask for

}  // namespace

bool Clerk::is_gone(const Operation& exile) const {
  const auto& citizens = chamber_.state.government.citizens;
  const auto citizen = citizens.find(exile.id);
  return citizen == citizens.end() || citizen->second.cookie != exile.cookie;
}

const char* Clerk::refusal(const Operation& operation) const {
  const Chamber& c = chamber_;
  if (open_.size() >= open_max) return "too much is asked at once";
  const Government& government = c.state.government;
  switch (operation.what) {
    case Operation::What::exile:
      if (!operation.cookie.is_zero() && is_gone(operation)) return nullptr;
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
      return fault(operation.settings.applied_to(c.judge->settings()));
  }
  return "there is no such operation";
}

void Clerk::operate(Operation operation, std::uint64_t token) {
  Open open;
  open.token = token;
  open.operation = std::move(operation);
  begin(std::move(open));
}

void Clerk::receive(RequestId id, Operate message) {
  Chamber& c = chamber_;
  if (!c.writer->established() || message.ballot != c.writer->ballot()) {
    c.answer(id, OperateAnswer{Verdict::not_leader, {}, {}});
    return;
  }
  Open open;
  open.request = id;
  open.operation = std::move(message.operation);
  begin(std::move(open));
}

void Clerk::begin(Open open) {
  Chamber& c = chamber_;
  open.asked_at = c.moment.now;
  Operation& operation = open.operation;
  const char* why = refusal(operation);
  if (why == nullptr && operation.what == Operation::What::exile && operation.cookie.is_zero()) {
    operation.cookie = c.state.government.citizens.find(operation.id)->second.cookie;
  }
  if (why == nullptr && operation.what == Operation::What::settings) {
    open.gone_at = c.writer->write_settings(operation.settings.applied_to(c.judge->settings()));
  }
  open_.push_back(std::move(open));
  if (why != nullptr) return end(open_.end() - 1, Verdict::refused, why);
  committed();  // it may be so already
  c.writer->reconsider();
  c.trimmer->consider();
}

void Clerk::give_up(std::uint64_t token) {
  std::erase_if(open_, [&](const Open& open) { return open.request == 0 && open.token == token; });
}

void Clerk::end(std::vector<Open>::iterator open, Verdict verdict, std::string why) {
  Chamber& c = chamber_;
  const RequestId request = open->request;
  const std::uint64_t token = open->token;
  open_.erase(open);
  const Promise at = verdict == Verdict::done ? c.log.committed().position.promise : Promise{};
  if (request != 0) {
    c.answer(request, OperateAnswer{verdict, at, std::move(why)});
  } else {
    c.envoy->ended(token, verdict, at, std::move(why));
  }
}

std::map<std::string, Cookie, std::less<>> Clerk::exiles() const {
  std::map<std::string, Cookie, std::less<>> result;
  for (const Open& open : open_) {
    // Of two wishes for one id that is the wish which can still be carried out.
    if (open.operation.what == Operation::What::exile && !is_gone(open.operation)) {
      result.emplace(open.operation.id, open.operation.cookie);
    }
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

bool Clerk::is_done(Open& open) const {
  const Chamber& c = chamber_;
  switch (open.operation.what) {
    case Operation::What::aim:
      return c.state.government.aim == open.operation.seats;
    case Operation::What::trim:
      return c.state.trimmed.before >= open.operation.before;
    case Operation::What::settings:
      return c.log.committed().position.promise >= open.gone_at;
    case Operation::What::exile:
      if (!is_gone(open.operation)) return false;
      if (open.gone_at.is_zero()) open.gone_at = c.state.government.promise;
      return c.state.settled >= open.gone_at;
    case Operation::What::transfer:
      return open.operation.id == c.self.id;
  }
  return false;
}

void Clerk::committed() {
  for (std::size_t i = 0; i < open_.size();) {
    if (is_done(open_[i])) {
      end(open_.begin() + static_cast<std::ptrdiff_t>(i), Verdict::done);
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
    end(open_.begin() + static_cast<std::ptrdiff_t>(i), done ? Verdict::done : Verdict::refused,
        done ? "" : "another islander leads now");
  }
}

void Clerk::office_left() {
  // A transfer that was begun ends when the next leader is heard.
  for (std::size_t i = 0; i < open_.size();) {
    if (open_[i].operation.what == Operation::What::transfer && !open_[i].nominee.empty()) {
      ++i;
    } else {
      end(open_.begin() + static_cast<std::ptrdiff_t>(i), Verdict::not_leader);
    }
  }
}

void Clerk::pull() {
  for (Open& open : open_) {
    if (!open.nominee.empty()) continue;
    if (open.operation.what == Operation::What::transfer) {
      if (chamber_.writer->nominate(*this, open.operation.id, "an operator asks")) open.nominee = open.operation.id;
    } else if (open.operation.what == Operation::What::exile && open.operation.id == chamber_.self.id) {
      nominate(open);
    }
  }
}

void Clerk::nominate(Open& open) {
  Chamber& c = chamber_;
  if (is_gone(open.operation)) return;
  for (const std::string& id : c.state.government.parliament()) {
    if (id == c.self.id || !c.writer->nominate(*this, id, "the leader is to be exiled")) continue;
    open.nominee = id;
    return;
  }
}

void Clerk::sent(PulseId /*id*/, const Reply* reply) {
  // Whoever can't be nominated says so, or does not answer: the deadline ends it then.
  const auto* answer = reply == nullptr ? nullptr : std::get_if<Nominated>(&reply->answer);
  if (answer == nullptr || answer->runs) return;
  for (Open& open : open_) {
    if (open.nominee == reply->from.id) open.nominee.clear();  // again, when it holds more
  }
}

Tick Clerk::deadline(const Open& open) const {
  Tick at = open.request == 0 ? never : open.asked_at + lease;
  if (open.operation.what == Operation::What::transfer) {
    at = std::min(at, open.asked_at + transfer_timeouts * chamber_.settings.timeout);
  }
  return at;
}

Tick Clerk::next_event() const {
  Tick next = never;
  for (const Open& open : open_) next = std::min(next, deadline(open));
  return next;
}

void Clerk::event() {
  const Chamber& c = chamber_;
  for (std::size_t i = 0; i < open_.size();) {
    const Open& open = open_[i];
    if (c.moment.now < deadline(open)) {
      ++i;
      continue;
    }
    const bool transfer = open.operation.what == Operation::What::transfer;
    end(open_.begin() + static_cast<std::ptrdiff_t>(i), transfer ? Verdict::refused : Verdict::open,
        transfer ? "it did not take the office in time" : "");
  }
}

}  // namespace hansard
