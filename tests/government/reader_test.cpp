// tests/government/reader_test.cpp - linearizable read points, one rule of protocol section 7 at a time.
//
// b leads the island of a b c by the help of c under ballot 2, or follows a under ballot 1.
#include "government/reader.hpp"

#include "tests/government/lone_islander.hpp"

#include <doctest/doctest.h>

#include <string>

namespace hansard {
namespace {

using namespace tests;  // the words of the fixture

const Islander a = islander("a");
const Islander c = islander("c");

Pong pong(const Sent<Ping>& ping, std::uint64_t promised = 2) {
  return {promised, ping.message.ballot, ping.message.round, {}, {}};
}

struct Leader {
  LoneIslander b{"b"};
  Leader() {
    teach(b, founded(), 1);
    REQUIRE(lead(b, "c") == 2);
    b.wait(100'000);
    b.obey("a c");
  }
  bool confirmed(std::uint64_t token) { return b.reads.contains(token) && b.reads.at(token).confirmed; }
};

TEST_CASE("reader: nothing is served before the own government entry is committed") {  // 7 [11 steps]; planted bug h
  LoneIslander b("b");
  teach(b, founded(), 1);
  REQUIRE(win(b, "c") == 2);
  const auto token = b.read();
  const RequestId asked = b.request(a, ReadPoint{2});
  b.wait(300'000);
  while (b.count<Ping>() > 0) {  // its office is confirmed, and what it knows committed may be old
    const auto ping = b.take<Ping>();
    b.reply(ping, pong(ping));
  }
  CHECK(b.reads.empty());
  CHECK_FALSE(b.answered(asked));
  const auto registered = b.take<Register>("c");
  b.reply(registered, received(registered.message));
  CHECK(b->committed() == Promise{2, 0});
  CHECK(b.reads.empty());  // and a round begun after that
  b.obey("c");
  REQUIRE(b.reads.contains(token));
  CHECK(b.reads.at(token).confirmed);
  CHECK(b.reads.at(token).point >= Promise{2, 0});
  CHECK(b.answer<ReadPointAnswer>(asked).committed == b.reads.at(token).point);
}

TEST_CASE("reader: only a round begun after the read came confirms") {  // 7; planted bug h
  Leader l;
  l.b.wait(100'000);
  const auto before = l.b.take<Ping>("c");
  l.b.forget_pulses();
  const auto token = l.b.read();
  const auto after = l.b.take<Ping>("c");
  CHECK(after.urgent);
  CHECK(after.message.round > before.message.round);
  l.b.reply(before, pong(before));
  CHECK(l.b.reads.empty());
  l.b.reply(after, pong(after));
  CHECK(l.confirmed(token));
  CHECK(l.b.reads.at(token).point == l.b->committed());
}

TEST_CASE("reader: registers begun after the read confirm too and earlier ones do not") {  // 7
  Leader l;
  l.b.append("x");
  const auto before = l.b.take<Register>("c");
  const auto token = l.b.read();
  l.b.forget_pulses();
  l.b.reply(before, received(before.message));
  CHECK(l.b.reads.empty());
  l.b.append("y");
  const auto after = l.b.take<Register>("c");
  l.b.reply(after, received(after.message));
  CHECK(l.confirmed(token));
}

TEST_CASE("reader: the point is what was committed when its round began") {  // 7
  Leader l;
  const Promise then = l.b->committed();
  const auto token = l.b.read();
  const auto ping = l.b.take<Ping>("c");
  l.b.append("x");
  const auto registered = l.b.take<Register>("c");
  Received early = received(registered.message);
  early.round = 0;
  l.b.reply(registered, early);
  CHECK(l.b->committed() > then);
  CHECK(l.b.reads.empty());
  l.b.reply(ping, pong(ping));
  CHECK(l.b.reads.at(token).point == then);
}

TEST_CASE("reader: reads that wait share a round and later ones wait for the next") {  // 7
  Leader l;
  l.b.forget_pulses();
  const auto first = l.b.read();
  const auto second = l.b.read();
  const auto third = l.b.read();
  CHECK(l.b.count<Ping>("c") == 1);
  const auto ping = l.b.take<Ping>("c");
  l.b.reply(ping, pong(ping));
  CHECK(l.confirmed(first));
  CHECK_FALSE(l.confirmed(second));  // they came when that round was under way
  CHECK_FALSE(l.confirmed(third));
  CHECK(l.b.count<Ping>("c") == 1);
  const auto next = l.b.take<Ping>("c");
  l.b.reply(next, pong(next));
  CHECK(l.confirmed(second));
  CHECK(l.confirmed(third));
}

TEST_CASE("reader: f+1 must confirm and another cookie is nobody") {  // 7; section 9.8; e
  const Scroll log = founded(government(5, "a b c", "d e"));
  LoneIslander b("b");
  teach(b, log, 1);
  lead(b, "c d");
  b.forget_pulses();
  const auto token = b.read();
  const auto from_c = b.take<Ping>("c");
  const auto from_d = b.take<Ping>("d");
  b.reply(from_c, pong(from_c));
  CHECK(b.reads.empty());
  b.reply_as(islander("d", 2), from_d, pong(from_d));
  CHECK(b.reads.empty());
  const auto from_e = b.take<Ping>("e");
  b.reply(from_e, pong(from_e));
  CHECK(b.reads.contains(token));
}

TEST_CASE("reader: a round is confirmed in the committed parliament and not in an uncommitted one") {  // 7 [14]; h
  // Three seats, one vacant; 3/0 seats c and is not committed.
  LoneIslander b("b");
  teach(b, founded(government(3, "a b", "", "+c")), 1);
  lead(b, "a");
  b.represents("a", {{"c", {1, 0}, true}});
  b.wait(100'000);
  b.obey("a");
  b.wait(100'000);
  REQUIRE(b.last() == Position{{3, 0}, 2});
  b.forget_pulses();
  const auto token = b.read();
  const auto from_c = b.take<Ping>("c");
  const auto from_a = b.take<Ping>("a");
  b.reply(from_c, pong(from_c));
  CHECK(b.reads.empty());  // b and c are f+1 of the parliament that may never be
  b.reply(from_a, pong(from_a));
  CHECK(b.reads.contains(token));
}

TEST_CASE("reader: a leader that was deposed serves nothing") {  // 7; planted bug h
  Leader l;
  l.b.forget_pulses();
  const auto token = l.b.read();
  const RequestId asked = l.b.request(a, ReadPoint{2});
  const RequestId waits = l.b.request(a, ReadPoint{2});
  const auto ping = l.b.take<Ping>("c");
  l.b.reply(ping, pong(ping, 3));  // c has promised another
  CHECK(l.b.reads.empty());
  CHECK_FALSE(l.b.answer<ReadPointAnswer>(asked).confirmed);  // ask somebody else
  CHECK_FALSE(l.b.answer<ReadPointAnswer>(waits).confirmed);
  // Its own clients' reads go on with the next leader.
  Scroll log;
  for (const EntryPtr& entry : l.b.entries_on_disk()) log.take(entry);
  const Promise before = log.at().promise;
  log.govern(government(3, "c b", "a"), 3, 5);
  l.b.ask<Received>(c, register_of(log, before, 5));
  const auto question = l.b.take<ReadPoint>("c");
  CHECK(question.message.ballot == 5);
  l.b.reply(question, ReadPointAnswer{true, {3, 0}});
  CHECK(l.b.reads.empty());
  l.b.ask<Received>(c, register_of(log, {3, 0}, 5, {log.at(), 5}));
  CHECK(l.confirmed(token));
}

TEST_CASE("reader: an island of one needs nobody") {  // 7; S4-30
  LoneIslander b("b");
  b.ask<Received>(a, register_of(founded(government(1, "b")), {}, 1));
  b.restart();
  b.wait(1'000'000);
  const auto token = b.read();
  CHECK(b.reads.at(token).confirmed);
  CHECK(b.reads.at(token).point == b->committed());
}

TEST_CASE("reader: others ask the leader and wait to reach the point") {  // 7
  Scroll log = founded();
  LoneIslander b("b");
  const auto early = b.read();
  CHECK(b.count<ReadPoint>() == 0);  // nobody leads
  teach(b, log, 1);
  const auto question = b.take<ReadPoint>("a");
  CHECK(question.message.ballot == 1);
  CHECK(question.urgent);
  const auto second = b.read();
  const auto third = b.read();
  CHECK(b.count<ReadPoint>() == 0);  // one question at a time
  b.reply(question, ReadPointAnswer{true, {1, 2}});
  CHECK(b.reads.empty());
  const auto next = b.take<ReadPoint>("a");
  log.append("x");
  log.append("y");
  b.ask<Received>(a, register_of(log, {1, 0}, 1, {log.at({1, 1}), 1}));
  CHECK(b.reads.empty());
  b.ask<Received>(a, register_of(log, {1, 2}, 1, {log.at({1, 2}), 1}));
  CHECK(b.reads.at(early).point == Promise{1, 2});
  CHECK(b.reads.size() == 1);
  b.reply(next, ReadPointAnswer{true, {1, 1}});  // reached already
  CHECK(b.reads.contains(second));
  CHECK(b.reads.contains(third));
}

TEST_CASE("reader: asks again where it was not confirmed and where the connection failed") {
  LoneIslander b("b");
  teach(b, founded(), 1);
  const auto token = b.read();
  SUBCASE("not confirmed") { b.reply(b.take<ReadPoint>(), ReadPointAnswer{false, {}}); }
  SUBCASE("failed") { b.fail(b.take<ReadPoint>()); }
  b.wait(24'999);
  CHECK(b.count<ReadPoint>() == 0);
  b.wait(1);
  b.reply(b.take<ReadPoint>(), ReadPointAnswer{true, {1, 0}});
  CHECK(b.reads.at(token).confirmed);
}

TEST_CASE("reader: a change of leader makes old answers void") {  // 7; S2-27
  Scroll log = founded();
  LoneIslander b("b");
  teach(b, log, 1);
  const auto token = b.read();
  const auto old = b.take<ReadPoint>("a");
  log.govern(government(3, "c b", "a"), 2, 4);
  b.ask<Received>(c, register_of(log, {1, 0}, 4));
  b.reply(old, ReadPointAnswer{true, {1, 0}});
  CHECK(b.reads.empty());
  const auto question = b.take<ReadPoint>("c");
  CHECK(question.message.ballot == 4);
  b.reply(question, ReadPointAnswer{true, {1, 0}});
  CHECK(b.reads.contains(token));
}

TEST_CASE("reader: a leader answers only who asks under its ballot") {  // 7
  Leader l;
  CHECK_FALSE(l.b.ask<ReadPointAnswer>(a, ReadPoint{1}).confirmed);
  CHECK_FALSE(l.b.ask<ReadPointAnswer>(a, ReadPoint{3}).confirmed);
  LoneIslander recorder("b");
  teach(recorder, founded(), 1);
  CHECK_FALSE(recorder.ask<ReadPointAnswer>(c, ReadPoint{1}).confirmed);
}

TEST_CASE("reader: a read that was given up is not answered") {
  Leader l;
  l.b.forget_pulses();
  const auto first = l.b.read();
  const auto second = l.b.read();
  l.b->give_up_read(first);
  l.b->give_up_read(second);
  l.b.obey("c");
  CHECK(l.b.reads.empty());

  LoneIslander b("b");
  teach(b, founded(), 1);
  const auto asked = b.read();
  const auto waits = b.read();
  const auto question = b.take<ReadPoint>();
  b->give_up_read(asked);
  b->give_up_read(waits);
  b.reply(question, ReadPointAnswer{true, {1, 0}});
  CHECK(b.reads.empty());
  CHECK(b.count<ReadPoint>() == 0);
  const auto reaching = b.read();
  b.reply(b.take<ReadPoint>(), ReadPointAnswer{true, {1, 1}});
  b->give_up_read(reaching);
  Scroll log = founded();
  log.append("x");
  b.ask<Received>(a, register_of(log, {1, 0}, 1, {log.at(), 1}));
  CHECK(b.reads.empty());
}

}  // namespace
}  // namespace hansard
