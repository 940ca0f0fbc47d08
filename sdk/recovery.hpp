// sdk/recovery.hpp - how an islander starts: from what its store holds to a legislator that is ready for its first
// input.
#pragma once

#include "government/legislator.hpp"
#include "log/error.hpp"
#include "log/store.hpp"

#include <functional>
#include <memory>
#include <string>

namespace hansard {

// Feeds the core what the store holds after the newest checkpoint, in bounded pieces, and starts it. The error is the
// store's: what cannot be read is never guessed. `url` and `fresh_republic`: as the Legislator's. `before_start`, where
// there is one, sees it before its first input.
[[nodiscard]] Result<std::unique_ptr<Legislator>> recover(Store& store, const Settings& settings, std::string url,
                                                          Republic fresh_republic, Moment moment,
                                                          const std::function<void(Legislator&)>& before_start = {});

}  // namespace hansard
