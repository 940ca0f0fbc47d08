// Users' wish 14 (peers.md): byte caps on everything held in memory.
#include "http/budget.hpp"

#include <doctest/doctest.h>

using hansard::http::Budget;
using hansard::http::Charge;

TEST_CASE("budget: charges add up and are given back") {
  Budget budget(1'000'000);
  {
    Charge a(budget);
    Charge b(budget);
    CHECK(a.try_set(600'000));
    CHECK_FALSE(b.try_set(600'000));
    CHECK(budget.bytes() == 600'000);
    CHECK(b.try_set(Budget::small));  // Not counted.
    CHECK(budget.bytes() == 600'000);
    CHECK(a.try_set(900'000));
    b.set(600'000);
    CHECK(budget.exhausted());
    CHECK(budget.bytes() == 1'500'000);
    a.set(0);
    CHECK_FALSE(budget.exhausted());
  }
  CHECK(budget.bytes() == 0);
}
