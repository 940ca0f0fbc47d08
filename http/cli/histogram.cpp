// http/cli/histogram.cpp - log-linear buckets.
//
// Values below 128 have a bucket each. Above, a value of n bits keeps its top 7 bits: its highest
// bit chooses the row, the 6 below it the bucket of the row.
#include "http/cli/histogram.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace hansard::cli {

std::size_t Histogram::bucket_of(std::uint64_t value) {
  value = std::min(value, (std::uint64_t{1} << value_bits) - 1);
  const auto bits = static_cast<unsigned>(std::bit_width(value));
  if (bits <= linear_bits + 1) return static_cast<std::size_t>(value);
  const unsigned shift = bits - linear_bits - 1;
  return shift * linear + static_cast<std::size_t>(value >> shift);
}

std::uint64_t Histogram::last_value_of(std::size_t bucket) {
  if (bucket < 2 * linear) return bucket;
  const std::size_t shift = bucket / linear - 1;
  const std::uint64_t top = bucket % linear + linear;
  return ((top + 1) << shift) - 1;
}

void Histogram::record(std::uint64_t value) {
  ++counts_[bucket_of(value)];
  ++count_;
  max_ = std::max(max_, value);
}

std::uint64_t Histogram::percentile(double share) const {
  const auto rank = static_cast<std::uint64_t>(std::ceil(share * static_cast<double>(count_)));
  std::uint64_t seen = 0;
  for (std::size_t bucket = 0; bucket < buckets && count_ > 0; ++bucket) {
    seen += counts_[bucket];
    if (seen >= std::max<std::uint64_t>(rank, 1)) return std::min(last_value_of(bucket), max_);
  }
  return max_;
}

}  // namespace hansard::cli
