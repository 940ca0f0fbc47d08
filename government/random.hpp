// government/random.hpp - Random: the core's own generator; the same numbers on every platform. Protocol section 8.
//
// xoshiro256** (Blackman and Vigna), its state filled by splitmix64. std::*_distribution differs between libraries, so
// neither engines nor distributions of <random> are used. Not for secrets: cookies and nonces are the host's.
// A copy continues as the original would.
#pragma once

#include "log/identity.hpp"

#include <array>
#include <cstdint>

namespace hansard {

class Random {
 public:
  // One stream per incarnation and start.
  Random(const Cookie& cookie, std::uint64_t start);

  [[nodiscard]] std::uint64_t next64();
  // Uniform in [0, n), without bias. REQUIRES: n > 0.
  [[nodiscard]] std::uint64_t below(std::uint64_t n);

  template <class Archive>
  void members(Archive& a) {
    a(state_[0], state_[1], state_[2], state_[3]);
  }

 private:
  std::array<std::uint64_t, 4> state_{};
};

// The next number of a splitmix64 stream; moves `state` on.
[[nodiscard]] std::uint64_t splitmix64(std::uint64_t& state);
// One step of xoshiro256**. REQUIRES: the state is not all zeroes.
[[nodiscard]] std::uint64_t xoshiro256(std::array<std::uint64_t, 4>& state);

}  // namespace hansard
