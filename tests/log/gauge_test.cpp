#include "log/gauge.hpp"

#include <doctest/doctest.h>

namespace hansard {
namespace {

TEST_CASE("gauge: shows what is held and the most there ever was") {
  // S1-21
  Gauge gauge(100);
  gauge.add(30);
  gauge.add(40);
  gauge.subtract(60);
  CHECK(gauge.now() == 10);
  CHECK(gauge.most() == 70);
  CHECK(gauge.limit() == 100);
}

TEST_CASE("gauge: has room up to its limit and for one thing that is larger than all of it") {
  // S1-20
  Gauge gauge(100);
  CHECK(gauge.has_room_for(100));
  CHECK(gauge.has_room_for(101));
  gauge.add(60);
  CHECK(gauge.has_room_for(40));
  CHECK_FALSE(gauge.has_room_for(41));
  CHECK_FALSE(gauge.has_room_for(~std::uint64_t{0}));
  gauge.add(60);
  CHECK_FALSE(gauge.has_room_for(1));
  CHECK(Gauge().has_room_for(Gauge::unlimited));
}

TEST_CASE("gauge: the alarm goes off once and is armed again below it") {
  // S1-22
  Gauge gauge(10, 80);
  CHECK(gauge.alarm_at() == 8);
  CHECK_FALSE(gauge.add(7));
  CHECK(gauge.add(1));
  CHECK_FALSE(gauge.add(1));
  gauge.subtract(1);
  CHECK_FALSE(gauge.add(1));  // It never fell below.
  gauge.subtract(2);
  CHECK(gauge.add(1));
  CHECK_FALSE(Gauge().add(Gauge::unlimited));
  CHECK(Gauge(~std::uint64_t{0} - 1, 50).alarm_at() == ~std::uint64_t{0} / 2);  // No overflow on the way.
}

}  // namespace
}  // namespace hansard
