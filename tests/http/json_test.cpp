// The pieces that answers are written of. HTTP API, Conventions: JSON is UTF-8; times are RFC 3339 UTC.
#include "http/json.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace {

using hansard::http::append_base64;
using hansard::http::append_json_string;
using hansard::http::append_time;

std::string as_string(std::string_view text) {
  std::string out;
  append_json_string(out, text);
  return out;
}

std::string base64(std::string_view bytes) {
  std::string out;
  append_base64(out, bytes);
  return out;
}

std::string time_of(std::int64_t us) {
  std::string out;
  append_time(out, us);
  return out;
}

}  // namespace

TEST_CASE("json: every byte below 128 survives a string and leaves it on one line") {
  for (int c = 0; c < 128; ++c) {
    CAPTURE(c);
    const std::string text = std::string("a") + static_cast<char>(c) + "b";
    const std::string json = as_string(text);
    CHECK(json.find('\n') == std::string::npos);
    CHECK(nlohmann::json::parse(json).get<std::string>() == text);
  }
  CHECK(as_string("say \"hi\"\\\n\t\x01") == R"("say \"hi\"\\\n\t\u0001")");
}

TEST_CASE("json: UTF-8 stays as it is and what is none becomes the replacement character") {
  CHECK(as_string("Grüße 🦀") == "\"Grüße 🦀\"");
  CHECK(as_string("a\xFFz") == "\"a\xEF\xBF\xBDz\"");
  CHECK(as_string("\xC3") == "\"\xEF\xBF\xBD\"");
  CHECK(as_string("\xED\xA0\x80") == "\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\"");  // A surrogate.
}

TEST_CASE("json: base64 is that of RFC 4648 section 10") {
  CHECK(base64("") == "");
  CHECK(base64("f") == "Zg==");
  CHECK(base64("fo") == "Zm8=");
  CHECK(base64("foo") == "Zm9v");
  CHECK(base64("foob") == "Zm9vYg==");
  CHECK(base64("fooba") == "Zm9vYmE=");
  CHECK(base64("foobar") == "Zm9vYmFy");
  CHECK(base64(std::string_view("\xFF\xFE\x00\xFB", 4)) == "//4A+w==");
}

TEST_CASE("json: times are RFC 3339 in UTC with microseconds") {
  constexpr std::int64_t second = 1'000'000;
  CHECK(time_of(0) == "1970-01-01T00:00:00.000000Z");
  CHECK(time_of(1) == "1970-01-01T00:00:00.000001Z");
  CHECK(time_of(-1) == "1969-12-31T23:59:59.999999Z");
  CHECK(time_of(1'795'238'700 * second + 123'456) == "2026-11-21T05:25:00.123456Z");
  CHECK(time_of(951'782'400 * second) == "2000-02-29T00:00:00.000000Z");
  CHECK(time_of(951'868'800 * second) == "2000-03-01T00:00:00.000000Z");
  CHECK(time_of(1'709'251'199 * second) == "2024-02-29T23:59:59.000000Z");
  CHECK(time_of(4'107'542'400 * second) == "2100-03-01T00:00:00.000000Z");
  CHECK(time_of(std::numeric_limits<std::int64_t>::max()) == "9999-12-31T23:59:59.999999Z");
  CHECK(time_of(std::numeric_limits<std::int64_t>::min()) == "0000-01-01T00:00:00.000000Z");
}

TEST_CASE("json: promises and republics are written as users read them") {
  std::string out;
  hansard::http::append_json_promise(out, {3, 42});
  out += ' ';
  hansard::http::append_promise(out, {0, std::numeric_limits<std::uint64_t>::max()});
  out += ' ';
  hansard::http::append_republic(out, {0x9f2c81ab00000001, 0xf});
  out += ' ';
  hansard::http::append_hex(out, 0x1f0);
  CHECK(out == "\"3/42\" 0/18446744073709551615 9f2c81ab00000001000000000000000f 1f0");
}
