// HTTP API, Read: linearizable reads and what becomes of them where no quorum confirms.
#include "http/confirmed_work.hpp"

#include "tests/http/fake_node.hpp"
#include "tests/http/wire.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <nlohmann/json.hpp>
#include <string>

using hansard::test::FakeIslander;
using hansard::test::FakeLog;
using hansard::test::Received;
using hansard::test::Wire;
using nlohmann::json;
using std::chrono::milliseconds;

namespace {

constexpr const char* entries = "/v1/logs/main/entries";

}  // namespace

TEST_CASE("confirmed: a read point that the leader's change took is asked for again") {
  FakeIslander islander;
  islander.run([](FakeLog& log) {
    log.commit({"x"});
    log.unconfirmed = 3;
  });
  Wire wire(islander.port());
  CHECK(json::parse(wire.call("GET", entries).body)["entries"].size() == 1);
  CHECK(islander.run([](FakeLog& log) { return log.unconfirmed; }) == 0);
}

TEST_CASE("confirmed: without a quorum the read is 503 when its time is up and a local one is not") {
  FakeIslander islander;
  islander.run([](FakeLog& log) {
    log.commit({"x"});
    log.quorum_silent = true;
  });
  Wire wire(islander.port());
  for (const char* query : {"?timeout=100ms", "?timeout=100ms&wait=10s", "?timeout=100ms&last=1"}) {
    CAPTURE(query);
    const auto begun = std::chrono::steady_clock::now();
    const Received received = wire.call("GET", std::string(entries) + query);
    const auto took = std::chrono::steady_clock::now() - begun;
    CHECK(received.status == 503);
    CHECK(json::parse(received.body)["type"] == "no-quorum");
    CHECK(received.has("Retry-After"));
    CHECK(took >= milliseconds(100));
    CHECK(took < milliseconds(5'000));
  }
  CHECK(wire.call("GET", std::string(entries) + "?consistency=local").status == 200);
  islander.run([](FakeLog& log) {
    log.quorum_silent = false;
    log.unconfirmed = 1'000'000;
  });
  CHECK(wire.call("GET", std::string(entries) + "?timeout=200ms").status == 503);
  CHECK(islander.run([](FakeLog& log) { return log.unconfirmed; }) > 1'000'000 - 20);  // Not as fast as it can.
  CHECK(islander.run([](FakeLog& log) { return log.open_reads; }) == 0);
}

TEST_CASE("confirmed: one entry that is here needs no quorum and one that is not does") {
  FakeIslander islander;
  islander.run([](FakeLog& log) {
    log.commit({"x"});
    log.quorum_silent = true;
  });
  Wire wire(islander.port());
  CHECK(wire.call("GET", std::string(entries) + "/3/1").body == "x");
  CHECK(wire.call("GET", std::string(entries) + "/3/2?timeout=100ms").status == 503);
  CHECK(wire.call("GET", std::string(entries) + "/3/2?consistency=local").status == 404);
}

TEST_CASE("confirmed: bad words and durations are faults") {
  for (const char* text : {"consistency=", "consistency=strong", "timeout=61s", "timeout=1"}) {
    CAPTURE(text);
    hansard::http::Query query(text);
    (void)hansard::http::take_consistency(query);
    CHECK_FALSE(query.fault().empty());
  }
  hansard::http::Query query("");
  const auto usual = hansard::http::take_consistency(query);
  CHECK(usual.linearizable);
  CHECK(usual.timeout == milliseconds(10'000));
}
