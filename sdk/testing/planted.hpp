// sdk/testing/planted.hpp - bugs that can be planted in a simulation, to show that its checks find them.
//
// The letters are those of protocol section 10. Some are what a host, a disk or a message does wrong (planting.hpp);
// the others are rules of the core, and asleep in a copy of it that only tests link (government/planted.hpp).
#pragma once

#include <optional>
#include <string_view>
#include <vector>

namespace hansard::testing {

// A letter, or none.
using Bug = char;
inline constexpr Bug no_bug = '\0';

struct BugName {
  Bug letter;
  bool in_core;
  std::string_view name;  // "answer-before-disk"
  std::string_view what;
};

[[nodiscard]] const std::vector<BugName>& bug_names();
// By letter or name.
[[nodiscard]] std::optional<Bug> parse_bug(std::string_view text);
[[nodiscard]] std::string_view name_of(Bug bug);
// False: it is one of the core's, and this is the core that is shipped.
[[nodiscard]] bool can_plant(Bug bug);
// Wakes it in the core, or none. For the whole process.
void plant_in_core(Bug bug);

}  // namespace hansard::testing
