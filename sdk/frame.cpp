// sdk/frame.cpp - see frame.hpp.
#include "sdk/frame.hpp"

#include "log/assert.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace hansard {

namespace {

// Chunks up to this size are copied beside their headers: a copy costs less than two more pieces for the kernel.
constexpr std::size_t copy_bytes_max = 2'048;
constexpr std::size_t buffer_bytes_min = std::size_t{16} << 10U;
constexpr std::size_t spare_bytes_max = std::size_t{2} << 20U;
constexpr std::size_t buffer_bytes_max = 4 * (FrameLimits::chunk_bytes_max + FrameLimits::header_bytes);

void put_big_endian(char* out, std::uint64_t value, std::size_t bytes) {
  for (std::size_t i = bytes; i-- > 0; value >>= 8U) out[i] = static_cast<char>(value & 0xffU);
}

std::uint64_t get_big_endian(const char* in, std::size_t bytes) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < bytes; ++i) value = value << 8U | static_cast<unsigned char>(in[i]);
  return value;
}

}  // namespace

void FrameQueue::push(std::uint64_t stream, bool answer, bool urgent, std::string bytes) {
  HANSARD_ASSERT(bytes.size() <= limits_.message_bytes_max, "a message over its limit is never sent");
  const auto flags = static_cast<std::uint8_t>((answer ? frame_flag::answer : 0) | (urgent ? frame_flag::urgent : 0));
  bytes_ += bytes.size();
  (urgent ? urgent_ : bulk_).push_back({stream, flags, std::move(bytes), 0});
}

bool FrameQueue::drop(std::uint64_t stream) {
  for (auto* queue : {&urgent_, &bulk_}) {
    const auto found = std::ranges::find(*queue, stream, &Outgoing::stream);
    if (found == queue->end()) continue;
    if (found->taken != 0) return false;
    bytes_ -= found->bytes.size();
    queue->erase(found);
    return true;
  }
  return false;
}

std::span<const std::string_view> FrameQueue::take() {
  HANSARD_ASSERT(!empty(), "there is something to take");
  written();
  while (!urgent_.empty() && batch_ < limits_.batch_bytes) take_chunk(urgent_);
  // At least one, so that no flood of urgent messages holds the others up for ever.
  if (!bulk_.empty()) take_chunk(bulk_);
  while (!bulk_.empty() && batch_ < limits_.batch_bytes) take_chunk(bulk_);
  for (const Segment& segment : segments_) {
    const char* data = segment.data != nullptr ? segment.data : copied_.data() + segment.offset;
    pieces_.emplace_back(data, segment.size);
  }
  return pieces_;
}

void FrameQueue::written() {
  copied_.clear();
  segments_.clear();
  kept_.clear();
  pieces_.clear();
  batch_ = 0;
}

void FrameQueue::take_chunk(std::deque<Outgoing>& queue) {
  Outgoing& message = queue.front();
  const std::string_view chunk = std::string_view(message.bytes).substr(message.taken, FrameLimits::chunk_bytes_max);
  const bool first = message.taken == 0;
  message.taken += chunk.size();
  const bool last = message.taken == message.bytes.size();

  char header[FrameLimits::header_bytes];
  put_big_endian(header, chunk.size(), 4);
  header[4] = static_cast<char>(message.flags | (first ? frame_flag::first : 0) | (last ? frame_flag::last : 0));
  put_big_endian(header + 5, message.stream, 8);
  copy({header, sizeof header});
  const bool referred = chunk.size() > copy_bytes_max;
  if (referred) {
    segments_.push_back({chunk.data(), 0, chunk.size()});
  } else {
    copy(chunk);
  }
  batch_ += sizeof header + chunk.size();
  bytes_ -= chunk.size();
  if (!last) return;
  // A long string keeps its place in memory when it is moved, a chunk that was copied needs no place at all. Earlier
  // chunks of this message may be referred to by this batch even where the last one was copied.
  if (message.bytes.size() > copy_bytes_max) kept_.push_back(std::move(message.bytes));
  queue.pop_front();
}

void FrameQueue::copy(std::string_view bytes) {
  if (segments_.empty() || segments_.back().data != nullptr) {
    segments_.push_back({nullptr, copied_.size(), 0});
  }
  copied_.append(bytes);
  segments_.back().size += bytes.size();
}

std::span<char> FrameParser::space() {
  if (begin_ == end_) begin_ = end_ = 0;
  if (buffer_.empty()) buffer_.resize(buffer_bytes_min);
  if (grow_ && buffer_.size() < buffer_bytes_max) {
    buffer_.resize(std::min(buffer_.size() * 2, buffer_bytes_max));
  }
  grow_ = false;
  if (buffer_.size() - end_ < buffer_.size() / 2 && begin_ > 0) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  if (end_ == buffer_.size()) {
    // Only a part of one chunk is held here, so this stays within buffer_bytes_max.
    buffer_.resize(std::min(buffer_.size() * 2, buffer_bytes_max));
  }
  HANSARD_ASSERT(end_ < buffer_.size(), "the buffer holds more than any one frame");
  return std::span<char>(buffer_).subspan(end_);
}

void FrameParser::commit(std::size_t bytes) {
  HANSARD_ASSERT(bytes <= buffer_.size() - end_, "no more than there was space for");
  end_ += bytes;
  grow_ = end_ == buffer_.size();
}

FrameParser::Status FrameParser::garbage(const char* why) {
  why_ = why;
  streams_.clear();
  begin_ = end_ = 0;
  return Status::garbage;
}

FrameParser::Status FrameParser::next(FramedMessage& message) {
  if (why_ != nullptr) return Status::garbage;
  // It may be large: not kept until the next one, unless that is likely to need as much.
  if (assembled_.capacity() > spare_.capacity() && assembled_.capacity() <= spare_bytes_max) spare_.swap(assembled_);
  spare_.clear();
  assembled_ = std::string();
  while (end_ - begin_ >= FrameLimits::header_bytes) {
    const char* header = buffer_.data() + begin_;
    const std::size_t length = get_big_endian(header, 4);
    if (length > FrameLimits::chunk_bytes_max) return garbage("a chunk over its limit");
    if (end_ - begin_ < FrameLimits::header_bytes + length) return Status::more;
    begin_ += FrameLimits::header_bytes + length;
    const Status status = accept(static_cast<std::uint8_t>(header[4]), get_big_endian(header + 5, 8),
                                 {header + FrameLimits::header_bytes, length}, message);
    if (status != Status::more) return status;
  }
  return Status::more;
}

FrameParser::Status FrameParser::accept(std::uint8_t flags, std::uint64_t stream, std::string_view chunk,
                                        FramedMessage& message) {
  constexpr std::uint8_t known = frame_flag::answer | frame_flag::first | frame_flag::last | frame_flag::urgent;
  if ((flags & ~known) != 0) return garbage("unknown flags");
  const bool first = (flags & frame_flag::first) != 0;
  const bool last = (flags & frame_flag::last) != 0;
  const auto kind = static_cast<std::uint8_t>(flags & (frame_flag::answer | frame_flag::urgent));
  if (chunk.empty() && !(first && last)) return garbage("an empty chunk");
  const auto found = streams_.find(stream);
  if (first != (found == streams_.end())) {
    return garbage(first ? "a stream that begins twice" : "a chunk of a stream that did not begin");
  }
  const std::size_t before = first ? 0 : found->second.bytes.size();
  if (chunk.size() > limits_.message_bytes_max - before) return garbage("a message over its limit");
  message.stream = stream;
  message.answer = (kind & frame_flag::answer) != 0;
  message.urgent = (kind & frame_flag::urgent) != 0;
  if (first && last) {
    message.bytes = chunk;
    return Status::message;
  }
  if (first && streams_.size() == limits_.streams_max) return garbage("too many streams at once");
  if (chunk.size() > limits_.assembly_bytes_max - assembling_) return garbage("too much half-assembled at once");
  assembling_ += chunk.size();
  if (first) {
    Incoming& incoming = streams_[stream];
    incoming.flags = kind;
    incoming.bytes = std::exchange(spare_, {});
    incoming.bytes.reserve(2 * chunk.size());
    incoming.bytes.append(chunk);
    return Status::more;
  }
  Incoming& incoming = found->second;
  if (incoming.flags != kind) return garbage("flags that change within a stream");
  incoming.bytes.append(chunk);
  if (!last) return Status::more;
  assembling_ -= incoming.bytes.size();
  assembled_ = std::move(incoming.bytes);
  streams_.erase(found);
  message.bytes = assembled_;
  return Status::message;
}

}  // namespace hansard
