#include "government/pace.hpp"

#include <doctest/doctest.h>

namespace hansard {

TEST_CASE("pace: the first second's worth at once and the rest as fast as it may") {
  Pace pace;
  pace.begin(5'000'000);
  pace.add(1'000);
  CHECK(pace.due(1'000) == 5'000'000);
  pace.add(1);
  CHECK(pace.due(1'000) == 5'001'000);
  pace.add(2'999);
  CHECK(pace.due(1'000) == 8'000'000);
  CHECK(pace.due(0) > 8'000'000);
  pace.begin(9'000'000);
  CHECK(pace.due(1'000) == 9'000'000);
}

TEST_CASE("pace: no more than a megabyte at once and no overflow") {
  Pace pace;
  pace.begin(0);
  pace.add(Pace::burst_bytes_max);
  CHECK(pace.due(std::size_t{1} << 40U) == 0);
  pace.add(std::size_t{1} << 50U);
  CHECK(pace.due(std::size_t{1} << 40U) == 1'024'000'000);
}

}  // namespace hansard
