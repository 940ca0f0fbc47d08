#include "sdk/slots.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <set>
#include <string>

using hansard::Slots;

TEST_CASE("slots: a ticket opens once and is never given again") {
  Slots<std::string> slots;
  std::set<std::uint64_t> seen;
  for (int i = 0; i < 100; ++i) {
    const std::uint64_t ticket = slots.add("x" + std::to_string(i));
    CHECK(ticket != 0);
    CHECK(seen.insert(ticket).second);
    REQUIRE(slots.find(ticket) != nullptr);
    CHECK(slots.take(ticket) == "x" + std::to_string(i));
    CHECK(slots.find(ticket) == nullptr);
    CHECK_FALSE(slots.take(ticket).has_value());
  }
  CHECK(slots.size() == 0);
}

TEST_CASE("slots: tickets that were never given are not open") {
  Slots<int> slots;
  CHECK(slots.find(0) == nullptr);
  CHECK(slots.find(7) == nullptr);
  const std::uint64_t ticket = slots.add(1);
  CHECK(slots.find(ticket + 1) == nullptr);
  CHECK(slots.find(ticket + (std::uint64_t{1} << 32U)) == nullptr);
}

TEST_CASE("slots: open tickets are listed and hold what cannot be copied") {
  Slots<std::unique_ptr<int>> slots;
  const auto a = slots.add(std::make_unique<int>(1));
  const auto b = slots.add(std::make_unique<int>(2));
  CHECK(slots.size() == 2);
  CHECK(**slots.take(a) == 1);
  CHECK(slots.tickets() == std::vector{b});
}
