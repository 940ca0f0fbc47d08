// tests/log/disks.hpp - the disks that the storage contract is tested on.
#pragma once

#include "log/leveldb_store.hpp"
#include "log/memory_store.hpp"
#include "tests/log/fault_env.hpp"
#include "tests/log/model.hpp"
#include "tests/log/samples.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <unistd.h>
#include <utility>
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

// ---- What tests of a store say again and again --------------------------------------------------------------------

inline void on_every_disk(void (*story)(Disk&)) {
  for (const NamedDisk& named : all_disks()) {
    CAPTURE(named.name);
    const std::unique_ptr<Disk> disk = named.make();
    story(*disk);
  }
}

inline Write appending(std::vector<EntryPtr> entries) {
  Write write;
  write.entries = std::move(entries);
  return write;
}

inline void must_write(Store& store, const Write& write) {
  const auto written = store.write(write);
  if (!written) FAIL(written.error().what);
}

inline std::vector<EntryPtr> must_read(Store& store, Promise after = {}, Promise upto = samples::end,
                                       std::size_t bytes_max = samples::plenty,
                                       std::size_t count_max = samples::plenty) {
  auto entries = store.read(after, upto, bytes_max, count_max);
  if (!entries) FAIL(entries.error().what);
  return *entries;
}

template <class T>
Errc error_of(const Result<T>& result) {
  REQUIRE_FALSE(result);
  return result.error().code;
}

// 1/0, 1/1, a batch 1/2 to 1/4, 2/0, 2/1, 2/2.
inline std::vector<EntryPtr> small_log(samples::Tail& tail) {
  std::vector<EntryPtr> entries{tail.append("government"), tail.append("one")};
  entries.push_back(tail.append("batch", {.kind = Kind::client, .channel = "red", .items = 3}));
  entries.push_back(tail.append_government());
  entries.push_back(tail.append("five", {.kind = Kind::client, .channel = "blue", .items = 1}));
  entries.push_back(tail.append("six", {.kind = Kind::client, .channel = "red", .items = 1}));
  return entries;
}

}  // namespace hansard
