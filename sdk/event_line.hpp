// sdk/event_line.hpp - an Event of the core as one line that people read and grep: event=collapse why="..." ballot=7
#pragma once

#include "government/legislator.hpp"

#include <string>

namespace hansard {

// Values that hold more than plain characters are quoted; no line break survives.
[[nodiscard]] std::string event_line(const Event& event);

}  // namespace hansard
