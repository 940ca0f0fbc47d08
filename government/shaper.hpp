// government/shaper.hpp - a government and what is known of its citizens -> the next government, or none.
//
// Pure: the leader asks, with what it knows, and writes the answer as a fiat. Protocol section 5, "by fiat".
// One change at a time, the most urgent first: swap (writes are slow until then), embark, acclimate, exile, another
// size aimed at, shrink, fill a vacant seat, grow, heal. The leader asks only while the latest government entry in its
// log, its own election's included, is committed.
#pragma once

#include "government/government.hpp"
#include "log/identity.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace hansard {

// A newcomer that asked to be let in.
struct Arrival {
  std::string id;
  Cookie cookie;
  std::string url;
  std::map<std::string, std::string, std::less<>> properties;
};

// What the leader knows. Who is in neither set of reachability is not known yet, and nothing is done because of it.
// The leader itself counts as reachable.
struct Facts {
  std::vector<Arrival> arrivals;
  std::set<std::string, std::less<>> caught_up;       // have the log's tail
  std::set<std::string, std::less<>> reachable;       // answered lately
  std::set<std::string, std::less<>> unreachable;     // silent for unreachable_after, or disconnected
  std::set<std::string, std::less<>> long_silent;     // unreachable for heal_after
  std::map<std::string, Cookie, std::less<>> exiles;  // should depart: an operator says so, or silent for exile_after
  std::uint32_t aim = 0;                              // seats that an operator wants; 0: as many as now
  bool membership_allowed = false;                    // the last change of membership is settled
};

struct Change {
  enum class What : std::uint8_t { swap, embark, acclimate, exile, aim, shrink, fill_vacant_seat, grow, heal };
  What what = What::swap;
  Government next;          // promise and ballot zero, and `arrived` of newcomers: see place_at()
  bool membership = false;  // changes the parliament, so it must be settled before the next such change
  std::string why;          // the same line as next.why
};
[[nodiscard]] const char* to_string(Change::What what);

// REQUIRES: current.fault() == nullptr. The result has no fault either, keeps its leader, and differs from `current`.
[[nodiscard]] std::optional<Change> shape(const Government& current, const Facts& facts);

// Why what an operator asks for will not be done as things stand; nullptr: it will be, at once or when the change under
// way is settled.
[[nodiscard]] const char* exile_refusal(const Government& current, const Facts& facts, std::string_view id);
[[nodiscard]] const char* aim_refusal(const Government& current, const Facts& facts, std::uint32_t seats);

enum class EmbarkVerdict : std::uint8_t {
  fresh,    // may arrive
  known,    // is a citizen already: a restart
  refused,  // the id is another islander's until that departs, or there is no room
};
[[nodiscard]] EmbarkVerdict embark_verdict(const Government& current, std::string_view id, const Cookie& cookie);
// Why this arrival is refused, for its EmbarkAnswer: the above, or what it says of itself is over a limit; nullptr: it
// is not refused.
[[nodiscard]] const char* embark_refusal(const Government& current, const Arrival& arrival);

}  // namespace hansard
