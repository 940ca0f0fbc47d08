#include "log/leveldb_wal.hpp"

#include "tests/log/fault_env.hpp"
#include "tests/log/samples.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <vector>

namespace hansard {
namespace {

using samples::Random;

constexpr std::size_t block_bytes = 32768;

void put_little_endian(std::string& out, std::uint64_t value, int bytes) {
  for (int i = 0; i < bytes; ++i) out.push_back(static_cast<char>(value >> (8 * i)));
}

// Writes as LevelDB's log::Writer does; `ends` are where records end.
std::string written(const std::vector<std::string>& records, std::vector<std::size_t>* ends = nullptr) {
  std::string file;
  for (const std::string& record : records) {
    std::size_t at = 0;
    bool is_first = true;
    do {
      const std::size_t left = block_bytes - file.size() % block_bytes;
      if (left < 7) file.append(left, '\0');
      const std::size_t room = block_bytes - file.size() % block_bytes - 7;
      const std::size_t size = std::min(room, record.size() - at);
      const bool is_last = at + size == record.size();
      std::string checked(1, static_cast<char>(is_first ? (is_last ? 1 : 2) : (is_last ? 4 : 3)));
      checked += record.substr(at, size);
      const std::uint32_t crc = crc32c(checked);
      put_little_endian(file, ((crc >> 15U) | (crc << 17U)) + 0xa282ead8U, 4);
      put_little_endian(file, size, 2);
      file += checked;
      at += size;
      is_first = false;
    } while (at < record.size());
    if (ends != nullptr) ends->push_back(file.size());
  }
  return file;
}

class Scanned {
 public:
  explicit Scanned(const std::string& bytes) {
    FaultEnv env;
    env.restore({{"f/1.log", bytes}});
    const auto result = scan_wal(env, "f/1.log", [&](std::string_view record) { records.emplace_back(record); });
    REQUIRE(result);
    scan = *result;
    CHECK(scan.file_bytes == bytes.size());
    CHECK(scan.records == records.size());
  }
  WalScan scan;
  std::vector<std::string> records;
};

std::vector<std::string> random_records(Random& random, std::size_t count, std::size_t bytes_max) {
  std::vector<std::string> records;
  for (std::size_t i = 0; i < count; ++i) {
    records.push_back(samples::random_bytes(random, samples::below(random, bytes_max)));
  }
  return records;
}

TEST_CASE("wal: crc32c is Castagnoli's") {
  CHECK(crc32c("123456789") == 0xe3069283U);
  CHECK(crc32c("") == 0);
}

TEST_CASE("wal: whole records are all read") {
  constexpr std::uint64_t seed = 21;
  CAPTURE(seed);
  Random random(seed);
  for (const std::size_t bytes_max : {std::size_t{10}, std::size_t{3000}, std::size_t{100'000}}) {
    const auto records = random_records(random, 60, bytes_max);
    const std::string file = written(records);
    const Scanned scanned(file);
    CHECK(scanned.records == records);
    CHECK_FALSE(scanned.scan.damaged);
    CHECK(scanned.scan.whole_bytes == file.size());
  }
  CHECK(Scanned("").records.empty());
  CHECK_FALSE(Scanned("").scan.damaged);
}

TEST_CASE("wal: a file that ends early has lost no more than its end") {
  constexpr std::uint64_t seed = 22;
  CAPTURE(seed);
  Random random(seed);
  std::vector<std::size_t> ends{0};
  auto records = random_records(random, 8, 300);
  records.push_back(samples::random_bytes(random, 70'000));
  const std::string file = written(records, &ends);
  for (std::size_t size = 0; size < file.size(); size += size < 3000 ? 1 : 397) {
    CAPTURE(size);
    const Scanned scanned(file.substr(0, size));
    const auto whole = std::upper_bound(ends.begin(), ends.end(), size) - 1;
    CHECK(scanned.records.size() == static_cast<std::size_t>(whole - ends.begin()));
    CHECK(scanned.scan.whole_bytes == *whole);
    CHECK(scanned.scan.damaged == (*whole != size));
    CHECK_FALSE(scanned.scan.more);
    if (scanned.scan.damaged) CHECK(scanned.scan.beyond_end);
  }
}

TEST_CASE("wal: a flipped bit is told from a torn end by what follows it") {
  constexpr std::uint64_t seed = 23;
  CAPTURE(seed);
  Random random(seed);
  for (const std::size_t bytes_max : {std::size_t{60}, std::size_t{20'000}}) {
    std::vector<std::size_t> ends;
    auto records = random_records(random, 12, bytes_max);
    for (std::string& record : records) record += "not empty";
    const std::string file = written(records, &ends);
    const std::size_t step = 1 + file.size() / 300;
    for (std::size_t at = 0; at < file.size(); at += step) {
      CAPTURE(at);
      std::string flipped = file;
      flipped[at] = static_cast<char>(flipped[at] ^ (1 << samples::below(random, 8)));
      const Scanned scanned(flipped);
      const bool is_filler = file.size() > at + 7 && at % block_bytes > block_bytes - 7 && !scanned.scan.damaged;
      if (is_filler) continue;
      const auto hit = static_cast<std::size_t>(std::upper_bound(ends.begin(), ends.end(), at) - ends.begin());
      REQUIRE(scanned.scan.damaged);
      CHECK(scanned.records.size() == hit);
      CHECK(scanned.scan.whole_bytes == (hit == 0 ? 0 : ends[hit - 1]));
      CHECK(scanned.scan.more == (hit + 1 < records.size()));
    }
  }
}

TEST_CASE("wal: zeroes in place of records are damage where records follow and an end where none do") {
  constexpr std::uint64_t seed = 24;
  CAPTURE(seed);
  Random random(seed);
  std::vector<std::size_t> ends;
  const auto records = random_records(random, 200, 1000);
  std::string file = written(records, &ends);
  REQUIRE(file.size() > 2 * block_bytes);
  std::fill(file.begin() + block_bytes, file.begin() + 2 * block_bytes,
            '\0');  // LevelDB passes over this without a word.
  CHECK(Scanned(file).scan.more);
  const Scanned torn(file.substr(0, 2 * block_bytes));  // In the middle of a record.
  CHECK(torn.scan.damaged);
  CHECK_FALSE(torn.scan.more);
}

TEST_CASE("wal: zeroes after the last record are no damage") {
  constexpr std::uint64_t seed = 27;
  CAPTURE(seed);
  Random random(seed);
  const auto records = random_records(random, 20, 1000);
  const std::string file = written(records);
  for (const std::size_t zeroes :
       {std::size_t{1}, std::size_t{6}, std::size_t{7}, std::size_t{100}, std::size_t{100'000}}) {
    CAPTURE(zeroes);
    const Scanned scanned(file + std::string(zeroes, '\0'));
    CHECK(scanned.records == records);
    CHECK_FALSE(scanned.scan.damaged);
    CHECK(scanned.scan.whole_bytes == file.size());
    const Scanned dirty(file + std::string(zeroes, '\0') + 'x');
    CHECK(dirty.scan.damaged);
    CHECK_FALSE(dirty.scan.more);
  }
  const Scanned followed(file + std::string(block_bytes - file.size() % block_bytes, '\0') + written({"later"}));
  CHECK(followed.scan.more);
}

TEST_CASE("wal: random bytes are damage without an end in sight") {
  constexpr std::uint64_t seed = 25;
  CAPTURE(seed);
  Random random(seed);
  for (int i = 0; i < 40; ++i) {
    const Scanned scanned(samples::random_bytes(random, 7 + samples::below(random, 40'000)));
    CHECK(scanned.scan.damaged);
    CHECK(scanned.scan.whole_bytes == 0);
    CHECK_FALSE(scanned.scan.more);
  }
}

TEST_CASE("wal: a cut file ends where it was cut") {
  FaultEnv env;
  env.restore({{"f/000003.log", "0123456789"}});
  REQUIRE(cut_file(env, "f/000003.log", 4));
  CHECK(env.image() == FaultEnv::Image{{"f/000003.log", "0123"}});
  CHECK_FALSE(cut_file(env, "f/none.log", 0));
}

TEST_CASE("wal: what is no write batch holds no entry") {
  constexpr std::uint64_t seed = 26;
  CAPTURE(seed);
  Random random(seed);
  CHECK_FALSE(newest_entry_in(""));
  for (int i = 0; i < 5000; ++i) {
    CHECK_FALSE(newest_entry_in(samples::random_bytes(random, samples::below(random, 80))));
  }
}

}  // namespace
}  // namespace hansard
