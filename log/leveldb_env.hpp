// log/leveldb_env.hpp - the file system that LevelDB sees: LevelDB's own, with what a log server needs added.
//
// Tables are read with pread: mapped, they would count as this process's memory. Writable files count their syncs, and
// a write-ahead log is written over zeroes put there ahead, which makes the sync of a small group cheaper. What LevelDB
// leaves to chance is made durable: the names of new directories, of renamed files, and of new files with their first
// sync. LevelDB's info log goes nowhere.
//
// The directory's lock is taken before LevelDB asks for it (what is there is looked at and mended first), and handed
// over when it asks.
//
// hold_unsynced: what is appended to a file stays in this process's memory until Sync or Close, so that kill -9 loses
// what was not synced, as a power cut would; without it the kernel keeps it. For tests with real processes.
//
// Threads: as leveldb::Env: any. Errors: leveldb::Status.
#pragma once

#include "log/error.hpp"
#include "log/store.hpp"

#include <leveldb/env.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace hansard {

class LevelDbEnv : public leveldb::EnvWrapper {
 public:
  // A null target is the real file system; another one must outlive this.
  LevelDbEnv(leveldb::Env* target, bool hold_unsynced);
  ~LevelDbEnv() override;

  // Takes the lock file that the database in `directory` will ask for. Released with this, or by LevelDB.
  [[nodiscard]] leveldb::Status lock_directory(const std::string& directory);

  // Of a directory; 0 where that means nothing (a file system of tests).
  [[nodiscard]] std::uint64_t inode(const std::string& directory) const;

  // Of the file system that a directory is on; nullopt as for inode().
  [[nodiscard]] std::optional<Room> room(const std::string& directory) const;

  [[nodiscard]] std::uint64_t syncs() const { return syncs_.load(std::memory_order_relaxed); }
  [[nodiscard]] leveldb::Logger* info_log() { return info_log_.get(); }

  // Names of the files in `directory` that this thread read last, the latest first: among them is the one that an error
  // just met is about. At most a handful.
  [[nodiscard]] static std::vector<std::string> recently_read(const std::string& directory);

  leveldb::Status NewRandomAccessFile(const std::string& name, leveldb::RandomAccessFile** result) override;
  leveldb::Status NewWritableFile(const std::string& name, leveldb::WritableFile** result) override;
  leveldb::Status NewAppendableFile(const std::string& name, leveldb::WritableFile** result) override;
  leveldb::Status CreateDir(const std::string& name) override;
  leveldb::Status RenameFile(const std::string& from, const std::string& to) override;
  leveldb::Status NewLogger(const std::string& name, leveldb::Logger** result) override;
  leveldb::Status LockFile(const std::string& name, leveldb::FileLock** lock) override;
  leveldb::Status UnlockFile(leveldb::FileLock* lock) override;

 private:
  leveldb::WritableFile* wrap(const std::string& name, leveldb::WritableFile* file);

  const bool is_real_;
  const bool hold_unsynced_;
  std::unique_ptr<leveldb::Logger> info_log_;
  std::atomic<std::uint64_t> syncs_ = 0;

  std::mutex mutex_;  // Guards what follows.
  std::string locked_name_;
  leveldb::FileLock* held_lock_ = nullptr;
};

// What LevelDB said, in one line that begins with `where`: corrupt, no_space or io.
[[nodiscard]] Error to_error(const leveldb::Status& status, const std::string& where);

// The path of a file in a directory.
[[nodiscard]] std::string path_in(const std::string& directory, const std::string& name);

}  // namespace hansard
