// http/options.hpp - what whoever runs the service may set, with units and defaults.
#pragma once

#include <chrono>
#include <cstddef>

namespace hansard {

struct HttpOptions {
  std::size_t connections_max = 4'096;        // beyond: 503 and closed
  std::chrono::milliseconds idle{75'000};     // a connection without a request is closed after this
  std::chrono::milliseconds request{30'000};  // a request that has begun must be here by then: else 408 and closed
  std::size_t request_bytes_per_second = std::size_t{16} << 10U;  // a body that comes at least this fast gets longer
  std::chrono::milliseconds stall{60'000};          // a client that reads nothing of an answer for so long is left
  std::chrono::milliseconds stream_stall{600'000};  // the same of a subscriber
  std::chrono::milliseconds keep_alive{15'000};     // a silent subscription gets a sign of life this often
  std::chrono::milliseconds linger{5'000};  // after a connection's last answer: how long we read what still comes
  std::chrono::milliseconds sweep{25};      // how often deadlines are looked at
  std::size_t memory_max = std::size_t{256}
                           << 20U;  // large bodies and answers of all connections together; beyond: 503
  std::size_t stream_bytes = std::size_t{128} << 10U;  // of one subscription, written and not yet taken by its socket
  int send_buffer = 0;                                 // SO_SNDBUF of connections, bytes; 0: the system's
};

}  // namespace hansard
