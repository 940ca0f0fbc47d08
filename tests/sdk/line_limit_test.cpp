#include "sdk/line_limit.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace hansard;

TEST_CASE("line limit: a burst is told and then one now and then with how many were left out") {
  LineLimit limit;
  Tick now = 5'000'000;
  for (std::uint64_t i = 0; i < LineLimit::burst; ++i) CHECK(limit.tell("refused", now) == 0U);
  for (int i = 0; i < 7; ++i) CHECK_FALSE(limit.tell("refused", now).has_value());
  CHECK(limit.tell("another", now) == 0U);
  now += LineLimit::one_every - 1;
  CHECK_FALSE(limit.tell("refused", now).has_value());
  now += 1;
  CHECK(limit.tell("refused", now) == 8U);
  CHECK_FALSE(limit.tell("refused", now).has_value());
  now += LineLimit::one_every * 1'000;
  CHECK(limit.tell("refused", now) == 1U);
  for (std::uint64_t i = 1; i < LineLimit::burst; ++i) CHECK(limit.tell("refused", now) == 0U);
  CHECK_FALSE(limit.tell("refused", now).has_value());
}

TEST_CASE("line limit: kinds are bounded and the one quiet for longest goes") {
  LineLimit limit;
  Tick now = 1;
  for (std::uint64_t i = 0; i < LineLimit::burst; ++i) CHECK(limit.tell("first", now).has_value());
  CHECK_FALSE(limit.tell("first", now).has_value());
  for (std::size_t i = 0; i < LineLimit::kinds_max; ++i)
    CHECK(limit.tell("kind " + std::to_string(i), ++now).has_value());
  CHECK(limit.tell("first", now) == 0U);
}

TEST_CASE("line limit: what was left out reads as a remark") {
  CHECK(and_left_out(0).empty());
  CHECK(and_left_out(3) == " (and 3 like it before)");
}
