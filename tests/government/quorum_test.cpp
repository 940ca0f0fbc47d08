// tests/government/quorum_test.cpp - against a second implementation that reads protocol section 3 word by word.
#include "government/quorum.hpp"

#include "tests/government/values.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace hansard {
namespace {

using tests::government;

using Copies = std::map<Islander, Promise>;

Matched matched_in(const Copies& copies) {
  return [&copies](const std::string& id, const Cookie& cookie) {
    const auto found = copies.find(Islander{id, cookie});
    return found == copies.end() ? Promise{} : found->second;
  };
}

Copies copies_of(const std::vector<std::pair<std::string, Promise>>& list) {
  Copies copies;
  for (const auto& [id, promise] : list) copies[{id, tests::cookie_of(id)}] = promise;
  return copies;
}

Government at(Government government, Promise promise) {
  government.promise = promise;
  return government;
}

TEST_CASE("quorum: f+1 of the seats agree and vacant seats count for nobody") {
  const auto agree = [](const Government& g, const std::string& ids) {
    std::set<Islander> agreed;
    for (const std::string& id : tests::words(ids)) agreed.insert({id, tests::cookie_of(id)});
    return has_quorum(g, agreed);
  };
  CHECK(agree(government(1, "a"), "a"));
  CHECK_FALSE(agree(government(1, "a"), "b"));
  CHECK(agree(government(3, "a b", "c"), "b c"));
  CHECK_FALSE(agree(government(3, "a b", "c", "d e"), "a d e"));
  CHECK_FALSE(agree(government(5, "a b c", ""), "a b"));
  CHECK(agree(government(5, "a b c", ""), "a b c"));
  CHECK_FALSE(agree(government(7, "a b c d", "e"), "a b e"));
  CHECK(agree(government(7, "a b c d", "e"), "a b c e"));
}

TEST_CASE("quorum: another cookie is another islander") {
  Government g = government(3, "a b", "c");
  g.citizens["b"].cookie = tests::cookie_of("b", 2);
  CHECK_FALSE(has_quorum(g, {{"a", tests::cookie_of("a")}, {"b", tests::cookie_of("b")}}));
  CHECK(has_quorum(g, {{"a", tests::cookie_of("a")}, {"b", tests::cookie_of("b", 2)}}));
  CHECK(matched_by_quorum(g, matched_in(copies_of({{"a", {3, 4}}, {"b", {3, 4}}}))).is_zero());
}

TEST_CASE("quorum: a log is decided piece by piece") {
  const Government first = at(government(3, "a b", "c"), {1, 0});
  const std::vector<Government> later{at(government(3, "a b", "d"), {4, 0}), at(government(3, "a b", "e"), {6, 0})};

  const std::vector<Electorate> pieces = electorates(first, later, {6, 7});
  REQUIRE(pieces.size() == 3);
  CHECK(pieces[0].upto == Promise{4, 0});
  CHECK(pieces[0].government == &first);
  CHECK(pieces[1].upto == Promise{6, 0});
  CHECK(pieces[1].government == later.data());
  CHECK(pieces[2].upto == Promise{6, 7});
  CHECK(pieces[2].government == &later[1]);

  CHECK(electorates(first, later, {6, 0}).size() == 2);
  CHECK(electorates(first, {}, {1, 5}).size() == 1);
  CHECK(electorates(first, {}, {1, 0}).empty());

  // The founding government is its own electorate.
  const std::vector<Government> founding{first};
  const std::vector<Electorate> founded = electorates(Government{}, founding, {1, 0});
  REQUIRE(founded.size() == 1);
  CHECK(founded[0].government == founding.data());
}

TEST_CASE("quorum: how far a log is chosen - examples") {
  const Government first = at(government(3, "a b", "c"), {1, 0});
  const std::vector<Government> later{at(government(3, "a d", "e"), {4, 0})};
  const std::vector<Electorate> pieces = electorates(first, later, {4, 3});
  struct Row {
    const char* what;
    std::vector<std::pair<std::string, Promise>> copies;
    Promise chosen;
  };
  const std::vector<Row> rows{
      {"nobody", {}, {}},
      {"one is no quorum", {{"a", {4, 3}}}, {}},
      {"the old parliament carries up to the fiat", {{"a", {4, 3}}, {"b", {4, 3}}}, {4, 0}},
      {"a quorum of the new alone carries nothing", {{"a", {4, 3}}, {"d", {4, 3}}, {"e", {4, 3}}}, {}},
      {"both", {{"a", {4, 3}}, {"b", {4, 0}}, {"d", {4, 2}}}, {4, 2}},
      {"without the leader", {{"b", {4, 1}}, {"c", {4, 0}}, {"d", {4, 2}}, {"e", {4, 3}}}, {4, 2}},
      {"the old stops short of the fiat", {{"a", {4, 3}}, {"b", {1, 9}}, {"d", {4, 3}}}, {1, 9}},
      {"the new is behind the old", {{"a", {4, 3}}, {"b", {4, 3}}, {"d", {1, 2}}}, {4, 0}},
      {"strangers count for nobody", {{"x", {4, 3}}, {"y", {4, 3}}, {"a", {4, 3}}}, {}},
  };
  for (const Row& row : rows) {
    CAPTURE(row.what);
    CHECK(to_string(chosen_upto(pieces, matched_in(copies_of(row.copies)))) == to_string(row.chosen));
  }
}

// ---- The second implementation --------------------------------------------------------------------------------------

struct Line {
  Promise promise;
  std::optional<Government> government;
};

// "The leader moves committed to entry n when, for every uncommitted m <= n, f+1 of m's electorate hold a copy through
// m." The electorate of an entry is the parliament of the last government entry before it.
Promise dumb_chosen(const Government& committed, const std::vector<Line>& log, const Copies& copies) {
  Promise best;
  for (std::size_t n = 0; n < log.size(); ++n) {
    bool all = true;
    for (std::size_t m = 0; m <= n; ++m) {
      Government electorate = committed;
      for (std::size_t i = 0; i < m; ++i) {
        if (log[i].government) electorate = *log[i].government;
      }
      std::size_t holders = 0;
      for (const auto& [islander, upto] : copies) {
        const auto citizen = electorate.citizens.find(islander.id);
        const bool is_member = electorate.seated(islander.id) && citizen->second.cookie == islander.cookie;
        if (is_member && upto >= log[m].promise) ++holders;
      }
      if (holders <= electorate.seats / 2) all = false;
    }
    if (all) best = log[n].promise;
  }
  return best;
}

Government random_parliament(Random& random, Promise promise) {
  Government g;
  g.promise = promise;
  const std::uint64_t f = random.below(4);
  g.seats = static_cast<std::uint32_t>(2 * f + 1);
  std::vector<std::string> pool{"a", "b", "c", "d", "e", "f", "g", "h"};
  const std::uint64_t taken = f + 1 + random.below(f + 1);
  for (std::uint64_t i = 0; i < taken; ++i) {
    const std::uint64_t pick = random.below(pool.size());
    const std::string id = pool[pick];
    pool.erase(pool.begin() + static_cast<std::ptrdiff_t>(pick));
    (i < f + 1 ? g.majority : g.minority).push_back(id);
    g.citizens[id].cookie = tests::cookie_of(id, 1 + random.below(8) / 7);
  }
  return g;
}

// A change like those the protocol makes: another member in one seat, or a swap, or other seats.
Government next_parliament(Random& random, const Government& before, Promise promise) {
  Government g = before;
  g.promise = promise;
  const std::uint64_t what = random.below(4);
  if (what == 0) return random_parliament(random, promise);
  if (what == 1 && !g.minority.empty()) {
    std::swap(g.majority.back(), g.minority.front());
    return g;
  }
  std::string& seat = what == 2 || g.minority.empty() ? g.majority.back() : g.minority.back();
  const std::string newcomer{static_cast<char>('a' + random.below(8))};
  if (g.seated(newcomer)) return g;
  g.citizens.erase(seat);
  seat = newcomer;
  g.citizens[newcomer].cookie = tests::cookie_of(newcomer, 1 + random.below(2));
  return g;
}

TEST_CASE("quorum: random logs are chosen exactly as far as the protocol's words say") {
  int joint = 0;
  int partly = 0;
  for (std::uint64_t seed = 0; seed < 20'000; ++seed) {
    CAPTURE(seed);
    Random random{{11, 12}, seed};
    const Government committed = random_parliament(random, {1, 0});
    std::vector<Line> log;
    std::vector<Government> uncommitted;
    Promise promise{1, random.below(3)};
    const std::uint64_t lines = 1 + random.below(10);
    for (std::uint64_t i = 0; i < lines; ++i) {
      if (random.below(3) == 0) {
        promise = {promise.government + 1 + random.below(2), 0};
        const Government& before = uncommitted.empty() ? committed : uncommitted.back();
        uncommitted.push_back(next_parliament(random, before, promise));
        log.push_back({promise, uncommitted.back()});
      } else {
        promise.entry += 1 + random.below(2);
        log.push_back({promise, std::nullopt});
      }
    }
    Copies copies;
    const std::uint64_t eager = random.below(4);
    for (char id = 'a'; id <= 'h'; ++id) {
      for (std::uint64_t life = 1; life <= 2; ++life) {
        if (random.below(5) == 0) continue;
        const std::uint64_t index = std::max(random.below(lines), std::min(eager * 3, lines - 1));
        copies[{std::string{id}, tests::cookie_of(std::string{id}, life)}] =
            random.below(6) == 0 ? Promise{} : log[index].promise;
      }
    }
    const Promise expected = dumb_chosen(committed, log, copies);
    const Promise chosen = chosen_upto(electorates(committed, uncommitted, promise), matched_in(copies));
    CHECK(to_string(chosen) == to_string(expected));
    if (!uncommitted.empty() && chosen > uncommitted.front().promise) ++joint;
    if (!chosen.is_zero() && chosen < promise) ++partly;
  }
  // The cases must bite: logs chosen through a change, and logs chosen in part.
  CHECK(joint > 500);
  CHECK(partly > 500);
}

}  // namespace
}  // namespace hansard
