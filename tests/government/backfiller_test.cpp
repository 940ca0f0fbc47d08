// tests/government/backfiller_test.cpp - what a snapshot left out, brought after it. Protocol section 6, Snapshots.
//
// b of the island of a b c holds 1/0; log state at 1/5 takes its place, where everything before 1/3 is trimmed.
#include "government/backfiller.hpp"

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

Scroll trimmed_log() {
  Scroll log = founded();
  for (const char* body : {"x", "y", "z", "w"}) log.append(body, {"c", {1, 0}, 1, 7});
  log.trim({{1, 3}, {1, 3}, 2, 2});
  return log;
}

void fetch_state(LoneIslander& b, const LogState& state) {
  b.wait_until([&] {
    while (b.count<Fetch>() > 0) {
      Fetched trimmed;
      trimmed.trimmed = true;
      trimmed.committed = {state.at, 1};
      b.reply(b.take<Fetch>(), trimmed);
    }
    return b.count<FetchState>() > 0;
  });
  b.reply(b.take<FetchState>(), pieces_of(state, 6).at(0));
}

// A snapshot is installed at the end of the log.
struct Behind {
  Scroll log;
  LoneIslander b;
  explicit Behind(const Settings& settings = {}) : Behind(settings, trimmed_log(), {1, 5}) {}
  Behind(const Settings& settings, Scroll from, Promise point) : log(std::move(from)), b("b", settings) {
    teach(b, founded(), 1);
    b.ask<Pong>(a, Ping{1, {log.at(), 1}, {}, 0});
    fetch_state(b, state_of(log));
    REQUIRE(b->committed() == point);
  }
  Fetched piece(Promise after, Promise upto = end_of_time) const {
    Fetched fetched;
    fetched.held = true;
    fetched.committed = {log.at(), 1};
    fetched.entries = log.after(after, upto);
    return fetched;
  }
  Sent<FetchBack> asked() {
    b.wait_until([this] { return b.count<FetchBack>() > 0; });
    return b.take<FetchBack>();
  }
};

TEST_CASE("backfiller: what a snapshot left out is fetched and put before what is held") {
  Behind f;
  CHECK(f.b->backfilling() == Promise{1, 5});
  CHECK(f.b.on_disk().empty());
  const auto asked = f.asked();
  CHECK(asked.message.upto == f.log.at());
  CHECK_FALSE(asked.urgent);
  f.b.withhold_writes();
  f.b.reply(asked, f.piece({1, 2}));
  CHECK(f.b->backfilling() == Promise{1, 5});  // not before it is durable
  f.b.release_writes();
  CHECK(f.b.on_disk() == "1/3@1 1/4@1 1/5@1");
  CHECK(f.b->backfilling().is_zero());
  CHECK(f.b->chamber().begins == Milestone{});
  CHECK(f.b.told("backfilled"));
  f.b.restart();
  CHECK(f.b->backfilling().is_zero());
  f.b.wait(5'000'000);
  CHECK(f.b.count<FetchBack>() == 0);
}

TEST_CASE("backfiller: piece by piece from the end with new entries meanwhile and restarts between") {
  Behind f;
  f.b.reply(f.asked(), f.piece({1, 4}));
  CHECK(f.b->backfilling() == Promise{1, 4});
  CHECK(f.b.on_disk() == "1/5@1");
  f.b.restart();
  CHECK(f.b->backfilling() == Promise{1, 4});
  f.log.append("new");
  f.b.ask<Received>(a, register_of(f.log, {1, 5}, 6, {f.log.at(), 6}));
  auto asked = f.asked();
  CHECK(asked.message.upto == f.log.at({1, 4}));
  f.b.reply(asked, f.piece({1, 3}, {1, 4}));
  CHECK(f.b.on_disk() == "1/4@1 1/5@1 1/6@1");
  CHECK(f.b->chamber().begins.entries == 3);  // x y z
  CHECK(f.b->chamber().begins.bytes == 3);
  f.b.crash();
  f.b.restart();
  asked = f.asked();
  CHECK(asked.message.upto == f.log.at({1, 3}));
  f.b.reply(asked, f.piece({1, 0}, {1, 3}));  // more than it wants: that is trimmed
  CHECK(f.b.on_disk() == "1/3@1 1/4@1 1/5@1 1/6@1");
  CHECK(f.b->backfilling().is_zero());
}

TEST_CASE("backfiller: a crash before a piece is durable costs that piece alone") {
  Behind f;
  f.b.reply(f.asked(), f.piece({1, 4}));
  f.b.withhold_writes();
  f.b.reply(f.asked(), f.piece({1, 2}, {1, 4}));
  f.b.crash();
  f.b.restart();
  CHECK(f.b.on_disk() == "1/5@1");
  CHECK(f.b->backfilling() == Promise{1, 4});
  CHECK(f.asked().message.upto == f.log.at({1, 4}));
}

TEST_CASE("backfiller: the next piece is asked for while others are being written but for so many alone") {
  Scroll log = founded();
  for (int i = 1; i <= 7; ++i) log.append(std::string(1, static_cast<char>('0' + i)));
  log.trim({{1, 1}, {1, 1}, 0, 0});
  Behind f({}, std::move(log), {1, 8});
  f.b.withhold_writes();
  for (std::uint64_t i = 8; i > 4; --i) f.b.reply(f.asked(), f.piece({1, i - 1}, {1, i}));
  f.b.wait(100'000);
  CHECK(f.b.count<FetchBack>() == 0);
  CHECK(f.b->backfilling() == Promise{1, 8});
  f.b.release_writes();
  CHECK(f.b->backfilling() == Promise{1, 4});
  CHECK(f.b.on_disk() == "1/5@1 1/6@1 1/7@1 1/8@1");
  f.b.withhold_writes();
  f.b.reply(f.asked(), f.piece({1, 3}, {1, 4}));
  // Trimmed up to what is still being written: that is the last.
  f.log.trim({{1, 4}, {1, 4}, 3, 3});
  f.b.request(a, register_of(f.log, {1, 8}, 9, {f.log.at(), 9}));
  f.b.release_writes();
  f.b.wait_until([&] { return f.b->backfilling().is_zero(); });
  CHECK(f.b.on_disk() == "1/4@1 1/5@1 1/6@1 1/7@1 1/8@1 1/9@1");
  f.b.restart();
  CHECK(f.b->chamber().begins == Milestone{});
}

TEST_CASE("backfiller: what does not belong there is refused and another is asked") {
  Scroll other = founded();
  for (const char* body : {"x", "y", "z", "another"}) other.append(body, {"c", {1, 0}, 1, 7});
  Behind f;
  const auto refused = [&](std::vector<EntryPtr> entries) {
    const auto asked = f.asked();
    Fetched answer = f.piece({});
    answer.entries = std::move(entries);
    f.b.forget_events();
    f.b.reply(asked, answer);
    CHECK(f.b.told("older entries refused"));
    CHECK(f.b->backfilling() > Promise{1, 3});
    return asked.to.id;
  };
  const std::string first = refused({});
  CHECK(refused(f.log.after({1, 2}, {1, 4})) != first);  // too early
  std::vector<EntryPtr> hole = f.log.after({1, 2});
  hole.erase(hole.begin() + 1);
  refused(hole);
  f.b.reply(f.asked(), f.piece({1, 4}));
  refused(other.after({1, 2}, {1, 4}));  // another chain
  f.b.reply(f.asked(), f.piece({1, 2}, {1, 4}));
  CHECK(f.b.on_disk() == "1/3@1 1/4@1 1/5@1");
}

TEST_CASE("backfiller: who has it not or does not answer is followed by another") {
  Behind f;
  const auto first = f.asked();
  f.b.reply(first, Fetched{});
  const auto second = f.asked();
  CHECK(second.to.id != first.to.id);
  f.b.fail(second);
  const auto third = f.asked();
  CHECK(third.to.id == first.to.id);
  f.b.wait(3 * Settings{}.pulse_timeout);  // frozen
  CHECK(f.b.count<FetchBack>(second.to.id) > 0);
  // Where nobody has it they are not asked all the time.
  std::size_t asked = 0;
  for (int i = 0; i < 100; ++i) {
    f.b.wait(100'000);
    while (f.b.count<FetchBack>() > 0) {
      f.b.reply(f.b.take<FetchBack>(), Fetched{});
      ++asked;
    }
  }
  CHECK(asked > 5);
  CHECK(asked < 25);
}

TEST_CASE("backfiller: a trim meanwhile ends it") {
  Behind f;
  f.b.reply(f.asked(), f.piece({1, 4}));
  f.log.trim({{1, 5}, {}, 4, 4});
  f.b.ask<Received>(a, register_of(f.log, {1, 5}, 6, {f.log.at(), 6}));
  f.b.wait_until([&] { return f.b->backfilling().is_zero(); });
  f.b.wait(1'000'000);
  CHECK(f.b->chamber().begins == Milestone{});
  CHECK(f.b.on_disk() == "1/5@1 1/6@1");
  f.b.restart();
  CHECK(f.b->chamber().begins == Milestone{});
}

TEST_CASE("backfiller: another snapshot begins it anew") {
  Behind f;
  const auto asked = f.asked();
  for (const char* body : {"p", "q"}) f.log.append(body);
  f.log.trim({{1, 7}, {1, 7}, 5, 5});
  f.b.ask<Pong>(a, Ping{6, {f.log.at(), 6}, {}, 0});
  fetch_state(f.b, state_of(f.log));
  REQUIRE(f.b->committed() == Promise{1, 8});
  f.b.reply(asked, f.piece({1, 2}, {1, 5}));  // late
  CHECK(f.b->backfilling() == Promise{1, 8});
  f.b.reply(f.asked(), f.piece({1, 6}));
  CHECK(f.b.on_disk() == "1/7@1 1/8@1");
}

TEST_CASE("backfiller: no faster than it may") {
  Settings settings;
  settings.transfer_bytes_per_second = 10;
  Behind f(settings);
  const Fetched piece = f.piece({1, 4});
  f.b.reply(f.asked(), piece);
  const Tick due = (piece.entries.front()->bytes().size() - 10) * 100'000;
  f.b.wait(due - 200'000);
  CHECK(f.b.count<FetchBack>() == 0);
  f.b.wait(200'000);
  CHECK(f.b.count<FetchBack>() == 1);
}

struct Giver {
  Scroll log = founded();
  LoneIslander b;
  static Settings settings() {
    Settings settings;
    settings.pulse_bytes = 900;
    settings.tail_bytes = 1'100;
    return settings;
  }
  Giver() : b("b", settings()) {
    for (int i = 0; i < 5; ++i) log.append(std::string(380, 'x'));
    teach(b, log, 1, {1, 4});
    b.ask<Received>(a, register_of(log, {1, 5}, 2, {log.at({1, 4}), 1}));  // a write, after which memory lets go
    REQUIRE(b->chamber().log.base() == log.at({1, 2}));
  }
};

TEST_CASE("backfiller: gives what is committed from memory") {
  Giver f;
  const auto give = [&](const Position& upto) { return f.b.ask<Fetched>(c, FetchBack{upto}); };
  CHECK(text_of(give(f.log.at({1, 4})).entries) == "1/3@1 1/4@1");
  CHECK(text_of(give(f.log.at({1, 3})).entries) == "1/3@1");
  CHECK_FALSE(give(f.log.at({1, 5})).held);  // not committed
  CHECK_FALSE(give({{1, 4}, 9}).held);       // another ballot's
  CHECK_FALSE(give({}).held);
}

TEST_CASE("backfiller: gives what is committed from the disk") {
  Giver f;
  CHECK(text_of(f.b.ask<Fetched>(c, FetchBack{f.log.at({1, 2})}).entries) == "1/1@1 1/2@1");
  CHECK(text_of(f.b.ask<Fetched>(c, FetchBack{f.log.at({1, 0})}).entries) == "1/0@1");
  CHECK_FALSE(f.b.ask<Fetched>(c, FetchBack{{{1, 2}, 9}}).held);
  f.b.withhold_reads();
  std::vector<RequestId> asked;
  for (int i = 0; i < 20; ++i) asked.push_back(f.b.request(c, FetchBack{f.log.at({1, 2})}));
  // Those that would wait beyond the bound are refused at once.
  std::size_t refused = 0;
  for (const RequestId id : asked) refused += f.b.answered(id) ? 1U : 0U;
  CHECK(refused == 4);
  CHECK_FALSE(f.b.answer<Fetched>(asked.back()).held);
  const std::vector<Want> wants(f.b.wants().begin(), f.b.wants().end());
  CHECK(wants.size() == 16);
  for (const Want& want : wants) {
    CHECK(want.newest);
    CHECK(want.upto == Promise{1, 2});
    CHECK(want.bytes_max == 900);
    f.b.supply(want, want.id == wants.front().id ? f.log.after({1, 0}, {1, 2}) : std::vector<EntryPtr>{});
  }
  CHECK(text_of(f.b.answer<Fetched>(asked[0]).entries) == "1/1@1 1/2@1");
  CHECK_FALSE(f.b.answer<Fetched>(asked[1]).held);
}

TEST_CASE("backfiller: who lacks it itself gives no more than it has") {
  Behind f;
  f.b.reply(f.asked(), f.piece({1, 4}));
  CHECK(text_of(f.b.ask<Fetched>(c, FetchBack{f.log.at()}).entries) == "1/5@1");
  CHECK_FALSE(f.b.ask<Fetched>(c, FetchBack{f.log.at({1, 4})}).held);
}

}  // namespace
}  // namespace hansard
