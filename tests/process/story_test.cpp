// tests/process/story_test.cpp - what is told of a replay, and what is not.
#include "http/cli/story.hpp"

#include "tests/government/values.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace process {
namespace {

using namespace hansard;
using cli::Story;

constexpr Tick ms = 1'000;

// A story and what it told; time is in milliseconds.
class Told {
 public:
  explicit Told(bool everything = false)
      : story{"a", {500 * ms, everything}, [this](const Story::Line& line) { lines.push_back(line); }} {
    at(0, input::Start{});
  }

  void at(Tick now, input::Any what) {
    const Tick us = 1'000'000 + now * ms;
    story.input(++number_, Input{{us, static_cast<std::int64_t>(1'700'000'000'000'000 + us)}, std::move(what)});
  }
  void asks(PulseId id, const std::string& whom) {
    story.pulse({id, {whom, {1, 1}}, "http://" + whom, {1, 2}, Ping{}, true});
  }
  void answers(Tick now, PulseId id, const std::string& who) {
    at(now, input::Sent{id, Reply{{who, {1, 1}}, {1, 2}, Pong{}}});
  }
  [[nodiscard]] std::vector<std::string> whats() const {
    std::vector<std::string> all;
    for (const Story::Line& line : lines) all.push_back(line.what);
    return all;
  }
  [[nodiscard]] std::string last() const { return lines.back().text; }
  [[nodiscard]] bool figures_say(const std::string& words) const {
    const std::vector<std::string> all = story.figures();
    return std::ranges::any_of(all, [&](const std::string& line) { return line.find(words) != std::string::npos; });
  }

  std::vector<Story::Line> lines;
  Story story;

 private:
  std::uint64_t number_ = 0;
};

using Whats = std::vector<std::string>;

}  // namespace

TEST_CASE("story: an answer is told where it is slow and not where it is not") {
  Told told;
  told.asks(1, "b");
  told.answers(499, 1, "b");
  CHECK(told.whats() == Whats{"start"});
  told.asks(2, "b");
  told.at(700, input::Timer{});
  told.answers(1'000, 2, "b");
  CHECK(told.whats() == Whats{"start", "silence", "slow answer"});
  CHECK(told.last() == "b took 501.0 ms to answer: ping");
  CHECK(told.lines.back().wall_us == 1'700'000'002'000'000);
  CHECK(told.story.json()["fellows"]["b"]["count"] == 2);
}

TEST_CASE("story: who is silent is told when it answers again or when the recording ends") {
  Told told;
  told.asks(1, "b");
  told.asks(2, "c");
  told.at(400, input::Sent{1, std::nullopt});
  told.asks(3, "b");
  told.at(800, input::Sent{3, std::nullopt});
  told.asks(4, "b");
  told.at(850, input::Timer{});
  told.answers(900, 4, "b");
  CHECK(told.whats() == Whats{"start", "silence"});
  CHECK(told.last() == "b answers again after 900.0 ms");
  told.story.finish();
  CHECK(told.whats() == Whats{"start", "silence", "silent"});
  CHECK(told.last() == "c has not answered for 900.0 ms when the recording ends");
  CHECK(told.story.json()["fellows"]["b"]["failed"] == 2);
  CHECK(told.figures_say("answers of b: 1 "));
}

TEST_CASE("story: who is asked by a url gets its name with its answer") {
  Told told;
  told.story.pulse({1, {}, "http://b", {}, Found{}, false});
  told.at(600, input::Timer{});
  told.answers(601, 1, "b");
  told.story.finish();
  CHECK(told.story.json()["fellows"]["b"]["count"] == 1);
  CHECK_FALSE(told.figures_say("http://b"));
}

TEST_CASE("story: slow writes and pauses are told") {
  Told told;
  Write write;
  write.id = 7;
  told.story.write(write);
  told.at(499, input::Timer{});
  told.at(510, input::Persisted{7});
  CHECK(told.whats() == Whats{"start", "slow write"});
  CHECK(told.last() == "the disk of a took 510.0 ms for a write of 0 entries");
  told.at(1'009, input::Timer{});
  told.at(1'509, input::Timer{});
  CHECK(told.whats() == Whats{"start", "slow write", "pause"});
  CHECK(told.last() == "nothing came for 500.0 ms, not even a timer's turn, until a timer");
  told.story.write(write);
  told.at(1'800, input::Timer{});
  told.at(2'100, input::Timer{});
  told.story.finish();
  CHECK(told.last() == "the disk of a is at a write for 591.0 ms when the recording ends");
}

TEST_CASE("story: governments are told with their seats and why") {
  Told told;
  tests::ChainOfEntries log;
  Government government = tests::government(3, "a b", "c", "d");
  government.why = "founded by a";
  told.story.committed({log.govern(government, {1, 0}, 1)});
  CHECK(told.whats() == Whats{"start", "government"});
  CHECK(told.last() ==
        "government 1/0 (ballot 1, 3 seats): a leads; majority a b, minority c, constituents d: founded by a");
  // As the core tells it too, it is not told twice.
  told.story.events({Event{"government", true, {}}, Event{"hedge", true, {{"late", "b"}}}, Event{"fetch", false, {}}});
  CHECK(told.whats() == Whats{"start", "government", "hedge"});
  CHECK(told.last() == "hedge, late b");
  CHECK(told.figures_say("1 government"));
  CHECK(told.figures_say("fetch"));

  Told all{true};
  all.story.events({Event{"fetch", false, {}}});
  CHECK(all.whats() == Whats{"start", "fetch"});
}

TEST_CASE("story: appends are counted by how they ended") {
  Told told;
  for (std::uint64_t token = 1; token <= 5; ++token) told.at(token, input::Enqueue{{"", "", {{"", "x"}}}, token});
  told.at(100, input::GiveUp{5});
  Appended committed;
  committed.token = 1;
  committed.outcome = Appended::Outcome::committed;
  Appended refused;
  refused.token = 2;
  refused.outcome = Appended::Outcome::not_appended;
  Appended unknown;
  unknown.token = 3;
  told.story.appended({committed, refused, unknown});
  CHECK(told.figures_say("1 committed (median 99.0 ms"));
  CHECK(told.figures_say("1 not appended, 1 unknown, 1 given up, 1 open"));
  CHECK(told.story.json()["appends"]["count"] == 1);
}

}  // namespace process
