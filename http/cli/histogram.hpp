// http/cli/histogram.hpp - counts of durations in log-linear buckets (HDR): 64 to each power of two,
// so that any percentile is known to 1.6 %, in 20 KB whatever was recorded.
//
// Units: microseconds. Values over two weeks count as two weeks.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace hansard::cli {

class Histogram {
 public:
  void record(std::uint64_t value);
  [[nodiscard]] std::uint64_t count() const { return count_; }
  [[nodiscard]] std::uint64_t max() const { return max_; }
  // The least value (to the width of its bucket, rounded up) that is not exceeded by this share of
  // what was recorded. REQUIRES: 0 < share <= 1. 0 where nothing was recorded.
  [[nodiscard]] std::uint64_t percentile(double share) const;

 private:
  static constexpr unsigned linear_bits = 6;  // 64 buckets to a power of two
  static constexpr std::size_t linear = 1U << linear_bits;
  static constexpr unsigned value_bits = 40;
  static constexpr std::size_t buckets = linear * (value_bits - linear_bits + 1);

  static std::size_t bucket_of(std::uint64_t value);
  static std::uint64_t last_value_of(std::size_t bucket);

  std::array<std::uint64_t, buckets> counts_{};
  std::uint64_t count_ = 0;
  std::uint64_t max_ = 0;
};

}  // namespace hansard::cli
