// tests/scenarios/scenario.hpp - what each generated test case calls, one for every tests/scenarios/*.txt.
#pragma once

#include <string>

namespace hansard::scenarios {

// Plays the file; then, with each planted bug that it says it catches, in a process of its own, that it fails.
void check_scenario(const std::string& file);

}  // namespace hansard::scenarios
