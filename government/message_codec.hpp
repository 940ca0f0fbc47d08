// government/message_codec.hpp - messages to bytes and back. Version 3. Bounded: bad bytes are Errc::corrupt, another
// version is Errc::unsupported.
//
// Bytes: version, tag (one byte each), republic (16), then the fields. Entries travel as their own encoding
// (Entry::bytes), so an entry is never encoded twice. Every message has exactly one encoding.
// What a decoded message may be relied on: entries follow each other without a hole, and follow `previous` where the
// message has one; ids are names or empty; sequences of a Forward increase, each after its `after`; a submission has
// items and fits an entry. What is over a limit is refused by the receiver, so senders keep them (MessageLimits,
// GovernmentLimits, EntryLimits).
#pragma once

#include "government/message.hpp"
#include "log/error.hpp"

#include <string>
#include <string_view>

namespace hansard {

struct MessageLimits {
  static constexpr std::size_t entries_max = 1'000'000;
  static constexpr std::size_t list_max = 64;         // founding list
  static constexpr std::size_t appends_max = 65'536;  // of one Forward; judgments of one Forwarded
  static constexpr std::size_t submission_bytes_max = std::size_t{72}
                                                      << 20U;  // Submission::heft; leaves an entry its room
  static constexpr std::size_t pieces_max = 4'096;             // of a snapshot of log state
  static constexpr std::size_t piece_bytes_max = std::size_t{64} << 20U;
};

template <class Message>
struct Addressed {
  Republic republic;  // zero: the sender belongs to none yet
  Message message;
};

// Appends to `out`.
void encode(const Republic& republic, const Request& request, std::string& out);
void encode(const Republic& republic, const Answer& answer, std::string& out);
[[nodiscard]] Result<Addressed<Request>> decode_request(std::string_view bytes);
[[nodiscard]] Result<Addressed<Answer>> decode_answer(std::string_view bytes);

// One append as a Forward carries it, for traces.
void encode(const Submission& submission, std::string& out);
[[nodiscard]] Result<Submission> decode_submission(std::string_view bytes);
// One operation, for traces.
void encode(const Operation& operation, std::string& out);
[[nodiscard]] Result<Operation> decode_operation(std::string_view bytes);

// Bytes that two messages share only where their encodings are the same; not to be decoded. An entry is its trailer
// (Entry::trailer), so no body of an entry is copied.
void digest(const Republic& republic, const Request& request, std::string& out);
void digest(const Republic& republic, const Answer& answer, std::string& out);

}  // namespace hansard
