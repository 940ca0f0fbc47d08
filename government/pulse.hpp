// government/pulse.hpp - Pulse: one message to one islander, complete with its answer or its failure.
#pragma once

#include "government/message.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace hansard {

using PulseId = std::uint64_t;    // given by the core
using RequestId = std::uint64_t;  // given by the host, unique in a run

struct Pulse {
  PulseId id = 0;
  Islander to;      // a zero cookie: whoever answers under that id; an empty id: whoever answers at the url
  std::string url;  // empty: where `to` said that it is reached when it connected to us
  Republic republic;
  Request request;
  bool urgent = false;  // may overtake others to the same islander: pings, canvass, read points (small ones)
};

// What became of a pulse: who answered, or nobody (connection failed, closed, or the host gave up).
struct Reply {
  Islander from;
  Republic republic;
  Answer answer;
};

// The core's answer to a request that the host brought.
struct Response {
  RequestId request = 0;
  Republic republic;
  Answer answer;
};

}  // namespace hansard
