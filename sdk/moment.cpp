// sdk/moment.cpp - see moment.hpp.
#include "sdk/moment.hpp"

#include <chrono>
#include <random>

namespace hansard {

Tick tick_now() {
  const auto since = std::chrono::steady_clock::now().time_since_epoch();
  return static_cast<Tick>(std::chrono::duration_cast<std::chrono::microseconds>(since).count());
}

Moment moment_now() {
  const auto wall = std::chrono::system_clock::now().time_since_epoch();
  return {tick_now(), std::chrono::duration_cast<std::chrono::microseconds>(wall).count()};
}

Id128 random_id128() {
  std::random_device device;
  Id128 id;
  while (id.is_zero()) {
    const auto half = [&device] {
      const std::uint64_t high = device();
      return high << 32U | (device() & 0xffffffffU);
    };
    id.high = half();
    id.low = half();
  }
  return id;
}

}  // namespace hansard
