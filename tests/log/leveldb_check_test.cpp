// Whatever bit is flipped on the disk: nothing wrong is ever served, and nothing is lost in silence.
#include "tests/log/disks.hpp"
#include "tests/log/model.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <vector>

namespace hansard {
namespace {

using samples::bytes_of;
using samples::end;
using samples::plenty;
using samples::Random;
using samples::Tail;

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

// A closed store of some tables and a write-ahead log, and what was written to it.
struct Written {
  explicit Written(std::size_t groups = 60, std::size_t body_bytes = 1500) {
    Random random(41);
    Tail tail;
    std::unique_ptr<Store> store = disk.open();
    for (std::size_t i = 0; i < groups; ++i) {
      if (i == groups * 3 / 4) {  // What follows stays in the write-ahead log.
        store.reset();
        disk.options.write_buffer_bytes = std::size_t{16} << 20U;
        store = disk.open();
      }
      Write write;
      write.entries = samples::random_entries(tail, random, 1 + i % 3, body_bytes);
      write.committed = Committed{tail.last, 1};
      write.notes["n"] = std::to_string(i);
      REQUIRE(store->write(write));
      for (const EntryPtr& entry : write.entries) entries.push_back(entry);
      last_group = write.entries.size();
    }
    store.reset();
    image = disk.env.image();
    for (const auto& [name, bytes] : image) files.push_back(name);
  }

  [[nodiscard]] std::vector<std::string> named(const std::string& part) const {
    std::vector<std::string> found;
    for (const std::string& file : files) {
      if (contains(file, part)) found.push_back(file);
    }
    return found;
  }

  OnFaultEnv disk;
  FaultEnv::Image image;
  std::vector<std::string> files;
  std::vector<EntryPtr> entries;
  std::size_t last_group = 0;
};

// The promise asked for, or of an entry after it.
bool names_promise_from(Promise after, const std::string& what, const std::vector<EntryPtr>& entries) {
  if (contains(what, ' ' + to_string(after) + ':')) return true;
  return std::any_of(entries.begin(), entries.end(), [&](const EntryPtr& entry) {
    return entry->last() > after && contains(what, ' ' + to_string(entry->last()) + ':');
  });
}

enum class Outcome { refused, corrupt_read, cut, unharmed };

// Opens and reads all, and holds the outcome against what was written.
Outcome outcome(Written& written) {
  const auto opened = written.disk.open("a", {1, 2});
  if (!opened) {
    CAPTURE(opened.error().what);
    CHECK(opened.error().code == Errc::corrupt);
    CHECK(contains(opened.error().what, "data"));
    return Outcome::refused;
  }
  Store& store = **opened;
  std::vector<EntryPtr> entries;
  for (Promise after; true; after = entries.back()->last()) {
    const auto read = store.read(after, end, 20'000, plenty);
    if (!read) {
      CAPTURE(read.error().what);
      CHECK(read.error().code == Errc::corrupt);
      CHECK(contains(read.error().what, ".ldb"));
      CHECK(names_promise_from(after, read.error().what, written.entries));
      return Outcome::corrupt_read;
    }
    if (read->empty()) break;
    entries.insert(entries.end(), read->begin(), read->end());
  }
  const auto served = bytes_of(entries);
  const auto all = bytes_of(written.entries);
  if (served == all) return Outcome::unharmed;
  const std::vector<EntryPtr> without_last(written.entries.begin(),
                                           written.entries.end() - static_cast<std::ptrdiff_t>(written.last_group));
  CHECK(served == bytes_of(without_last));
  REQUIRE(store.recovered().remarks.size() == 1);
  CHECK(contains(store.recovered().remarks[0], ".log"));
  CHECK(contains(store.recovered().remarks[0], to_string(without_last.back()->last())));
  CHECK(store.recovered().last == without_last.back()->position());
  return Outcome::cut;
}

TEST_CASE("leveldb check: a flipped bit anywhere is refused or read as corrupt or cut with a remark") {
  constexpr std::uint64_t seed = 42;
  CAPTURE(seed);
  Random random(seed);
  Written written;
  std::map<Outcome, int> outcomes;
  for (const std::string& file : written.files) {
    CAPTURE(file);
    const std::size_t size = written.image.at(file).size();
    for (std::size_t at = 0; at < size; at += 1 + size / 600) {
      CAPTURE(at);
      written.disk.env.restore(written.image);
      written.disk.env.flip_bit(file, at * 8 + samples::below(random, 8));
      outcomes[outcome(written)] += 1;
    }
  }
  CHECK(written.named(".ldb").size() >= 2);
  CHECK(outcomes[Outcome::refused] > 50);
  CHECK(outcomes[Outcome::corrupt_read] > 50);
  CHECK(outcomes[Outcome::cut] > 0);
}

TEST_CASE("leveldb check: every bit of the last records of a write-ahead log") {
  Written written(4, 10);
  const std::string log = written.named(".log").back();
  const std::size_t size = written.image.at(log).size();
  std::map<Outcome, int> outcomes;
  for (std::size_t bit = 0; bit < size * 8; ++bit) {
    CAPTURE(bit);
    written.disk.env.restore(written.image);
    written.disk.env.flip_bit(log, bit);
    const Outcome found = outcome(written);
    CHECK(found != Outcome::unharmed);
    outcomes[found] += 1;
  }
  CHECK(outcomes[Outcome::refused] > 100);
  CHECK(outcomes[Outcome::cut] > 100);
}

TEST_CASE("leveldb check: a write-ahead log that ends early loses only its last group and says so") {
  Written written(4, 10);
  const std::string log = written.named(".log").back();
  const std::size_t size = written.image.at(log).size();
  for (std::size_t cut = 1; cut < 40; ++cut) {
    written.disk.env.restore(written.image);
    written.disk.env.truncate(log, size - cut);
    CHECK(outcome(written) == Outcome::cut);
    // It was mended: the next start has nothing to remark.
    const auto store = written.disk.open();
    CHECK(store->recovered().remarks.empty());
  }
}

TEST_CASE("leveldb check: two bits in tables name the first") {
  Written written;
  const auto tables = written.named(".ldb");
  for (const std::string& table : tables) written.disk.env.flip_bit(table, 800);
  const auto opened = written.disk.open("a", {1, 2});
  const std::string what = opened ? (*opened)->read({}, end, plenty, plenty).error().what : opened.error().what;
  CAPTURE(what);
  CHECK(std::any_of(tables.begin(), tables.end(), [&](const std::string& table) { return contains(what, table); }));
}

TEST_CASE("leveldb check: a missing or shortened file is refused") {
  Written written;
  for (const std::string& file : written.files) {
    CAPTURE(file);
    written.disk.env.restore(written.image);
    written.disk.env.remove(file);
    CHECK(outcome(written) == Outcome::refused);
    if (contains(file, ".log")) continue;  // A short one has lost its last group: see above.
    written.disk.env.restore(written.image);
    written.disk.env.truncate(file, written.image.at(file).size() / 2);
    const Outcome shortened = outcome(written);
    CHECK((shortened == Outcome::refused || shortened == Outcome::corrupt_read));
  }
}

TEST_CASE("leveldb check: without CURRENT a directory that held something is not begun anew") {
  Written written;
  written.disk.env.remove("data/CURRENT");
  const FaultEnv::Image before = written.disk.env.image();
  for (const bool create : {true, false}) {
    written.disk.options.create = create;
    const auto opened = written.disk.open("a", {1, 2});
    REQUIRE_FALSE(opened);
    CHECK(opened.error().code == Errc::corrupt);
    CHECK(contains(opened.error().what, "CURRENT"));
  }
  CHECK(written.disk.env.image() == before);
}

TEST_CASE("leveldb check: a last edit of MANIFEST that only looks torn is refused") {
  Written written;
  const std::string manifest = written.named("MANIFEST").back();
  const std::string& bytes = written.image.at(manifest);
  std::size_t last = 0;  // Where the last record begins: records of a small MANIFEST do not cross a block.
  for (std::size_t at = 0; at + 7 < bytes.size();) {
    last = at;
    at += 7 + static_cast<unsigned char>(bytes[at + 4]) + 256U * static_cast<unsigned char>(bytes[at + 5]);
  }
  written.disk.env.flip_bit(manifest, (last + 5) * 8 + 6);  // Its length, by 16 KiB: LevelDB takes it for torn.
  CHECK(outcome(written) == Outcome::refused);
}

TEST_CASE("leveldb check: a write-ahead log that is missing between others is refused") {
  // As left by a crash just after one was full: LevelDB has begun the next and not yet made a table of it.
  OnFaultEnv disk;
  disk.open().reset();
  const auto begin = disk.env.image();
  const std::string first = "data/000003.log";
  REQUIRE(begin.contains(first));
  Tail tail;
  std::vector<std::string> logs;  // The log of each run, as it was at its end.
  for (int i = 0; i < 3; ++i) {
    const auto store = disk.open();
    Write write;
    for (int k = 0; k < 3; ++k) write.entries.push_back(tail.append("body"));
    REQUIRE(store->write(write));
    for (const auto& [name, bytes] : disk.env.image()) {
      if (contains(name, ".log")) logs.push_back(bytes);
    }
  }
  REQUIRE(logs.size() == 3);
  FaultEnv::Image together = begin;
  for (std::size_t i = 0; i < logs.size(); ++i) together["data/00001" + std::to_string(i) + ".log"] = logs[i];
  disk.env.restore(together);
  CHECK(disk.open()->read({}, end, plenty, plenty)->size() == 9);
  together.erase("data/000011.log");
  disk.env.restore(together);
  const auto opened = disk.open("a", {1, 2});
  REQUIRE_FALSE(opened);
  CHECK(opened.error().code == Errc::corrupt);
  CHECK(contains(opened.error().what, "000012.log"));
  CHECK(contains(opened.error().what, "1/2"));
}

}  // namespace
}  // namespace hansard
