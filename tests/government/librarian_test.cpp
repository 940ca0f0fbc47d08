// tests/government/librarian_test.cpp - committed entries down the tree, reports up, and fetching: protocol section 6.
//
// In the island of a b c, which a leads, b brings the log to c.
#include "government/librarian.hpp"

#include "tests/government/lone_islander.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace hansard {
namespace {

using namespace tests;  // the words of the fixture

const Islander a = islander("a");
const Islander c = islander("c");

Scroll four() {
  Scroll log = founded();
  for (const char* body : {"x", "y", "z"}) log.append(body);
  return log;
}

Synchronized held(const Position& committed, std::vector<Downstream> below = {}) {
  return {true, {committed, 1}, Report{{committed, 1}, committed, 0, false, std::move(below)}};
}

Synchronized lacks(const Position& committed) { return {false, {committed, 1}, {}}; }

// b with all of four(), as far as `committed`; c has been asked where it is and said that it holds 1/0.
struct Representative {
  Scroll log = four();
  LoneIslander b;
  explicit Representative(Promise committed, const Settings& settings = {}) : b("b", settings) {
    teach(b, log, 1, committed);
    b.reply(b.take<Synchronize>("c"), lacks(log.at({1, 0})));
  }
};

TEST_CASE("librarian: asks a ward where it is and brings it what it lacks") {  // 6; S4-08
  const Scroll log = four();
  LoneIslander b("b");
  teach(b, log, 1, {1, 3});
  const auto question = b.take<Synchronize>("c");
  CHECK(question.message.previous == log.at({1, 3}));  // most likely it has everything
  CHECK(question.message.entries.empty());
  b.reply(question, lacks(log.at({1, 0})));
  const auto brought = b.take<Synchronize>("c");
  CHECK(brought.message.previous == log.at({1, 0}));
  CHECK(text_of(brought.message.entries) == "1/1@1 1/2@1 1/3@1");
  CHECK(brought.message.government == Promise{1, 0});
}

TEST_CASE("librarian: only committed entries go down with the ballot that counted them") {  // 6 [12 steps]; p
  Representative r({1, 1});
  auto brought = r.b.take<Synchronize>("c");
  CHECK(text_of(brought.message.entries) == "1/1@1");
  CHECK(brought.message.counted == 1);
  r.b.reply(brought, held(r.log.at({1, 1})));
  CHECK(r.b.count<Synchronize>() == 0);
  // The leader of ballot 6 counts entries of ballot 1.
  r.b.ask<Received>(c, register_of(r.log, {1, 3}, 6, {r.log.at({1, 3}), 6}));
  brought = r.b.take<Synchronize>("c");
  CHECK(text_of(brought.message.entries) == "1/2@1 1/3@1");
  CHECK(brought.message.counted == 6);
}

TEST_CASE("librarian: one pulse is under way to each and it is bounded") {  // 6
  Settings settings;
  settings.pulse_bytes = 1;
  Representative r({1, 2}, settings);
  const auto first = r.b.take<Synchronize>("c");
  CHECK(text_of(first.message.entries) == "1/1@1");
  r.b.ask<Received>(a, register_of(r.log, {1, 3}, 1, {r.log.at({1, 3}), 1}));
  CHECK(r.b.count<Synchronize>() == 0);
  r.b.reply(first, held(r.log.at({1, 1})));
  const auto second = r.b.take<Synchronize>("c");
  CHECK(second.message.previous == r.log.at({1, 1}));
  CHECK(text_of(second.message.entries) == "1/2@1");
}

TEST_CASE("librarian: what memory does not hold comes from the disk") {  // section 2
  Settings settings;
  settings.tail_bytes = 0;
  const Scroll log = four();
  LoneIslander b("b", settings);
  teach(b, log, 1, {1, 3});
  b.ask<Received>(a, register_of(log, {1, 3}, 2));  // a write, after which memory lets go
  b.withhold_reads();
  b.reply(b.take<Synchronize>("c"), lacks(log.at({1, 0})));
  CHECK(b.count<Synchronize>() == 0);
  REQUIRE(b.wants().size() == 1);
  const Want want = b.wants().front();
  CHECK(want.after == Promise{1, 0});
  SUBCASE("and is brought on") {
    b.supply(want, log.after({1, 0}, {1, 2}));
    CHECK(text_of(b.take<Synchronize>("c").message.entries) == "1/1@1 1/2@1");
  }
  SUBCASE("and is asked for again later where it could not be had") {
    b.wants().clear();
    b.supply(want, {});
    CHECK(b.wants().empty());
    b.wait(300'000);
    b.reply(b.take<Synchronize>("c"), lacks(log.at({1, 0})));
    CHECK(b.wants().size() == 1);
  }
}

TEST_CASE("librarian: an idle ward hears from it now and then") {
  Representative r({1, 1});
  r.b.reply(r.b.take<Synchronize>("c"), held(r.log.at({1, 1})));
  r.b.wait(299'999);
  CHECK(r.b.count<Synchronize>() == 0);
  r.b.wait(1);
  const auto heartbeat = r.b.take<Synchronize>("c");
  CHECK(heartbeat.message.entries.empty());
  CHECK(heartbeat.message.previous == r.log.at({1, 1}));
}

TEST_CASE("librarian: a ward that does not answer is left for longer and longer and asked anew") {
  Representative r({1, 3});
  auto lost = r.b.take<Synchronize>("c");
  r.b.fail(lost);
  std::vector<Tick> gaps;
  for (int i = 0; i < 6; ++i) {
    const Tick before = r.b.moment().now;
    r.b.wait_until([&] { return r.b.count<Synchronize>() > 0; });
    gaps.push_back(r.b.moment().now - before);
    lost = r.b.take<Synchronize>("c");
    CHECK(lost.message.entries.empty());  // where it is is not known any more
    r.b.fail(lost);
  }
  CHECK(gaps.front() <= 300'000);
  CHECK(gaps.back() == 1'000'000);
  r.b.wait_until([&] { return r.b.count<Synchronize>() > 0; });
  r.b.reply_as(islander("c", 2), r.b.take<Synchronize>("c"), held(r.log.at({1, 3})));  // 9.8: that is somebody else
  CHECK_FALSE(r.b.ask<Pong>(a, Ping{1, {}, {}, 1}).report.downstream.at(0).reachable);
}

TEST_CASE("librarian: reports who is below and how far they are") {  // 6, Reports go up the tree
  Representative r({1, 3});
  auto below = [&] { return r.b.ask<Pong>(a, Ping{1, {}, {}, 1}).report.downstream; };
  CHECK(below() == std::vector<Downstream>{{"c", {1, 0}, true}});
  r.b.reply(r.b.take<Synchronize>("c"), held(r.log.at({1, 2}), {{"d", {1, 1}, true}, {"e", {}, false}}));
  CHECK(below() == std::vector<Downstream>{{"c", {1, 2}, true}, {"d", {1, 1}, true}, {"e", {}, false}});
  r.b.wait(300'000);
  r.b.fail(r.b.take<Synchronize>("c"));
  CHECK(below() == std::vector<Downstream>{{"c", {1, 2}, false}, {"d", {1, 1}, false}, {"e", {}, false}});
}

TEST_CASE("librarian: a ward whose connection is half open is not reachable for long") {  // seed 136118346524780
  Representative r({1, 3});
  const auto reachable = [&] {
    const auto below = r.b.ask<Pong>(a, Ping{1, {}, {}, 1}).report.downstream;
    return below.size() == 1 && below[0].id == "c" && below[0].reachable;
  };
  r.b.reply(r.b.take<Synchronize>("c"), held(r.log.at({1, 3})));
  CHECK(reachable());
  r.b.wait(800'000);  // what it is asked meanwhile is neither answered nor fails
  CHECK(reachable());
  r.b.wait(200'000);
  CHECK_FALSE(reachable());
  r.b.reply(r.b.take<Synchronize>("c"), held(r.log.at({1, 3})));
  CHECK(reachable());
}

TEST_CASE("librarian: who fetches is below it and another directory of its id is not") {  // 6, Reports; seed 20371
  const Scroll log = founded(government(3, "a b", "c", "d e"));
  LoneIslander b("b");
  teach(b, log, 1);
  const auto is_below = [&](const std::string& id) {
    const auto list = b.ask<Pong>(a, Ping{1, {log.at(), 1}, {}, 0}).report.downstream;
    return std::any_of(list.begin(), list.end(), [&](const Downstream& d) { return d.id == id && d.reachable; });
  };
  b.ask<Fetched>(islander("d", 2), Fetch{log.at({1, 0}), {1, 9}});
  CHECK_FALSE(is_below("d"));
  b.ask<Fetched>(islander("d"), Fetch{log.at({1, 0}), {1, 9}});
  CHECK(is_below("d"));
}

TEST_CASE("librarian: each brings the log to those that the government gives it") {  // 6
  const auto wards = [](const std::string& id, const Government& government) {
    LoneIslander one(id);
    const Islander leader = islander(id == "a" ? "b" : "a");
    const Scroll log = founded(government);
    one.ask<Received>(leader, register_of(log, {}, 1, {log.at(), 1}));
    std::string text;
    while (one.count<Synchronize>() > 0) text += one.take<Synchronize>().to.id;
    return text;
  };
  const Government five = government(5, "a b c", "d e", "f g h");
  CHECK(wards("a", five).empty());  // the leader's are the majority, by registers
  CHECK(wards("b", five) == "d");
  CHECK(wards("c", five) == "e");
  CHECK(wards("d", five) == "fh");
  CHECK(wards("e", five) == "g");
  CHECK(wards("f", five).empty());
  CHECK(wards("b", government(3, "a b", "", "d e")) == "de");
  CHECK(wards("a", government(1, "a", "", "d e")) == "de");
}

TEST_CASE("librarian: another government gives it other wards") {
  Representative r({1, 3});
  const auto late = r.b.take<Synchronize>("c");
  r.log.govern(government(3, "a c", "b", "d"), 2, 1);
  r.b.ask<Received>(a, register_of(r.log, {1, 3}, 1, {r.log.at(), 1}));
  CHECK(r.b.count<Synchronize>("d") == 1);
  CHECK(r.b.count<Synchronize>("c") == 0);
  r.b.reply(late, held(r.log.at({1, 3})));  // harmless
  r.b.wait(1'000'000);
  CHECK(r.b.count<Synchronize>("c") == 0);
}

TEST_CASE("librarian: who is told of commits that do not come fetches them") {  // 6; S4-08; S1-06
  Scroll log = four();
  LoneIslander c_itself("c");
  c_itself.ask<Synchronized>(islander("b"), synchronize_of(log, {}, 1, {1, 1}));
  const Committed told{log.at({1, 3}), 4};
  for (int i = 0; i < 5 && c_itself.count<Fetch>() == 0; ++i) {
    c_itself.ask<Pong>(a, Ping{1, told, {}, 1});
    c_itself.wait(100'000);
  }
  const auto fetch = c_itself.take<Fetch>();
  CHECK(fetch.to == a);
  CHECK(fetch.message.after == log.at({1, 1}));
  log.append("uncommitted");
  SUBCASE("and takes what is committed there and no more") {  // 6 [12 steps]: with the ballot that counted it
    c_itself.reply(fetch, Fetched{true, told, log.at(), log.after({1, 1})});
    CHECK(c_itself->committed() == Promise{1, 3});
    CHECK(c_itself.last() == log.at({1, 3}));
    CHECK(c_itself.promised_on_disk() == 4);
  }
  SUBCASE("and asks the next where that one does not have them") {
    c_itself.reply(fetch, Fetched{});
    c_itself.wait(200'000);
    CHECK(c_itself.take<Fetch>().to.id == "b");
  }
  SUBCASE("and asks the next where nobody answers") {
    c_itself.fail(fetch);
    c_itself.wait(200'000);
    CHECK(c_itself.take<Fetch>().to.id == "b");
  }
  SUBCASE("and takes nothing that does not continue its log") {
    c_itself.reply(fetch, Fetched{true, told, log.at(), log.after({1, 2})});
    CHECK(c_itself->committed() == Promise{1, 1});
  }
}

TEST_CASE("librarian: who slept while the parliament changed fetches from the leader that it hears") {  // 6; S4-08
  // Seeds 9276, 24546 and 25914 of the simulator: the only member that it knew was gone for good.
  std::string constituents = "+a +c";
  SUBCASE("which it knows") {}
  SUBCASE(
      "which came to the island meanwhile") {  // seeds 92335533295836 and 92335533337484: it knew no url of that one
    constituents = "+c";
  }
  const Scroll log = founded(government(1, "b", "", constituents));
  LoneIslander c_itself("c");
  c_itself.ask<Synchronized>(islander("b"), synchronize_of(log, {}, 1));
  const Committed told{{{9, 4}, 5}, 5};
  bool asked = false;
  for (int i = 0; i < 20 && !asked; ++i) {
    c_itself.ask<Pong>(a, Ping{5, told, {}, 1});
    c_itself.wait(100'000);
    while (c_itself.count<Fetch>() > 0) {
      const auto fetch = c_itself.take<Fetch>();
      if (fetch.to == a) CHECK(fetch.url.empty() == (constituents == "+c"));  // the host knows where it is
      asked = asked || fetch.to == a;
      c_itself.fail(fetch);
    }
  }
  CHECK(asked);
}

TEST_CASE(
    "librarian: who slept until all that it knew had begun anew asks around and fetches from its host") {  // S4-08
  // Seed 40278 of the simulator: it knew itself as the parliament, and the leader by an earlier cookie.
  const Scroll log = founded(government(1, "c", "", "+a +b"));
  const Islander another_life = islander("a", 2);
  LoneIslander c_itself("c");
  c_itself.ask<Synchronized>(islander("b"), synchronize_of(log, {}, 1));
  const Committed told{{{9, 4}, 5}, 5};
  const auto hears = [&] {
    c_itself.ask<Pong>(another_life, Ping{5, told, {}, 1});
    c_itself.wait(100'000);
  };
  for (int i = 0; i < 60 && c_itself.count<Embark>() == 0; ++i) hears();
  // By its address: whoever it is that answers there now.
  auto embark = c_itself.take<Embark>();
  while (embark.url != "http://a") embark = c_itself.take<Embark>();
  c_itself.reply_as(another_life, embark, EmbarkAnswer{EmbarkAnswer::Verdict::welcome, republic, {}, ""});
  for (int i = 0; i < 10 && c_itself.count<Fetch>() == 0; ++i) hears();
  CHECK(c_itself.take<Fetch>().to == another_life);
}

TEST_CASE("librarian: whose representative is silent fetches from any member") {  // 6, falls back
  const Scroll log = founded(government(3, "a b", "c", "e"));
  LoneIslander e("e");
  e.ask<Synchronized>(c, synchronize_of(log, {}, 1));
  for (int i = 0; i < 10; ++i) {
    e.wait(300'000);
    e.ask<Synchronized>(c, synchronize_of(log, {1, 0}, 1));
  }
  CHECK(e.count<Fetch>() == 0);
  e.wait(1'600'000);
  CHECK(e.count<Fetch>() == 1);
}

TEST_CASE("librarian: says how far it is behind what it was told is committed") {
  const Scroll log = founded(government(3, "a b", "c", "e"));
  LoneIslander one("c");
  teach(one, log, 1);
  CHECK(one->status().lag_entries == 0);
  one.ask<Pong>(a, Ping{1, {{{1, 70}, 1}, 1}, {}, 0});
  CHECK(one->status().lag_entries == 70);
  one.ask<Pong>(a, Ping{3, {{{3, 20}, 3}, 3}, {}, 0});  // how many there are in the first two, nobody said
  CHECK(one->status().lag_entries == 20);
}

TEST_CASE("librarian: who has no vote hears of the leader from its representative") {  // 6; http-api, /readyz
  const Scroll log = founded(government(3, "a b", "c", "e"));
  LoneIslander e("e");
  Synchronize message = synchronize_of(log, {}, 1);
  message.leader_heard = true;
  message.census = {{"a", {1, 4}, true}, {"b", {1, 3}, true}, {"c", {1, 2}, false}, {"e", {}, false}};
  e.ask<Synchronized>(c, message);
  CHECK(e->leader() == "a");
  const auto row = [&](const std::string& id) {
    for (const CitizenStatus& citizen : e->status().citizens) {
      if (citizen.id == id) return citizen;
    }
    return CitizenStatus{};
  };
  CHECK(row("b").reachable);
  CHECK(row("b").committed == Promise{1, 3});
  CHECK(row("a").committed == Promise{1, 4});
  CHECK_FALSE(row("c").reachable);
  CHECK(row("e").reachable);
  CHECK(row("e").committed == Promise{1, 0});
  CHECK(row("a").lag_entries == 0);
  CHECK(row("c").lag_entries == 2);
  CHECK(row("e").lag_entries == 4);
  CHECK(e->status().lag_entries == 4);

  message = synchronize_of(log, {1, 0}, 1);
  message.leader_heard = false;
  SUBCASE("that there is none and that there is one again") {
    e.ask<Synchronized>(c, message);
    CHECK(e->leader().empty());
    CHECK_FALSE(row("b").reachable);
    message.leader_heard = true;
    e.ask<Synchronized>(c, message);
    CHECK(e->leader() == "a");
    CHECK(row("b").reachable);  // what was said before still stands
  }
  SUBCASE("as long as it is said") {
    message.leader_heard = true;
    for (int i = 0; i < 10; ++i) {
      e.wait(300'000);
      e.ask<Synchronized>(c, message);
    }
    CHECK(row("a").reachable);
    CHECK(row("b").reachable);
  }
  SUBCASE("and from nobody else") {
    e.ask<Synchronized>(islander("b"), message);
    CHECK(e->leader() == "a");
  }
  SUBCASE("and counts it lost where nobody answers at all") {
    for (int i = 0; i < 40; ++i) {
      e.wait(100'000);
      e.fail_pulses("a b c");
    }
    CHECK(e->leader().empty());
  }
  SUBCASE("or else from those whom it asks for the log") {
    e.wait(1'600'000);
    Fetched fetched{true, {log.at(), 1}, log.at(), {}};
    e.reply(e.take<Fetch>(), fetched);
    CHECK(e->leader().empty());
    e.wait(400'000);
    fetched.leader_heard = true;
    e.reply(e.take<Fetch>(), fetched);
    CHECK(e->leader() == "a");
  }
}

TEST_CASE("librarian: tells its wards at once when the leader is lost and what the leader knows of all") {  // 6
  Representative r({1, 1});
  r.b.reply(r.b.take<Synchronize>("c"), held(r.log.at({1, 1})));
  const std::vector<Downstream> census{{"a", {1, 1}, true}, {"b", {1, 1}, true}, {"c", {1, 0}, true}};
  r.b.ask<Pong>(a, Ping{1, {}, {}, 1, census});
  r.b.wait(300'000);
  const auto heartbeat = r.b.take<Synchronize>("c");
  CHECK(heartbeat.message.leader_heard);
  CHECK(heartbeat.message.census == census);
  r.b.reply(heartbeat, held(r.log.at({1, 1})));
  r.b.disconnected(a);
  r.b.wait_until([&] { return r.b.count<Synchronize>() > 0; }, 150'000);
  CHECK_FALSE(r.b.take<Synchronize>("c").message.leader_heard);
}

TEST_CASE("librarian: who is behind a trim is told where we are until it has fetched log state") {  // 6 Snapshots
  Scroll log = four();
  log.trim({{1, 2}, {1, 2}, 1, 1});
  LoneIslander b("b");
  teach(b, log, 1, log.at().promise);
  b.restart();  // memory begins at the trim
  for (int i = 0; i < 3; ++i) {
    b.wait_until([&] { return b.count<Synchronize>("c") > 0; });
    const auto told = b.take<Synchronize>("c");
    CHECK(told.message.previous == log.at());
    CHECK(told.message.entries.empty());
    b.reply(told, lacks(log.at({1, 0})));
  }
  // It has: and is brought what follows.
  log.append("more");
  b.ask<Received>(a, register_of(log, {1, 4}, 1, {log.at(), 1}));
  b.wait_until([&] { return b.count<Synchronize>("c") > 0; });
  b.reply(b.take<Synchronize>("c"), lacks(log.at({1, 4})));
  CHECK(text_of(b.take<Synchronize>("c").message.entries) == "1/5@1");
}

TEST_CASE("librarian: while log state is fetched nothing else is") {  // 6 Snapshots
  const Scroll log = four();
  LoneIslander b("b");
  teach(b, founded(), 1);
  b.ask<Pong>(a, Ping{1, {log.at(), 1}, {}, 0});
  b.wait_until([&] { return b.count<Fetch>("a") > 0; });
  Fetched trimmed;
  trimmed.trimmed = true;
  trimmed.committed = {log.at(), 1};
  b.reply(b.take<Fetch>("a"), trimmed);
  CHECK(b.count<FetchState>("a") == 1);
  b.wait(1'500'000);
  CHECK(b.count<Fetch>() == 0);
  b.reply(b.take<FetchState>("a"), FetchedState{});
  b.wait_until([&] { return b.count<Fetch>() > 0; });
  CHECK(b.take<Fetch>().to.id == "c");  // another one, next time
}

TEST_CASE("librarian: who lacks nothing fetches nothing") {
  const Scroll log = four();
  LoneIslander b("b");
  teach(b, log, 1, {1, 3});
  for (int i = 0; i < 30; ++i) {
    b.wait(100'000);
    b.ask<Pong>(a, Ping{1, {log.at(), 1}, {}, 1});
  }
  CHECK(b.count<Fetch>() == 0);
}

}  // namespace
}  // namespace hansard
