#include "sdk/event_line.hpp"

#include <doctest/doctest.h>

using hansard::event_line;

TEST_CASE("event_line: facts become one line that can be read and grepped") {
  CHECK(event_line({"hedge", false, {}}) == "event=hedge");
  CHECK(event_line({"collapse", true, {{"why", "the leader is silent"}, {"ballot", "7"}, {"to", ""}}}) ==
        R"(event=collapse why="the leader is silent" ballot=7 to="")");
  CHECK(event_line({"x", false, {{"y", "a \"b\" \\c\nd\te=f"}}}) == R"(event=x y="a \"b\" \\c d e=f")");
}
