// sdk/admission.cpp - see admission.hpp.
#include "sdk/admission.hpp"

#include <string>
#include <utility>

namespace hansard {

std::optional<Refusal> Admission::judge(const Greeting& greeting) const {
  if (!greeting.to.empty() && greeting.to != self_.islander.id) {
    return Refusal{409, "this is islander " + self_.islander.id + ", not " + greeting.to};
  }
  return look(greeting.from, {});
}

std::optional<Refusal> Admission::judge(const Speaker& speaker, std::string_view asked) {
  auto refusal = look(speaker, asked);
  if (!refusal) remember(speaker);
  return refusal;
}

std::optional<Refusal> Admission::look(const Speaker& speaker, std::string_view asked) const {
  const std::string& id = speaker.islander.id;
  if (!asked.empty() && asked != id) {
    return Refusal{409, "islander " + id + " answers where " + std::string(asked) + " was asked for"};
  }
  if (!self_.republic.is_zero() && !speaker.republic.is_zero() && self_.republic != speaker.republic) {
    return Refusal{409, "islander " + id + " is of republic " + to_string(speaker.republic) + ", islander " +
                            self_.islander.id + " of " + to_string(self_.republic)};
  }
  if (speaker.islander.cookie == self_.islander.cookie) {
    if (speaker.nonce == self_.nonce) return Refusal{409, "islander " + id + " speaks to itself"};
    return Refusal{409, "islander " + id + " runs on a copy of the data directory of islander " + self_.islander.id};
  }
  const auto found = runs_.find(speaker.islander.cookie);
  if (found == runs_.end()) return std::nullopt;
  const Run& run = found->second;
  if (speaker.start < run.start || (speaker.start == run.start && speaker.nonce != run.nonce)) {
    return Refusal{409, "start " + std::to_string(speaker.start) + " of islander " + id +
                            " was seen in another run, up to start " + std::to_string(run.start) +
                            ": its data directory was copied"};
  }
  return std::nullopt;
}

void Admission::remember(const Speaker& speaker) {
  const auto [found, is_new] = runs_.try_emplace(speaker.islander.cookie);
  Run& run = found->second;
  if (is_new) {
    run.order = order_.insert(order_.end(), speaker.islander.cookie);
  } else {
    order_.splice(order_.end(), order_, run.order);
  }
  run.start = speaker.start;
  run.nonce = speaker.nonce;
  if (runs_.size() > runs_max) {
    runs_.erase(order_.front());
    order_.pop_front();
  }
}

}  // namespace hansard
