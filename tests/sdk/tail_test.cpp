#include "sdk/tail.hpp"

#include "tests/log/samples.hpp"

#include <doctest/doctest.h>

#include <limits>
#include <string>
#include <vector>

using hansard::EntryPtr;
using hansard::Kind;
using hansard::Promise;
using hansard::Tail;

namespace {

constexpr std::size_t all = std::numeric_limits<std::size_t>::max();

std::vector<Promise> promises(const std::vector<EntryPtr>& entries) {
  std::vector<Promise> result;
  result.reserve(entries.size());
  for (const EntryPtr& entry : entries) result.push_back(entry->last());
  return result;
}

// 1/0 a government, 1/1 .. 1/count entries of clients, every third in the channel c.
std::vector<EntryPtr> entries(std::size_t count) {
  hansard::samples::Tail log;
  std::vector<EntryPtr> made{log.append("government")};
  for (std::size_t i = 1; i <= count; ++i) {
    made.push_back(
        log.append("body " + std::to_string(i), {.kind = Kind::client, .channel = i % 3 == 0 ? "c" : "", .items = 1}));
  }
  return made;
}

}  // namespace

TEST_CASE("tail: an empty one holds what follows its beginning which is nothing yet") {
  Tail tail(1'000'000);
  tail.begin({3, 4});
  CHECK_FALSE(tail.read({0, 0}, all, all).has_value());
  CHECK_FALSE(tail.read({3, 3}, all, all).has_value());
  REQUIRE(tail.read({3, 4}, all, all).has_value());
  CHECK(tail.read({3, 4}, all, all)->empty());
  CHECK(tail.read({9, 9}, all, all)->empty());
  CHECK(tail.find({3, 4}) == nullptr);
}

TEST_CASE("tail: reads begin anywhere and keep to their bounds") {
  Tail tail(1'000'000);
  const auto made = entries(10);
  for (const EntryPtr& entry : made) tail.push(entry);
  CHECK(tail.newest() == Promise{1, 10});
  CHECK(promises(*tail.read({0, 0}, all, all)) == promises(made));
  CHECK(promises(*tail.read({1, 8}, all, all)) == std::vector<Promise>{{1, 9}, {1, 10}});
  CHECK(promises(*tail.read({1, 3}, all, 2)) == std::vector<Promise>{{1, 4}, {1, 5}});
  CHECK(tail.read({1, 3}, 1, all)->size() == 1);
  CHECK(tail.read({1, 3}, made[4]->bytes().size() * 2 + 1, all)->size() == 2);
  CHECK(tail.read({1, 10}, all, all)->empty());
  CHECK(tail.find({1, 7}) == made[7]);
  CHECK(tail.find({1, 11}) == nullptr);
}

TEST_CASE("tail: only what is durable is let go when it is full") {
  const auto made = entries(10);
  std::size_t heft = 0;
  for (const EntryPtr& entry : made) heft += entry->heft();
  Tail tail(heft / 2);
  for (const EntryPtr& entry : made) tail.push(entry);
  CHECK(tail.begins_after() == Promise{0, 0});
  tail.durable({1, 2});
  CHECK(tail.begins_after() == Promise{1, 2});
  CHECK_FALSE(tail.read({1, 1}, all, all).has_value());
  CHECK(promises(*tail.read({1, 2}, all, 1)) == std::vector<Promise>{{1, 3}});
  tail.durable({1, 10});
  CHECK(tail.bytes() <= heft / 2);
  CHECK(tail.begins_after() > Promise{1, 2});
  CHECK(tail.begins_after() < Promise{1, 10});
  CHECK(tail.newest() == Promise{1, 10});
}

TEST_CASE("tail: trimming lets go of what is before") {
  Tail tail(1'000'000);
  for (const EntryPtr& entry : entries(10)) tail.push(entry);
  tail.trim({1, 5});
  CHECK(tail.begins_after() == Promise{1, 4});
  CHECK_FALSE(tail.read({0, 0}, all, all).has_value());
  CHECK(tail.find({1, 4}) == nullptr);
  CHECK(tail.find({1, 5}) != nullptr);
  tail.trim({9, 0});
  CHECK(tail.read({1, 10}, all, all)->empty());
  CHECK(tail.bytes() == 0);
}

TEST_CASE("tail: a gap lets go of what is before it") {
  Tail tail(1'000'000);
  const auto made = entries(10);
  for (std::size_t i = 0; i < 4; ++i) tail.push(made[i]);
  tail.push(made[7]);
  CHECK(tail.begins_after() == Promise{1, 6});
  CHECK_FALSE(tail.read({1, 2}, all, all).has_value());
  CHECK(promises(*tail.read({1, 6}, all, all)) == std::vector<Promise>{{1, 7}});
}

TEST_CASE("tail: the newest client entries are found as far as they are held") {
  Tail tail(1'000'000);
  for (const EntryPtr& entry : entries(10)) tail.push(entry);
  std::size_t items = 2;
  std::size_t bytes = all;
  CHECK(promises(tail.last(items, "", bytes)) == std::vector<Promise>{{1, 10}, {1, 9}});
  CHECK(items == 0);
  items = 20;
  bytes = all;
  CHECK(promises(tail.last(items, "c", bytes)) == std::vector<Promise>{{1, 9}, {1, 6}, {1, 3}});
  CHECK(items == 17);
  items = 20;
  bytes = 1;
  CHECK(promises(tail.last(items, "", bytes)) == std::vector<Promise>{{1, 10}});
  CHECK(items == 0);
}

TEST_CASE("tail: after a gap it is detached until what it holds begins on disk") {  // a snapshot was installed
  Tail tail(1'000'000);
  const auto made = entries(10);
  tail.push(made[0]);
  tail.durable(made[0]->last());
  CHECK_FALSE(tail.detached());
  tail.push(made[5]);
  CHECK(tail.begins_after() == made[4]->last());
  CHECK(tail.detached());
  CHECK(promises(*tail.read(made[4]->last(), all, all)) == std::vector<Promise>{made[5]->last()});
  tail.durable(made[4]->last());
  CHECK_FALSE(tail.detached());
  tail.jump(made[8]->last());
  CHECK(tail.detached());
  CHECK(tail.newest() == made[8]->last());
  CHECK(tail.read(made[8]->last(), all, all)->empty());
  CHECK_FALSE(tail.read(made[5]->last(), all, all).has_value());
}
