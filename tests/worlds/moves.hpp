// tests/worlds/moves.hpp - Moves: what may happen next in a state of a world, and what comes of it.
#pragma once

#include "tests/worlds/checks.hpp"
#include "tests/worlds/state.hpp"

#include <string>
#include <vector>

namespace hansard::worlds {

class Moves {
 public:
  explicit Moves(const World& world);

  [[nodiscard]] State first();
  [[nodiscard]] std::vector<Move> of(const State& state);
  // Throws Broken where what must hold does not hold after it.
  [[nodiscard]] State after(const State& state, const Move& move);
  [[nodiscard]] std::string describe(const State& state, const Move& move) const;
  [[nodiscard]] std::string describe(const State& state) const;  // how each islander stands

  [[nodiscard]] Islanders& islanders() { return islanders_; }
  [[nodiscard]] const Checks& checks() const { return checks_; }

 private:
  void take(State& state, std::uint8_t who, const Input& input);
  void drop_stale(State& state);
  void before(State& state, const std::string& what);
  void crash(State& state, std::uint8_t who, Do how);

  const World& world_;
  Islanders islanders_;
  Checks checks_;
};

}  // namespace hansard::worlds
