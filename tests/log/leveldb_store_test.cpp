// What LevelDbStore does beyond the contract of a store (store_test.cpp): what it says when it refuses, what
// it costs, and what becomes of keys. Crashes and damage have their own files.
#include "log/leveldb_store.hpp"

#include "log/leveldb_keys.hpp"
#include "tests/log/disks.hpp"
#include "tests/log/model.hpp"

#include <doctest/doctest.h>
#include <leveldb/db.h>

#include <chrono>
#include <filesystem>
#include <thread>

namespace hansard {
namespace {

using samples::bytes_of;
using samples::end;
using samples::plenty;
using samples::Random;
using samples::Tail;

namespace keys = leveldb_keys;

// LevelDB itself, on the files of a closed store.
class Raw {
 public:
  explicit Raw(OnFaultEnv& disk) {
    leveldb::Options options;
    options.env = &disk.env;
    options.create_if_missing = true;
    leveldb::DB* opened = nullptr;
    REQUIRE(leveldb::DB::Open(options, disk.options.directory, &opened).ok());
    db.reset(opened);
  }
  [[nodiscard]] std::size_t count_entry_keys_before(Promise promise) {
    const std::unique_ptr<leveldb::Iterator> each(db->NewIterator({}));
    std::size_t count = 0;
    for (each->Seek(keys::entry(0, {})); each->Valid() && each->key().ToString() < keys::entry(0, promise);
         each->Next())
      count += 1;
    return count;
  }
  std::unique_ptr<leveldb::DB> db;
};

Write group(Tail& tail, std::size_t entries, std::string_view body = "body") {
  Write write;
  for (std::size_t i = 0; i < entries; ++i) write.entries.push_back(tail.append(body));
  return write;
}

TEST_CASE("leveldb store: says in one line why it does not open") {
  OnRealFiles disk;
  const std::string directory = "directory " + disk.options.directory;
  {
    const auto store = disk.open();
    CHECK(disk.open("a", {}).error().what == directory + " is in use by another process");
  }
  const auto other = disk.open("b", {});
  CHECK(other.error().code == Errc::wrong_identity);
  CHECK(other.error().what == directory + " belongs to islander 'a', not 'b'");
  disk.options.directory += "/none";
  disk.options.create = false;
  const auto none = disk.open("a", {});
  CHECK(none.error().code == Errc::not_found);
  CHECK(none.error().what == directory + "/none holds no log");
  CHECK_FALSE(std::filesystem::exists(disk.options.directory));
}

TEST_CASE("leveldb store: a copy of a directory is refused until it is said to be the only one") {  // protocol 2
  OnRealFiles disk;
  Write write;
  write.promised = 7;
  { REQUIRE(disk.open()->write(write)); }
  OnRealFiles copy;
  std::filesystem::create_directories(std::filesystem::path(copy.options.directory).parent_path());
  std::filesystem::copy(disk.options.directory, copy.options.directory);
  const auto refused = copy.open("a", {});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Errc::wrong_identity);
  CHECK(refused.error().what ==
        "directory " + copy.options.directory + " is a copy; where the original is gone for good, say so with --moved");
  copy.options.moved = true;
  CHECK(copy.open()->recovered().promised == 7);
  copy.options.moved = false;
  CHECK(copy.open()->recovered().promised == 7);
  // Renamed it is still the one it was.
  const std::string elsewhere = disk.options.directory + "-renamed";
  std::filesystem::rename(disk.options.directory, elsewhere);
  disk.options.directory = elsewhere;
  CHECK(disk.open()->recovered().promised == 7);
}

TEST_CASE("leveldb store: another format is unsupported") {
  OnFaultEnv disk;
  disk.open().reset();
  { REQUIRE(Raw(disk).db->Put({}, keys::format(), keys::encode(keys::format_version + 1)).ok()); }
  const auto opened = disk.open("a", {});
  CHECK(opened.error().code == Errc::unsupported);
  CHECK(opened.error().what == "directory data has format 4; this build reads 3");
}

TEST_CASE("leveldb store: a database of somebody else is refused") {
  OnFaultEnv disk;
  { REQUIRE(Raw(disk).db->Put({}, "key", "value").ok()); }
  CHECK(disk.open("a", {}).error().code == Errc::corrupt);
}

TEST_CASE("leveldb store: a directory whose creation a crash cut short is begun again") {
  OnFaultEnv disk;
  for (std::uint64_t sync = 1; sync < 6; ++sync) {
    CAPTURE(sync);
    disk.env.restore({});
    Random random(sync);
    disk.env.kill_at_sync(sync, false);
    REQUIRE_FALSE(disk.open("a", {9, 9}));
    disk.env.crash(random);
    const auto store = disk.open();
    CHECK(store->recovered().identity.cookie == Cookie{1, 2});
  }
}

TEST_CASE("leveldb store: a group costs one sync") {
  OnRealFiles disk;
  const auto store = disk.open();
  Tail tail;
  const std::uint64_t before = store->figures().syncs;
  for (int i = 0; i < 50; ++i) {
    Write write = group(tail, 10);
    write.committed = Committed{tail.last, 1};
    write.promised = 7;
    REQUIRE(store->write(write));
  }
  CHECK(store->figures().syncs == before + 50);
  CHECK(store->figures().groups == 50);
}

TEST_CASE("leveldb store: no byte is written much more than twice") {
  // Once to the write-ahead log, once to a table. Were `committed` one key, or meta keys below the entries, each new
  // table would overlap all others and be merged with them.
  constexpr std::uint64_t seed = 51;
  CAPTURE(seed);
  Random random(seed);
  OnFaultEnv disk;
  const auto store = disk.open();
  Tail tail;
  for (int i = 0; i < 1500; ++i) {
    Write write = group(tail, 1 + samples::below(random, 4), samples::random_bytes(random, 1000));
    write.committed = Committed{tail.last, 1};
    if (i % 3 == 0) {
      Write alone;
      alone.committed = write.committed;
      REQUIRE(store->write(alone));
    }
    if (i % 100 == 0) write.promised = static_cast<std::uint64_t>(i);
    REQUIRE(store->write(write));
  }
  const std::uint64_t written = store->figures().bytes;
  CHECK(written > 3'000'000);
  CHECK(disk.env.bytes_appended() < written * 5 / 2);
}

TEST_CASE("leveldb store: after a full disk it is opened anew and the failed write given again") {
  OnFaultEnv disk;
  auto store = disk.open();
  const std::uint64_t start = store->recovered().identity.start;
  Tail tail;
  REQUIRE(store->write(group(tail, 5)));
  Write failed = group(tail, 5);
  failed.notes["name"] = "value";
  SUBCASE("nothing of it was written") {
    disk.env.fail_appends(1, leveldb::Status::IOError("data/000003.log", "No space left on device"));
  }
  SUBCASE("all of it was written and not synced") {
    disk.env.fail_syncs(1, leveldb::Status::IOError("data/000003.log", "No space left on device"));
  }
  REQUIRE(store->write(failed).error().code == Errc::no_space);
  CHECK_FALSE(store->reopen());
  CHECK_FALSE(store->read({}, end, plenty, plenty));  // there is nothing to read from
  CHECK(store->write(failed).error().code == Errc::no_space);
  disk.env.recover();
  if (const auto opened = store->reopen(); !opened) FAIL(opened.error().what);
  REQUIRE(store->write(failed));
  REQUIRE(store->write(group(tail, 5)));
  CHECK(store->read({}, end, plenty, plenty)->size() == 15);
  store.reset();
  store = disk.open();
  CHECK(store->read({}, end, plenty, plenty)->size() == 15);
  CHECK(store->recovered().notes.at("name") == "value");
  CHECK(store->recovered().identity.start == start + 1);
}

TEST_CASE("leveldb store: the space of what was trimmed comes back") {
  OnRealFiles disk;
  auto store = disk.open();
  Tail tail;
  Random random(1);
  std::string body(100'000, 'x');
  for (std::size_t i = 0; i < 40; ++i) {
    Write write;
    for (std::size_t n = 0; n < 10; ++n) {
      for (char& c : body) c = static_cast<char>(random());  // nothing to compress
      write.entries.push_back(tail.append(body));
    }
    REQUIRE(store->write(write));
  }
  REQUIRE(store->figures().disk_bytes > 20'000'000);
  Write trim;
  trim.trim_before = tail.last.promise;
  REQUIRE(store->write(trim));
  const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (store->figures().disk_bytes > 20'000'000 && std::chrono::steady_clock::now() < patience) {
    if (!store->tidy()) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  CHECK(store->figures().disk_bytes < 20'000'000);
  CHECK(store->read({}, end, plenty, plenty)->size() == 1);
  REQUIRE(store->room());
  CHECK(store->room()->all > store->room()->free);
}

TEST_CASE("leveldb store: a full disk is no_space and reading goes on") {
  OnFaultEnv disk;
  auto store = disk.open();
  Tail tail;
  REQUIRE(store->write(group(tail, 5)));
  Tail before = tail;
  disk.env.fail_appends(1, leveldb::Status::IOError("data/000003.log", "No space left on device"));
  const auto full = store->write(group(tail, 5));
  CHECK(full.error().code == Errc::no_space);
  disk.env.recover();
  CHECK(store->write(group(before, 5)).error().what == full.error().what);  // A torn record could hide a later one.
  CHECK(store->read({}, end, plenty, plenty)->size() == 5);
  store.reset();

  disk.env.fail_appends(1, leveldb::Status::IOError("data/000009.ldb", "No space left on device"));
  CHECK(disk.open("a", {}).error().code == Errc::no_space);
  disk.env.recover();
  store = disk.open();
  CHECK(store->read({}, end, plenty, plenty)->size() == 5);
  Tail again = before;
  again.last = store->recovered().last;
  CHECK(store->write(group(again, 1)));
}

TEST_CASE("leveldb store: after a failed sync nothing is answered") {
  OnFaultEnv disk;
  auto store = disk.open();
  Tail tail;
  REQUIRE(store->write(group(tail, 5)));
  disk.env.fail_syncs(1, leveldb::Status::IOError("data/000003.log", "Input/output error"));
  const auto failed = store->write(group(tail, 1));
  CHECK(failed.error().code == Errc::io);
  disk.env.recover();
  CHECK(store->write({}).error().what == failed.error().what);
  CHECK(store->read({}, end, plenty, plenty).error().what == failed.error().what);
  CHECK(store->find({1, 1}).error().what == failed.error().what);
  CHECK(store->read_last(end, 1, "", plenty).error().what == failed.error().what);
  store.reset();
  CHECK(disk.open()->read({}, end, plenty, plenty)->size() >= 5);
}

TEST_CASE("leveldb store: what is trimmed is deleted bit by bit") {
  OnFaultEnv disk;
  auto store = disk.open();
  Tail tail;
  REQUIRE(store->write(group(tail, 5000)));
  Write trim;
  trim.trim_before = Promise{1, 4000};
  REQUIRE(store->write(trim));
  CHECK(store->read({}, end, plenty, plenty)->size() == 1000);
  store.reset();
  const std::size_t left = Raw(disk).count_entry_keys_before({1, 4000});
  CHECK(left > 1000);
  CHECK(left < 4000);
  store = disk.open();
  CHECK(store->recovered().first == Promise{1, 4000});
  for (int i = 0; i < 5; ++i) REQUIRE(store->write(group(tail, 1)));
  CHECK(store->read({}, end, plenty, plenty)->size() == 1005);
  store.reset();
  CHECK(Raw(disk).count_entry_keys_before({1, 4000}) == 0);
}

TEST_CASE("leveldb store: committed is found far from the end") {
  OnFaultEnv disk;
  disk.options.write_buffer_bytes = std::size_t{4} << 20U;
  auto store = disk.open();
  Tail tail;
  Write write = group(tail, 10);
  write.committed = Committed{tail.last, 3};
  REQUIRE(store->write(write));
  for (int i = 0; i < 7; ++i) REQUIRE(store->write(group(tail, 10'000, "")));
  store.reset();
  store = disk.open();
  CHECK(store->recovered().committed == *write.committed);
}

TEST_CASE("leveldb store: a long log that is begun anew is deleted bit by bit and in no way of what follows") {
  for (const Promise at : {Promise{5, 0}, Promise{1, 30'000}, Promise{1, 2}}) {
    CAPTURE(to_string(at));
    OnFaultEnv disk;
    disk.options.write_buffer_bytes = std::size_t{4} << 20U;
    auto store = disk.open();
    Tail tail;
    for (int i = 0; i < 7; ++i) REQUIRE(store->write(group(tail, 10'000, "")));
    Write anew;
    anew.restart_after = at;
    anew.committed = Committed{{at, 1}, 1};
    REQUIRE(store->write(anew));
    CHECK(store->read({}, end, plenty, plenty)->empty());
    store.reset();
    store = disk.open();
    CHECK(store->recovered().last == Position{});
    CHECK(store->recovered().committed == *anew.committed);
    CHECK(store->find(at).error().code == Errc::trimmed);
    Tail after;
    after.last = {at, 1};
    std::vector<EntryPtr> entries{after.append({at.government, at.entry + 1}, "next")};
    Write write;
    write.entries = entries;
    REQUIRE(store->write(write));
    Write trim;
    trim.trim_before = Promise{at.government, at.entry + 1};  // nothing that is there
    REQUIRE(store->write(trim));
    for (int i = 0; i < 2; ++i) {
      CHECK(bytes_of(*store->read({}, end, plenty, plenty)) == bytes_of(entries));
      CHECK(bytes_of(*store->read_last(end, 9, "", plenty)) == bytes_of(entries));
      CHECK(store->recovered().committed == *anew.committed);
      store.reset();
      store = disk.open();
    }
    for (int i = 0; i < 80; ++i) REQUIRE(store->write({}));
    store.reset();
    CHECK(Raw(disk).count_entry_keys_before({at.government, at.entry + 1}) == 0);
  }
}

TEST_CASE("leveldb store: a long log gives way to a snapshot wherever that is") {
  for (const Promise at : {Promise{5, 0}, Promise{1, 30'000}}) {
    CAPTURE(to_string(at));
    OnFaultEnv disk;
    disk.options.write_buffer_bytes = std::size_t{4} << 20U;
    auto store = disk.open();
    Tail tail;
    for (int i = 0; i < 7; ++i) REQUIRE(store->write(group(tail, 10'000, "")));
    Write drop;
    drop.drop_after = Promise{};
    drop.committed = Committed{{at, 1}, 1};
    REQUIRE(store->write(drop));
    CHECK(store->read({}, end, plenty, plenty)->empty());
    store.reset();
    store = disk.open();
    CHECK(store->recovered().last == Position{});
    CHECK(store->recovered().committed == *drop.committed);
    Tail after;
    after.last = {at, 1};
    const EntryPtr next = after.append({at.government, at.entry + 1}, "next");
    Write write;
    write.entries = {next};
    REQUIRE(store->write(write));
    for (int i = 0; i < 2; ++i) {
      CHECK(bytes_of(*store->read({}, end, plenty, plenty)) == bytes_of({next}));
      CHECK(bytes_of(*store->read_last(end, 9, "", plenty)) == bytes_of({next}));
      store.reset();
      store = disk.open();
    }
    for (int i = 0; i < 10; ++i) REQUIRE(store->write({}));
    store.reset();
    CHECK(Raw(disk).count_entry_keys_before(at) == 0);
  }
}

}  // namespace
}  // namespace hansard
