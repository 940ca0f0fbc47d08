// government/log_state.hpp - LogState: what a log itself must remember at a promise (field: applied state).
//
// A function of the log and of nothing else: two islanders at one promise hold the same. Checkpointed now and then, so
// that a start reads little; part of every snapshot. Protocol section 2, "log state".
// Limits: as many rows as citizens, LogSettings' keys, milestones_max. Errors: bad bytes are Errc::corrupt.
#pragma once

#include "government/government.hpp"
#include "government/key_table.hpp"
#include "government/log_settings.hpp"
#include "log/codec.hpp"
#include "log/entry.hpp"
#include "log/error.hpp"
#include "log/identity.hpp"
#include "log/promise.hpp"

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace hansard {

// The newest append of a citizen: the (s, j) of protocol section 3, Enqueue, without what was refused.
struct Appends {
  Promise arrived;
  std::uint64_t start = 0;
  std::uint64_t sequence = 0;

  friend auto operator<=>(const Appends&, const Appends&) = default;
};

// How much the log held up to some place, counted from its very beginning: so that what a trim takes can be counted
// without reading all of it.
struct Milestone {
  Promise last;               // of the entry
  std::uint64_t entries = 0;  // client items up to it
  std::uint64_t bytes = 0;    // their bodies
  std::int64_t time_us = 0;

  friend bool operator==(const Milestone&, const Milestone&) = default;
};

void encode(Encoder& out, const Milestone& milestone);
[[nodiscard]] Milestone decode_milestone(Decoder& in);

// The body of a Kind::trim entry. What goes is every entry whose last() is before `before`: no batch is split.
struct Trim {
  Promise before;
  Promise oldest_client;      // first item of the oldest client entry that stays; zero: none does
  std::uint64_t entries = 0;  // client items gone, counted from the log's very beginning
  std::uint64_t bytes = 0;    // their bodies

  friend bool operator==(const Trim&, const Trim&) = default;
};
[[nodiscard]] std::string encode(const Trim& trim);
[[nodiscard]] Result<Trim> decode_trim(std::string_view bytes);

struct LogState {
  static constexpr std::uint64_t milestone_heft = std::uint64_t{256} << 10U;  // bytes, an item counting for 64 more
  static constexpr std::size_t milestones_max = 1024;  // beyond, every other one goes, and they get twice as rare

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
  LogSettings settings;
  KeyTable keys;
  Trim trimmed;                       // the latest; all zero: nothing ever was
  std::vector<Milestone> milestones;  // of what is retained, oldest first
  std::uint64_t milestone_every = milestone_heft;

  // REQUIRES: `entry` follows `at` by position and chain (any entry where nothing was applied), and what it holds is
  // sound: whoever accepts a government entry from others decodes it first.
  void apply(const Entry& entry);
  // What `id` appended last under that arrival; zeroes where nothing.
  [[nodiscard]] Appends appends_of(std::string_view id, Promise arrived) const;
  // The newest milestone before `promise`; where there is none, what the latest trim took.
  [[nodiscard]] Milestone milestone_before(Promise promise) const;

  friend bool operator==(const LogState&, const LogState&) = default;
};

// Everything but the full segments of the key table, which are encoded one by one: see KeyTable.
[[nodiscard]] std::string encode(const LogState& state);
// Bounded; Errc::corrupt where malformed, Errc::unsupported where the version is another.
[[nodiscard]] Result<LogState> decode_log_state(std::string_view bytes,
                                                std::span<const std::string_view> segments = {});

}  // namespace hansard
