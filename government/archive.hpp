// government/archive.hpp - the members of a class, listed once: for writing its state, for reading it, for looking at
// it.
//
// Every class whose members are state of a Legislator has
//
//     template <class Archive> void members(Archive& a) { a(stage_, as_time(run_at_), as_pulse(asked_)); }
//
// that lists all of them (chamber_state_test.cpp finds the forgotten). An archive is called with lvalues of numbers,
// enums, texts, ids, entries, messages, optionals, pairs, containers, owners (Part*), and structs that have members()
// of their own, as a member or free. Numbers of a certain meaning are marked, so that an archive may treat them apart
// (the tests of small worlds rename and normalise them). A mark on a map of which the mark is true of keys only, as
// as_pulse(asked_), is meant for the keys; times are values.
//
// ArchiveWriter appends bytes; ArchiveReader reads them, bounded, never asserting: one value has one encoding, and what
// is malformed makes it failed(). Their format is of one build: whoever stores it says which.
#pragma once

#include "government/chamber.hpp"
#include "government/mark.hpp"
#include "government/shaper.hpp"
#include "log/codec.hpp"

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace hansard {

// ---- What kind of thing a type is -----------------------------------------------------------------------------------

// clang-format off
namespace archive_detail {

template <class T> constexpr bool is_marked = false;
template <Mark mark, class T> constexpr bool is_marked<Marked<mark, T>> = true;
template <class T> constexpr bool is_optional = false;
template <class T> constexpr bool is_optional<std::optional<T>> = true;
template <class T> constexpr bool is_pair = false;
template <class A, class B> constexpr bool is_pair<std::pair<A, B>> = true;
template <class T> constexpr bool is_list = false;
template <class T> constexpr bool is_list<std::vector<T>> = true;
template <class T> constexpr bool is_list<std::deque<T>> = true;
template <class T> constexpr bool is_set = false;
template <class K, class C> constexpr bool is_set<std::set<K, C>> = true;
template <class T> constexpr bool is_map = false;
template <class K, class V, class C> constexpr bool is_map<std::map<K, V, C>> = true;
template <class T> constexpr bool is_submission = std::is_same_v<T, std::shared_ptr<const Submission>>;


// An output that the host has not pulled.
template <class Output>
bool is_left(const Output& output) {
  if constexpr (is_optional<Output>) {
    return output.has_value();
  } else {
    return !output.empty();
  }
}

}  // namespace archive_detail
// clang-format on

// ---- Values that know nothing of archives ---------------------------------------------------------------------------

// clang-format off
template <class A> void members(A& a, Committed& v) { a(v.position, v.counted); }
template <class A> void members(A& a, Islander& v) { a(v.id, v.cookie); }
template <class A> void members(A& a, Listed& v) { a(v.id, v.url); }
template <class A> void members(A& a, Downstream& v) { a(v.id, v.committed, v.reachable, v.fetches); }
template <class A> void members(A& a, Report& v) { a(v.committed, v.durable, v.wall_us, v.disk_ill, v.fetches, v.downstream); }
template <class A> void members(A& a, Moment& v) { a(as_time(v.now), v.wall_us); }
template <class A> void members(A& a, Appends& v) { a(v.arrived, v.start, v.sequence); }
template <class A> void members(A& a, Arrival& v) { a(v.id, v.cookie, v.url, v.properties); }
template <class A> void members(A& a, Pulse& v) { a(as_pulse(v.id), v.to, v.url, v.republic, v.request, v.urgent); }
template <class A> void members(A& a, Response& v) { a(as_request(v.request), v.republic, v.answer); }
template <class A> void members(A& a, Want& v) { a(as_want(v.id), v.after, v.upto, v.bytes_max, v.newest); }
template <class A> void members(A& a, KeyRow& v) { a(v.key, v.body, v.first, v.last, v.time_us); }
template <class A> void members(A& a, Milestone& v) { a(v.last, v.entries, v.bytes, v.time_us); }
// clang-format on

template <class A>
void members(A& a, Submission::Body& v) {
  a(v.content_type, v.bytes);
}

template <class A>
void members(A& a, Submission& v) {
  a(v.channel, v.key, v.items, v.if_match);
  a.must(!v.items.empty());
}

template <class A>
void members(A& a, Operation& v) {
  a.choice(v.what, Operation::What::settings);
  a(v.id, v.seats, v.before, v.settings, v.cookie);
}

template <class A>
void members(A& a, LogSettingsChange& v) {
  a(v.max_entry_bytes, v.idempotency_keys, v.idempotency_window_us, v.max_entries, v.max_bytes, v.max_age_us);
}

template <class A>
void members(A& a, LogSettings& v) {
  a(v.max_entry_bytes, v.idempotency_keys, v.idempotency_window_us, v.max_entries, v.max_bytes, v.max_age_us);
}

template <class A>
void members(A& a, Judgment& v) {
  a(v.sequence);
  a.choice(v.objection, Objection::disk_full);
  a(v.first, v.last);
}

template <class A>
void members(A& a, Forwarded& v) {
  a.choice(v.verdict, Forwarded::Verdict::stranger);
  a(v.ballot, v.upto, v.judgments);
}

template <class A>
void members(A& a, Write& v) {
  a(as_ticket(v.id), v.promised, v.restart_after, v.drop_after, v.older, v.entries, v.committed, v.trim_before,
    v.notes);
}

template <class A>
void members(A& a, Settings& v) {
  a(v.ping, v.timeout, v.timeout_spread, v.hedge_min, v.unreachable_after, v.pulse_timeout, v.heal_after, v.exile_after,
    v.stall_after, v.retry_max, v.pulse_bytes, v.pulses_in_flight, v.tail_bytes, v.uncommitted_bytes, v.queue_bytes,
    v.queue_count, v.checkpoint_every_entries, v.checkpoint_every_bytes, v.trim_hold_bytes, v.transfer_bytes_per_second,
    v.clock_ahead_max_us, v.parliament);
}

// ---- To bytes and back ----------------------------------------------------------------------------------------------

class ArchiveWriter {
 public:
  static constexpr bool reads = false;

  // `parts`: who may own a pulse or a want; they are named by their place in it.
  ArchiveWriter(std::string& out, const std::vector<Part*>& parts) : writer_(out), parts_(parts) {}

  template <class... Values>
  void operator()(Values&&... values) {
    (put(values), ...);
  }
  template <class Enum>
  void choice(Enum& value, Enum /*last*/) {
    writer_.byte(static_cast<std::uint8_t>(value));
  }
  // Outputs that the host has pulled: nothing is left of them.
  template <class... Outputs>
  void pulled(Outputs&... outputs) {
    (must_be_pulled(archive_detail::is_left(outputs)), ...);
  }
  void must(bool /*holds*/) {}  // The reader's affair.

 private:
  void must_be_pulled(bool left) const;
  void put_text(std::string_view text) { writer_.text(text); }
  void put_owner(const Part* part);
  void put_government(const Government& government);
  void put_log_state(const LogState& log_state);
  void put_message(const Request& request);
  void put_message(const Answer& answer);

  template <class T>
  void put(T& value) {
    using namespace archive_detail;
    using V = std::remove_const_t<T>;
    if constexpr (is_marked<V>) {
      put(value.value);
    } else if constexpr (std::is_same_v<V, bool>) {
      writer_.boolean(value);
    } else if constexpr (std::is_unsigned_v<V>) {
      writer_.number(value);
    } else if constexpr (std::is_signed_v<V>) {
      writer_.signed_number(value);
    } else if constexpr (std::is_same_v<V, std::string>) {
      put_text(value);
    } else if constexpr (std::is_same_v<V, Promise>) {
      writer_.promise(value);
    } else if constexpr (std::is_same_v<V, Position>) {
      writer_.position(value);
    } else if constexpr (std::is_same_v<V, Id128>) {
      writer_.id128(value);
    } else if constexpr (std::is_same_v<V, EntryPtr>) {
      put_text(value->bytes());
    } else if constexpr (std::is_same_v<V, KeyTable::SegmentPtr>) {
      put_text(encode(*value));
    } else if constexpr (is_submission<V>) {
      put(*value);
    } else if constexpr (std::is_same_v<V, Part*>) {
      put_owner(value);
    } else if constexpr (std::is_same_v<V, Government>) {
      put_government(value);
    } else if constexpr (std::is_same_v<V, LogState>) {
      put_log_state(value);
    } else if constexpr (std::is_same_v<V, Request> || std::is_same_v<V, Answer>) {
      put_message(value);
    } else if constexpr (is_optional<V>) {
      writer_.boolean(value.has_value());
      if (value) put(*value);
    } else if constexpr (is_pair<V>) {
      put(value.first), put(value.second);
    } else if constexpr (is_list<V> || is_set<V> || is_map<V>) {
      writer_.number(value.size());
      for (auto& one : value) put(one);
    } else if constexpr (requires { value.members(*this); }) {
      value.members(*this);
    } else {
      members(*this, const_cast<V&>(value));  // NOLINT(cppcoreguidelines-pro-type-const-cast): a writer changes nothing
    }
  }

  Encoder writer_;
  const std::vector<Part*>& parts_;
};

class ArchiveReader {
 public:
  static constexpr bool reads = true;

  ArchiveReader(std::string_view bytes, const std::vector<Part*>& parts) : reader_(bytes), parts_(parts) {}

  template <class... Values>
  void operator()(Values&&... values) {
    (take(values), ...);
  }
  template <class Enum>
  void choice(Enum& value, Enum last) {
    const std::uint8_t byte = reader_.byte();
    if (byte > static_cast<std::uint8_t>(last)) return reader_.fail();
    value = static_cast<Enum>(byte);
  }
  template <class... Outputs>
  void pulled(Outputs&... outputs) {
    (must(!archive_detail::is_left(outputs)), ...);
  }
  void must(bool holds) {
    if (!holds) reader_.fail();
  }
  [[nodiscard]] bool failed() const { return reader_.failed(); }
  [[nodiscard]] bool finished() const { return reader_.finished(); }
  [[nodiscard]] std::size_t remaining() const { return reader_.remaining(); }

 private:
  [[nodiscard]] EntryPtr take_entry();
  [[nodiscard]] Part* take_owner();
  [[nodiscard]] Government take_government();
  [[nodiscard]] LogState take_log_state();
  [[nodiscard]] KeyTable::SegmentPtr take_segment();
  void take_message(Request& request);
  void take_message(Answer& answer);

  // Grows as it reads: a count is no reason to allocate. Every element takes a byte at least.
  template <class Each>
  void times_read(Each each) {
    const std::uint64_t count = reader_.number_at_most(reader_.remaining());
    for (std::uint64_t i = 0; i < count && !reader_.failed(); ++i) each();
  }

  template <class T>
  void take(T& value) {
    using namespace archive_detail;
    if constexpr (is_marked<T>) {
      take(value.value);
    } else if constexpr (std::is_same_v<T, bool>) {
      value = reader_.boolean();
    } else if constexpr (std::is_unsigned_v<T>) {
      value = static_cast<T>(reader_.number_at_most(static_cast<T>(~T{0})));
    } else if constexpr (std::is_signed_v<T>) {
      static_assert(sizeof(T) == 8);
      value = reader_.signed_number();
    } else if constexpr (std::is_same_v<T, std::string>) {
      value = std::string(reader_.text(reader_.remaining()));
    } else if constexpr (std::is_same_v<T, Promise>) {
      value = reader_.promise();
    } else if constexpr (std::is_same_v<T, Position>) {
      value = reader_.position();
    } else if constexpr (std::is_same_v<T, Id128>) {
      value = reader_.id128();
    } else if constexpr (std::is_same_v<T, EntryPtr>) {
      value = take_entry();
    } else if constexpr (std::is_same_v<T, KeyTable::SegmentPtr>) {
      value = take_segment();
    } else if constexpr (is_submission<T>) {
      Submission read;
      take(read);
      value = std::make_shared<const Submission>(std::move(read));
    } else if constexpr (std::is_same_v<T, Part*>) {
      value = take_owner();
    } else if constexpr (std::is_same_v<T, Government>) {
      value = take_government();
    } else if constexpr (std::is_same_v<T, LogState>) {
      value = take_log_state();
    } else if constexpr (std::is_same_v<T, Request> || std::is_same_v<T, Answer>) {
      take_message(value);
    } else if constexpr (is_optional<T>) {
      value.reset();
      // Not emplace(): clang 14 thinks that what was nested in a class still open has no default constructor.
      if (reader_.boolean()) take(value.emplace(typename T::value_type{}));
    } else if constexpr (is_pair<T>) {
      take(value.first), take(value.second);
    } else if constexpr (is_list<T>) {
      value.clear();
      times_read([&] { take(value.emplace_back()); });
    } else if constexpr (is_set<T>) {
      value.clear();
      times_read([&] {
        typename T::value_type one{};
        take(one);
        must(value.empty() || value.key_comp()(*value.rbegin(), one));
        value.insert(value.end(), std::move(one));
      });
    } else if constexpr (is_map<T>) {
      value.clear();
      times_read([&] {
        typename T::key_type key{};
        take(key);
        must(value.empty() || value.key_comp()(value.rbegin()->first, key));
        take(value.emplace_hint(value.end(), std::move(key), typename T::mapped_type{})->second);
      });
    } else if constexpr (requires { value.members(*this); }) {
      value.members(*this);
    } else {
      members(*this, value);
    }
  }

  Decoder reader_;
  const std::vector<Part*>& parts_;
};

}  // namespace hansard
