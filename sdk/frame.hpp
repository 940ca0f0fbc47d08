// sdk/frame.hpp - messages of any size on one connection, in chunks, so that small urgent ones overtake. Pure.
//
// A frame on the wire: length of the chunk (32 bits), flags (8 bits), stream (64 bits), then the chunk; big-endian.
// A message is one stream's chunks from the one flagged first to the one flagged last; streams may interleave, chunks
// of one stream come in order. Its answer bears the same stream number, in the other direction, flagged answer.
//
// Threads: none. Limits: FrameLimits; the parser treats what exceeds them, and any malformed frame, as garbage.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace hansard {

struct FrameLimits {
  static constexpr std::size_t header_bytes = 13;
  static constexpr std::size_t chunk_bytes_max = std::size_t{64} << 10U;
  std::size_t message_bytes_max = std::size_t{128} << 20U;
  std::size_t streams_max = 16;                              // half-assembled messages at once
  std::size_t assembly_bytes_max = std::size_t{160} << 20U;  // of all of them together
  std::size_t batch_bytes = std::size_t{256} << 10U;  // taken for one write: what an urgent frame may have to wait for
};

namespace frame_flag {
constexpr std::uint8_t answer = 1;
constexpr std::uint8_t first = 2;
constexpr std::uint8_t last = 4;
constexpr std::uint8_t urgent = 8;  // its answer is urgent, too
}  // namespace frame_flag

// A whole message as it arrives. `bytes` are valid until the parser is next touched.
struct FramedMessage {
  std::uint64_t stream = 0;
  bool answer = false;
  bool urgent = false;
  std::string_view bytes;
};

// What waits to be sent. Urgent messages go before all chunks of bulk ones that are not yet taken; within each of the
// two kinds, order is kept.
class FrameQueue {
 public:
  explicit FrameQueue(const FrameLimits& limits = {}) : limits_(limits) {}

  void push(std::uint64_t stream, bool answer, bool urgent, std::string bytes);
  // Takes a message back, unless a part of it is already taken. True: it is gone and nobody will see it.
  bool drop(std::uint64_t stream);

  // Pieces of memory to be written in this order, about limits.batch_bytes at most but for urgent ones. They stay valid
  // until the next take(). REQUIRES: not empty().
  [[nodiscard]] std::span<const std::string_view> take();
  // What was taken is written; frees its memory.
  void written();

  [[nodiscard]] bool empty() const { return urgent_.empty() && bulk_.empty(); }
  [[nodiscard]] std::size_t bytes() const { return bytes_; }  // of messages, not yet taken

 private:
  struct Outgoing {
    std::uint64_t stream = 0;
    std::uint8_t flags = 0;
    std::string bytes;
    std::size_t taken = 0;
  };
  struct Segment {
    const char* data = nullptr;  // null: in copied_, at `offset`
    std::size_t offset = 0;
    std::size_t size = 0;
  };

  void take_chunk(std::deque<Outgoing>& queue);
  void copy(std::string_view bytes);

  FrameLimits limits_;
  std::deque<Outgoing> urgent_;
  std::deque<Outgoing> bulk_;
  std::size_t bytes_ = 0;

  std::string copied_;  // headers and small chunks of the batch: few large pieces, not many small ones
  std::vector<Segment> segments_;
  std::vector<std::string> kept_;  // messages that are wholly taken but referred to by a segment
  std::vector<std::string_view> pieces_;
  std::size_t batch_ = 0;
};

// What arrives. Read into space(), say how much with commit(), then next() until it has no more.
class FrameParser {
 public:
  enum class Status { message, more, garbage };

  explicit FrameParser(const FrameLimits& limits = {}) : limits_(limits) {}

  // Where the next bytes go; never empty. The buffer grows where reads fill it, up to a few chunks.
  [[nodiscard]] std::span<char> space();
  void commit(std::size_t bytes);
  // Garbage is for good; why() says what was wrong.
  [[nodiscard]] Status next(FramedMessage& message);
  [[nodiscard]] const char* why() const { return why_; }
  [[nodiscard]] std::size_t streams() const { return streams_.size(); }  // half-assembled

 private:
  struct Incoming {
    std::uint8_t flags = 0;  // answer and urgent, the same in every chunk
    std::string bytes;
  };

  Status garbage(const char* why);
  Status accept(std::uint8_t flags, std::uint64_t stream, std::string_view chunk, FramedMessage& message);

  FrameLimits limits_;
  std::vector<char> buffer_;
  std::size_t begin_ = 0;  // of what is not parsed yet
  std::size_t end_ = 0;
  bool grow_ = false;
  std::unordered_map<std::uint64_t, Incoming> streams_;
  std::size_t assembling_ = 0;  // bytes in streams_
  std::string assembled_;       // the message given last, where it had more than one chunk
  std::string spare_;           // memory for the next one
  const char* why_ = nullptr;
};

}  // namespace hansard
