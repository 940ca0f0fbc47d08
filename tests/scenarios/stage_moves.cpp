// How what a Stage holds moves: pulses and answers, writes, time.
#include "government/message_codec.hpp"
#include "tests/scenarios/stage.hpp"

#include <algorithm>

namespace hansard::scenarios {

namespace {

constexpr int moves_max = 20'000;  // of one flow; more is a loop

bool is_between(const Held& held, const std::set<std::string>& among) {
  return among.contains(held.from) && among.contains(held.to);
}

}  // namespace

// ---- Network and disks ---------------------------------------------------------------------------------------------

Stage::One* Stage::addressee(const Held& held) {
  const auto found = ones_.find(held.to);
  if (found == ones_.end() || found->second->legislator == nullptr) return nullptr;
  const bool another = !held.addressed.cookie.is_zero() && held.addressed.cookie != found->second->cookie;
  return another ? nullptr : found->second.get();
}

Stage::Number Stage::find(const std::string& kind, const std::string& from, const std::string& to,
                          const std::string& with) const {
  for (const auto& [number, held] : held_) {
    const bool answer = held.state == Held::State::answered;
    if (held.state == Held::State::delivered || held.state == Held::State::lost || held.kind != kind) continue;
    if ((answer ? held.to : held.from) != from || (answer ? held.from : held.to) != to) continue;
    if (held.what.find(with) != std::string::npos) return number;
  }
  return 0;
}

bool Stage::waits(const std::string& kind, const std::string& from, const std::string& to,
                  const std::string& with) const {
  return find(kind, from, to, with) != 0;
}

namespace {

[[noreturn]] void nothing_waits(const std::string& kind, const std::string& from, const std::string& to,
                                const std::string& with) {
  throw Unmet("no " + kind + " " + from + " -> " + to + (with.empty() ? "" : " with " + with) + " waits");
}

}  // namespace

void Stage::deliver(const std::string& kind, const std::string& from, const std::string& to, const std::string& with) {
  const Number number = find(kind, from, to, with);
  if (number == 0) nothing_waits(kind, from, to, with);
  if (held_.at(number).state == Held::State::answered) {
    deliver_answer(number);
  } else {
    if (addressee(held_.at(number)) == nullptr) throw Unmet("nobody takes it: " + to + " is down, or another one");
    deliver(number);
  }
}

void Stage::deliver(Number number) {
  Held& held = held_.at(number);
  One* to = addressee(held);
  if (to == nullptr) return fail(number);
  auto request = decode_request(held.request_bytes);
  if (!request) violated("a request does not survive the codec: " + request.error().what);
  held.state = Held::State::delivered;
  plant_in_request(*to, held, request->message);
  const RequestId id = next_request_++;
  requests_[id] = number;
  const Request as_sent = held.request;
  to->legislator->request(moment(*to), id, held.sender, request->republic, std::move(request->message));
  const Held sent = held_.at(number);
  plant_after_request(*to, sent, as_sent);
  input(*to);
}

void Stage::deliver_answer(Number number) {
  const Held held = std::move(held_.at(number));
  held_.erase(number);
  One& to = one(held.from);
  if (to.legislator == nullptr || to.run != held.from_run) return;
  auto answer = decode_answer(held.answer_bytes);
  if (!answer) violated("an answer does not survive the codec: " + answer.error().what);
  PulseId id = held.id;
  Islander from = held.answerer;
  plant_in_reply(to, held, id, from, answer->message);
  to.legislator->sent(moment(to), id, Reply{from, answer->republic, std::move(answer->message)});
  input(to);
}

void Stage::fail(Number number) {
  const Held held = std::move(held_.at(number));
  held_.erase(number);
  One& from = one(held.from);
  if (held.copy || from.legislator == nullptr || from.run != held.from_run) return;
  from.legislator->sent(moment(from), held.id, std::nullopt);
  input(from);
}

void Stage::lose(const std::string& kind, const std::string& from, const std::string& to, const std::string& with) {
  const Number number = find(kind, from, to, with);
  if (number == 0) nothing_waits(kind, from, to, with);
  held_.at(number).state = Held::State::lost;
}

void Stage::fail(const std::string& kind, const std::string& from, const std::string& to, const std::string& with) {
  const Number number = find(kind, from, to, with);
  if (number == 0) nothing_waits(kind, from, to, with);
  fail(number);
}

void Stage::copy(const std::string& kind, const std::string& from, const std::string& to, const std::string& with) {
  const Number number = find(kind, from, to, with);
  if (number == 0) nothing_waits(kind, from, to, with);
  if (held_.at(number).state != Held::State::waiting) throw Unmet("only a pulse on its way can be doubled");
  Held twin = held_.at(number);
  twin.copy = true;
  held_.emplace(next_number_++, std::move(twin));
}

void Stage::exchange(const std::string& kind, const std::string& from, const std::string& to, const std::string& with) {
  const Number number = find(kind, from, to, with);
  if (number == 0) nothing_waits(kind, from, to, with);
  if (held_.at(number).state != Held::State::waiting) throw Unmet("an answer is delivered, not exchanged");
  if (addressee(held_.at(number)) == nullptr) throw Unmet("nobody takes it: " + to + " is down, or another one");
  deliver(number);
  while (held_.contains(number) && held_.at(number).state == Held::State::delivered) {
    if (!one(to).writing) throw Unmet(to + " does not answer");
    finish(to);
  }
  if (held_.contains(number)) deliver_answer(number);
}

void Stage::disk(const std::string& id, DiskMode mode) {
  One& changed = one(id);
  changed.mode = mode;
  if (mode == DiskMode::quick && changed.writing) finish(id);
}

void Stage::disks(DiskMode mode) {
  mode_ = mode;
  for (const auto& [id, one] : ones_) disk(id, mode);
}

void Stage::finish(const std::string& id) {
  One& writes = one(id);
  if (planted("answers-before-disk")) return;
  if (!up(id) || !writes.writing) throw Unmet("the disk of " + id + " has nothing to finish");
  finish(writes);
  input(writes);
}

// ---- Time ----------------------------------------------------------------------------------------------------------

void Stage::pass(Tick duration, const std::set<std::string>& among) {
  std::map<std::string, Tick> ends;
  for (const std::string& id : among) ends[id] = one(id).now + duration;
  while (true) {
    One* first = nullptr;  // whose timer is due soonest, counted from now
    Tick soonest = duration + 1;
    for (const std::string& id : among) {
      One& candidate = one(id);
      if (candidate.legislator == nullptr) continue;
      const auto next = candidate.legislator->next_event();
      if (!next || std::max(*next, candidate.now + 1) > ends[id]) continue;
      const Tick from_start = std::max(*next, candidate.now + 1) - (ends[id] - duration);
      if (from_start < soonest) {
        soonest = from_start;
        first = &candidate;
      }
    }
    if (first == nullptr) break;
    first->now = ends[first->id] - duration + soonest;
    first->legislator->event(moment(*first));
    input(*first);
  }
  for (const std::string& id : among) one(id).now = ends[id];
}

bool Stage::flow_once(const std::set<std::string>& among) {
  for (const std::string& id : among) {
    One& writes = one(id);
    if (writes.legislator == nullptr || !writes.writing || writes.mode == DiskMode::stalled) continue;
    finish(writes);
    input(writes);
    return true;
  }
  for (const auto& [number, held] : held_) {
    if (!is_between(held, among) || held.state == Held::State::delivered) continue;
    if (held.state == Held::State::waiting) {
      deliver(number);
    } else if (held.state == Held::State::answered) {
      deliver_answer(number);
    } else {
      fail(number);
    }
    return true;
  }
  return false;
}

void Stage::flow(const std::set<std::string>& among, Tick duration) {
  constexpr Tick step = 5'000;
  for (Tick passed = 0;; passed += step) {
    int moves = 0;
    while (flow_once(among)) {
      if (++moves > moves_max) throw Unmet("it never becomes quiet");
    }
    if (passed >= duration) return;
    pass(step, among);
  }
}

}  // namespace hansard::scenarios
