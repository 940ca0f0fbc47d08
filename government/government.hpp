// government/government.hpp - Government: who decides (field: configuration), a value that only log entries change.
//
// Parliament = majority (ordered, [0] is the leader) + minority. It has `seats` = 2f+1 seats, some of which may be
// vacant: nobody counts for them, and a quorum is still f+1 of the 2f+1. Constituents receive the log and never vote.
// The named majority is whom the leader writes to first; it has no part in safety (protocol section 3, [departs]).
#pragma once

#include "log/error.hpp"
#include "log/identity.hpp"
#include "log/promise.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hansard {

// An islander that belongs to the island. Its id is its key in Government::citizens.
struct Citizen {
  Cookie cookie;
  std::string url;          // where others reach it: "http://127.0.0.1:8101"
  Promise arrived;          // promise of the government entry with which it arrived
  bool acclimated = false;  // has the log's tail; may be promoted
  std::map<std::string, std::string, std::less<>> properties;

  friend bool operator==(const Citizen&, const Citizen&) = default;
};

// How many seats a parliament may have.
[[nodiscard]] constexpr bool is_parliament_size(std::uint64_t seats) {
  return seats == 1 || seats == 3 || seats == 5 || seats == 7;
}

struct GovernmentLimits {
  static constexpr std::uint32_t seats_max = 7;
  static constexpr std::size_t citizens_max = 1'000;
  static constexpr std::size_t url_bytes_max = 512;
  static constexpr std::size_t why_bytes_max = 512;
  static constexpr std::size_t properties_max = 32;
  static constexpr std::size_t property_bytes_max = 512;
};

struct Government {
  Promise promise;           // `g/0`, of the entry that holds it
  std::uint64_t ballot = 0;  // of that entry
  std::uint32_t seats = 1;   // odd
  std::uint32_t aim = 1;     // how many seats it should have: it grows and shrinks towards this, two at a time
  std::vector<std::string> majority;
  std::vector<std::string> minority;
  std::vector<std::string> constituents;
  std::map<std::string, Citizen, std::less<>> citizens;
  std::string why;  // for people: why it was formed

  [[nodiscard]] std::size_t quorum() const { return seats / 2 + 1; }
  [[nodiscard]] bool seated(std::string_view id) const;       // is it a member of the parliament
  [[nodiscard]] std::vector<std::string> parliament() const;  // majority then minority
  [[nodiscard]] std::size_t vacant() const;
  [[nodiscard]] const std::string& leader() const { return majority.front(); }
  // True iff the parliaments (members by id and cookie, and seats) are the same set: then a change is no change of
  // membership.
  [[nodiscard]] bool same_parliament(const Government& other) const;
  // What must hold of any government; the first thing that does not, or nullptr: 1, 3, 5 or 7 seats, and aimed at as
  // many, exactly f+1 in the majority, no more members than seats, every citizen in exactly one of the three lists and
  // nobody else in any, members acclimated, limits. Once it has a promise, also: every citizen arrived with it or
  // before.
  [[nodiscard]] const char* fault() const;

  friend bool operator==(const Government&, const Government&) = default;
};

// Gives a government its place in the log; newcomers, whose `arrived` is still zero, arrive with it.
void place_at(Government& government, const Position& position);

// The body of a government entry; promise and ballot are the entry's and are not part of it.
// REQUIRES: no fault(), and place_at() was called.
[[nodiscard]] std::string encode(const Government& government);
// Bounded; Errc::corrupt where malformed or where fault() speaks, Errc::unsupported where the version is another.
[[nodiscard]] Result<Government> decode_government(std::string_view body, const Position& position);

}  // namespace hansard
