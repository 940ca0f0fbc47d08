#include "log/consumer.hpp"

#include "log/backlog.hpp"
#include "log/heft.hpp"
#include "tests/log/samples.hpp"

#include <doctest/doctest.h>

#include <csignal>
#include <map>
#include <optional>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

namespace hansard {
namespace {

using samples::Random;
using samples::Tail;

// Entries to push, in order.
class Source {
 public:
  EntryPtr next(std::string_view body = "body") { return tail_.append(body); }

 private:
  Tail tail_;
};

std::vector<Promise> promises_from(QueueIterator each) {
  std::vector<Promise> found;
  for (; !each.is_end(); each.advance()) found.push_back(each.entry()->last());
  return found;
}

std::vector<Promise> all_of(Consumer& consumer) {
  std::vector<Promise> found;
  while (const EntryPtr entry = consumer.shift()) found.push_back(entry->last());
  return found;
}

TEST_CASE("consumer: an iterator walks the list without holding it") {
  // S1-27 S1-28 S1-30
  EntryQueue queue;
  Source source;
  std::optional<Consumer> consumer = queue.promote(queue.oldest());
  QueueIterator early = queue.oldest();
  CHECK(early.is_end());
  for (int i = 0; i < 5; ++i) CHECK(queue.push(source.next()));
  CHECK(promises_from(early).size() == 5);  // It stood at the end and sees what came.
  QueueNodePtr held = early.node();
  CHECK(held->entry()->last() == Promise{1, 0});
  early.advance();
  CHECK(queue.count().now() == 5);

  CHECK(all_of(*consumer).size() == 5);
  CHECK(queue.count().now() == 0);  // The iterator delays nothing.
  CHECK(early.is_shifted());
  CHECK_FALSE(early.is_end());
  CHECK(early.entry() == nullptr);
  CHECK(held->is_shifted());
}

TEST_CASE("consumer: a node is shifted by the last consumer and not before") {
  // S1-31
  EntryQueue queue;
  Source source;
  Consumer first = queue.promote(queue.oldest());
  Consumer second = queue.promote(queue.oldest());
  const QueueIterator node = queue.oldest();
  CHECK(queue.push(source.next()));
  CHECK(first.shift() != nullptr);
  CHECK_FALSE(node.is_shifted());
  CHECK(first.shift() == nullptr);
  CHECK(second.peek() == node.entry());
  CHECK(second.shift() != nullptr);
  CHECK(node.is_shifted());
  CHECK(queue.count().now() == 0);
}

TEST_CASE("consumer: promoted while pushing it sees every later entry once") {
  // S1-29
  constexpr std::uint64_t seed = 61;
  CAPTURE(seed);
  Random random(seed);
  EntryQueue queue;
  Source source;
  struct Reader {
    Consumer consumer;
    std::vector<Promise> seen;
    std::size_t from;
  };
  std::vector<Promise> pushed;
  std::vector<Reader> readers;
  Consumer anchor = queue.promote(queue.oldest());  // Keeps nodes for iterators to stand on.
  for (int step = 0; step < 3000; ++step) {
    switch (samples::below(random, 4)) {
      case 0: {
        const EntryPtr entry = source.next();
        pushed.push_back(entry->last());
        REQUIRE(queue.push(entry));
        break;
      }
      case 1: {
        QueueIterator at = queue.oldest();
        for (std::uint64_t n = samples::below(random, queue.count().now() + 1); n > 0; --n) at.advance();
        const std::size_t from = pushed.size() - promises_from(at).size();
        if (readers.size() < 20) readers.push_back({queue.promote(at), {}, from});
        break;
      }
      case 2:
        anchor.shift();
        break;
      default:
        if (readers.empty()) break;
        Reader& reader = readers[samples::below(random, readers.size())];
        if (const EntryPtr entry = reader.consumer.shift()) reader.seen.push_back(entry->last());
    }
  }
  for (Reader& reader : readers) {
    for (const Promise promise : all_of(reader.consumer)) reader.seen.push_back(promise);
    CHECK(reader.seen == std::vector<Promise>(pushed.begin() + static_cast<std::ptrdiff_t>(reader.from), pushed.end()));
  }
  all_of(anchor);
  CHECK(queue.count().now() == 0);
}

TEST_CASE("consumer: destroying one releases what only it held") {
  // S1-35
  EntryQueue queue;
  Source source;
  std::optional<Consumer> slow = queue.promote(queue.oldest());
  Consumer fast = queue.promote(queue.oldest());
  for (int i = 0; i < 5; ++i) CHECK(queue.push(source.next()));
  for (int i = 0; i < 3; ++i) fast.shift();
  CHECK(queue.count().now() == 5);
  slow.reset();
  CHECK(queue.count().now() == 2);
  Consumer moved = std::move(fast);
  moved = queue.promote(queue.end());  // Its old place is given up.
  CHECK(queue.count().now() == 0);
}

// Runs in a process of its own, which must abort.
template <class Body>
bool aborts(Body body) {
  const ::pid_t child = ::fork();
  if (child == 0) {
    const ::rlimit no_core{0, 0};
    ::setrlimit(RLIMIT_CORE, &no_core);
    std::signal(SIGABRT, SIG_DFL);
    static_cast<void>(std::freopen("/dev/null", "w", stderr));
    body();
    ::_exit(0);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}

TEST_CASE("consumer: promoting a shifted node is an assertion") {
  // S1-32
  EntryQueue queue;
  Source source;
  const QueueIterator node = queue.oldest();
  CHECK(queue.push(source.next()));  // Nobody consumes: it is shifted at once.
  REQUIRE(node.is_shifted());
  CHECK(aborts([&] { static_cast<void>(queue.promote(node)); }));
  CHECK(aborts([&] { QueueIterator(node).advance(); }));
  CHECK_FALSE(aborts([&] { static_cast<void>(queue.promote(queue.end())); }));
}

TEST_CASE("consumer: an iterator may outlive the queue") {
  // S1-32
  std::optional<QueueIterator> at_end;
  std::optional<QueueIterator> inside;
  {
    EntryQueue queue;
    Source source;
    const Consumer consumer = queue.promote(queue.oldest());
    CHECK(queue.push(source.next()));
    inside = queue.oldest();
    at_end = queue.end();
  }
  CHECK(inside->is_shifted());
  CHECK(at_end->is_shifted());
}

TEST_CASE("consumer: a million nodes go one by one") {
  std::optional<EntryQueue> queue;
  queue.emplace();
  Source source;
  const EntryPtr entry = source.next();
  std::optional<Consumer> consumer = queue->promote(queue->oldest());
  for (int i = 0; i < 1'000'000; ++i) REQUIRE(queue->push(entry));
  const QueueIterator first = queue->oldest();
  consumer.reset();  // All at once, without recursion.
  CHECK(queue->count().now() == 0);
  CHECK(first.is_shifted());
}

TEST_CASE("consumer: counters are ordered right across their wrap") {
  // S1-17 S1-18
  constexpr std::uint64_t as_32_bits = std::uint64_t{1} << 32U;
  for (const std::uint64_t modulus : {as_32_bits, std::uint64_t{0}, std::uint64_t{1000}}) {
    CAPTURE(modulus);
    EntryQueue queue({.modulus = modulus, .first_counter = modulus - 3});  // Of 2^64, where that is 0.
    Source source;
    const Consumer consumer = queue.promote(queue.oldest());
    for (int i = 0; i < 10; ++i) REQUIRE(queue.push(source.next()));
    std::vector<QueueNodePtr> nodes;
    for (QueueIterator each = queue.oldest(); !each.is_end(); each.advance()) nodes.push_back(each.node());
    nodes.push_back(queue.end().node());
    CHECK(nodes[3]->counter() == 0);
    for (std::size_t a = 0; a < nodes.size(); ++a) {
      for (std::size_t b = 0; b < nodes.size(); ++b) CHECK(queue.is_before(*nodes[a], *nodes[b]) == (a < b));
    }
  }
}

TEST_CASE("consumer: the limit is on what is held and not on what ever was") {
  // S1-19 S1-20
  constexpr std::uint64_t modulus = 64;
  EntryQueue queue({.modulus = modulus});
  Source source;
  const EntryPtr entry = source.next();
  Consumer consumer = queue.promote(queue.oldest());
  for (int i = 0; i < 10; ++i) REQUIRE(queue.push(entry));
  for (std::uint64_t i = 0; i < 3 * modulus; ++i) {
    REQUIRE(queue.push(entry));
    REQUIRE(consumer.shift() != nullptr);
    REQUIRE(queue.is_before(*queue.oldest().node(), *queue.end().node()));
  }
  CHECK(queue.count().now() == 10);
  CHECK(queue.count().most() == 11);
  // Nor do counters ever get so far apart that their order is in doubt: that is refused, as a value.
  while (queue.push(entry)) CHECK(queue.count().now() < modulus / 2);
  CHECK(queue.count().now() == modulus / 2 - 1);
  CHECK(queue.is_before(*queue.oldest().node(), *queue.end().node()));
  consumer.shift();
  CHECK(queue.push(entry));
}

TEST_CASE("consumer: a full queue refuses and says when it has room") {
  // S1-20 S1-26
  EntryQueue queue({.count_max = 3});
  Backlog backlog(queue);
  Source source;
  Consumer consumer = queue.promote(queue.oldest());
  for (int i = 0; i < 10; ++i) backlog.push(source.next());
  CHECK(queue.count().now() == 3);
  CHECK(backlog.waiting() == 7);
  std::vector<Promise> seen;
  seen.push_back(consumer.shift()->last());
  CHECK(queue.count().now() == 3);  // The next in line came in.
  CHECK(backlog.waiting() == 6);
  backlog.push(source.next());  // Behind those that wait.
  for (const Promise promise : all_of(consumer)) seen.push_back(promise);
  CHECK(backlog.waiting() == 0);
  REQUIRE(seen.size() == 11);
  for (std::size_t i = 0; i < seen.size(); ++i) CHECK(seen[i] == Promise{1, i});
}

TEST_CASE("consumer: the alarm on the count goes off before the limit") {
  // S1-22
  struct Counting final : AlarmListener {
    void alarm(const Gauge& gauge) override {
      count += 1;
      at = gauge.now();
    }
    int count = 0;
    std::uint64_t at = 0;
  } alarms;
  EntryQueue queue({.count_max = 10, .alarm_percent = 50, .alarm = &alarms});
  Source source;
  Consumer consumer = queue.promote(queue.oldest());
  for (int i = 0; i < 10; ++i) CHECK(queue.push(source.next()));
  CHECK(alarms.count == 1);
  CHECK(alarms.at == 5);
  for (int i = 0; i < 6; ++i) consumer.shift();
  CHECK(queue.push(source.next()));
  CHECK(alarms.count == 2);
}

// Hears of everything, and checks that it is in order.
struct Ledger final : QueueListener {
  explicit Ledger(EntryQueue& of) : queue(of) { queue.add_listener(*this); }
  ~Ledger() override { queue.remove_listener(*this); }
  void added(const QueueNodePtr& node) override { CHECK(added_counters.emplace(node->counter(), 0).second); }
  void removed(const QueueNodePtr& node) override {
    CHECK(node->entry() != nullptr);
    REQUIRE(added_counters.contains(node->counter()));
    CHECK(++added_counters[node->counter()] == 1);
  }
  EntryQueue& queue;
  std::map<std::uint64_t, int> added_counters;  // how often each was removed
};

TEST_CASE("consumer: a listener hears once of every node that comes and goes") {
  // S1-34
  constexpr std::uint64_t seed = 62;
  CAPTURE(seed);
  Random random(seed);
  EntryQueue queue({.count_max = 50});
  Source source;
  std::vector<Consumer> consumers;
  consumers.push_back(queue.promote(queue.oldest()));
  std::vector<std::unique_ptr<Ledger>> ledgers;
  for (int step = 0; step < 3000; ++step) {
    if (step % 500 == 0) ledgers.push_back(std::make_unique<Ledger>(queue));  // Late ones are told what is held.
    if (samples::below(random, 2) == 0) static_cast<void>(queue.push(source.next()));
    if (samples::below(random, 50) == 0 && consumers.size() < 5) consumers.push_back(queue.promote(queue.oldest()));
    if (samples::below(random, 80) == 0 && consumers.size() > 1) consumers.erase(consumers.begin());
    consumers[samples::below(random, consumers.size())].shift();
    for (const auto& ledger : ledgers) {
      std::uint64_t held = 0;
      for (const auto& [counter, removals] : ledger->added_counters) held += removals == 0 ? 1U : 0U;
      REQUIRE(held == queue.count().now());
    }
  }
  consumers.clear();
  for (const auto& ledger : ledgers) {
    for (const auto& [counter, removals] : ledger->added_counters) CHECK(removals == 1);
  }
}

}  // namespace
}  // namespace hansard
