#include "log/error.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <string>

namespace hansard {
namespace {

TEST_CASE("error: a result is a value or an error") {
  const Result<int> good = 7;
  REQUIRE(good);
  CHECK(*good == 7);
  const Result<int> bad = Error{Errc::no_space, "the disk is full"};
  REQUIRE_FALSE(bad);
  CHECK(bad.error().code == Errc::no_space);
  CHECK(bad.error().what == "the disk is full");
  CHECK(to_string(bad.error().code) == std::string("no_space"));
}

TEST_CASE("error: a result may hold what can only be moved") {
  Result<std::unique_ptr<int>> held = std::make_unique<int>(3);
  REQUIRE(held);
  const std::unique_ptr<int> taken = std::move(*held);
  CHECK(*taken == 3);
}

TEST_CASE("error: a result of nothing is good until told otherwise") {
  CHECK(Result<void>{});
  const Result<void> bad = Error{Errc::io, "no"};
  CHECK_FALSE(bad);
  CHECK(bad.error().code == Errc::io);
}

}  // namespace
}  // namespace hansard
