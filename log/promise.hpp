// log/promise.hpp - Promise, the position of an entry in the log, and Position, a promise with its ballot.
//
// A promise is written `government/entry`: `3/0` is a government, `3/1 3/2 ...` the entries under it.
// Order: by government, then by entry, each compared as a number (S2-02). Along a log promises strictly
// increase; they are not dense (`3/42` may be followed by `4/0`).
// Text: decimal, canonical (no sign, no leading zero), at most 41 characters; one parser and one formatter (S2-07).
// Bytes: 16, big-endian, so that byte order is log order.
// Limits: both parts are unsigned 64-bit. At a million entries a second one government lasts half a million years;
// a successor that would overflow is a checked error, never a wrap (S2-06).
// Protocol: section 1 of docs/protocol.md. A promise is not a ballot.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace hansard {

struct Promise {
  std::uint64_t government = 0;
  std::uint64_t entry = 0;

  friend constexpr auto operator<=>(const Promise&, const Promise&) = default;

  // S2-03: entry 0 <=> government. `0/0` is no entry at all: "before the oldest".
  [[nodiscard]] constexpr bool is_government() const { return entry == 0 && government != 0; }
  [[nodiscard]] constexpr bool is_zero() const { return government == 0 && entry == 0; }
};

// The next entry under the same government, `count` further on; nullopt where 64 bits are exhausted.
[[nodiscard]] std::optional<Promise> next_entry(Promise promise, std::uint64_t count = 1);
// The government after this promise, `g+1/0`; nullopt where 64 bits are exhausted.
[[nodiscard]] std::optional<Promise> next_government(Promise promise);

[[nodiscard]] std::string to_string(Promise promise);
// Accepts exactly what to_string() writes; anything else is nullopt.
[[nodiscard]] std::optional<Promise> parse_promise(std::string_view text);

using PromiseBytes = std::array<char, 16>;
[[nodiscard]] PromiseBytes to_bytes(Promise promise);
// REQUIRES: bytes.size() >= 16.
[[nodiscard]] Promise promise_from_bytes(std::string_view bytes);

// Names one entry: two entries may bear one promise (written under different ballots), only one of them is ever chosen.
struct Position {
  Promise promise;
  std::uint64_t ballot = 0;

  friend constexpr bool operator==(const Position&, const Position&) = default;
};

// The order in which competing tails are compared: ballot first (protocol section 1, [departs]).
[[nodiscard]] constexpr bool is_older_tail(const Position& a, const Position& b) {
  return a.ballot != b.ballot ? a.ballot < b.ballot : a.promise < b.promise;
}

[[nodiscard]] std::string to_string(const Position& position);  // "3/42@7": ballot 7

}  // namespace hansard
