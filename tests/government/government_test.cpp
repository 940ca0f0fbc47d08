// tests/government/government_test.cpp - what a government must be, and its bytes.
#include "government/government.hpp"

#include "tests/government/values.hpp"

#include <doctest/doctest.h>

#include <functional>
#include <string>

namespace hansard {
namespace {

using tests::government;

TEST_CASE("government: quorum and vacancies are counted by seats") {
  struct Row {
    std::uint32_t seats;
    std::string majority;
    std::string minority;
    std::size_t quorum;
    std::size_t vacant;
  };
  for (const Row& row : {Row{1, "a", "", 1, 0}, Row{3, "a b", "", 2, 1}, Row{3, "a b", "c", 2, 0},
                         Row{5, "a b c", "d", 3, 1}, Row{7, "a b c d", "", 4, 3}}) {
    const Government g = government(row.seats, row.majority, row.minority);
    CAPTURE(tests::text_of(g));
    CHECK(g.fault() == nullptr);
    CHECK(g.quorum() == row.quorum);
    CHECK(g.vacant() == row.vacant);
    CHECK(g.parliament().size() == row.seats - row.vacant);
    CHECK(g.leader() == "a");
  }
  const Government g = government(3, "a b", "c", "d");
  CHECK(g.seated("b"));
  CHECK(g.seated("c"));
  CHECK_FALSE(g.seated("d"));
  CHECK_FALSE(g.seated("x"));
}

TEST_CASE("government: the same parliament is the same seats and members by cookie") {
  const Government g = government(3, "a b", "c", "d");
  CHECK(g.same_parliament(government(3, "b c", "a")));
  CHECK(g.same_parliament(government(3, "a b", "c")));
  CHECK_FALSE(g.same_parliament(government(5, "a b c")));
  CHECK_FALSE(g.same_parliament(government(3, "a b")));
  CHECK_FALSE(g.same_parliament(government(3, "a b", "d")));
  Government wiped = g;
  wiped.citizens["c"].cookie = tests::cookie_of("c", 2);
  CHECK_FALSE(g.same_parliament(wiped));
}

TEST_CASE("government: each fault is found and said") {
  struct Row {
    std::string fault;
    std::function<void(Government&)> spoil;
  };
  const std::vector<Row> rows{
      {"seats are not 1, 3, 5 or 7", [](Government& g) { g.seats = 4; }},
      {"seats are not 1, 3, 5 or 7", [](Government& g) { g.seats = 0; }},
      {"seats are not 1, 3, 5 or 7", [](Government& g) { g.seats = 9; }},
      {"seats aimed at are not 1, 3, 5 or 7", [](Government& g) { g.aim = 0; }},
      {"seats aimed at are not 1, 3, 5 or 7", [](Government& g) { g.aim = 4; }},
      {"seats aimed at are not 1, 3, 5 or 7", [](Government& g) { g.aim = 9; }},
      {"no majority", [](Government& g) { g.majority.clear(); }},
      {"a majority that is not f+1", [](Government& g) { g.seats = 5; }},
      {"more members than seats", [](Government& g) { g.minority.push_back("d"); }},
      {"an id that is listed twice", [](Government& g) { g.constituents.push_back("a"); }},
      {"an id that is listed twice", [](Government& g) { g.majority[1] = "a"; }},
      {"a listed id that is no citizen", [](Government& g) { g.constituents.push_back("x"); }},
      {"a listed id that is no citizen", [](Government& g) { g.citizens.erase("b"); }},
      {"a citizen that is not listed", [](Government& g) { g.constituents.clear(); }},
      {"a member that is not acclimated", [](Government& g) { g.citizens["c"].acclimated = false; }},
      {"a citizen without a cookie", [](Government& g) { g.citizens["d"].cookie = {}; }},
      {"a citizen without an arrival", [](Government& g) { g.citizens["d"].arrived = {}; }},
      {"a citizen without an arrival",
       [](Government& g) {
         g.citizens["d"].arrived = {1, 3};
       }},
      {"a citizen that arrives after this government",
       [](Government& g) {
         g.citizens["d"].arrived = {2, 0};
       }},
      {"a url that is too long", [](Government& g) { g.citizens["d"].url.assign(513, 'u'); }},
      {"a property that is too long", [](Government& g) { g.citizens["d"].properties["p"].assign(513, 'p'); }},
      {"a property with too long a name", [](Government& g) { g.citizens["d"].properties[std::string(513, 'p')]; }},
      {"a citizen with too many properties",
       [](Government& g) {
         for (int i = 0; i < 33; ++i) g.citizens["d"].properties[std::to_string(i)];
       }},
      {"a reason that is too long", [](Government& g) { g.why.assign(513, 'w'); }},
      {"an id that is no name",
       [](Government& g) {
         g.citizens["D"] = g.citizens["d"];
         g.citizens.erase("d");
         g.constituents = {"D"};
       }},
      {"too many citizens",
       [](Government& g) {
         for (int i = 0; i < 1000; ++i) {
           const std::string id = "n" + std::to_string(i);
           g.citizens[id] = g.citizens["d"];
           g.constituents.push_back(id);
         }
       }},
  };
  for (const Row& row : rows) {
    Government g = government(3, "a b", "c", "d");
    REQUIRE(g.fault() == nullptr);
    row.spoil(g);
    CAPTURE(row.fault);
    REQUIRE(g.fault() != nullptr);
    CHECK(std::string{g.fault()} == row.fault);
  }
}

TEST_CASE("government: a newcomer arrives at the place that its government is given") {
  Government g = government(3, "a b", "c", "d");
  g.promise = {};
  g.citizens["d"].arrived = {};
  CHECK(g.fault() == nullptr);
  place_at(g, {{4, 0}, 9});
  CHECK(g.promise == Promise{4, 0});
  CHECK(g.ballot == 9);
  CHECK(g.citizens["d"].arrived == Promise{4, 0});
  CHECK(g.citizens["a"].arrived == Promise{1, 0});
  CHECK(g.fault() == nullptr);
}

TEST_CASE("government: bytes come back as the same value and every truncation is refused") {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    CAPTURE(seed);
    Random random{{1, 2}, seed};
    const Government g = tests::random_government(random);
    REQUIRE(g.fault() == nullptr);
    const std::string bytes = encode(g);
    const Result<Government> back = decode_government(bytes, {g.promise, g.ballot});
    REQUIRE(back);
    CHECK(*back == g);
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      CHECK_FALSE(decode_government(std::string_view{bytes}.substr(0, size), {g.promise, g.ballot}));
    }
    CHECK_FALSE(decode_government(bytes + "x", {g.promise, g.ballot}));
  }
}

TEST_CASE("government: what mutated bytes decode to is sound and has these bytes") {
  std::size_t decoded = 0;
  for (std::uint64_t seed = 0; seed < 20'000; ++seed) {
    CAPTURE(seed);
    Random random{{1, 3}, seed};
    const Government g = tests::random_government(random);
    std::string bytes = encode(g);
    for (std::uint64_t i = 1 + random.below(3); i > 0; --i) {
      const std::uint64_t where = random.below(bytes.size());
      bytes[where] = static_cast<char>(random.below(256));
    }
    const Result<Government> back = decode_government(bytes, {g.promise, g.ballot});
    if (!back) continue;
    ++decoded;
    CHECK(back->fault() == nullptr);
    CHECK(encode(*back) == bytes);
  }
  CHECK(decoded > 0);  // Texts may hold anything.
}

TEST_CASE("government: citizens and properties out of order are refused") {
  Government g = government(1, "a", "", "b c");
  g.citizens["b"].properties = {{"name-x", ""}, {"name-y", ""}};
  const std::string bytes = encode(g);
  const auto swapped = [&](const std::string& left, const std::string& right) {
    std::string result = bytes;
    const std::size_t i = bytes.rfind(left);
    const std::size_t j = bytes.rfind(right);
    REQUIRE(i != std::string::npos);
    REQUIRE(j != std::string::npos);
    result.replace(i, left.size(), right);
    result.replace(j, right.size(), left);
    return result;
  };
  CHECK(decode_government(bytes, {{1, 0}, 1}));
  CHECK_FALSE(decode_government(swapped("name-x", "name-y"), {{1, 0}, 1}));
  CHECK_FALSE(decode_government(swapped("\x01"
                                        "b",
                                        "\x01"
                                        "c"),
                                {{1, 0}, 1}));
}

TEST_CASE("government: another version and another place are told apart from damage") {
  const Government g = government(3, "a b", "c");
  std::string bytes = encode(g);
  CHECK(decode_government(bytes, {{1, 1}, 1}).error().code == Errc::corrupt);
  bytes[0] = 1;
  CHECK(decode_government(bytes, {{1, 0}, 1}).error().code == Errc::unsupported);
  CHECK(decode_government("", {{1, 0}, 1}).error().code == Errc::corrupt);
}

}  // namespace
}  // namespace hansard
