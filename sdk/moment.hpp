// sdk/moment.hpp - the clocks and the random device: what the core may not touch (protocol section 8).
#pragma once

#include "government/settings.hpp"
#include "log/identity.hpp"

namespace hansard {

// Microseconds of the monotonic clock.
[[nodiscard]] Tick tick_now();
// Both clocks, for an input of the core.
[[nodiscard]] Moment moment_now();
// 128 bits of the system's entropy, never zero: cookies, republics, nonces.
[[nodiscard]] Id128 random_id128();

}  // namespace hansard
