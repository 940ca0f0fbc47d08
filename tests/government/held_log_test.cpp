// tests/government/held_log_test.cpp - the end of the log in memory: examples, and random steps against a plain list.
#include "government/held_log.hpp"

#include "tests/government/lone_islander.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <functional>
#include <string>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

namespace hansard {
namespace {

using tests::government;
using tests::Scroll;

HeldLog held(const Scroll& log) {
  HeldLog result;
  for (const EntryPtr& entry : log.after({})) result.append(entry);
  return result;
}

std::string text_of(const HeldLog& log) { return tests::text_of({log.entries().begin(), log.entries().end()}); }

// Does it stop the process? Asked of a child, which fails the assertion in silence.
bool dies(const std::function<void()>& what) {
  const pid_t child = ::fork();
  if (child == 0) {
    std::signal(SIGABRT, SIG_DFL);
    static_cast<void>(std::freopen("/dev/null", "w", stderr));
    what();
    ::_exit(0);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}

// 1/0 1/1 1/2-1/4 under ballot 1, then 2/0 2/1 under ballot 3.
Scroll example() {
  Scroll log;
  log.govern(government(3, "a b", "c"), 1, 1);
  log.append("one");
  log.batch({"two", "three", "four"});
  log.govern(government(3, "b c", "a"), 2, 3);
  log.append("five");
  return log;
}

TEST_CASE("held log: above committed a position is held by promise and ballot and below it always") {  // 3 Accepting; q
  HeldLog log = held(example());
  CHECK(log.last() == Position{{2, 1}, 3});
  CHECK(log.holds({{1, 4}, 1}));
  CHECK_FALSE(log.holds({{1, 4}, 2}));
  CHECK_FALSE(log.holds({{2, 1}, 1}));
  CHECK_FALSE(log.holds({{2, 2}, 3}));
  CHECK(log.holds({}));  // before the first

  log.commit({{{1, 4}, 1}, 3});
  CHECK(log.holds({{1, 4}, 2}));  // what is at or below committed counts as held ...
  CHECK_FALSE(log.holds_exactly({{1, 4}, 2}));
  CHECK(log.holds_exactly({{1, 4}, 1}));
  CHECK_FALSE(log.holds({{2, 1}, 1}));  // ... and no more than that
}

TEST_CASE("held log: a batch is named by its last promise and is never cut") {  // section 2; u
  HeldLog log = held(example());
  CHECK(log.find({1, 2}) == nullptr);
  REQUIRE(log.find({1, 4}) != nullptr);
  CHECK((*log.find({1, 4}))->first() == Promise{1, 2});
  CHECK(tests::text_of(log.copy({1, 1}, {1, 4}, 1)) == "1/4@1");  // at least one, however few bytes may be copied
  CHECK(log.copy({1, 1}, {1, 3}, 1'000'000).empty());
  log.drop_after({1, 3});
  CHECK(log.last() == Position{{1, 1}, 1});
}

TEST_CASE("held log: a copy ends where the bytes do") {
  const HeldLog log = held(example());
  const std::size_t two = (*log.find({1, 1}))->bytes().size() + (*log.find({1, 4}))->bytes().size();
  CHECK(tests::text_of(log.copy({1, 0}, {2, 1}, two)) == "1/1@1 1/4@1");
  CHECK(tests::text_of(log.copy({1, 0}, {2, 1}, two - 1)) == "1/1@1");
  CHECK(tests::text_of(log.copy({}, {2, 1}, 1'000'000)) == "1/0@1 1/1@1 1/4@1 2/0@3 2/1@3");
  CHECK(log.copy({2, 1}, {9, 9}, 1'000'000).empty());
}

TEST_CASE("held log: governments after committed are those that decide with the committed one") {  // 3 Chosen
  HeldLog log = held(example());
  REQUIRE(log.later_governments().size() == 2);
  CHECK(log.later_governments()[1].promise == Promise{2, 0});
  CHECK(log.later_governments()[1].ballot == 3);
  log.commit({{{1, 1}, 1}, 3});
  REQUIRE(log.later_governments().size() == 1);
  CHECK(log.later_governments()[0].leader() == "b");
  log.drop_after({1, 4});
  CHECK(log.later_governments().empty());
}

TEST_CASE("held log: ballots once seen are remembered although the entries are dropped") {  // 1 One leader per ballot
  HeldLog log = held(example());
  CHECK(log.ballot_seen() == 3);
  log.drop_after({1, 0});
  CHECK(log.ballot_seen() == 3);
  log.commit({{{1, 0}, 1}, 8});  // counted by a leader of whom nothing else is held
  CHECK(log.ballot_seen() == 8);
  CHECK(log.committed().counted == 8);
}

TEST_CASE("held log: counted never goes back when committed moves on") {  // section 6
  HeldLog log = held(example());
  log.commit({{{1, 0}, 1}, 7});
  log.commit({{{1, 1}, 1}, 3});
  CHECK(log.committed().position == Position{{1, 1}, 1});
  CHECK(log.committed().counted == 7);
}

TEST_CASE("held log: only what is committed and durable is forgotten and the log goes on from there") {  // section 2
  const Scroll written = example();
  HeldLog log = held(written);
  log.commit({{{2, 0}, 3}, 3});
  log.shrink(0, {1, 1});
  CHECK(text_of(log) == "1/4@1 2/0@3 2/1@3");
  CHECK(log.base() == Position{{1, 1}, 1});
  CHECK(log.base_chain() == written.after({1, 0}).front()->chain());
  log.shrink(0, {9, 9});
  CHECK(text_of(log) == "2/1@3");  // not committed
  CHECK(log.base() == Position{{2, 0}, 3});
  log.drop_after({2, 0});
  CHECK(log.last() == Position{{2, 0}, 3});
  CHECK(log.last_time() == written.after({1, 4}).front()->time_us());
  CHECK(log.holds_exactly({{2, 0}, 3}));
  log.append(written.after({2, 0}).front());
  CHECK(log.last() == Position{{2, 1}, 3});
}

TEST_CASE("held log: an attempt to drop what is committed stops the process") {  // 3 Nothing committed is ever dropped
  const Scroll written = example();
  HeldLog log = held(written);
  log.commit({{{1, 4}, 1}, 3});
  CHECK_FALSE(dies([log]() mutable { log.drop_after({1, 4}); }));
  CHECK(dies([log]() mutable { log.drop_after({1, 1}); }));
  CHECK(dies([log]() mutable { log.commit({{{1, 1}, 1}, 3}); }));                        // never back
  CHECK(dies([log]() mutable { log.commit({{{2, 1}, 1}, 3}); }));                        // only what is held
  CHECK(dies([log, written]() mutable { log.append(written.after({1, 4}).front()); }));  // no hole and nothing twice
  Scroll other;
  other.govern(government(3, "a b", "c"), 1, 1);
  other.append("uno");
  other.batch({"two", "three", "four"});
  other.govern(government(3, "b c", "a"), 2, 3);
  other.append("five");
  log.drop_after({2, 0});
  CHECK(dies([log, other]() mutable {
    log.append(other.after({2, 0}).front());
  }));  // fits by position and not by chain
}

TEST_CASE("held log: random steps agree with a plain list") {
  int shrunk = 0;
  int dropped = 0;
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    CAPTURE(seed);
    Random random{{21, 22}, seed};
    HeldLog log;
    // The second implementation: everything ever kept, and how much of it is committed.
    std::vector<Scroll> states{Scroll{}};  // states[n]: the log of n entries
    std::size_t committed = 0;
    std::uint64_t ballot = 0;
    for (int step = 0; step < 60; ++step) {
      const std::uint64_t what = random.below(10);
      if (what < 6 || states.size() == 1) {
        Scroll now = states.back();
        if (what < 2 || states.size() == 1) {
          ballot += 1 + random.below(3);
          // One promise may come back under another ballot.
          now.govern(government(3, "a b", "c"), now.at().promise.government + 1, ballot);
        } else if (random.below(3) == 0) {
          now.batch({"x", "y"});
        } else {
          now.append(std::string(random.below(200), 'x'));
        }
        log.append(now.after(states.back().at().promise).front());
        states.push_back(now);
      } else if (what < 7) {
        const std::size_t keep = committed + random.below(states.size() - committed);
        log.drop_after(states[keep].at().promise);
        dropped += keep + 1 < states.size() ? 1 : 0;
        states.resize(keep + 1);
      } else if (what < 9) {
        const std::size_t to = committed + random.below(states.size() - committed);
        if (to > committed) log.commit({states[to].at(), ballot});
        committed = to;
      } else {
        const Promise before = log.base().promise;
        const std::size_t durable = random.below(states.size());
        log.shrink(random.below(500), states[durable].at().promise);
        CHECK(log.base().promise <= states[committed].at().promise);
        CHECK((log.base().promise == before || log.base().promise <= states[durable].at().promise));
        shrunk += log.base().promise != before ? 1 : 0;
      }

      const std::vector<EntryPtr> kept = states.back().after(log.base().promise);
      CHECK(text_of(log) == tests::text_of(kept));
      CHECK(log.last() == states.back().at());
      CHECK(log.committed().position == states[committed].at());
      std::size_t uncommitted_bytes = 0;
      std::size_t governments = 0;
      for (const EntryPtr& entry : states.back().after(states[committed].at().promise)) {
        uncommitted_bytes += entry->bytes().size();
        governments += entry->kind() == Kind::government ? 1U : 0U;
      }
      CHECK(log.uncommitted_bytes() == uncommitted_bytes);
      CHECK(log.later_governments().size() == governments);
    }
  }
  CHECK(shrunk > 100);
  CHECK(dropped > 100);
}

}  // namespace
}  // namespace hansard
