// tests/government/constituency_test.cpp - the tree of protocol section 6.
#include "government/constituency.hpp"

#include "tests/government/values.hpp"

#include <doctest/doctest.h>

#include <map>
#include <set>
#include <string>

namespace hansard {
namespace {

using tests::government;
using tests::words;

TEST_CASE("constituency: examples") {
  struct Row {
    Government government;
    std::string id;
    std::string constituency;
    std::string representative;
  };
  const std::vector<Row> rows{
      {government(1, "a", "", "b c"), "a", "b c", ""},
      {government(1, "a", "", "b c"), "c", "", "a"},
      {government(3, "a b", "", "c d"), "a", "", ""},
      {government(3, "a b", "", "c d"), "b", "c d", "a"},
      {government(3, "a b", "", "c d"), "d", "", "b"},
      {government(3, "a b", "c", "d e"), "b", "c", "a"},
      {government(3, "a b", "c", "d e"), "c", "d e", "b"},
      {government(3, "a b", "c", "d e"), "e", "", "c"},
      {government(5, "a b c", "d e", "f g h"), "b", "d", "a"},
      {government(5, "a b c", "d e", "f g h"), "c", "e", "a"},
      {government(5, "a b c", "d e", "f g h"), "d", "f h", "b"},
      {government(5, "a b c", "d e", "f g h"), "e", "g", "c"},
      {government(5, "a b c", "d e", "f g h"), "h", "", "d"},
      {government(5, "a b c", "d", "f g"), "c", "", "a"},
      {government(5, "a b c", "", "f g h"), "b", "f h", "a"},
      {government(5, "a b c", "", "f g h"), "g", "", "c"},
      {government(3, "a b", "c"), "stranger", "", ""},
      {Government{}, "a", "", ""},
  };
  for (const Row& row : rows) {
    CAPTURE(tests::text_of(row.government));
    CAPTURE(row.id);
    CHECK(constituency(row.government, row.id) == words(row.constituency));
    CHECK(representative(row.government, row.id) == row.representative);
  }
}

TEST_CASE("constituency: everyone but the leader has one representative and the way up ends at the leader") {
  for (std::uint32_t seats = 1; seats <= 7; seats += 2) {
    for (std::uint32_t vacant = 0; vacant <= seats / 2; ++vacant) {
      for (int constituents = 0; constituents <= 20; ++constituents) {
        std::string majority;
        std::string minority;
        std::string rest;
        for (std::uint32_t i = 0; i < seats - vacant; ++i) {
          (i < seats / 2 + 1 ? majority : minority) += " p" + std::to_string(i);
        }
        for (int i = 0; i < constituents; ++i) rest += " c" + std::to_string(i);
        const Government g = government(seats, majority, minority, rest);
        CAPTURE(tests::text_of(g));
        REQUIRE(g.fault() == nullptr);

        std::map<std::string, std::set<std::string>> above;
        for (const auto& [id, citizen] : g.citizens) {
          for (const std::string& below : constituency(g, id)) above[below].insert(id);
        }
        for (std::size_t i = 1; i < g.majority.size(); ++i) above[g.majority[i]].insert(g.leader());  // By registers.
        for (const auto& entry : g.citizens) {
          const std::string& id = entry.first;
          CAPTURE(id);
          if (id == g.leader()) {
            CHECK(representative(g, id).empty());
            CHECK(above.count(id) == 0);
            continue;
          }
          CHECK(above[id] == std::set<std::string>{representative(g, id)});
          std::string up = id;
          int steps = 0;
          for (; up != g.leader() && steps < 4; ++steps) up = representative(g, up);
          CHECK(up == g.leader());
          CHECK(steps <= 3);
        }
      }
    }
  }
}

}  // namespace
}  // namespace hansard
