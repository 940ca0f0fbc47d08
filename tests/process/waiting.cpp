// tests/process/waiting.cpp - waiting for conditions, on a timerfd.
#include "tests/process/waiting.hpp"

#include <doctest/doctest.h>

#include <poll.h>
#include <sys/timerfd.h>
#include <unistd.h>

namespace process {

namespace {

constexpr long look_every_ns = 10'000'000;

}  // namespace

bool eventually(Milliseconds limit, const std::function<bool()>& condition) {
  const Clock::time_point deadline = Clock::now() + limit;
  const int timer = ::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
  REQUIRE(timer >= 0);
  const itimerspec every{{0, look_every_ns}, {0, look_every_ns}};
  ::timerfd_settime(timer, 0, &every, nullptr);
  bool holds = condition();
  while (!holds && Clock::now() < deadline) {
    pollfd due{timer, POLLIN, 0};
    ::poll(&due, 1, -1);
    std::uint64_t expirations = 0;
    static_cast<void>(::read(timer, &expirations, sizeof expirations));
    holds = condition();
  }
  ::close(timer);
  return holds;
}

}  // namespace process
