#include "log/search.hpp"

#include "log/heft.hpp"
#include "tests/log/samples.hpp"

#include <doctest/doctest.h>

#include <vector>

namespace hansard {
namespace {

using samples::Random;
using samples::Tail;

TEST_CASE("search: finds what is held by any promise in it") {
  // S1-33
  EntryQueue queue;
  Search search(queue, {});
  Tail tail;
  Consumer consumer = queue.promote(queue.oldest());
  CHECK(queue.push(tail.append("government")));
  CHECK(queue.push(tail.append("batch", {.kind = Kind::client, .channel = {}, .items = 3})));
  CHECK(queue.push(tail.append_government()));
  CHECK(search.find({1, 0})->entry()->first() == Promise{1, 0});
  for (const std::uint64_t e : {1U, 2U, 3U}) CHECK(search.find({1, e})->entry()->first() == Promise{1, 1});
  CHECK_FALSE(search.find({1, 4}));
  CHECK_FALSE(search.find({2, 1}));
  CHECK_FALSE(search.find({}));
  consumer.shift();
  CHECK_FALSE(search.find({1, 0}));
  consumer.shift();
  CHECK_FALSE(search.find({1, 2}));
  CHECK(search.find({2, 0}));
}

TEST_CASE("search: gives a place to read on or says that the store must be read") {
  // S1-33
  EntryQueue queue;
  Tail tail;
  for (int i = 0; i < 3; ++i) tail.append("before");
  Search search(queue, tail.last.promise);  // 1/2
  Consumer consumer = queue.promote(queue.oldest());
  CHECK(search.after({1, 2})->is_end());
  CHECK_FALSE(search.after({1, 1}));
  CHECK(queue.push(tail.append("three")));
  CHECK(queue.push(tail.append("batch", {.kind = Kind::client, .channel = {}, .items = 3})));  // 1/4 to 1/6
  CHECK(search.after({1, 2})->entry()->last() == Promise{1, 3});
  CHECK(search.after({1, 3})->entry()->last() == Promise{1, 6});
  CHECK(search.after({1, 5})->entry()->last() == Promise{1, 6});  // Straddled: whole.
  CHECK(search.after({1, 6})->is_end());
  CHECK(search.after({9, 9})->is_end());
  CHECK_FALSE(search.after({1, 1}));
  consumer.shift();
  CHECK_FALSE(search.after({1, 2}));
  CHECK(search.after({1, 3})->entry()->last() == Promise{1, 6});
  consumer.shift();
  CHECK_FALSE(search.after({1, 5}));
  CHECK(search.after({1, 6})->is_end());
}

TEST_CASE("search: one that is added late knows what is held") {
  // S1-34
  EntryQueue queue;
  Tail tail;
  const Consumer consumer = queue.promote(queue.oldest());
  for (int i = 0; i < 5; ++i) CHECK(queue.push(tail.append("body")));
  const Search search(queue, {});
  CHECK(search.find({1, 3}));
  CHECK(search.after({}));
}

TEST_CASE("search: a reader that falls behind goes to the store and comes back without gap or double") {
  // The life of a subscriber: memory while it keeps up, the store when its node was shifted, memory again.
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    CAPTURE(seed);
    Random random(seed);
    EntryQueue queue;
    Heft heft(queue, {.limit = 3000, .kept = 3000});
    Search search(queue, {});
    Tail tail;
    std::vector<EntryPtr> store;
    std::vector<Promise> seen;
    Promise last;
    std::optional<QueueIterator> at;
    int from_store = 0;
    int from_memory = 0;
    const auto read_one = [&] {
      if (at && at->is_shifted()) at.reset();
      if (!at) at = search.after(last);
      EntryPtr entry;
      if (!at) {
        for (const EntryPtr& each : store) {
          if (entry == nullptr && each->last() > last) entry = each;
        }
        from_store += 1;
      } else if (!at->is_end()) {
        entry = at->entry();
        at->advance();
        from_memory += 1;
      }
      if (entry == nullptr) return false;
      last = entry->last();
      seen.push_back(last);
      return true;
    };
    for (int step = 0; step < 300; ++step) {
      for (std::uint64_t n = samples::below(random, 8); n > 0; --n) {
        store.push_back(tail.append("body"));
        REQUIRE(queue.push(store.back()));
      }
      for (std::uint64_t n = samples::below(random, 9); n > 0; --n) read_one();
    }
    while (read_one()) {
    }
    REQUIRE(seen.size() == store.size());
    for (std::size_t i = 0; i < seen.size(); ++i) CHECK(seen[i] == store[i]->last());
    CHECK(from_store > 0);
    CHECK(from_memory > 0);
  }
}

}  // namespace
}  // namespace hansard
