#include "government/envoy.hpp"

#include "government/clerk.hpp"
#include "government/writer.hpp"

#include <algorithm>
#include <utility>

namespace hansard {

namespace {

constexpr std::size_t open_max = 64;

}  // namespace

void Envoy::operate(Operation operation, std::uint64_t token) {
  Chamber& c = chamber_;
  if (open_.size() >= open_max) {
    c.operated.push_back({token, false, false, "too much is asked at once"});
    return;
  }
  // Asked again later, it must not hit who arrived under the id since.
  if (operation.what == Operation::What::exile && operation.cookie.is_zero()) {
    const auto citizen = c.state.government.citizens.find(operation.id);
    if (citizen != c.state.government.citizens.end()) operation.cookie = citizen->second.cookie;
  }
  open_.push_back({token, std::move(operation), Open::Stage::waits, {}, {}});
  if (c.writer->established()) ask(open_.back());
}

void Envoy::give_up(std::uint64_t token) {
  std::erase_if(open_, [&](const Open& open) { return open.token == token; });
  chamber_.clerk->give_up(token);
}

void Envoy::end(std::vector<Open>::iterator open, OperateAnswer::Verdict verdict, Promise at, std::string why) {
  Chamber& c = chamber_;
  open->pulse.reset();
  switch (verdict) {
    case OperateAnswer::Verdict::refused:
      c.operated.push_back({open->token, false, false, std::move(why)});
      open_.erase(open);
      return;
    case OperateAnswer::Verdict::done: {
      open->stage = Open::Stage::reaching;
      open->at = at;
      if (!shows(*open)) return;
      c.operated.push_back({open->token, true, false, {}});
      open_.erase(open);
      return;
    }
    case OperateAnswer::Verdict::open:
      open->stage = Open::Stage::waits;
      return;
    case OperateAnswer::Verdict::not_leader:
      open->stage = Open::Stage::waits;
      not_before_ = c.moment.now + c.settings.ping / 4;
      return;
  }
}

void Envoy::ended(std::uint64_t token, OperateAnswer::Verdict verdict, Promise at, std::string why) {
  const auto open = std::ranges::find(open_, token, &Open::token);
  if (open != open_.end()) end(open, verdict, at, std::move(why));
}

bool Envoy::shows(const Open& open) const {
  const Chamber& c = chamber_;
  const Operation& operation = open.operation;
  if (operation.what == Operation::What::exile && operation.id == c.self.id) return true;  // it may never hear of it
  if (open.at > c.log.committed().position.promise) return false;
  return operation.what != Operation::What::trim || !c.journal.trims();
}

void Envoy::look() {
  std::erase_if(open_, [&](const Open& open) {
    if (open.stage != Open::Stage::reaching || !shows(open)) return false;
    chamber_.operated.push_back({open.token, true, false, {}});
    return true;
  });
}

void Envoy::leader_changed() {
  for (Open& open : open_) {
    if (!open.pulse) continue;
    open.pulse.reset();
    open.stage = Open::Stage::waits;
  }
  not_before_ = 0;
}

Tick Envoy::next_event() const {
  const bool waits = std::ranges::any_of(open_, [](const Open& open) { return open.stage == Open::Stage::waits; });
  return waits && not_before_ > chamber_.moment.now ? not_before_ : never;
}

void Envoy::ask(Open& open) {
  Chamber& c = chamber_;
  open.stage = Open::Stage::asked;
  if (c.role == Role::leader) {
    // A copy: `open` may end, and be gone, in there.
    const std::uint64_t token = open.token;
    c.clerk->operate(Operation{open.operation}, token);
    return;
  }
  const Citizen* leader = c.citizen(c.leader.id);
  open.pulse = c.post(*this, c.leader, leader == nullptr ? std::string{} : leader->url,
                      Operate{c.leader_ballot, open.operation}, true);
}

void Envoy::pull() {
  const Chamber& c = chamber_;
  if (open_.empty() || c.moment.now < not_before_) return;
  if (c.role == Role::leader ? !c.writer->established() : c.leader.id.empty()) return;
  // What is asked of our own clerk may end at once, in any place of the list.
  std::vector<std::uint64_t> waiting;
  for (const Open& open : open_) {
    if (open.stage == Open::Stage::waits) waiting.push_back(open.token);
  }
  for (const std::uint64_t token : waiting) {
    const auto open = std::ranges::find(open_, token, &Open::token);
    if (open != open_.end() && open->stage == Open::Stage::waits) ask(*open);
  }
}

void Envoy::sent(PulseId id, const Reply* reply) {
  const auto open = std::ranges::find_if(open_, [&](const Open& each) { return each.pulse == id; });
  if (open == open_.end()) return;
  const bool asked = reply != nullptr && reply->from == chamber_.leader;
  const auto* answer = asked ? std::get_if<OperateAnswer>(&reply->answer) : nullptr;
  if (answer == nullptr) return end(open, OperateAnswer::Verdict::not_leader, {}, {});
  end(open, answer->verdict, answer->at, answer->why);
}

}  // namespace hansard
