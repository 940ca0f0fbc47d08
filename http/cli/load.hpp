// http/cli/load.hpp - closed-loop appends: so many connections, each with one append under way.
//
// Why it exists: the load runs on the processors of the islanders it measures, so it must cost next
// to nothing itself: one thread, epoll, one write and one read per append, request bytes made once.
// A connection that breaks goes on at the next URL; the append that was under way counts as an error.
// Threads: none; run() blocks until the time is up.
#pragma once

#include "http/cli/histogram.hpp"
#include "http/client.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace hansard::cli {

struct LoadOptions {
  std::vector<client::Url> urls;  // connections are spread over them in turn
  std::string log = "main";
  std::size_t connections = 64;
  std::size_t size = 256;  // bytes of an entry
  std::chrono::microseconds duration{10'000'000};
};

struct LoadFigures {
  double seconds = 0;
  std::uint64_t appends = 0;
  std::uint64_t errors = 0;  // appends refused, or lost with their connection
  std::uint64_t failed_connects = 0;
  std::string first_error;
  Histogram latency;
  // The longest time within which no append succeeded on any connection, from the first success on.
  std::chrono::microseconds longest_gap{0};
  double cpu_seconds = 0;  // of this process
};

// `progress` is called about ten times a second.
[[nodiscard]] Result<LoadFigures> run_load(const LoadOptions& options,
                                           const std::function<void(const LoadFigures&)>& progress);

}  // namespace hansard::cli
