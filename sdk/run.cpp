#include "sdk/run.hpp"

#include <thread>

namespace hansard {

void run(boost::asio::io_context& io, std::chrono::microseconds idle_poll) {
  using Clock = std::chrono::steady_clock;
  while (io.run_one() != 0) {
    for (auto until = Clock::now() + idle_poll; Clock::now() < until; std::this_thread::yield()) {
      if (io.poll() != 0) until = Clock::now() + idle_poll;
    }
  }
}

}  // namespace hansard
