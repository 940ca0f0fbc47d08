// government/key_table.cpp - see key_table.hpp.
#include "government/key_table.hpp"

#include "government/log_settings.hpp"
#include "log/assert.hpp"

#include <algorithm>
#include <utility>

namespace hansard {

namespace {

constexpr std::uint8_t segment_version = 1;

void encode_row(Encoder& out, const KeyRow& row) {
  out.text(row.key);
  out.id128(row.body);
  out.promise(row.first);
  out.promise(row.last);
  out.signed_number(row.time_us);
}

KeyRow decode_row(Decoder& in) {
  KeyRow row;
  row.key = std::string(in.text(EntryLimits::key_bytes_max));
  row.body = in.id128();
  row.first = in.promise();
  row.last = in.promise();
  row.time_us = in.signed_number();
  if (row.key.empty() || row.first.is_zero() || row.last < row.first) in.fail();
  return row;
}

}  // namespace

Id128 body_hash(std::span<const std::string_view> bodies) {
  // Lengths first, so that no two lists of bodies read the same.
  std::string all;
  Encoder out{all};
  out.number(bodies.size());
  for (const std::string_view body : bodies) out.text(body);
  return hash128(all);
}

Id128 body_hash(const Entry& entry) {
  std::vector<std::string_view> bodies;
  bodies.reserve(entry.count());
  for (std::size_t i = 0; i < entry.count(); ++i) bodies.push_back(entry.item(i).body);
  return body_hash(bodies);
}

KeyTable::KeyTable(const KeyTable& other)
    : segments_(other.segments_), next_number_(other.next_number_), gone_(other.gone_), size_(other.size_) {
  if (!segments_.empty() && segments_.back()->rows.size() < segment_rows) {
    const Open open = std::make_shared<Segment>();
    open->number = segments_.back()->number;
    open->rows.reserve(segment_rows);
    open->rows = segments_.back()->rows;
    open->rows.reserve(segment_rows);
    segments_.back() = open;
  }
  index_all();
}

KeyTable& KeyTable::operator=(const KeyTable& other) {
  if (this != &other) *this = KeyTable(other);
  return *this;
}

void KeyTable::index_all() {
  index_.clear();
  for (std::size_t i = 0; i < size_; ++i) index_[row(i).key] = &row(i);
}

const KeyRow& KeyTable::row(std::size_t index) const {
  // All but the last segment are full, so places can be counted.
  const std::size_t at = gone_ + index;
  return segments_[at / segment_rows]->rows[at % segment_rows];
}

const KeyRow* KeyTable::find(std::string_view key) const {
  const auto found = index_.find(key);
  return found == index_.end() ? nullptr : found->second;
}

void KeyTable::add(KeyRow row) {
  HANSARD_ASSERT(find(row.key) == nullptr, "the leader takes no key twice within its window");
  if (segments_.empty() || segments_.back()->rows.size() == segment_rows) {
    const Open open = std::make_shared<Segment>();
    open->number = next_number_++;
    open->rows.reserve(segment_rows);
    segments_.push_back(open);
  }
  auto& rows = segments_.back()->rows;
  rows.push_back(std::move(row));
  index_[rows.back().key] = &rows.back();
  ++size_;
}

void KeyTable::expire(std::int64_t upto_us) {
  while (size_ > 0 && row(0).time_us <= upto_us) {
    const KeyRow& oldest = row(0);
    const auto found = index_.find(oldest.key);
    if (found != index_.end() && found->second == &oldest) index_.erase(found);
    --size_;
    if (++gone_ < segments_.front()->rows.size() || gone_ < segment_rows) continue;
    segments_.pop_front();
    gone_ = 0;
  }
}

std::size_t KeyTable::size_after(std::int64_t upto_us) const {
  // Times do not fall along a log: find the first row that stays.
  std::size_t low = 0;
  std::size_t high = size_;
  while (low < high) {
    const std::size_t middle = low + (high - low) / 2;
    if (row(middle).time_us <= upto_us) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return size_ - low;
}

std::vector<KeyTable::SegmentPtr> KeyTable::full_segments() const {
  std::vector<SegmentPtr> result;
  for (const Open& segment : segments_) {
    if (segment->rows.size() == segment_rows) result.push_back(segment);
  }
  return result;
}

void KeyTable::encode(Encoder& out) const {
  const bool grows = !segments_.empty() && segments_.back()->rows.size() < segment_rows;
  out.number(next_number_);
  out.number(gone_);
  out.number(segments_.size() - (grows ? 1 : 0));
  out.boolean(grows);
  if (!grows) return;
  out.number(segments_.back()->rows.size());
  for (const KeyRow& row : segments_.back()->rows) encode_row(out, row);
}

std::string encode(const KeyTable::Segment& segment) {
  std::string bytes;
  Encoder out{bytes};
  out.byte(segment_version);
  out.number(segment.number);
  for (const KeyRow& row : segment.rows) encode_row(out, row);
  out.fixed64(checksum64(bytes));
  return bytes;
}

Result<KeyTable::SegmentPtr> decode_key_segment(std::string_view bytes) {
  const Error malformed{Errc::corrupt, "key table: a malformed segment"};
  if (bytes.size() < sizeof(std::uint64_t)) return malformed;
  const std::size_t end = bytes.size() - sizeof(std::uint64_t);
  Decoder sum{bytes.substr(end)};
  if (sum.fixed64() != checksum64(bytes.substr(0, end))) return malformed;
  Decoder in{bytes.substr(0, end)};
  if (in.byte() != segment_version) return malformed;
  const auto segment = std::make_shared<KeyTable::Segment>();
  segment->number = in.number();
  segment->rows.reserve(KeyTable::segment_rows);
  for (std::size_t i = 0; i < KeyTable::segment_rows && !in.failed(); ++i) segment->rows.push_back(decode_row(in));
  if (!in.finished()) return malformed;
  return KeyTable::SegmentPtr(segment);
}

Result<KeyTable> KeyTable::decode(Decoder& in, std::span<const std::string_view> segments) {
  constexpr std::size_t segments_max = LogSettingsLimits::keys_max / segment_rows + 2;
  const Error malformed{Errc::corrupt, "key table: malformed"};
  KeyTable table;
  table.next_number_ = in.number();
  table.gone_ = static_cast<std::size_t>(in.number_at_most(segment_rows - 1));
  const std::uint64_t full = in.number_at_most(segments_max);
  const bool grows = in.boolean();
  if (in.failed()) return malformed;
  if (full != segments.size()) {
    return Error{Errc::corrupt, "key table: " + std::to_string(segments.size()) + " of " + std::to_string(full) +
                                    " segments are there"};
  }
  const std::uint64_t count = full + (grows ? 1U : 0U);
  if (count > table.next_number_) return malformed;
  std::uint64_t number = table.next_number_ - count;
  for (const std::string_view bytes : segments) {
    const auto segment = decode_key_segment(bytes);
    if (!segment) return segment.error();
    if ((*segment)->number != number++) return malformed;
    table.segments_.push_back(std::const_pointer_cast<Segment>(*segment));  // full: it never grows
  }
  if (grows) {
    const std::uint64_t rows = in.number_at_most(segment_rows - 1);
    const Open segment = std::make_shared<Segment>();
    segment->number = number;
    segment->rows.reserve(segment_rows);
    for (std::uint64_t i = 0; i < rows && !in.failed(); ++i) segment->rows.push_back(decode_row(in));
    if (in.failed() || rows == 0) return malformed;
    table.segments_.push_back(segment);
  }
  for (const Open& segment : table.segments_) table.size_ += segment->rows.size();
  if (table.gone_ > table.size_) return malformed;
  table.size_ -= table.gone_;
  for (std::size_t i = 1; i < table.size_; ++i) {
    if (table.row(i).first <= table.row(i - 1).last || table.row(i).time_us < table.row(i - 1).time_us)
      return malformed;
  }
  table.index_all();
  if (table.index_.size() != table.size_) return malformed;  // a key twice
  return table;
}

bool operator==(const KeyTable& a, const KeyTable& b) {
  if (a.size_ != b.size_ || a.gone_ != b.gone_ || a.next_number_ != b.next_number_) return false;
  for (std::size_t i = 0; i < a.size_; ++i) {
    if (a.row(i) != b.row(i)) return false;
  }
  return true;
}

}  // namespace hansard
