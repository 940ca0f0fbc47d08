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

Result<void> check_precedes(const Write& write, Position before, bool ballot_known) {
  for (auto older = write.older.rbegin(); older != write.older.rend(); ++older) {
    HANSARD_ASSERT(*older != nullptr, "a write holds entries");
    const Position last = (*older)->position();
    if (ballot_known ? last != before : last.promise != before.promise) {
      return Error{Errc::invalid, "older entry " + to_string(last) + " does not end at " + to_string(before)};
    }
    before = (*older)->previous();
    ballot_known = true;
  }
  return {};
}

}  // namespace hansard
