// tests/government/envoy_test.cpp - what operators ask of one islander is done by the leader, whoever that is.
#include "tests/government/lone_islander.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace hansard {
namespace {

using namespace tests;  // the words of the fixture
using Verdict = OperateAnswer::Verdict;

const Islander a = islander("a");
const Islander c = islander("c");

void ask(LoneIslander& one, const Operation& operation, std::uint64_t token) {
  one.input([&](Legislator& l, Moment m) { l.operate(m, operation, token); });
}

Operation aim_at(std::uint32_t seats) { return {Operation::What::aim, {}, seats}; }
Operation exile_of(const std::string& id) { return {Operation::What::exile, id}; }

std::string text_of(const std::vector<Operated>& ended) {
  std::string text;
  for (const Operated& one : ended) {
    text += (text.empty() ? "" : ", ") + std::to_string(one.token) + (one.done ? " done" : " " + one.why);
  }
  return text;
}

TEST_CASE("envoy: asks the leader as soon as there is one and tells what it says") {
  LoneIslander b("b");
  ask(b, aim_at(3), 7);
  CHECK(b.count<Operate>() == 0);  // nobody leads
  teach(b, founded(), 1);
  const auto asked = b.take<Operate>("a");
  CHECK(asked.message.ballot == 1);
  CHECK(asked.message.operation.what == Operation::What::aim);
  CHECK(asked.message.operation.seats == 3);
  CHECK(asked.url == "http://a");
  CHECK(b->take_operated().empty());
  SUBCASE("done") {
    b.reply(asked, OperateAnswer{Verdict::done, {1, 0}, {}});
    CHECK(text_of(b->take_operated()) == "7 done");
  }
  SUBCASE("refused") {
    b.reply(asked, OperateAnswer{Verdict::refused, {}, "it may not be"});
    CHECK(text_of(b->take_operated()) == "7 it may not be");
  }
  b.wait(10'000'000);
  CHECK(b->take_operated().empty());  // once
}

TEST_CASE("envoy: what is done is told when the own log shows it") {
  Scroll log = founded();
  LoneIslander b("b");
  teach(b, log, 1);
  ask(b, aim_at(5), 7);
  b.reply(b.take<Operate>("a"), OperateAnswer{Verdict::done, {1, 2}, {}});
  log.append("x");
  log.append("y");
  b.ask<Received>(a, register_of(log, {1, 0}, 1, {log.at({1, 1}), 1}));
  CHECK(b->take_operated().empty());
  b.ask<Received>(a, register_of(log, {1, 2}, 1, {log.at({1, 2}), 1}));
  CHECK(text_of(b->take_operated()) == "7 done");
}

TEST_CASE("envoy: asks again after a lease at once and after a failure a little later") {
  LoneIslander b("b");
  teach(b, founded(), 1);
  ask(b, aim_at(5), 7);
  b.reply(b.take<Operate>("a"), OperateAnswer{Verdict::open, {}, {}});
  SUBCASE("failed") { b.fail(b.take<Operate>("a")); }
  SUBCASE("not the leader") { b.reply(b.take<Operate>("a"), OperateAnswer{Verdict::not_leader, {}, {}}); }
  SUBCASE("another answers") {
    b.reply_as(islander("a", 2), b.take<Operate>("a"), OperateAnswer{Verdict::done, {1, 0}, {}});
  }
  b.wait(24'999);
  CHECK(b.count<Operate>() == 0);
  b.wait(1);
  CHECK(b.count<Operate>() == 1);
  CHECK(b->take_operated().empty());
}

TEST_CASE("envoy: the next leader is asked and the answer of the one before is void") {
  Scroll log = founded();
  LoneIslander b("b");
  teach(b, log, 1);
  ask(b, aim_at(5), 7);
  const auto old = b.take<Operate>("a");
  log.govern(government(3, "c b", "a"), 2, 4);
  b.ask<Received>(c, register_of(log, {1, 0}, 4));
  b.reply(old, OperateAnswer{Verdict::done, {1, 0}, {}});
  CHECK(b->take_operated().empty());
  const auto asked = b.take<Operate>("c");
  CHECK(asked.message.ballot == 4);
  b.reply(asked, OperateAnswer{Verdict::done, {1, 0}, {}});
  CHECK(text_of(b->take_operated()) == "7 done");
}

TEST_CASE("envoy: an exile names the cookie of whom is meant") {
  LoneIslander b("b");
  teach(b, founded(), 1);
  ask(b, exile_of("c"), 7);
  CHECK(b.take<Operate>("a").message.operation.cookie == c.cookie);
  ask(b, exile_of("x"), 8);  // not known here: the leader may know it
  CHECK(b.take<Operate>("a").message.operation.cookie.is_zero());
}

TEST_CASE("envoy: what was given up is neither asked for nor told") {
  LoneIslander b("b");
  ask(b, aim_at(5), 6);
  b.input([](Legislator& l, Moment) { l.give_up_operation(6); });
  teach(b, founded(), 1);
  CHECK(b.count<Operate>() == 0);
  ask(b, aim_at(5), 7);
  const auto asked = b.take<Operate>("a");
  b.input([](Legislator& l, Moment) { l.give_up_operation(7); });
  b.reply(asked, OperateAnswer{Verdict::done, {1, 0}, {}});
  CHECK(b->take_operated().empty());
}

TEST_CASE("envoy: no more than 64 at once") {
  LoneIslander b("b");
  for (std::uint64_t token = 1; token <= 65; ++token) ask(b, aim_at(5), token);
  CHECK(text_of(b->take_operated()) == "65 too much is asked at once");
}

}  // namespace
}  // namespace hansard
