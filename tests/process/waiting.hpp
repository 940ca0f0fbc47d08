// tests/process/waiting.hpp - waiting for conditions, always with a deadline.
#pragma once

#include <chrono>
#include <functional>

namespace process {

using Clock = std::chrono::steady_clock;
using Milliseconds = std::chrono::milliseconds;

// Looks until the condition holds; false where it did not within `limit`. Between two looks it waits on a timer.
[[nodiscard]] bool eventually(Milliseconds limit, const std::function<bool()>& condition);

}  // namespace process
