// tests/government/network_end.cpp - the end of a run: everything heals, and within a bound all must be well.
#include "tests/government/network.hpp"

#include <algorithm>

namespace hansard::testing {

void Network::heal() {
  say("everything heals");
  const Tick delay_max = faults_.delay_max;
  faults_ = Faults{};
  faults_.delay_max = std::min<Tick>(delay_max, 2'000);
  cuts_.clear();
  traffic_percent_ = 0;
  for (std::size_t i = 0; i < islanders_.size(); ++i) {
    islanders_[i]->frozen_until = std::min(islanders_[i]->frozen_until, now_ + 100'000);
    if (!up(i)) restart(i);
  }
}

void Network::check_all_in_the_end() {
  heal();
  const std::size_t before = acknowledged_.size();
  until([&] { return leader().has_value(); }, 20'000'000, "a leader");
  until(
      [&] {
        return std::all_of(islanders_.begin(), islanders_.end(),
                           [&](const auto& one) { return one->frozen_until <= now_; });
      },
      2'000'000, "a thaw");
  // Who was exiled comes back; what it appends before it knows would end as unknown.
  const auto belongs = [&](const std::unique_ptr<One>& one) {
    const Government& last = leader() ? islanders_[*leader()]->legislator->government() : one->legislator->government();
    const auto citizen = last.citizens.find(one->id);
    const auto own = one->legislator->government().citizens.find(one->id);
    return one->operations.empty() && citizen != last.citizens.end() && citizen->second.cookie == one->cookie &&
           own != one->legislator->government().citizens.end() && own->second.arrived == citizen->second.arrived;
  };
  Tick next_look = now_;
  const auto all_belong = [&] {
    // One that came back between its exile and its wipe is still in the population with the cookie it had: an operator
    // exiles it again.
    if (now_ >= next_look && leader()) {
      next_look = now_ + 2'000'000;
      for (const auto& one : islanders_) {
        const auto& citizens = islanders_[*leader()]->legislator->government().citizens;
        const auto old = citizens.find(one->id);
        if (old != citizens.end() && old->second.cookie != one->cookie) operate({Operation::What::exile, one->id, 0});
      }
    }
    return std::all_of(islanders_.begin(), islanders_.end(), belongs);
  };
  until(all_belong, 30'000'000, "everybody's citizenship");
  for (std::size_t i = 0; i < islanders_.size(); ++i) append_at(i);
  until([&] { return acknowledged_.size() >= before + islanders_.size(); }, 20'000'000, "an append of every islander");
  until(
      [&] {
        const Promise newest = decided_.rbegin()->first;
        return std::all_of(islanders_.begin(), islanders_.end(),
                           [&](const auto& one) { return one->committed == newest; });
      },
      20'000'000, "everybody learning everything");
  // On every disk, entry by entry.
  for (auto& one : islanders_) {
    until([&] { return one->store->find(decided_.rbegin()->first).has_value(); }, 5'000'000,
          "everything on every disk");
    Promise after;
    auto expected = decided_.begin();
    while (expected != decided_.end()) {
      auto entries = one->store->read(after, decided_.rbegin()->first, 1 << 20, 1000);
      if (!entries) violated("reading the log of " + one->id + ": " + entries.error().what);
      if (entries->empty()) violated("durability: the disk of " + one->id + " ends at " + to_string(after));
      for (const EntryPtr& entry : *entries) {
        if (expected == decided_.end() || entry->chain() != expected->second->chain()) {
          violated("agreement: the disk of " + one->id + " holds " + to_string(entry->position()));
        }
        ++expected;
      }
      after = entries->back()->last();
    }
  }
  for (const Acknowledged& a : acknowledged_) {
    if (!bodies_.contains(appends_[a.append].body + ".0"))
      violated("durability: " + appends_[a.append].body + " is gone");
  }
}

}  // namespace hansard::testing
