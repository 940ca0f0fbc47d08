#include "log/heft.hpp"

#include "log/backlog.hpp"
#include "tests/log/samples.hpp"

#include <doctest/doctest.h>

#include <vector>

namespace hansard {
namespace {

using samples::Tail;

std::uint64_t body_bytes(const Entry& entry) { return entry.body().size(); }

EntryPtr of_weight(Tail& tail, std::size_t bytes) {
  if (tail.last.promise.is_zero()) tail.append("");
  return tail.append(std::string(bytes, 'x'));
}

TEST_CASE("heft: rises with a push and falls with a shift") {
  // S1-24 S1-25
  EntryQueue queue;
  Heft heft(queue, {.weigh = body_bytes});
  Tail tail;
  Consumer consumer = queue.promote(queue.oldest());
  for (std::size_t i = 1; i <= 10; ++i) CHECK(queue.push(of_weight(tail, i)));
  CHECK(heft.held().now() == 55);
  consumer.shift();
  CHECK(heft.held().now() == 54);
  while (consumer.shift() != nullptr) {
  }
  CHECK(heft.held().now() == 0);
  CHECK(heft.held().most() == 55);
}

TEST_CASE("heft: by default weighs what an entry takes in memory") {
  EntryQueue queue;
  Heft heft(queue, {});
  Tail tail;
  const Consumer consumer = queue.promote(queue.oldest());
  const EntryPtr entry = of_weight(tail, 1000);
  CHECK(queue.push(entry));
  CHECK(heft.held().now() == entry->heft());
}

TEST_CASE("heft: over the limit is refused and goes on in order when something is shifted") {
  // S1-26
  EntryQueue queue;
  Heft heft(queue, {.limit = 100, .weigh = body_bytes});
  Backlog backlog(queue);
  Tail tail;
  Consumer consumer = queue.promote(queue.oldest());
  for (const std::size_t weight : {60U, 30U, 40U, 5U, 500U, 1U}) backlog.push(of_weight(tail, weight));
  CHECK(queue.count().now() == 2);  // 5 would fit, but 40 is before it.
  CHECK(backlog.waiting() == 4);
  std::vector<std::size_t> seen;
  for (EntryPtr entry = consumer.shift(); entry != nullptr; entry = consumer.shift()) {
    seen.push_back(entry->body().size());
    CHECK((heft.held().now() <= 100 || queue.count().now() == 1));  // What is too heavy goes alone.
  }
  CHECK(seen == std::vector<std::size_t>{60, 30, 40, 5, 500, 1});
}

TEST_CASE("heft: keeps some of what was consumed for iterators") {
  // S1-30
  EntryQueue queue;
  Heft heft(queue, {.limit = 100, .kept = 50, .weigh = body_bytes});
  Tail tail;
  Consumer consumer = queue.promote(queue.oldest());
  for (int i = 0; i < 8; ++i) CHECK(queue.push(of_weight(tail, 10)));
  QueueIterator reader = queue.oldest();
  QueueIterator late = queue.oldest();
  for (int i = 0; i < 5; ++i) reader.advance();
  while (consumer.shift() != nullptr) {
  }
  CHECK(heft.held().now() == 50);
  CHECK(late.is_shifted());  // It must read from the store.
  CHECK_FALSE(reader.is_shifted());

  // What is kept gives way to what is pushed, and never makes a push fail.
  for (int i = 0; i < 10; ++i) CHECK(queue.push(of_weight(tail, 10)));
  CHECK(queue.count().now() == 10);
  CHECK(reader.is_shifted());
  CHECK_FALSE(queue.push(of_weight(tail, 10)));  // What is not consumed does not.
  tail.last.promise.entry -= 1;
  while (consumer.shift() != nullptr) {
  }
  CHECK(heft.held().now() == 50);
  CHECK(queue.push(of_weight(tail, 100)));
  CHECK(heft.held().now() == 100);
}

TEST_CASE("heft: without consumers the queue is the last so many bytes") {
  EntryQueue queue;
  Heft heft(queue, {.limit = 50, .kept = 50, .weigh = body_bytes});
  Tail tail;
  for (int i = 0; i < 100; ++i) REQUIRE(queue.push(of_weight(tail, 10)));
  CHECK(queue.count().now() == 5);
  CHECK(queue.oldest().entry()->last() == Promise{1, 96});
}

TEST_CASE("heft: the alarm goes off before the limit") {
  // S1-22
  struct Counting final : AlarmListener {
    void alarm(const Gauge&) override { count += 1; }
    int count = 0;
  } alarms;
  EntryQueue queue;
  Heft heft(queue, {.limit = 100, .alarm_percent = 70, .alarm = &alarms, .weigh = body_bytes});
  Tail tail;
  Consumer consumer = queue.promote(queue.oldest());
  for (int i = 0; i < 10; ++i) CHECK(queue.push(of_weight(tail, 10)));
  CHECK(alarms.count == 1);
  for (int i = 0; i < 5; ++i) consumer.shift();
  for (int i = 0; i < 5; ++i) CHECK(queue.push(of_weight(tail, 10)));
  CHECK(alarms.count == 2);
}

}  // namespace
}  // namespace hansard
