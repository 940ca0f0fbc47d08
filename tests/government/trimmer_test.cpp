// tests/government/trimmer_test.cpp - what of the log goes: by an operator's word and by the log's settings. Protocol
// section 6, Trimming.
//
// b is an island of one: 1/0 is its founding, 2/0 and 2/1 its election; what it appends begins at 2/2.
#include "government/trimmer.hpp"

#include "tests/government/lone_islander.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace hansard {
namespace {

using namespace tests;  // the words of the fixture

const Islander a = islander("a");
const Islander c = islander("c");
constexpr Tick policy = 1'100'000;  // settings are looked at within this

struct Alone {
  LoneIslander b;
  std::uint64_t operation = 0;

  explicit Alone(const Settings& settings = {}) : b("b", settings) {
    teach(b, founded(government(1, "b")), 1);
    lead(b, "");
  }
  std::string operate(const Operation& operation_in) {
    ++operation;
    b.input([&](Legislator& l, Moment m) { l.operate(m, operation_in, operation); });
    for (const Operated& ended : b->take_operated()) {
      if (ended.token == operation) return ended.done ? "done" : ended.why;
    }
    return "open";
  }
  std::string trim(Promise before) { return operate({Operation::What::trim, {}, 0, before, {}}); }
  void set(const LogSettings& settings) {
    CHECK(operate({Operation::What::settings, {}, 0, {}, change_to(settings)}) == "done");
  }
  void append(std::size_t count, const std::string& body = "x") {
    for (std::size_t i = 0; i < count; ++i) b.append(body);
  }
  void live(Tick duration) {
    for (const Tick end = b.moment().now + duration; b.moment().now < end;) b.wait(50'000);
  }
  // "2/4: 3 of 3 bytes from 2/4": where the log begins, and what is counted as there.
  [[nodiscard]] std::string there() {
    const Status status = b->status();
    std::size_t items = 0;
    std::size_t bytes = 0;
    Promise oldest;
    for (const EntryPtr& entry : b.entries_on_disk()) {
      if (entry->kind() != Kind::client) continue;
      if (oldest.is_zero()) oldest = entry->first();
      items += entry->count();
      for (std::size_t i = 0; i < entry->count(); ++i) bytes += entry->item(i).body.size();
    }
    CHECK(status.client_entries == items);  // as counted by the leader, and as it is
    CHECK(status.client_bytes == bytes);
    CHECK(status.oldest_client == oldest);
    return to_string(status.trimmed) + ": " + std::to_string(items) + " of " + std::to_string(bytes) + " bytes from " +
           to_string(oldest);
  }
};

// ---- By word -------------------------------------------------------------------------------------------------------

TEST_CASE("trimmer: what is before goes in one write with the log state above it") {
  Alone i;
  i.append(5);
  CHECK(i.trim({2, 4}) == "done");
  CHECK(i.b.on_disk() == "2/4@2 2/5@2 2/6@2 2/7@2");
  CHECK(i.there() == "2/4: 3 of 3 bytes from 2/4");
  const auto& writes = i.b.written();
  const auto gone =
      std::find_if(writes.rbegin(), writes.rend(), [](const Write& w) { return w.trim_before.has_value(); });
  REQUIRE(gone != writes.rend());
  CHECK(gone->trim_before == Promise{2, 4});
  const auto state = decode_log_state(gone->notes.at("checkpoint"));
  REQUIRE(state);
  CHECK(state->at == Position{{2, 7}, 2});
  CHECK(state->trimmed == Trim{{2, 4}, {2, 4}, 2, 2});
  CHECK(i.b.fact("trim", "why") == "an operator asks");
}

TEST_CASE("trimmer: nothing goes before its entry is committed") {
  Alone i;
  i.append(3);
  i.b.withhold_writes();
  CHECK(i.trim({2, 4}) == "open");
  REQUIRE(i.b.under_way() != nullptr);
  CHECK_FALSE(i.b.under_way()->trim_before.has_value());
  i.b.finish_write();
  REQUIRE(i.b.under_way() != nullptr);
  CHECK(i.b.under_way()->trim_before == Promise{2, 4});
  i.b.release_writes();
  CHECK(i.there() == "2/4: 1 of 1 bytes from 2/4");
}

TEST_CASE("trimmer: what went before is not counted again though memory still holds it") {
  Alone i;
  i.append(6, "12345");
  CHECK(i.trim({2, 4}) == "done");
  CHECK(i.there() == "2/4: 4 of 20 bytes from 2/4");
  CHECK(i.trim({2, 5}) == "done");
  CHECK(i.there() == "2/5: 3 of 15 bytes from 2/5");
  i.append(2);
  LogSettings settings;
  settings.max_entries = 4;
  i.set(settings);
  i.live(policy);
  CHECK(i.there() == "2/6: 4 of 12 bytes from 2/6");
}

TEST_CASE("trimmer: a batch goes whole or not at all") {  // planted bug u
  Alone i;
  i.b.append_batch({"x", "y", "z"});
  i.append(1);
  CHECK(i.trim({2, 3}) == "done");
  CHECK(i.there() == "2/3: 4 of 4 bytes from 2/2");
  CHECK(i.trim({2, 4}) == "done");
  CHECK(i.there() == "2/4: 4 of 4 bytes from 2/2");
  CHECK(i.trim({2, 5}) == "done");
  CHECK(i.there() == "2/5: 1 of 1 bytes from 2/5");
}

TEST_CASE("trimmer: everything may go by word and the log goes on") {
  Alone i;
  i.append(2);
  CHECK(i.trim({2, 4}) == "done");
  CHECK(i.there() == "2/4: 0 of 0 bytes from 0/0");
  CHECK(i.b.on_disk() == "2/4@2");
  CHECK(i.b->newest_client() == Promise{2, 3});
  i.append(1);
  CHECK(i.there() == "2/4: 1 of 1 bytes from 2/5");
  i.b.restart();
  lead(i.b, "");
  i.append(1);
  CHECK(i.there() == "2/4: 2 of 2 bytes from 2/5");
}

TEST_CASE("trimmer: what memory does not hold is counted from the disk") {
  Settings settings;
  settings.tail_bytes = 0;
  settings.pulse_bytes = 1;  // an entry at a time
  Alone i(settings);
  i.append(9);
  CHECK(i.trim({2, 6}) == "done");
  CHECK(i.there() == "2/6: 5 of 5 bytes from 2/6");
  i.append(3);
  CHECK(i.trim({2, 9}) == "done");
  CHECK(i.there() == "2/9: 5 of 5 bytes from 2/9");
}

TEST_CASE("trimmer: memory that begins with what is trimmed is no reason to wait for the disk") {
  Alone i;
  i.append(3);
  CHECK(i.trim({2, 3}) == "done");
  i.b.restart();  // memory begins after the trim at 2/5
  lead(i.b, "");
  i.append(6);
  const Promise newest = i.b->newest_client();
  CHECK(i.trim({newest.government, newest.entry - 1}) == "done");  // beyond where memory begins
  CHECK(i.b->status().client_entries == 2);
  CHECK(i.trim(newest) == "done");
  CHECK(i.b->status().client_entries == 1);
  CHECK(i.b->status().oldest_client == newest);
}

TEST_CASE("trimmer: counts again what could not be read and nothing where the office is lost meanwhile") {
  Settings settings;
  settings.tail_bytes = 0;
  LoneIslander b("b", settings);
  teach(b, founded(), 1);
  lead(b, "c");
  for (int n = 0; n < 3; ++n) b.append("x");
  b.obey("a c");
  b.append("y");
  b.obey("a c");
  b.withhold_reads();
  const auto trim = [&] {
    b.input([&](Legislator& l, Moment m) { l.operate(m, {Operation::What::trim, {}, 0, {2, 4}, {}}, 1); });
  };
  trim();
  REQUIRE(b.wants().size() == 1);
  const Want first = b.wants().front();
  b.wants().clear();
  SUBCASE("read again") {
    b.supply(first, {});
    CHECK_FALSE(b.told("trim"));
    b.wait(100'000);
    b.obey("a c");
    REQUIRE(b.wants().size() == 1);
    b.supply(b.wants().front(), b.entries_on_disk());
    b.obey("a c");
    CHECK(b.fact("trim", "before") == "2/4");
    CHECK(b->status().trimmed == Promise{2, 4});
  }
  SUBCASE("office lost") {
    b.ask<Promised>(c, Prepare{7, {}});
    b.supply(first, b.entries_on_disk());
    CHECK_FALSE(b.told("trim"));
    CHECK(b->status().trimmed.is_zero());
  }
}

// ---- By settings ---------------------------------------------------------------------------------------------------

TEST_CASE("trimmer: as many entries stay as may and the oldest go") {
  Alone i;
  LogSettings settings;
  settings.max_entries = 3;
  i.set(settings);  // 2/2
  i.append(3);
  i.live(policy);
  CHECK(i.there() == "0/0: 3 of 3 bytes from 2/3");  // no more than may
  CHECK_FALSE(i.b.told("trim"));
  i.append(1);
  i.live(policy);
  CHECK(i.there() == "2/4: 3 of 3 bytes from 2/4");
  CHECK(i.b.fact("trim", "why") == "the log's settings");
  const Position end = i.b.last();
  i.live(5 * policy);
  CHECK(i.b.last() == end);  // and nothing is written for nothing
}

TEST_CASE("trimmer: as many bytes stay as may") {
  Alone i;
  LogSettings settings;
  settings.max_bytes = 10;
  i.set(settings);
  i.append(2, "12345");
  i.live(policy);
  CHECK(i.there() == "0/0: 2 of 10 bytes from 2/3");
  i.b.append("");
  i.live(policy);
  CHECK(i.there() == "0/0: 3 of 10 bytes from 2/3");
  i.b.append("1");
  i.live(policy);
  CHECK(i.there() == "2/4: 3 of 6 bytes from 2/4");
}

TEST_CASE("trimmer: what is older than it may be goes by the log's time but for the newest") {
  Alone i;
  LogSettings settings;
  settings.max_age_us = 5'000'000;
  i.set(settings);
  i.append(2);
  i.live(3'000'000);
  i.append(1);
  i.live(1'900'000);
  CHECK(i.there() == "0/0: 3 of 3 bytes from 2/3");
  i.live(policy);
  CHECK(i.there() == "2/5: 1 of 1 bytes from 2/5");
  i.live(20'000'000);
  CHECK(i.there() == "2/5: 1 of 1 bytes from 2/5");
  i.append(1);
  i.live(policy);
  CHECK(i.there() == "2/7: 1 of 1 bytes from 2/7");
}

TEST_CASE("trimmer: a batch goes whole by settings too and the newest one never") {
  Alone i;
  LogSettings settings;
  settings.max_entries = 2;
  i.set(settings);
  i.b.append_batch({"x", "y", "z"});
  i.append(1);
  i.live(policy);
  CHECK(i.there() == "2/6: 1 of 1 bytes from 2/6");
  i.b.append_batch({"x", "y", "z"});  // after the trim at 2/7
  i.live(policy);
  CHECK(i.there() == "2/8: 3 of 3 bytes from 2/8");
  i.live(3 * policy);
  CHECK(i.there() == "2/8: 3 of 3 bytes from 2/8");
}

TEST_CASE("trimmer: goals that are not set take nothing though a milestone counts no bytes") {
  // Two batches that weigh as much as a milestone each, and have no bytes.
  Alone i;
  const std::vector<std::string> empty(4'096);
  i.b.append_batch(empty);
  i.b.append_batch(empty);
  i.append(1);
  SUBCASE("by settings one too many takes one batch") {
    LogSettings settings;
    settings.max_entries = 8'192;
    i.set(settings);
    i.live(policy);
    CHECK(i.b->status().client_entries == 4'097);
    CHECK(i.there() == "2/4098: 4097 of 1 bytes from 2/4098");
  }
  SUBCASE("by word what was asked for") {
    i.live(policy);  // the settings are looked at with it
    CHECK(i.trim({2, 1}) == "done");
    CHECK(i.b->status().client_entries == 8'193);
  }
  SUBCASE("by bytes what has them") {
    LogSettings settings;
    settings.max_bytes = 2;
    i.set(settings);
    i.append(2, "y");
    i.live(policy);
    CHECK(i.b->status().client_bytes == 2);
    CHECK(i.b->status().client_entries == 2);
  }
}

TEST_CASE("trimmer: milestones save counting and the counts are the same") {
  const std::string large(LogState::milestone_heft / 2, 'x');
  Settings settings;
  settings.tail_bytes = 0;
  Alone i(settings);
  i.append(20, large);
  i.b.withhold_reads();
  CHECK(i.trim({2, 17}) == "open");
  REQUIRE(i.b.wants().size() == 1);
  CHECK(i.b.wants().front().after > Promise{2, 13});  // not from the beginning
  const Want want = i.b.wants().front();
  i.b.wants().clear();
  auto entries = i.b.store().read(want.after, want.upto, std::size_t{1} << 30U, 100);
  REQUIRE(entries.has_value());
  i.b.supply(want, *entries);
  CHECK(i.b->status().trimmed == Promise{2, 17});
  CHECK(i.b->status().client_entries == 5);
  CHECK(i.b->status().client_bytes == 5 * large.size());
}

// ---- And afterwards ------------------------------------------------------------------------------------------------

TEST_CASE("trimmer: keys and numbers outlive what is trimmed and a restart") {  // planted bug v
  Alone i;
  Submission keyed;
  keyed.key = "k";
  keyed.items.push_back({"", "x"});
  i.b.append(keyed);
  i.append(3);
  CHECK(i.trim({2, 6}) == "done");
  const Status before = i.b->status();
  const Appends numbers = i.b->chamber().state.appends_of("b", {1, 0});
  CHECK(numbers == Appends{{1, 0}, 1, 4});
  for (int restarts = 0; restarts < 2; ++restarts) {
    i.b.restart();
    CHECK(i.b->status().trimmed == before.trimmed);
    CHECK(i.b->status().newest_client == before.newest_client);
    CHECK(i.b->status().client_entries == 0);
    CHECK(i.b->chamber().state.appends_of("b", {1, 0}) == numbers);
    REQUIRE(i.b->find_key("k") != nullptr);
  }
  lead(i.b, "");
  const auto again = i.b.append(keyed);
  REQUIRE(i.b.appended.contains(again));
  CHECK(i.b.appended.at(again).replayed);
  CHECK(i.b.appended.at(again).first == Promise{2, 2});
}

TEST_CASE("trimmer: what is known trimmed only after a restart goes from the disk then") {
  // Its commit was not noted, but a later entry names a later government settled.
  Scroll log = founded();
  log.append("x");
  log.append("y");
  log.trim({{1, 2}, {1, 2}, 1, 1});
  log.govern(government(3, "a b", "c"), 2, 1);
  log.settle({2, 0});
  LoneIslander b("b");
  teach(b, log, 1, {1, 0});
  CHECK(b.on_disk() == "1/0@1 1/1@1 1/2@1 1/3@1 2/0@1 2/1@1");
  b.restart();
  CHECK(b->committed() == Promise{2, 0});
  CHECK(b->status().trimmed == Promise{1, 2});
  CHECK(b.on_disk() == "1/2@1 1/3@1 2/0@1 2/1@1");
  b.restart();
  CHECK(b->committed() == Promise{2, 0});
  CHECK(b.on_disk() == "1/2@1 1/3@1 2/0@1 2/1@1");
}

TEST_CASE("trimmer: an islander that only follows trims as the log says") {
  Scroll log = founded();
  log.append("x");
  log.append("y");
  log.trim({{1, 2}, {1, 2}, 1, 1});
  LoneIslander b("b");
  teach(b, log, 1, {1, 2});
  CHECK(b.on_disk() == "1/0@1 1/1@1 1/2@1 1/3@1");
  b.ask<Received>(a, register_of(log, {1, 3}, 1, {log.at(), 1}));
  CHECK(b.on_disk() == "1/2@1 1/3@1");
  CHECK(b->status().client_entries == 1);
  CHECK(b->status().oldest_client == Promise{1, 2});
}

TEST_CASE("trimmer: a leader whose log begins with a snapshot counts no trim of what is before it") {
  Scroll log = founded();
  for (int n = 0; n < 6; ++n) log.append("x");
  log.trim({{1, 3}, {1, 3}, 2, 2});
  LoneIslander b("b");
  teach(b, founded(), 1);
  const LogState state = state_of(log);
  b->chamber().install(LogState(state), 1, "a");
  b.input([](Legislator&, Moment) {});
  REQUIRE(b->committed() == Promise{1, 7});
  lead(b, "c");
  const auto operate = [&](const Operation& operation) {
    b.input([&](Legislator& l, Moment m) { l.operate(m, operation, 1); });
    b.obey("a c");
    const auto ended = b->take_operated();
    return ended.empty() ? std::string("open") : ended.front().done ? "done" : ended.front().why;
  };
  const auto live = [&] {
    for (int n = 0; n < 30; ++n) {
      b.wait(50'000);
      b.represents("c", {{"a", b->committed(), true, {}}});
      b.obey("a c");
    }
  };
  CHECK(operate({Operation::What::trim, {}, 0, {1, 6}, {}}) ==
        "the leader's own log begins after that; hand over its office first");
  LogSettings settings;
  settings.max_entries = 3;
  CHECK(operate({Operation::What::settings, {}, 0, {}, change_to(settings)}) == "done");
  live();
  CHECK(b->status().trimmed == Promise{1, 3});  // one of its four is too many, and not here to be counted
  CHECK(b->status().client_entries == 4);
  for (int n = 0; n < 4; ++n) b.append("y");
  b.obey("a c");
  live();
  CHECK(b->status().client_entries == 3);
  CHECK(b->status().client_bytes == 3);
  CHECK(operate({Operation::What::trim, {}, 0, b->status().newest_client, {}}) == "done");
  CHECK(b->status().client_entries == 1);
}

// ---- Who is behind -------------------------------------------------------------------------------------------------

// b leads alone, and brings the log to c, which says that it has it up to `c_has`.
struct Followed {
  LoneIslander b;
  Position c_has;
  Promise c_fetches;
  bool answers = true;

  explicit Followed(const Settings& settings = {}) : b("b", settings) {
    teach(b, founded(government(1, "b", "", "c")), 1);
    lead(b, "");
    LogSettings kept;
    kept.max_entries = 2;
    b.input([&](Legislator& l, Moment m) { l.operate(m, {Operation::What::settings, {}, 0, {}, change_to(kept)}, 1); });
  }
  void live(Tick duration) {
    for (const Tick end = b.moment().now + duration; b.moment().now < end;) {
      b.wait(50'000);
      for (std::size_t i = b.count<Synchronize>("c"); i > 0 && answers; --i) {
        Report report;
        report.fetches = c_fetches;
        b.reply(b.take<Synchronize>("c"), Synchronized{true, {c_has, 2}, report});
      }
    }
  }
  [[nodiscard]] Position at(Promise promise) { return {promise, 2}; }
};

TEST_CASE("trimmer: settings leave what an islander needs that is behind and answers") {
  Followed i;
  i.c_has = i.at({2, 1});
  i.live(500'000);
  for (int n = 0; n < 8; ++n) i.b.append(std::string(300'000, 'x'));
  i.live(policy * 2);
  CHECK(i.b->status().trimmed <= Promise{2, 2});
  CHECK(i.b->status().client_entries == 8);
  CHECK(i.b->status().trim_held_for == "c");
  SUBCASE("as far as it has got") {
    i.c_has = i.at({2, 5});
    i.live(policy * 2);
    CHECK(i.b->status().client_entries < 8);
    CHECK(i.b->status().client_entries > 2);
  }
  SUBCASE("until it has all") {
    i.c_has = i.b.last();
    i.live(policy * 2);
    CHECK(i.b->status().client_entries == 2);
    CHECK(i.b->status().trim_held_for.empty());
  }
  SUBCASE("from the snapshot on that it fetches") {
    i.c_fetches = {2, 6};
    i.live(policy * 2);
    CHECK(i.b->status().client_entries < 8);
    CHECK(i.b->status().client_entries > 2);
  }
  SUBCASE("unless it is silent") {
    i.answers = false;
    i.live(policy * 4);
    CHECK(i.b->status().client_entries == 2);
    CHECK(i.b->status().trim_held_for.empty());
  }
  SUBCASE("unless an operator says otherwise") {
    i.b.input([&](Legislator& l, Moment m) { l.operate(m, {Operation::What::trim, {}, 0, {2, 7}, {}}, 2); });
    i.live(policy);
    CHECK(i.b->status().trimmed >= Promise{2, 7});  // what it needs is gone: nothing is kept for it any more
  }
}

TEST_CASE("trimmer: what is kept for who is behind is bounded") {
  Settings settings;
  settings.trim_hold_bytes = 2'000'000;
  Followed i(settings);
  i.c_has = i.at({2, 1});
  i.live(500'000);
  for (int n = 0; n < 6; ++n) i.b.append(std::string(300'000, 'x'));
  i.live(policy * 2);
  CHECK(i.b->status().client_entries == 6);
  for (int n = 0; n < 2; ++n) i.b.append(std::string(300'000, 'x'));
  i.live(policy * 2);
  CHECK(i.b->status().client_entries == 2);
}

}  // namespace
}  // namespace hansard
