// HTTP API, Read: one entry by its promise.
#include "tests/http/islander.hpp"

#include <doctest/doctest.h>

#include <string>

using hansard::test::Islander;
using hansard::test::Received;
using hansard::test::Wire;

namespace {

constexpr const char* entries = "/v1/logs/main/entries/";

}  // namespace

TEST_CASE("entry: it is found by both spellings of its promise with and without the republic") {
  Islander islander;
  const std::string promise = islander.append("hello", "Content-Type: text/html\r\n");
  const std::size_t slash = promise.find('/');
  const std::string encoded = promise.substr(0, slash) + "%2F" + promise.substr(slash + 1);
  Wire wire(islander.port());
  const Received found = wire.call("GET", entries + promise);
  CHECK(found.status == 200);
  CHECK(found.body == "hello");
  CHECK(found.header("Content-Type") == "text/html");
  CHECK(found.header("X-Content-Type-Options") == "nosniff");
  const std::string mark = found.header("Hansard-Republic").substr(0, 8);
  for (const std::string& text :
       {encoded, promise + "@" + mark, encoded + "%40" + mark, promise + "?consistency=local"}) {
    CAPTURE(text);
    CHECK(wire.call("GET", entries + text).body == "hello");
  }
  const Received head = wire.call("HEAD", entries + promise);
  CHECK(head.status == 200);
  CHECK(head.header("Content-Length") == "5");
  CHECK(wire.call("GET", entries + promise).body == "hello");  // HEAD brought no body that would disturb.
}

TEST_CASE("entry: what is none is 404 or 400 and of another republic 409") {
  Islander islander;
  const std::string promise = islander.append("hello");
  Wire wire(islander.port());
  const std::string government = promise.substr(0, promise.find('/'));
  CHECK(wire.call("GET", entries + government + "/999").status == 404);
  CHECK(wire.call("GET", entries + std::string("999/1")).status == 404);
  CHECK(wire.call("GET", entries + std::string("999/1?consistency=local")).status == 404);
  CHECK(wire.call("GET", entries + std::string("0/0")).status == 404);
  CHECK(wire.call("GET", entries + government + "/0").status == 404);  // A government is no client entry.
  for (const char* text :
       {"1", "1/x", "01/1", "1%2", "1/1@", "1/1@12", "1/1?after=1/1", "1/1?consistency=maybe", "1/1?timeout=5"}) {
    CAPTURE(text);
    CHECK(wire.call("GET", entries + std::string(text)).status == 400);
  }
  const Received other = wire.call("GET", entries + promise + "@00000000");
  CHECK(other.status == 409);
  CHECK(other.body.find("\"type\":\"other-republic\"") != std::string::npos);
  CHECK(other.body.find(other.header("Hansard-Republic")) != std::string::npos);
}

TEST_CASE("entry: each item of a batch has its own body and all survive a restart") {
  Islander islander;
  Wire wire(islander.port());
  const Received appended =
      wire.call("POST", "/v1/logs/main/batch", "1\n[2]\n\"3\"\n", "Content-Type: application/x-ndjson\r\n");
  REQUIRE(appended.status == 201);
  const std::string last = appended.header("Hansard-Promise");
  CHECK(wire.call("GET", appended.header("Location")).body == "1");
  CHECK(wire.call("GET", entries + last).body == "\"3\"");
  islander.restart();
  Wire again(islander.port());
  CHECK(again.call("GET", appended.header("Location")).body == "1");
  CHECK(again.call("GET", entries + last).body == "\"3\"");
}
