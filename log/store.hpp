// log/store.hpp - the storage contract: append a group, make it durable, read ranges, recover.
//
// Two implementations under one contract test: MemoryStore (forgets what was not synced) and LevelDbStore.
//
// Threads: one caller at a time (sdk/disk's thread); no method is called concurrently with another.
// Durability: write() returns only when the whole group is durable (one fdatasync) and all earlier groups are. A crash
// at any point leaves exactly the groups whose write() returned, and perhaps, whole, the one under way.
// Errors: after write() returned an error the store is in an unknown state; close it and open it again (fail-stop), or,
// after no_space, see reopen(). What read() returns has been verified; a flipped bit is Errc::corrupt with file and
// promise, never data. Trimmed: what lies at or below `previous` of the oldest entry held, or, where trimming emptied
// the log, at or below the newest entry that was trimmed; after Write::restart_after, at or below that.
#pragma once

#include "log/entry.hpp"
#include "log/error.hpp"
#include "log/promise.hpp"
#include "log/record.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace hansard {

struct StoreFigures {
  std::uint64_t groups = 0;      // successful write() calls
  std::uint64_t syncs = 0;       // fdatasync calls that they cost, where known
  std::uint64_t bytes = 0;       // entry bytes appended
  std::uint64_t disk_bytes = 0;  // about what the directory takes
};

// Of the file system that holds a store, bytes.
struct Room {
  std::uint64_t free = 0;
  std::uint64_t all = 0;
};

class Store {
 public:
  static constexpr std::size_t scan_bytes_max = std::size_t{64} << 20U;

  Store() = default;
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;
  virtual ~Store() = default;

  // What was found at opening.
  [[nodiscard]] virtual const Recovered& recovered() const = 0;

  // REQUIRES: entries continue the log (each `previous` is the position before it) after drop_after is applied; an
  // empty log takes any beginning. Older ones end where the log begins, or where it was trimmed or begun anew. Where
  // they do not, or drop_after falls inside a batch: Errc::invalid, nothing was changed, and the store goes on. After
  // any other error it refuses every later write with that same error.
  [[nodiscard]] virtual Result<void> write(const Write& write) = 0;

  // Entries with `after < last()`, oldest first, while `first() <= upto`; ends after `bytes_max` bytes of encoding or
  // `count_max` entries, but returns at least one entry where there is one. A batch that straddles `after` is returned
  // whole. `after` such that trimmed entries would be missing: Errc::trimmed unless it is 0/0 (the oldest held).
  // Entries are verified one by one and against each other (`previous`).
  [[nodiscard]] virtual Result<std::vector<EntryPtr>> read(Promise after, Promise upto, std::size_t bytes_max,
                                                           std::size_t count_max) = 0;
  // The newest entries of Kind::client in `channel` (any channel where empty) with first() <= upto, oldest first: as
  // many as it takes for their items to sum to at least `items`, within bytes_max of encoding (then fewer, but at least
  // one where there is one). Looks at scan_bytes_max of the log at most: a channel that is rarer gives fewer.
  [[nodiscard]] virtual Result<std::vector<EntryPtr>> read_last(Promise upto, std::size_t items,
                                                                std::string_view channel, std::size_t bytes_max) = 0;
  // The newest entries with last() <= upto and last() > after, oldest first, within bytes_max of encoding, but at least
  // one where there is one: how a log is copied from its end. Fewer than there are where trimming took some.
  [[nodiscard]] virtual Result<std::vector<EntryPtr>> read_back(Promise after, Promise upto, std::size_t bytes_max) = 0;
  // The entry that holds `promise`, an item's own. Errc::not_found, Errc::trimmed.
  [[nodiscard]] virtual Result<EntryPtr> find(Promise promise) = 0;

  [[nodiscard]] virtual StoreFigures figures() const = 0;

  // ---- Room -----------------------------------------------------------------------------------------------------
  [[nodiscard]] virtual std::optional<Room> room() const { return std::nullopt; }  // nullopt: no such thing here
  // What may wait: deleting what was trimmed, and giving its space back. For when there is nothing else to do, and now
  // and then. True: there is more of it. Errors show at the next write().
  [[nodiscard]] virtual bool tidy() { return false; }
  // May the store go on after no_space? Then reopen() opens it anew, as often as it takes; the write that failed must
  // be given again before any other, though all of it may stand already.
  [[nodiscard]] virtual bool reopens() const { return false; }
  [[nodiscard]] virtual Result<void> reopen() { return Error{Errc::unsupported, "this store is opened once"}; }
};

}  // namespace hansard
