// tests/log/disks.hpp - the disks that the storage contract is tested on.
#pragma once

#include "log/leveldb_store.hpp"
#include "log/memory_store.hpp"
#include "tests/log/fault_env.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <unistd.h>
#include <vector>

namespace hansard {

// A place that one store at a time is opened on.
class Disk {
 public:
  Disk() = default;
  Disk(const Disk&) = delete;
  Disk& operator=(const Disk&) = delete;
  virtual ~Disk() = default;
  [[nodiscard]] virtual Result<std::unique_ptr<Store>> open(const std::string& id, Cookie fresh_cookie) = 0;

  // Of islander "a"; the test fails where it does not open.
  [[nodiscard]] std::unique_ptr<Store> open() {
    auto store = open("a", {1, 2});
    if (!store) FAIL(store.error().what);
    return std::move(*store);
  }
};

class InMemory : public Disk {
 public:
  using Disk::open;
  [[nodiscard]] Result<std::unique_ptr<Store>> open(const std::string& id, Cookie fresh_cookie) override {
    return disk.open(id, fresh_cookie);
  }
  MemoryDisk disk;
};

// LevelDB on a file system in memory.
class OnFaultEnv : public Disk {
 public:
  using Disk::open;
  [[nodiscard]] Result<std::unique_ptr<Store>> open(const std::string& id, Cookie fresh_cookie) override {
    options.id = id;
    options.fresh_cookie = fresh_cookie;
    options.env = &env;
    return open_leveldb_store(options);
  }
  FaultEnv env;
  LevelDbOptions options{
      .directory = "data", .id = {}, .fresh_cookie = {}, .write_buffer_bytes = std::size_t{64} << 10U};
};

// A directory of the real file system, removed afterwards.
class TemporaryDirectory {
 public:
  TemporaryDirectory() {
    std::string name = (std::filesystem::temp_directory_path() / "hansard-log-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  ~TemporaryDirectory() { std::filesystem::remove_all(path_); }
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

class OnRealFiles : public Disk {
 public:
  using Disk::open;
  [[nodiscard]] Result<std::unique_ptr<Store>> open(const std::string& id, Cookie fresh_cookie) override {
    options.id = id;
    options.fresh_cookie = fresh_cookie;
    return open_leveldb_store(options);
  }
  TemporaryDirectory temporary;
  LevelDbOptions options{.directory = temporary.path() + "/islands/a", .id = {}, .fresh_cookie = {}};
};

struct NamedDisk {
  const char* name;
  std::function<std::unique_ptr<Disk>()> make;
};

inline const std::vector<NamedDisk>& all_disks() {
  static const std::vector<NamedDisk> disks = {
      {"memory", [] { return std::make_unique<InMemory>(); }},
      {"leveldb in memory", [] { return std::make_unique<OnFaultEnv>(); }},
      {"leveldb", [] { return std::make_unique<OnRealFiles>(); }},
  };
  return disks;
}

}  // namespace hansard
