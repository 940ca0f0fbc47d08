// HTTP API, Retention and The island: what an operator is told of what is not done.
#include "tests/http/fake_node.hpp"
#include "tests/http/wire.hpp"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <string>

using hansard::test::FakeIslander;
using hansard::test::FakeLog;
using hansard::test::Received;
using hansard::test::Wire;
using nlohmann::json;

TEST_CASE("operate: what the leader refuses is 409 with its reason") {
  FakeIslander islander;
  islander.run([](FakeLog& log) { log.operation_refused = "the moon is in the way"; });
  Wire wire(islander.port());
  const Received refused = wire.call("POST", "/v1/logs/main/transfer", R"({"to":"a"})");
  CHECK(refused.status == 409);
  const json problem = json::parse(refused.body);
  CHECK(problem["type"] == "refused");
  CHECK(problem["detail"] == "the moon is in the way");
  CHECK_FALSE(problem.contains("outcome"));
}

TEST_CASE("operate: what may be done yet is 503 with an unknown outcome") {
  FakeIslander islander;
  islander.run([](FakeLog& log) {
    log.operation_refused = "this islander has stopped";
    log.operation_doubtful = true;
  });
  Wire wire(islander.port());
  Received doubtful = wire.call("POST", "/v1/logs/main/trim", R"({"before":"3/1"})");
  CHECK(doubtful.status == 503);
  CHECK(json::parse(doubtful.body)["outcome"] == "unknown");
  CHECK(json::parse(doubtful.body)["type"] == "not-done");
  islander.run([](FakeLog& log) { log.operations_silent = true; });
  doubtful = wire.call("POST", "/v1/logs/main/trim?timeout=100ms", R"({"before":"3/1"})");
  CHECK(doubtful.status == 503);
  CHECK(doubtful.header("Retry-After") == "1");
  CHECK(json::parse(doubtful.body)["outcome"] == "unknown");
  CHECK(islander.run([](FakeLog& log) { return log.open_operations; }) == 0);  // given up
}

TEST_CASE("operate: without a quorum nothing is asked of anybody") {
  FakeIslander islander;
  islander.run([](FakeLog& log) { log.quorum_silent = true; });
  Wire wire(islander.port());
  const Received late = wire.call("DELETE", "/v1/islanders/b?timeout=100ms");
  CHECK(late.status == 503);
  CHECK(json::parse(late.body)["type"] == "no-quorum");
  CHECK(islander.run([](FakeLog& log) { return log.operations.size(); }) == 0);
}

TEST_CASE("operate: what is asked is brought to the node as it was written") {
  FakeIslander islander;
  islander.run([](FakeLog& log) { log.status.government.citizens["b"]; });
  Wire wire(islander.port());
  CHECK(wire.call("POST", "/v1/logs/main/trim", R"({"before":"3/7"})").status == 200);
  CHECK(wire.call("PATCH", "/v1/logs/main", R"({"max_age":"2m","max_bytes":null})").status == 200);
  CHECK(wire.call("POST", "/v1/logs/main/transfer", R"({"to":"b"})").status == 200);
  CHECK(wire.call("DELETE", "/v1/islanders/b").body == R"({"exiled":"b","government":"3/0"})");
  const auto asked = islander.run([](FakeLog& log) { return log.operations; });
  REQUIRE(asked.size() == 4);
  CHECK(asked[0].before == hansard::Promise{3, 7});
  CHECK(asked[1].settings.max_age_us == 120'000'000);
  CHECK(asked[1].settings.max_bytes == 0U);
  CHECK_FALSE(asked[1].settings.max_entries.has_value());
  CHECK(asked[2].id == "b");
  CHECK(asked[3].what == hansard::Operation::What::exile);
}
