// government/message_codec.cpp - version, tag, republic, then the fields in the order of fields() below.
//
// Each message's fields are listed once, for writing and reading alike, so that the two cannot disagree. Every value
// has exactly one encoding: what decodes, encodes to the same bytes again.
#include "government/message_codec.hpp"

#include "government/government.hpp"
#include "log/assert.hpp"
#include "log/codec.hpp"

#include <algorithm>
#include <type_traits>
#include <utility>

namespace hansard {

namespace {

constexpr std::uint8_t version = 2;  // 1: without conditions and snapshots

// Numbers on the wire. Never changed and never used again; requests below 64, answers from 65.
template <class Message>
constexpr std::uint8_t tag_of = 0;
// clang-format off
template <> constexpr std::uint8_t tag_of<Found> = 1;
template <> constexpr std::uint8_t tag_of<Embark> = 2;
template <> constexpr std::uint8_t tag_of<Canvass> = 3;
template <> constexpr std::uint8_t tag_of<Prepare> = 4;
template <> constexpr std::uint8_t tag_of<Fetch> = 5;
template <> constexpr std::uint8_t tag_of<Register> = 6;
template <> constexpr std::uint8_t tag_of<Ping> = 7;
template <> constexpr std::uint8_t tag_of<Synchronize> = 8;
template <> constexpr std::uint8_t tag_of<Forward> = 9;
template <> constexpr std::uint8_t tag_of<ReadPoint> = 10;
template <> constexpr std::uint8_t tag_of<Nominate> = 11;
template <> constexpr std::uint8_t tag_of<FetchState> = 12;
template <> constexpr std::uint8_t tag_of<FoundAnswer> = 65;
template <> constexpr std::uint8_t tag_of<EmbarkAnswer> = 66;
template <> constexpr std::uint8_t tag_of<CanvassAnswer> = 67;
template <> constexpr std::uint8_t tag_of<Promised> = 68;
template <> constexpr std::uint8_t tag_of<Fetched> = 69;
template <> constexpr std::uint8_t tag_of<Received> = 70;
template <> constexpr std::uint8_t tag_of<Rejected> = 71;
template <> constexpr std::uint8_t tag_of<Pong> = 72;
template <> constexpr std::uint8_t tag_of<Synchronized> = 73;
template <> constexpr std::uint8_t tag_of<Forwarded> = 74;
template <> constexpr std::uint8_t tag_of<ReadPointAnswer> = 75;
template <> constexpr std::uint8_t tag_of<Nominated> = 76;
template <> constexpr std::uint8_t tag_of<FetchedState> = 77;
// clang-format on

// Room for all of a message but its entries and appends, as a rule; more only costs another allocation.
constexpr std::size_t rest_bytes = 512;
constexpr std::size_t length_bytes_max = 10;  // of a varint
constexpr std::size_t entry_bytes_min = 32;   // its chain and checksum alone take 24

// ---- The two directions ---------------------------------------------------------------------------------------------

class Out {
 public:
  static constexpr bool reads = false;

  explicit Out(std::string& out) : writer_(out) {}

  void number(std::uint64_t value) { writer_.number(value); }
  void signed_number(std::int64_t value) { writer_.signed_number(value); }
  void flag(bool value) { writer_.boolean(value); }
  void promise(Promise value) { writer_.promise(value); }
  void position(const Position& value) { writer_.position(value); }
  void id128(const Id128& value) { writer_.id128(value); }
  void text(std::string_view value, std::size_t /*bytes_max*/) { writer_.text(value); }
  void name(std::string_view value) { writer_.text(value); }

  template <class Verdict>
  void verdict(Verdict value, Verdict /*last*/) {
    writer_.byte(static_cast<std::uint8_t>(value));
  }

  void objection(Objection value) { writer_.byte(static_cast<std::uint8_t>(value)); }

  void optional(const std::optional<Promise>& value) {
    writer_.boolean(value.has_value());
    if (value) writer_.promise(*value);
  }

  template <class T, class Each>
  void list(const std::vector<T>& values, std::size_t /*count_max*/, Each each) {
    writer_.number(values.size());
    for (const T& value : values) each(value);
  }

  void properties(const std::map<std::string, std::string, std::less<>>& values) {
    writer_.number(values.size());
    for (const auto& [name, value] : values) {
      writer_.text(name);
      writer_.text(value);
    }
  }

  void entries(const std::vector<EntryPtr>& values) {
    writer_.number(values.size());
    for (const EntryPtr& entry : values) {
      HANSARD_ASSERT(entry != nullptr, "a pulse carries entries, not their absence");
      writer_.text(entry->bytes());
    }
  }

  void submission(const std::shared_ptr<const Submission>& value);
  void must(bool /*holds*/, const char* /*what*/) {}  // The reader's affair.

 protected:
  Encoder writer_;
};

// As Out, but an entry is its trailer, the chain and the checksum over all of it: as good as its bytes to tell two
// messages apart, and nothing is copied.
class DigestOut : public Out {
 public:
  using Out::Out;

  void entries(const std::vector<EntryPtr>& values) {
    writer_.number(values.size());
    for (const EntryPtr& entry : values) {
      HANSARD_ASSERT(entry != nullptr, "a pulse carries entries, not their absence");
      writer_.raw(entry->trailer());
    }
  }
};

class In {
 public:
  static constexpr bool reads = true;

  explicit In(std::string_view bytes) : reader_(bytes) {}

  void number(std::uint64_t& value) { value = reader_.number(); }
  void signed_number(std::int64_t& value) { value = reader_.signed_number(); }
  void flag(bool& value) { value = reader_.boolean(); }
  void promise(Promise& value) { value = reader_.promise(); }
  void position(Position& value) { value = reader_.position(); }
  void id128(Id128& value) { value = reader_.id128(); }
  void text(std::string& value, std::size_t bytes_max) { value = reader_.text(bytes_max); }

  // Empty stands for nobody.
  void name(std::string& value) {
    value = reader_.text(EntryLimits::name_bytes_max);
    must(value.empty() || is_name(value), "an id that is no name");
  }

  template <class Verdict>
  void verdict(Verdict& value, Verdict last) {
    const std::uint8_t byte = reader_.byte();
    must(byte >= 1 && byte <= static_cast<std::uint8_t>(last), "an unknown verdict");
    value = reader_.failed() ? last : static_cast<Verdict>(byte);
  }

  void objection(Objection& value) {
    const std::uint8_t byte = reader_.byte();
    must(byte <= static_cast<std::uint8_t>(Objection::not_matched), "an unknown objection");
    value = reader_.failed() ? Objection::none : static_cast<Objection>(byte);
  }

  void optional(std::optional<Promise>& value) {
    if (reader_.boolean()) value = reader_.promise();
  }

  // Grows as it reads: a count is no reason to allocate.
  template <class T, class Each>
  void list(std::vector<T>& values, std::size_t count_max, Each each) {
    const std::uint64_t count = reader_.number_at_most(count_max);
    for (std::uint64_t i = 0; i < count && !reader_.failed(); ++i) each(values.emplace_back());
  }

  void properties(std::map<std::string, std::string, std::less<>>& values) {
    const std::uint64_t count = reader_.number_at_most(GovernmentLimits::properties_max);
    for (std::uint64_t i = 0; i < count && !reader_.failed(); ++i) {
      std::string name{reader_.text(GovernmentLimits::property_bytes_max)};
      std::string value{reader_.text(GovernmentLimits::property_bytes_max)};
      must(values.empty() || values.rbegin()->first < name, "properties out of order");
      values.emplace_hint(values.end(), std::move(name), std::move(value));
    }
  }

  // A log has no hole, so a piece of it has none either: whoever receives entries may rely on it.
  void entries(std::vector<EntryPtr>& values) {
    const std::uint64_t count = reader_.number_at_most(MessageLimits::entries_max);
    values.reserve(std::min<std::size_t>(count, reader_.remaining() / entry_bytes_min));
    for (std::uint64_t i = 0; i < count && !reader_.failed(); ++i) {
      const std::string_view bytes = reader_.text(EntryLimits::entry_bytes_max);
      if (reader_.failed()) return;
      Result<EntryPtr> entry = Entry::parse(bytes);
      if (!entry) {
        if (what_.empty()) what_ = entry.error().what;
        reader_.fail();
        return;
      }
      must(values.empty() || (*entry)->previous() == values.back()->position(),
           "entries that do not follow each other");
      values.push_back(std::move(*entry));
    }
  }

  void submission(std::shared_ptr<const Submission>& value);

  void must(bool holds, const char* what) {
    if (holds) return;
    if (!reader_.failed() && what_.empty()) what_ = what;
    reader_.fail();
  }

  [[nodiscard]] std::uint8_t byte() { return reader_.byte(); }
  [[nodiscard]] bool finished() const { return reader_.finished(); }
  [[nodiscard]] const std::string& what() const { return what_; }

 private:
  Decoder reader_;
  std::string what_;  // the first thing that was wrong, where it is more than "malformed"
};

template <class Io, class T>
using Field = std::conditional_t<Io::reads, T&, const T&>;

// ---- Parts ----------------------------------------------------------------------------------------------------------

template <class Io>
void fields(Io& io, Field<Io, Islander> islander) {
  io.name(islander.id);
  io.id128(islander.cookie);
}

template <class Io>
void fields(Io& io, Field<Io, Listed> listed) {
  io.name(listed.id);
  io.text(listed.url, GovernmentLimits::url_bytes_max);
}

template <class Io>
void fields(Io& io, Field<Io, Committed> committed) {
  io.position(committed.position);
  io.number(committed.counted);
}

template <class Io>
void fields(Io& io, Field<Io, Downstream> islander) {
  io.name(islander.id);
  io.promise(islander.committed);
  io.flag(islander.reachable);
}

template <class Io>
void citizens(Io& io, Field<Io, std::vector<Downstream>> list) {
  io.list(list, GovernmentLimits::citizens_max, [&](auto& islander) { fields(io, islander); });
}

template <class Io>
void fields(Io& io, Field<Io, Report> report) {
  fields(io, report.committed);
  io.position(report.durable);
  io.signed_number(report.wall_us);
  io.flag(report.disk_stalled);
  citizens(io, report.downstream);
}

template <class Io>
void fields(Io& io, Field<Io, Submission> submission) {
  io.text(submission.channel, EntryLimits::name_bytes_max);
  io.must(submission.channel.empty() || is_name(submission.channel), "a channel that is no name");
  io.text(submission.key, EntryLimits::key_bytes_max);
  io.list(submission.items, EntryLimits::items_max, [&](auto& body) {
    io.text(body.content_type, EntryLimits::content_type_bytes_max);
    io.text(body.bytes, EntryLimits::body_bytes_max);
  });
  io.optional(submission.if_match);
  // What is decoded here the leader makes an entry of, which asserts its limits.
  io.must(!submission.items.empty(), "an append of nothing");
  io.must(submission.heft() <= MessageLimits::submission_bytes_max, "an append that is too large");
}

// ---- Requests -------------------------------------------------------------------------------------------------------

template <class Io>
void fields(Io& io, Field<Io, Found> found) {
  io.list(found.list, MessageLimits::list_max, [&](auto& listed) { fields(io, listed); });
  io.flag(found.everyone);
}

template <class Io>
void fields(Io& io, Field<Io, Embark> embark) {
  io.text(embark.url, GovernmentLimits::url_bytes_max);
  io.properties(embark.properties);
}

template <class Io>
void fields(Io& io, Field<Io, Canvass> canvass) {
  io.number(canvass.ballot);
  fields(io, canvass.committed);
}

template <class Io>
void fields(Io& io, Field<Io, Prepare> prepare) {
  io.number(prepare.ballot);
  io.position(prepare.committed);
}

template <class Io>
void fields(Io& io, Field<Io, Fetch> fetch) {
  io.position(fetch.after);
  io.promise(fetch.upto);
}

template <class Io>
void fields(Io& io, Field<Io, FetchState> fetch) {
  io.position(fetch.at);
  io.number(fetch.piece);
}

template <class Io>
void fields(Io& io, Field<Io, Register> pulse) {
  io.number(pulse.ballot);
  io.promise(pulse.government);
  io.position(pulse.previous);
  io.entries(pulse.entries);
  io.must(pulse.entries.empty() || pulse.entries.front()->previous() == pulse.previous,
          "entries that do not follow `previous`");
  fields(io, pulse.committed);
  io.promise(pulse.minimum);
  io.number(pulse.round);
}

template <class Io>
void fields(Io& io, Field<Io, Ping> ping) {
  io.number(ping.ballot);
  fields(io, ping.committed);
  io.promise(ping.minimum);
  io.number(ping.round);
  citizens(io, ping.census);
}

template <class Io>
void fields(Io& io, Field<Io, Synchronize> synchronize) {
  io.number(synchronize.counted);
  io.position(synchronize.previous);
  io.entries(synchronize.entries);
  io.must(synchronize.entries.empty() || synchronize.entries.front()->previous() == synchronize.previous,
          "entries that do not follow `previous`");
  io.promise(synchronize.minimum);
  io.promise(synchronize.government);
  io.flag(synchronize.leader_heard);
  citizens(io, synchronize.census);
}

template <class Io>
void fields(Io& io, Field<Io, Forward> forward) {
  io.number(forward.ballot);
  io.promise(forward.arrived);
  io.number(forward.start);
  std::uint64_t last = 0;
  io.list(forward.appends, MessageLimits::appends_max, [&](auto& append) {
    io.number(append.sequence);
    io.must(append.sequence > last, "appends out of order");
    last = append.sequence;
    io.number(append.after);
    io.must(append.after < append.sequence, "an append that waits for a later one");
    io.submission(append.submission);
  });
  io.number(forward.open_from);
}

template <class Io>
void fields(Io& io, Field<Io, ReadPoint> point) {
  io.number(point.ballot);
}

template <class Io>
void fields(Io& io, Field<Io, Nominate> nominate) {
  io.number(nominate.ballot);
  io.position(nominate.last);
}

// ---- Answers --------------------------------------------------------------------------------------------------------

template <class Io>
void fields(Io& io, Field<Io, FoundAnswer> answer) {
  io.flag(answer.same_list);
  io.flag(answer.granted);
  io.flag(answer.has_government);
  io.id128(answer.republic);
  fields(io, answer.promised_to);
  io.text(answer.url, GovernmentLimits::url_bytes_max);
}

template <class Io>
void fields(Io& io, Field<Io, EmbarkAnswer> answer) {
  io.verdict(answer.verdict, EmbarkAnswer::Verdict::ask);
  io.id128(answer.republic);
  fields(io, answer.leader);
  io.text(answer.why, GovernmentLimits::why_bytes_max);
}

template <class Io>
void fields(Io& io, Field<Io, CanvassAnswer> answer) {
  io.flag(answer.lost);
  io.number(answer.promised);
  fields(io, answer.committed);
}

template <class Io>
void fields(Io& io, Field<Io, Promised> promised) {
  io.flag(promised.granted);
  io.number(promised.ballot);
  fields(io, promised.committed);
  io.promise(promised.first);
  io.position(promised.last);
  io.entries(promised.tail);
}

template <class Io>
void fields(Io& io, Field<Io, Fetched> fetched) {
  io.flag(fetched.held);
  fields(io, fetched.committed);
  io.position(fetched.last);
  io.flag(fetched.leader_heard);
  citizens(io, fetched.census);
  io.entries(fetched.entries);
  io.flag(fetched.trimmed);
}

template <class Io>
void fields(Io& io, Field<Io, FetchedState> fetched) {
  io.flag(fetched.held);
  fields(io, fetched.committed);
  io.number(fetched.pieces);
  io.number(fetched.piece);
  io.must(fetched.pieces <= MessageLimits::pieces_max && (!fetched.held || fetched.piece < fetched.pieces),
          "a piece beyond the last");
  io.text(fetched.bytes, MessageLimits::piece_bytes_max);
}

template <class Io>
void fields(Io& io, Field<Io, Received> received) {
  io.number(received.ballot);
  io.position(received.last);
  io.number(received.round);
  fields(io, received.report);
}

template <class Io>
void fields(Io& io, Field<Io, Rejected> rejected) {
  io.number(rejected.promised);
  fields(io, rejected.committed);
  io.position(rejected.last);
}

template <class Io>
void fields(Io& io, Field<Io, Pong> pong) {
  io.number(pong.promised);
  io.number(pong.ballot);
  io.number(pong.round);
  fields(io, pong.report);
  io.position(pong.last);
}

template <class Io>
void fields(Io& io, Field<Io, Synchronized> synchronized) {
  io.flag(synchronized.held);
  fields(io, synchronized.committed);
  fields(io, synchronized.report);
}

template <class Io>
void fields(Io& io, Field<Io, Forwarded> forwarded) {
  io.verdict(forwarded.verdict, Forwarded::Verdict::stranger);
  io.number(forwarded.ballot);
  io.number(forwarded.upto);
  std::uint64_t last = 0;
  io.list(forwarded.judgments, MessageLimits::appends_max, [&](auto& judgment) {
    io.number(judgment.sequence);
    io.must(judgment.sequence > last, "judgments out of order");
    last = judgment.sequence;
    io.objection(judgment.objection);
    io.promise(judgment.first);
    io.promise(judgment.last);
    io.must(judgment.first <= judgment.last, "an append that ends before it begins");
  });
}

template <class Io>
void fields(Io& io, Field<Io, ReadPointAnswer> answer) {
  io.flag(answer.confirmed);
  io.promise(answer.committed);
}

template <class Io>
void fields(Io& io, Field<Io, Nominated> nominated) {
  io.flag(nominated.runs);
}

void Out::submission(const std::shared_ptr<const Submission>& value) {
  HANSARD_ASSERT(value != nullptr, "an append without its submission");
  fields(*this, *value);
}

void In::submission(std::shared_ptr<const Submission>& value) {
  auto read = std::make_shared<Submission>();
  fields(*this, *read);
  value = std::move(read);
}

// ---- Whole messages -------------------------------------------------------------------------------------------------

std::size_t bytes_of(const std::vector<EntryPtr>& entries) {
  std::size_t sum = 0;
  for (const EntryPtr& entry : entries) sum += entry->bytes().size() + length_bytes_max;
  return sum;
}

// About the size of the encoding; never less where it matters, in what carries entries or appends.
template <class Message>
std::size_t bytes_about(const Message& message) {
  std::size_t sum = rest_bytes;
  if constexpr (requires { message.entries; }) sum += bytes_of(message.entries);
  if constexpr (requires { message.tail; }) sum += bytes_of(message.tail);
  if constexpr (requires { message.appends; }) {
    for (const auto& append : message.appends) sum += append.submission->heft() + 2 * length_bytes_max;
  }
  return sum;
}

template <class Io, class Message>
void write_message(const Republic& republic, const Message& message, std::string& out) {
  static_assert(tag_of<Message> != 0);
  Encoder writer{out};
  writer.byte(version);
  writer.byte(tag_of<Message>);
  writer.id128(republic);
  Io io{out};
  fields(io, message);
}

template <class Message>
void encode_message(const Republic& republic, const Message& message, std::string& out) {
  out.reserve(out.size() + bytes_about(message));
  write_message<Out>(republic, message, out);
}

// True iff one of the variant's messages bears the tag; its fields have been read then.
template <class Variant, std::size_t... Index>
bool decode_tagged(In& io, std::uint8_t tag, Variant& message, std::index_sequence<Index...> /*all*/) {
  return ((tag == tag_of<std::variant_alternative_t<Index, Variant>> &&
           (fields(io, message.template emplace<Index>()), true)) ||
          ...);
}

template <class Variant>
Result<Addressed<Variant>> decode_message(std::string_view bytes) {
  In io{bytes};
  const std::uint8_t found = io.byte();
  if (!bytes.empty() && found != version) {
    return Error{Errc::unsupported, "message: format version " + std::to_string(found)};
  }
  const std::uint8_t tag = io.byte();
  Addressed<Variant> result;
  io.id128(result.republic);
  const bool known = decode_tagged(io, tag, result.message, std::make_index_sequence<std::variant_size_v<Variant>>{});
  if (!known) return Error{Errc::corrupt, "message: unknown tag " + std::to_string(tag)};
  if (!io.finished()) {
    return Error{Errc::corrupt,
                 std::string{name_of(result.message)} + ": " + (io.what().empty() ? "malformed" : io.what())};
  }
  return result;
}

}  // namespace

void encode(const Republic& republic, const Request& request, std::string& out) {
  std::visit([&](const auto& message) { encode_message(republic, message, out); }, request);
}

void encode(const Republic& republic, const Answer& answer, std::string& out) {
  std::visit([&](const auto& message) { encode_message(republic, message, out); }, answer);
}

void digest(const Republic& republic, const Request& request, std::string& out) {
  std::visit([&](const auto& message) { write_message<DigestOut>(republic, message, out); }, request);
}

void digest(const Republic& republic, const Answer& answer, std::string& out) {
  std::visit([&](const auto& message) { write_message<DigestOut>(republic, message, out); }, answer);
}

void encode(const Submission& submission, std::string& out) {
  Out io{out};
  fields(io, submission);
}

Result<Submission> decode_submission(std::string_view bytes) {
  In io{bytes};
  Submission submission;
  fields(io, submission);
  if (!io.finished()) {
    return Error{Errc::corrupt, "append: " + (io.what().empty() ? std::string{"malformed"} : io.what())};
  }
  return submission;
}

Result<Addressed<Request>> decode_request(std::string_view bytes) { return decode_message<Request>(bytes); }
Result<Addressed<Answer>> decode_answer(std::string_view bytes) { return decode_message<Answer>(bytes); }

}  // namespace hansard
