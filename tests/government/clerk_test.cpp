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
Operation setting(const LogSettings& settings) { return {Operation::What::settings, {}, 0, {}, change_to(settings)}; }
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
  CHECK(leader.refused(leader.ask(aim_at(2))) == "a parliament has 1, 3, 5 or 7 seats");
  CHECK(leader.refused(leader.ask(transfer_to("d"))) == "only a member of the parliament can lead");
  CHECK(leader.refused(leader.ask(transfer_to("x"))) == "only a member of the parliament can lead");
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
  CHECK(leader.refused(leader.ask(setting(settings))) == "max_entry_bytes is from 1 byte to 8 MiB");
  CHECK(leader.one->status().settings.max_entry_bytes == LogSettings{}.max_entry_bytes);
}

TEST_CASE("clerk: a lost office ends a trim and settings that may have happened nevertheless") {
  Leader leader(government(3, "a b", "c"));
  for (int i = 0; i < 3; ++i) leader.one.append("x");
  leader.help("a c");
  const std::uint64_t trim = leader.ask(trim_before({2, 3}));
  const std::uint64_t set = leader.ask(setting({}));
  leader.one.ask<Promised>(a, Prepare{leader.one->promised() + 5, {}});
  leader.look();
  CHECK(leader.refused(trim) == "open");
  CHECK(leader.refused(set) == "open");
  lead(leader.one, "a c");
  leader.help("a c");
  CHECK(leader.refused(trim) == "done");
  CHECK(leader.refused(set) == "done");
  CHECK(leader.one->status().trimmed == Promise{2, 3});  // it stood in the log
}

TEST_CASE("clerk: a lost office ends what is open and the asker asks the next leader") {
  Leader leader(government(3, "a b", "c"));
  const std::uint64_t token = leader.ask(exile_of("c"));
  const std::uint64_t given_up = leader.ask(aim_at(1));
  leader.one.input([&](Legislator& l, Moment) { l.give_up_operation(given_up); });
  leader.one.ask<Promised>(a, Prepare{leader.one->promised() + 5, {}});
  leader.look();
  CHECK(leader.refused(token) == "open");
  CHECK(leader.refused(given_up) == "open");
  // Of the next leader, which is heard now.
  leader.one.ask<Pong>(a, Ping{leader.one->promised(), {}, {}, 1});
  const auto asked = leader.one.take<Operate>("a");
  CHECK(asked.message.operation.id == "c");
  CHECK(leader.one.count<Operate>() == 0);  // what was given up is not asked for
  leader.one.reply(asked, OperateAnswer{OperateAnswer::Verdict::done, leader.one->committed(), {}});
  leader.look();
  CHECK(leader.refused(token) == "done");
}

TEST_CASE("clerk: what another islander asks for is answered when it is done or refused") {
  Leader leader(government(3, "a b", "c", "d"));
  const std::uint64_t ballot = leader.one->promised();
  const RequestId exile = leader.one.request(islander("d"), Operate{ballot, exile_of("c")});
  CHECK_FALSE(leader.one.answered(exile));
  leader.help("a c");
  const auto done = leader.one.answer<OperateAnswer>(exile);
  CHECK(done.verdict == OperateAnswer::Verdict::done);
  CHECK(done.at == leader.one->committed());
  const auto refused = leader.one.ask<OperateAnswer>(islander("d"), Operate{ballot, exile_of("x")});
  CHECK(refused.verdict == OperateAnswer::Verdict::refused);
  CHECK(refused.why == "there is no such islander");
  const auto other = leader.one.ask<OperateAnswer>(islander("d"), Operate{ballot + 1, exile_of("a")});
  CHECK(other.verdict == OperateAnswer::Verdict::not_leader);
}

TEST_CASE("clerk: what another islander asks for holds for three seconds and is then answered as open") {
  Leader leader(government(3, "a b", "c"));
  const std::uint64_t ballot = leader.one->promised();
  leader.one.append("x");  // not committed, and nothing of it can be while nobody takes registers
  const RequestId id = leader.one.request(c, Operate{ballot, aim_at(5)});
  for (int i = 0; i < 59; ++i) {
    leader.one.wait(50'000);
    while (leader.one.count<Ping>("a") > 0) {
      const auto ping = leader.one.take<Ping>("a");
      leader.one.reply(ping, Pong{ballot, ballot, ping.message.round, {}, {}});
    }
  }
  CHECK_FALSE(leader.one.answered(id));
  leader.one.wait(50'000);
  CHECK(leader.one.answer<OperateAnswer>(id).verdict == OperateAnswer::Verdict::open);
}

TEST_CASE("clerk: an exile asked for twice does not hit who came under that id since") {
  Leader leader(government(3, "a b", "c"));
  Operation exile = exile_of("c");
  exile.cookie = cookie_of("c", 7);  // an earlier life, or a later one: not the one that is here
  CHECK(leader.refused(leader.ask(exile)) == "done");
  CHECK(leader.one->government().citizens.count("c") == 1);
  exile.cookie = cookie_of("c");
  const std::uint64_t token = leader.ask(exile);
  leader.help("a c");
  CHECK(leader.refused(token) == "done");
  CHECK(leader.one->government().citizens.count("c") == 0);
  CHECK(leader.refused(leader.ask(exile)) == "done");  // asked again: it is gone
}

TEST_CASE("clerk: the leader that is to be exiled hands over its office first") {  // 5 exile
  Leader leader(government(3, "a b", "c"));
  const std::uint64_t token = leader.ask(exile_of("b"));
  const auto nominate = leader.one.take<Nominate>("a");
  leader.one.reply(nominate, Nominated{true});
  leader.one.ask<Promised>(a, Prepare{leader.one->promised() + 1, leader.one.last()});
  leader.one.ask<Pong>(a, Ping{leader.one->promised(), {}, {}, 1});
  const auto asked = leader.one.take<Operate>("a");
  CHECK(asked.message.operation.id == "b");
  CHECK(asked.message.operation.cookie == cookie_of("b"));
  // It may never hear of its own exile.
  leader.one.reply(asked, OperateAnswer{OperateAnswer::Verdict::done, {99, 0}, {}});
  leader.look();
  CHECK(leader.refused(token) == "done");
}

TEST_CASE("clerk: the only member of the parliament stays") {
  LoneIslander one("a");
  one.input([](Legislator& l, Moment m) { l.bootstrap(m, {{"a", "http://a"}}); });
  one.wait(200'000);
  one.input([](Legislator& l, Moment m) { l.operate(m, exile_of("a"), 7); });
  const auto ended = one->take_operated();
  REQUIRE(ended.size() == 1);
  CHECK(ended.front().why == "it is the only member of the parliament");
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
