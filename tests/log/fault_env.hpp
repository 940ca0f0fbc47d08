// tests/log/fault_env.hpp - a file system in memory that loses what was not synced, fails on demand, and can be copied.
//
// kill_at_sync(k): the k-th sync from now is the end of the process: it takes effect or not, and everything after it
// fails. crash() is then what the disk holds: of each file what was synced, and of the rest a prefix torn at a random
// byte; after it, in a write-ahead log, perhaps zeroes (see WalFile in log/leveldb_env.cpp). Names of files (creation,
// renaming, removal) are durable at once.
//
// Threads: any, like every leveldb::Env.
#pragma once

#include "tests/log/samples.hpp"

#include <leveldb/env.h>

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace hansard {

class FaultEnv : public leveldb::EnvWrapper {
 public:
  // What the files hold: for copying a disk and putting it back.
  using Image = std::map<std::string, std::string>;

  FaultEnv();
  ~FaultEnv() override;

  void kill_at_sync(std::uint64_t syncs_from_now, bool takes_effect);
  void crash(samples::Random& random);  // REQUIRES: no database is open on it
  [[nodiscard]] bool is_killed() const;
  [[nodiscard]] std::uint64_t syncs() const;
  [[nodiscard]] std::uint64_t bytes_appended() const;  // to any file

  // From the n-th append (or sync) from now on all appends and syncs fail, until recover().
  void fail_appends(std::uint64_t appends_from_now, leveldb::Status status);
  void fail_syncs(std::uint64_t syncs_from_now, leveldb::Status status);
  void recover();

  [[nodiscard]] Image image() const;
  void restore(const Image& image);  // all of it synced
  void flip_bit(const std::string& name, std::uint64_t bit);
  void truncate(const std::string& name, std::uint64_t bytes);
  void remove(const std::string& name);

  leveldb::Status NewSequentialFile(const std::string& name, leveldb::SequentialFile** result) override;
  leveldb::Status NewRandomAccessFile(const std::string& name, leveldb::RandomAccessFile** result) override;
  leveldb::Status NewWritableFile(const std::string& name, leveldb::WritableFile** result) override;
  leveldb::Status NewAppendableFile(const std::string& name, leveldb::WritableFile** result) override;
  bool FileExists(const std::string& name) override;
  leveldb::Status GetChildren(const std::string& directory, std::vector<std::string>* result) override;
  leveldb::Status RemoveFile(const std::string& name) override;
  leveldb::Status CreateDir(const std::string& name) override;
  leveldb::Status RemoveDir(const std::string& name) override;
  leveldb::Status GetFileSize(const std::string& name, std::uint64_t* size) override;
  leveldb::Status RenameFile(const std::string& from, const std::string& to) override;
  leveldb::Status LockFile(const std::string& name, leveldb::FileLock** lock) override;
  leveldb::Status UnlockFile(leveldb::FileLock* lock) override;

  struct File {
    std::string bytes;
    std::size_t synced = 0;
  };
  struct Fault {
    std::optional<std::uint64_t> after;  // so many more go well; nullopt: all
    leveldb::Status status;
  };
  // For the files of this system.
  leveldb::Status append(File& file, const leveldb::Slice& data);
  leveldb::Status sync(File& file);
  leveldb::Status read(const File& file, std::uint64_t offset, std::size_t n, leveldb::Slice* result, char* scratch);

 private:
  [[nodiscard]] leveldb::Status dead() const;

  mutable std::mutex mutex_;
  std::map<std::string, std::shared_ptr<File>> files_;
  std::set<std::string> locks_;
  bool killed_ = false;
  std::uint64_t syncs_ = 0;
  std::uint64_t bytes_appended_ = 0;
  std::optional<std::uint64_t> kill_at_;  // the value of syncs_
  bool last_takes_effect_ = false;
  Fault append_fault_;
  Fault sync_fault_;
};

}  // namespace hansard
