// What the memory disk does beyond the contract of a store (store_test.cpp): it forgets and fails on demand.
#include "log/memory_store.hpp"

#include "tests/log/model.hpp"

#include <doctest/doctest.h>

namespace hansard {
namespace {

using samples::end;
using samples::plenty;
using samples::Random;
using samples::Tail;

std::unique_ptr<Store> open(MemoryDisk& disk) {
  auto store = disk.open("a", {1, 2});
  REQUIRE(store);
  return std::move(*store);
}

Write one(Tail& tail, std::string_view body) {
  Write write;
  write.entries = {tail.append(body)};
  return write;
}

std::size_t count(Store& store) { return store.read({}, end, plenty, plenty)->size(); }

TEST_CASE("memory store: a crash keeps a whole prefix of what was not synced") {
  for (std::size_t kept = 0; kept <= 4; ++kept) {
    CAPTURE(kept);
    MemoryDisk disk;
    Tail tail;
    auto store = open(disk);
    REQUIRE(store->write(one(tail, "durable")));
    disk.hold_syncs(true);
    for (int i = 0; i < 3; ++i) REQUIRE(store->write(one(tail, "held")));
    CHECK(disk.unsynced() == 3);
    CHECK(count(*store) == 4);  // Read while it runs.
    disk.crash(kept);
    CHECK(disk.unsynced() == 0);
    store = open(disk);
    CHECK(count(*store) == 1 + std::min<std::size_t>(kept, 3));
  }
}

TEST_CASE("memory store: a sync makes durable what was held") {
  MemoryDisk disk;
  Tail tail;
  auto store = open(disk);
  disk.hold_syncs(true);
  REQUIRE(store->write(one(tail, "held")));
  REQUIRE(store->write(one(tail, "held")));
  disk.sync();
  CHECK(store->figures().syncs == 1);  // One for both.
  REQUIRE(store->write(one(tail, "lost")));
  disk.crash(0);
  CHECK(count(*open(disk)) == 2);

  // Without holding, the next write takes along what was held before.
  disk.hold_syncs(true);
  store = open(disk);
  Tail from = tail;
  from.last = store->recovered().last;
  REQUIRE(store->write(one(from, "held")));
  disk.hold_syncs(false);
  REQUIRE(store->write(one(from, "not held")));
  disk.crash(0);
  CHECK(count(*open(disk)) == 4);
}

TEST_CASE("memory store: closing is no crash") {
  MemoryDisk disk;
  Tail tail;
  disk.hold_syncs(true);
  REQUIRE(open(disk)->write(one(tail, "held")));
  CHECK(count(*open(disk)) == 1);  // As in the kernel's memory, until the machine goes down.
  disk.crash(0);
  CHECK(count(*open(disk)) == 0);
}

TEST_CASE("memory store: a crash or wipe is the end of the open store") {
  MemoryDisk disk;
  Tail tail;
  auto old = open(disk);
  REQUIRE(old->write(one(tail, "durable")));
  disk.crash(0);
  const auto next = open(disk);  // Though the old one is not destroyed yet.
  CHECK(old->write(one(tail, "late")).error().code == Errc::io);
  CHECK(old->read({}, end, plenty, plenty).error().code == Errc::io);
  CHECK(old->find({1, 0}).error().code == Errc::io);
  CHECK(old->read_last(end, 1, "", plenty).error().code == Errc::io);
  old.reset();
  CHECK(count(*next) == 1);
  CHECK(disk.open("a", {}).error().code == Errc::in_use);
  CHECK(next->recovered().identity.start == 2);
  disk.wipe();
  auto other = disk.open("b", {7, 7});
  REQUIRE(other);
  CHECK((*other)->recovered().identity.cookie == Cookie{7, 7});
  CHECK((*other)->recovered().identity.start == 1);
  CHECK(count(**other) == 0);
}

TEST_CASE("memory store: a copy is refused until it is said to have moved") {
  MemoryDisk disk;
  Tail tail;
  REQUIRE(open(disk)->write(one(tail, "durable")));
  disk.become_copy();
  CHECK(disk.open("a", {}).error().code == Errc::wrong_identity);
  CHECK(disk.open("b", {}, true).error().code == Errc::wrong_identity);
  {
    const auto moved = disk.open("a", {}, true);
    REQUIRE(moved);
    CHECK((*moved)->recovered().identity.start == 2);
    CHECK(count(**moved) == 1);
  }
  CHECK(disk.open("a", {}));  // It is where it was now.
  disk.become_copy();
  disk.wipe();
  CHECK(disk.open("b", {7, 7}));
}

TEST_CASE("memory store: a failed write changes nothing and is the last") {
  MemoryDisk disk;
  Tail tail;
  auto store = open(disk);
  REQUIRE(store->write(one(tail, "one")));
  disk.fail_next_write({Errc::no_space, "the disk is full"});
  const Write write = one(tail, "two");
  CHECK(store->write(write).error().code == Errc::no_space);
  CHECK(store->write(write).error().what == "the disk is full");
  CHECK(count(*store) == 1);
  store.reset();
  store = open(disk);
  CHECK(store->write(write));
  CHECK(count(*store) == 2);
}

TEST_CASE("memory store: a flipped bit is corrupt wherever it is read") {
  MemoryDisk disk;
  Tail tail;
  auto store = open(disk);
  for (int i = 0; i < 5; ++i) REQUIRE(store->write(one(tail, "body")));
  disk.flip_bit({1, 2});
  CHECK(store->read({}, {1, 1}, plenty, plenty)->size() == 2);
  const auto read = store->read({}, end, plenty, plenty);
  REQUIRE_FALSE(read);
  CHECK(read.error().code == Errc::corrupt);
  CHECK(read.error().what.find("1/2") != std::string::npos);
  CHECK(store->find({1, 2}).error().code == Errc::corrupt);
  CHECK(store->find({1, 3}));
  CHECK(store->read_last(end, 2, "", plenty)->size() == 2);
  CHECK(store->read_last(end, 3, "", plenty).error().code == Errc::corrupt);
  disk.crash(0);
  store = open(disk);
  CHECK(store->find({1, 2}).error().code == Errc::corrupt);

  // Written again, it is well.
  Write again;
  again.drop_after = Promise{1, 1};
  tail.last = (*store->find({1, 1}))->position();
  again.entries = {tail.append("again")};
  REQUIRE(store->write(again));
  CHECK(count(*store) == 3);
}

TEST_CASE("memory store: random crashes leave a prefix of the groups") {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    CAPTURE(seed);
    Random random(seed);
    MemoryDisk disk;
    std::vector<samples::Model> after{samples::Model{}};  // the durable one and after each held group
    Tail tail;
    for (int crash = 0; crash < 5; ++crash) {
      auto store = open(disk);
      disk.hold_syncs(true);
      for (int i = 0; i < 20; ++i) {
        const Write write = samples::random_write(random, after.back(), tail);
        REQUIRE(store->write(write));
        after.push_back(after.back());
        after.back().apply(write);
        if (samples::below(random, 5) == 0) {
          disk.sync();
          after = {after.back()};
        }
      }
      const std::size_t kept = samples::below(random, after.size());
      disk.crash(kept);
      store = open(disk);
      CHECK(after[kept].equals(store->recovered(), *store->read({}, end, plenty, plenty)));
      after = {after[kept]};
      if (!after[0].log.empty()) tail.last = after[0].log.back()->position();
      if (!after[0].log.empty()) tail.chain = after[0].log.back()->chain();
    }
  }
}

}  // namespace
}  // namespace hansard
