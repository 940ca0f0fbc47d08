#include "log/record.hpp"

#include "log/assert.hpp"

namespace hansard {

Result<void> check_continues(const Write& write, Position last) {
  if (write.restart_after && !write.entries.empty() &&
      write.entries.front()->previous().promise != *write.restart_after) {
    return Error{Errc::invalid, "entry " + to_string(write.entries.front()->position()) + " follows " +
                                    to_string(write.entries.front()->previous()) + ", but the log goes on after " +
                                    to_string(*write.restart_after)};
  }
  for (const EntryPtr& entry : write.entries) {
    HANSARD_ASSERT(entry != nullptr, "a write holds entries");
    // An empty log takes any beginning: what lies before it is a snapshot's affair.
    if (!last.promise.is_zero() && entry->previous() != last) {
      return Error{Errc::invalid, "entry " + to_string(entry->position()) + " follows " + to_string(entry->previous()) +
                                      ", but the log ends at " + to_string(last)};
    }
    last = entry->position();
  }
  return {};
}

}  // namespace hansard
