// What may be pasted into an answer as JSON. HTTP API, Read: `data` is the value itself where the body parses.
#include "http/json_check.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <nlohmann/json.hpp>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace {

using hansard::http::is_json;
using hansard::http::is_utf8;

// The other implementation, without the two ways in which it is laxer than we want.
bool reference(const std::string& text) {
  if (text.find('\0') != std::string::npos || text.starts_with("\xEF\xBB\xBF")) return false;
  return nlohmann::json::accept(text);
}

}  // namespace

TEST_CASE("json_check: values of every kind are JSON and their beginnings are not") {
  const std::vector<std::string> values{"{}",
                                        "[]",
                                        "\"\"",
                                        "null",
                                        "true",
                                        "false",
                                        "[1,2,[3,{\"a\":[]}]]",
                                        R"({"a":{"b":[1,-2.5e+3,"x\u00e9\ud83e\udd80"]}})",
                                        "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\""};
  for (const std::string& value : values) {
    CAPTURE(value);
    CHECK(is_json(value));
    CHECK(is_json(" \t\r\n" + value + "\n "));
    for (std::size_t size = 0; size < value.size(); ++size) {
      CAPTURE(size);
      CHECK_FALSE(is_json(value.substr(0, size)));
    }
    CHECK_FALSE(is_json(value + "x"));
    CHECK_FALSE(is_json(value + ","));
  }
}

TEST_CASE("json_check: numbers are kept to their grammar and to the range of a double") {
  for (const char* number :
       {"0", "-0", "10", "1.5", "-1.5e10", "1E+2", "1e-400", "12345678901234567890123456789", "1e308"}) {
    CAPTURE(number);
    CHECK(is_json(number));
  }
  for (const char* number :
       {"", "-", "01", "+1", ".5", "1.", "1e", "1e+", "0x1", "1e309", "-1e400", "NaN", "Infinity", "1_0"}) {
    CAPTURE(number);
    CHECK_FALSE(is_json(number));
  }
  CHECK(is_json(std::string(300, '9')));
  CHECK_FALSE(is_json(std::string(400, '9')));
}

TEST_CASE("json_check: strings are UTF-8 without control characters and lone surrogates") {
  CHECK(is_json("\"Grüße 🦀\x7F\""));
  for (const std::string& text : {std::string("\"\x01\""), std::string("\"\n\""), std::string("\"\xFF\""),
                                  std::string("\"\xC0\x80\""), std::string("\"\\ud800\""), std::string("\"\\udc00\""),
                                  std::string("\"\\ud800\\u0041\""), std::string("\"\\x\""), std::string("\"\\u12g4\""),
                                  std::string("\"a"), std::string("\"\\\""), std::string("'a'")}) {
    CAPTURE(text);
    CHECK_FALSE(is_json(text));
  }
}

TEST_CASE("json_check: a NUL byte ends nothing and a byte order mark is no JSON") {
  CHECK_FALSE(is_json(std::string_view("1\0", 2)));
  CHECK_FALSE(is_json(std::string_view("{}\0garbage", 10)));
  CHECK_FALSE(is_json("\xEF\xBB\xBF{}"));
}

TEST_CASE("json_check: nesting is bounded and a megabyte of brackets does no harm") {
  const auto nested = [](std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  CHECK(is_json(nested(hansard::http::json_depth_max)));
  CHECK_FALSE(is_json(nested(hansard::http::json_depth_max + 2)));
  CHECK_FALSE(is_json(std::string(1'000'000, '[')));
  CHECK_FALSE(is_json(nested(500'000)));
}

TEST_CASE("json_check: it agrees with nlohmann on a hundred thousand mangled documents") {
  std::mt19937_64 random(20261121);
  const std::vector<std::string> seeds{R"({"a":1,"b":[true,false,null],"c":"x\u00e9\ud83e\udd80"})",
                                       "[1,-2.5e+3,0.1E-2,1e309]", "\"Grüße 🦀\"", R"([{"":{}},[],"\\\"\/"])",
                                       "  12  "};
  const std::string alphabet = "{}[]\",:\\u0123456789abcdefeE+-. \ntrlns\xC3\xA9\xF0\x9F";
  for (int round = 0; round < 100'000; ++round) {
    std::string text = seeds[random() % seeds.size()];
    for (std::uint64_t edits = random() % 3 + 1; edits != 0; --edits) {
      const std::size_t at = random() % (text.size() + 1);
      const char c = alphabet[random() % alphabet.size()];
      switch (random() % 3) {
        case 0:
          text.insert(at, 1, c);
          break;
        case 1:
          text.erase(at, 1);
          break;
        default:
          if (at < text.size()) text[at] = c;
      }
    }
    CAPTURE(text);
    REQUIRE(is_json(text) == reference(text));
  }
}

TEST_CASE("json_check: UTF-8 is that of Unicode table 3-7") {
  for (const char* text : {"", "ascii only, longer than eight", "\xC2\x80", "\xDF\xBF", "\xE0\xA0\x80", "\xED\x9F\xBF",
                           "\xEE\x80\x80", "\xEF\xBF\xBF", "\xF0\x90\x80\x80", "\xF4\x8F\xBF\xBF"}) {
    CAPTURE(text);
    CHECK(is_utf8(text));
    CHECK(is_utf8(std::string("12345678") + text + "12345678"));
  }
  for (const char* text : {"\x80", "\xC1\xBF", "\xC2", "\xC2\x41", "\xE0\x9F\xBF", "\xE1\x80", "\xED\xA0\x80",
                           "\xF0\x8F\xBF\xBF", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFF"}) {
    CAPTURE(text);
    CHECK_FALSE(is_utf8(text));
    CHECK_FALSE(is_utf8(std::string("12345678") + text + "12345678"));
  }
}
