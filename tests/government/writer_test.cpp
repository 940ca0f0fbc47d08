// tests/government/writer_test.cpp - the leader in office, one rule of protocol sections 3 and 5 at a time.
//
// b leads the island of a b c by the help of c: its majority is b c. Its own government entry is 2/0 under ballot 2.
#include "government/writer.hpp"

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

// The newest government in its log, whether committed or not.
std::string shape(LoneIslander& one) {
  std::string text;
  for (const EntryPtr& entry : one.entries_on_disk()) {
    if (entry->kind() != Kind::government) continue;
    text = to_string(entry->position()) + " " + tests::text_of(*decode_government(entry->body(), entry->position()));
  }
  return text;
}

void acknowledge(LoneIslander& one, const std::string& id) {
  while (one.count<Register>(id) > 0) {
    const auto pulse = one.take<Register>(id);
    one.reply(pulse, received(pulse.message));
  }
}

TEST_CASE("writer: entries of an older ballot are not counted by copies alone") {  // 3 Chosen; planted bugs b l
  Settings settings;
  settings.pulse_bytes = 1;  // each entry in a pulse of its own
  Scroll log = founded();
  log.append("x");
  log.append("y");
  LoneIslander b("b", settings);
  teach(b, log, 1);
  until_prepare(b, "c");
  b.reply(b.take<Prepare>("c"), Promised{true, 2, {log.at({1, 0}), 1}, {}, log.at({1, 0}), {}});
  REQUIRE(b->role() == Role::leader);
  for (const Promise promise : {Promise{1, 1}, Promise{1, 2}}) {
    const auto pulse = b.take<Register>("c");
    CHECK(pulse.message.entries.back()->last() == promise);
    b.reply(pulse, received(pulse.message));
    CHECK(b->committed() == Promise{1, 0});  // on two disks of three, and not of this ballot
  }
  const auto own = b.take<Register>("c");
  CHECK(own.message.entries.back()->last() == Promise{2, 0});
  b.reply(own, received(own.message));
  CHECK(b->committed() == Promise{2, 0});
  CHECK(text_of(b.committed) == "1/0@1 1/1@1 1/2@1 2/0@2");
}

TEST_CASE("writer: its own copy counts when its own disk has it") {  // 3 Chosen, Pipelined; S4-23
  LoneIslander b("b");
  teach(b, founded(), 1);
  lead(b, "c");
  b.withhold_writes();
  const auto token = b.append("x");
  acknowledge(b, "c");  // the network runs beside the disk
  CHECK_FALSE(b.appended.contains(token));
  b.finish_write();
  REQUIRE(b.appended.contains(token));
  CHECK(b.appended.at(token).outcome == Appended::Outcome::committed);
  CHECK(b->committed() == b.appended.at(token).last);
}

TEST_CASE("writer: any f+1 will do with or without its own copy") {  // 3 [departs]; S4-23 S2-09
  LoneIslander b("b");
  teach(b, founded(), 1);
  until_prepare(b, "c");
  b.withhold_writes();
  b.reply(b.take<Prepare>("c"), Promised{true, 2, {founded().at(), 1}, {}, founded().at(), {}});
  b.obey("c");
  CHECK(b->committed() == Promise{1, 0});
  b.obey("a");
  CHECK(b->committed() == Promise{2, 0});
  CHECK(b.under_way() != nullptr);
  CHECK(b.on_disk() == "1/0@1");
}

TEST_CASE("writer: every order of acknowledgements commits the same") {  // S2-23; S2-28
  std::vector<std::string> order{"a", "c", "d", "e"};
  const Scroll log = founded(government(5, "a b c", "d e"));
  do {
    LoneIslander b("b");
    teach(b, log, 1);
    win(b, "c d");
    for (std::size_t i = 0; i < order.size(); ++i) {
      acknowledge(b, order[i]);  // all four are asked, until the government is committed
      if (i == 0) CHECK(text_of(b.committed) == "1/0@1");
      if (i == 1) CHECK(text_of(b.committed) == "1/0@1 2/0@2");
    }
    CHECK(text_of(b.committed).starts_with("1/0@1 2/0@2"));
  } while (std::next_permutation(order.begin(), order.end()));
}

TEST_CASE("writer: acknowledgements of another cookie or another ballot are not counted") {  // section 9.8; e; S2-27
  LoneIslander b("b");
  teach(b, founded(), 1);
  lead(b, "c");
  const Promise before = b->committed();
  b.append("x");
  auto pulse = b.take<Register>("c");
  b.reply_as(islander("c", 2), pulse, received(pulse.message));
  CHECK(b->committed() == before);
  CHECK(b.told("member unreachable"));  // whoever that is, c is not there
  b.wait(50'000);
  pulse = b.take<Register>("c");
  Received stale = received(pulse.message);
  stale.ballot = 1;
  b.reply(pulse, stale);
  CHECK(b->committed() == before);
}

TEST_CASE("writer: late answers to an office that was left are harmless") {  // S2-27 S2-41; V07b; S1-15
  LoneIslander b("b");
  teach(b, founded(), 1);
  win(b, "c");
  const auto late = b.take<Register>("c");
  const auto late_too = b.take<Register>("a");
  b.ask<Promised>(a, Prepare{3, {}});
  CHECK(b->role() == Role::recorder);
  b.reply(late, received(late.message));
  CHECK(b->committed() == Promise{1, 0});
  b.forget_pulses();
  CHECK(win(b, "c") == 4);
  b.reply(late_too, Rejected{3, {}, {}});
  CHECK(b->role() == Role::leader);
  CHECK(b->committed() == Promise{1, 0});
  b.obey("c");
  CHECK(b.on_disk() == "1/0@1 2/0@2 3/0@4 3/1@4");  // what was in fact taken is kept
  CHECK(b->committed() == Promise{3, 1});
}

TEST_CASE("writer: writes to the majority and pings everybody") {  // 3, whom the leader writes to first; S1-14 S4-18
  LoneIslander b("b");
  teach(b, founded(), 1);
  lead(b, "c");
  b.forget_pulses();
  b.append("x");
  CHECK(b.count<Register>("c") == 1);
  CHECK(b.count<Register>("a") == 0);
  b.obey("c");
  b.forget_pulses();
  b.withhold_writes();
  b.append("y");
  b.wait(100'000);  // not for the disk
  for (const char* id : {"a", "c"}) {
    CHECK(b.count<Ping>(id) == 1);
    const auto ping = b.take<Ping>(id);
    CHECK(ping.urgent);
    CHECK(ping.message.ballot == 2);
    CHECK(ping.message.committed.position.promise == b->committed());
  }
}

TEST_CASE("writer: tells those it writes to how far is committed") {  // S2-19
  LoneIslander b("b");
  teach(b, founded(), 1);
  lead(b, "c");
  b.append("x");
  acknowledge(b, "c");  // the entry, and the empty one after it
  b.append("y");
  auto pulse = b.take<Register>("c");
  b.reply(pulse, received(pulse.message));
  pulse = b.take<Register>("c");
  CHECK(pulse.message.entries.empty());
  CHECK(pulse.message.committed == Committed{b.last(), 2});
}

TEST_CASE("writer: several pulses are in flight in order and what waits joins the next") {  // 3 Pipelined; S4-25
  LoneIslander b("b");
  teach(b, founded(), 1);
  lead(b, "c");
  Position at = b.last();
  for (int i = 0; i < 7; ++i) b.append(std::to_string(i));
  CHECK(b.count<Register>("c") == 4);
  std::vector<Sent<Register>> flights;
  for (int i = 0; i < 4; ++i) {
    flights.push_back(b.take<Register>("c"));
    CHECK(flights.back().message.previous == at);
    REQUIRE(flights.back().message.entries.size() == 1);
    at = flights.back().message.entries.back()->position();
  }
  b.reply(flights[0], received(flights[0].message));
  CHECK(b.appended.size() == 1);
  const auto next = b.take<Register>("c");
  CHECK(next.message.previous == at);
  CHECK(next.message.entries.size() == 3);
  // Answers that overtake each other count as far as they name.
  b.reply(flights[2], received(flights[2].message));
  CHECK(b.appended.size() == 3);
  b.reply(flights[1], received(flights[1].message));
  CHECK(b.appended.size() == 3);
  b.reply(next, received(next.message));
  CHECK(b.appended.size() == 7);
}

TEST_CASE("writer: steps back to the last that both hold") {  // 3 Accepting
  LoneIslander b("b");
  Scroll log = founded();
  for (const char* body : {"x", "y", "z"}) log.append(body);
  teach(b, log, 1, {1, 3});
  win(b, "c");
  auto pulse = b.take<Register>("c");
  CHECK(pulse.message.previous == log.at());
  b.reply(pulse, Rejected{1, {log.at({1, 0}), 1}, log.at({1, 1})});
  pulse = b.take<Register>("c");
  CHECK(pulse.message.previous == log.at({1, 1}));
  b.reply(pulse, Rejected{2, {log.at({1, 0}), 1}, {{1, 2}, 9}});  // an end that is not on our log
  pulse = b.take<Register>("c");
  CHECK(pulse.message.previous == log.at({1, 0}));  // what it knows committed is
  CHECK(text_of(pulse.message.entries) == "1/1@1 1/2@1 1/3@1 2/0@2");
  CHECK(b->role() == Role::leader);
}

TEST_CASE("writer: what memory does not hold comes from the disk") {  // section 2; S4-21
  Settings settings;
  settings.tail_bytes = 0;
  Scroll log = founded();
  for (const char* body : {"x", "y", "z"}) log.append(body);
  LoneIslander b("b", settings);
  teach(b, log, 1, {1, 3});
  b.ask<Received>(a, register_of(log, {1, 3}, 2));  // a write, after which memory lets go
  win(b, "c");
  auto pulse = b.take<Register>("c");
  b.withhold_reads();
  b.reply(pulse, Rejected{1, {log.at({1, 0}), 1}, log.at({1, 0})});
  REQUIRE(b.wants().size() == 1);
  CHECK(b.wants().front().after == Promise{1, 0});
  CHECK(b.wants().front().upto == Promise{1, 3});
  CHECK(b.count<Register>("c") == 0);
  b.supply(b.wants().front(), log.after({1, 0}, {1, 2}));
  CHECK(text_of(b.take<Register>("c").message.entries) == "1/1@1 1/2@1");
  b.wants().pop_front();
  REQUIRE(b.wants().size() == 1);  // and on from there
  CHECK(b.wants().front().after == Promise{1, 2});
}

TEST_CASE("writer: hedges when its own disk is the late one and commits by the others") {  // 3 [departs], Liveness
  LoneIslander b("b");
  teach(b, founded(), 1);
  lead(b, "c");
  b.obey("a");
  b.withhold_writes();
  const auto token = b.append("x");
  acknowledge(b, "c");
  CHECK_FALSE(b.appended.contains(token));
  b.wait(200'000);  // it looks with each ping
  CHECK(b.fact("hedge", "late") == "b");
  b.obey("a");
  REQUIRE(b.appended.contains(token));
  CHECK(b.appended.at(token).outcome == Appended::Outcome::committed);
  CHECK(b.under_way() != nullptr);  // its own disk has not answered yet
}

TEST_CASE("writer: another leader of its own ballot is a bug that stops it loudly") {  // 1 One leader per ballot; 9.4
  LoneIslander b("b");
  teach(b, founded(), 1);
  lead(b, "c");
  Ping ping;
  ping.ballot = b->promised();
  b.ask<Pong>(c, ping);
  REQUIRE(b.halt.has_value());
  CHECK(b.halt->what.starts_with("two leaders of ballot "));
}

TEST_CASE("writer: hedges after the delay and acknowledges by the minority") {  // 3 [departs]
  LoneIslander b("b");
  teach(b, founded(), 1);
  lead(b, "c");
  b.obey("a");
  SUBCASE("of ten milliseconds at least") {
    const auto token = b.append("x");
    b.wait(9'999);
    CHECK(b.count<Register>("a") == 0);
    b.wait(1);
    CHECK(b.fact("hedge", "late") == "c");
    b.obey("a");
    CHECK(b.appended.contains(token));
    CHECK(b.count<Register>("c") == 1);  // c is still to get it
    b.obey("c");
    b.wait(100'000);  // it looks again with each ping
    CHECK(b.told("hedge over"));
    b.append("y");
    CHECK(b.count<Register>("a") == 0);
  }
  SUBCASE("of four times its answer time") {
    b.append("x");
    for (int i = 0; i < 2; ++i) {  // the entry, and the pulse that tells of its commit
      b.wait(8'000);
      const auto pulse = b.take<Register>("c");
      b.reply(pulse, received(pulse.message));
    }
    b.append("y");
    b.wait(31'999);
    CHECK(b.count<Register>("a") == 0);
    b.wait(1);
    CHECK(b.count<Register>("a") == 1);
  }
  SUBCASE("at once where its pulse or its connection fails") {
    b.append("x");
    b.fail(b.take<Register>("c"));
    CHECK(b.count<Register>("a") == 1);
  }
  SUBCASE("at once where its connection closed before") {
    b.disconnected(c);
    const auto token = b.append("x");
    b.obey("a");
    CHECK(b.appended.contains(token));
  }
}

TEST_CASE("writer: swaps a silent majority member for a minority member and nobody else") {  // 3; 5 swap
  LoneIslander b("b");
  teach(b, founded(), 1);
  lead(b, "c");
  CHECK(shape(b) == "2/0@2 3: b c | a |");
  for (int i = 0; i < 8 && shape(b).starts_with("2/0"); ++i) {
    b.wait(100'000);
    b.obey("a");
  }
  CHECK(shape(b) == "3/0@2 3: b a | c |");
  CHECK(b.told("swap"));
  b.obey("a");
  CHECK(b->government().promise == Promise{3, 0});
  CHECK(b->status().leader_in_office);
  b.forget_pulses();
  b.append("x");
  CHECK(b.count<Register>("a") == 1);
}

TEST_CASE("writer: steps down without answers of a quorum for a timeout and is silent") {  // 3, Liveness
  const Scroll log = founded(government(5, "a b c", "d e"));
  LoneIslander b("b");
  teach(b, log, 1);
  lead(b, "c d");
  b.forget_pulses();
  for (int i = 0; i < 9; ++i) {
    b.wait(100'000);
    b.obey("c");  // f of five
  }
  CHECK(b->role() == Role::leader);
  for (int i = 0; i < 3; ++i) {
    b.wait(100'000);
    b.obey("c");
  }
  CHECK(b->role() == Role::recorder);
  CHECK(b.fact("left office", "why") == "no answers from a quorum for a timeout");
  CHECK(b->leader().empty());
  b.forget_pulses();
  b.wait(150'000);
  CHECK(b.count<Ping>() == 0);
  CHECK(b.count<Register>() == 0);
  CHECK(b.ask<CanvassAnswer>(c, Canvass{}).lost);
}

TEST_CASE("writer: steps down on a higher ballot wherever it hears it") {  // 3 Accepting; S2-26
  LoneIslander b("b");
  teach(b, founded(), 1);
  lead(b, "c");
  b.forget_pulses();
  b.append("x");
  SUBCASE("in a rejection") { b.reply(b.take<Register>("c"), Rejected{5, {}, {}}); }
  SUBCASE("in a pong") {
    b.wait(100'000);
    const auto ping = b.take<Ping>("a");
    b.reply(ping, Pong{5, ping.message.ballot, ping.message.round, {}, {}});
  }
  SUBCASE("in a prepare") { b.ask<Promised>(c, Prepare{5, {}}); }
  SUBCASE("in a synchronize") { b.ask<Synchronized>(c, synchronize_of(founded(), {}, 5)); }
  SUBCASE("in a ping") { b.ask<Pong>(c, Ping{5, {}, {}, 1}); }
  CHECK(b->role() == Role::recorder);
  CHECK(b.told("left office"));
  CHECK(win(b, "c") == 6);
}

TEST_CASE("writer: a government is named settled by the next entry that is written at once") {  // section 5
  LoneIslander b("b");
  teach(b, founded(), 1);
  lead(b, "c");
  REQUIRE(b.on_disk() == "1/0@1 2/0@2 2/1@2");
  const EntryPtr own = b.entries_on_disk()[1];
  const EntryPtr settling = b.entries_on_disk()[2];
  CHECK(own->settled() == Promise{1, 0});
  CHECK(settling->kind() == Kind::settling);
  CHECK(settling->settled() == Promise{2, 0});
  b.append("x");
  CHECK(b.entries_on_disk()[3]->settled() == Promise{2, 0});
}

// An island of three seats with one vacant, for which c waits acclimated; b leads by the help of a.
struct Vacancy {
  LoneIslander b{"b"};
  Vacancy() {
    teach(b, founded(government(3, "a b", "", "+c")), 1);
    lead(b, "a");
    b.forget_pulses();
  }
  // c is said to be there; at the next look the leader writes the fiat 3/0 that seats it.
  void seat() {
    b.represents("a", {{"c", {1, 0}, true}});
    b.wait(100'000);
    b.obey("a");
    b.wait(100'000);
    while (b.count<Ping>() > 0) b.take<Ping>();
    REQUIRE(shape(b) == "3/0@2 3: b a | c |");
  }
};

TEST_CASE("writer: a change of membership is chosen by the parliament before it") {  // 3 Chosen; planted bugs j k
  Vacancy vacancy;
  LoneIslander& b = vacancy.b;
  vacancy.seat();
  const Promise before = b->committed();
  const auto token = b.append("x");  // 3/1, in the parliament of three
  CHECK(b.count<Register>("a") > 0);
  CHECK(b.count<Register>("c") > 0);  // members of both, until it is committed
  b.obey("c");
  CHECK(b->committed() == before);  // b and c are f+1 of the new alone
  const auto pulse = b.take<Register>("a");
  REQUIRE(pulse.message.entries.back()->last() == Promise{3, 0});
  b.reply(pulse, received(pulse.message));
  CHECK(b->committed() == Promise{3, 1});  // the fiat by a and b, what is after it by b and c
  CHECK(b.appended.contains(token));
}

TEST_CASE("writer: what follows a change is chosen by the new parliament") {  // 3 Chosen
  Vacancy vacancy;
  vacancy.seat();
  vacancy.b.obey("a");
  CHECK(vacancy.b->committed().government == 3);
  const auto token = vacancy.b.append("x");
  vacancy.b.fail_pulses("a");
  vacancy.b.obey("c");
  CHECK(vacancy.b.appended.contains(token));
}

TEST_CASE("writer: the next change of membership waits until the last is settled") {  // section 5; planted bug s
  LoneIslander b("b");
  teach(b, founded(government(5, "a b c", "", "+d +e")), 1);
  lead(b, "a c");
  b.represents("a", {{"d", {1, 0}, true}, {"e", {1, 0}, true}});
  b.wait(100'000);
  b.obey("a c");
  b.wait(100'000);
  REQUIRE(shape(b) == "3/0@2 5: b a c | d | +e");
  for (int i = 0; i < 5; ++i) {
    b.wait(100'000);  // not even committed
    CHECK(shape(b).starts_with("3/0"));
    while (b.count<Ping>() > 0) {
      const auto ping = b.take<Ping>();
      b.reply(ping, Pong{2, 2, ping.message.round, {}, {}});
    }
  }
  for (const char* id : {"a", "c"}) {
    const auto pulse = b.take<Register>(id);
    REQUIRE(pulse.message.entries.back()->last() == Promise{3, 0});
    b.reply(pulse, received(pulse.message));
  }
  CHECK(b->committed() == Promise{3, 0});
  CHECK(b.entries_on_disk().back()->kind() == Kind::settling);  // 3/1, not committed
  for (int i = 0; i < 5; ++i) {
    b.wait(100'000);
    CHECK(shape(b).starts_with("3/0"));
    while (b.count<Ping>() > 0) {
      const auto ping = b.take<Ping>();
      b.reply(ping, Pong{2, 2, ping.message.round, {}, {}});
    }
  }
  b.obey("a c d");
  b.wait(100'000);
  b.obey("a c d");
  b.wait(100'000);
  CHECK(shape(b) == "4/0@2 5: b a c | d e |");
}

TEST_CASE("writer: a newcomer arrives and a name that is taken is refused") {  // 5 embark; S1-12 S4-28
  LoneIslander b("b");
  teach(b, founded(), 1);
  lead(b, "c");
  const Embark embark{"http://d", {{"zone", "x"}}};
  CHECK(b.ask<EmbarkAnswer>(islander("d"), embark, {}).verdict == EmbarkAnswer::Verdict::later);
  CHECK(shape(b) == "3/0@2 3: b c | a | d");
  CHECK(b.ask<EmbarkAnswer>(islander("d"), embark, {}).verdict == EmbarkAnswer::Verdict::later);  // not committed
  CHECK(b.ask<EmbarkAnswer>(islander("e"), embark, {}).verdict == EmbarkAnswer::Verdict::later);
  CHECK(shape(b) == "3/0@2 3: b c | a | d");  // one at a time
  b.obey("a c");
  CHECK(shape(b) == "4/0@2 3: b c | a | d e");
  b.obey("a c");
  CHECK(b.ask<EmbarkAnswer>(islander("d"), embark, {}).verdict == EmbarkAnswer::Verdict::welcome);
  const auto answer = b.ask<EmbarkAnswer>(islander("d", 2), embark, {});
  CHECK(answer.verdict == EmbarkAnswer::Verdict::refused);  // another directory
  CHECK(answer.why.find("depart") != std::string::npos);
  CHECK(b->government().citizens.at("d").arrived == Promise{3, 0});
  CHECK(b->government().citizens.at("d").properties.at("zone") == "x");
}

TEST_CASE("writer: time is its clock and never far ahead of the f+1 smallest and never back") {  // 3 Time
  LoneIslander b("b");
  teach(b, founded(), 1);
  lead(b, "c");
  b.wait(100'000);
  b.obey("a c");
  const auto newest = [&] { return b.entries_on_disk().back()->time_us(); };
  const std::int64_t others = b.moment().wall_us;
  b.append("x");
  CHECK(newest() == others);
  b.shift_wall(3'600'000'000);  // an hour ahead of a and c
  b.append("y");
  CHECK(newest() == others + 10'000'000);
  b.shift_wall(-7'200'000'000);  // an hour behind
  b.append("z");
  CHECK(newest() == others + 10'000'000);
}

TEST_CASE("writer: a member that holds everything and never said so is asked again") {  // 9.10; S4-29
  // Its acknowledgement was lost with the connection, and a pong tells that it has it: that is no acknowledgement.
  LoneIslander b("b");
  teach(b, founded(), 1);
  const std::uint64_t ballot = lead(b, "a c");
  b.wait(150'000);
  b.obey("a c");
  const std::string other = b->government().majority.at(1);
  b.wait_until([&] { return b.count<Ping>(other) > 0; });
  const auto ping = b.take<Ping>(other);
  const std::uint64_t token = b.append("x");
  b.fail(b.take<Register>(other));
  Pong pong;
  pong.promised = pong.ballot = ballot;
  pong.round = ping.message.round;
  pong.last = b.last();
  pong.report.committed = ping.message.committed;
  b.reply(ping, pong);
  b.wait(50'000);
  const auto again = b.take<Register>(other);
  CHECK(again.message.previous == b.last());
  CHECK(again.message.entries.empty());
  b.reply(again, received(again.message));
  CHECK(b.appended.count(token) == 1);
}

TEST_CASE("writer: who resigns hands office to a member that has everything and takes nothing more") {  // 5 resign
  LoneIslander b("b");
  teach(b, founded(), 1);
  lead(b, "c");
  b.wait(100'000);
  b.obey("a c");
  const auto before = b.append("x");
  b.input([](Legislator& l, Moment m) { l.resign(m); });
  CHECK(b.count<Nominate>() == 0);  // what is under way first
  b.obey("c");
  CHECK(b.appended.contains(before));
  const auto after = b.append("y");
  b.wait(100'000);
  const auto nominate = b.take<Nominate>();
  CHECK(nominate.to == c);  // a lacks x
  CHECK(nominate.message.last == b.last());
  CHECK_FALSE(b->resigned());
  b.reply(nominate, Nominated{true});
  b.ask<Promised>(c, Prepare{3, b.last()});
  CHECK(b->role() == Role::recorder);
  CHECK(b.give_up(after).outcome != Appended::Outcome::committed);
  b.wait(10'000'000);
  CHECK(b.count<Canvass>() == 0);  // it does not run again
}

}  // namespace
}  // namespace hansard
