#include "government/archive.hpp"

#include "government/message_codec.hpp"
#include "log/assert.hpp"

#include <algorithm>

namespace hansard {

void ArchiveWriter::must_be_pulled(bool left) const {
  HANSARD_ASSERT(!left, "a Legislator is saved when all its outputs are pulled");
}

void ArchiveWriter::put_owner(const Part* part) {
  const auto found = std::find(parts_.begin(), parts_.end(), part);
  HANSARD_ASSERT(found != parts_.end(), "who owns a pulse is one of the parts");
  writer_.number(static_cast<std::uint64_t>(found - parts_.begin()));
}

void ArchiveWriter::put_government(const Government& government) {
  writer_.position({government.promise, government.ballot});
  writer_.text(encode(government));
}

void ArchiveWriter::put_log_state(const LogState& log_state) {
  writer_.text(encode(log_state));
  auto segments = log_state.keys.full_segments();
  put(segments);
}

void ArchiveWriter::put_message(const Request& request) {
  std::string bytes;
  encode(Republic{}, request, bytes);
  writer_.text(bytes);
}

void ArchiveWriter::put_message(const Answer& answer) {
  std::string bytes;
  encode(Republic{}, answer, bytes);
  writer_.text(bytes);
}

EntryPtr ArchiveReader::take_entry() {
  // Whoever holds an entry looks into it at once, so there is no null one, not even in what failed.
  static const EntryPtr nothing = [] {
    const Item item{};
    Draft draft;
    draft.first = {1, 1};
    draft.items = std::span(&item, 1);
    return Entry::make(draft);
  }();
  Result<EntryPtr> entry = Entry::parse(reader_.text(reader_.remaining()));
  if (entry) return std::move(*entry);
  reader_.fail();
  return nothing;
}

Part* ArchiveReader::take_owner() {
  const std::uint64_t index = reader_.number();
  if (index < parts_.size()) return parts_[index];
  reader_.fail();
  return parts_.front();
}

Government ArchiveReader::take_government() {
  const Position position = reader_.position();
  Result<Government> government = decode_government(reader_.text(reader_.remaining()), position);
  if (government) return std::move(*government);
  reader_.fail();
  return {};
}

LogState ArchiveReader::take_log_state() {
  const std::string_view base = reader_.text(reader_.remaining());
  std::vector<std::string_view> segments;
  times_read([&] { segments.push_back(reader_.text(reader_.remaining())); });
  Result<LogState> log_state = decode_log_state(base, segments);
  if (log_state) return std::move(*log_state);
  reader_.fail();
  return {};
}

KeyTable::SegmentPtr ArchiveReader::take_segment() {
  auto segment = decode_key_segment(reader_.text(reader_.remaining()));
  if (segment) return std::move(*segment);
  reader_.fail();
  return std::make_shared<const KeyTable::Segment>();
}

void ArchiveReader::take_message(Request& request) {
  auto decoded = decode_request(reader_.text(reader_.remaining()));
  if (!decoded || !decoded->republic.is_zero()) return reader_.fail();
  request = std::move(decoded->message);
}

void ArchiveReader::take_message(Answer& answer) {
  auto decoded = decode_answer(reader_.text(reader_.remaining()));
  if (!decoded || !decoded->republic.is_zero()) return reader_.fail();
  answer = std::move(decoded->message);
}

}  // namespace hansard
