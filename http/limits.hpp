// http/limits.hpp - every bound of the service that is part of its contract, with its unit. Those an operator or a test
// may set are in HttpOptions (server.hpp).
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace hansard::http {

struct Limits {
  static constexpr std::size_t header_bytes = std::size_t{16} << 10U;      // request line and fields; over: 431
  static constexpr std::size_t batch_bytes = std::size_t{8} << 20U;        // a batch's body; over: 413
  static constexpr std::size_t batch_items = 10'000;                       // over: 413
  static constexpr std::size_t other_body_bytes = std::size_t{64} << 10U;  // of a request whose body means nothing
  static constexpr std::size_t page_bytes = std::size_t{8} << 20U;         // an answer to a read ends at this
  static constexpr std::uint64_t page_entries = 10'000;
  static constexpr std::uint64_t page_entries_usual = 100;
  static constexpr std::size_t channels = 100;  // `channel=` in one request
  static constexpr std::chrono::milliseconds timeout_usual{10'000};
  static constexpr std::chrono::milliseconds timeout_max{60'000};
  static constexpr std::chrono::milliseconds wait_max{60'000};
};

}  // namespace hansard::http
