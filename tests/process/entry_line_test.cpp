// tests/process/entry_line_test.cpp - how the command line cuts entries out of NDJSON.
#include "http/cli/entry_line.hpp"

#include <doctest/doctest.h>

#include <string>

using hansard::cli::decode_base64;
using hansard::cli::parse_entry_line;
using hansard::cli::raw_member;

TEST_CASE("entry line: members are cut out as they stand") {
  const std::string line = R"( {"a" : 1.0 ,"b":"x\"}{,","c":{"a":[1,{"d":"]"}]},"d":[], "e":null})";
  CHECK(raw_member(line, "a") == "1.0");
  CHECK(raw_member(line, "b") == R"("x\"}{,")");
  CHECK(raw_member(line, "c") == R"({"a":[1,{"d":"]"}]})");
  CHECK(raw_member(line, "d") == "[]");
  CHECK(raw_member(line, "e") == "null");
  CHECK(!raw_member(line, "f"));
  for (const std::string bad : {"", "[]", "{", "{\"a", "{\"a\"", "{\"a\":", "{\"a\":\"x", "{\"a\":[1,2", "{\"a\":1"}) {
    CAPTURE(bad);
    CHECK(!raw_member(bad, "a"));
  }
}

TEST_CASE("entry line: bodies are given as they were appended") {
  CHECK(parse_entry_line(R"({"promise":"3/42","data":"a\nb\u00e9"})")->body == "a\nb\xc3\xa9");
  CHECK(parse_entry_line(R"({"promise":"3/42","data":{"n": 1e400}})")->body == R"({"n": 1e400})");
  CHECK(parse_entry_line(R"({"promise":"3/42","data_base64":"AP8="})")->body == std::string("\x00\xff", 2));
  CHECK(parse_entry_line(R"({"promise":"3/42","data":""})")->promise == hansard::Promise{3, 42});
  for (const std::string bad : {R"({"promise":"3/42"})", R"({"data":"x"})", R"({"promise":"3","data":"x"})",
                                R"({"promise":"3/42","data_base64":"!"})", "nonsense"}) {
    CAPTURE(bad);
    CHECK(!parse_entry_line(bad));
  }
}

TEST_CASE("entry line: base64 is decoded") {
  CHECK(decode_base64("") == "");
  CHECK(decode_base64("Zg==") == "f");
  CHECK(decode_base64("Zm8=") == "fo");
  CHECK(decode_base64("Zm9v") == "foo");
  CHECK(decode_base64("Zm9vYmFy") == "foobar");
  CHECK(!decode_base64("Zm9"));
  CHECK(!decode_base64("Zm9*"));
  CHECK(!decode_base64("===="));
}
