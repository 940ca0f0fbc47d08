#include "log/record.hpp"

#include "tests/log/samples.hpp"

#include <doctest/doctest.h>

namespace hansard {
namespace {

using samples::Tail;

TEST_CASE("record: a write with anything in it is not empty") {
  CHECK(Write{}.empty());
  Write numbered;
  numbered.id = 7;
  CHECK(numbered.empty());
  Write noted;
  noted.notes["a"] = "";
  CHECK_FALSE(noted.empty());
  Write trimming;
  trimming.trim_before = Promise{};
  CHECK_FALSE(trimming.empty());
}

TEST_CASE("record: entries continue a log by promise and ballot") {
  Tail tail;
  const EntryPtr first = tail.append("government");
  const EntryPtr second = tail.append("one");
  const EntryPtr third = tail.append("two");
  Write write;
  write.entries = {second, third};
  CHECK(check_continues(write, {}));
  CHECK(check_continues(write, first->position()));
  const Position other_ballot{first->last(), first->ballot() + 1};
  const auto refused = check_continues(write, other_ballot);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Errc::invalid);
  CHECK(refused.error().what == "entry 1/1@1 follows 1/0@1, but the log ends at 1/0@2");
  write.entries = {first, third};
  CHECK_FALSE(check_continues(write, {}));
  write.entries.clear();
  CHECK(check_continues(write, first->position()));
}

}  // namespace
}  // namespace hansard
