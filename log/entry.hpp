// log/entry.hpp - Entry: one record of the log, immutable, in the one form that memory, disk and wire share.
//
// An entry owns one buffer: its encoding. Fields are read out of it once, texts and bodies are views into it, so an
// entry costs two allocations and one copy however far it travels: the bytes the leader wrote are the bytes every
// islander stores and forwards. Hold it through EntryPtr; views live as long as the entry does.
//
// A batch is one entry with several items: it bears promises first() to last(), one (start, sequence) and one key, and
// is never split by a write, a pulse or a trim. All other entries have exactly one item and first() == last().
//
// `chain` is a running 128-bit hash over all before it: two logs that agree at one entry agree below it.
//
// Threads: immutable after construction, so it may be shared freely.
// Encoding (version 1): varints, then texts and bodies, then chain (16 bytes), then an 8-byte checksum over all of it.
// Limits: see EntryLimits; parse() refuses what exceeds them with Errc::corrupt, make() asserts them. Both hold every
// entry to: first > 0/0, previous < first, last does not overflow, one item unless the kind is client. (Of names, only
// the length.)
#pragma once

#include "log/error.hpp"
#include "log/identity.hpp"
#include "log/promise.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace hansard {

enum class Kind : std::uint8_t {
  government = 1,  // body: an encoded Government
  client = 2,      // what users append; the only kind that users count
  trim = 3,        // body: the promise below which everything goes
  settings = 4,    // body: the log's settings
  settling = 5,    // empty: carries `settled` (protocol section 5)
};

[[nodiscard]] const char* to_string(Kind kind);

struct EntryLimits {
  static constexpr std::size_t body_bytes_max = std::size_t{64} << 20U;   // one item's body; a log's own limit is lower
  static constexpr std::size_t entry_bytes_max = std::size_t{80} << 20U;  // the whole encoding
  static constexpr std::size_t items_max = 10'000;
  static constexpr std::size_t content_type_bytes_max = 255;
  static constexpr std::size_t key_bytes_max = 255;
  static constexpr std::size_t name_bytes_max = 63;  // citizen, channel
};

// Who appended it: (citizen, arrival, start, sequence) appears at most once in a log (protocol section 3, Enqueue).
// The log's own entries have an empty id and zeroes.
struct Author {
  std::string id;
  Promise arrived;             // promise of the government entry with which the citizen arrived
  std::uint64_t start = 0;     // how many times its directory had been opened
  std::uint64_t sequence = 0;  // from 1 in each start

  friend bool operator==(const Author&, const Author&) = default;
};

// One item of a client entry. In a Draft the views must live until make() returns; in an Entry they view its buffer.
struct Item {
  std::string_view content_type;  // empty: application/octet-stream
  std::string_view body;
};

// What make() needs to write an entry.
struct Draft {
  Promise first;  // promise of the first item; last() is `items.size() - 1` entries further
  std::uint64_t ballot = 0;
  Position previous;     // of the predecessor; zero for the first entry of a log
  Chain previous_chain;  // chain of the predecessor; zero for the first
  Kind kind = Kind::client;
  Promise settled;           // latest government that the leader knew committed
  std::int64_t time_us = 0;  // leader's wall clock, microseconds since 1970 UTC; never less than the predecessor's
  Author author;
  std::string_view channel;
  std::string_view key;         // idempotency key, empty: none
  std::span<const Item> items;  // REQUIRES: not empty; one item unless kind is client
};

class Entry;
using EntryPtr = std::shared_ptr<const Entry>;

class Entry {
  struct Key {
    explicit Key() = default;
  };

 public:
  explicit Entry(Key) {}  // For make() and parse() alone.

  // Encodes. REQUIRES: the limits hold and the last promise does not overflow.
  [[nodiscard]] static EntryPtr make(const Draft& draft);
  // Decodes exactly one entry that fills `bytes`; checks version, limits, form and checksum. Copies the bytes once.
  [[nodiscard]] static Result<EntryPtr> parse(std::string_view bytes);

  [[nodiscard]] Promise first() const { return first_; }
  [[nodiscard]] Promise last() const { return last_; }
  [[nodiscard]] std::uint64_t ballot() const { return ballot_; }
  [[nodiscard]] Position position() const { return {last_, ballot_}; }  // names the entry: its last promise
  [[nodiscard]] Position previous() const { return previous_; }
  [[nodiscard]] Kind kind() const { return kind_; }
  [[nodiscard]] Promise settled() const { return settled_; }
  [[nodiscard]] std::int64_t time_us() const { return time_us_; }
  [[nodiscard]] const Author& author() const { return author_; }
  [[nodiscard]] std::string_view channel() const { return channel_; }
  [[nodiscard]] std::string_view key() const { return key_; }
  [[nodiscard]] std::size_t count() const { return items_.empty() ? 1 : items_.size(); }
  // REQUIRES: index < count(). Item `index` bears promise first() + index.
  [[nodiscard]] Item item(std::size_t index) const { return items_.empty() ? only_ : items_[index]; }
  [[nodiscard]] Promise promise_of(std::size_t index) const { return {first_.government, first_.entry + index}; }
  [[nodiscard]] std::string_view body() const { return item(0).body; }
  [[nodiscard]] Chain chain() const { return chain_; }
  // True iff `chain()` continues `previous_chain`.
  [[nodiscard]] bool continues(Chain previous_chain) const;

  // The encoding; what is stored and sent.
  [[nodiscard]] std::string_view bytes() const { return bytes_; }
  // The end of bytes(): chain and checksum. Two entries that share it are the same, as far as 192 bits can tell.
  [[nodiscard]] std::string_view trailer() const;
  // Bytes held in memory, about: what heft counts.
  [[nodiscard]] std::size_t heft() const { return bytes_.size() + sizeof(Entry) + items_.size() * sizeof(Item); }

  Entry(const Entry&) = delete;
  Entry& operator=(const Entry&) = delete;
  ~Entry() = default;

 private:
  // Reads the fields out of bytes_, all but the checksum; false where they are not an entry.
  [[nodiscard]] bool read_fields();
  [[nodiscard]] std::string_view content() const;  // what the chain hashes: bytes_ before the chain

  std::string bytes_;
  Promise first_;
  Promise last_;
  std::uint64_t ballot_ = 0;
  Position previous_;
  Kind kind_ = Kind::client;
  Promise settled_;
  std::int64_t time_us_ = 0;
  Author author_;
  std::string_view channel_;
  std::string_view key_;
  Item only_;                // where there is one item, the usual case: no vector is allocated
  std::vector<Item> items_;  // of a batch of two or more
  Chain chain_;
};

}  // namespace hansard
