// tests/fuzz/log_state.cpp - a checkpoint.
#include "government/log_state.hpp"

#include "tests/fuzz/target.hpp"

namespace hansard::fuzz {

void log_state(std::string_view input) {
  const Result<LogState> parsed = decode_log_state(input);
  if (!parsed) return;
  demand_same(input, encode(*parsed), "a log state changes when it is written");
  const Result<LogState> again = decode_log_state(encode(*parsed));
  demand(again && *again == *parsed, "a log state is not read as it was written");
}

}  // namespace hansard::fuzz
