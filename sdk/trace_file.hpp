// sdk/trace_file.hpp - what a file of a recording holds: bytes to meaning and back. Format 1.
//
// "hansard trace 1\n", then blocks: type (1 byte), length (4, big-endian), checksum64 of the payload (8), the low half
// of the checksum64 of these (4), payload. (A head of its own checksum, so that a bit flipped in a length is damage and
// not a file that was cut.) In this order: how it begins, the Legislator's state there, records in pieces
// (government/trace.hpp), how it ends. Where the process was killed the last blocks are missing and the last may be
// cut: that is normal, and told (TraceReader::is_torn); what is damaged elsewhere is Errc::corrupt.
#pragma once

#include "government/trace.hpp"
#include "log/error.hpp"
#include "log/record.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace hansard {

struct TraceBegin {
  enum class Cause : std::uint8_t {
    start = 1,     // a run begins here
    rotation = 2,  // goes on where the file before it ends
    gap = 3,       // something before it was not recorded: the disk did not keep up
  };
  Cause cause = Cause::start;
  std::string build;       // build_id() of who recorded
  Identity identity;       // whose: id, cookie, and which start of its directory
  std::uint64_t file = 1;  // of this run
  std::int64_t wall_us = 0;
  std::uint64_t first_input = 1;  // its number in the run; inputs that a gap left out are not counted
  TraceClock clock;
  Id128 hash;

  friend bool operator==(const TraceBegin& a, const TraceBegin& b) {
    return a.cause == b.cause && a.build == b.build && a.identity.id == b.identity.id &&
           a.identity.cookie == b.identity.cookie && a.identity.start == b.identity.start && a.file == b.file &&
           a.wall_us == b.wall_us && a.first_input == b.first_input && a.clock == b.clock && a.hash == b.hash;
  }
};

struct TraceEnd {
  enum class Cause : std::uint8_t {
    rotation = 1,  // the next file goes on
    stop = 2,      // the islander stopped, in an orderly way
    gap = 3,       // the disk did not keep up: what follows was not recorded, up to the next file
  };
  Cause cause = Cause::stop;
  std::uint64_t inputs = 0;  // recorded in this file

  friend bool operator==(const TraceEnd&, const TraceEnd&) = default;
};

enum class TraceBlock : std::uint8_t { begin = 1, state = 2, records = 3, end = 4 };

inline constexpr std::string_view trace_magic = "hansard trace 1\n";
inline constexpr std::size_t trace_block_head_bytes = 17;

// What stands before a payload.
[[nodiscard]] std::string trace_block_head(TraceBlock type, std::string_view payload);
void encode(const TraceBegin& begin, std::string& out);
void encode(const TraceEnd& end, std::string& out);
[[nodiscard]] Result<TraceBegin> decode_trace_begin(std::string_view payload);
[[nodiscard]] Result<TraceEnd> decode_trace_end(std::string_view payload);

// Reads a whole file, of which it views the bytes.
class TraceReader {
 public:
  // Errc::unsupported where the format is another, Errc::corrupt where this is no such file or damaged. A file that was
  // cut before its state was whole holds nothing to replay: then has_state() is false and is_torn() true.
  [[nodiscard]] static Result<TraceReader> open(std::string_view file);

  [[nodiscard]] bool has_begin() const { return begin_.has_value(); }
  [[nodiscard]] const TraceBegin& begin() const { return *begin_; }  // REQUIRES: has_begin()
  [[nodiscard]] bool has_state() const { return has_state_; }
  [[nodiscard]] std::string_view state() const { return state_; }

  // The next piece of records; nullopt at the end, and then end() or is_torn() says what end.
  [[nodiscard]] Result<std::optional<std::string_view>> next();
  [[nodiscard]] const std::optional<TraceEnd>& end() const { return end_; }
  [[nodiscard]] bool is_torn() const { return is_torn_; }

 private:
  struct Block {
    TraceBlock type;
    std::string_view payload;
  };
  explicit TraceReader(std::string_view file) : size_(file.size()), rest_(file) {}
  // nullopt: cut here.
  [[nodiscard]] Result<std::optional<Block>> take();
  [[nodiscard]] Error damaged(const std::string& what) const;

  std::size_t size_;
  std::string_view rest_;
  std::optional<TraceBegin> begin_;
  bool has_state_ = false;
  std::string_view state_;
  std::optional<TraceEnd> end_;
  bool is_torn_ = false;
};

}  // namespace hansard
