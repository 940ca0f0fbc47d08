// government/log_state.hpp - LogState: what a log itself must remember at a promise (field: applied state).
//
// A function of the log and of nothing else: two islanders at one promise hold the same. Checkpointed now and then, so
// that a start reads little; part of every snapshot. Protocol section 2, "log state".
// The leader also keeps one that includes its uncommitted chain; it is a value, so copy it and apply.
// Limits: as many rows as citizens. Errors: bad bytes are Errc::corrupt.
#pragma once

#include "government/government.hpp"
#include "log/entry.hpp"
#include "log/error.hpp"
#include "log/identity.hpp"
#include "log/promise.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace hansard {

// The newest append of a citizen: the (s, j) of protocol section 3, Enqueue, without what was refused.
struct Appends {
  Promise arrived;
  std::uint64_t start = 0;
  std::uint64_t sequence = 0;

  friend auto operator<=>(const Appends&, const Appends&) = default;
};

struct LogState {
  Position at;                       // the newest entry applied; zero: none
  Chain chain;                       // its chain
  Government government;             // latest; no majority where there is none yet
  Promise settled;                   // latest government that an entry names as known committed (section 5)
  std::int64_t time_us = 0;          // of the newest entry
  Promise newest_client;             // promise of the newest client item; zero: never one
  Promise oldest_client;             // of the oldest retained; zero: none
  std::uint64_t client_entries = 0;  // client items retained
  std::uint64_t client_bytes = 0;    // their bodies
  std::map<std::string, Appends, std::less<>> citizens;  // by id; who never appended has no row

  // REQUIRES: `entry` follows `at` by position and chain (any entry where nothing was applied), and what it holds is
  // sound: whoever accepts a government entry from others decodes it first.
  void apply(const Entry& entry);
  // What `id` appended last under that arrival; zeroes where nothing.
  [[nodiscard]] Appends appends_of(std::string_view id, Promise arrived) const;

  friend bool operator==(const LogState&, const LogState&) = default;
};

[[nodiscard]] std::string encode(const LogState& state);
// Bounded; Errc::corrupt where malformed, Errc::unsupported where the version is another.
[[nodiscard]] Result<LogState> decode_log_state(std::string_view bytes);

}  // namespace hansard
