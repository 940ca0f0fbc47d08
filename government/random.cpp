// government/random.cpp - splitmix64 and xoshiro256**, as their authors published them.
#include "government/random.hpp"

#include "log/assert.hpp"

#include <bit>

namespace hansard {

std::uint64_t splitmix64(std::uint64_t& state) {
  state += 0x9E3779B97F4A7C15U;
  std::uint64_t z = state;
  z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9U;
  z = (z ^ (z >> 27U)) * 0x94D049BB133111EBU;
  return z ^ (z >> 31U);
}

std::uint64_t xoshiro256(std::array<std::uint64_t, 4>& state) {
  auto& [s0, s1, s2, s3] = state;
  const std::uint64_t result = std::rotl(s1 * 5U, 7) * 9U;
  const std::uint64_t t = s1 << 17U;
  s2 ^= s0;
  s3 ^= s1;
  s1 ^= s2;
  s0 ^= s3;
  s2 ^= t;
  s3 = std::rotl(s3, 45);
  return result;
}

Random::Random(const Cookie& cookie, std::uint64_t start) {
  // Each part is stirred before the next comes in, so that cookies and starts that differ in one bit share nothing.
  std::uint64_t seed = cookie.high;
  seed = splitmix64(seed) ^ cookie.low;
  seed = splitmix64(seed) ^ start;
  // Four consecutive splitmix64 numbers are never all zero.
  for (std::uint64_t& word : state_) word = splitmix64(seed);
}

std::uint64_t Random::next64() { return xoshiro256(state_); }

std::uint64_t Random::below(std::uint64_t n) {
  HANSARD_ASSERT(n > 0, "there is no number below zero");
  // The lowest 2^64 mod n numbers are drawn again: what remains is a whole multiple of n.
  const std::uint64_t unfair = (0 - n) % n;
  std::uint64_t drawn = next64();
  while (drawn < unfair) drawn = next64();
  return drawn % n;
}

}  // namespace hansard
