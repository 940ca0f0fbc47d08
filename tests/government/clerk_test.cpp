// tests/government/clerk_test.cpp - what operators ask of the leader: protocol section 5, exile, transfer, shrink,
// grow.
#include "tests/government/lone_islander.hpp"

#include <doctest/doctest.h>

#include <map>
#include <string>

namespace hansard {
namespace {

using namespace tests;  // the words of the fixture

const Islander a = islander("a");
const Islander c = islander("c");

// Islander b, which leads the others after a did.
struct Leader {
  LoneIslander one{"b"};
  std::map<std::uint64_t, Operated> ended;
  std::uint64_t token = 0;

  explicit Leader(const Government& government, const std::string& helpers = "a c d") {
    const Scroll log = founded(government);
    teach(one, log, 1);
    lead(one, helpers);
    one.wait(150'000);
    one.obey(helpers);
  }
  std::uint64_t ask(Operation operation) {
    ++token;
    one.input([&](Legislator& l, Moment m) { l.operate(m, operation, token); });
    look();
    return token;
  }
  void look() {
    for (const Operated& each : one->take_operated()) {
      CHECK(ended.emplace(each.token, each).second);
    }
  }
  void help(const std::string& helpers) {
    one.obey(helpers);
    look();
  }
  [[nodiscard]] std::string refused(std::uint64_t which) const {
    const auto found = ended.find(which);
    return found == ended.end() ? "open" : found->second.done ? "done" : found->second.why;
  }
};

Operation exile_of(const std::string& id) { return {Operation::What::exile, id, 0}; }
Operation transfer_to(const std::string& id) { return {Operation::What::transfer, id, 0}; }
Operation trim_before(Promise before) { return {Operation::What::trim, {}, 0, before, {}}; }
Operation setting(const LogSettings& settings) { return {Operation::What::settings, {}, 0, {}, settings}; }
Operation aim_at(std::uint32_t seats) { return {Operation::What::aim, {}, seats}; }

TEST_CASE("clerk: an exile is done when it is settled and not before") {  // 5 exile
  Leader leader(government(3, "a b", "c"));
  const std::uint64_t token = leader.ask(exile_of("c"));
  CHECK(leader.refused(token) == "open");
  leader.help("a c");
  CHECK(leader.refused(token) == "done");
  CHECK(leader.one->status().government.citizens.count("c") == 0);
  CHECK(leader.one->status().government.vacant() == 1);
}

TEST_CASE("clerk: no exile counts on a member that was not heard yet in this office") {  // 5, reachable
  // Seed 6585 of the simulator: c was wiped before the election, and an exile of a left nobody who could decide.
  Leader leader(government(3, "a b", "c"), "a");
  CHECK(leader.refused(leader.ask(exile_of("a"))) == "too few of the remaining seats answer");
  leader.help("a c");
  leader.one.wait(100'000);
  leader.help("a c");
  const std::uint64_t token = leader.ask(exile_of("a"));
  leader.help("a c");
  CHECK(leader.refused(token) == "done");
}

TEST_CASE("clerk: another size is aimed at when that is committed") {  // 5 shrink, promote
  Leader leader(government(3, "a b", "c"));
  const std::uint64_t token = leader.ask(aim_at(5));
  leader.help("a c");
  CHECK(leader.refused(token) == "done");
  CHECK(leader.one->status().government.aim == 5);
  CHECK(leader.one->status().government.seats == 3);
  const std::uint64_t again = leader.ask(aim_at(5));
  CHECK(leader.refused(again) == "done");
  const std::uint64_t less = leader.ask(aim_at(1));
  leader.help("a c");
  CHECK(leader.refused(less) == "done");
  CHECK(leader.one->status().government.seats == 1);
}

TEST_CASE("clerk: office is transferred to a member that holds everything") {  // 5 transfer
  Leader leader(government(3, "a b", "c"));
  CHECK(leader.refused(leader.ask(transfer_to("b"))) == "done");
  const std::uint64_t token = leader.ask(transfer_to("a"));
  const auto nominate = leader.one.take<Nominate>("a");
  CHECK(nominate.message.last == leader.one.last());
  leader.one.reply(nominate, Nominated{true});
  leader.look();
  CHECK(leader.refused(token) == "open");
  SUBCASE("which leads then") {
    leader.one.ask<Promised>(a, Prepare{leader.one->promised() + 1, leader.one.last()});
    leader.look();
    CHECK(leader.refused(token) == "open");
    leader.one.ask<Pong>(a, Ping{leader.one->promised(), {}, {}, 1});
    leader.look();
    CHECK(leader.refused(token) == "done");
  }
  SUBCASE("or another one is faster") {
    leader.one.ask<Promised>(c, Prepare{leader.one->promised() + 1, leader.one.last()});
    leader.one.ask<Pong>(c, Ping{leader.one->promised(), {}, {}, 1});
    leader.look();
    CHECK(leader.refused(token) == "another islander leads now");
  }
  SUBCASE("or nothing happens in time") {
    leader.one.wait(2'100'000);
    leader.look();
    CHECK(leader.refused(token) != "open");
    CHECK(leader.refused(token) != "done");
  }
}

TEST_CASE("clerk: what cannot be done is refused at once with its reason") {
  Leader leader(government(3, "a b", "c", "d"));
  CHECK(leader.refused(leader.ask(exile_of("x"))) == "there is no such islander");
  CHECK(leader.refused(leader.ask(exile_of("b"))) == "the leader hands over its office first");
  CHECK(leader.refused(leader.ask(aim_at(2))) == "a parliament has 1, 3, 5 or 7 seats");
  CHECK(leader.refused(leader.ask(transfer_to("d"))) == "only a member of the parliament can lead");
  CHECK(leader.refused(leader.ask(transfer_to("x"))) == "only a member of the parliament can lead");
  LoneIslander other("c");
  teach(other, founded(), 1);
  other.input([](Legislator& l, Moment m) { l.operate(m, exile_of("a"), 7); });
  const auto ended = other->take_operated();
  REQUIRE(ended.size() == 1);
  CHECK(ended.front().token == 7);
  CHECK_FALSE(ended.front().done);
}

TEST_CASE("clerk: a trim is done when it is committed and at once where that is gone already") {  // 6 Trimming
  Leader leader(government(3, "a b", "c"));
  for (int i = 0; i < 4; ++i) leader.one.append("x");  // 2/2 to 2/5
  leader.help("a c");
  const std::uint64_t token = leader.ask(trim_before({2, 4}));
  CHECK(leader.refused(token) == "open");
  const std::uint64_t more = leader.ask(trim_before({2, 5}));  // while that one is under way
  leader.help("a c");
  CHECK(leader.refused(token) == "done");
  CHECK(leader.one->status().trimmed == Promise{2, 4});
  CHECK(leader.refused(more) == "open");
  leader.one.wait(100'000);
  leader.help("a c");
  CHECK(leader.refused(more) == "done");
  CHECK(leader.one->status().trimmed == Promise{2, 5});
  CHECK(leader.refused(leader.ask(trim_before({2, 3}))) == "done");
  CHECK(leader.one->status().trimmed == Promise{2, 5});
}

TEST_CASE("clerk: a trim reaches as far as what is committed and no further") {
  Leader leader(government(3, "a b", "c"));
  leader.one.append("x");
  leader.help("a c");
  REQUIRE(leader.one->committed() == Promise{2, 2});
  leader.one.append("y");  // not committed
  CHECK(leader.refused(leader.ask(trim_before({}))) == "nothing is before 0/0");
  CHECK(leader.refused(leader.ask(trim_before({2, 4}))) == "the log does not reach that far yet");
  CHECK(leader.refused(leader.ask(trim_before({9, 0}))) == "the log does not reach that far yet");
  const std::uint64_t token = leader.ask(trim_before({2, 3}));
  CHECK(leader.refused(token) == "open");
  leader.help("a c");
  CHECK(leader.refused(token) == "done");
  CHECK(leader.one->status().client_entries == 1);
}

TEST_CASE("clerk: settings are done when their entry is committed and unsound ones are refused") {
  Leader leader(government(3, "a b", "c"));
  LogSettings settings;
  settings.max_entries = 100;
  const std::uint64_t token = leader.ask(setting(settings));
  CHECK(leader.refused(token) == "open");
  CHECK(leader.one->status().settings == LogSettings{});
  leader.help("a c");
  CHECK(leader.refused(token) == "done");
  CHECK(leader.one->status().settings == settings);
  settings.max_entry_bytes = 0;
  CHECK(leader.refused(leader.ask(setting(settings))) == "max_entry_bytes is from 1 byte to 64 MiB");
  CHECK(leader.one->status().settings.max_entry_bytes == LogSettings{}.max_entry_bytes);
}

TEST_CASE("clerk: only the leader in office trims and sets") {
  LoneIslander other("c");
  teach(other, founded(), 1);
  for (const Operation& operation : {trim_before({1, 0}), setting({})}) {
    other.input([&](Legislator& l, Moment m) { l.operate(m, operation, 7); });
    const auto ended = other->take_operated();
    REQUIRE(ended.size() == 1);
    CHECK_FALSE(ended.front().done);
    CHECK(std::string(ended.front().why) == "this islander is not the leader in office");
  }
}

TEST_CASE("clerk: a lost office ends a trim and settings that may have happened nevertheless") {
  Leader leader(government(3, "a b", "c"));
  for (int i = 0; i < 3; ++i) leader.one.append("x");
  leader.help("a c");
  const std::uint64_t trim = leader.ask(trim_before({2, 3}));
  const std::uint64_t set = leader.ask(setting({}));
  leader.one.ask<Promised>(a, Prepare{leader.one->promised() + 5, {}});
  leader.look();
  CHECK(leader.refused(trim) == "this islander has lost its office: ask the next leader");
  CHECK(leader.refused(set) == "this islander has lost its office: ask the next leader");
  lead(leader.one, "a c");
  CHECK(leader.one->status().trimmed == Promise{2, 3});  // it stood in the log
}

TEST_CASE("clerk: a lost office ends what is open and the asker asks the next leader") {
  Leader leader(government(3, "a b", "c"));
  const std::uint64_t token = leader.ask(exile_of("c"));
  const std::uint64_t given_up = leader.ask(aim_at(1));
  leader.one.input([&](Legislator& l, Moment) { l.give_up_operation(given_up); });
  leader.one.ask<Promised>(a, Prepare{leader.one->promised() + 5, {}});
  leader.look();
  CHECK(leader.refused(token) == "this islander has lost its office: ask the next leader");
  CHECK(leader.refused(given_up) == "open");
}

TEST_CASE("clerk: who is silent for long loses its seat and much later its citizenship") {  // 5 swap, exile
  Settings settings;
  settings.exile_after = 60'000'000;
  LoneIslander one("b", settings);
  Government island = government(3, "a b", "c", "+d");
  teach(one, founded(island), 1);
  lead(one, "a c d");
  one.represents("a", {{"d", {9, 9}, true}});
  const auto live = [&](Tick duration) {
    for (const Tick end = one.moment().now + duration; one.moment().now < end;) {
      one.wait(50'000);
      one.obey("a d");
      one.fail_pulses("c");
    }
  };
  live(5'000'000);
  CHECK(one->government().seated("c"));
  live(8'000'000);
  CHECK_FALSE(one->government().seated("c"));
  CHECK(one->government().seated("d"));
  CHECK(one->government().citizens.count("c") == 1);
  live(60'000'000);
  CHECK(one->government().citizens.count("c") == 0);
}

}  // namespace
}  // namespace hansard
