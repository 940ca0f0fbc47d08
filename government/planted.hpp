// government/planted.hpp - bugs planted in the core, to show that the checks find them. Never in a library that is
// shipped.
//
// The letters are those of protocol section 10. Without HANSARD_PLANTED, which only the tests' own copy of this library
// (hansard_government_planted) is compiled with, planted() is false at compile time and nothing is left of the bugs.
#pragma once

#include <cstdint>

namespace hansard {

#ifdef HANSARD_PLANTED
inline std::uint32_t planted_bugs = 0;  // a bit for each letter
[[nodiscard]] inline bool planted(char letter) {
  return (planted_bugs >> static_cast<unsigned>(letter - 'a') & 1U) != 0;
}
inline void plant(char letter) { planted_bugs |= 1U << static_cast<unsigned>(letter - 'a'); }
#else
[[nodiscard]] constexpr bool planted(char /*letter*/) { return false; }
#endif

}  // namespace hansard
