// tests/government/judge_test.cpp - keys, conditions and limits of appends, one rule of protocol section 3, Conditions,
// at a time.
//
// b leads the island of a b c by the help of c under ballot 2, after 2/0 and 2/1; a forwards to it.
#include "government/judge.hpp"

#include "tests/government/lone_islander.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace hansard {
namespace {

using namespace tests;  // the words of the fixture

const Islander a = islander("a");
const Islander c = islander("c");
using Verdict = Forwarded::Verdict;
using Outcome = Appended::Outcome;

Submission of(const std::string& body) {
  Submission submission;
  submission.items.push_back({"", body});
  return submission;
}

Submission under(const std::string& key, const std::string& body) {
  Submission submission = of(body);
  submission.key = key;
  return submission;
}

Submission after(Promise newest, const std::string& body) {
  Submission submission = of(body);
  submission.if_match = newest;
  return submission;
}

// "none 2/2..2/2"
std::string text_of(const Judgment& judgment) {
  return std::string(to_string(judgment.objection)) + " " + to_string(judgment.first) + ".." + to_string(judgment.last);
}

std::string refused(Objection objection, Promise newest = {}) {
  return text_of(Judgment{0, objection, newest, newest});
}

std::string replayed(Promise first, Promise last) { return text_of(Judgment{0, Objection::none, first, last}); }

struct Leader {
  LoneIslander b;
  std::uint64_t ballot = 2;

  explicit Leader(const LogSettings& settings = {}) : b("b") {
    teach(b, founded(), 1);
    REQUIRE(lead(b, "c") == 2);
    if (settings != LogSettings{}) set(settings);
    b.wait(100'000);
    b.obey("a c");
  }
  void set(const LogSettings& settings) {
    b.input([&](Legislator& l, Moment m) {
      l.operate(m, {Operation::What::settings, {}, 0, {}, change_to(settings)}, 1);
    });
    b.obey("c");
  }
  RequestId forward(std::uint64_t sequence, const Submission& submission, std::uint64_t open_from = 0) {
    Forward message{ballot, {1, 0}, 1, {}};
    message.appends.push_back(
        {sequence, open_from == 0 ? sequence - 1 : open_from - 1, std::make_shared<const Submission>(submission)});
    message.open_from = open_from;
    return b.request(a, std::move(message));
  }
  // What a is told of that number once everything is confirmed; "taken" where it was.
  std::string verdict(RequestId id) {
    b.obey("c");
    const auto forwarded = b.answer<Forwarded>(id);
    CHECK(forwarded.verdict == Verdict::taken);
    if (forwarded.judgments.empty()) return "taken";
    REQUIRE(forwarded.judgments.size() == 1);
    return text_of(forwarded.judgments.front());
  }
  std::string ask(std::uint64_t sequence, const Submission& submission) {
    return verdict(forward(sequence, submission));
  }
  // Answers pings and nothing else: the office is confirmed, nothing is committed.
  void confirm() {
    while (b.count<Ping>("c") > 0) {
      const auto ping = b.take<Ping>("c");
      b.reply(ping, Pong{ping.message.ballot, ping.message.ballot, ping.message.round, {}, {}});
    }
  }
  // Time passes in office.
  void live(Tick duration) {
    for (const Tick end = b.moment().now + duration; b.moment().now < end;) {
      b.wait(std::min<Tick>(50'000, end - b.moment().now));
      b.obey("a c");
    }
  }
  [[nodiscard]] std::string bodies() {
    std::string text;
    for (const EntryPtr& entry : b.entries_on_disk()) {
      if (entry->kind() != Kind::client) continue;
      for (std::size_t i = 0; i < entry->count(); ++i)
        text += (text.empty() ? "" : " ") + std::string(entry->item(i).body);
    }
    return text;
  }
  [[nodiscard]] const Judgment* remembered(const std::string& id, std::uint64_t sequence) {
    return b->chamber().judge->judgment_of({id, {1, 0}, 1, sequence});
  }
};

// ---- What is judged ------------------------------------------------------------------------------------------------

TEST_CASE("judge: a key used before with the same body is answered with the first append") {
  Leader l;
  CHECK(l.ask(1, under("k", "x")) == "taken");
  CHECK(l.ask(2, under("k", "x")) == replayed({2, 2}, {2, 2}));
  CHECK(l.ask(3, under("other", "x")) == "taken");
  CHECK(l.ask(4, of("x")) == "taken");  // no key at all
  Submission retyped = under("k", "x");
  retyped.items[0].content_type = "application/json";
  CHECK(l.ask(5, retyped) == replayed({2, 2}, {2, 2}));
  CHECK(l.bodies() == "x x x");
}

TEST_CASE("judge: a key used before with another body is refused") {
  Leader l;
  CHECK(l.ask(1, under("k", "xy")) == "taken");
  CHECK(l.ask(2, under("k", "xz")) == refused(Objection::key_reused));
  Submission batch = under("k", "x");
  batch.items.push_back({"", "y"});
  CHECK(l.ask(3, batch) == refused(Objection::key_reused));  // the same bytes, but two items
  CHECK(l.bodies() == "xy");
}

TEST_CASE("judge: a batch has one key and is answered whole") {
  Leader l;
  Submission batch = under("k", "x");
  batch.items.push_back({"", "y"});
  batch.items.push_back({"", "z"});
  CHECK(l.ask(1, batch) == "taken");
  CHECK(l.ask(2, batch) == replayed({2, 2}, {2, 4}));
  CHECK(l.bodies() == "x y z");
}

TEST_CASE("judge: the key is looked at first whatever holds now") {
  Leader l;
  CHECK(l.ask(1, under("k", "long")) == "taken");
  CHECK(l.ask(2, of("y")) == "taken");
  LogSettings small;
  small.max_entry_bytes = 1;
  l.set(small);
  Submission again = under("k", "long");
  again.if_match = Promise{};
  CHECK(l.ask(3, again) == replayed({2, 2}, {2, 2}));
}

TEST_CASE("judge: a key may be used again after the window of the log's time and not a moment sooner") {
  LogSettings settings;
  settings.idempotency_window_us = LogSettingsLimits::window_us_min;
  Leader l(settings);
  CHECK(l.ask(1, under("k", "x")) == "taken");
  const Promise first = l.b->newest_client();
  const std::int64_t time_us = l.b.entries_on_disk().back()->time_us();
  l.live(static_cast<Tick>(time_us + settings.idempotency_window_us - 1 - l.b.moment().wall_us));
  CHECK(l.ask(2, under("k", "x")) == replayed(first, first));
  CHECK(l.ask(3, under("k", "y")) == refused(Objection::key_reused));
  l.live(1);
  CHECK(l.ask(4, under("k", "y")) == "taken");
  CHECK(l.bodies() == "x y");
}

TEST_CASE("judge: an item over the limit is refused and one at it is taken") {
  LogSettings settings;
  settings.max_entry_bytes = 3;
  Leader l(settings);
  CHECK(l.ask(1, of("abc")) == "taken");
  CHECK(l.ask(2, of("abcd")) == refused(Objection::too_large));
  Submission batch = of("abc");
  batch.items.push_back({"", "def"});  // each by itself
  CHECK(l.ask(3, batch) == "taken");
  batch.items[1].bytes += "g";
  CHECK(l.ask(4, batch) == refused(Objection::too_large));
  CHECK(l.bodies() == "abc abc def");
}

TEST_CASE("judge: a condition names the newest client entry of the whole log") {
  Leader l;
  CHECK(l.ask(1, after({2, 1}, "x")) == refused(Objection::not_matched, {}));  // the log's own entries are not meant
  CHECK(l.ask(2, after({}, "x")) == "taken");
  CHECK(l.ask(3, after({}, "y")) == refused(Objection::not_matched, {2, 2}));
  CHECK(l.ask(4, after({2, 2}, "y")) == "taken");
  CHECK(l.ask(5, after({2, 2}, "z")) == refused(Objection::not_matched, {2, 3}));
  Submission batch = after({2, 3}, "z");
  batch.items.push_back({"", "z"});
  CHECK(l.ask(6, batch) == "taken");
  CHECK(l.ask(7, after({2, 4}, "w")) == refused(Objection::not_matched, {2, 5}));
  CHECK(l.ask(8, after({2, 5}, "w")) == "taken");
  CHECK(l.bodies() == "x y z z w");
}

TEST_CASE("judge: what is not committed is the newest too") {
  Leader l;
  CHECK(l.b.answer<Forwarded>(l.forward(1, of("x"))).judgments.empty());
  const RequestId stale = l.forward(2, after({}, "y"));
  CHECK(l.b.answer<Forwarded>(l.forward(3, after({2, 2}, "y"))).judgments.empty());
  CHECK_FALSE(l.b.answered(stale));
  CHECK(l.verdict(stale) == refused(Objection::not_matched, {2, 2}));
  CHECK(l.bodies() == "x y");
}

TEST_CASE("judge: a log that is trimmed empty has had entries nevertheless") {
  Leader l;
  CHECK(l.ask(1, of("x")) == "taken");
  l.b.input([&](Legislator& legislator, Moment m) {
    legislator.operate(m, {Operation::What::trim, {}, 0, {2, 3}, {}}, 9);
  });
  l.b.obey("c");
  REQUIRE(l.bodies().empty());
  CHECK(l.ask(2, after({}, "y")) == refused(Objection::not_matched, {2, 2}));
  CHECK(l.ask(3, after({2, 2}, "y")) == "taken");
}

TEST_CASE("judge: as many keys as the log may remember and no more until one expires") {
  LogSettings settings;
  settings.idempotency_keys = 2;
  settings.idempotency_window_us = LogSettingsLimits::window_us_min;
  Leader l(settings);
  CHECK(l.b.answer<Forwarded>(l.forward(1, under("k1", "x"))).judgments.empty());
  CHECK(l.b.answer<Forwarded>(l.forward(2, under("k2", "x"))).judgments.empty());
  CHECK(l.ask(3, under("k3", "x")) == refused(Objection::keys_full));  // those of the uncommitted chain count
  CHECK(l.ask(4, under("k3", "x")) == refused(Objection::keys_full));  // those that are committed too
  CHECK(l.ask(5, of("y")) == "taken");                                 // who has no key needs no room
  CHECK(l.ask(6, under("k1", "x")) == replayed({2, 3}, {2, 3}));
  const std::int64_t time_us = (*l.b.store().find({2, 3}))->time_us();
  l.live(static_cast<Tick>(time_us + settings.idempotency_window_us - 1 - l.b.moment().wall_us));
  CHECK(l.ask(7, under("k3", "x")) == refused(Objection::keys_full));
  l.live(1);
  CHECK(l.ask(8, under("k3", "x")) == "taken");
}

TEST_CASE("judge: settings that are not committed yet hold for what comes after them") {
  Leader l;
  LogSettings small;
  small.max_entry_bytes = 1;
  l.b.input([&](Legislator& legislator, Moment m) {
    legislator.operate(m, {Operation::What::settings, {}, 0, {}, change_to(small)}, 9);
  });
  const RequestId large = l.forward(1, of("xy"));
  l.confirm();
  CHECK_FALSE(l.b.answered(large));  // it would be wrong if they were lost
  CHECK(l.verdict(large) == refused(Objection::too_large));
}

TEST_CASE("judge: keys of the chain that a leader took over are known to it") {
  Scroll log = founded();
  log.pass(1'700'000'000'000'000);  // lately
  log.append_under("k", "x", {"a", {1, 0}, 1, 1});
  for (const Promise committed : {Promise{1, 0}, Promise{1, 1}}) {
    CAPTURE(to_string(committed));
    LoneIslander b("b");
    teach(b, log, 1, committed);
    REQUIRE(win(b, "c") == 2);
    Forward message{2, {1, 0}, 1, {}};
    message.appends.push_back({2, 1, std::make_shared<const Submission>(under("k", "x"))});
    const RequestId id = b.request(a, message);
    CHECK_FALSE(b.answered(id));  // its own government entry is not committed yet (7 [else 11 steps])
    while (b.count<Ping>("c") > 0) {
      const auto ping = b.take<Ping>("c");
      b.reply(ping, Pong{2, 2, ping.message.round, {}, {}});
    }
    CHECK_FALSE(b.answered(id));
    b.obey("c");
    const auto forwarded = b.answer<Forwarded>(id);
    REQUIRE(forwarded.judgments.size() == 1);
    CHECK(text_of(forwarded.judgments.front()) == replayed({1, 1}, {1, 1}));
  }
}

// ---- When it is told -----------------------------------------------------------------------------------------------

TEST_CASE("judge: nothing is told before what it was judged against is committed") {  // planted bug t
  Leader l;
  CHECK(l.b.answer<Forwarded>(l.forward(1, under("k", "x"))).judgments.empty());
  const RequestId replay = l.forward(2, under("k", "x"));
  const RequestId other = l.forward(3, under("k", "y"));
  l.confirm();
  for (const RequestId id : {replay, other}) CHECK_FALSE(l.b.answered(id));
  CHECK(l.verdict(replay) == replayed({2, 2}, {2, 2}));
  CHECK(l.verdict(other) == refused(Objection::key_reused));
}

TEST_CASE("judge: nothing is told before a round that began after the question") {  // 12 steps
  Leader l;
  const RequestId id = l.forward(1, after({9, 9}, "x"));
  CHECK_FALSE(l.b.answered(id));
  REQUIRE(l.b.count<Ping>("c") == 1);  // begun at once, and not with the next ping
  const auto ping = l.b.take<Ping>("c");
  l.b.reply(ping, Pong{2, 2, ping.message.round - 1, {}, {}});  // of a round before
  CHECK_FALSE(l.b.answered(id));
  l.b.wait(100'000);
  const RequestId later = l.forward(2, after({8, 8}, "x"));
  const auto next = l.b.take<Ping>("c");
  l.b.reply(next, Pong{2, 2, next.message.round, {}, {}});
  CHECK(l.b.answered(id));
  CHECK_FALSE(l.b.answered(later));  // it came when that round was under way
  CHECK(l.verdict(later) == refused(Objection::not_matched, {}));
}

TEST_CASE("judge: the commit of an entry from before does not confirm the office and of one after does") {  // 10 steps
  Leader l;
  l.b.append("x");
  const auto before = l.b.take<Register>("c");
  const RequestId id = l.forward(1, after({}, "y"));
  l.b.reply(before, received(before.message));
  CHECK(l.b->newest_client() == Promise{2, 2});
  CHECK_FALSE(l.b.answered(id));
  l.b.append("z");
  auto pulse = l.b.take<Register>("c");
  while (pulse.message.entries.empty()) pulse = l.b.take<Register>("c");
  Received without_round = received(pulse.message);
  without_round.round = 0;
  l.b.reply(pulse, without_round);
  REQUIRE(l.b.answered(id));
  CHECK(text_of(l.b.answer<Forwarded>(id).judgments.at(0)) == refused(Objection::not_matched, {2, 2}));
}

TEST_CASE("judge: who waits when the office is lost is told to ask the next leader") {  // 12 steps
  Leader l;
  const RequestId id = l.forward(1, after({9, 9}, "x"));
  const auto token = l.b.append(after({9, 9}, "own"));
  l.b.ask<Promised>(c, Prepare{7, {}});
  const auto forwarded = l.b.answer<Forwarded>(id);
  CHECK(forwarded.verdict == Verdict::not_leader);
  CHECK(forwarded.ballot == 2);
  CHECK(forwarded.judgments.empty());
  CHECK_FALSE(l.b.appended.contains(token));
  CHECK(l.b->queued() == 1);  // and our own goes there by itself
}

TEST_CASE("judge: a later office judges anew") {  // 11 steps: a refusal counts in the ballot that it was asked under
  LogSettings small;
  small.max_entry_bytes = 1;
  Leader l(small);
  CHECK(l.ask(1, of("xy")) == refused(Objection::too_large));
  l.b.ask<Promised>(c, Prepare{7, {}});
  l.ballot = lead(l.b, "c");
  CHECK(l.ballot > 7);
  CHECK(l.remembered("a", 1) == nullptr);
  l.set({});
  CHECK(l.ask(1, of("xy")) == "taken");
}

TEST_CASE("judge: an office that begins again tells nothing of what the one before it held") {
  Leader l;
  const RequestId id = l.forward(1, after({9, 9}, "x"));
  l.b.forget_pulses();
  l.b.ask<Promised>(c, Prepare{7, {}});
  CHECK(l.b.answer<Forwarded>(id).judgments.empty());
  l.ballot = lead(l.b, "c");
  l.live(300'000);  // each request is answered once: the fixture holds that
}

// ---- Numbers -------------------------------------------------------------------------------------------------------

TEST_CASE("judge: what is refused stays refused and is said as often as asked") {
  Leader l;
  const Submission asked = after({2, 2}, "x");
  CHECK(l.ask(1, asked) == refused(Objection::not_matched, {}));
  CHECK(l.ask(2, of("y")) == "taken");  // now it would match
  CHECK(l.ask(1, asked) == refused(Objection::not_matched, {}));
  CHECK(l.ask(1, asked) == refused(Objection::not_matched, {}));
  CHECK(l.bodies() == "y");
}

TEST_CASE("judge: a refused number blocks nobody") {  // planted bug w
  Leader l;
  const RequestId first = l.forward(1, after({9, 9}, "x"));
  Forward message{2, {1, 0}, 1, {}};
  message.appends.push_back({2, 1, std::make_shared<const Submission>(of("y"))});  // it does not know yet
  CHECK(l.b.ask<Forwarded>(a, message).upto == 2);
  message.appends = {{3, 0, std::make_shared<const Submission>(of("z"))}};  // as if it knew of both
  message.appends.push_back({4, 3, std::make_shared<const Submission>(after({9, 9}, "w"))});
  message.appends.push_back({5, 4, std::make_shared<const Submission>(of("v"))});
  const RequestId mixed = l.b.request(a, message);
  CHECK_FALSE(l.b.answered(mixed));
  CHECK(l.verdict(first) == refused(Objection::not_matched, {}));
  const auto forwarded = l.b.answer<Forwarded>(mixed);
  CHECK(forwarded.upto == 5);
  REQUIRE(forwarded.judgments.size() == 1);
  CHECK(forwarded.judgments[0].sequence == 4);
  CHECK(l.bodies() == "y z v");
}

TEST_CASE("judge: a judgment is forgotten when its author knows of it") {  // bounds
  Leader l;
  for (std::uint64_t number = 1; number <= 5; ++number) {
    CHECK(l.verdict(l.forward(number, after({9, 9}, "x"), number)) == refused(Objection::not_matched, {}));
    CHECK(l.remembered("a", number) != nullptr);
    CHECK(l.remembered("a", number - 1) == nullptr);
  }
  // Our own as well.
  for (std::uint64_t number = 1; number <= 5; ++number) {
    const auto token = l.b.append(after({9, 9}, "x"));
    l.b.obey("c");
    REQUIRE(l.b.appended.contains(token));
    CHECK(l.remembered("b", number) != nullptr);
    CHECK(l.remembered("b", number - 1) == nullptr);
  }
}

TEST_CASE("judge: another start or arrival of a citizen begins without judgments") {
  Leader l;
  CHECK(l.ask(1, after({9, 9}, "x")) == refused(Objection::not_matched, {}));
  Forward message{2, {1, 0}, 2, {}};
  message.appends.push_back({1, 0, std::make_shared<const Submission>(of("x"))});
  CHECK(l.b.ask<Forwarded>(a, message).upto == 1);
  CHECK(l.remembered("a", 1) != nullptr);  // a late question of the former life is not answered from it, though:
  CHECK(l.b.answer<Forwarded>(l.forward(1, after({9, 9}, "x"))).verdict == Verdict::stranger);
  CHECK(l.bodies() == "x");
}

// ---- The leader's own ----------------------------------------------------------------------------------------------

TEST_CASE("judge: its own appends are judged as everybody's") {
  Leader l;
  const auto first = l.b.append(under("k", "x"));
  const auto again = l.b.append(under("k", "x"));
  const auto other = l.b.append(under("k", "y"));
  const auto stale = l.b.append(after({}, "z"));
  const auto fresh = l.b.append(after({2, 2}, "z"));
  l.confirm();
  CHECK(l.b.appended.empty());
  l.b.obey("c");
  CHECK(l.b.appended.at(first).outcome == Outcome::committed);
  CHECK_FALSE(l.b.appended.at(first).replayed);
  CHECK(l.b.appended.at(again).outcome == Outcome::committed);
  CHECK(l.b.appended.at(again).replayed);
  CHECK(l.b.appended.at(again).first == Promise{2, 2});
  CHECK(l.b.appended.at(other).outcome == Outcome::not_appended);
  CHECK(l.b.appended.at(other).objection == Objection::key_reused);
  CHECK(l.b.appended.at(stale).objection == Objection::not_matched);
  CHECK(l.b.appended.at(stale).last == Promise{2, 2});
  CHECK(l.b.appended.at(fresh).outcome == Outcome::committed);
  CHECK(l.b->queued() == 0);
  CHECK(l.bodies() == "x z");
}

TEST_CASE("judge: a refused one of its own is answered though later ones commit with what it waits for") {
  // Else it went again under a new number, and with more behind it again, for as long as appends come.
  Leader l;
  l.b.withhold_writes();
  const auto before = l.b.append("x");
  const auto stale = l.b.append(after({}, "y"));
  const auto behind = l.b.append("z");
  while (l.b.count<Register>("c") > 0) {
    const auto pulse = l.b.take<Register>("c");
    Received without_round = received(pulse.message);
    without_round.round = 0;
    l.b.reply(pulse, without_round);
  }
  l.b.release_writes();
  REQUIRE(l.b.appended.contains(before));
  REQUIRE(l.b.appended.contains(behind));
  REQUIRE(l.b.appended.contains(stale));
  CHECK(l.b.appended.at(stale).objection == Objection::not_matched);
  CHECK(l.b.appended.at(stale).last == Promise{2, 2});
}

TEST_CASE("judge: an island of one needs nobody to confirm it") {
  LoneIslander one("b");
  teach(one, founded(government(1, "b")), 1);
  lead(one, "");
  const auto first = one.append(under("k", "x"));
  const auto again = one.append(under("k", "x"));
  const auto stale = one.append(after({}, "y"));
  CHECK(one.appended.at(first).outcome == Outcome::committed);
  CHECK(one.appended.at(again).replayed);
  CHECK(one.appended.at(stale).objection == Objection::not_matched);
}

TEST_CASE("judge: keys are looked up in what is committed") {
  Leader l;
  CHECK(l.b->find_key("k") == nullptr);
  const auto token = l.b.append(under("k", "x"));
  CHECK(l.b->find_key("k") == nullptr);
  l.b.obey("c");
  REQUIRE(l.b.appended.contains(token));
  REQUIRE(l.b->find_key("k") != nullptr);
  CHECK(l.b->find_key("k")->first == Promise{2, 2});
  CHECK(l.b->status().keys == 1);
}

}  // namespace
}  // namespace hansard
