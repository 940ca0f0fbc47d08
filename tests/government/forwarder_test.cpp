// tests/government/forwarder_test.cpp - appends from their arrival to their outcome, on both sides: protocol section 3,
// Enqueue.
#include "government/forwarder.hpp"

#include "tests/government/lone_islander.hpp"

#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

namespace hansard {
namespace {

using namespace tests;  // the words of the fixture

const Islander a = islander("a");
const Islander c = islander("c");
using Outcome = Appended::Outcome;
using Verdict = Forwarded::Verdict;

// What `id` appends as its `sequence`-th in a start.
Author author(const std::string& id, std::uint64_t sequence, std::uint64_t start = 1) {
  return {id, {1, 0}, start, sequence};
}

// "1(0) 2(1)": number and the one it comes after.
std::string numbers(const Forward& forward) {
  std::string text;
  for (const auto& append : forward.appends) {
    text += (text.empty() ? "" : " ") + std::to_string(append.sequence) + "(" + std::to_string(append.after) + ")";
  }
  return text;
}

std::string body(const Forward& forward, std::size_t index = 0) {
  return forward.appends.at(index).submission->items.at(0).bytes;
}

// A leader a of ballot 1 whom b follows, and its log.
struct Follower {
  Scroll log = founded();
  LoneIslander b;
  explicit Follower(const Settings& settings = {}) : b("b", settings) { teach(b, log, 1); }
  // The leader of `ballot` registers what is new in the log since `after`, all of it committed.
  void learn(const Islander& leader, Promise after, std::uint64_t ballot) {
    b.ask<Received>(leader, register_of(log, after, ballot, {log.at(), ballot}));
  }
};

TEST_CASE("forwarder: names the leader's ballot and numbers in order from one") {  // 3 Enqueue
  Follower f;
  f.b.append("x");
  f.b.append("y");
  const auto first = f.b.take<Forward>("a");
  CHECK(first.message.ballot == 1);
  CHECK(first.message.arrived == Promise{1, 0});
  CHECK(first.message.start == 1);
  CHECK(numbers(first.message) == "1(0)");
  CHECK(body(first.message) == "x");
  CHECK(numbers(f.b.take<Forward>("a").message) == "2(1)");
}

TEST_CASE("forwarder: what waits goes together and a batch whole") {  // 3 Enqueue; planted bug u
  LoneIslander b("b");
  b.append("x");
  b.append_batch({"y", "z"});
  CHECK(b.count<Forward>() == 0);  // nobody leads
  teach(b, founded(), 1);
  const auto forward = b.take<Forward>("a");
  CHECK(numbers(forward.message) == "1(0) 2(1)");
  CHECK(forward.message.appends[1].submission->items.size() == 2);
}

TEST_CASE("forwarder: success is answered from its own committed log") {  // 3 Enqueue; S4-24
  Follower f;
  const auto token = f.b.append("x");
  f.b.reply(f.b.take<Forward>(), Forwarded{Verdict::taken, 1, 1, {}});
  CHECK(f.b.appended.empty());
  f.log.append("of a", author("a", 1));
  f.log.append("x", author("b", 1));
  f.b.ask<Received>(a, register_of(f.log, {1, 0}, 1));
  CHECK(f.b.appended.empty());  // in the log, and not committed
  f.b.ask<Received>(a, register_of(f.log, {1, 2}, 1, {f.log.at({1, 1}), 1}));
  CHECK(f.b.appended.empty());
  f.b.ask<Received>(a, register_of(f.log, {1, 2}, 1, {f.log.at({1, 2}), 1}));
  REQUIRE(f.b.appended.contains(token));
  CHECK(f.b.appended.at(token).outcome == Outcome::committed);
  CHECK(f.b.appended.at(token).first == Promise{1, 2});
  CHECK(f.b->queued() == 0);
}

TEST_CASE("forwarder: entries of another start or arrival are not its own") {  // 3 Enqueue; planted bug i
  Follower f;
  f.b.append("x");
  f.log.append("former life", author("b", 1, 0));
  f.log.append("former citizen", Author{"b", {0, 9}, 1, 1});
  f.learn(a, {1, 0}, 1);
  CHECK(f.b.appended.empty());
  CHECK(f.b->queued() == 1);
}

TEST_CASE("forwarder: goes again under the same numbers after a change of leader") {  // 3 Enqueue; S4-26; S2-28
  Follower f;
  for (const char* text : {"x", "y", "z"}) f.b.append(text);
  f.b.reply(f.b.take<Forward>(), Forwarded{Verdict::taken, 1, 1, {}});
  f.b.reply(f.b.take<Forward>(), Forwarded{Verdict::taken, 1, 2, {}});
  f.log.append("x", author("b", 1));
  f.learn(a, {1, 0}, 1);
  CHECK(f.b.appended.size() == 1);
  f.b.forget_pulses();

  f.log.govern(government(3, "c b", "a"), 2, 5);  // y and z are not on this chain
  f.learn(c, {1, 1}, 5);
  CHECK(f.b.fact("resubmission", "to") == "c");  // S2-40
  const auto again = f.b.take<Forward>("c");
  CHECK(again.message.ballot == 5);
  CHECK(numbers(again.message) == "2(1) 3(2)");
  CHECK(body(again.message) == "y");
  CHECK(f.b.count<Forward>() == 0);
  // The old leader's answer is no answer any more.
  f.log.append("y", author("b", 2));
  f.log.append("z", author("b", 3));
  f.learn(c, {2, 0}, 5);
  CHECK(f.b.appended.size() == 3);
}

TEST_CASE("forwarder: goes again after the connection failed") {  // 3 Enqueue
  Follower f;
  f.b.append("x");
  f.b.append("y");
  f.b.fail(f.b.take<Forward>());
  f.b.wait(24'999);
  CHECK(f.b.count<Forward>() == 1);  // of y, before
  f.b.forget_pulses();
  f.b.wait(1);
  CHECK(numbers(f.b.take<Forward>().message) == "1(0) 2(1)");
}

TEST_CASE("forwarder: goes on after what the leader has") {  // 3 Enqueue, send again after j
  Follower f;
  for (const char* text : {"x", "y", "z"}) f.b.append(text);
  auto x = f.b.take<Forward>();
  auto y = f.b.take<Forward>();
  auto z = f.b.take<Forward>();
  f.b.reply(z, Forwarded{Verdict::taken, 1, 0, {}});  // it came first, and was not taken
  CHECK(f.b.count<Forward>() == 0);
  f.b.reply(x, Forwarded{Verdict::taken, 1, 1, {}});
  f.b.reply(y, Forwarded{Verdict::taken, 1, 2, {}});
  CHECK(numbers(f.b.take<Forward>().message) == "3(2)");
}

TEST_CASE("forwarder: waits a little where the leader is full or is none") {
  Follower f;
  f.b.append("x");
  f.b.append("y");
  SUBCASE("full") {
    f.b.reply(f.b.take<Forward>(), Forwarded{Verdict::full, 1, 1, {}});
    f.b.forget_pulses();
    f.b.wait(24'999);
    CHECK(f.b.count<Forward>() == 0);
    f.b.wait(1);
    CHECK(numbers(f.b.take<Forward>().message) == "2(1)");
  }
  SUBCASE("no leader") {
    f.b.reply(f.b.take<Forward>(), Forwarded{Verdict::not_leader, 1, 0, {}});
    f.b.forget_pulses();
    f.b.wait(49'999);
    CHECK(f.b.count<Forward>() == 0);
    f.b.wait(1);
    CHECK(numbers(f.b.take<Forward>().message) == "1(0) 2(1)");
  }
}

TEST_CASE("forwarder: a number is never abandoned though its client gives up") {  // 3 Enqueue [2 steps]
  Follower f;
  const auto x = f.b.append("x");
  const auto y = f.b.append("y");
  const auto unsure = f.b.give_up(x);
  CHECK(unsure.outcome == Outcome::unknown);
  CHECK(f.b.give_up(x).outcome == Outcome::unknown);
  f.b.forget_pulses();
  f.log.govern(government(3, "c b", "a"), 2, 5);
  f.learn(c, {1, 0}, 5);
  CHECK(numbers(f.b.take<Forward>("c").message) == "1(0) 2(1)");  // else 2 could never be taken
  f.log.append("x", author("b", 1));
  f.log.append("y", author("b", 2));
  f.learn(c, {2, 0}, 5);
  CHECK_FALSE(f.b.appended.contains(x));
  CHECK(f.b.appended.at(y).outcome == Outcome::committed);
  CHECK(f.b->queued() == 0);
}

TEST_CASE("forwarder: what was never forwarded did not happen and takes no number") {  // 3 Enqueue; Conditions
  LoneIslander b("b");
  const auto x = b.append("x");
  b.append("y");
  CHECK(b.give_up(x).outcome == Outcome::not_appended);
  teach(b, founded(), 1);
  const auto forward = b.take<Forward>();
  CHECK(numbers(forward.message) == "1(0)");
  CHECK(body(forward.message) == "y");
}

TEST_CASE("forwarder: a restart numbers from one in a new start") {  // 3 Enqueue; planted bug i
  Follower f;
  f.b.append("x");
  f.b.restart();
  f.b.append("z");
  CHECK(f.b->queued() == 1);
  f.b.ask<Received>(a, register_of(f.log, {1, 0}, 1));
  const auto forward = f.b.take<Forward>();
  CHECK(forward.message.start == 2);
  CHECK(numbers(forward.message) == "1(0)");
  f.log.append("x", author("b", 1, 1));
  f.learn(a, {1, 0}, 1);
  CHECK(f.b.appended.empty());  // of the former life
  f.log.append("z", author("b", 1, 2));
  f.learn(a, {1, 1}, 1);
  CHECK(f.b.appended.size() == 1);
}

TEST_CASE("forwarder: an earlier number that is not in the log goes again under a new one while somebody waits") {
  // 3 Enqueue: who learns its (s,m) committed knows that its earlier ones never will be.
  Follower f;
  const auto x = f.b.append("x");
  const auto y = f.b.append("y");
  const auto z = f.b.append("z");
  CHECK(f.b.give_up(y).outcome == Outcome::unknown);
  for (int i = 0; i < 3; ++i) f.b.reply(f.b.take<Forward>(), Forwarded{Verdict::taken, 1, 3, {}});
  f.log.append("z", author("b", 3));
  f.learn(a, {1, 0}, 1);
  CHECK(f.b.appended.size() == 1);
  CHECK(f.b.appended.at(z).outcome == Outcome::committed);
  const auto forward = f.b.take<Forward>();
  CHECK(numbers(forward.message) == "4(3)");
  CHECK(body(forward.message) == "x");
  CHECK(f.b->queued() == 1);
  f.log.append("x", author("b", 4));
  f.learn(a, {1, 1}, 1);
  CHECK(f.b.appended.at(x).outcome == Outcome::committed);
}

TEST_CASE("forwarder: what was forwarded under an arrival that is gone is unknown") {  // 3 Enqueue [8 steps]
  Follower f;
  const auto x = f.b.append("x");
  Government next = government(3, "a c", "", "b");
  next.citizens["b"].arrived = {};  // exiled, and come again with this government
  f.log.govern(next, 2, 1);
  f.learn(a, {1, 0}, 1);
  f.b.reply(f.b.take<Forward>(), Forwarded{Verdict::stranger, 1, 0, {}});
  const auto y = f.b.append("y");
  f.b.wait(100'000);
  CHECK(f.b.appended.at(x).outcome == Outcome::unknown);
  const auto forward = f.b.take<Forward>();
  CHECK(forward.message.arrived == Promise{2, 0});
  CHECK(body(forward.message) == "y");
  CHECK_FALSE(f.b.appended.contains(y));
}

Judgment judgment(std::uint64_t sequence, Objection objection, Promise first = {}, Promise last = {}) {
  return {sequence, objection, first, last};
}

TEST_CASE("forwarder: a refusal is answered at once and blocks nobody") {  // 3 Enqueue, Conditions; planted bug w
  Follower f;
  const auto x = f.b.append("x");
  const auto y = f.b.append("y");
  f.b.reply(f.b.take<Forward>(),
            Forwarded{Verdict::taken, 1, 1, {judgment(1, Objection::not_matched, {1, 9}, {1, 9})}});
  REQUIRE(f.b.appended.contains(x));
  CHECK(f.b.appended.at(x).outcome == Outcome::not_appended);
  CHECK(f.b.appended.at(x).objection == Objection::not_matched);
  CHECK(f.b.appended.at(x).last == Promise{1, 9});
  CHECK(std::string(f.b.appended.at(x).why) == to_string(Objection::not_matched));
  CHECK(f.b->queued() == 1);
  f.b.append("z");
  f.b.forget_pulses();
  f.log.govern(government(3, "c b", "a"), 2, 5);
  f.learn(c, {1, 0}, 5);
  const auto again = f.b.take<Forward>("c");
  CHECK(numbers(again.message) == "2(0) 3(2)");  // a leader that knows nothing of 1 takes 2
  CHECK(again.message.open_from == 2);
  f.log.append("y", author("b", 2));
  f.learn(c, {2, 0}, 5);
  CHECK(f.b.appended.at(y).outcome == Outcome::committed);
  CHECK(f.b.appended.size() == 2);
}

TEST_CASE("forwarder: tells the leader of what it knows the outcomes") {
  Follower f;
  f.b.append("x");
  auto sent = f.b.take<Forward>();
  CHECK(sent.message.open_from == 1);
  f.b.reply(sent, Forwarded{Verdict::taken, 1, 1, {judgment(1, Objection::too_large)}});
  f.b.append("y");
  sent = f.b.take<Forward>();
  CHECK(numbers(sent.message) == "2(0)");
  CHECK(sent.message.open_from == 2);
  f.b.append("z");
  CHECK(f.b.take<Forward>().message.open_from == 2);
}

TEST_CASE("forwarder: a replay is answered when its own committed log reaches it") {  // 3 Enqueue
  Follower f;
  const auto x = f.b.append("x");
  const auto gone = f.b.append("gone");
  const auto first = f.b.take<Forward>();
  const auto second = f.b.take<Forward>();
  f.b.reply(first, Forwarded{Verdict::taken, 1, 1, {judgment(1, Objection::none, {1, 1}, {1, 2})}});
  f.b.reply(second, Forwarded{Verdict::taken, 1, 2, {judgment(2, Objection::none, {1, 1}, {1, 2})}});
  CHECK(f.b.appended.empty());
  CHECK(f.b->queued() == 0);
  CHECK(f.b.give_up(gone).outcome == Outcome::unknown);
  f.log.batch({"p", "q"});
  f.b.ask<Received>(a, register_of(f.log, {1, 0}, 1));
  CHECK(f.b.appended.empty());
  f.b.ask<Received>(a, register_of(f.log, {1, 2}, 1, {f.log.at(), 1}));
  REQUIRE(f.b.appended.contains(x));
  CHECK(f.b.appended.at(x).outcome == Outcome::committed);
  CHECK(f.b.appended.at(x).replayed);
  CHECK(f.b.appended.at(x).first == Promise{1, 1});
  CHECK(f.b.appended.at(x).last == Promise{1, 2});
  CHECK(f.b.appended.size() == 1);
}

TEST_CASE("forwarder: a refusal of an earlier ballot is no answer any more") {  // 3 Enqueue [11 steps]
  Follower f;
  const auto x = f.b.append("x");
  const auto slow = f.b.take<Forward>("a");
  f.log.govern(government(3, "c b", "a"), 2, 5);
  f.learn(c, {1, 0}, 5);
  const auto again = f.b.take<Forward>("c");
  f.b.reply(slow, Forwarded{Verdict::taken, 1, 1, {judgment(1, Objection::keys_full)}});
  CHECK(f.b.appended.empty());
  // Nor does the new leader's answer count that speaks of another ballot, nor another islander's.
  f.b.reply_as(a, again, Forwarded{Verdict::taken, 5, 1, {judgment(1, Objection::keys_full)}});
  CHECK(f.b.appended.empty());
  f.b.wait(25'000);
  f.b.reply(f.b.take<Forward>("c"), Forwarded{Verdict::taken, 1, 1, {judgment(1, Objection::keys_full)}});
  CHECK(f.b.appended.empty());
  f.log.append("x", author("b", 1));
  f.learn(c, {2, 0}, 5);
  CHECK(f.b.appended.at(x).outcome == Outcome::committed);
}

TEST_CASE("forwarder: a refusal of a number that went again under another says nothing of it") {
  Follower f;
  const auto x = f.b.append("x");
  const auto first = f.b.take<Forward>();
  f.b.append("y");
  f.b.reply(f.b.take<Forward>(), Forwarded{Verdict::taken, 1, 2, {}});
  f.log.append("y", author("b", 2));
  f.learn(a, {1, 0}, 1);  // so 1 is not in the log and never will be
  const auto again = f.b.take<Forward>();
  CHECK(numbers(again.message) == "3(2)");
  f.b.reply(first, Forwarded{Verdict::taken, 1, 2, {judgment(1, Objection::not_matched)}});
  CHECK_FALSE(f.b.appended.contains(x));
  f.log.append("x", author("b", 3));
  f.learn(a, {1, 1}, 1);
  CHECK(f.b.appended.at(x).outcome == Outcome::committed);
}

TEST_CASE("forwarder: a refusal of what its client has given up is told to nobody") {
  Follower f;
  const auto x = f.b.append("x");
  CHECK(f.b.give_up(x).outcome == Outcome::unknown);
  f.b.reply(f.b.take<Forward>(), Forwarded{Verdict::taken, 1, 1, {judgment(1, Objection::too_large)}});
  CHECK(f.b.appended.empty());
  CHECK(f.b->queued() == 0);
}

TEST_CASE("forwarder: its queue is bounded") {
  Settings settings;
  settings.queue_count = 2;
  Follower f(settings);
  f.b.append("x");
  f.b.append("y");
  Submission third;
  third.items.push_back({"", "z"});
  f.b.input([&](Legislator& l, Moment m) { CHECK_FALSE(l.enqueue(m, third, 99)); });
  f.log.append("x", author("b", 1));
  f.learn(a, {1, 0}, 1);
  f.b.append("z");
  Settings small;
  small.queue_bytes = 200;
  Follower g(small);
  g.b.append(std::string(10'000, 'x'));  // one alone is taken whatever its size
  g.b.input([&](Legislator& l, Moment m) { CHECK_FALSE(l.enqueue(m, third, 99)); });
}

// ---- The leader ----------------------------------------------------------------------------------------------------

Forward forward(std::uint64_t ballot, const std::vector<std::pair<std::uint64_t, std::uint64_t>>& numbers,
                std::uint64_t start = 1, Promise arrived = {1, 0}) {
  Forward message{ballot, arrived, start, {}};
  for (const auto& [sequence, after] : numbers) {
    auto submission = std::make_shared<Submission>();
    submission->items.push_back({"", "a" + std::to_string(start) + "." + std::to_string(sequence)});
    message.appends.push_back({sequence, after, std::move(submission)});
  }
  return message;
}

// What clients appended, in the order of the log.
std::string bodies(LoneIslander& one) {
  std::string text;
  for (const EntryPtr& entry : one.entries_on_disk()) {
    if (entry->kind() == Kind::client) text += (text.empty() ? "" : " ") + std::string(entry->body());
  }
  return text;
}

// b, in office under ballot 2 by the help of c.
struct Leader {
  LoneIslander b;
  explicit Leader(const Settings& settings = {}) : b("b", settings) {
    teach(b, founded(), 1);
    REQUIRE(lead(b, "c") == 2);
  }
};

TEST_CASE("forwarder: a leader takes what comes in order and the same once") {  // 3 Enqueue; S2-41 S4-13 S4-27
  Leader l;
  auto answer = l.b.ask<Forwarded>(a, forward(2, {{1, 0}, {2, 1}}));
  CHECK(answer.verdict == Verdict::taken);
  CHECK(answer.ballot == 2);
  CHECK(answer.upto == 2);
  CHECK(l.b.ask<Forwarded>(a, forward(2, {{1, 0}, {2, 1}})).upto == 2);
  CHECK(l.b.ask<Forwarded>(a, forward(2, {{2, 1}, {3, 2}})).upto == 3);
  CHECK(bodies(l.b) == "a1.1 a1.2 a1.3");
  const Author by = l.b.entries_on_disk().back()->author();
  CHECK(by == author("a", 3));
}

TEST_CASE("forwarder: a leader takes none whose earlier one is missing") {  // 3 Enqueue: after <= j < n
  Leader l;
  auto answer = l.b.ask<Forwarded>(a, forward(2, {{2, 1}, {3, 2}}));
  CHECK(answer.verdict == Verdict::taken);
  CHECK(answer.upto == 0);  // send again after this
  CHECK(bodies(l.b).empty());
  CHECK(l.b.ask<Forwarded>(a, forward(2, {{1, 0}})).upto == 1);
  CHECK(l.b.ask<Forwarded>(a, forward(2, {{3, 1}})).upto == 3);  // 2 is known refused
  CHECK(l.b.ask<Forwarded>(a, forward(2, {{2, 1}})).upto == 3);  // and is not appended any more
  CHECK(bodies(l.b) == "a1.1 a1.3");
}

TEST_CASE("forwarder: a leader takes only what names its present ballot") {  // 3 Enqueue [11 steps]
  Leader l;
  CHECK(l.b.ask<Forwarded>(a, forward(1, {{1, 0}})).verdict == Verdict::not_leader);
  CHECK(l.b.ask<Forwarded>(a, forward(3, {{1, 0}})).verdict == Verdict::not_leader);
  LoneIslander recorder("b");
  teach(recorder, founded(), 1);
  const auto answer = recorder.ask<Forwarded>(c, forward(1, {{1, 0}}));
  CHECK(answer.verdict == Verdict::not_leader);
  CHECK(answer.ballot == 1);
  l.b.ask<Promised>(c, Prepare{9, {}});
  CHECK(l.b.ask<Forwarded>(a, forward(2, {{1, 0}})).verdict == Verdict::not_leader);
  CHECK(bodies(l.b).empty());
}

TEST_CASE("forwarder: a leader takes nothing from who is no citizen under that arrival and cookie") {  // 3; 9.8; e
  Leader l;
  CHECK(l.b.ask<Forwarded>(islander("a", 2), forward(2, {{1, 0}})).verdict == Verdict::stranger);
  CHECK(l.b.ask<Forwarded>(a, forward(2, {{1, 0}}, 1, {2, 0})).verdict == Verdict::stranger);
  CHECK(l.b.ask<Forwarded>(islander("x"), forward(2, {{1, 0}})).verdict == Verdict::stranger);
  CHECK(bodies(l.b).empty());
}

TEST_CASE("forwarder: a new start shuts the old one for ever") {  // 3 Enqueue; planted bug i
  Leader l;
  l.b.ask<Forwarded>(a, forward(2, {{1, 0}, {2, 1}}, 1));
  const auto answer = l.b.ask<Forwarded>(a, forward(2, {{1, 0}}, 2));
  CHECK(answer.verdict == Verdict::taken);
  CHECK(answer.upto == 1);
  CHECK(l.b.ask<Forwarded>(a, forward(2, {{3, 2}}, 1)).verdict == Verdict::stranger);  // a pulse that was under way
  CHECK(l.b.ask<Forwarded>(a, forward(2, {{2, 1}}, 2)).upto == 2);
  CHECK(bodies(l.b) == "a1.1 a1.2 a2.1 a2.2");
}

TEST_CASE("forwarder: a leader remembers what its whole log says") {  // 3 Enqueue; planted bug i; S4-26
  Scroll log = founded();
  log.append("a1.1", author("a", 1));
  log.append("a1.2", author("a", 2));
  for (const Promise committed : {Promise{1, 0}, Promise{1, 1}, Promise{1, 2}}) {
    LoneIslander b("b");
    teach(b, log, 1, committed);
    REQUIRE(win(b, "c") == 2);  // nothing of it is committed anew yet
    CHECK(b.ask<Forwarded>(a, forward(2, {{1, 0}, {2, 1}, {3, 2}})).upto == 3);
    CHECK(bodies(b) == "a1.1 a1.2 a1.3");
  }
}

TEST_CASE("forwarder: a leader forgets what was dropped from its log") {  // 3 Enqueue: computed again
  Leader l;
  CHECK(l.b.ask<Forwarded>(a, forward(2, {{1, 0}})).upto == 1);
  // c is elected without it: 2/0@2 and 2/1@2 were committed, 2/2@2 was on no other disk.
  Scroll log;
  for (const EntryPtr& entry : l.b.entries_on_disk()) {
    if (entry->kind() != Kind::client) log.take(entry);
  }
  log.govern(government(3, "c b", "a"), 3, 7);
  l.b.ask<Received>(c, register_of(log, {2, 1}, 7));
  CHECK(bodies(l.b).empty());
  REQUIRE(win(l.b, "c") == 8);
  const auto answer = l.b.ask<Forwarded>(a, forward(8, {{1, 0}}));
  CHECK(answer.upto == 1);
  CHECK(bodies(l.b) == "a1.1");
}

TEST_CASE("forwarder: a leader takes no more than it may hold uncommitted") {  // settings, uncommitted_bytes
  Settings settings;
  settings.uncommitted_bytes = 1;
  Leader l(settings);
  CHECK(l.b.ask<Forwarded>(a, forward(2, {{1, 0}})).verdict == Verdict::taken);
  const auto answer = l.b.ask<Forwarded>(a, forward(2, {{1, 0}, {2, 1}, {3, 2}}));
  CHECK(answer.verdict == Verdict::full);
  CHECK(answer.upto == 1);
  l.b.append("own");
  CHECK(bodies(l.b) == "a1.1");
  l.b.obey("c");  // a commit makes room, and our own takes it at once
  CHECK(bodies(l.b) == "a1.1 own");
  l.b.obey("c");
  CHECK(l.b.ask<Forwarded>(a, forward(2, {{2, 1}})).verdict == Verdict::taken);
  l.b.obey("c");
  CHECK(bodies(l.b) == "a1.1 own a1.2");
}

TEST_CASE("forwarder: a leader that falls forwards its own to the next and is answered once") {  // 3 Enqueue; S2-28
  for (const bool survives : {false, true}) {
    CAPTURE(survives);
    Leader l;
    const auto token = l.b.append("x");  // 2/2@2, which c has taken or not
    Scroll log;
    for (const EntryPtr& entry : l.b.entries_on_disk()) {
      if (survives || entry->kind() != Kind::client) log.take(entry);
    }
    const Promise before = log.at().promise;
    log.govern(government(3, "c b", "a"), 3, 7);
    l.b.ask<Received>(c, register_of(log, before, 7));
    const auto again = l.b.take<Forward>("c");
    CHECK(again.message.ballot == 7);
    CHECK(numbers(again.message) == "1(0)");
    CHECK(l.b.appended.empty());
    if (!survives) log.append("x", author("b", 1));
    l.b.ask<Received>(c, register_of(log, {3, 0}, 7, {log.at(), 7}));
    REQUIRE(l.b.appended.contains(token));
    CHECK(l.b.appended.at(token).outcome == Outcome::committed);
    CHECK(l.b.appended.at(token).first == (survives ? Promise{2, 2} : Promise{3, 1}));
  }
}

}  // namespace
}  // namespace hansard
