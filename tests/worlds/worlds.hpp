// tests/worlds/worlds.hpp - the small worlds that are searched, and the planted bugs that they find.
#pragma once

#include "tests/worlds/search.hpp"

#include <string>
#include <vector>

namespace hansard::worlds {

[[nodiscard]] const std::vector<World>& all_worlds();
[[nodiscard]] const World& world_named(const std::string& name);

}  // namespace hansard::worlds
