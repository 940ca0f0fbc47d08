// tests/process/history_test.cpp - the checker finds nothing in a good history, and every planted fault.
#include "tests/process/history.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <string>
#include <vector>

using hansard::Promise;
using process::Attempt;
using process::find_faults;
using process::HeldLog;
using process::Moment;

namespace {

Moment at(int milliseconds) { return Moment{std::chrono::milliseconds{milliseconds}}; }

Attempt acknowledged(const std::string& body, int begin, int end, Promise promise) {
  return {{body}, at(begin), at(end), Attempt::Outcome::acknowledged, promise, promise};
}

// Two clients, a batch, a change of government, one append of unknown outcome that is there and one that is not.
struct Story {
  std::vector<Attempt> history{
      acknowledged("a1", 0, 10, {1, 1}),
      acknowledged("b1", 5, 15, {1, 2}),
      {{"x1", "x2", "x3"}, at(11), at(20), Attempt::Outcome::acknowledged, {1, 3}, {1, 5}},
      {{"a2"}, at(21), at(30), Attempt::Outcome::unknown, {}, {}},
      {{"b2"}, at(21), at(30), Attempt::Outcome::unknown, {}, {}},
      {{"b3"}, at(31), at(32), Attempt::Outcome::refused, {}, {}},
      acknowledged("a3", 31, 40, {2, 2}),
  };
  HeldLog log{{{1, 1}, "a1"}, {{1, 2}, "b1"}, {{1, 3}, "x1"}, {{1, 4}, "x2"},
              {{1, 5}, "x3"}, {{2, 1}, "a2"}, {{2, 2}, "a3"}};

  // The same log on all three.
  [[nodiscard]] std::vector<std::string> faults() const {
    return find_faults(history, {{"a", log}, {"b", log}, {"c", log}});
  }
};

bool speaks_of(const std::vector<std::string>& faults, const std::string& what) {
  std::string all;
  for (const std::string& fault : faults) all += fault + "\n";
  INFO(all);
  CHECK_FALSE(faults.empty());
  return std::ranges::any_of(faults, [&](const std::string& fault) { return fault.find(what) != std::string::npos; });
}

}  // namespace

TEST_CASE("history: a good history has no faults") { CHECK(Story{}.faults().empty()); }

TEST_CASE("history: an acknowledged append that is lost everywhere is found when planted") {
  Story story;
  story.log.pop_back();
  CHECK(speaks_of(story.faults(), "lost 'a3'"));
}

TEST_CASE("history: an entry that one islander lacks is found when planted") {
  Story story;
  HeldLog shorter = story.log;
  shorter.erase(shorter.begin() + 1);
  CHECK(speaks_of(find_faults(story.history, {{"a", story.log}, {"b", shorter}}), "b has 1/3 'x1' where a has 1/2"));
  shorter = story.log;
  shorter.pop_back();
  CHECK(speaks_of(find_faults(story.history, {{"a", story.log}, {"b", shorter}}), "b has nothing more where a has"));
}

TEST_CASE("history: another order on one islander is found when planted") {
  Story story;
  HeldLog other = story.log;
  std::swap(other[0].body, other[1].body);
  CHECK(speaks_of(find_faults(story.history, {{"a", story.log}, {"b", other}}), "b has 1/1 'b1' where a has 1/1 'a1'"));
}

TEST_CASE("history: a doubled append is found when planted") {
  Story story;
  story.log.push_back({{2, 3}, "a1"});
  CHECK(speaks_of(story.faults(), "'a1' is there twice"));
}

TEST_CASE("history: a refused append that is there is found when planted") {
  Story story;
  story.log.push_back({{2, 3}, "b3"});
  CHECK(speaks_of(story.faults(), "'b3' is there, but was refused"));
}

TEST_CASE("history: an entry that nobody appended is found when planted") {
  Story story;
  story.log.push_back({{2, 3}, "z"});
  CHECK(speaks_of(story.faults(), "'z' at 2/3 was appended by nobody"));
}

TEST_CASE("history: promises that do not increase are found when planted") {
  Story story;
  story.log.back().promise = {2, 1};
  CHECK(speaks_of(story.faults(), "2/1 stands after 2/1"));
}

TEST_CASE("history: an append at another promise than acknowledged is found when planted") {
  Story story;
  story.history.back().first = story.history.back().last = {2, 7};
  CHECK(speaks_of(story.faults(), "'a3' was acknowledged at 2/7, but is at 2/2"));
}

TEST_CASE("history: half a batch is found when planted") {
  Story story;
  story.log.erase(story.log.begin() + 3);
  CHECK(speaks_of(story.faults(), "half of the batch of 'x1'"));
  story.history[2].outcome = Attempt::Outcome::unknown;
  CHECK(speaks_of(story.faults(), "half of the batch of 'x1'"));
}

TEST_CASE("history: a batch with a stranger inside is found when planted") {
  Story story;
  std::swap(story.log[1].body, story.log[2].body);
  CHECK(speaks_of(story.faults(), "the batch of 'x1' is torn apart"));
}

TEST_CASE("history: an order against real time is found when planted") {
  Story story;
  // b1 was begun at 5, before a1 was acknowledged at 10: either order is good. Begun at 11 it is not.
  std::swap(story.history[0].first, story.history[1].first);
  std::swap(story.history[0].last, story.history[1].last);
  std::swap(story.log[0].body, story.log[1].body);
  CHECK(story.faults().empty());
  story.history[1].begin = at(11);
  CHECK(speaks_of(story.faults(), "'b1' at 1/1 was begun after 'a1' at 1/2 had been acknowledged"));
}

TEST_CASE("history: an append of unknown outcome before what was acknowledged earlier is found when planted") {
  Story story;
  std::swap(story.log[0].body, story.log[5].body);
  story.history[0].first = story.history[0].last = {2, 1};
  CHECK(speaks_of(story.faults(), "'a2' at 1/1 was begun after"));
}
