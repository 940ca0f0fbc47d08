// government/planted.hpp - bugs planted in the core, to show that the checks find them. Never in a library that is
// shipped.
//
// The letters are those of protocol section 10, the digits our own. Without HANSARD_PLANTED, which only the tests' own
// copy of this library (hansard_government_planted) is compiled with, planted() is false at compile time and nothing is
// left of the bugs.
#pragma once

#include <cstdint>

namespace hansard {

#ifdef HANSARD_PLANTED
inline std::uint64_t planted_bugs = 0;  // a bit for each letter and digit
[[nodiscard]] constexpr std::uint64_t planted_bit(char letter) {
  return std::uint64_t{1} << static_cast<unsigned>(letter >= 'a' ? letter - 'a' : 32 + letter - '0');
}
[[nodiscard]] inline bool planted(char letter) { return (planted_bugs & planted_bit(letter)) != 0; }
inline void plant(char letter) { planted_bugs |= planted_bit(letter); }
#else
[[nodiscard]] constexpr bool planted(char /*letter*/) { return false; }
#endif

}  // namespace hansard
