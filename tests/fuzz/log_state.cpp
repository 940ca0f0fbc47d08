// tests/fuzz/log_state.cpp - a checkpoint, and what else log state is made of. The first byte says which: S settings, T
// a trim, K a segment of the key table, anything else a checkpoint.
#include "government/log_state.hpp"

#include "log/codec.hpp"
#include "tests/fuzz/target.hpp"

#include <cstdint>
#include <string>

namespace hansard::fuzz {

namespace {

void settings(std::string_view input) {
  const Result<LogSettings> parsed = decode_log_settings(input);
  if (!parsed) return;
  demand(fault(*parsed) == nullptr, "unsound settings were taken");
  demand_same(input, encode(*parsed), "settings change when they are written");
}

void trim(std::string_view input) {
  const Result<Trim> parsed = decode_trim(input);
  if (!parsed) return;
  demand(!parsed->before.is_zero(), "a trim of nothing was taken");
  demand_same(input, encode(*parsed), "a trim changes when it is written");
}

// So many rows of the input, then as many as a segment lacks, and the checksum: no fuzzer makes either up.
void segment(std::string_view input) {
  if (input.empty()) return;
  const auto given = static_cast<std::uint8_t>(input.front());
  std::string bytes;
  Encoder out{bytes};
  out.byte(1);
  out.number(7);
  out.raw(input.substr(1));
  for (std::size_t i = given; i < KeyTable::segment_rows; ++i) {
    out.text("filler");
    out.id128({1, 2});
    out.promise({1, 1});
    out.promise({1, 2});
    out.signed_number(3);
  }
  out.fixed64(checksum64(bytes));
  const auto parsed = decode_key_segment(bytes);
  if (!parsed) return;
  demand((*parsed)->rows.size() == KeyTable::segment_rows, "a segment that is not full was taken");
  for (const KeyRow& row : (*parsed)->rows) {
    demand(!row.key.empty() && row.key.size() <= EntryLimits::key_bytes_max && row.first <= row.last,
           "a row that no log can have was taken");
  }
  demand_same(bytes, encode(**parsed), "a segment changes when it is written");
}

}  // namespace

void log_state(std::string_view input) {
  if (input.empty()) return;
  const char which = input.front();
  input.remove_prefix(1);
  if (which == 'S') return settings(input);
  if (which == 'T') return trim(input);
  if (which == 'K') return segment(input);
  const Result<LogState> parsed = decode_log_state(input);
  if (!parsed) return;
  demand(fault(parsed->settings) == nullptr, "unsound settings were taken");
  demand(parsed->milestones.size() <= LogState::milestones_max, "more milestones than there may be were taken");
  demand_same(input, encode(*parsed), "a log state changes when it is written");
  const Result<LogState> again = decode_log_state(encode(*parsed));
  demand(again && *again == *parsed, "a log state is not read as it was written");
}

}  // namespace hansard::fuzz
