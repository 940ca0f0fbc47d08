// log/leveldb_wal.hpp - reads LevelDB's log format: its write-ahead logs and its MANIFEST.
//
// LevelDB takes whatever does not look whole at the end of such a file for a torn write and says nothing: also where
// one flipped bit in a length hides records that were synced, or a zeroed sector does. This scanner tells the two
// apart: what is damaged and followed by a record that is whole was not torn.
//
// Format (LevelDB's doc/log_format.md): blocks of 32 KiB; records of a masked crc32c (4 bytes), a length (2), a type
// (1: full, first, middle, last) and payload; a record does not cross a block; fewer than 7 bytes at a block's end are
// filler. Nothing but zeroes to the end is the room that our write-ahead logs keep (leveldb_env.hpp), and no damage.
//
// Errors: io. Damage is not an error here but what was found.
#pragma once

#include "log/error.hpp"
#include "log/promise.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace leveldb {
class Env;
}

namespace hansard {

struct WalScan {
  std::uint64_t records = 0;      // whole ones, up to the first damage
  std::uint64_t whole_bytes = 0;  // where the last of them ends: the place to cut
  std::uint64_t file_bytes = 0;
  bool damaged = false;     // something other than zeroes follows, and it is no whole record
  bool beyond_end = false;  // the damaged record claims to end after the file does: what LevelDB ignores
  bool more = false;        // a whole record begins after the damage
};

// Calls `on_record` with each whole record up to the first damage; the view lives until it returns.
[[nodiscard]] Result<WalScan> scan_wal(leveldb::Env& env, const std::string& file,
                                       const std::function<void(std::string_view)>& on_record);

// Cuts the file to `bytes`, durably: a crash leaves it as it was or cut.
[[nodiscard]] Result<void> cut_file(leveldb::Env& env, const std::string& file, std::uint64_t bytes);

// What a write-ahead log's record (a write batch) says of itself. Sequence numbers run on from batch to batch and from
// log to log, so one that is missing shows.
struct BatchHead {
  std::uint64_t sequence = 0;  // of its first operation
  std::uint64_t count = 0;
};
[[nodiscard]] std::optional<BatchHead> head_of(std::string_view batch);

// The newest entry that a write-ahead log's record puts (a write batch); nullopt where it puts none or is no batch.
[[nodiscard]] std::optional<Promise> newest_entry_in(std::string_view batch);

// CRC-32C (Castagnoli).
[[nodiscard]] std::uint32_t crc32c(std::string_view bytes);

}  // namespace hansard
