// log/leveldb_log.hpp - one log in a LevelDB: where it begins and ends, and what a write changes in it.
//
// Markers: `committed` moves with nearly every write, so it has no key of its own (every table of LevelDB would then
// span all of the log, and be merged with all others) but is put beside the newest entry, and found from the end when
// the log is opened. Trimming moves a bound at once; the keys below it are deleted bit by bit by the writes that
// follow.
#pragma once

#include "log/error.hpp"
#include "log/leveldb_cursor.hpp"
#include "log/leveldb_keys.hpp"
#include "log/record.hpp"

#include <cstdint>

namespace leveldb {
class WriteBatch;
}

namespace hansard {

struct LogExtent {
  Promise oldest_first;  // of the oldest entry held
  Promise oldest_last;
  Position oldest_previous;  // what it follows
  Position last;             // of the newest; zero: the log is empty
  Promise floor;             // nothing at or below it is held
  leveldb_keys::Trimmed trimmed;
  Committed committed;
  Promise marker;                  // the entry that the newest marker is beside; zero: none is
  std::uint32_t marker_count = 0;  // its own, among those beside that entry
  std::uint64_t entries_since_marker = 0;

  [[nodiscard]] bool is_empty() const { return last.promise.is_zero(); }
};

// As the log was left. Errc::corrupt where its ends cannot be read.
[[nodiscard]] Result<LogExtent> recover_extent(const LogPlace& place);

// Puts into `batch` what `write` does to a log of extent `now`, and returns its extent once the batch is written.
// Errors: invalid (see Store::write); corrupt or io where something that must be read for it cannot.
[[nodiscard]] Result<LogExtent> plan_write(const LogPlace& place, const LogExtent& now, const Write& write,
                                           leveldb::WriteBatch& batch);

}  // namespace hansard
