// tests/government/network_planted.cpp - the planted bugs of a Network: what its hosts and messages do wrong on
// purpose.
#include "tests/government/network.hpp"

#include <algorithm>

namespace hansard::testing {

void Network::plant_in_write(One& one) {
  Write& write = one.write;
  if (planted_.forget_founder) write.notes.erase("founder");
  if (!planted_.forget_promised) return;
  // What is never forgotten: an entry's own ballot, and the one that counted it. Else it could not even start again.
  for (const EntryPtr& entry : write.entries) one.promised = std::max(one.promised, entry->ballot());
  if (write.committed) one.promised = std::max(one.promised, write.committed->counted);
  write.promised = one.promised;
}

void Network::plant_in_answer(const One& one, Answer& answer) const {
  constexpr std::uint64_t far_ahead = std::uint64_t{1} << 40U;
  if (auto* received = std::get_if<Received>(&answer)) {
    if (planted_.received_names_end) received->last = one.legislator->status().last;
    if (planted_.rounds_run_ahead) received->round = far_ahead;
  }
  if (auto* pong = std::get_if<Pong>(&answer); pong != nullptr && planted_.rounds_run_ahead) pong->round = far_ahead;
}

void Network::plant_at_arrival(std::size_t who, const Request& request) {
  if (!planted_.relays_count || !std::holds_alternative<Synchronize>(request)) return;
  // As if its leader itself had spoken.
  Legislator& legislator = *islanders_[who]->legislator;
  const std::string& leader = legislator.leader();
  if (leader.empty() || leader == islanders_[who]->id) return;
  const Islander from{leader, islanders_[islander_named(leader)]->cookie};
  const RequestId id = next_request_++;
  answers_[id] = {who, islanders_[who]->run, [](const std::string&) {}};
  legislator.request(moment(who), id, from, legislator.republic(), Ping{legislator.promised(), {}, {}, 0});
}

void Network::wipe(std::size_t who) {
  crash(who);
  One& one = *islanders_[who];
  say(one.id + ": is wiped");
  one.disk.wipe();
  one.lost.merge(one.durable);
  one.durable.clear();
  one.was_wiped = true;
  if (!planted_.keep_cookie) one.cookie.high += 1'000'000;
}

}  // namespace hansard::testing
