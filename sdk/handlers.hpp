// sdk/handlers.hpp - who gets what became of something asked of an islander.
//
// Each is called at most once, on the islander's thread, never from inside the call that asked.
#pragma once

#include "government/legislator.hpp"
#include "log/entry.hpp"
#include "log/error.hpp"

#include <functional>
#include <vector>

namespace hansard {

using AppendHandler = std::function<void(const Appended&)>;
using ReadPointHandler = std::function<void(const ReadReady&)>;
using OperationHandler = std::function<void(const Operated&)>;
using EntriesHandler = std::function<void(Result<std::vector<EntryPtr>>)>;

}  // namespace hansard
