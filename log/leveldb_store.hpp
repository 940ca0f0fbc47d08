// log/leveldb_store.hpp - the Store on LevelDB: one WriteBatch and one sync per group, big-endian keys.
//
// open() creates the directory where there is none (drawing nothing itself: the cookie is the caller's), counts the
// start durably, and refuses with one clear line: another id (wrong_identity), another format version (unsupported),
// a directory that another process holds (in_use), damage (corrupt; file and promise named), and a copy of a directory
// (wrong_identity; told by its inode, and taken for the original once `moved` says so): two that vote with one cookie
// would lose what was acknowledged (protocol section 2).
// A damaged last record of the write-ahead log cannot be told from a torn write: it is dropped and said so in
// recovered().remarks. While it is open, nothing that was not synced is ever written: see write().
// After a failed write: later writes are refused with the same error, and so are reads unless it was no_space; after
// that it may be opened anew by reopen(). Space that was trimmed is given back by tidy(), on a thread of its own.
// The destructor closes; it writes nothing that write() did not. Layout of keys and bytes: docs/storage.md.
#pragma once

#include "log/error.hpp"
#include "log/store.hpp"

#include <cstddef>
#include <memory>
#include <string>

namespace leveldb {
class Env;
}

namespace hansard {

struct LevelDbOptions {
  std::string directory;
  std::string id;               // whose directory this is (is_name)
  Cookie fresh_cookie;          // used where the directory is created
  bool create = true;           // false: a directory that does not exist is not_found
  bool moved = false;           // it may be at another place than it was made at: see open()
  leveldb::Env* env = nullptr;  // tests: a file system of their own; must outlive the store. Null: the real one
  std::size_t write_buffer_bytes = std::size_t{16} << 20U;  // tests: less, to see LevelDB begin files sooner
  bool hold_unsynced = false;  // tests: kill -9 loses what was not synced, as a power cut would (leveldb_env.hpp)
};

[[nodiscard]] Result<std::unique_ptr<Store>> open_leveldb_store(const LevelDbOptions& options);

}  // namespace hansard
