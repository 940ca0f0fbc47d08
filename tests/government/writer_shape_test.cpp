// tests/government/writer_shape_test.cpp - a leader and the disks of its parliament. Protocol section 3, Liveness is
// not the disk's.
//
// b leads the island of a b c by the help of c; a is the minority.
#include "tests/government/lone_islander.hpp"

#include <doctest/doctest.h>

#include <string>

namespace hansard {
namespace {

using namespace tests;  // the words of the fixture

using Outcome = Appended::Outcome;

struct Leader {
  LoneIslander b;

  Leader() : b("b") {
    teach(b, founded(), 1);
    lead(b, "c");
    live(200'000);
  }
  void live(Tick duration) {
    for (const Tick end = b.moment().now + duration; b.moment().now < end;) {
      b.wait(50'000);
      if (b.count<Nominate>() > 0) return;  // an answer to it is the test's
      b.obey("a c");
    }
  }
  void room(bool has_room) {
    b.input([&](Legislator& l, Moment m) { l.room(m, has_room); });
  }
  // What becomes of an append.
  std::string append() {
    const std::uint64_t token = b.append("x");
    live(300'000);
    const auto ended = b.appended.find(token);
    if (ended == b.appended.end()) return "open";
    return ended->second.outcome == Outcome::committed ? "committed" : to_string(ended->second.objection);
  }
  [[nodiscard]] bool refuses() { return append() == to_string(Objection::disk_full); }
};

TEST_CASE("writer shape: a leader without room hands its office to a member that has some") {
  Leader l;
  CHECK(l.append() == "committed");
  SUBCASE("in the majority or not") {}
  SUBCASE("whoever that is") { l.b.ails("c", true); }
  SUBCASE("and to nobody else") { l.b.ails("a", true); }
  l.live(200'000);
  l.room(false);
  l.live(1'000'000);
  REQUIRE(l.b.count<Nominate>() == 1);
  CHECK(l.b.fact("transfer", "why") == "the leader's disk is full");
  CHECK(l.b->status().disk == Status::Disk::full);
  CHECK(l.b->status().waiting_for.ends_with("its disk is full: free some, or trim the log"));
}

TEST_CASE("writer shape: whose disk does not answer hands over its office too") {
  Leader l;
  l.b.withhold_writes();
  l.b.append("x");
  l.live(1'900'000);
  CHECK(l.b.count<Nominate>() == 0);
  CHECK(l.b->status().disk == Status::Disk::well);
  l.live(1'000'000);
  REQUIRE(l.b.count<Nominate>() == 1);
  CHECK(l.b.fact("transfer", "why") == "the leader's disk does not answer");
  CHECK(l.b->status().disk == Status::Disk::stalled);
  CHECK(l.b->status().waiting_for == "its disk does not answer");
  l.b.release_writes();
  CHECK(l.b->status().disk == Status::Disk::well);
}

TEST_CASE("writer shape: with too few disks well appends are refused and all else goes on") {
  Leader l;
  l.b.ails("a", true);
  l.b.ails("c", true);
  l.live(200'000);
  CHECK(l.refuses());  // its own disk is well: alone it is no quorum
  CHECK(l.b->status().waiting_for == "for disks: those of other members are full, or do not answer");
  l.room(false);
  CHECK(l.refuses());
  CHECK(l.b.count<Nominate>() == 0);  // nobody could do better
  CHECK(l.b->status().leader_in_office);
  CHECK(l.b->status().disks_full);
  const std::uint64_t read = l.b.read();
  l.b.input([&](Legislator& ours, Moment m) { ours.operate(m, {Operation::What::trim, {}, 0, {2, 1}, {}}, 9); });
  l.live(300'000);
  CHECK(l.b.reads.at(read).confirmed);
  CHECK(l.b->status().trimmed == Promise{2, 1});
  SUBCASE("until a quorum is well again") {
    l.b.ails("a", false);
    l.b.ails("c", false);
  }
  SUBCASE("until it is well itself and one more is") {
    l.room(true);
    l.b.ails("c", false);
  }
  l.live(200'000);
  if (l.b.count<Nominate>() == 0) CHECK(l.append() == "committed");
}

TEST_CASE("writer shape: what was done once is told whatever the disks are") {
  Leader l;
  Submission keyed;
  keyed.key = "k";
  keyed.items.push_back({"", "x"});
  const std::uint64_t first = l.b.append(keyed);
  l.live(200'000);
  REQUIRE(l.b.appended.at(first).outcome == Outcome::committed);
  l.b.ails("a", true);
  l.b.ails("c", true);
  l.live(200'000);
  const std::uint64_t again = l.b.append(keyed);
  l.live(300'000);
  CHECK(l.b.appended.at(again).outcome == Outcome::committed);
  CHECK(l.b.appended.at(again).replayed);
}

TEST_CASE("writer shape: whose disk is full lets others run first") {
  const auto runs_after = [](bool has_room) {
    LoneIslander b("b");
    teach(b, founded(), 1);
    b.input([&](Legislator& l, Moment m) { l.room(m, has_room); });
    const Tick begun = b.moment().now;
    b.wait_until([&] { return b.count<Canvass>() > 0; });
    return b.moment().now - begun;
  };
  CHECK(runs_after(true) < 1'600'000);
  CHECK(runs_after(false) >= 4'000'000);
  CHECK(runs_after(false) < 5'000'000);
}

}  // namespace
}  // namespace hansard
