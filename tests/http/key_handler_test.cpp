// HTTP API, Append: what became of an append with a key.
#include "tests/http/islander.hpp"

#include <doctest/doctest.h>

#include <string>

using hansard::test::Islander;
using hansard::test::Received;
using hansard::test::Wire;

namespace {

constexpr const char* keys = "/v1/logs/main/keys/";

}  // namespace

TEST_CASE("key: it is found with the promise of its append") {
  Islander islander;
  Wire wire(islander.port());
  CHECK(wire.call("GET", keys + std::string("a%2Fb")).status == 404);
  const Received appended = wire.call("POST", "/v1/logs/main/entries", "x", "Idempotency-Key: a/b\r\n");
  REQUIRE(appended.status == 201);
  const std::string promise = appended.header("Hansard-Promise");
  for (const char* query : {"", "?consistency=local", "?timeout=2s"}) {
    CAPTURE(query);
    const Received found = wire.call("GET", keys + std::string("a%2Fb") + query);
    CHECK(found.status == 200);
    CHECK(found.header("Hansard-Promise") == promise);
    CHECK(found.body == "{\"promise\":\"" + promise + "\",\"first\":\"" + promise + "\",\"last\":\"" + promise + "\"}");
  }
  islander.restart();
  CHECK(Wire(islander.port()).call("GET", keys + std::string("a%2Fb")).header("Hansard-Promise") == promise);
}

TEST_CASE("key: of a batch it bears the first and the last promise") {
  Islander islander;
  Wire wire(islander.port());
  const Received appended = wire.call("POST", "/v1/logs/main/batch", "1\n2\n",
                                      "Content-Type: application/x-ndjson\r\nIdempotency-Key: b\r\n");
  REQUIRE(appended.status == 201);
  const std::string last = appended.header("Hansard-Promise");
  const std::string first = appended.header("Location").substr(std::string("/v1/logs/main/entries/").size());
  CHECK(wire.call("GET", keys + std::string("b")).body ==
        "{\"promise\":\"" + last + "\",\"first\":\"" + first + "\",\"last\":\"" + last + "\"}");
}

TEST_CASE("key: what is no key is 400 and another method 405") {
  Islander islander;
  Wire wire(islander.port());
  for (const std::string& text : {std::string("%20"), std::string("a%0Ab"), std::string(256, 'k'), std::string("%zz"),
                                  std::string("k?limit=1"), std::string("k?consistency=x")}) {
    CAPTURE(text);
    CHECK(wire.call("GET", keys + text).status == 400);
  }
  CHECK(wire.call("GET", keys + std::string(255, 'k')).status == 404);
  CHECK(wire.call("DELETE", keys + std::string("k")).status == 405);
  CHECK(wire.call("GET", "/v1/logs/none/keys/k").status == 404);
}
