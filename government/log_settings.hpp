// government/log_settings.hpp - LogSettings: what users may set of a log. Part of log state, changed by entries alone
// (Kind::settings), so every islander judges by the same.
//
// Limits: see fault(). Errors: bad bytes are Errc::corrupt.
#pragma once

#include "log/error.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace hansard {

struct LogSettings {
  std::uint64_t max_entry_bytes = std::uint64_t{1} << 20U;  // of one item's body; more is refused
  // An idempotency key is remembered for so long of the log's time, and at most so many are; beyond, appends that bear
  // one are refused, rather than an earlier one forgotten.
  std::uint64_t idempotency_keys = 1'000'000;
  std::int64_t idempotency_window_us = 600'000'000;
  // Retention: the oldest entries beyond these go, by and by. 0: all are kept.
  std::uint64_t max_entries = 0;  // items
  std::uint64_t max_bytes = 0;    // of bodies
  std::int64_t max_age_us = 0;    // of the log's time

  friend bool operator==(const LogSettings&, const LogSettings&) = default;
};

// Those of them that are to change; the rest stay.
struct LogSettingsChange {
  std::optional<std::uint64_t> max_entry_bytes = {};
  std::optional<std::uint64_t> idempotency_keys = {};
  std::optional<std::int64_t> idempotency_window_us = {};
  std::optional<std::uint64_t> max_entries = {};
  std::optional<std::uint64_t> max_bytes = {};
  std::optional<std::int64_t> max_age_us = {};

  [[nodiscard]] LogSettings applied_to(LogSettings settings) const;
  friend bool operator==(const LogSettingsChange&, const LogSettingsChange&) = default;
};
// So that `settings` are in force, whatever was.
[[nodiscard]] LogSettingsChange change_to(const LogSettings& settings);

struct LogSettingsLimits {
  static constexpr std::uint64_t entry_bytes_max = std::uint64_t{8} << 20U;
  static constexpr std::uint64_t keys_max = 1'000'000;
  static constexpr std::int64_t window_us_min = 1'000'000;                             // a second
  static constexpr std::int64_t window_us_max = std::int64_t{7} * 86'400 * 1'000'000;  // a week
  static constexpr std::int64_t age_us_min = 1'000'000;
};

// What is wrong with them, a line for people; nullptr: nothing.
[[nodiscard]] const char* fault(const LogSettings& settings);

[[nodiscard]] std::string encode(const LogSettings& settings);
// Bounded; Errc::corrupt where malformed or where fault() speaks, Errc::unsupported where the version is another.
[[nodiscard]] Result<LogSettings> decode_log_settings(std::string_view bytes);

}  // namespace hansard
