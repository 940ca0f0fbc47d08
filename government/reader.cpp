#include "government/reader.hpp"

#include "government/writer.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace hansard {

void Reader::read(std::uint64_t token) { unasked_.push_back(token); }

void Reader::give_up(std::uint64_t token) {
  std::erase(unasked_, token);
  std::erase(asked_, token);
  std::erase_if(reaching_, [&](const auto& r) { return r.second == token; });
  const auto ours = [&](const Waiting& w) { return w.request == 0 && w.token == token; };
  std::erase_if(next_, ours);
  std::erase_if(under_way_, ours);
}

void Reader::receive(RequestId id, const ReadPoint& message) {
  if (!chamber_.writer->in_office() || message.ballot != chamber_.writer->ballot()) {
    chamber_.answer(id, ReadPointAnswer{false, {}});
    return;
  }
  next_.push_back({0, id});
}

Tick Reader::next_event() const { return not_before_ > chamber_.moment.now && !unasked_.empty() ? not_before_ : never; }

void Reader::pull() {
  Chamber& c = chamber_;
  if (c.role == Role::leader) {
    for (const std::uint64_t token : std::exchange(unasked_, {})) next_.push_back({token, 0});
    if (next_.empty() || !under_way_.empty() || !c.writer->established()) return;
    under_way_ = std::exchange(next_, {});
    point_ = c.log.committed().position.promise;
    round_ = c.writer->begin_round();
    confirm();  // an island of one needs nobody
    return;
  }
  if (unasked_.empty() || pulse_ || c.leader.id.empty() || c.moment.now < not_before_) return;
  const Citizen* leader = c.citizen(c.leader.id);
  asked_ = std::exchange(unasked_, {});
  pulse_ = c.post(*this, c.leader, leader == nullptr ? std::string{} : leader->url, ReadPoint{c.leader_ballot}, true);
}

void Reader::confirm() {
  Chamber& c = chamber_;
  if (under_way_.empty() || !c.writer->established() || !c.writer->confirmed(round_)) return;
  for (const Waiting& waiting : std::exchange(under_way_, {})) {
    if (waiting.request != 0) {
      c.answer(waiting.request, ReadPointAnswer{true, point_});
    } else {
      c.reads.push_back({waiting.token, true, point_});
    }
  }
}

void Reader::committed() {
  const Promise reached = chamber_.log.committed().position.promise;
  std::erase_if(reaching_, [&](const auto& r) {
    if (r.first > reached) return false;
    chamber_.reads.push_back({r.second, true, r.first});
    return true;
  });
}

void Reader::leader_changed() {
  // Whoever waits here asks again; whoever waits elsewhere is told to.
  for (auto* list : {&next_, &under_way_}) {
    for (const Waiting& waiting : std::exchange(*list, {})) {
      if (waiting.request != 0) {
        chamber_.answer(waiting.request, ReadPointAnswer{false, {}});
      } else {
        unasked_.push_back(waiting.token);
      }
    }
  }
  unasked_.insert(unasked_.end(), asked_.begin(), asked_.end());
  asked_.clear();
  pulse_.reset();
  not_before_ = 0;
}

void Reader::sent(PulseId id, const Reply* reply) {
  if (pulse_ != id) return;
  pulse_.reset();
  const bool asked = reply != nullptr && reply->from == chamber_.leader;
  const auto* answer = asked ? std::get_if<ReadPointAnswer>(&reply->answer) : nullptr;
  auto tokens = std::exchange(asked_, {});
  if (answer == nullptr || !answer->confirmed) {
    unasked_.insert(unasked_.end(), tokens.begin(), tokens.end());
    not_before_ = chamber_.moment.now + chamber_.settings.ping / 4;
    return;
  }
  for (const std::uint64_t token : tokens) reaching_.emplace_back(answer->committed, token);
  committed();
}

}  // namespace hansard
