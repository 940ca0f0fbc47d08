// government/message_fields.hpp - the fields of every message, listed once, for message_codec.cpp and
// message_digest.cpp alone.
//
// fields(io, message) names them in the order in which they stand; `io` writes them (Out), reads them (In, in the
// codec) or writes what tells two messages apart (the digest). So writing and reading cannot disagree.
#pragma once

#include "government/government.hpp"
#include "government/message_codec.hpp"
#include "log/assert.hpp"
#include "log/codec.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace hansard::message_fields {

// 1: without conditions and snapshots; 2: without operations; 3: without what disks lack; 4: without FetchBack
inline constexpr std::uint8_t version = 5;

// Numbers on the wire. Never changed and never used again; requests below 64, answers from 65.
template <class Message>
inline constexpr std::uint8_t tag_of = 0;
// clang-format off
template <> inline constexpr std::uint8_t tag_of<Found> = 1;
template <> inline constexpr std::uint8_t tag_of<Embark> = 2;
template <> inline constexpr std::uint8_t tag_of<Canvass> = 3;
template <> inline constexpr std::uint8_t tag_of<Prepare> = 4;
template <> inline constexpr std::uint8_t tag_of<Fetch> = 5;
template <> inline constexpr std::uint8_t tag_of<Register> = 6;
template <> inline constexpr std::uint8_t tag_of<Ping> = 7;
template <> inline constexpr std::uint8_t tag_of<Synchronize> = 8;
template <> inline constexpr std::uint8_t tag_of<Forward> = 9;
template <> inline constexpr std::uint8_t tag_of<ReadPoint> = 10;
template <> inline constexpr std::uint8_t tag_of<Nominate> = 11;
template <> inline constexpr std::uint8_t tag_of<FetchState> = 12;
template <> inline constexpr std::uint8_t tag_of<Operate> = 13;
template <> inline constexpr std::uint8_t tag_of<FetchBack> = 14;
template <> inline constexpr std::uint8_t tag_of<FoundAnswer> = 65;
template <> inline constexpr std::uint8_t tag_of<EmbarkAnswer> = 66;
template <> inline constexpr std::uint8_t tag_of<CanvassAnswer> = 67;
template <> inline constexpr std::uint8_t tag_of<Promised> = 68;
template <> inline constexpr std::uint8_t tag_of<Fetched> = 69;
template <> inline constexpr std::uint8_t tag_of<Received> = 70;
template <> inline constexpr std::uint8_t tag_of<Rejected> = 71;
template <> inline constexpr std::uint8_t tag_of<Pong> = 72;
template <> inline constexpr std::uint8_t tag_of<Synchronized> = 73;
template <> inline constexpr std::uint8_t tag_of<Forwarded> = 74;
template <> inline constexpr std::uint8_t tag_of<ReadPointAnswer> = 75;
template <> inline constexpr std::uint8_t tag_of<Nominated> = 76;
template <> inline constexpr std::uint8_t tag_of<FetchedState> = 77;
template <> inline constexpr std::uint8_t tag_of<OperateAnswer> = 78;
// clang-format on

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
  io.promise(islander.fetches);
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
  io.flag(report.disk_ill);
  io.promise(report.fetches);
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

template <class Io>
void fields(Io& io, Field<Io, LogSettingsChange> change) {
  // Field by field and unjudged: what an operator asks may be what the log refuses.
  io.optional(change.max_entry_bytes);
  io.optional(change.idempotency_keys);
  io.optional(change.idempotency_window_us);
  io.optional(change.max_entries);
  io.optional(change.max_bytes);
  io.optional(change.max_age_us);
}

template <class Io>
void fields(Io& io, Field<Io, Operation> operation) {
  io.choice(operation.what, Operation::What::settings);
  io.name(operation.id);
  io.number32(operation.seats);
  io.promise(operation.before);
  fields(io, operation.settings);
  io.id128(operation.cookie);
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
void fields(Io& io, Field<Io, FetchBack> fetch) {
  io.position(fetch.upto);
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

template <class Io>
void fields(Io& io, Field<Io, Operate> operate) {
  io.number(operate.ballot);
  fields(io, operate.operation);
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

template <class Io>
void fields(Io& io, Field<Io, OperateAnswer> answer) {
  io.verdict(answer.verdict, OperateAnswer::Verdict::not_leader);
  io.promise(answer.at);
  io.text(answer.why, GovernmentLimits::why_bytes_max);
}

// ---- Writing --------------------------------------------------------------------------------------------------------

class Out {
 public:
  static constexpr bool reads = false;

  explicit Out(std::string& out) : writer_(out) {}

  void number(std::uint64_t value) { writer_.number(value); }
  void number32(std::uint32_t value) { writer_.number(value); }
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

  template <class Choice>
  void choice(Choice value, Choice /*last*/) {
    writer_.byte(static_cast<std::uint8_t>(value));
  }

  template <class T>
  void optional(const std::optional<T>& value) {
    writer_.boolean(value.has_value());
    if (value) one(*value);
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
  void one(const Promise& value) { writer_.promise(value); }
  void one(std::uint64_t value) { writer_.number(value); }
  void one(std::int64_t value) { writer_.signed_number(value); }

  Encoder writer_;
};

inline void Out::submission(const std::shared_ptr<const Submission>& value) {
  HANSARD_ASSERT(value != nullptr, "an append without its submission");
  fields(*this, *value);
}

}  // namespace hansard::message_fields
