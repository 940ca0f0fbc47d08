// tests/government/log_state_test.cpp - a function of the log, and its checkpoint.
#include "government/log_state.hpp"

#include "tests/government/values.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace hansard {
namespace {

using tests::ChainOfEntries;
using tests::government;

TEST_CASE("log state: follows governments and client entries and batches") {
  ChainOfEntries log;
  LogState state;
  const Author a{"a", {1, 0}, 2, 7};

  state.apply(*log.govern(government(3, "a b", "c"), {1, 0}, 1));
  CHECK(state.at == Position{{1, 0}, 1});
  CHECK(state.government.promise == Promise{1, 0});
  CHECK(state.government.ballot == 1);
  CHECK(tests::text_of(state.government) == "3: a b | c |");
  CHECK(state.newest_client.is_zero());
  CHECK(state.oldest_client.is_zero());
  CHECK(state.settled.is_zero());

  state.apply(*log.append({"one"}, a));
  state.apply(*log.append({"two", "", "three"}, {"b", {1, 0}, 1, 1}));
  CHECK(state.at == Position{{1, 4}, 1});
  CHECK(state.newest_client == Promise{1, 4});
  CHECK(state.oldest_client == Promise{1, 1});
  CHECK(state.client_entries == 4);
  CHECK(state.client_bytes == 11);
  CHECK(state.time_us == 3);
  CHECK(state.appends_of("a", {1, 0}) == Appends{{1, 0}, 2, 7});
  CHECK(state.appends_of("b", {1, 0}) == Appends{{1, 0}, 1, 1});
  CHECK(state.appends_of("c", {1, 0}) == Appends{{1, 0}, 0, 0});
  CHECK(state.appends_of("a", {9, 0}) == Appends{{9, 0}, 0, 0});

  // The log's own entries are not the users'.
  state.apply(*log.govern(government(3, "b a", "c"), {2, 0}, 5, {1, 0}));
  state.apply(*log.settle({2, 0}));
  CHECK(state.at == Position{{2, 1}, 5});
  CHECK(state.settled == Promise{2, 0});
  CHECK(state.government.leader() == "b");
  CHECK(state.government.ballot == 5);
  CHECK(state.newest_client == Promise{1, 4});
  CHECK(state.client_entries == 4);
}

TEST_CASE("log state: settled never goes back") {
  ChainOfEntries log;
  LogState state;
  state.apply(*log.govern(government(1, "a"), {1, 0}, 1));
  state.apply(*log.append({"x"}, {}, {1, 0}));
  CHECK(state.settled == Promise{1, 0});
  state.apply(*log.append({"y"}, {}, {}));
  CHECK(state.settled == Promise{1, 0});
}

TEST_CASE("log state: the newest append of each citizen counts by start and then by sequence") {
  ChainOfEntries log;
  LogState state;
  state.apply(*log.govern(government(1, "a", "", "b"), {1, 0}, 1));
  const auto append = [&](std::uint64_t start, std::uint64_t sequence) {
    state.apply(*log.append({"x"}, {"b", {1, 0}, start, sequence}));
    return state.appends_of("b", {1, 0});
  };
  CHECK(append(1, 1) == Appends{{1, 0}, 1, 1});
  CHECK(append(1, 5) == Appends{{1, 0}, 1, 5});
  CHECK(append(3, 1) == Appends{{1, 0}, 3, 1});
  CHECK(append(3, 2) == Appends{{1, 0}, 3, 2});
  CHECK(state.appends_of("a", {1, 0}) == Appends{{1, 0}, 0, 0});
}

TEST_CASE("log state: who departs takes its row along and comes back with none") {
  ChainOfEntries log;
  LogState state;
  state.apply(*log.govern(government(1, "a", "", "b"), {1, 0}, 1));
  state.apply(*log.append({"x"}, {"a", {1, 0}, 1, 3}));
  state.apply(*log.append({"x"}, {"b", {1, 0}, 1, 4}));
  state.apply(*log.govern(government(1, "a"), {2, 0}, 1));
  CHECK(state.citizens.size() == 1);
  Government back = government(1, "a", "", "b");
  back.citizens["b"].cookie = tests::cookie_of("b", 2);
  back.citizens["b"].arrived = {};
  state.apply(*log.govern(back, {3, 0}, 1));
  CHECK(state.government.citizens["b"].arrived == Promise{3, 0});
  CHECK(state.appends_of("b", {3, 0}) == Appends{{3, 0}, 0, 0});
  CHECK(state.appends_of("a", {1, 0}) == Appends{{1, 0}, 1, 3});
}

TEST_CASE("log state: another arrival under the same id begins without a row") {
  ChainOfEntries log;
  LogState state;
  state.apply(*log.govern(government(1, "a", "", "b"), {1, 0}, 1));
  state.apply(*log.append({"x"}, {"b", {1, 0}, 1, 4}));
  Government anew = government(1, "a", "", "b");
  anew.citizens["b"].arrived = {};
  state.apply(*log.govern(anew, {2, 0}, 1));
  CHECK(state.citizens.empty());
}

TEST_CASE("log state: a key stands for its window of the log's time") {  // 3 Conditions
  ChainOfEntries log;
  LogState state;
  const std::int64_t window = LogSettings{}.idempotency_window_us;
  state.apply(*log.govern(government(1, "a"), {1, 0}, 1));
  state.apply(*log.append_under("k", {"x", "y"}));
  const KeyRow* row = state.keys.find("k");
  REQUIRE(row != nullptr);
  CHECK(row->first == Promise{1, 1});
  CHECK(row->last == Promise{1, 2});
  CHECK(row->time_us == 2);
  const std::vector<std::string_view> bodies{"x", "y"};
  CHECK(row->body == body_hash(bodies));
  log.pass(window - 2);
  state.apply(*log.append({"z"}));  // a microsecond too early
  CHECK(state.keys.find("k") != nullptr);
  SUBCASE("whatever entry tells of the time") {
    state.apply(*log.settle({1, 0}));
    CHECK(state.keys.find("k") == nullptr);
  }
  SUBCASE("and the entry that bears it again may be the one") {
    state.apply(*log.append_under("k", {"z"}));
    REQUIRE(state.keys.find("k") != nullptr);
    CHECK(state.keys.find("k")->first == Promise{1, 4});
    CHECK(state.keys.size() == 1);
  }
}

TEST_CASE("log state: a key twice within its window is the same for all and the first one counts") {
  ChainOfEntries log;
  LogState state;
  state.apply(*log.govern(government(1, "a"), {1, 0}, 1));
  state.apply(*log.append_under("k", {"x"}));
  state.apply(*log.append_under("k", {"y"}));
  CHECK(state.keys.find("k")->first == Promise{1, 1});
  CHECK(state.client_entries == 2);
}

TEST_CASE("log state: settings hold from the entry that bears them on") {
  ChainOfEntries log;
  LogState state;
  state.apply(*log.govern(government(1, "a"), {1, 0}, 1));
  state.apply(*log.append_under("k", {"x"}));
  log.pass(5'000'000);
  LogSettings settings;
  settings.idempotency_window_us = 1'000'000;
  settings.max_entries = 7;
  state.apply(*log.set(settings));
  CHECK(state.settings == settings);
  CHECK(state.keys.find("k") != nullptr);  // by the window before it
  CHECK(state.client_entries == 1);
  CHECK(state.newest_client == Promise{1, 1});
  state.apply(*log.settle({1, 0}));
  CHECK(state.keys.find("k") == nullptr);
}

TEST_CASE("log state: a trim takes what it says and leaves keys and citizens and the newest") {  // 6; planted bug v
  ChainOfEntries log;
  LogState state;
  state.apply(*log.govern(government(1, "a", "", "b"), {1, 0}, 1));
  state.apply(*log.append_under("k", {"12345"}, {"a", {1, 0}, 1, 1}));
  state.apply(*log.append({"6", "78"}, {"b", {1, 0}, 2, 9}));
  state.apply(*log.append({"9"}, {"a", {1, 0}, 1, 2}));
  const LogState before = state;
  state.apply(*log.trim({{1, 4}, {1, 4}, 3, 8}));
  CHECK(state.trimmed == Trim{{1, 4}, {1, 4}, 3, 8});
  CHECK(state.client_entries == 1);
  CHECK(state.client_bytes == 1);
  CHECK(state.oldest_client == Promise{1, 4});
  CHECK(state.newest_client == Promise{1, 4});
  CHECK(state.keys == before.keys);
  CHECK(state.citizens == before.citizens);
  CHECK(state.government == before.government);
  state.apply(*log.trim({{1, 6}, {}, 4, 9}));  // all of it
  CHECK(state.client_entries == 0);
  CHECK(state.client_bytes == 0);
  CHECK(state.oldest_client.is_zero());
  CHECK(state.newest_client == Promise{1, 4});  // there was one
  state.apply(*log.append({"ab"}));
  CHECK(state.oldest_client == Promise{1, 7});
  CHECK(state.client_entries == 1);
  CHECK(state.client_bytes == 2);
}

TEST_CASE("log state: a trim that takes less or looks ahead is nothing and a wrong count does not wrap") {
  ChainOfEntries log;
  LogState state;
  state.apply(*log.govern(government(1, "a"), {1, 0}, 1));
  for (int i = 0; i < 4; ++i) state.apply(*log.append({"x"}));
  const auto after = [&](const Trim& trim) {
    state.apply(*log.trim(trim));
    return state.trimmed;
  };
  CHECK(after({{1, 6}, {}, 4, 4}).before.is_zero());  // beyond its own place, which is 1/5
  const Trim first{{1, 3}, {1, 3}, 2, 2};
  CHECK(after(first) == first);
  CHECK(after({{1, 3}, {1, 3}, 3, 3}) == first);
  CHECK(after({{1, 2}, {1, 2}, 1, 1}) == first);
  CHECK(state.client_entries == 2);
  CHECK(after({{1, 4}, {1, 4}, 99, 0}) ==
        Trim{{1, 4}, {1, 4}, 4, 2});  // as much as there was, and no less than was gone
  CHECK(state.client_entries == 0);
  CHECK(state.client_bytes == 2);
}

TEST_CASE("log state: milestones come by weight and get rarer as the log grows") {
  ChainOfEntries log;
  LogState state;
  state.apply(*log.govern(government(1, "a"), {1, 0}, 1));
  const std::string large(LogState::milestone_heft - 64, 'x');
  state.apply(*log.append({large.substr(1)}));
  CHECK(state.milestones.empty());  // a byte too few
  state.apply(*log.append({""}));
  REQUIRE(state.milestones.size() == 1);
  CHECK(state.milestones[0].last == state.newest_client);
  CHECK(state.milestones[0].entries == state.client_entries);
  CHECK(state.milestones[0].bytes == state.client_bytes);
  // Items count too, or a log of empty ones would have none: 4096 of them weigh as much.
  const std::vector<std::string> empty(4'096);
  std::size_t most = 0;
  while (state.milestone_every == LogState::milestone_heft) {
    state.apply(*log.append(empty));
    most = std::max(most, state.milestones.size());
  }
  CHECK(most == LogState::milestones_max);
  CHECK(state.milestones.size() == LogState::milestones_max / 2);
  CHECK(state.milestone_every == 2 * LogState::milestone_heft);
  const std::size_t there = state.milestones.size();
  state.apply(*log.append(empty));
  CHECK(state.milestones.size() <= there + 1);
  const Result<LogState> back = decode_log_state(encode(state));
  REQUIRE(back);
  CHECK(*back == state);
  CHECK(state.milestone_before({1, 0}).entries == 0);
  CHECK(state.milestone_before({9, 9}) == state.milestones.back());
  CHECK(state.milestone_before(state.milestones[3].last) == state.milestones[2]);
  // A trim takes those that go; while there are few, they come as often again.
  const Milestone kept = state.milestones.back();
  state.apply(*log.trim({kept.last, kept.last, kept.entries - 4'096, kept.bytes}));
  CHECK(state.milestones.front() == kept);
  CHECK(state.milestone_every == LogState::milestone_heft);
  CHECK(state.milestone_before(kept.last).entries == kept.entries - 4'096);
}

TEST_CASE("log state: a trim goes there and back and below nothing there is none") {
  const Result<Trim> back = decode_trim(encode(Trim{{1, 2}, {1, 2}, 1, 1}));
  REQUIRE(back);
  CHECK(*back == Trim{{1, 2}, {1, 2}, 1, 1});
  CHECK(decode_trim(encode(Trim{})).error().code == Errc::corrupt);  // below nothing
  const std::string bytes = encode(*back);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    CHECK(decode_trim(std::string_view{bytes}.substr(0, size)).error().code == Errc::corrupt);
  }
  CHECK(decode_trim(bytes + "x").error().code == Errc::corrupt);
  std::string newer = bytes;
  newer[0] = 2;
  CHECK(decode_trim(newer).error().code == Errc::unsupported);
}

TEST_CASE("log state: full segments of its key table go by themselves") {
  ChainOfEntries log;
  LogState state;
  state.apply(*log.govern(government(1, "a"), {1, 0}, 1));
  for (std::size_t i = 0; i < KeyTable::segment_rows + 5; ++i)
    state.apply(*log.append_under("k" + std::to_string(i), {"x"}));
  const auto segments = state.keys.full_segments();
  REQUIRE(segments.size() == 1);
  const std::string base = encode(state);
  const std::string bytes = encode(*segments[0]);
  CHECK_FALSE(decode_log_state(base));
  const std::vector<std::string_view> views{bytes};
  const Result<LogState> back = decode_log_state(base, views);
  REQUIRE(back);
  CHECK(*back == state);
}

TEST_CASE("log state: counts that do not add up and places after it do not decode") {
  ChainOfEntries log;
  LogState state;
  state.apply(*log.govern(government(1, "a"), {1, 0}, 1));
  state.apply(*log.append({"x", "y"}));
  state.apply(*log.trim({{1, 1}, {1, 1}, 0, 0}));
  REQUIRE(decode_log_state(encode(state)));
  const auto fails = [&](void (*change)(LogState&)) {
    LogState other = state;
    change(other);
    return !decode_log_state(encode(other));
  };
  CHECK(fails([](LogState& s) { s.client_entries = ~std::uint64_t{0}, s.trimmed.entries = 1; }));
  CHECK(fails([](LogState& s) { s.client_bytes = ~std::uint64_t{0}, s.trimmed.bytes = 1; }));
  CHECK(fails([](LogState& s) { s.trimmed.before = {1, 9}; }));
  CHECK(fails([](LogState& s) { s.newest_client = {1, 9}; }));
  CHECK(fails([](LogState& s) { s.oldest_client = {1, 3}; }));
  CHECK(fails([](LogState& s) { s.settled = {2, 0}; }));
  CHECK(fails([](LogState& s) { s.milestone_every = 0; }));
  CHECK(fails([](LogState& s) { s.milestones = {{{1, 9}, 2, 2, 3}}; }));
  CHECK(fails([](LogState& s) { s.milestones = {{{1, 2}, 2, 2, 3}, {{1, 2}, 2, 2, 3}}; }));
  CHECK(fails([](LogState& s) { s.milestones = {{{1, 1}, 2, 2, 3}, {{1, 2}, 1, 2, 3}}; }));
  CHECK(fails([](LogState& s) { s.settings.idempotency_keys = 0; }));
}

TEST_CASE("log state: a checkpoint anywhere continues as the whole log does") {
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    CAPTURE(seed);
    Random random{{21, 1}, seed};
    ChainOfEntries log;
    std::vector<EntryPtr> entries;
    Government g = government(3, "a b", "c", "+d e");
    g.promise = {1, 0};
    entries.push_back(log.govern(g, {1, 0}, 1));
    std::uint64_t sequence = 0;
    for (int i = 0; i < 24; ++i) {
      const std::uint64_t what = random.below(9);
      if (what == 6) {
        LogSettings settings;
        settings.idempotency_window_us = LogSettingsLimits::window_us_min + static_cast<std::int64_t>(random.below(2));
        entries.push_back(log.set(settings));
      } else if (what == 7) {
        entries.push_back(log.trim({{1, 1 + random.below(9)}, {1, random.below(9)}, random.below(9), random.below(9)}));
      } else if (what == 8) {
        log.pass(static_cast<std::int64_t>(random.below(1'000'002)));
        entries.push_back(log.append_under("k" + std::to_string(random.below(3)), {tests::random_text(random, 5)}));
      } else if (what == 0) {
        entries.push_back(log.govern(g, {log.at().promise.government + 1, 0}, log.at().ballot + random.below(2)));
      } else if (what == 1) {
        entries.push_back(log.settle({log.at().promise.government, 0}));
      } else {
        std::vector<std::string> bodies(1 + random.below(3));
        for (std::string& body : bodies) body = tests::random_text(random, 20);
        const std::string id{static_cast<char>('a' + random.below(5))};
        entries.push_back(log.append(bodies, {id, {1, 0}, 1, ++sequence}));
      }
    }
    LogState whole;
    LogState restored;
    for (const EntryPtr& entry : entries) {
      whole.apply(*entry);
      restored.apply(*entry);
      const std::string bytes = encode(restored);
      const Result<LogState> back = decode_log_state(bytes);
      REQUIRE(back);
      restored = *back;
      CHECK(restored == whole);
      CHECK(encode(restored) == bytes);
    }
  }
}

TEST_CASE("log state: an empty one has bytes too") {
  const Result<LogState> back = decode_log_state(encode(LogState{}));
  REQUIRE(back);
  CHECK(*back == LogState{});
}

TEST_CASE("log state: truncated and mutated bytes are an error or another sound state") {
  ChainOfEntries log;
  LogState state;
  state.apply(*log.govern(government(3, "a b", "c"), {1, 0}, 1));
  state.apply(*log.append({"one", "two"}, {"a", {1, 0}, 2, 7}, {1, 0}));
  state.apply(*log.append_under("k", {"three"}, {"b", {1, 0}, 2, 7}));
  state.apply(*log.trim({{1, 2}, {1, 1}, 1, 3}));
  state.milestones.push_back({{1, 3}, 3, 9, 3});
  const std::string bytes = encode(state);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    CHECK_FALSE(decode_log_state(std::string_view{bytes}.substr(0, size)));
  }
  CHECK_FALSE(decode_log_state(bytes + "x"));
  std::string newer = bytes;
  newer[0] = 3;
  CHECK(decode_log_state(newer).error().code == Errc::unsupported);
  for (std::uint64_t seed = 0; seed < 20'000; ++seed) {
    CAPTURE(seed);
    Random random{{21, 2}, seed};
    std::string spoilt = bytes;
    for (std::uint64_t i = 1 + random.below(3); i > 0; --i) {
      const std::uint64_t where = random.below(spoilt.size());
      spoilt[where] = static_cast<char>(random.below(256));
    }
    const Result<LogState> back = decode_log_state(spoilt);
    if (back) CHECK(encode(*back) == spoilt);
  }
}

}  // namespace
}  // namespace hansard
