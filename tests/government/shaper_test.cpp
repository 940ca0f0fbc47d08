// tests/government/shaper_test.cpp - protocol section 5 as a table.
#include "government/shaper.hpp"

#include "tests/government/values.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace hansard {
namespace {

using tests::cookie_of;
using tests::government;
using tests::words;

std::set<std::string, std::less<>> ids(const std::string& text) {
  const std::vector<std::string> list = words(text);
  return {list.begin(), list.end()};
}

Arrival arrival(const std::string& id, std::uint64_t life = 1) { return {id, cookie_of(id, life), "http://" + id, {}}; }

struct Known {
  std::string arrivals = {};
  std::string caught_up = {};
  std::string reachable = {};
  std::string unreachable = {};
  bool membership_allowed = true;
  std::string long_silent = {};
  std::string exiles = {};
  std::uint32_t aim = 0;
};

Government aimed(std::uint32_t aim, Government government) {
  government.aim = aim;
  return government;
}

Facts facts_of(const Known& known) {
  Facts facts;
  for (const std::string& id : words(known.arrivals)) facts.arrivals.push_back(arrival(id));
  facts.caught_up = ids(known.caught_up);
  facts.reachable = ids(known.reachable);
  facts.unreachable = ids(known.unreachable);
  facts.membership_allowed = known.membership_allowed;
  facts.long_silent = ids(known.long_silent);
  for (const std::string& id : words(known.exiles)) facts.exiles.emplace(id, cookie_of(id));
  facts.aim = known.aim;
  return facts;
}

TEST_CASE("shape: the table") {
  struct Row {
    Government current;
    Known known;
    std::string expected;  // what, why, government; empty: nothing to do
  };
  const std::vector<Row> rows{
      // Nothing to do.
      {government(1, "a"), {}, ""},
      {government(3, "a b", "c"), {.reachable = "b c"}, ""},
      {government(3, "a b", "c"), {.reachable = "b", .unreachable = "c"}, ""},
      // Swap.
      {government(3, "a b", "c"),
       {.reachable = "c", .unreachable = "b"},
       "swap (swap c for b, unreachable) 3: a c | b |"},
      {government(3, "a b", "c"), {.reachable = "", .unreachable = "b"}, ""},
      {government(3, "a b", "c"), {.reachable = "", .unreachable = "b c"}, ""},
      {government(3, "a b", "c"), {.reachable = "c", .unreachable = "a"}, ""},
      {government(3, "a b", "", "+c"), {.reachable = "c", .unreachable = "b", .membership_allowed = false}, ""},
      {government(5, "a b c", "d e"),
       {.reachable = "d e", .unreachable = "b c"},
       "swap (swap d for b; e for c, unreachable) 5: a d e | b c |"},
      {government(5, "a b c", "d e"),
       {.reachable = "b e", .unreachable = "c d"},
       "swap (swap e for c, unreachable) 5: a b e | d c |"},
      {government(5, "a b c", "d e"),
       {.reachable = "e", .unreachable = "b c d"},
       "swap (swap e for b, unreachable) 5: a e c | d b |"},
      {government(3, "a b", "c"),
       {.reachable = "c", .unreachable = "b", .membership_allowed = false},
       "swap (swap c for b, unreachable) 3: a c | b |"},
      // Swap goes before all else.
      {government(3, "a b", "c", "d"),
       {.arrivals = "e", .caught_up = "d", .reachable = "c d", .unreachable = "b"},
       "swap (swap c for b, unreachable) 3: a c | b | d"},
      // Embark.
      {government(1, "a"), {.arrivals = "b"}, "embark (embark b) 1: a | | b"},
      {government(1, "a"), {.arrivals = "b", .membership_allowed = false}, "embark (embark b) 1: a | | b"},
      {government(3, "a b", "c"), {.arrivals = "d e"}, "embark (embark d, e) 3: a b | c | d e"},
      {government(3, "a b", "c"), {.arrivals = "d d"}, "embark (embark d) 3: a b | c | d"},
      {government(3, "a b", "c"), {.arrivals = "b"}, ""},
      {government(1, "a"), {.arrivals = "b c d e f g"}, "embark (embark b, c, d, e and 2 more) 1: a | | b c d e f g"},
      {government(3, "a b", "c", "d"),
       {.arrivals = "e", .caught_up = "d", .reachable = "b c d"},
       "embark (embark e) 3: a b | c | d e"},
      // Acclimate.
      {government(1, "a", "", "b c"), {.caught_up = "c"}, "acclimate (acclimate c) 1: a | | b +c"},
      {government(1, "a", "", "b c"), {.caught_up = "c b"}, "acclimate (acclimate b, c) 1: a | | +b +c"},
      {government(1, "a", "", "+b"), {.caught_up = "a b x"}, ""},
      {government(3, "a b", "", "+c d"),
       {.caught_up = "d", .reachable = "b c d"},
       "acclimate (acclimate d) 3: a b | | +c +d"},
      // A vacant seat.
      {government(3, "a b", "", "+c"), {.reachable = "b c"}, "fill vacant seat (seat c) 3: a b | c |"},
      {government(3, "a b", "", "c +d +e"), {.reachable = "b c d e"}, "fill vacant seat (seat d) 3: a b | d | c +e"},
      {government(3, "a b", "", "+c +d"),
       {.reachable = "b d", .unreachable = "c"},
       "fill vacant seat (seat d) 3: a b | d | +c"},
      {government(3, "a b", "", "+c"), {.reachable = "b c", .membership_allowed = false}, ""},
      {government(3, "a b", "", "c"), {.reachable = "b c"}, ""},
      {government(3, "a b", "", "+c"), {.reachable = "b"}, ""},
      {government(3, "a b", "", "+c"), {.reachable = "b c", .unreachable = "c"}, ""},
      {government(3, "a b", "c", "+d"), {.reachable = "b c d"}, ""},
      // f+1 of the new parliament: a and c do, a and d of five do not.
      {government(3, "a b", "", "+c"),
       {.reachable = "c", .unreachable = "b"},
       "fill vacant seat (seat c) 3: a b | c |"},
      {government(5, "a b c", "", "+d"), {.reachable = "d", .unreachable = "b c"}, ""},
      {government(5, "a b c", "", "+d"),
       {.reachable = "b d", .unreachable = "c"},
       "fill vacant seat (seat d) 5: a b c | d |"},
      // Exile: the seat stands vacant, and is filled when that is settled.
      {government(3, "a b", "c", "d"), {.reachable = "b c", .exiles = "d"}, "exile (exile d) 3: a b | c |"},
      {government(3, "a b", "c"), {.reachable = "b", .exiles = "c"}, "exile (exile c) 3: a b | |"},
      {government(3, "a b", "c"), {.reachable = "c", .exiles = "b"}, "exile (exile b) 3: a c | |"},
      {government(3, "a b", "c", "+d"), {.reachable = "b d", .exiles = "c"}, "exile (exile c) 3: a b | | +d"},
      {government(5, "a b c", "d e"), {.reachable = "b c e", .exiles = "c"}, "exile (exile c) 5: a b e | d |"},
      {government(3, "a b", "c"), {.reachable = "b c", .exiles = "a"}, ""},
      {government(3, "a b", ""), {.reachable = "b", .exiles = "b"}, ""},
      {government(3, "a b", "c"), {.reachable = "b", .exiles = "b"}, ""},
      {government(3, "a b", "c"), {.reachable = "b c", .membership_allowed = false, .exiles = "c"}, ""},
      {government(3, "a b", "c", "d"),
       {.reachable = "b c", .membership_allowed = false, .exiles = "c d"},
       "exile (exile d) 3: a b | c |"},
      // Another size aimed at.
      {government(3, "a b", "c"), {.reachable = "b c", .aim = 5}, "aim (aim at 5 seats) 3: a b | c |"},
      {government(3, "a b", "c"), {.reachable = "b c", .aim = 3}, ""},
      // Grow by two.
      {aimed(3, government(1, "a", "", "+b +c")), {.reachable = "b c"}, "grow (grow by b, c) 3: a b | c |"},
      {aimed(3, government(1, "a", "", "+b +c +d")), {.reachable = "c d"}, "grow (grow by c, d) 3: a c | d | +b"},
      {aimed(3, government(1, "a", "", "+b c")), {.reachable = "b c"}, ""},
      {aimed(3, government(1, "a", "", "+b +c")), {.reachable = "b"}, ""},
      {aimed(3, government(1, "a", "", "+b +c")), {.reachable = "b c", .membership_allowed = false}, ""},
      {aimed(5, government(3, "a b", "c", "+d +e")), {.reachable = "b c d e"}, "grow (grow by d, e) 5: a b c | d e |"},
      {aimed(5, government(3, "a b", "", "+d +e")),
       {.reachable = "b d e"},
       "fill vacant seat (seat d) 3: a b | d | +e"},
      {aimed(7, government(5, "a b c", "d e", "+f +g")),
       {.reachable = "b f g", .unreachable = "d e"},
       "grow (grow by f, g) 7: a b c f | d e g |"},
      // Shrink by two.
      {aimed(1, government(3, "a b", "c")), {.reachable = "b c"}, "shrink (shrink to 1 seats) 1: a | | +c +b"},
      {aimed(1, government(3, "a b", "")), {.reachable = ""}, "shrink (shrink to 1 seats) 1: a | | +b"},
      {aimed(3, government(5, "a b c", "d e")),
       {.reachable = "b c d e"},
       "shrink (shrink to 3 seats) 3: a b | c | +e +d"},
      {aimed(3, government(5, "a b c", "d e")),
       {.reachable = "c d e"},
       "shrink (shrink to 3 seats) 3: a c | d | +b +e"},
      {aimed(3, government(5, "a b c", "")), {.reachable = "b"}, "shrink (shrink to 3 seats) 3: a b | c |"},
      {aimed(3, government(5, "a b c", "", "+d")), {.reachable = "b d"}, "shrink (shrink to 3 seats) 3: a b | c | +d"},
      {aimed(3, government(5, "a b c", "d e")), {.reachable = "", .unreachable = "b c d e"}, ""},
      {aimed(1, government(3, "a b", "c")), {.reachable = "b c", .membership_allowed = false}, ""},
      // Heal: a member long silent for a constituent.
      {government(3, "a b", "c", "+d"),
       {.reachable = "b d", .unreachable = "c", .long_silent = "c"},
       "heal (seat d for c, silent) 3: a b | d | +c"},
      {government(3, "a b", "", "+d"),
       {.reachable = "b d", .long_silent = "b"},
       "fill vacant seat (seat d) 3: a b | d |"},
      {government(3, "a b", "c", "+d"),
       {.reachable = "d", .unreachable = "b c", .long_silent = "b c"},
       "heal (seat d for b, silent) 3: a d | c | +b"},
      {government(3, "a b", "c", "+d"), {.reachable = "b d", .unreachable = "c"}, ""},
      {government(3, "a b", "c", "+d"), {.reachable = "b c d", .long_silent = "c"}, ""},
      {government(3, "a b", "c", "d"), {.reachable = "b d", .unreachable = "c", .long_silent = "c"}, ""},
      {government(3, "a b", "c", "+d"), {.reachable = "b", .unreachable = "c d", .long_silent = "c"}, ""},
      {government(3, "a b", "c", "+d"), {.reachable = "d", .long_silent = "a"}, ""},
      // One seat at a time, the last of the minority.
      {government(7, "a b c d", "e", "+f"), {.reachable = "b c d e f"}, "fill vacant seat (seat f) 7: a b c d | e f |"},
      {government(5, "a b c", "", "+d +e"), {.reachable = "b c d e"}, "fill vacant seat (seat d) 5: a b c | d | +e"},
  };
  for (const Row& row : rows) {
    CAPTURE(tests::text_of(row.current));
    CAPTURE(row.expected);
    REQUIRE(row.current.fault() == nullptr);
    const std::optional<Change> change = shape(row.current, facts_of(row.known));
    REQUIRE(change.has_value() == !row.expected.empty());
    if (!change) continue;
    CHECK(std::string{to_string(change->what)} + " (" + change->why + ") " + tests::text_of(change->next) ==
          row.expected);
    CHECK(change->next.why == change->why);
    CHECK(change->next.promise.is_zero());
    CHECK(change->membership == !change->next.same_parliament(row.current));
  }
}

TEST_CASE("shape: what an operator asks for is refused where it will not be done") {
  const Government three = government(3, "a b", "c", "d");
  const auto exile = [&](const std::string& reachable, const std::string& id) {
    const char* why = exile_refusal(three, facts_of({.reachable = reachable}), id);
    return why == nullptr ? std::string{} : std::string{why};
  };
  CHECK(exile("b c", "c").empty());
  CHECK(exile("b", "d").empty());
  CHECK(exile("b c", "x") == "there is no such islander");
  CHECK(exile("b c", "a").empty());  // it hands over its office first
  CHECK(exile("b", "b") == "too few of the remaining seats answer");
  CHECK(exile("b", "a") == "too few of the remaining seats answer");
  CHECK(std::string(exile_refusal(government(1, "a", "", "b"), facts_of({.reachable = "b"}), "a")) ==
        "it is the only member of the parliament");
  const auto aim = [&](const std::string& reachable, std::uint32_t seats) {
    const char* why = aim_refusal(government(5, "a b c", "d e"), facts_of({.reachable = reachable}), seats);
    return why == nullptr ? std::string{} : std::string{why};
  };
  CHECK(aim("", 7).empty());
  CHECK(aim("b", 3).empty());
  CHECK(aim("b", 4) == "a parliament has 1, 3, 5 or 7 seats");
  CHECK(aim("", 3) == "too few of the remaining seats answer");
}

TEST_CASE("shape: a newcomer bears what it said of itself and arrives with the government") {
  Arrival newcomer = arrival("b");
  newcomer.properties["zone"] = "north";
  Facts facts;
  facts.arrivals.push_back(newcomer);
  const std::optional<Change> change = shape(government(1, "a"), facts);
  REQUIRE(change);
  Government next = change->next;
  place_at(next, {{2, 0}, 1});
  CHECK(next.citizens["b"] == Citizen{cookie_of("b"), "http://b", {2, 0}, false, {{"zone", "north"}}});
  CHECK(next.fault() == nullptr);
}

TEST_CASE("shape: a citizen that comes back elsewhere is told of") {
  Government current = government(3, "a b", "c");
  Facts facts;
  facts.arrivals.push_back(arrival("b"));
  facts.arrivals.back().url = "http://elsewhere";
  const std::optional<Change> change = shape(current, facts);
  REQUIRE(change);
  CHECK(change->what == Change::What::embark);
  CHECK_FALSE(change->membership);
  current.promise = {};
  current.ballot = 0;
  current.why = change->why;
  current.citizens["b"].url = "http://elsewhere";
  CHECK(change->next == current);
}

TEST_CASE("shape: who is refused does not arrive") {
  const Government current = government(3, "a b", "c", "d");
  struct Row {
    Arrival arrival;
    EmbarkVerdict verdict;
    const char* why;
  };
  Arrival far = arrival("e");
  far.url.assign(513, 'u');
  Arrival nowhere = arrival("e");
  nowhere.url.clear();
  Arrival wordy = arrival("e");
  wordy.properties["p"].assign(513, 'p');
  Arrival crowded = arrival("e");
  for (int i = 0; i < 33; ++i) crowded.properties[std::to_string(i)];
  Arrival nobody = arrival("e");
  nobody.cookie = {};
  const char* taken = "the id belongs to another islander (another data directory), which must depart first";
  const std::vector<Row> rows{
      {arrival("e"), EmbarkVerdict::fresh, nullptr},
      {arrival("d"), EmbarkVerdict::known, nullptr},
      {arrival("a"), EmbarkVerdict::known, nullptr},
      {arrival("d", 2), EmbarkVerdict::refused, taken},
      {arrival("b", 2), EmbarkVerdict::refused, taken},
      {arrival("E"), EmbarkVerdict::refused, "the id is no name"},
      {arrival(""), EmbarkVerdict::refused, "the id is no name"},
      {nobody, EmbarkVerdict::refused, "there is no cookie"},
      {far, EmbarkVerdict::fresh, "the url is too long"},
      {nowhere, EmbarkVerdict::fresh, "there is no url"},
      {wordy, EmbarkVerdict::fresh, "a property is too long"},
      {crowded, EmbarkVerdict::fresh, "there are too many properties"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.arrival.id);
    CHECK(embark_verdict(current, row.arrival.id, row.arrival.cookie) == row.verdict);
    const char* why = embark_refusal(current, row.arrival);
    CHECK(std::string{why == nullptr ? "" : why} == std::string{row.why == nullptr ? "" : row.why});
    Facts facts;
    facts.arrivals.push_back(row.arrival);
    CHECK(shape(current, facts).has_value() == (row.verdict == EmbarkVerdict::fresh && row.why == nullptr));
  }
}

TEST_CASE("shape: a full island refuses newcomers and takes back its own") {
  std::string rest;
  for (int i = 0; i < 999; ++i) rest += " n" + std::to_string(i);
  const Government full = government(1, "a", "", rest);
  REQUIRE(full.fault() == nullptr);
  CHECK(embark_verdict(full, "b", cookie_of("b")) == EmbarkVerdict::refused);
  CHECK(std::string{embark_refusal(full, arrival("b"))} == "the island is full");
  CHECK(embark_verdict(full, "n7", cookie_of("n7")) == EmbarkVerdict::known);
}

TEST_CASE("shape: repeated until nothing is left to do it has done all that can be done") {
  for (std::uint64_t seed = 0; seed < 2'000; ++seed) {
    CAPTURE(seed);
    Random random{{3, 5}, seed};
    Government current = tests::random_government(random);
    Facts facts;
    facts.membership_allowed = true;
    for (const auto& [id, citizen] : current.citizens) {
      (random.below(3) == 0 ? facts.unreachable : facts.reachable).insert(id);
      if (random.below(2) == 0) facts.caught_up.insert(id);
    }
    for (std::uint64_t i = random.below(3); i > 0; --i) facts.arrivals.push_back(arrival(tests::random_name(random)));
    for (auto& each : facts.arrivals) facts.reachable.insert(each.id);
    for (const auto& [id, citizen] : current.citizens) {
      if (facts.unreachable.contains(id) && random.below(2) == 0) facts.long_silent.insert(id);
      if (random.below(8) == 0) facts.exiles.emplace(id, citizen.cookie);
    }
    if (random.below(2) == 0) facts.aim = static_cast<std::uint32_t>(random.below(4) * 2 + 1);
    int rounds = 0;
    while (const std::optional<Change> change = shape(current, facts)) {
      REQUIRE(++rounds < 40);
      CHECK(change->membership == !change->next.same_parliament(current));
      CHECK(change->next.leader() == current.leader());
      Government next = change->next;
      place_at(next, {{current.promise.government + 1, 0}, current.ballot});
      REQUIRE(next.fault() == nullptr);
      current = next;
    }
    const auto reaches = [&](const std::string& id) { return id == current.leader() || facts.reachable.contains(id); };
    const auto count = [&](const std::vector<std::string>& list) {
      return static_cast<std::size_t>(std::count_if(list.begin(), list.end(), reaches));
    };
    for (const Arrival& each : facts.arrivals) CHECK(current.citizens.count(each.id) == 1);
    CHECK((count(current.majority) == current.majority.size() || count(current.minority) == 0));
    for (const std::string& id : current.constituents) {
      CAPTURE(id);
      const bool fit = current.citizens[id].acclimated && reaches(id);
      if (facts.caught_up.contains(id)) CHECK(current.citizens[id].acclimated);
      // A seat stays vacant only where the newcomer would not make f+1, or where there are too many seats.
      if (fit && current.vacant() > 0 && current.aim >= current.seats) {
        CHECK(count(current.parliament()) + 1 < current.quorum());
      }
    }
  }
}

}  // namespace
}  // namespace hansard
