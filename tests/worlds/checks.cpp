#include "tests/worlds/checks.hpp"

#include "log/codec.hpp"
#include "tests/worlds/broken.hpp"

#include <algorithm>
#include <set>
#include <string>

namespace hansard::worlds {

std::uint32_t Checks::keep(Past past) {
  std::string key;
  Encoder writer(key);
  writer.number(past.decided.size());
  if (!past.decided.empty()) writer.id128(past.decided.back()->chain());
  for (const std::uint64_t ballot : past.counted) writer.number(ballot);
  for (const auto& [ballot, who] : past.leaders) {
    writer.number(ballot);
    writer.byte(who);
  }
  const auto [known, fresh] = past_ids_.try_emplace(std::move(key), static_cast<std::uint32_t>(pasts_.size()));
  if (fresh) pasts_.push_back(std::move(past));
  return known->second;
}

std::uint32_t Checks::told(std::uint32_t id, LocalId local) {
  const std::uint64_t key = std::uint64_t{id} << 32U | local;
  if (const auto known = told_.find(key); known != told_.end()) return known->second;
  const Local& one = islanders_.at(local);
  const std::string& name = islanders_.rules().ids[one.who];
  Past past = pasts_[id];
  if (one.leads()) {
    const auto leader = std::find_if(past.leaders.begin(), past.leaders.end(),
                                     [&](const auto& known) { return known.first == one.promised; });
    if (leader == past.leaders.end()) {
      past.leaders.emplace_back(one.promised, one.who);
      std::sort(past.leaders.begin(), past.leaders.end());
    } else if (leader->second != one.who) {
      throw Broken("election safety: ballot " + std::to_string(one.promised) + " has the leaders " +
                   islanders_.rules().ids[leader->second] + " and " + name);
    }
  }
  if (one.counted > one.promised) {
    throw Broken("promised: " + name + " knows what was counted committed under ballot " + std::to_string(one.counted) +
                 ", and has promised only " + std::to_string(one.promised));
  }
  for (std::size_t i = 0; i < one.committed; ++i) {
    const Entry& entry = *one.log[i];
    if (i < past.decided.size()) {
      if (past.decided[i]->chain() == entry.chain()) continue;
      throw Broken("agreement: " + name + " commits " + to_string(entry.position()) + " where " +
                   to_string(past.decided[i]->position()) + " was committed");
    }
    past.decided.push_back(one.log[i]);
    past.counted.push_back(one.counted);
    if (entry.kind() != Kind::client) continue;
    for (std::size_t earlier = 0; earlier < i; ++earlier) {
      if (past.decided[earlier]->kind() == Kind::client && past.decided[earlier]->body() == entry.body()) {
        throw Broken("once: " + std::string(entry.body()) + " stands at " +
                     to_string(past.decided[earlier]->position()) + " and at " + to_string(entry.position()));
      }
    }
  }
  for (std::size_t i = 0; one.leads() && i < past.decided.size(); ++i) {
    if (past.counted[i] > one.promised) continue;
    if (i < one.log.size() && one.log[i]->chain() == past.decided[i]->chain()) continue;
    throw Broken("durability: " + name + " leads under ballot " + std::to_string(one.promised) + " without " +
                 to_string(past.decided[i]->position()) + ", which the leader of ballot " +
                 std::to_string(past.counted[i]) + " counted committed");
  }
  const std::uint32_t after = keep(std::move(past));
  told_.emplace(key, after);
  return after;
}

void Checks::match(const std::vector<EntryPtr>& a, const std::vector<EntryPtr>& b, const Local& one,
                   const Local& other) const {
  // All logs begin with the same entry, so what agrees at one place of both agrees below it.
  for (auto x = a.begin(), y = b.begin(); x != a.end() && y != b.end();) {
    if ((*x)->position() == (*y)->position()) {
      if ((*x)->chain() != (*y)->chain()) {
        throw Broken("log matching: " + islanders_.rules().ids[one.who] + " and " + islanders_.rules().ids[other.who] +
                     " hold different entries as " + to_string((*x)->position()));
      }
      ++x;
      ++y;
    } else if ((*x)->last() < (*y)->last() || ((*x)->last() == (*y)->last() && (*x)->ballot() < (*y)->ballot())) {
      ++x;
    } else {
      ++y;
    }
  }
}

void Checks::match(LocalId a, LocalId b) {
  if (!matched_.insert(std::uint64_t{std::min(a, b)} << 32U | std::max(a, b)).second) return;
  const Local& one = islanders_.at(a);
  const Local& other = islanders_.at(b);
  match(one.log, other.log, one, other);
  match(one.disk.entries, other.disk.entries, one, other);
  match(one.log, other.disk.entries, one, other);
  match(one.disk.entries, other.log, one, other);
}

void Checks::look(State& state, std::uint8_t who) {
  const LocalId local = state.locals[who];
  state.past = told(state.past, local);
  for (const LocalId other : state.locals) {
    if (other != local) match(local, other);
  }
}

void Checks::acknowledged(const State& state, const Step::Acknowledged& what) {
  const Past& past = pasts_[state.past];
  const auto entry =
      std::find_if(past.decided.begin(), past.decided.end(), [&](const EntryPtr& e) { return e->last() == what.at; });
  if (entry == past.decided.end() || (*entry)->body() != "x" + std::to_string(what.append)) {
    throw Broken("durability: append " + std::to_string(what.append) + " is acknowledged at " + to_string(what.at) +
                 " and does not stand there");
  }
  // Those who decide it are the parliament of the last government before it.
  auto before = entry;
  while ((*before)->kind() != Kind::government) --before;
  const auto government = decode_government((*before)->body(), (*before)->position());
  std::size_t holders = 0;
  for (const std::string& id : government->parliament()) {
    const auto& disk = islanders_.at(state.locals[islanders_.index(id)]).disk.entries;
    const bool holds = std::any_of(disk.begin(), disk.end(), [&](const EntryPtr& held) {
      return held->last() == what.at && held->chain() == (*entry)->chain();
    });
    holders += holds ? 1U : 0U;
  }
  if (holders < government->quorum()) {
    throw Broken("durability: " + to_string(what.at) + " is acknowledged and on " + std::to_string(holders) +
                 " disks of " + std::to_string(government->seats));
  }
}

}  // namespace hansard::worlds
