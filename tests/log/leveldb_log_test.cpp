// A crash at any moment leaves the groups whose write returned and perhaps, whole, the one under way.
#include "tests/log/disks.hpp"
#include "tests/log/model.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <map>
#include <vector>

namespace hansard {
namespace {

using samples::end;
using samples::Model;
using samples::plenty;
using samples::Random;
using samples::Tail;

// What came of writing until the process was killed.
struct Life {
  Model durable;               // after the last write that returned
  std::optional<Model> maybe;  // with the one under way
  Tail tail;
  std::uint64_t start = 0;
};

// Opens and writes up to `groups` groups, or until the process is killed.
void live(OnFaultEnv& disk, Random& random, Life& life, int groups, std::size_t body_bytes_max) {
  const auto store = disk.open("a", {1, 2});
  if (!store) {
    REQUIRE(disk.env.is_killed());
    return;
  }
  CHECK((*store)->recovered().identity.start > life.start);
  life.start = (*store)->recovered().identity.start;
  for (int i = 0; i < groups; ++i) {
    Tail tail = life.tail;
    const Write write = samples::random_write(random, life.durable, tail, body_bytes_max);
    Model next = life.durable;
    next.apply(write);
    if (!(*store)->write(write)) {
      REQUIRE(disk.env.is_killed());
      life.maybe = next;
      life.tail = tail;
      return;
    }
    life.durable = next;
    life.tail = tail;
  }
}

// Opens after a crash, checks what is there, and makes it the durable state of the next life.
void check_recovery(OnFaultEnv& disk, Life& life) {
  const auto store = disk.open();
  const auto entries = store->read({}, end, plenty, plenty);
  REQUIRE(entries);
  const Recovered& found = store->recovered();
  CHECK(found.identity.start > life.start);
  life.start = found.identity.start;
  const bool is_durable = life.durable.equals(found, *entries);
  const bool is_with_maybe = life.maybe && life.maybe->equals(found, *entries);
  if (!is_durable) REQUIRE(is_with_maybe);
  if (is_with_maybe) life.durable = *life.maybe;
  life.maybe.reset();
  if (life.durable.log.empty()) {
    life.tail.last.promise = std::max(life.durable.floor, life.tail.last.promise);
  } else {
    life.tail.last = life.durable.log.back()->position();
    life.tail.chain = life.durable.log.back()->chain();
  }
}

TEST_CASE("leveldb log: survives a crash at every sync of a run") {
  constexpr std::uint64_t seed = 31;
  CAPTURE(seed);
  for (const bool takes_effect : {false, true}) {
    CAPTURE(takes_effect);
    bool was_killed = true;
    for (std::uint64_t at = 1; was_killed; ++at) {
      CAPTURE(at);
      Random random(seed);
      OnFaultEnv disk;
      Life life;
      disk.env.kill_at_sync(at, takes_effect);
      live(disk, random, life, 40, 4000);  // Some 10 tables are made meanwhile.
      was_killed = disk.env.is_killed();
      disk.env.crash(random);
      check_recovery(disk, life);
      if (!was_killed) CHECK(at > 40);
    }
  }
}

TEST_CASE("leveldb log: survives crashes again and again") {
  for (std::uint64_t seed = 100; seed < 130; ++seed) {
    CAPTURE(seed);
    Random random(seed);
    OnFaultEnv disk;
    Life life;
    for (int crash = 0; crash < 8; ++crash) {
      CAPTURE(crash);
      disk.env.kill_at_sync(1 + samples::below(random, 25), samples::below(random, 2) == 0);
      live(disk, random, life, 60, samples::below(random, 4) == 0 ? 20'000 : 300);
      disk.env.crash(random);
      check_recovery(disk, life);
    }
  }
}

std::map<std::string, std::uintmax_t> files_in(const std::string& directory) {
  std::map<std::string, std::uintmax_t> sizes;
  for (const auto& file : std::filesystem::directory_iterator(directory)) {
    std::error_code is_gone;
    sizes[file.path().filename()] = std::filesystem::file_size(file.path(), is_gone);
  }
  return sizes;
}

// False: LevelDB, which merges and deletes tables in its own time, did so meanwhile.
bool copy_at_rest(const std::string& from, const std::string& to) {
  std::filesystem::remove_all(to);
  std::filesystem::create_directories(to);
  const auto before = files_in(from);
  for (const auto& [name, size] : before) {
    std::error_code is_gone;
    std::filesystem::copy(from + '/' + name, to, is_gone);
  }
  return files_in(from) == before && files_in(to) == before;
}

// What kill -9 leaves is what the files hold while the process runs.
TEST_CASE("leveldb log: held files hold every synced group and nothing else") {
  constexpr std::uint64_t seed = 33;
  CAPTURE(seed);
  Random random(seed);
  OnRealFiles disk;
  disk.options.hold_unsynced = true;
  disk.options.write_buffer_bytes = std::size_t{64} << 10U;
  auto store = disk.open();
  Model model;
  Tail tail;
  for (int i = 0; i < 40; ++i) {
    const Write write = samples::random_write(random, model, tail, 8000);
    REQUIRE(store->write(write));
    model.apply(write);
    if (i % 4 != 0) continue;
    OnRealFiles copy;
    copy.options.moved = true;
    while (!copy_at_rest(disk.options.directory, copy.options.directory)) {
    }
    const auto opened = copy.open();
    const auto entries = opened->read({}, end, plenty, plenty);
    REQUIRE(entries);
    CHECK(model.equals(opened->recovered(), *entries));
  }
}

}  // namespace
}  // namespace hansard
