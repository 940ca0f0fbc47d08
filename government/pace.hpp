// government/pace.hpp - Pace: how fast something large may be fetched, so that others can use the network, too.
#pragma once

#include "government/mark.hpp"
#include "government/settings.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace hansard {

class Pace {
 public:
  static constexpr std::uint64_t burst_bytes_max = std::uint64_t{1} << 20U;

  void begin(Tick now) {
    began_at_ = now;
    bytes_ = 0;
  }
  void add(std::size_t bytes) { bytes_ += bytes; }
  // When the next may be asked for: the first second's worth at once, 1 MiB of it at most.
  [[nodiscard]] Tick due(std::size_t bytes_per_second) const {
    const std::uint64_t rate = std::max<std::uint64_t>(bytes_per_second, 1);
    const std::uint64_t beyond = bytes_ - std::min(bytes_, std::min(rate, burst_bytes_max));
    return began_at_ + beyond / rate * 1'000'000 + beyond % rate * 1'000'000 / rate;
  }

  template <class Archive>
  void members(Archive& a) {
    a(as_time(began_at_), bytes_);
  }

 private:
  Tick began_at_ = 0;
  std::uint64_t bytes_ = 0;
};

}  // namespace hansard
