// tests/fuzz/wal.cpp - a file in LevelDB's log format. The first byte says how it is made of the rest: with right
// checksums, which no fuzzer guesses, all or all but the second; behind a record that nearly fills a block, so that
// records cross into the next.
#include "log/leveldb_wal.hpp"
#include "tests/fuzz/target.hpp"

#include <leveldb/env.h>

#include <algorithm>
#include <cstring>
#include <vector>

namespace hansard::fuzz {
namespace {

constexpr std::size_t block_bytes = 32768;
constexpr std::size_t header_bytes = 7;

class OneFile final : public leveldb::SequentialFile {
 public:
  explicit OneFile(std::string_view bytes) : bytes_(bytes) {}

  leveldb::Status Read(std::size_t bytes, leveldb::Slice* result, char* scratch) override {
    bytes = bytes_.copy(scratch, bytes);
    bytes_.remove_prefix(bytes);
    *result = {scratch, bytes};
    return leveldb::Status::OK();
  }
  leveldb::Status Skip(std::uint64_t bytes) override {
    bytes_.remove_prefix(std::min<std::size_t>(bytes, bytes_.size()));
    return leveldb::Status::OK();
  }

 private:
  std::string_view bytes_;
};

class OneFileEnv final : public leveldb::EnvWrapper {
 public:
  explicit OneFileEnv(std::string_view bytes) : EnvWrapper(Env::Default()), bytes_(bytes) {}

  leveldb::Status NewSequentialFile(const std::string& /*name*/, leveldb::SequentialFile** result) override {
    *result = new OneFile(bytes_);
    return leveldb::Status::OK();
  }

 private:
  std::string_view bytes_;
};

void seal(std::string& file, std::size_t at, std::size_t size) {
  const std::uint32_t crc = crc32c(std::string_view(file).substr(at + 6, size - 6));
  const std::uint32_t masked = ((crc >> 15U) | (crc << 17U)) + 0xa282ead8U;
  for (unsigned i = 0; i < 4; ++i) file[at + i] = static_cast<char>(masked >> (8 * i));
}

// Gives every record from `at` on its checksum, up to the first that does not fit.
void seal_all(std::string& file, std::size_t at, bool but_second) {
  for (std::size_t count = 0;; ++count) {
    const std::size_t left = block_bytes - at % block_bytes;
    if (left < header_bytes) {
      at += left;
      continue;
    }
    if (file.size() < at + header_bytes) return;
    const std::size_t size = header_bytes + (static_cast<unsigned char>(file[at + 4]) |
                                             std::size_t{static_cast<unsigned char>(file[at + 5])} << 8U);
    if (size > left || size > file.size() - at) return;
    if (count != 1 || !but_second) seal(file, at, size);
    at += size;
  }
}

// A full record that leaves `left` bytes of its block.
std::string nearly_a_block(std::size_t left) {
  const std::size_t payload = block_bytes - header_bytes - left;
  std::string file(header_bytes + payload, 'x');
  file[4] = static_cast<char>(payload & 0xffU);
  file[5] = static_cast<char>(payload >> 8U);
  file[6] = 1;
  seal(file, 0, file.size());
  return file;
}

struct Scanned {
  WalScan scan;
  std::string records;  // Each with its length.
};

Scanned scan(std::string_view file) {
  OneFileEnv env(file);
  Scanned scanned;
  std::uint64_t count = 0;
  const auto result = scan_wal(env, "1.log", [&](std::string_view record) {
    scanned.records += std::to_string(record.size()) + ':';
    scanned.records += record;
    ++count;
    demand(head_of(record).has_value() || !newest_entry_in(record), "an entry in what is no batch");
  });
  demand(result.has_value(), "a file that could be read is an error");
  scanned.scan = *result;
  demand(result->records == count, "records were not counted");
  demand(result->file_bytes == file.size() && result->whole_bytes <= file.size(), "bytes were not counted");
  demand(result->damaged || (!result->more && !result->beyond_end), "no damage, and yet something is beyond it");
  return scanned;
}

}  // namespace

void wal(std::string_view input) {
  if (input.size() < 2) return;
  const auto how = static_cast<unsigned char>(input[0]);
  const auto left = static_cast<unsigned char>(input[1]);
  input.remove_prefix(2);
  std::string file;
  if ((how & 4U) != 0) {
    static const std::string filler = nearly_a_block(100);
    file = left == 100 ? filler : nearly_a_block(left);
  }
  const std::size_t begin = file.size();
  file += input;
  if ((how & 1U) != 0) seal_all(file, begin, (how & 2U) != 0);

  const Scanned found = scan(file);
  const Scanned cut = scan(std::string_view(file).substr(0, found.scan.whole_bytes));
  demand_same(found.records, cut.records, "cut where it is whole, the file holds other records");
  demand(!cut.scan.damaged && cut.scan.whole_bytes == found.scan.whole_bytes, "cut where it is whole, it is damaged");
  if (found.scan.damaged) return;
  std::size_t end = found.scan.whole_bytes;
  if (const std::size_t rest = block_bytes - end % block_bytes; rest < header_bytes) end += rest;  // Filler.
  end = std::min(end, file.size());
  demand(file.find_first_not_of('\0', end) == std::string::npos, "something after the last record is no damage");
  const Scanned roomy = scan(file + std::string(40, '\0'));
  demand(!roomy.scan.damaged && roomy.records == found.records, "room for more records is taken for damage");
}

}  // namespace hansard::fuzz
