// tests/government/founder_test.cpp - how an island begins and how a newcomer gets in: protocol section 5, found and
// embark.
#include "government/founder.hpp"

#include "tests/government/lone_islander.hpp"

#include <doctest/doctest.h>

#include <deque>
#include <set>
#include <string>
#include <vector>

namespace hansard {
namespace {

using namespace tests;  // the words of the fixture

const Islander a = islander("a");
const Islander b = islander("b");
const Islander c = islander("c");
const Republic none;

std::vector<Listed> list(const std::string& ids) {
  std::vector<Listed> result;
  for (const std::string& id : words(ids)) result.push_back({id, "http://" + id});
  return result;
}

void bootstrap(LoneIslander& one, const std::string& ids) {
  one.input([&](Legislator& l, Moment m) { l.bootstrap(m, list(ids)); });
}

FoundAnswer granted(const Islander& to) { return {true, true, false, {}, to, ""}; }
FoundAnswer refused(const Islander& promised_to) { return {true, false, false, {}, promised_to, ""}; }

// Answers its questions of this moment, then lets it ask the next time.
void answer_all(LoneIslander& one, const std::string& id, const FoundAnswer& answer) {
  while (one.count<Found>(id) > 0) one.reply(one.take<Found>(id), answer);
}
void next_round(LoneIslander& one) {
  one.forget_pulses();
  one.wait(310'000);
}

TEST_CASE("founder: a promise goes to the first of the list and is durable before it is given") {  // 5 found; y
  LoneIslander one("b");
  bootstrap(one, "a b c");
  one.withhold_writes();
  const RequestId id = one.request(a, Found{list("a b c"), false}, none);
  CHECK_FALSE(one.answered(id));
  one.finish_write();
  const auto answer = one.answer<FoundAnswer>(id);
  CHECK(answer.granted);
  CHECK(answer.same_list);
  CHECK_FALSE(answer.has_government);
  CHECK(answer.promised_to == a);
  CHECK(answer.url == "http://b");
  CHECK(one.told("founder promised"));
}

TEST_CASE("founder: who is promised answers no other and also after a restart") {  // 5 found; y
  LoneIslander one("b");
  bootstrap(one, "a b c");
  CHECK(one.ask<FoundAnswer>(a, Found{list("a b c"), false}, none).granted);
  for (const bool restarted : {false, true}) {
    if (restarted) {
      one.restart();
      bootstrap(one, "a b c");
    }
    const auto again = one.ask<FoundAnswer>(islander("a", 2), Found{list("a b c"), false}, none);
    CHECK_FALSE(again.granted);
    CHECK(again.promised_to == a);                                                    // so that it knows
    CHECK_FALSE(one.ask<FoundAnswer>(c, Found{list("a b c"), false}, none).granted);  // not the first of the list
    CHECK_FALSE(one.ask<FoundAnswer>(c, Found{list("a b c"), true}, none).granted);
    CHECK(one.ask<FoundAnswer>(a, Found{list("a b c"), false}, none).granted);
  }
}

TEST_CASE("founder: a promise to an earlier cookie passes on only while everyone answers") {  // 5 found
  LoneIslander one("b");
  bootstrap(one, "a b c");
  one.ask<FoundAnswer>(a, Found{list("a b c"), false}, none);
  const Islander again = islander("a", 2);
  one.withhold_writes();
  const RequestId id = one.request(again, Found{list("a b c"), true}, none);
  CHECK_FALSE(one.answered(id));
  one.release_writes();
  CHECK(one.answer<FoundAnswer>(id).granted);
  CHECK_FALSE(one.ask<FoundAnswer>(a, Found{list("a b c"), false}, none).granted);  // it has passed on
}

TEST_CASE("founder: who has another list promises nothing and says so") {  // 5 found, the same in the same order
  for (const std::string other : {"a c b", "a b", "a b c d", ""}) {
    LoneIslander one("b");
    if (!other.empty()) bootstrap(one, other);
    const auto answer = one.ask<FoundAnswer>(a, Found{list("a b c"), false}, none);
    CHECK_FALSE(answer.granted);
    CHECK_FALSE(answer.same_list);
    CHECK(one.told("founding lists differ"));
  }
}

TEST_CASE("founder: who has a government says so and promises nothing") {  // 5 found
  LoneIslander one("b");
  bootstrap(one, "a b c");
  SUBCASE("committed") { teach(one, founded(), 1); }
  SUBCASE("not committed") { teach(one, founded(), 1, {}); }
  SUBCASE("not even received: it knows the republic") { one.ask<Pong>(a, Ping{1, {}, {}, 1}); }
  const auto answer = one.ask<FoundAnswer>(islander("a", 2), Found{list("a b c"), true}, none);
  CHECK(answer.has_government);
  CHECK_FALSE(answer.granted);
  CHECK(answer.republic == republic);
}

TEST_CASE("founder: founds when a majority of the others has promised") {  // 5 found
  struct Row {
    const char* list;
    std::size_t needed;
    const char* shape;  // with just those needed, the last of the list first
  };
  for (const Row& row : {Row{"a b", 1, "3: a b | |"}, Row{"a b c", 2, "3: a b | c |"},
                         Row{"a b c d", 2, "3: a c | d |"}, Row{"a b c d e", 3, "5: a c d | e |"},
                         Row{"a b c d e f", 3, "5: a d e | f |"}, Row{"a b c d e f g", 4, "7: a d e f | g |"}}) {
    CAPTURE(row.list);
    Settings settings;
    settings.parliament = 7;
    LoneIslander one("a", settings);
    bootstrap(one, row.list);
    auto others = words(row.list);
    CHECK(one.count<Found>() == others.size() - 1);
    for (std::size_t i = 0; i < row.needed; ++i) {
      CHECK(one->role() == Role::stranger);
      const std::string id = others[others.size() - 1 - i];
      answer_all(one, id, granted(one->self()));
    }
    CHECK(one->role() == Role::leader);
    REQUIRE(one.entries_on_disk().size() == 1);
    const EntryPtr entry = one.entries_on_disk().front();
    CHECK(entry->position() == Position{{1, 0}, 1});
    const auto government = decode_government(entry->body(), entry->position());
    CHECK(tests::text_of(*government) == row.shape);
    CHECK(one.promised_on_disk() == 1);
    CHECK(one.told("found"));
  }
}

TEST_CASE(
    "founder: seats are taken in the list's order by who promised and the rest wait as constituents") {  // 5 found
  Settings settings;
  settings.parliament = 3;
  LoneIslander one("a", settings);
  bootstrap(one, "a b c d e");
  for (const char* id : {"e", "d", "b"}) answer_all(one, id, granted(one->self()));
  const EntryPtr entry = one.entries_on_disk().front();
  const auto government = decode_government(entry->body(), entry->position());
  CHECK(tests::text_of(*government) == "3: a b | d | e");
  CHECK(government->citizens.at("b").cookie == cookie_of("b"));
  CHECK(government->citizens.at("b").url == "http://b");
}

TEST_CASE("founder: an island of one founds itself at once") {  // 5 found; S4-30
  LoneIslander one("a");
  bootstrap(one, "a");
  CHECK(one->status().leader_in_office);
  CHECK(one->committed() == Promise{1, 1});
  one.restart();
  bootstrap(one, "a");  // it has a government
  one.wait(1'000'000);
  CHECK(one.on_disk() == "1/0@1 1/1@1 2/0@2 2/1@2");
  CHECK(one->republic() == Republic{8, 1});
}

TEST_CASE("founder: the first government is chosen by its own parliament") {  // 5 found, its own electorate
  LoneIslander one("a");
  bootstrap(one, "a b c");
  answer_all(one, "b", granted(a));
  answer_all(one, "c", granted(a));
  CHECK(one->committed() == Promise{});
  auto pulse = one.take<Register>("b");
  one.reply(pulse, received(pulse.message));  // it was asked where it is
  CHECK(one->committed() == Promise{});
  pulse = one.take<Register>("b");
  CHECK(text_of(pulse.message.entries) == "1/0@1");
  one.reply(pulse, received(pulse.message));
  CHECK(one->committed() == Promise{1, 0});
  CHECK(one->government().leader() == "a");
}

TEST_CASE(
    "founder: nothing bears the republic before it is durable with the first government") {  // 5 found [6 steps]; y
  LoneIslander one("a");
  bootstrap(one, "a b c");
  answer_all(one, "b", granted(a));
  one.withhold_writes();
  answer_all(one, "c", granted(a));
  REQUIRE(one->role() == Role::leader);
  REQUIRE(one.under_way() != nullptr);
  CHECK(text_of(one.under_way()->entries) == "1/0@1");  // one write, or none of it
  CHECK(one.under_way()->notes.contains("republic"));
  CHECK(one.under_way()->notes.contains("founder"));
  one.wait(250'000);
  CHECK(one.count<Register>() == 0);
  // Whoever hears of a republic counts as having a government: after a crash now, nothing could ever be founded.
  CHECK(one.count<Ping>() == 0);
  one.finish_write();
  CHECK(one.count<Register>("b") == 1);
  CHECK(one.count<Ping>("b") > 0);
  CHECK(one.take<Register>("c").republic == Republic{8, 1});
}

TEST_CASE("founder: what was not durable is founded anew and what was goes on") {  // 5 found [6 steps]
  for (const bool durable : {false, true}) {
    CAPTURE(durable);
    LoneIslander one("a");
    bootstrap(one, "a b c");
    answer_all(one, "b", granted(a));
    one.withhold_writes();
    answer_all(one, "c", granted(a));
    if (durable) one.finish_write();
    one.restart();
    bootstrap(one, "a b c");
    if (durable) {
      CHECK(one->republic() == Republic{8, 1});
      CHECK(one.count<Found>() == 0);
      lead(one, "b");
      CHECK(one.on_disk() == "1/0@1 2/0@2 2/1@2");
    } else {
      CHECK(one->republic() == Republic{});
      answer_all(one, "b", granted(a));
      answer_all(one, "c", granted(a));
      CHECK(one->republic() == Republic{8, 2});
    }
  }
}

TEST_CASE("founder: does not found while anybody who answers has a government") {  // 5 found; y
  LoneIslander one("a");
  bootstrap(one, "a b c d e");
  answer_all(one, "e", FoundAnswer{true, false, true, republic, a, ""});
  for (const char* id : {"b", "c", "d"}) answer_all(one, id, granted(a));
  CHECK(one->role() == Role::stranger);
  CHECK(one->status().waiting_for.find("e (has a government already)") != std::string::npos);
  next_round(one);  // it asks to be let in where the others are
  CHECK(one.count<Embark>() > 0);
}

TEST_CASE("founder: that comes back wiped meets one who remembers") {  // 5 found [12 steps; equal lists of four]; y
  LoneIslander one("a");
  one.wipe();
  one.restart();
  const Islander now = one->self();
  REQUIRE(now == islander("a", 2));
  bootstrap(one, "a b c d");
  CHECK_FALSE(one.take<Found>("b").message.everyone);
  // b is down; c promised the earlier life, which founded with b and c.
  for (int i = 0; i < 5; ++i) {
    answer_all(one, "c", refused(a));
    answer_all(one, "d", granted(now));
    one.fail_pulses("b");
    CHECK(one->role() == Role::stranger);
    next_round(one);
    CHECK_FALSE(one.take<Found>("c").message.everyone);
  }
  CHECK(one->status().waiting_for.find("b (does not answer)") != std::string::npos);
  CHECK(one->status().waiting_for.find("c (promised to an earlier life of ours)") != std::string::npos);
}

TEST_CASE("founder: needs everyone once a promise to an earlier life had to pass on") {  // 5 found
  LoneIslander one("a");
  one.wipe();
  one.restart();
  const Islander now = one->self();
  bootstrap(one, "a b c d e");
  for (const char* id : {"b", "c", "d"}) answer_all(one, id, refused(a));
  answer_all(one, "e", granted(now));
  next_round(one);
  for (const char* id : {"b", "d", "e"}) {
    REQUIRE(one.count<Found>(id) == 1);
    const auto question = one.take<Found>(id);
    CHECK(question.message.everyone);
    one.reply(question, granted(now));
    CHECK(one->role() == Role::stranger);
  }
  // c got the earlier life's government late, and then fell silent: three of four promises are not enough.
  one.fail_pulses("c");
  CHECK(one->role() == Role::stranger);
  next_round(one);
  for (const char* id : {"b", "d", "e"}) answer_all(one, id, granted(now));
  CHECK(one->role() == Role::stranger);
  one.restart();  // nor does it forget that
  bootstrap(one, "a b c d e");
  for (const char* id : {"b", "d", "e"}) answer_all(one, id, granted(now));
  CHECK(one->role() == Role::stranger);
  answer_all(one, "c", granted(now));
  CHECK(one->role() == Role::leader);
}

TEST_CASE("founder: two republics among those listed stop it") {  // 5 found
  LoneIslander one("a");
  bootstrap(one, "a b c");
  answer_all(one, "b", FoundAnswer{true, false, true, republic, a, ""});
  CHECK_FALSE(one.halt.has_value());
  answer_all(one, "c", FoundAnswer{true, false, true, Republic{6, 6}, a, ""});
  REQUIRE(one.halt.has_value());
  CHECK(one.halt->code == Errc::wrong_identity);
}

TEST_CASE("founder: late answers and answers to nothing are harmless") {  // S2-41
  LoneIslander one("a");
  bootstrap(one, "a b c");
  const auto late = one.take<Found>("b");
  next_round(one);
  one.reply(late, granted(a));
  answer_all(one, "c", granted(a));
  CHECK(one->role() == Role::stranger);
  answer_all(one, "b", granted(a));
  CHECK(one->role() == Role::leader);
}

TEST_CASE("founder: while someone is missing it says for whom it waits") {  // 5 found
  LoneIslander one("a");
  bootstrap(one, "a b c");
  one.fail_pulses("b");
  answer_all(one, "c", FoundAnswer{});
  CHECK(one->status().waiting_for == "to found the island: b (does not answer), c (its --island list differs)");
  LoneIslander other("b");
  bootstrap(other, "a b c");
  CHECK(other->status().waiting_for == "for a to found the island");
  other.ask<FoundAnswer>(a, Found{list("a b c"), false}, none);
  CHECK(other->status().waiting_for == "for a to found the island (promised to it)");
}

TEST_CASE("founder: a newcomer asks until it is let in and follows to the leader") {  // 5 embark; S4-07
  LoneIslander one("d");
  one.input([](Legislator& l, Moment m) { l.join(m, {"http://b"}); });
  auto question = one.take<Embark>();
  CHECK(question.url == "http://b");
  CHECK(question.message.url == "http://d");
  CHECK(question.republic.is_zero());
  one.reply(question, EmbarkAnswer{EmbarkAnswer::Verdict::ask, republic, {"a", "http://a"}, ""});
  next_round(one);
  answer_all(one, "", FoundAnswer{false, false, true, republic, {}, ""});  // two urls: each says where it belongs
  one.wait(1);
  std::set<std::string> urls;
  while (one.count<Embark>() > 0) {
    question = one.take<Embark>();
    urls.insert(question.url);
  }
  CHECK(urls == std::set<std::string>{"http://a", "http://b"});
  one.reply(question, EmbarkAnswer{EmbarkAnswer::Verdict::refused, republic, {}, "the island is full"});
  CHECK(one->status().waiting_for.find("the island is full") != std::string::npos);
  next_round(one);
  one.reply(one.take<Embark>(), EmbarkAnswer{EmbarkAnswer::Verdict::welcome, republic, {}, ""});
  CHECK(one->republic() == republic);
  const Scroll log = founded(government(3, "a b", "c", "d"));
  one.ask<Synchronized>(c, synchronize_of(log, {}, 1));
  one.forget_pulses();
  one.wait(2'000'000);
  CHECK(one.count<Embark>() == 0);
  CHECK(one->status().waiting_for.empty());
}

TEST_CASE("founder: a newcomer that names islanders of two islands enters neither") {  // cli.md, --join
  LoneIslander one("d");
  one.input([](Legislator& l, Moment m) { l.join(m, {"http://b", "http://x"}); });
  const auto say = [&](Republic where) {
    const auto question = one.take<Found>();
    CHECK(question.message.list.empty());
    one.reply(question, FoundAnswer{false, false, true, where, {}, ""});
  };
  say(republic);
  CHECK_FALSE(one.halt.has_value());
  CHECK(one.count<Embark>() == 0);
  say(Republic{6, 6});
  REQUIRE(one.halt.has_value());
  CHECK(one.halt->code == Errc::wrong_identity);
  CHECK(one.halt->what.find("asked to enter two islands: http://b is of republic") != std::string::npos);
  CHECK(one.count<Embark>() == 0);
}

TEST_CASE("founder: a newcomer enters by whoever answers while others do not") {  // cli.md, --join
  LoneIslander one("d");
  one.input([](Legislator& l, Moment m) { l.join(m, {"http://b", "http://x"}); });
  const auto question = one.take<Found>();
  REQUIRE(question.url == "http://b");
  one.reply(question, FoundAnswer{false, false, true, republic, {}, ""});
  next_round(one);
  CHECK(one.take<Embark>().url == "http://b");
  CHECK(one.take<Found>().url == "http://x");
}

TEST_CASE("founder: waits longer for the next answers where they come late") {  // S2-41
  LoneIslander one("a");
  bootstrap(one, "a b c");
  std::deque<std::pair<Tick, Sent<Found>>> asked;
  const Tick begun = one.moment().now;
  while (one->role() != Role::leader && one.moment().now < begun + 10'000'000) {
    while (one.count<Found>() > 0) asked.emplace_back(one.moment().now, one.take<Found>());
    one.wait(50'000);
    for (; !asked.empty() && asked.front().first + 700'000 <= one.moment().now; asked.pop_front()) {
      one.reply(asked.front().second, granted(a));
    }
  }
  CHECK(one->role() == Role::leader);
}

TEST_CASE("founder: an emptied directory is told why it is not let in") {  // cli.md, serve
  LoneIslander one("a");
  bootstrap(one, "a b c");
  for (const char* id : {"b", "c"}) answer_all(one, id, FoundAnswer{true, false, true, republic, a, ""});
  next_round(one);
  one.reply(one.take<Embark>(), EmbarkAnswer{EmbarkAnswer::Verdict::refused, republic, {}, "a is another's"});
  CHECK(one->status().waiting_for.find("to be let in: ") == 0);
  CHECK(one->status().waiting_for.find("a is another's") != std::string::npos);
}

TEST_CASE("founder: who does not lead sends newcomers to the leader and knows its own") {  // 5 embark
  LoneIslander one("b");
  CHECK(one.ask<EmbarkAnswer>(c, Embark{"http://c", {}}, none).verdict == EmbarkAnswer::Verdict::later);
  teach(one, founded(), 1);
  const auto answer = one.ask<EmbarkAnswer>(islander("d"), Embark{"http://d", {}}, none);
  CHECK(answer.verdict == EmbarkAnswer::Verdict::ask);
  CHECK(answer.leader.id == "a");
  CHECK(answer.leader.url == "http://a");
  CHECK(one.ask<EmbarkAnswer>(c, Embark{"http://c", {}}, none).verdict == EmbarkAnswer::Verdict::welcome);
  CHECK(one.ask<EmbarkAnswer>(islander("c", 2), Embark{"http://c", {}}, none).verdict == EmbarkAnswer::Verdict::ask);
}

}  // namespace
}  // namespace hansard
