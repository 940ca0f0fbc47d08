// tests/government/log_settings_test.cpp - what users may set of a log: limits at their edges, and the bytes.
#include "government/log_settings.hpp"

#include "log/entry.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

namespace hansard {
namespace {

using Limits = LogSettingsLimits;

std::string what_is_wrong(const LogSettings& settings) {
  const char* wrong = fault(settings);
  return wrong == nullptr ? "" : wrong;
}

TEST_CASE("log settings: what a log begins with is sound and keeps everything") {
  const LogSettings settings;
  CHECK(fault(settings) == nullptr);
  CHECK(settings.max_entries == 0);
  CHECK(settings.max_bytes == 0);
  CHECK(settings.max_age_us == 0);
}

TEST_CASE("log settings: every limit holds at its edge") {
  LogSettings settings;
  const std::string bytes = "max_entry_bytes is from 1 byte to 8 MiB";
  for (const std::uint64_t good : {std::uint64_t{1}, Limits::entry_bytes_max}) {
    settings.max_entry_bytes = good;
    CHECK(what_is_wrong(settings).empty());
  }
  for (const std::uint64_t bad : {std::uint64_t{0}, Limits::entry_bytes_max + 1}) {
    settings.max_entry_bytes = bad;
    CHECK(what_is_wrong(settings) == bytes);
  }
  settings = {};
  const std::string keys = "idempotency_keys is from 1 to 1000000";
  for (const std::uint64_t good : {std::uint64_t{1}, Limits::keys_max}) {
    settings.idempotency_keys = good;
    CHECK(what_is_wrong(settings).empty());
  }
  for (const std::uint64_t bad : {std::uint64_t{0}, Limits::keys_max + 1}) {
    settings.idempotency_keys = bad;
    CHECK(what_is_wrong(settings) == keys);
  }
  settings = {};
  const std::string window = "idempotency_window is from 1 s to 7 days";
  for (const std::int64_t good : {Limits::window_us_min, Limits::window_us_max}) {
    settings.idempotency_window_us = good;
    CHECK(what_is_wrong(settings).empty());
  }
  for (const std::int64_t bad :
       {std::int64_t{0}, Limits::window_us_min - 1, Limits::window_us_max + 1, std::int64_t{-1}}) {
    settings.idempotency_window_us = bad;
    CHECK(what_is_wrong(settings) == window);
  }
  settings = {};
  for (const std::int64_t good : {std::int64_t{0}, Limits::age_us_min, std::numeric_limits<std::int64_t>::max()}) {
    settings.max_age_us = good;
    CHECK(what_is_wrong(settings).empty());
  }
  for (const std::int64_t bad : {std::int64_t{1}, Limits::age_us_min - 1, std::int64_t{-1}}) {
    settings.max_age_us = bad;
    CHECK(what_is_wrong(settings) == "max_age is 1 s at least");
  }
}

TEST_CASE("log settings: every field goes there and back") {
  LogSettings settings{5, 6, 7'000'000, 8, 9, 10'000'000};
  const std::string bytes = encode(settings);
  const auto back = decode_log_settings(bytes);
  REQUIRE(back);
  CHECK(*back == settings);
  std::vector<std::string> others;
  for (int field = 0; field < 6; ++field) {
    LogSettings other = settings;
    if (field == 0) ++other.max_entry_bytes;
    if (field == 1) ++other.idempotency_keys;
    if (field == 2) ++other.idempotency_window_us;
    if (field == 3) ++other.max_entries;
    if (field == 4) ++other.max_bytes;
    if (field == 5) ++other.max_age_us;
    CHECK(other != settings);
    CHECK(encode(other) != bytes);
    CHECK(*decode_log_settings(encode(other)) == other);
  }
}

TEST_CASE("log settings: what is malformed or over a limit does not decode") {
  const std::string bytes = encode(LogSettings{});
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    CHECK(decode_log_settings(std::string_view{bytes}.substr(0, size)).error().code == Errc::corrupt);
  }
  CHECK(decode_log_settings(bytes + "x").error().code == Errc::corrupt);
  std::string newer = bytes;
  newer[0] = 2;
  CHECK(decode_log_settings(newer).error().code == Errc::unsupported);
  LogSettings absurd;
  absurd.max_entry_bytes = 0;
  const auto refused = decode_log_settings(encode(absurd));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Errc::corrupt);
  CHECK(refused.error().what == "settings of a log: max_entry_bytes is from 1 byte to 8 MiB");
}

}  // namespace
}  // namespace hansard
