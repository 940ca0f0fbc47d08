// government/key_table.hpp - KeyTable: which idempotency keys a log has seen lately, and what became of them.
//
// A function of the log (part of LogState): rows stand in log order and expire from the front, by the log's time. They
// are kept in segments of segment_rows; a full one never changes again, so checkpoints and snapshots write or send each
// once, and share it with the table.
// Cost: a look-up is logarithmic; adding and expiring as well. Memory: about 150 bytes a row beside the key.
// Limits: LogSettingsLimits::keys_max rows. Errors: bad bytes are Errc::corrupt.
#pragma once

#include "log/codec.hpp"
#include "log/entry.hpp"
#include "log/error.hpp"
#include "log/identity.hpp"
#include "log/promise.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace hansard {

struct KeyRow {
  std::string key;
  Id128 body;  // body_hash() of what was appended under it
  Promise first;
  Promise last;
  std::int64_t time_us = 0;  // of the entry

  friend bool operator==(const KeyRow&, const KeyRow&) = default;
};

// What "the same body" means for a key: how many items, and the bytes of each; not their content types.
[[nodiscard]] Id128 body_hash(const Entry& entry);
[[nodiscard]] Id128 body_hash(std::span<const std::string_view> bodies);

class KeyTable {
 public:
  static constexpr std::size_t segment_rows = 1024;

  struct Segment {
    std::uint64_t number = 0;  // counted from the log's beginning
    std::vector<KeyRow> rows;
  };
  using SegmentPtr = std::shared_ptr<const Segment>;

  KeyTable() = default;
  KeyTable(const KeyTable& other);
  KeyTable& operator=(const KeyTable& other);
  KeyTable(KeyTable&&) noexcept = default;
  KeyTable& operator=(KeyTable&&) noexcept = default;
  ~KeyTable() = default;

  // The newest row of that key; null where none, or where it has expired.
  [[nodiscard]] const KeyRow* find(std::string_view key) const;
  // REQUIRES: rows are added in log order, and find(row.key) is null.
  void add(KeyRow row);
  // Forgets rows of `upto_us` and before.
  void expire(std::int64_t upto_us);
  [[nodiscard]] std::size_t size() const { return size_; }
  // How many would be left after expire(upto_us).
  [[nodiscard]] std::size_t size_after(std::int64_t upto_us) const;

  [[nodiscard]] std::vector<SegmentPtr> full_segments() const;  // oldest first
  // Everything but the rows of full segments, of which it says how many there are.
  void encode(Encoder& out) const;
  // `segments`: the encodings of the full ones, oldest first. A failed `in` or an error: nothing is returned.
  [[nodiscard]] static Result<KeyTable> decode(Decoder& in, std::span<const std::string_view> segments);

  friend bool operator==(const KeyTable& a, const KeyTable& b);

 private:
  using Open = std::shared_ptr<Segment>;

  [[nodiscard]] const KeyRow& row(std::size_t index) const;  // of those not expired
  void index_all();

  // The last one may still grow; all others are full. Rows do not move: each has room for segment_rows from the start.
  std::deque<Open> segments_;
  std::uint64_t next_number_ = 0;
  std::size_t gone_ = 0;  // expired rows of the first segment
  std::size_t size_ = 0;
  std::map<std::string_view, const KeyRow*> index_;  // views and pointers into the segments
};

[[nodiscard]] std::string encode(const KeyTable::Segment& segment);
[[nodiscard]] Result<KeyTable::SegmentPtr> decode_key_segment(std::string_view bytes);

}  // namespace hansard
