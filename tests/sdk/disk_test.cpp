#include "sdk/disk.hpp"

#include "log/memory_store.hpp"
#include "tests/log/samples.hpp"
#include "tests/sdk/loop.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <limits>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

using namespace hansard;
using loop::run_until;

namespace {

constexpr std::size_t all = std::numeric_limits<std::size_t>::max();
constexpr Promise end{all, all};

// What happened in the store, in order; writes and reads wait at a gate while it is shut.
class Witness {
 public:
  void shut() {
    const std::lock_guard lock(mutex_);
    open_ = false;
  }
  void open() {
    const std::lock_guard lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }
  void enter(const std::string& what) {
    std::unique_lock lock(mutex_);
    seen_.push_back(what);
    changed_.notify_all();
    changed_.wait(lock, [this] { return open_; });
  }
  void wait_for(const std::string& what) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return std::ranges::find(seen_, what) != seen_.end(); });
  }
  [[nodiscard]] std::vector<std::string> seen() {
    const std::lock_guard lock(mutex_);
    return seen_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> seen_;
  bool open_ = true;
};

// A store in memory that tells a witness.
class WitnessedStore final : public Store {
 public:
  WitnessedStore(std::unique_ptr<Store> store, Witness& witness) : store_(std::move(store)), witness_(witness) {}
  ~WitnessedStore() override { witness_.enter("closed"); }

  const Recovered& recovered() const override { return store_->recovered(); }
  Result<void> write(const Write& write) override {
    witness_.enter("write " + std::to_string(write.id));
    if (full && free < 1'000) return Error{Errc::no_space, "the disk is full"};
    return store_->write(write);
  }
  std::optional<Room> room() const override { return full ? std::optional<Room>({free, 1'000'000'000}) : std::nullopt; }
  bool reopens() const override { return full; }
  Result<void> reopen() override {
    witness_.enter("reopened");
    return {};
  }
  Result<std::vector<EntryPtr>> read(Promise after, Promise upto, std::size_t bytes_max,
                                     std::size_t count_max) override {
    witness_.enter("read " + to_string(after));
    auto read = store_->read(after, upto, bytes_max, count_max);
    if (read) {
      std::size_t bytes = 0;
      for (const EntryPtr& entry : *read) bytes += entry->bytes().size();
      largest_piece = std::max(largest_piece, bytes);
    }
    return read;
  }
  Result<std::vector<EntryPtr>> read_last(Promise upto, std::size_t items, std::string_view channel,
                                          std::size_t bytes_max) override {
    witness_.enter("read_last");
    return store_->read_last(upto, items, channel, bytes_max);
  }
  Result<std::vector<EntryPtr>> read_back(Promise after, Promise upto, std::size_t bytes_max) override {
    witness_.enter("read_back");
    return store_->read_back(after, upto, bytes_max);
  }
  Result<EntryPtr> find(Promise promise) override {
    witness_.enter("find");
    return store_->find(promise);
  }
  StoreFigures figures() const override { return store_->figures(); }

  std::size_t largest_piece = 0;
  bool full = false;  // it may be; set before it is used
  std::atomic<std::uint64_t> free = 0;

 private:
  std::unique_ptr<Store> store_;
  Witness& witness_;
};

struct Bench {
  explicit Bench(DiskSettings settings = {}) {
    auto opened = platter.open("a", {1, 1});
    REQUIRE(opened);
    auto witnessed = std::make_unique<WitnessedStore>(std::move(*opened), witness);
    store = witnessed.get();
    disk.emplace(io, std::move(witnessed), settings,
                 Disk::Handlers{[this](std::uint64_t id) { written.push_back(id); },
                                [this](const Error& error) { failures.push_back(error.what); },
                                [this](bool has_room) { rooms.push_back(has_room); }});
  }
  ~Bench() { witness.open(); }

  Write& group(std::size_t entries, std::size_t body_bytes = 10) {
    auto& write = writes.emplace_back(std::make_unique<Write>());
    write->id = writes.size();
    const std::string body(body_bytes, 'x');
    for (std::size_t i = 0; i < entries; ++i) {
      write->entries.push_back(
          log.append(body, {.kind = Kind::client, .channel = made++ % 5 == 0 ? "c" : "", .items = 1}));
    }
    return *write;
  }
  void fill(std::size_t entries, std::size_t body_bytes = 10) {
    disk->write(&group(entries, body_bytes));
    REQUIRE(run_until(io, [this] { return !disk->writing(); }));
    if (auto opened = twin_platter.open("a", {1, 1})) twin = std::move(*opened);
    REQUIRE(twin->write(*writes.back()));
  }
  // Keeps results in the order in which they were asked for.
  ReadHandler keep() {
    const std::size_t index = asked++;
    return [this, index](Result<std::vector<EntryPtr>> result) {
      order.push_back(index);
      reads.insert_or_assign(index, std::move(result));
    };
  }

  boost::asio::io_context io;
  Witness witness;
  MemoryDisk platter;
  MemoryDisk twin_platter;
  std::unique_ptr<Store> twin;  // holds the same, for comparison
  samples::Tail log;
  std::size_t made = 0;
  std::vector<std::unique_ptr<Write>> writes;
  std::vector<std::uint64_t> written;
  std::vector<std::string> failures;
  std::vector<bool> rooms;  // as told
  std::size_t asked = 0;
  std::vector<std::size_t> order;  // in which they ended
  std::map<std::size_t, Result<std::vector<EntryPtr>>> reads;
  WitnessedStore* store = nullptr;
  std::optional<Disk> disk;
};

}  // namespace

TEST_CASE("disk: a write is reported once it is done and what it wrote is read back") {
  Bench bench;
  bench.fill(3);
  CHECK(bench.written == std::vector<std::uint64_t>{1});
  CHECK(bench.disk->figures().groups == 1);
  CHECK(bench.disk->read({1, 0}, end, all, all, false, bench.keep()));
  CHECK(bench.disk->find({1, 1}, bench.keep()));
  CHECK(bench.disk->find({7, 1}, bench.keep()));
  CHECK(bench.reads.empty());
  REQUIRE(run_until(bench.io, [&] { return bench.reads.size() == 3; }));
  CHECK(bench.reads.at(0)->size() == 2);
  REQUIRE(bench.reads.at(1)->size() == 1);
  CHECK(bench.reads.at(1)->front()->last() == Promise{1, 1});
  REQUIRE_FALSE(bench.reads.at(2));
  CHECK(bench.reads.at(2).error().code == Errc::not_found);
}

TEST_CASE("disk: a write goes before reads that wait and between the pieces of one that has begun") {
  DiskSettings settings;
  settings.piece_bytes = 1'000;
  Bench bench(settings);
  bench.fill(50, 100);
  bench.witness.shut();
  CHECK(bench.disk->read({0, 0}, end, all, all, false, bench.keep()));
  bench.witness.wait_for("read 0/0");
  CHECK(bench.disk->read({1, 40}, end, all, all, false, bench.keep()));
  bench.disk->write(&bench.group(1));
  bench.witness.open();
  REQUIRE(run_until(bench.io, [&] { return bench.reads.size() == 2 && bench.written.size() == 2; }));
  const auto seen = bench.witness.seen();
  CHECK(seen[0] == "write 1");
  CHECK(seen[1] == "read 0/0");
  CHECK(seen[2] == "write 2");
  CHECK(bench.store->largest_piece <= 1'000);
  // Both reads are whole, and the short one did not wait for all of the long one.
  CHECK(bench.reads.at(0)->size() == 51);
  CHECK(bench.reads.at(1)->size() == 10);
  CHECK(bench.order == std::vector<std::size_t>{1, 0});
}

TEST_CASE("disk: reads in pieces keep to the bounds of one read") {
  DiskSettings settings;
  settings.piece_bytes = 700;
  settings.piece_entries = 4;
  Bench bench(settings);
  bench.fill(40, 100);
  const auto expect = [&](Promise after, Promise upto, std::size_t bytes, std::size_t count) {
    CAPTURE(to_string(after));
    CAPTURE(bytes);
    CAPTURE(count);
    bench.asked = 0;
    bench.reads.clear();
    CHECK(bench.disk->read(after, upto, bytes, count, false, bench.keep()));
    REQUIRE(run_until(bench.io, [&] { return bench.reads.size() == 1; }));
    const auto once = bench.twin->read(after, upto, bytes, count);
    REQUIRE(once);
    CHECK(*bench.reads.at(0) == *once);
  };
  const std::size_t one = bench.writes[0]->entries[1]->bytes().size();
  for (const std::size_t bytes : {std::size_t{1}, one, one * 3 - 1, one * 3, one * 20 + 5, all}) {
    for (const std::size_t count : {std::size_t{1}, std::size_t{5}, std::size_t{8}, all}) {
      expect({0, 0}, end, bytes, count);
      expect({1, 7}, end, bytes, count);
      expect({1, 7}, {1, 20}, bytes, count);
      expect({1, 39}, end, bytes, count);
    }
  }
}

TEST_CASE("disk: the newest entries are found in pieces and by channel") {
  DiskSettings settings;
  settings.piece_bytes = 1'000;
  Bench bench(settings);
  bench.fill(60, 100);
  for (const char* channel : {"", "c", "nobody"}) {
    for (const std::size_t items : {1U, 7U, 1'000U}) {
      for (const std::size_t bytes : {std::size_t{1}, std::size_t{1'234}, all}) {
        CAPTURE(channel);
        CAPTURE(items);
        CAPTURE(bytes);
        bench.asked = 0;
        bench.reads.clear();
        CHECK(bench.disk->read_last({1, 55}, items, channel, bytes, bench.keep()));
        REQUIRE(run_until(bench.io, [&] { return bench.reads.size() == 1; }));
        const auto once = bench.twin->read_last({1, 55}, items, channel, bytes);
        REQUIRE(once);
        REQUIRE(bench.reads.at(0));
        CHECK(*bench.reads.at(0) == *once);
      }
    }
  }
}

TEST_CASE("disk: a log is read backwards in pieces as at once") {
  DiskSettings settings;
  settings.piece_bytes = 1'000;
  Bench bench(settings);
  bench.fill(60, 100);
  for (const Promise after : {Promise{}, Promise{1, 20}, Promise{1, 55}}) {
    for (const std::size_t bytes : {std::size_t{1}, std::size_t{1'234}, std::size_t{3'000}, all}) {
      CAPTURE(bytes);
      bench.asked = 0;
      bench.reads.clear();
      bench.disk->read_back(after, {1, 55}, bytes, bench.keep());
      REQUIRE(run_until(bench.io, [&] { return bench.reads.size() == 1; }));
      const auto once = bench.twin->read_back(after, {1, 55}, bytes);
      REQUIRE(once);
      REQUIRE(bench.reads.at(0));
      CHECK(*bench.reads.at(0) == *once);
    }
  }
}

TEST_CASE("disk: the core's own reads go before those of clients and are never refused") {
  DiskSettings settings;
  settings.reads_max = 2;
  Bench bench(settings);
  bench.fill(5);
  bench.witness.shut();
  CHECK(bench.disk->read({1, 1}, {1, 4}, all, all, false, bench.keep()));
  bench.witness.wait_for("read 1/1");
  CHECK(bench.disk->read({1, 2}, {1, 4}, all, all, false, bench.keep()));
  CHECK_FALSE(bench.disk->read({1, 3}, {1, 4}, all, all, false, bench.keep()));
  CHECK_FALSE(bench.disk->find({1, 3}, bench.keep()));
  CHECK(bench.disk->read({1, 4}, {1, 4}, all, all, true, bench.keep()));
  bench.witness.open();
  REQUIRE(run_until(bench.io, [&] { return bench.reads.size() == 3; }));
  CHECK(bench.witness.seen() == std::vector<std::string>{"write 1", "read 1/1", "read 1/4", "read 1/2"});
  CHECK(bench.disk->read({1, 3}, {1, 4}, all, all, false, bench.keep()));
}

TEST_CASE("disk: a write that finds no room is given again until there is some") {
  DiskSettings settings;
  settings.reserve_bytes = 100'000'000;
  Bench bench(settings);
  bench.store->full = true;
  bench.disk->write(&bench.group(3));
  REQUIRE(run_until(bench.io, [&] { return !bench.rooms.empty(); }));
  CHECK(bench.rooms == std::vector<bool>{false});
  CHECK(bench.disk->read({0, 0}, end, all, all, false, bench.keep()));  // reads go on
  REQUIRE(run_until(bench.io, [&] { return bench.reads.size() == 1; }));
  CHECK(bench.reads.at(0)->empty());
  CHECK(bench.disk->writing());
  bench.store->free = 50'000'000;  // enough to go on, and less than what is kept
  REQUIRE(run_until(bench.io, [&] { return !bench.disk->writing(); }));
  CHECK(bench.written == std::vector<std::uint64_t>{1});
  CHECK(bench.rooms == std::vector<bool>{false});
  bench.store->free = 124'000'000;  // not yet so much more that it is not at the edge
  bench.disk->write(&bench.group(1));
  REQUIRE(run_until(bench.io, [&] { return !bench.disk->writing(); }));
  CHECK(bench.rooms == std::vector<bool>{false});
  bench.store->free = 125'000'000;
  REQUIRE(run_until(bench.io, [&] { return bench.rooms.size() == 2; }));  // without another write
  CHECK(bench.rooms.back());
  bench.store->free = 99'000'000;
  bench.disk->write(&bench.group(1));
  REQUIRE(run_until(bench.io, [&] { return bench.rooms.size() == 3; }));
  CHECK(bench.written.size() == 3);
  CHECK(bench.failures.empty());
}

TEST_CASE("disk: one that waits for room can be closed") {
  Bench bench;
  bench.store->full = true;
  bench.disk->write(&bench.group(3));
  REQUIRE(run_until(bench.io, [&] { return !bench.rooms.empty(); }));
  bool closed = false;
  bench.disk->close([&] { closed = true; });
  REQUIRE(run_until(bench.io, [&] { return closed; }));
  CHECK(bench.written.empty());
}

TEST_CASE("disk: the first failure is told once and nothing is done after it") {
  Bench bench;
  bench.fill(2);
  bench.platter.fail_next_write({Errc::no_space, "the disk is full"});
  bench.witness.shut();
  bench.disk->write(&bench.group(1));
  bench.witness.wait_for("write 2");
  CHECK(bench.disk->read({1, 0}, end, all, all, false, bench.keep()));
  bench.witness.open();
  REQUIRE(run_until(bench.io, [&] { return bench.reads.size() == 1 && !bench.failures.empty(); }));
  CHECK(bench.failures == std::vector<std::string>{"the disk is full"});
  CHECK(bench.written == std::vector<std::uint64_t>{1});
  REQUIRE_FALSE(bench.reads.at(0));
  CHECK(bench.reads.at(0).error().what == "the disk is full");
  bool closed = false;
  bench.disk->close([&] { closed = true; });
  REQUIRE(run_until(bench.io, [&] { return closed; }));
  CHECK(bench.failures.size() == 1);
  CHECK(bench.witness.seen() == std::vector<std::string>{"write 1", "write 2", "closed"});
}

TEST_CASE("disk: closing finishes the write under way and ends the reads that wait") {
  Bench bench;
  bench.witness.shut();
  bench.disk->write(&bench.group(2));
  bench.witness.wait_for("write 1");
  CHECK(bench.disk->read({0, 0}, end, all, all, false, bench.keep()));
  bool closed = false;
  bench.disk->close([&] {
    closed = true;
    CHECK(bench.written.size() == 1);
    CHECK(bench.reads.size() == 1);
  });
  bench.witness.open();
  REQUIRE(run_until(bench.io, [&] { return closed; }));
  REQUIRE_FALSE(bench.reads.at(0));
  CHECK(bench.reads.at(0).error().what == "the log of this islander is closed");
  CHECK(bench.witness.seen() == std::vector<std::string>{"write 1", "closed"});
  const auto again = bench.platter.open("a", {1, 1});
  REQUIRE(again);
  CHECK((*again)->recovered().last.promise == Promise{1, 1});
}

TEST_CASE("disk: one that goes away finishes the write under way and calls nobody") {
  Bench bench;
  bench.witness.shut();
  bench.disk->write(&bench.group(2));
  bench.witness.wait_for("write 1");
  CHECK(bench.disk->read({0, 0}, end, all, all, false, bench.keep()));
  bench.witness.open();
  bench.disk.reset();
  bench.io.restart();
  bench.io.run();
  CHECK(bench.written.empty());
  CHECK(bench.reads.empty());
  const auto again = bench.platter.open("a", {1, 1});
  REQUIRE(again);
  CHECK((*again)->recovered().last.promise == Promise{1, 1});
}

TEST_CASE("disk: an io_context does not end while an answer is to come") {
  Bench bench;
  bench.disk->write(&bench.group(1));
  bench.io.run();
  CHECK(bench.written.size() == 1);
  CHECK(bench.disk->read({0, 0}, end, all, all, false, bench.keep()));
  bench.io.restart();
  bench.io.run();
  CHECK(bench.reads.size() == 1);
}
