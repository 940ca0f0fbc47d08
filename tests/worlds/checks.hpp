// tests/worlds/checks.hpp - what must hold of a world after a step (protocol section 9). Each throws Broken.
#pragma once

#include "tests/worlds/state.hpp"

#include <cstdint>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace hansard::worlds {

class Checks {
 public:
  explicit Checks(const Islanders& islanders) : islanders_(islanders) {}

  // `who` has just changed; `state.past` is brought up to date.
  void look(State& state, std::uint8_t who);
  void acknowledged(const State& state, const Step::Acknowledged& what);
  [[nodiscard]] const Past& past(std::uint32_t id) const { return pasts_[id]; }
  [[nodiscard]] std::uint32_t keep(Past past);

 private:
  void match(LocalId a, LocalId b);
  void match(const std::vector<EntryPtr>& a, const std::vector<EntryPtr>& b, const Local& one,
             const Local& other) const;
  // [past] x [local] -> past after it
  [[nodiscard]] std::uint32_t told(std::uint32_t past, LocalId local);

  const Islanders& islanders_;
  std::vector<Past> pasts_;
  std::unordered_map<std::string, std::uint32_t> past_ids_;
  std::unordered_map<std::uint64_t, std::uint32_t> told_;
  std::unordered_set<std::uint64_t> matched_;
};

}  // namespace hansard::worlds
