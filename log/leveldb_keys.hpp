// log/leveldb_keys.hpp - the keys and small values of a LevelDB directory; docs/storage.md has the table.
//
// A key is a family byte, the log's number (4 bytes big-endian, 0 is main) and the rest. What is written with every
// group (entries, and markers of `committed` beside them) has keys that only ever grow and sort after all others, so a
// new table of LevelDB overlaps no older one and is moved down, not merged: no byte is written much more than twice.
#pragma once

#include "log/identity.hpp"
#include "log/promise.hpp"
#include "log/record.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace hansard::leveldb_keys {

inline constexpr std::uint64_t format_version =
    3;  // 1: governments without an aim; 2: log state without keys and trims

inline constexpr std::size_t prefix_bytes = 5;  // family and log, before what names the key

// The entry whose last promise is `last`.
[[nodiscard]] std::string entry(std::uint32_t log, Promise last);
// The count-th marker of `committed` beside that entry; they sort right after it.
[[nodiscard]] std::string marker(std::uint32_t log, Promise last, std::uint32_t count);
[[nodiscard]] std::string end_of_entries(std::uint32_t log);  // After every entry and marker of the log.

// What a key among the entries is; nullopt for all others, and for another log's.
struct EntryKey {
  Promise last;
  bool is_marker = false;
  std::uint32_t count = 0;  // of a marker
};
[[nodiscard]] std::optional<EntryKey> parse(std::uint32_t log, std::string_view key);
// The same of any log.
[[nodiscard]] std::optional<EntryKey> parse(std::string_view key);

// A log's own values. `committed` is used while the log is empty.
[[nodiscard]] std::string promised(std::uint32_t log);
[[nodiscard]] std::string committed(std::uint32_t log);
[[nodiscard]] std::string trimmed(std::uint32_t log);
[[nodiscard]] std::string note(std::uint32_t log, std::string_view name);
[[nodiscard]] std::string notes_prefix(std::uint32_t log);

// The directory's.
[[nodiscard]] std::string format();
[[nodiscard]] std::string identity();
[[nodiscard]] std::string start();
[[nodiscard]] std::string place();

// How far a log was trimmed. Deleting takes its time: what is before `bound` is gone for readers, though perhaps not
// yet from the disk.
struct Trimmed {
  Promise bound;  // entries whose last() is before it are gone
  Promise floor;  // where nothing is left: the newest entry that was trimmed
  Promise swept;  // keys up to here are deleted

  friend bool operator==(const Trimmed&, const Trimmed&) = default;
};

[[nodiscard]] std::string encode(std::uint64_t number);
[[nodiscard]] std::string encode(const Committed& committed);
[[nodiscard]] std::string encode(const Trimmed& trimmed);
[[nodiscard]] std::string encode(const Identity& identity);  // without start

[[nodiscard]] bool decode(std::string_view bytes, std::uint64_t& number);
[[nodiscard]] bool decode(std::string_view bytes, Committed& committed);
[[nodiscard]] bool decode(std::string_view bytes, Trimmed& trimmed);
[[nodiscard]] bool decode(std::string_view bytes, Identity& identity);

}  // namespace hansard::leveldb_keys
