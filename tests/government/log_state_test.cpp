// tests/government/log_state_test.cpp - a function of the log, and its checkpoint.
#include "government/log_state.hpp"

#include "tests/government/values.hpp"

#include <doctest/doctest.h>

#include <string>
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
    for (int i = 0; i < 12; ++i) {
      const std::uint64_t what = random.below(6);
      if (what == 0) {
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
  state.apply(*log.append({"three"}, {"b", {1, 0}, 2, 7}));
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
