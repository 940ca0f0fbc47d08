// HTTP API, Positions: `3/42` or `3/42@9f2c81ab`.
#include "http/bookmark.hpp"

#include <doctest/doctest.h>

#include <string>

using hansard::http::Bookmark;
using hansard::http::parse_bookmark;

TEST_CASE("bookmark: what is written is read back") {
  std::string text;
  hansard::http::append_bookmark(text, {3, 42}, {0x9f2c81ab01020304, 7});
  CHECK(text == "3/42@9f2c81ab");
  CHECK(parse_bookmark(text) == Bookmark{{3, 42}, 0x9f2c81abU});
  CHECK(parse_bookmark("3/42") == Bookmark{{3, 42}, std::nullopt});
  CHECK(parse_bookmark("0/0@00000000") == Bookmark{{0, 0}, 0U});
}

TEST_CASE("bookmark: only one of another republic does not belong") {
  const hansard::Republic republic{0x9f2c81ab01020304, 7};
  CHECK(parse_bookmark("3/42")->belongs_to(republic));
  CHECK(parse_bookmark("3/42@9f2c81ab")->belongs_to(republic));
  CHECK_FALSE(parse_bookmark("3/42@9f2c81ac")->belongs_to(republic));
  CHECK_FALSE(parse_bookmark("0/0@00000000")->belongs_to(republic));
}

TEST_CASE("bookmark: what is not canonical is none") {
  for (const char* text : {"",
                           "3",
                           "3/",
                           "/42",
                           "03/42",
                           "3/042",
                           "+3/42",
                           "3/-1",
                           " 3/42",
                           "3/42 ",
                           "3/42@",
                           "3/42@9f2c81a",
                           "3/42@9f2c81ab0",
                           "3/42@9F2C81AB",
                           "3/42@9f2c81ag",
                           "@9f2c81ab",
                           "3/42@@9f2c81a",
                           "3//42",
                           "a/b",
                           "18446744073709551616/1",
                           "3/42@9f2c81ab@9f2c81ab",
                           "3%2F42",
                           "latest"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_bookmark(text));
  }
}
