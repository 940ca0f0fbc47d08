#include "log/leveldb_wal.hpp"

#include "log/codec.hpp"
#include "log/leveldb_env.hpp"
#include "log/leveldb_keys.hpp"

#include <leveldb/env.h>

#include <array>
#include <memory>

namespace hansard {
namespace {

constexpr std::size_t block_bytes = 32768;
constexpr std::size_t header_bytes = 7;
constexpr std::size_t sequence_and_count_bytes = 12;

enum class Type : std::uint8_t { full = 1, first = 2, middle = 3, last = 4 };

constexpr std::array<std::uint32_t, 256> crc_table = [] {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < 256; ++i) {
    std::uint32_t crc = i;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1U) ^ ((crc & 1U) != 0 ? 0x82f63b78U : 0U);
    table[i] = crc;
  }
  return table;
}();

// LevelDB stores a CRC so that a CRC over bytes that hold CRCs is not degenerate.
std::uint32_t masked(std::uint32_t crc) { return ((crc >> 15U) | (crc << 17U)) + 0xa282ead8U; }

std::uint64_t little_endian(std::string_view bytes) {
  std::uint64_t value = 0;
  for (std::size_t i = bytes.size(); i-- > 0;) value = value << 8U | static_cast<unsigned char>(bytes[i]);
  return value;
}

bool is_zero(std::string_view bytes) { return bytes.find_first_not_of('\0') == std::string_view::npos; }

struct Fragment {
  Type type = Type::full;
  std::string_view payload;
  [[nodiscard]] std::size_t size() const { return header_bytes + payload.size(); }
  [[nodiscard]] bool begins() const { return type == Type::full || type == Type::first; }
};

std::size_t claimed_size(std::string_view at) { return header_bytes + little_endian(at.substr(4, 2)); }

// The fragment that begins where `at` does, the rest of a block.
std::optional<Fragment> parse_fragment(std::string_view at) {
  if (at.size() < header_bytes || claimed_size(at) > at.size()) return std::nullopt;
  const auto type = static_cast<Type>(at[6]);
  if (type < Type::full || type > Type::last) return std::nullopt;
  const std::string_view checked = at.substr(6, claimed_size(at) - 6);
  if (masked(crc32c(checked)) != little_endian(at.substr(0, 4))) return std::nullopt;
  return Fragment{type, checked.substr(1)};
}

class Scanner {
 public:
  explicit Scanner(const std::function<void(std::string_view)>& on_record) : on_record_(on_record) {}

  // REQUIRES: every block before was a whole one.
  void block(std::string_view block) {
    if (is_over_ && !is_zero(block)) {  // Then those zeroes stand where something was.
      is_over_ = false;
      scan_.damaged = true;
    }
    std::size_t at = 0;
    while (!is_over_ && !scan_.more && block.size() - at >= header_bytes) {
      const auto fragment = parse_fragment(block.substr(at));
      if (fragment && scan_.damaged) {
        scan_.more = fragment->begins();
        at += fragment->size();
      } else if (fragment && fits(*fragment)) {
        take(*fragment, scan_.file_bytes + at + fragment->size());
        at += fragment->size();
      } else if (!scan_.damaged && !in_record_ && is_zero(block.substr(at))) {
        is_over_ = true;
      } else {
        // A length may be what is damaged, so from here on a record may begin at any byte of this block.
        if (!scan_.damaged) {
          scan_.beyond_end = at + claimed_size(block.substr(at)) > block.size() && block.size() < block_bytes;
          scan_.more = fragment && fragment->begins();
        }
        scan_.damaged = true;
        at += 1;
      }
    }
    const bool is_header_cut_short = block.size() < block_bytes && !is_zero(block.substr(at));
    if (is_header_cut_short && !scan_.damaged) scan_.damaged = scan_.beyond_end = true;
    scan_.file_bytes += block.size();
  }

  [[nodiscard]] WalScan finish() {
    if (in_record_ && !scan_.damaged) scan_.damaged = scan_.beyond_end = true;
    return scan_;
  }

 private:
  // A record is one full fragment, or a first one, middle ones and a last one.
  [[nodiscard]] bool fits(const Fragment& fragment) const { return fragment.begins() != in_record_; }

  void take(const Fragment& fragment, std::uint64_t end) {
    if (fragment.begins()) record_.clear();
    record_ += fragment.payload;
    in_record_ = fragment.type == Type::first || fragment.type == Type::middle;
    if (in_record_) return;
    on_record_(record_);
    scan_.records += 1;
    scan_.whole_bytes = end;
  }

  const std::function<void(std::string_view)>& on_record_;
  WalScan scan_;
  std::string record_;
  bool in_record_ = false;
  bool is_over_ = false;  // Only zeroes since.
};

}  // namespace

std::uint32_t crc32c(std::string_view bytes) {
  std::uint32_t crc = ~0U;
  for (const char c : bytes) crc = crc_table[(crc ^ static_cast<unsigned char>(c)) & 0xffU] ^ (crc >> 8U);
  return ~crc;
}

Result<WalScan> scan_wal(leveldb::Env& env, const std::string& file,
                         const std::function<void(std::string_view)>& on_record) {
  leveldb::SequentialFile* opened = nullptr;
  if (const leveldb::Status status = env.NewSequentialFile(file, &opened); !status.ok()) return to_error(status, file);
  const std::unique_ptr<leveldb::SequentialFile> reader(opened);
  Scanner scanner(on_record);
  std::string buffer(block_bytes, '\0');
  while (true) {
    leveldb::Slice block;
    if (const leveldb::Status status = reader->Read(block_bytes, &block, buffer.data()); !status.ok()) {
      return to_error(status, file);
    }
    scanner.block({block.data(), block.size()});
    if (block.size() < block_bytes) return scanner.finish();
  }
}

Result<void> cut_file(leveldb::Env& env, const std::string& file, std::uint64_t bytes) {
  std::string content;
  leveldb::Status status = leveldb::ReadFileToString(&env, file, &content);
  if (!status.ok()) return to_error(status, file);
  content.resize(bytes);
  // LevelDB deletes what is called so, should we not come to renaming it.
  const std::string cut = file.substr(0, file.rfind('.')) + ".dbtmp";
  leveldb::WritableFile* opened = nullptr;
  status = env.NewWritableFile(cut, &opened);
  if (!status.ok()) return to_error(status, cut);
  const std::unique_ptr<leveldb::WritableFile> writer(opened);
  status = writer->Append(content);
  if (status.ok()) status = writer->Sync();
  if (status.ok()) status = writer->Close();
  // Where the new name is not durable at once (see LevelDbEnv) the old file may come back, and is cut again.
  if (status.ok()) status = env.RenameFile(cut, file);
  if (!status.ok()) return to_error(status, cut);
  return {};
}

std::optional<BatchHead> head_of(std::string_view batch) {
  if (batch.size() < sequence_and_count_bytes) return std::nullopt;
  return BatchHead{little_endian(batch.substr(0, 8)), little_endian(batch.substr(8, 4))};
}

std::optional<Promise> newest_entry_in(std::string_view batch) {
  constexpr std::uint8_t deletion = 0;
  constexpr std::uint8_t value = 1;
  std::optional<Promise> newest;
  Decoder reader(batch);
  reader.raw(sequence_and_count_bytes);
  while (!reader.failed() && reader.remaining() > 0) {
    const std::uint8_t tag = reader.byte();
    if (tag != deletion && tag != value) reader.fail();
    const auto key = leveldb_keys::parse(reader.text(batch.size()));
    if (tag == value) reader.text(batch.size());
    if (!reader.failed() && tag == value && key && !key->is_marker) newest = key->last;
  }
  return newest;
}

}  // namespace hansard
