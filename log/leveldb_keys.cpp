#include "log/leveldb_keys.hpp"

#include "log/codec.hpp"

namespace hansard::leveldb_keys {
namespace {

constexpr char store_family = 'D';
constexpr char value_family = 'M';
constexpr char note_family = 'N';
constexpr char entry_family = 'e';  // After the others.
constexpr char marker_suffix = 'c';
constexpr std::size_t entry_key_bytes = prefix_bytes + 16;
constexpr std::size_t marker_key_bytes = entry_key_bytes + 1 + 4;
constexpr std::size_t identity_bytes_max = 63;

std::string prefix(char family, std::uint32_t log) {
  std::string key;
  key.reserve(marker_key_bytes);
  key.push_back(family);
  Encoder(key).fixed32(log);
  return key;
}

std::string named(char family, std::uint32_t log, std::string_view name) {
  std::string key = prefix(family, log);
  key += name;
  return key;
}

}  // namespace

std::string entry(std::uint32_t log, Promise last) {
  const PromiseBytes bytes = to_bytes(last);
  return named(entry_family, log, {bytes.data(), bytes.size()});
}

std::string marker(std::uint32_t log, Promise last, std::uint32_t count) {
  std::string key = entry(log, last);
  key += marker_suffix;
  Encoder(key).fixed32(count);
  return key;
}

std::string end_of_entries(std::uint32_t log) { return entry(log, {~std::uint64_t{0}, ~std::uint64_t{0}}) + '\xff'; }

std::optional<EntryKey> parse(std::uint32_t log, std::string_view key) {
  if (!key.starts_with(prefix(entry_family, log))) return std::nullopt;
  return parse(key);
}

std::optional<EntryKey> parse(std::string_view key) {
  if (key.empty() || key.front() != entry_family) return std::nullopt;
  const Promise last = key.size() < entry_key_bytes ? Promise{} : promise_from_bytes(key.substr(prefix_bytes));
  if (key.size() == entry_key_bytes) return EntryKey{last, false, 0};
  if (key.size() != marker_key_bytes || key[entry_key_bytes] != marker_suffix) return std::nullopt;
  return EntryKey{last, true, Decoder(key.substr(entry_key_bytes + 1)).fixed32()};
}

std::string promised(std::uint32_t log) { return named(value_family, log, "promised"); }
std::string committed(std::uint32_t log) { return named(value_family, log, "committed"); }
std::string trimmed(std::uint32_t log) { return named(value_family, log, "trimmed"); }
std::string note(std::uint32_t log, std::string_view name) { return named(note_family, log, name); }
std::string notes_prefix(std::uint32_t log) { return prefix(note_family, log); }

std::string format() { return named(store_family, 0, "format"); }
std::string identity() { return named(store_family, 0, "identity"); }
std::string start() { return named(store_family, 0, "start"); }
std::string place() { return named(store_family, 0, "place"); }

std::string encode(std::uint64_t number) {
  std::string bytes;
  Encoder(bytes).number(number);
  return bytes;
}

std::string encode(const Committed& committed) {
  std::string bytes;
  Encoder writer(bytes);
  writer.position(committed.position);
  writer.number(committed.counted);
  return bytes;
}

std::string encode(const Trimmed& trimmed) {
  std::string bytes;
  Encoder writer(bytes);
  writer.promise(trimmed.bound);
  writer.promise(trimmed.floor);
  writer.promise(trimmed.swept);
  return bytes;
}

std::string encode(const Identity& identity) {
  std::string bytes;
  Encoder writer(bytes);
  writer.text(identity.id);
  writer.id128(identity.cookie);
  return bytes;
}

bool decode(std::string_view bytes, std::uint64_t& number) {
  Decoder reader(bytes);
  number = reader.number();
  return reader.finished();
}

bool decode(std::string_view bytes, Committed& committed) {
  Decoder reader(bytes);
  committed.position = reader.position();
  committed.counted = reader.number();
  return reader.finished();
}

bool decode(std::string_view bytes, Trimmed& trimmed) {
  Decoder reader(bytes);
  trimmed.bound = reader.promise();
  trimmed.floor = reader.promise();
  trimmed.swept = reader.promise();
  return reader.finished();
}

bool decode(std::string_view bytes, Identity& identity) {
  Decoder reader(bytes);
  identity.id = reader.text(identity_bytes_max);
  identity.cookie = reader.id128();
  return reader.finished();
}

}  // namespace hansard::leveldb_keys
