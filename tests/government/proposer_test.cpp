// tests/government/proposer_test.cpp - from a lost leader to a new government, one rule of protocol section 4 at a
// time.
#include "government/proposer.hpp"

#include "tests/government/lone_islander.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

namespace hansard {
namespace {

using namespace tests;  // the words of the fixture

const Islander a = islander("a");
const Islander c = islander("c");
const Islander d = islander("d");

// What an acceptor answers that holds `log`, of which `committed` is.
Promised grant(std::uint64_t ballot, const Scroll& log, Promise tail_after, Promise committed = {1, 0}) {
  return {true, ballot, {log.at(committed), 1}, {}, log.at(), log.after(tail_after)};
}

// The government that it wrote last.
std::string shape(LoneIslander& one) {
  const EntryPtr entry = one.entries_on_disk().back();
  const auto government = decode_government(entry->body(), entry->position());
  REQUIRE(government.has_value());
  CHECK(government->ballot == one->promised());
  return tests::text_of(*government);
}

TEST_CASE("proposer: canvasses first and changes nothing by it") {  // 4.1; S4-11; S4-10 S4-17
  LoneIslander b("b");
  teach(b, founded(), 1);
  const std::size_t writes = b.written().size();
  b.wait(900'000);
  CHECK(b.count<Canvass>() == 0);  // the timeout is a second and more
  b.wait_until([&] { return b.count<Canvass>() > 0; }, 700'000);
  CHECK(b.told("collapse"));
  CHECK(b->role() == Role::candidate);
  CHECK(b.count<Canvass>("a") == 1);
  const auto canvass = b.take<Canvass>("c");
  CHECK(canvass.message.committed.position == Position{{1, 0}, 1});
  CHECK(canvass.urgent);
  CHECK(b->promised() == 1);
  CHECK(b.count<Prepare>() == 0);

  b.reply(canvass, CanvassAnswer{false, 1, {}});  // c hears it: this one was merely cut off
  b.reply(b.take<Canvass>("a"), CanvassAnswer{false, 1, {}});
  CHECK(b->role() == Role::recorder);
  CHECK(b.fact("candidate stopped", "why") == "too few have lost the leader");
  CHECK(b.written().size() == writes);
  b.ask<Received>(a, register_of(founded(), {}, 1));  // and nothing keeps it from coming back
  CHECK(b->leader() == "a");

  b.wait_until([&] { return b.count<Canvass>("c") > 0; });
  b.reply(b.take<Canvass>("c"), CanvassAnswer{true, 1, {}});
  CHECK(b.count<Prepare>() == 2);
}

TEST_CASE("proposer: says whether it has lost the leader") {  // 4.1; S4-17
  LoneIslander b("b");
  teach(b, founded(), 1);
  CHECK_FALSE(b.ask<CanvassAnswer>(c, Canvass{}).lost);
  CHECK(b.ask<CanvassAnswer>(a, Canvass{}).lost);  // the leader itself asks: it is none any more
  b.disconnected(a);
  CHECK(b.ask<CanvassAnswer>(c, Canvass{}).lost);  // who asks has waited for it to come back
  b.ask<Pong>(a, Ping{1, {}, {}, 1});
  CHECK_FALSE(b.ask<CanvassAnswer>(c, Canvass{}).lost);
  b.wait(1'000'000);
  CHECK(b.ask<CanvassAnswer>(c, Canvass{}).lost);
}

TEST_CASE("proposer: a closed connection of the leader counts after a ping interval's grace") {  // 4
  LoneIslander b("b");
  teach(b, founded(), 1);
  b.disconnected(a);
  b.wait(99'999);
  CHECK(b.count<Canvass>() == 0);
  SUBCASE("it does not come back") {
    b.wait_until([&] { return b.count<Canvass>() > 0; }, 60'000);
    CHECK(b.fact("collapse", "why") == "its connection closed and it was not heard again");
  }
  SUBCASE("it is heard again") {
    b.ask<Pong>(a, Ping{1, {}, {}, 1});
    b.wait(990'000);
    CHECK(b.count<Canvass>() == 0);
  }
  SUBCASE("somebody else's connection closes") {
    b.ask<Pong>(a, Ping{1, {}, {}, 1});
    b.disconnected(c);
    b.wait(990'000);
    CHECK(b.count<Canvass>() == 0);
  }
}

TEST_CASE("proposer: relayed pulses do not count as hearing the leader") {  // 3 Pings; planted bug x
  LoneIslander b("b");
  Scroll log = founded();
  teach(b, log, 1);
  for (int i = 0; i < 20 && b.count<Canvass>() == 0; ++i) {
    b.wait(100'000);
    log.append("committed by a before it fell");
    CHECK(b.ask<Synchronized>(c, synchronize_of(log, log.after({}).rbegin()[1]->last(), 1)).held);
  }
  CHECK(b.count<Canvass>() > 0);
  CHECK(b.fact("collapse", "why") == "it was not heard for the timeout");
  CHECK(b.ask<CanvassAnswer>(c, Canvass{}).lost);
}

TEST_CASE("proposer: prepares when its ballot is durable and not before") {  // 4.2; planted bug a
  LoneIslander b("b");
  teach(b, founded(), 1);
  b.wait_until([&] { return b.count<Canvass>("c") > 0; });
  b.withhold_writes();
  b.reply(b.take<Canvass>("c"), CanvassAnswer{true, 0, {}});
  CHECK(b->promised() == 2);
  CHECK(b.count<Prepare>() == 0);
  b.finish_write();
  CHECK(b.promised_on_disk() == 2);
  CHECK(b.count<Prepare>("a") == 1);
  CHECK(b.count<Prepare>("c") == 1);
  CHECK(b.take<Prepare>().message.committed == Position{{1, 0}, 1});
}

TEST_CASE("proposer: its ballot is greater than all it has seen and its own log's") {  // 4.2; section 1; S1-01
  LoneIslander b("b");
  SUBCASE("in its own log") {
    Scroll log = founded();
    log.govern(government(3, "a b", "c"), 2, 6);
    teach(b, log, 6);
    CHECK(until_prepare(b, "c") == 7);
  }
  SUBCASE("as counted by another leader") {
    b.ask<Synchronized>(c, synchronize_of(founded(), {}, 11));
    CHECK(until_prepare(b, "c") == 12);
  }
  SUBCASE("in a prepare that it refused or a ping of a fallen leader") {
    teach(b, founded(), 9);
    b.ask<Promised>(c, Prepare{4, {}});
    CHECK(until_prepare(b, "c") == 10);
  }
  SUBCASE("in the canvass of another") {
    teach(b, founded(), 1);
    b.ask<CanvassAnswer>(c, Canvass{20, {}});
    CHECK(until_prepare(b, "c") == 21);
  }
  SUBCASE("in an answer to its canvass") {
    teach(b, founded(), 1);
    b.wait_until([&] { return b.count<Canvass>("a") > 0; });
    b.reply(b.take<Canvass>("a"), CanvassAnswer{false, 30, {}});
    CHECK(until_prepare(b, "c") == 31);
  }
  SUBCASE("in a refusal and each attempt draws a fresh one") {
    teach(b, founded(), 1);
    CHECK(until_prepare(b, "c") == 2);
    b.reply(b.take<Prepare>("c"), Promised{false, 40, {}, {}, {}, {}});
    CHECK(b->role() == Role::recorder);
    b.forget_pulses();
    CHECK(until_prepare(b, "c") == 41);
    b.forget_pulses();
    CHECK(until_prepare(b, "c") == 42);  // nobody answered in time
  }
}

TEST_CASE("proposer: tails are ordered by ballot before promise") {  // 4.3; section 1 [departs]; planted bug c; S2-39
  // b has a longer tail of an older ballot, c a shorter one of a newer.
  Scroll ours = founded();
  Scroll theirs = ours;
  ours.govern(government(3, "a b", "c"), 2, 2);
  ours.append("long");
  ours.append("longer");
  theirs.govern(government(3, "c b", "a"), 2, 3);
  LoneIslander b("b");
  teach(b, ours, 2);
  const std::uint64_t ballot = until_prepare(b, "c");
  REQUIRE(ballot == 3);  // it has not heard of 3 yet
  b.reply(b.take<Prepare>("c"), Promised{false, 3, {}, {}, {}, {}});
  b.forget_pulses();
  REQUIRE(until_prepare(b, "c") == 4);
  b.reply(b.take<Prepare>("c"), grant(4, theirs, {1, 0}));
  CHECK(b.on_disk() == "1/0@1 2/0@3 3/0@4");
  CHECK(b.fact("chain chosen", "from") == "c");
  CHECK(b.fact("chain chosen", "over") == "2/2@2");
  CHECK(b.told("entries dropped"));
}

TEST_CASE("proposer: two copies of the lesser do not outvote one of the greater") {  // S2-39; V13c
  const Government five = government(5, "a b c", "d e");
  Scroll lesser = founded(five);
  Scroll greater = lesser;
  lesser.govern(five, 2, 2);
  greater.govern(five, 2, 3);
  for (const bool greater_first : {true, false}) {
    LoneIslander b("b");
    teach(b, lesser, 2);
    b.ask<CanvassAnswer>(c, Canvass{3, {}});
    const std::uint64_t ballot = until_prepare(b, "c d");
    b.reply(b.take<Prepare>("d"), grant(ballot, greater_first ? greater : lesser, {1, 0}));
    b.reply(b.take<Prepare>("c"), grant(ballot, greater_first ? lesser : greater, {1, 0}));
    CHECK(b.on_disk() == "1/0@1 2/0@3 3/0@4");
  }
}

// Five islanders, b among them, with tails that differ; c's is greater than a's and d's greater than both.
struct Five {
  Government government = tests::government(5, "a b c", "d e");
  Scroll base = founded(government);
  std::map<std::string, Scroll> logs;
  Five() {
    for (const char* id : {"a", "c", "d", "e"}) logs.emplace(id, base);
    logs.at("a").append("x");
    logs.at("a").append("y");
    logs.at("c").govern(government, 2, 2);
    logs.at("d").govern(government, 2, 3);
    logs.at("d").append("z");
  }
};

TEST_CASE("proposer: every order in which a quorum completes gives the same decision") {  // S2-23; V05a V05b V13b
  const Five five;
  std::vector<std::string> order{"a", "c", "d", "e"};
  std::map<std::set<std::string>, std::set<std::string>> decisions;  // by who was counted
  int orders = 0;
  do {
    LoneIslander b("b");
    teach(b, five.base, 1);
    b.ask<CanvassAnswer>(c, Canvass{3, {}});
    const std::uint64_t ballot = until_prepare(b, "a c");
    for (std::size_t i = 0; i < 2; ++i) {
      CHECK(b->role() == Role::candidate);
      b.reply(b.take<Prepare>(order[i]), grant(ballot, five.logs.at(order[i]), {1, 0}));
    }
    CHECK(b->role() == Role::leader);
    const std::string log = b.on_disk();
    decisions[{order[0], order[1]}].insert(log);
    // The others come late and change nothing: the chain is chosen once per ballot.
    for (std::size_t i = 2; i < 4; ++i) {
      b.reply(b.take<Prepare>(order[i]), grant(ballot, five.logs.at(order[i]), {1, 0}));
    }
    CHECK(b.on_disk() == log);
    ++orders;
  } while (std::next_permutation(order.begin(), order.end()));
  CHECK(orders == 24);
  CHECK(decisions.size() == 6);
  for (const auto& [counted, logs] : decisions) {
    CHECK(logs.size() == 1);
    const std::string expected = counted.contains("d")   ? "1/0@1 2/0@3 2/1@3 3/0@4"
                                 : counted.contains("c") ? "1/0@1 2/0@2 3/0@4"
                                                         : "1/0@1 1/1@1 1/2@1 2/0@4";
    CHECK(*logs.begin() == expected);
  }
}

TEST_CASE("proposer: promises that come while it fetches are counted alike in every order") {  // S2-23; S4-21
  const Five five;
  Scroll ahead = five.base;
  ahead.govern(five.government, 2, 2);  // e knows it committed, and sends no tail
  std::map<std::string, Scroll> held{{"a", five.base}, {"c", ahead}, {"d", ahead}};
  held.at("c").append("more");
  held.at("d").govern(five.government, 3, 3);
  std::vector<std::string> order{"a", "c", "d"};
  std::set<std::string> logs;
  do {
    LoneIslander b("b");
    teach(b, five.base, 1);
    b.ask<CanvassAnswer>(c, Canvass{3, {}});
    const std::uint64_t ballot = until_prepare(b, "a c");
    b.reply(b.take<Prepare>("e"), Promised{true, ballot, {ahead.at(), 2}, {}, ahead.at(), {}});
    for (const std::string& id : order) b.reply(b.take<Prepare>(id), grant(ballot, held.at(id), {1, 0}));
    const auto fetch = b.take<Fetch>("e");
    CHECK(fetch.message.after == five.base.at());
    CHECK(fetch.message.upto == Promise{2, 0});
    CHECK(b->role() == Role::candidate);
    b.reply(fetch, Fetched{true, {ahead.at(), 2}, ahead.at(), ahead.after({1, 0})});
    CHECK(b->role() == Role::leader);
    logs.insert(b.on_disk() + " " + b.fact("chain chosen", "from"));
  } while (std::next_permutation(order.begin(), order.end()));
  REQUIRE(logs.size() == 1);
  CHECK(*logs.begin() == "1/0@1 2/0@2 3/0@3 4/0@4 d");
}

TEST_CASE("proposer: its own chain is taken where it is as great and others get what they lack") {  // 4.3 4.4; S4-22
  Scroll log = founded();
  log.append("x");
  log.append("y");
  LoneIslander b("b");
  teach(b, log, 1);
  const std::uint64_t ballot = until_prepare(b, "c");
  Promised held = grant(ballot, founded(), {1, 0});
  b.reply(b.take<Prepare>("c"), held);
  CHECK(b->role() == Role::leader);
  CHECK(b.on_disk() == "1/0@1 1/1@1 1/2@1 2/0@2");
  CHECK(shape(b) == "3: b c | a |");  // itself first, then who promised; membership unchanged
  const auto registered = b.take<Register>("c");
  CHECK(registered.message.ballot == ballot);
  CHECK(registered.message.previous == Position{{1, 0}, 1});
  CHECK(text_of(registered.message.entries) == "1/1@1 1/2@1 2/0@2");
}

TEST_CASE("proposer: the majority is of those who promised in the order of the parliament") {  // 4.4; 1, parliament
  struct Row {
    const char* minority;
    const char* promised;
    const char* shape;
  };
  for (const Row& row : {Row{"d e", "e c", "5: b c e | a d |"}, Row{"", "c a", "5: b a c | |"}}) {  // two seats vacant
    const Scroll log = founded(government(5, "a b c", row.minority));
    LoneIslander b("b");
    teach(b, log, 1);
    const std::uint64_t ballot = until_prepare(b, row.promised);
    for (const std::string& id : words(row.promised)) {
      CHECK(b->role() == Role::candidate);  // two of five are no quorum
      b.reply(b.take<Prepare>(id), grant(ballot, log, {1, 0}));
    }
    CHECK(b->role() == Role::leader);
    CHECK(shape(b) == row.shape);
  }
}

// 2/0 seats d for c; known committed is 1/0 only.
Scroll swapped() {
  Scroll log = founded();
  log.govern(government(3, "a b", "d"), 2, 1);
  return log;
}

TEST_CASE("proposer: a quorum of both parliaments where its log holds a later government") {  // 4.3; planted bug d
  for (const std::string first : {"c", "d"}) {
    CAPTURE(first);
    const std::string second = first == "c" ? "d" : "c";
    LoneIslander b("b");
    teach(b, swapped(), 1);
    b.wait_until([&] { return b.count<Canvass>() == 3; });
    b.reply(b.take<Canvass>(first), CanvassAnswer{true, 0, {}});
    CHECK(b.count<Prepare>() == 0);  // the canvass asks those whom the election will count
    b.reply(b.take<Canvass>(second), CanvassAnswer{true, 0, {}});
    REQUIRE(b.count<Prepare>() == 3);
    b.reply(b.take<Prepare>(first), grant(2, swapped(), {1, 0}));
    CHECK(b->role() == Role::candidate);
    b.reply(b.take<Prepare>(second), grant(2, swapped(), {1, 0}));
    CHECK(b->role() == Role::leader);
    CHECK(b.on_disk() == "1/0@1 2/0@1 3/0@2");
  }
}

TEST_CASE("proposer: prepares in the parliament that shows up on the chain and chooses again") {  // 4.3; planted bug d
  LoneIslander b("b");
  teach(b, founded(), 1);
  const std::uint64_t ballot = until_prepare(b, "c");
  CHECK(b.count<Prepare>("d") == 0);
  b.reply(b.take<Prepare>("c"), grant(ballot, swapped(), {1, 0}));  // f+1 of 1/0, and of 2/0 only b
  CHECK(b->role() == Role::candidate);
  const auto prepare = b.take<Prepare>("d");
  CHECK(prepare.message.ballot == ballot);  // the same ballot: the chain is chosen once
  Scroll further = swapped();
  further.append("x");
  b.reply(prepare, grant(ballot, further, {1, 0}));
  CHECK(b->role() == Role::leader);
  CHECK(b.on_disk() == "1/0@1 2/0@1 2/1@1 3/0@2");
  CHECK(shape(b) == "3: b d | a |");
}

TEST_CASE("proposer: who is named settled on the chain frees the parliaments before it") {  // 4.3; section 5; s
  // a and c are gone for good; that 2/0 is committed stands in 2/1 alone, for committed itself was lost.
  Scroll log = swapped();
  log.settle({2, 0});
  SUBCASE("in a tail") {
    LoneIslander b("b");
    teach(b, swapped(), 1);
    const std::uint64_t ballot = until_prepare(b, "c d");
    b.reply(b.take<Prepare>("d"), grant(ballot, log, {1, 0}));
    CHECK(b->role() == Role::leader);
  }
  SUBCASE("in its own log after a restart") {
    LoneIslander b("b");
    teach(b, log, 1);
    b.restart();
    const std::uint64_t ballot = until_prepare(b, "d");
    b.reply(b.take<Prepare>("d"), grant(ballot, log, {1, 0}));
    CHECK(b->role() == Role::leader);
  }
}

TEST_CASE("proposer: who is not in the last parliament of the chain nominates a member that promised") {  // 4.4
  Scroll log = founded();
  log.govern(government(3, "a c", "d"), 2, 1);
  LoneIslander b("b");
  teach(b, founded(), 1);
  const std::uint64_t ballot = until_prepare(b, "c");
  b.reply(b.take<Prepare>("c"), grant(ballot, log, {1, 0}));
  CHECK(b->role() == Role::candidate);  // of a c d only c
  b.reply(b.take<Prepare>("d"), grant(ballot, log, {1, 0}));
  CHECK(b->role() == Role::recorder);
  const auto nominate = b.take<Nominate>();
  CHECK(nominate.to.id == "c");
  CHECK(nominate.message.ballot == ballot);
  CHECK(nominate.message.last == log.at());
  CHECK(b.on_disk() == "1/0@1 2/0@1");  // no government entry of its own
  CHECK(b.told("nominate"));
}

TEST_CASE("proposer: a nominee that holds the log runs at once whatever it believes itself to be") {  // 4.4; 5 transfer
  LoneIslander e("e");  // a constituent, of a log that is behind
  Scroll log = founded(government(3, "a b", "c", "+e"));
  e.ask<Synchronized>(a, synchronize_of(log, {}, 1));
  e.wait(10'000'000);
  CHECK(e.count<Canvass>() == 0);
  CHECK_FALSE(e.ask<Nominated>(a, Nominate{1, {{1, 7}, 1}}).runs);  // it does not hold that
  CHECK(e.ask<Nominated>(a, Nominate{1, log.at()}).runs);
  CHECK(e.count<Canvass>() == 0);
  CHECK(e.count<Prepare>() == 3);
  CHECK(e->promised() == 2);
}

TEST_CASE("proposer: what an acceptor knows committed is learned before the chain is chosen") {  // 4.3; S4-21; S2-17
  Scroll log = founded();
  log.append("x");
  log.govern(government(3, "c b", "a"), 2, 5);
  LoneIslander b("b");
  teach(b, founded(), 1);
  b.ask<CanvassAnswer>(c, Canvass{5, {}});
  REQUIRE(until_prepare(b, "c") == 6);
  const auto prepare = b.take<Prepare>("c");
  const std::string whole = "1/0@1 1/1@1 2/0@5 3/0@6";
  SUBCASE("from the tail") {
    b.reply(prepare, grant(6, log, {1, 0}, {2, 0}));
    CHECK(b->committed() == Promise{2, 0});
    CHECK(b.on_disk() == whole);
  }
  SUBCASE("by fetching where the tail does not reach back") {
    b.reply(prepare, grant(6, log, {1, 1}, {2, 0}));
    CHECK(b->role() == Role::candidate);
    const auto fetch = b.take<Fetch>("c");
    CHECK(fetch.message.after == log.at({1, 0}));
    b.reply(fetch, Fetched{true, {log.at(), 5}, log.at(), log.after({1, 0}, {1, 1})});  // now the tail reaches back
    CHECK(b.on_disk() == whole);
    CHECK(b->role() == Role::leader);
  }
  SUBCASE("and one that cannot be fetched is no chain") {
    b.reply(prepare, grant(6, log, {1, 1}, {2, 0}));
    b.reply(b.take<Fetch>("c"), Fetched{});
    CHECK(b->role() == Role::recorder);
    CHECK(b.on_disk() == "1/0@1");
  }
  SUBCASE("and stops a ballot that its counting leader has passed") {
    Promised answer = grant(6, log, {1, 0}, {2, 0});
    answer.committed.counted = 9;
    b.reply(prepare, answer);
    CHECK(b->role() == Role::recorder);
    CHECK(b->promised() == 9);
    CHECK(b->committed() == Promise{2, 0});
  }
}

TEST_CASE("proposer: the rest of a tail that was too large is fetched") {  // 4.2, tail; S4-20
  Scroll log = founded();
  log.append("x");
  log.append("y");
  LoneIslander b("b");
  teach(b, founded(), 1);
  const std::uint64_t ballot = until_prepare(b, "c");
  Promised part = grant(ballot, log, {1, 0});
  part.tail = log.after({1, 0}, {1, 1});
  b.reply(b.take<Prepare>("c"), part);
  const auto fetch = b.take<Fetch>("c");
  CHECK(fetch.message.after == log.at({1, 1}));
  CHECK(fetch.message.upto == Promise{1, 2});
  b.reply(fetch, Fetched{true, {log.at({1, 0}), 1}, log.at(), log.after({1, 1})});
  CHECK(b.on_disk() == "1/0@1 1/1@1 1/2@1 2/0@2");
}

TEST_CASE("proposer: answers of another cookie are not counted") {  // section 9.8; planted bug e; S4-28
  LoneIslander b("b");
  teach(b, founded(), 1);
  b.wait_until([&] { return b.count<Canvass>() == 2; });
  b.reply_as(islander("c", 2), b.take<Canvass>("c"), CanvassAnswer{true, 0, {}});
  CHECK(b.count<Prepare>() == 0);
  b.reply(b.take<Canvass>("a"), CanvassAnswer{true, 0, {}});
  b.reply_as(islander("c", 2), b.take<Prepare>("c"), grant(2, founded(), {1, 0}));
  CHECK(b->role() == Role::candidate);
  b.reply_as(c, b.take<Prepare>("a"), grant(2, founded(), {1, 0}));  // nor of somebody else
  CHECK(b->role() == Role::candidate);
}

TEST_CASE("proposer: a late promise is never counted for a newer ballot") {  // S2-27 S2-41; V07c; S4-16
  LoneIslander b("b");
  teach(b, founded(), 1);
  REQUIRE(until_prepare(b, "c") == 2);
  const auto late = b.take<Prepare>("c");
  b.forget_pulses();
  REQUIRE(until_prepare(b, "c") == 3);
  b.reply(late, grant(2, founded(), {1, 0}));
  CHECK(b->role() == Role::candidate);
  b.reply(b.take<Prepare>("a"), grant(2, founded(), {1, 0}));  // an answer to this pulse that names the old ballot
  CHECK(b->role() == Role::candidate);
  b.reply(b.take<Prepare>("c"), grant(3, founded(), {1, 0}));
  CHECK(b->role() == Role::leader);
  b.reply(late, grant(2, founded(), {1, 0}));  // and once more
  CHECK(b.on_disk() == "1/0@1 2/0@3");
}

TEST_CASE("proposer: is halted by its own acceptor") {  // S2-26; V07a
  LoneIslander b("b");
  teach(b, founded(), 1);
  REQUIRE(until_prepare(b, "c") == 2);
  const auto prepare = b.take<Prepare>("c");
  std::string log = "1/0@1";
  SUBCASE("that promises another") { CHECK(b.ask<Promised>(a, Prepare{3, {}}).granted); }
  SUBCASE("that hears a leader") {
    Scroll other = founded();
    other.govern(government(3, "c b", "a"), 2, 7);
    b.ask<Received>(c, register_of(other, {1, 0}, 7));
    log += " 2/0@7";
  }
  CHECK(b->role() == Role::recorder);
  CHECK(b.fact("candidate stopped", "ballot") == "2");  // S2-40
  b.reply(prepare, grant(2, founded(), {1, 0}));
  CHECK(b->role() == Role::recorder);
  CHECK(b.on_disk() == log);
}

TEST_CASE("proposer: a write that it knows failed is chained for others may have it") {  // S2-30 to S2-32; V09
  LoneIslander b("b");
  teach(b, founded(), 1);
  REQUIRE(win(b, "c") == 2);  // 2/0@2 is written
  b.reply(b.take<Register>("c"), Rejected{3, {}, {}});
  CHECK(b->role() == Role::recorder);
  b.forget_pulses();
  REQUIRE(until_prepare(b, "c") == 4);
  b.reply(b.take<Prepare>("c"), grant(4, founded(), {1, 0}));
  CHECK(b.on_disk() == "1/0@1 2/0@2 3/0@4");
}

TEST_CASE("proposer: collapse works whatever the newest entry is") {  // S2-44 [ran]
  Scroll user = founded();
  user.append("x");
  Scroll settling = founded();
  settling.settle({1, 0});
  Scroll fiat = founded();
  fiat.govern(government(3, "a c", "b"), 2, 1);
  for (const Scroll& log : {founded(), user, settling, fiat}) {
    for (const bool committed : {false, true}) {
      CAPTURE(log.text());
      LoneIslander b("b");
      teach(b, log, 1, committed ? log.at().promise : Promise{});
      lead(b, "c");
      CHECK(b->status().leader_in_office);
      CHECK(b.on_disk().starts_with(log.text() + " " + std::to_string(log.at().promise.government + 1) + "/0@2"));
    }
  }
}

TEST_CASE("proposer: backs off longer while it fails and less after a success") {  // 4; S2-18 S4-10 S4-19 S4-29
  LoneIslander b("b");
  teach(b, founded(), 1);
  std::vector<Tick> gaps;
  Tick before = 0;
  for (int attempt = 0; attempt < 12; ++attempt) {
    b.wait_until([&] { return b.count<Canvass>("a") > 0 && b.count<Canvass>("c") > 0; });
    if (attempt > 0) gaps.push_back(b.moment().now - before);
    before = b.moment().now;
    b.fail_pulses("a c");
  }
  CHECK(gaps.front() <= 75'000);
  CHECK(*std::max_element(gaps.begin(), gaps.end()) <= 2'400'000);  // retry_max, spread by half
  CHECK(gaps.back() >= 800'000);
  b.ask<Received>(a, register_of(founded(), {}, 1));
  b.wait_until([&] { return b.count<Canvass>("a") > 0; }, 1'600'000);
  before = b.moment().now;
  b.fail_pulses("a c");
  b.wait_until([&] { return b.count<Canvass>("a") > 0; });
  CHECK(b.moment().now - before <= 75'000);
}

TEST_CASE("proposer: who has no seat never runs and an island of one needs nobody") {  // 4; S4-30
  LoneIslander e("e");
  e.ask<Synchronized>(a, synchronize_of(founded(government(3, "a b", "c", "+e")), {}, 1));
  e.wait(30'000'000);
  CHECK(e->promised() == 1);
  CHECK(e->role() == Role::recorder);

  LoneIslander b("b");
  b.ask<Received>(a, register_of(founded(government(1, "b")), {}, 1));
  b.restart();
  b.wait(1'000'000);
  CHECK(b->status().leader_in_office);
  CHECK(b.on_disk() == "1/0@1 2/0@2 2/1@2");
}

}  // namespace
}  // namespace hansard
