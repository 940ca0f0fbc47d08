// log/leveldb_cursor.hpp - walks over the entries of one log in a LevelDB, either way, past the markers between them.
//
// LevelDB's iterators step over a block that is damaged and tell only when asked. So whoever walks compares what he
// meets with what must be there (`previous`), and where it is not, damage() says why.
#pragma once

#include "log/entry.hpp"
#include "log/error.hpp"
#include "log/leveldb_keys.hpp"
#include "log/promise.hpp"

#include <leveldb/db.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace hansard {

class LevelDbEnv;

// Which log of which database; all that it names must outlive it.
struct LogPlace {
  LevelDbEnv& env;
  leveldb::DB& db;
  std::string directory;
  std::uint32_t log = 0;
};

// How everything is read: with checksums verified.
[[nodiscard]] leveldb::ReadOptions verified(bool fill_cache);

// A failure to read, naming the damaged file.
[[nodiscard]] Error read_error(const LogPlace& place, const leveldb::Status& status);

// Reads a small value of leveldb_keys. False, and `value` as it was, where there is none; corrupt where it is no Value.
template <class Value>
[[nodiscard]] Result<bool> read_value(const LogPlace& place, const std::string& key, Value& value) {
  std::string bytes;
  const leveldb::Status status = place.db.Get(verified(true), key, &bytes);
  if (status.IsNotFound()) return false;
  if (!status.ok()) return read_error(place, status);
  if (leveldb_keys::decode(bytes, value)) return true;
  return Error{Errc::corrupt,
               place.directory + " is damaged: no value under " + key.substr(leveldb_keys::prefix_bytes)};
}

class EntryCursor {
 public:
  // Sees the database as it is now. Blocks read stay in LevelDB's cache where `fill_cache`: not for long walks.
  EntryCursor(const LogPlace& place, bool fill_cache);

  void seek(Promise promise);  // to the oldest entry with last() >= promise
  void seek_to_newest();
  void next();      // REQUIRES: valid()
  void previous();  // REQUIRES: valid()

  [[nodiscard]] bool valid() const { return key_.has_value(); }
  [[nodiscard]] Promise key() const { return *key_; }  // REQUIRES: valid(). last() of the entry here
  [[nodiscard]] Result<EntryPtr> entry() const;        // REQUIRES: valid()

  [[nodiscard]] bool is_sound() const;  // false once a block that was to be read is damaged
  // Why an entry next to `near` is not where it should be.
  [[nodiscard]] Error damage(Promise near) const;

 private:
  enum class Direction { forward, backward };
  void settle(Direction direction);

  const LogPlace& place_;
  std::unique_ptr<leveldb::Iterator> iterator_;
  std::optional<Promise> key_;
};

}  // namespace hansard
