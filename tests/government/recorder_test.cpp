// tests/government/recorder_test.cpp - what an acceptor answers, one rule of protocol sections 2, 3, 4 and 6 at a time.
#include "government/recorder.hpp"

#include "tests/government/lone_islander.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace hansard {
namespace {

using namespace tests;  // the words of the fixture

// Written by a, the first leader: 1/0@1 1/1@1 1/2@1 1/3@1.
Scroll first_log() {
  Scroll log;
  log.govern(government(3, "a b", "c"), 1, 1);
  log.append("one");
  log.append("two");
  log.append("three");
  return log;
}

// The election of c under `ballot` after `fork` of the first log.
Scroll next_log(Promise fork, std::uint64_t ballot) {
  Scroll log;
  log.govern(government(3, "a b", "c"), 1, 1);
  const std::vector<std::string> bodies{"one", "two", "three"};
  for (std::uint64_t i = 0; i < fork.entry; ++i) log.append(bodies[i]);
  log.govern(government(3, "c b", "a"), 2, ballot);
  return log;
}

Committed committed_in(const Scroll& log, Promise promise, std::uint64_t counted) { return {log.at(promise), counted}; }

const Islander a = islander("a");
const Islander c = islander("c");

// b, with the first log up to `upto`, of which `committed` is.
void teach(LoneIslander& b, const Scroll& log, Promise upto, Promise committed = {}) {
  const auto received = b.ask<Received>(a, register_of(log, {}, 1, committed_in(log, committed, 1), upto));
  REQUIRE(received.last == log.at(upto));
}

TEST_CASE("recorder: a stranger under the leader's ballot is no leader and stops nobody") {
  const Scroll log = founded();
  SUBCASE("where the leader is heard") {
    LoneIslander b("b");
    teach(b, log, 1);
    for (const Islander& stranger : {islander("z"), islander("c"), islander("a", 2)}) {
      b.ask<Rejected>(stranger, register_of(log, {1, 0}, 1));
      b.ask<Pong>(stranger, Ping{1, {}, {}, 1});
      CHECK(b->leader() == "a");
    }
    CHECK_FALSE(b.halt.has_value());
  }
  SUBCASE("at the leader itself") {
    LoneIslander b("b");
    teach(b, log, 1);
    const std::uint64_t ballot = lead(b, "a c");
    b.ask<Rejected>(islander("z"), register_of(log, {1, 0}, ballot));
    b.ask<Rejected>(islander("c", 2), register_of(log, {1, 0}, ballot));
    CHECK(b->role() == Role::leader);
    CHECK_FALSE(b.halt.has_value());
  }
}

TEST_CASE("recorder: accepting needs previous") {  // 3 Accepting; planted bug g; S2-29
  const Scroll log = first_log();
  LoneIslander b("b");
  teach(b, log, {1, 1}, {1, 0});
  const std::size_t writes = b.written().size();

  const auto rejected = b.ask<Rejected>(a, register_of(log, {1, 2}, 1));
  CHECK(rejected.promised == 1);
  CHECK(rejected.last == log.at({1, 1}));  // the leader steps back to what both hold
  CHECK(rejected.committed.position == log.at({1, 0}));
  CHECK(b.last() == log.at({1, 1}));
  CHECK(b.written().size() == writes);  // nothing is changed

  CHECK(b.ask<Received>(a, register_of(log, {1, 1}, 1)).last == log.at({1, 3}));
  CHECK(b.on_disk() == log.text());
}

TEST_CASE("recorder: previous is a promise and a ballot") {  // 3 Accepting; section 1, two entries may bear one promise
  Scroll log = next_log({1, 1}, 2);
  LoneIslander b("b");
  REQUIRE(b.ask<Received>(c, register_of(log, {}, 2)).last == Position{{2, 0}, 2});
  Scroll other = next_log({1, 1}, 3);  // 2/0@3
  other.append("four");
  b.ask<Rejected>(a, register_of(other, {2, 0}, 3));
  CHECK(b.on_disk() == "1/0@1 1/1@1 2/0@2");
  b.ask<Received>(a, register_of(other, {1, 1}, 3));
  CHECK(b.on_disk() == "1/0@1 1/1@1 2/0@3 2/1@3");
}

TEST_CASE("recorder: received names the last of the pulse and never the end of the log") {  // planted bug m
  const Scroll log = first_log();
  LoneIslander b("b");
  teach(b, log, {1, 3});
  CHECK(b.ask<Received>(a, register_of(log, {}, 1, {}, {1, 1})).last == log.at({1, 1}));
  CHECK(b.ask<Received>(a, register_of(log, {1, 1}, 1, {}, {1, 1})).last == log.at({1, 1}));  // none: previous

  // Of another leader, whose log the rest is not on: nothing of it may count as acknowledged to that one.
  const Scroll other = next_log({1, 1}, 2);
  const auto received = b.ask<Received>(c, register_of(other, {1, 0}, 2, {}, {1, 1}));
  CHECK(received.ballot == 2);
  CHECK(received.last == log.at({1, 1}));
  CHECK(b.last() == log.at({1, 3}));
}

TEST_CASE("recorder: committed is the lesser of the told and the last of the pulse") {  // planted bug n
  const Scroll log = first_log();
  LoneIslander b("b");
  teach(b, log, {1, 3});
  CHECK(b->committed() == Promise{});

  // c knows 2/0 committed; b's 1/2 and 1/3 are not on that log, and the pulse reaches to 1/1 only.
  Scroll other = next_log({1, 1}, 2);
  const Committed known = committed_in(other, {2, 0}, 2);
  b.ask<Received>(c, register_of(other, {}, 2, known, {1, 0}));
  CHECK(b->committed() == Promise{1, 0});
  b.ask<Received>(c, register_of(other, {1, 0}, 2, known, {1, 1}));
  CHECK(b->committed() == Promise{1, 1});
  b.ask<Received>(c, register_of(other, {1, 1}, 2, known));
  CHECK(b->committed() == Promise{2, 0});
  CHECK(b.on_disk() == "1/0@1 1/1@1 2/0@2");

  other.append("four");
  b.ask<Received>(c, register_of(other, {2, 0}, 2, committed_in(other, {1, 0}, 2)));
  CHECK(b->committed() == Promise{2, 0});  // never back
  CHECK(text_of(b.committed) == "1/0@1 1/1@1 2/0@2");
}

TEST_CASE("recorder: an old or shorter pulse drops nothing") {  // planted bug o; S2-21 S2-41
  const Scroll log = first_log();
  LoneIslander b("b");
  teach(b, log, {1, 3}, {1, 1});
  const std::size_t writes = b.written().size();
  for (const Promise upto : {Promise{1, 0}, Promise{1, 2}, Promise{1, 3}}) {
    b.ask<Received>(a, register_of(log, {}, 1, {}, upto));
    b.ask<Received>(a, register_of(log, upto, 1, {}, upto));
    CHECK(b.last() == log.at({1, 3}));
  }
  CHECK(b.written().size() == writes);
  CHECK(b->committed() == Promise{1, 1});
  CHECK(text_of(b.committed) == "1/0@1 1/1@1");  // each is told once
}

TEST_CASE("recorder: the log is dropped from the first entry that differs in one durable write") {  // 3 Accepting
  const Scroll log = first_log();
  LoneIslander b("b");
  teach(b, log, {1, 3});
  Scroll other = next_log({1, 1}, 5);
  other.append("four");
  b.ask<Received>(c, register_of(other, {1, 0}, 5));  // without a prepare before it: accepted like any other
  const Write& write = b.written().back();
  CHECK(write.promised == 5);
  CHECK(write.drop_after == Promise{1, 1});
  CHECK(text_of(write.entries) == "2/0@5 2/1@5");  // what agrees is not written again
  CHECK(b.on_disk() == "1/0@1 1/1@1 2/0@5 2/1@5");
  CHECK(b.told("entries dropped"));  // S2-40: a discarded chain
  CHECK(b.fact("entries dropped", "last") == "1/3@1");
}

TEST_CASE("recorder: a batch is dropped whole") {  // planted bug u
  Scroll log;
  log.govern(government(3, "a b", "c"), 1, 1);
  Scroll other = log;
  log.batch({"one", "two", "three"});
  other.govern(government(3, "c b", "a"), 2, 2);
  LoneIslander b("b");
  b.ask<Received>(a, register_of(log, {}, 1));
  CHECK(b.last() == Position{{1, 3}, 1});
  b.ask<Received>(c, register_of(other, {1, 0}, 2));
  CHECK(b.on_disk() == "1/0@1 2/0@2");
}

TEST_CASE("recorder: a ballot below what is promised is refused and not heard") {  // 3 Accepting; S2-26 S2-41; V14
  const Scroll log = first_log();
  LoneIslander b("b");
  teach(b, log, {1, 1});
  REQUIRE(b.ask<Promised>(c, Prepare{4, {}}).granted);
  CHECK(b->leader().empty());
  const auto rejected = b.ask<Rejected>(a, register_of(log, {1, 1}, 1));
  CHECK(rejected.promised == 4);  // the flag of S2-25: its sender learns that it is collapsed
  const auto pong = b.ask<Pong>(a, Ping{1, {}, {}, 1});
  CHECK(pong.promised == 4);
  CHECK(b.last() == log.at({1, 1}));
  CHECK(b->leader().empty());

  const auto answer = b.ask<Pong>(c, Ping{4, {}, {}, 1});
  CHECK(answer.ballot == 4);
  CHECK(b->leader() == "c");
}

TEST_CASE("recorder: no received leaves before its write is persisted") {  // section 2; planted bug a; S2-15
  const Scroll log = first_log();
  LoneIslander b("b");
  teach(b, log, {1, 1});
  b.withhold_writes();
  const RequestId first = b.request(a, register_of(log, {1, 1}, 1, {}, {1, 2}));
  const RequestId second = b.request(a, register_of(log, {1, 2}, 1));  // joins the next write
  const RequestId again = b.request(a, register_of(log, {1, 1}, 1));   // the same once more: not before those either
  const RequestId old = b.request(a, register_of(log, {}, 1, {}, {1, 1}));  // speaks only of what is on disk
  CHECK_FALSE(b.answered(first));
  CHECK(b.answered(old));
  b.finish_write();
  CHECK(b.answered(first));
  CHECK_FALSE(b.answered(second));
  CHECK_FALSE(b.answered(again));
  CHECK(b.under_way() != nullptr);
  b.finish_write();
  CHECK(b.answer<Received>(second).last == log.at({1, 3}));
  CHECK(b.answered(again));
  CHECK(b.on_disk() == log.text());
}

TEST_CASE("recorder: a register that only raises promised waits for that") {  // planted bug a
  const Scroll log = first_log();
  LoneIslander b("b");
  teach(b, log, {1, 1});
  b.withhold_writes();
  const RequestId id = b.request(c, register_of(log, {1, 1}, 6, {}, {1, 1}));
  CHECK_FALSE(b.answered(id));
  b.finish_write();
  CHECK(b.answered(id));
  CHECK(b.promised_on_disk() == 6);
}

TEST_CASE("recorder: no promise leaves before it is persisted") {  // 4.2; planted bug a
  const Scroll log = first_log();
  LoneIslander b("b");
  teach(b, log, {1, 1});
  b.withhold_writes();
  const RequestId id = b.request(c, Prepare{4, {}});
  CHECK_FALSE(b.answered(id));
  const RequestId refused = b.request(a, Prepare{4, {}});
  CHECK_FALSE(b.answer<Promised>(refused).granted);  // a refusal binds nobody
  b.finish_write();
  CHECK(b.answer<Promised>(id).granted);
  CHECK(b.promised_on_disk() == 4);
}

TEST_CASE("recorder: a promise waits for the log that it speaks of") {  // 4.2; planted bug a
  const Scroll log = first_log();
  LoneIslander b("b");
  teach(b, log, {1, 1});
  b.withhold_writes();
  b.request(a, register_of(log, {1, 1}, 1));
  const RequestId id = b.request(c, Prepare{4, log.at({1, 0})});
  b.finish_write();  // the entries
  CHECK_FALSE(b.answered(id));
  b.finish_write();  // the promise
  const auto promised = b.answer<Promised>(id);
  CHECK(promised.last == log.at({1, 3}));
  CHECK(text_of(promised.tail) == "1/1@1 1/2@1 1/3@1");
}

TEST_CASE("recorder: a pong does not wait for the disk") {  // 3 Liveness is not the disk's
  const Scroll log = first_log();
  LoneIslander b("b");
  teach(b, log, {1, 1}, {1, 1});
  b.withhold_writes();
  b.request(a, register_of(log, {1, 1}, 1));
  const auto pong = b.ask<Pong>(a, Ping{1, {}, {}, 9});
  CHECK(pong.promised == 1);
  CHECK(pong.ballot == 1);
  CHECK(pong.round == 9);
  CHECK(pong.last == log.at({1, 3}));
  CHECK(pong.report.durable == log.at({1, 1}));
  CHECK(pong.report.committed.position == log.at({1, 1}));
  CHECK(pong.report.wall_us == b.moment().wall_us);
}

TEST_CASE("recorder: a ballot is granted once and also after a restart") {  // 4.2; planted bug f; S2-42; V15 V16
  LoneIslander b("b");
  teach(b, first_log(), {1, 1});
  CHECK(b.ask<Promised>(c, Prepare{4, {}}).granted);
  for (const Islander& who : {a, c}) {
    const auto refused = b.ask<Promised>(who, Prepare{4, {}});
    CHECK_FALSE(refused.granted);
    CHECK(refused.ballot == 4);  // says what it has promised
  }
  CHECK_FALSE(b.ask<Promised>(a, Prepare{3, {}}).granted);
  b.restart();
  CHECK(b->promised() == 4);
  CHECK_FALSE(b.ask<Promised>(a, Prepare{4, {}}).granted);
  CHECK(b.ask<Promised>(a, Prepare{5, {}}).granted);
}

TEST_CASE("recorder: what was not written was not promised") {  // section 2; S4-28
  const Scroll log = first_log();
  LoneIslander b("b");
  teach(b, log, {1, 1});
  b.withhold_writes();
  const RequestId prepare = b.request(c, Prepare{4, {}});
  const RequestId entries = b.request(a, register_of(log, {1, 1}, 4));
  CHECK_FALSE(b.answered(prepare));
  CHECK_FALSE(b.answered(entries));
  b.restart();
  CHECK(b->promised() == 1);
  CHECK(b.last() == log.at({1, 1}));
  CHECK(b.ask<Promised>(a, Prepare{4, {}}).granted);
}

TEST_CASE("recorder: accepting promises and is durable") {  // section 2, promised; 3 Accepting
  const Scroll log = next_log({1, 1}, 8);
  LoneIslander b("b");
  b.ask<Received>(c, register_of(log, {}, 8));
  b.restart();
  CHECK(b->promised() == 8);
  CHECK_FALSE(b.ask<Promised>(a, Prepare{8, {}}).granted);
  CHECK(b.on_disk() == log.text());
}

TEST_CASE("recorder: a promise tells the end of the log and the tail after what the candidate has committed") {  // 4.2
  const Scroll log = first_log();
  LoneIslander b("b");
  teach(b, log, {1, 3}, {1, 2});
  auto promised = b.ask<Promised>(c, Prepare{4, log.at({1, 1})});
  CHECK(promised.ballot == 4);
  CHECK(promised.committed.position == log.at({1, 2}));
  CHECK(promised.last == log.at({1, 3}));
  CHECK(text_of(promised.tail) == "1/2@1 1/3@1");
  promised = b.ask<Promised>(c, Prepare{5, {{9, 9}, 9}});  // a candidate far ahead: nothing continues its log
  CHECK(promised.granted);
  CHECK(promised.tail.empty());
  CHECK(promised.last == log.at({1, 3}));
}

TEST_CASE(
    "recorder: whoever has no government and whoever has no seat answers like everybody") {  // 3, Everybody answers
  const Scroll log = first_log();
  LoneIslander fresh("b");
  CHECK(fresh.ask<Promised>(c, Prepare{4, {}}).granted);
  CHECK(fresh->role() == Role::recorder);
  CHECK(fresh->republic() == republic);
  LoneIslander d("d");  // not in the government of this log
  CHECK(d.ask<Received>(a, register_of(log, {}, 1, committed_in(log, {1, 3}, 1))).last == log.at());
  CHECK(d.ask<Promised>(c, Prepare{4, {}}).granted);
}

TEST_CASE("recorder: a pulse of another republic is not answered") {  // section 1, republic
  LoneIslander b("b");
  teach(b, first_log(), {1, 1});
  const Republic other{6, 6};
  CHECK_FALSE(b.answered(b.request(c, Prepare{4, {}}, other)));
  CHECK_FALSE(b.answered(b.request(c, Ping{4, {}, {}, 1}, other)));
  CHECK_FALSE(b.answered(b.request(c, Prepare{4, {}}, Republic{})));
  CHECK(b->promised() == 1);
  CHECK(b.told("pulse of another republic"));
}

TEST_CASE("recorder: a leader becomes a recorder when a higher ballot registers") {  // 3 Accepting; S2-26
  LoneIslander b("b");
  Scroll log = first_log();
  teach(b, log, {1, 3}, {1, 3});
  const std::uint64_t ballot = lead(b, "a");
  REQUIRE(b->role() == Role::leader);
  Scroll other = first_log();
  other.govern(government(3, "c b", "a"), 9, ballot + 1);
  b.forget_events();
  b.ask<Rejected>(c, register_of(other, {9, 0}, ballot + 1));
  CHECK(b->role() == Role::recorder);  // by hearing it, whatever it holds
  CHECK(b->leader() == "c");
  CHECK(b.told("left office"));
  CHECK(b.told("collapse"));
  CHECK(b->promised() == ballot);
}

TEST_CASE("recorder: synchronize raises promised") {  // section 6; planted bug p; S2-14
  const Scroll log = next_log({1, 1}, 6);
  LoneIslander b("b");
  teach(b, first_log(), {1, 3}, {1, 0});
  b.withhold_writes();
  const RequestId id = b.request(a, synchronize_of(log, {1, 0}, 6));
  CHECK_FALSE(b.answered(id));  // durably, with them
  b.finish_write();
  const auto answer = b.answer<Synchronized>(id);
  CHECK(answer.held);
  CHECK(answer.committed == Committed{log.at({2, 0}), 6});
  CHECK(b.promised_on_disk() == 6);
  CHECK(b.on_disk() == "1/0@1 1/1@1 2/0@6");  // uncommitted entries that conflict are gone
  b.release_writes();

  // The late register of the leader that fell: it could contradict what is known committed.
  b.ask<Rejected>(a, register_of(first_log(), {1, 1}, 1));
  b.ask<Rejected>(a, register_of(first_log(), {1, 1}, 5));
  CHECK_FALSE(b.ask<Promised>(a, Prepare{6, {}}).granted);
  b.restart();
  CHECK(b->promised() == 6);
}

TEST_CASE("recorder: synchronize raises promised to the ballot that counted and not to that of the entries") {  // p z
  const Scroll log = first_log();
  LoneIslander b("b");
  teach(b, log, {1, 0});
  b.ask<Synchronized>(a, synchronize_of(log, {1, 0}, 7));  // entries of ballot 1, counted by the leader of ballot 7
  CHECK(b->committed() == Promise{1, 3});
  CHECK(b.promised_on_disk() == 7);
  b.ask<Synchronized>(a, synchronize_of(log, {1, 3}, 9));  // nothing new, counted once more
  CHECK(b.promised_on_disk() == 9);
}

TEST_CASE("recorder: synchronize matches previous by ballot too") {  // section 6; planted bug q
  Scroll log = next_log({1, 1}, 2);
  LoneIslander b("b");
  b.ask<Received>(c, register_of(log, {}, 2, committed_in(log, {1, 0}, 2)));
  Scroll other = next_log({1, 1}, 3);
  other.append("four");
  const auto refused = b.ask<Synchronized>(a, synchronize_of(other, {2, 0}, 3));  // previous 2/0@3, held: 2/0@2
  CHECK_FALSE(refused.held);
  CHECK(refused.committed.position == log.at({1, 0}));  // go on from here
  CHECK(b->committed() == Promise{1, 0});
  CHECK(b.on_disk() == log.text());
  CHECK(b.ask<Synchronized>(a, synchronize_of(other, {1, 0}, 3)).held);
  CHECK(b.on_disk() == "1/0@1 1/1@1 2/0@3 2/1@3");
  CHECK(b->committed() == Promise{2, 1});
}

TEST_CASE("recorder: synchronize commits what it brings and no more") {  // section 6; S2-13
  const Scroll log = first_log();
  LoneIslander b("b");
  teach(b, log, {1, 3});
  b.ask<Synchronized>(a, synchronize_of(log, {}, 1, {1, 1}));
  CHECK(b->committed() == Promise{1, 1});
  CHECK(b.last() == log.at({1, 3}));  // what follows stays, uncommitted
  CHECK(b.ask<Synchronized>(a, synchronize_of(log, {}, 1, {1, 0})).committed.position == log.at({1, 1}));  // an old one
  CHECK(b.ask<Synchronized>(a, synchronize_of(log, {1, 2}, 1, {1, 2})).committed.position ==
        log.at({1, 2}));  // by previous
  CHECK(text_of(b.committed) == "1/0@1 1/1@1 1/2@1");
}

TEST_CASE("recorder: pulses that are no log change nothing") {  // message: what a peer sends is never trusted
  const Scroll log = first_log();
  const auto entries = log.after({});
  LoneIslander b("b");
  teach(b, log, {1, 1});
  Register hole = register_of(log, {1, 1}, 1);
  hole.entries = {entries[3]};
  b.ask<Rejected>(a, hole);
  Register turned = register_of(log, {1, 1}, 1);
  turned.entries = {entries[3], entries[2]};
  b.ask<Rejected>(a, turned);
  CHECK(b.told("register refused"));
  Synchronize gap = synchronize_of(log, {1, 1}, 1);
  gap.entries = {entries[3]};
  CHECK_FALSE(b.ask<Synchronized>(a, gap).held);
  CHECK(b.on_disk() == "1/0@1 1/1@1");
  CHECK_FALSE(b.halt.has_value());

  ChainOfEntries chain(log.at({1, 1}));  // goes on by position, after another history
  Register diverged = register_of(log, {1, 1}, 1, {}, {1, 1});
  diverged.entries = {chain.append({"two"})};
  b.ask<Rejected>(a, diverged);
  REQUIRE(b.halt.has_value());
  CHECK(b.halt->code == Errc::corrupt);
  CHECK(b.on_disk() == "1/0@1 1/1@1");
}

TEST_CASE("recorder: fetched is what continues the position asked for and is durable") {  // 4.3
  const Scroll log = first_log();
  LoneIslander b("b");
  teach(b, log, {1, 2}, {1, 1});
  auto fetched = b.ask<Fetched>(c, Fetch{log.at({1, 0}), {1, 1}});
  CHECK(fetched.held);
  CHECK(text_of(fetched.entries) == "1/1@1");
  CHECK(fetched.committed.position == log.at({1, 1}));
  CHECK(fetched.last == log.at({1, 2}));
  CHECK_FALSE(b.ask<Fetched>(c, Fetch{{{1, 0}, 2}, {1, 2}}).held);  // another ballot
  CHECK_FALSE(b.ask<Fetched>(c, Fetch{{{1, 9}, 1}, {1, 9}}).held);

  b.withhold_writes();
  b.request(a, register_of(log, {1, 2}, 1));
  const RequestId id = b.request(c, Fetch{log.at({1, 1}), {1, 3}});
  CHECK_FALSE(b.answered(id));
  b.finish_write();
  CHECK(text_of(b.answer<Fetched>(id).entries) == "1/2@1 1/3@1");
}

TEST_CASE("recorder: what memory does not hold is fetched from the disk") {  // section 2, a bounded tail
  Settings settings;
  settings.tail_bytes = 0;
  const Scroll log = first_log();
  LoneIslander b("b", settings);
  teach(b, log, {1, 3}, {1, 2});
  b.withhold_reads();
  const RequestId id = b.request(c, Fetch{{}, {1, 3}});
  CHECK_FALSE(b.answered(id));
  REQUIRE(b.wants().size() == 1);
  b.supply(b.wants().front(), log.after({}, {1, 1}));
  const auto fetched = b.answer<Fetched>(id);
  CHECK(fetched.held);
  CHECK(text_of(fetched.entries) == "1/0@1 1/1@1");
  b.wants().clear();
  const RequestId gone = b.request(c, Fetch{{}, {1, 3}});
  b.supply(b.wants().front(), {});
  CHECK_FALSE(b.answer<Fetched>(gone).held);
  b.wants().clear();
  const RequestId other = b.request(c, Fetch{{{1, 0}, 2}, {1, 3}});
  b.supply(b.wants().front(), log.after({1, 0}));
  CHECK_FALSE(b.answer<Fetched>(other).held);  // what is there continues another position
  CHECK_FALSE(b.answer<Fetched>(other).trimmed);
}

TEST_CASE("recorder: says of what is trimmed that it is and gives what continues the oldest") {  // 6 Trimming
  Scroll log = first_log();
  log.trim({{1, 2}, {1, 2}, 1, 3});
  LoneIslander b("b");
  teach(b, log, log.at().promise, log.at().promise);
  b.restart();  // so that memory does not hold it
  REQUIRE(b.on_disk() == "1/2@1 1/3@1 1/4@1");
  for (const Position& after : {Position{}, log.at({1, 0})}) {
    CAPTURE(to_string(after));
    const auto fetched = b.ask<Fetched>(c, Fetch{after, {9, 9}});
    CHECK_FALSE(fetched.held);
    CHECK(fetched.trimmed);
    CHECK(fetched.committed.position == log.at());
  }
  const auto whole = b.ask<Fetched>(c, Fetch{log.at({1, 1}), {9, 9}});  // gone itself, but nothing after it is
  CHECK(whole.held);
  CHECK_FALSE(whole.trimmed);
  CHECK(text_of(whole.entries) == "1/2@1 1/3@1 1/4@1");
  CHECK_FALSE(b.ask<Fetched>(c, Fetch{{{1, 2}, 7}, {9, 9}}).trimmed);  // of another ballot, but not trimmed
}

TEST_CASE("recorder: a government is in force when it is committed and not before") {  // section 1; S1-13; S2-11 S1-12
  const Scroll log = next_log({1, 1}, 2);
  LoneIslander b("b");
  b.ask<Received>(c, register_of(log, {}, 2, committed_in(log, {1, 1}, 1)));
  CHECK(b->government().promise == Promise{1, 0});
  CHECK(b->leader() == "c");
  b.ask<Received>(c, register_of(log, {2, 0}, 2, committed_in(log, {2, 0}, 2)));
  CHECK(b->government().promise == Promise{2, 0});
  CHECK(b.fact("government", "leader") == "c");
}

}  // namespace
}  // namespace hansard
