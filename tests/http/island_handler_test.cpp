// HTTP API, Logs, The island, Health and figures.
#include "http/version.hpp"
#include "tests/http/islander.hpp"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <string>

using hansard::test::Islander;
using hansard::test::Received;
using hansard::test::Wire;
using nlohmann::json;

TEST_CASE("island: the status of a log counts what clients appended") {
  Islander islander;
  Wire wire(islander.port());
  const std::string first = islander.append("12345");
  const std::string last = islander.append("678");
  const Received received = wire.call("GET", "/v1/logs/main");
  CHECK(received.status == 200);
  const json status = json::parse(received.body);
  CHECK(status["name"] == "main");
  CHECK(status["first"] == first);
  CHECK(status["last"] == last);
  CHECK(status["entries"] == 2);
  CHECK(status["bytes"] == 8);
  CHECK(status["leader"] == "a");
  CHECK(status["role"] == "leader");
  CHECK(status["government"] == received.header("Hansard-Government"));
  CHECK(status["settings"] ==
        json{{"max_entry_bytes", 1'048'576}, {"idempotency_keys", 1'000'000}, {"idempotency_window", "10m"}});
  CHECK(received.header("Hansard-Promise") == last);
  const json logs = json::parse(wire.call("GET", "/v1/logs").body);
  REQUIRE(logs["logs"].size() == 1);
  CHECK(logs["logs"][0] == json::parse(wire.call("GET", "/v1/logs/main").body));
}

TEST_CASE("island: the government names seats citizens and leader") {
  Islander islander;
  Wire wire(islander.port());
  const Received received = wire.call("GET", "/v1/logs/main/government");
  CHECK(received.status == 200);
  const json government = json::parse(received.body);
  CHECK(government["promise"] == received.header("Hansard-Government"));
  CHECK(government["majority"] == json{"a"});
  CHECK(government["minority"] == json::array());
  CHECK(government["constituents"] == json::array());
  CHECK(government["acclimated"] == json{"a"});
  CHECK(government["leader"] == "a");
  CHECK(government["ballot"].is_number_unsigned());
  const json& citizen = government["citizens"]["a"];
  CHECK(citizen["url"] == "http://127.0.0.1:" + std::to_string(islander.port()));
  CHECK(citizen.contains("arrived"));
  CHECK(citizen.contains("reachable"));
  CHECK(citizen.contains("committed"));
  CHECK(citizen.contains("lag_entries"));
}

TEST_CASE("island: health readiness and version answer without the log's headers") {
  Islander islander;
  Wire wire(islander.port());
  for (const char* path : {"/healthz", "/readyz", "/version"}) {
    CAPTURE(path);
    const Received received = wire.call("GET", path);
    CHECK(received.status == 200);
    CHECK_FALSE(received.has("Hansard-Promise"));
    CHECK(wire.call("HEAD", path).header("Content-Length") == std::to_string(received.body.size()));
    CHECK(wire.call("GET", std::string(path) + "?x=1").status == 400);
    CHECK(wire.call("POST", path).status == 405);
  }
  CHECK(json::parse(wire.call("GET", "/version").body)["version"] == hansard::version());
}

TEST_CASE("island: one that has no government is healthy but not ready and says for whom it waits") {
  Islander islander(
      {},
      [](hansard::NodeOptions& options) {
        options.url = "http://127.0.0.1:1";
        options.island = {{"a", "http://127.0.0.1:1"}, {"b", "http://127.0.0.1:2"}, {"c", "http://127.0.0.1:3"}};
      },
      false);
  Wire wire(islander.port());
  CHECK(wire.call("GET", "/healthz").status == 200);
  CHECK(hansard::test::eventually([&wire] {
    const Received received = wire.call("GET", "/readyz");
    CHECK(received.status == 503);
    CHECK(received.has("Retry-After"));
    return json::parse(received.body)["detail"].get<std::string>().find('b') != std::string::npos;
  }));
  for (const char* path : {"/v1/logs/main/entries", "/v1/logs/main/entries?consistency=local",
                           "/v1/logs/main/entries/1/1", "/v1/logs/main/subscribe", "/v1/logs/main/government"}) {
    CAPTURE(path);
    const Received received = wire.call("GET", path);
    CHECK(received.status == 503);
    CHECK(json::parse(received.body)["type"] == "no-government");
    CHECK(received.header("Hansard-Leader").empty());
    CHECK(received.has("Hansard-Leader"));
  }
  const json status = json::parse(wire.call("GET", "/v1/logs/main").body);
  CHECK(status["government"].is_null());
  CHECK(status["leader"].is_null());
}

TEST_CASE("island: unknown paths methods and logs are told apart") {
  Islander islander;
  Wire wire(islander.port());
  const auto check = [&wire](const char* method, const char* target, int status, const char* type) {
    CAPTURE(method);
    CAPTURE(target);
    const Received received = wire.call(method, target);
    CHECK(received.status == status);
    CHECK(json::parse(received.body)["type"] == type);
    return received;
  };
  check("GET", "/", 404, "not-found");
  check("GET", "/v1/logs/main/nothing", 404, "not-found");
  check("GET", "/v1/logs/other", 404, "unknown-log");
  check("POST", "/v1/logs/other/entries", 404, "unknown-log");
  check("GET", "/v1/logs/Main", 400, "bad-request");
  check("GET", "/v1/logs/ma%2", 400, "bad-request");
  CHECK(check("DELETE", "/v1/logs/main", 405, "wrong-method").header("Allow") == "GET, HEAD, PATCH");
  CHECK(check("PUT", "/v1/logs/main/entries", 405, "wrong-method").header("Allow") == "GET, HEAD, POST");
  CHECK(check("GET", "/v1/logs/main/batch", 405, "wrong-method").header("Allow") == "POST");
  CHECK_FALSE(check("GET", "/v1/logs/other", 404, "unknown-log").has("Hansard-Promise"));
  CHECK(check("DELETE", "/v1/logs/main", 405, "wrong-method").has("Hansard-Promise"));
}
