// tests/process/history.hpp - what clients saw, what the islanders hold, and whether the two agree.
//
// Pure. Checked, with the sentences of docs/protocol.md section 9 that they show from outside:
//   agreement and durability: every acknowledged append is in every islander's log, once, at the promise it was given;
//   order: an append that was acknowledged before another was begun comes before it;
//   once: nothing is doubled, nothing that was refused is there, nothing is there that nobody appended;
//   batches are whole or absent; promises strictly increase.
// An append whose outcome was unknown may be there once or not at all.
#pragma once

#include "log/promise.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace process {

using Moment = std::chrono::steady_clock::time_point;

struct Attempt {
  enum class Outcome : std::uint8_t { acknowledged, refused, unknown };
  std::vector<std::string> bodies;  // one, or those of a batch; each unique in the history
  Moment begin;
  Moment end;  // of unknown: when the client gave up; it means nothing
  Outcome outcome = Outcome::unknown;
  hansard::Promise first;  // of acknowledged
  hansard::Promise last;
};

struct Held {
  hansard::Promise promise;
  std::string body;

  friend bool operator==(const Held&, const Held&) = default;
};
using HeldLog = std::vector<Held>;

// What is wrong, a line each (at most so many); empty where all is well.
std::vector<std::string> find_faults(const std::vector<Attempt>& history, const std::map<std::string, HeldLog>& logs,
                                     std::size_t faults_max = 10);

}  // namespace process
