// sdk/build_id.hpp - what this build is, for recordings: two builds of the same id run a recorded Legislator alike.
#pragma once

#include <string_view>

namespace hansard {

// "0.1.0 core 5f2c...": the version, and a hash over the sources of log/ and government/, which alone decide what a
// Legislator does and how its state is written; the rest of the program and the compiler may differ.
[[nodiscard]] std::string_view build_id();

}  // namespace hansard
