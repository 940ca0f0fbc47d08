// government/trace.hpp - all that happened to one Legislator as bytes, and back. Version 4 (trace_version).
//
// A trace is a row of records:
// - an input, whole: everything a fresh Legislator in the same state needs to do the same;
// - an output that was pulled: what kind, whether there was one, and of what there was its size and four bytes of a
//   running hash over all outputs so far. Not the output itself: a replay makes it again;
// - a check, before the next input after outputs: the whole running hash, 128 bits.
// Entries inside outputs are hashed by their trailers (chain and checksum).
//
// Records do not stand alone: moments are differences from the record before, and the hash runs on. A TraceEncoder and
// a TraceDecoder begin a trace in step, both fresh, or both set to where an earlier trace ended (TraceClock, hash).
// Every record has exactly one encoding: what decodes, encodes to the same bytes again. Bounded: bad bytes are
// Errc::corrupt.
#pragma once

#include "government/message_codec.hpp"
#include "government/tap.hpp"
#include "log/codec.hpp"
#include "log/error.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace hansard {

inline constexpr std::uint8_t trace_version = 4;

struct TraceLimits {
  static constexpr std::size_t list_max = 4'096;                             // a founding list, urls to join
  static constexpr std::size_t text_bytes_max = 4'096;                       // an id or url in them
  static constexpr std::size_t message_bytes_max = std::size_t{256} << 20U;  // a whole request or answer
};

// What moments are differences from.
struct TraceClock {
  Tick now = 0;
  std::uint64_t wall_ahead = 0;  // wall - now, modulo 2^64

  friend bool operator==(const TraceClock&, const TraceClock&) = default;
};

// ---- Inputs as values ----------------------------------------------------------------------------------------------

namespace input {

struct Start {};
struct Bootstrap {
  std::vector<Listed> list;
};
struct Join {
  std::vector<std::string> urls;
};
struct Enqueue {
  Submission submission;
  std::uint64_t token = 0;
};
struct GiveUp {
  std::uint64_t token = 0;
};
struct Read {
  std::uint64_t token = 0;
};
struct GiveUpRead {
  std::uint64_t token = 0;
};
struct Operate {
  Operation operation;
  std::uint64_t token = 0;
};
struct GiveUpOperation {
  std::uint64_t token = 0;
};
struct Requested {
  RequestId id = 0;
  Islander from;
  Republic republic;
  Request request;
};
struct Sent {
  PulseId id = 0;
  std::optional<Reply> reply;
};
struct Disconnected {
  Islander who;
};
struct Persisted {
  std::uint64_t write = 0;
};
struct Supplied {
  std::uint64_t want = 0;
  std::vector<EntryPtr> entries;
};
struct Timer {};
struct Resign {};
struct Room {
  bool has_room = true;
};

using Any = std::variant<Start, Bootstrap, Join, Enqueue, GiveUp, Read, GiveUpRead, Operate, GiveUpOperation, Requested,
                         Sent, Disconnected, Persisted, Supplied, Timer, Resign, Room>;

}  // namespace input

struct Input {
  Moment moment;  // of the input before, where it has none of its own (give_up_read, give_up_operation)
  input::Any what;
};

// "a request of b: register". For people.
[[nodiscard]] std::string describe(const input::Any& input);

// ---- Outputs -------------------------------------------------------------------------------------------------------

enum class Output : std::uint8_t {
  enqueued,
  gave_up,
  pulse,
  response,
  write,
  want,
  committed,
  appended,
  reads,
  operated,
  events,
  halt,
  next_event,
  resigned,
};
inline constexpr std::size_t output_kinds = 14;
[[nodiscard]] const char* to_string(Output kind);

struct OutputRecord {
  Output kind = Output::pulse;
  bool present = false;    // false: pulled, and there was none
  std::uint64_t size = 0;  // of what was hashed
  std::uint32_t hash = 0;  // the low 32 bits of the running hash after it

  friend bool operator==(const OutputRecord&, const OutputRecord&) = default;
};

// The running hash after all outputs so far.
struct CheckRecord {
  Id128 hash;

  friend bool operator==(const CheckRecord&, const CheckRecord&) = default;
};

using TraceRecord = std::variant<Input, OutputRecord, CheckRecord>;

// ---- Writing -------------------------------------------------------------------------------------------------------

// Appends to `out`, always whole records; `out` may be emptied or exchanged between two calls.
class TraceEncoder final : public Tap {
 public:
  explicit TraceEncoder(std::string& out, TraceClock clock = {}, Id128 hash = {})
      : out_(out), clock_(clock), hash_(hash) {}

  void start(Moment moment) override;
  void bootstrap(Moment moment, const std::vector<Listed>& list) override;
  void join(Moment moment, const std::vector<std::string>& urls) override;
  void enqueue(Moment moment, const Submission& submission, std::uint64_t token) override;
  void give_up(Moment moment, std::uint64_t token) override;
  void read(Moment moment, std::uint64_t token) override;
  void give_up_read(std::uint64_t token) override;
  void operate(Moment moment, const Operation& operation, std::uint64_t token) override;
  void give_up_operation(std::uint64_t token) override;
  void request(Moment moment, RequestId id, const Islander& from, const Republic& republic,
               const Request& request) override;
  void sent(Moment moment, PulseId id, const std::optional<Reply>& reply) override;
  void disconnected(Moment moment, const Islander& who) override;
  void persisted(Moment moment, std::uint64_t write_id) override;
  void supplied(Moment moment, std::uint64_t want_id, const std::vector<EntryPtr>& entries) override;
  void event(Moment moment) override;
  void resign(Moment moment) override;
  void room(Moment moment, bool has_room) override;

  void enqueued(bool taken) override;
  void gave_up(const Appended& known) override;
  void outbox(const std::optional<Pulse>& pulse) override;
  void response(const std::optional<Response>& response) override;
  void journal(const Write* write) override;
  void wanted(const std::optional<Want>& want) override;
  void committed(const std::vector<EntryPtr>& entries) override;
  void appended(const std::vector<Appended>& ended) override;
  void reads(const std::vector<ReadReady>& ready) override;
  void operated(const std::vector<Operated>& ended) override;
  void events(const std::vector<Event>& events) override;
  void halt(const std::optional<Error>& error) override;
  void next_event(const std::optional<Tick>& at) override;
  void resigned(bool is_resigned) override;

  // Writes the check that is due, if outputs came since the last one: call it where a trace ends.
  void check();
  [[nodiscard]] const TraceClock& at() const { return clock_; }
  [[nodiscard]] const Id128& hash() const { return hash_; }
  [[nodiscard]] std::uint64_t inputs() const { return inputs_; }  // told so far

 private:
  void begin(std::uint8_t tag);
  void begin(std::uint8_t tag, Moment moment);
  void none(Output kind);
  // What `fill` writes about an output is hashed, after the hash so far.
  template <class Fill>
  void some(Output kind, Fill fill);

  std::string& out_;
  std::string scratch_;
  TraceClock clock_;
  Id128 hash_;
  std::uint64_t inputs_ = 0;
  bool is_due_ = false;  // a check
};

// Tells a tap of an input.
void tell(const Input& input, Tap& tap);
// As TraceEncoder writes them.
void encode(const OutputRecord& record, std::string& out);
void encode(const CheckRecord& record, std::string& out);

// ---- Reading -------------------------------------------------------------------------------------------------------

class TraceDecoder {
 public:
  explicit TraceDecoder(TraceClock clock = {}) : clock_(clock) {}

  // The first record of `bytes`, which it is then taken from. REQUIRES: bytes is not empty.
  [[nodiscard]] Result<TraceRecord> next(std::string_view& bytes);
  [[nodiscard]] const TraceClock& at() const { return clock_; }

 private:
  TraceClock clock_;
};

}  // namespace hansard
