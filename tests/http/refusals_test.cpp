// Outcomes that a real island seldom has. HTTP API: each append ends in exactly one of committed, not appended,
// unknown.
#include "http/refusals.hpp"

#include "tests/http/fake_node.hpp"
#include "tests/http/wire.hpp"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <tuple>

using hansard::Errc;
using hansard::test::FakeIslander;
using hansard::test::FakeLog;
using hansard::test::Received;
using hansard::test::request;
using hansard::test::Wire;
using nlohmann::json;

namespace {

constexpr const char* entries = "/v1/logs/main/entries";
constexpr const char* subscribe = "/v1/logs/main/subscribe";

void fate(FakeIslander& islander, FakeLog::Fate fate) {
  islander.run([fate](FakeLog& log) { log.fate = fate; });
}

json problem(const Received& received, int status, const char* type) {
  CHECK(received.status == status);
  CHECK(received.header("Content-Type") == "application/problem+json");
  const json body = json::parse(received.body);
  CHECK(body["type"] == type);
  CHECK(body["status"] == status);
  return body;
}

}  // namespace

TEST_CASE("refusals: every end of an append but commit is told with its outcome") {
  FakeIslander islander;
  Wire wire(islander.port());
  fate(islander, FakeLog::Fate::is_refused);
  const Received full = wire.call("POST", entries, "x");
  CHECK(problem(full, 429, "queue-full")["outcome"] == "not-appended");
  CHECK(full.header("Retry-After") == "1");
  CHECK(json::parse(full.body)["retry_after_ms"] == 250);

  fate(islander, FakeLog::Fate::ends_not_appended);
  const Received refused = wire.call("POST", entries, "x");
  CHECK(problem(refused, 503, "not-committed")["outcome"] == "not-appended");
  CHECK(refused.header("Retry-After") == "1");

  for (const auto& [objection, status, type] : {std::tuple{hansard::Objection::keys_full, 429, "keys-full"},
                                                std::tuple{hansard::Objection::too_large, 413, "too-large"},
                                                std::tuple{hansard::Objection::key_reused, 422, "key-reused"},
                                                std::tuple{hansard::Objection::not_matched, 412, "not-matched"}}) {
    islander.run([why = objection](FakeLog& log) { log.objection = why; });
    const Received objected = wire.call("POST", entries, "x");
    CHECK(problem(objected, status, type)["outcome"] == "not-appended");
    CHECK(objected.header("Retry-After").empty() == (status != 429));
  }

  fate(islander, FakeLog::Fate::ends_unknown);
  CHECK(problem(wire.call("POST", entries, "x"), 503, "not-committed")["outcome"] == "unknown");

  fate(islander, FakeLog::Fate::stays_open);
  const Received late = wire.call("POST", std::string(entries) + "?timeout=50ms", "x");
  CHECK(problem(late, 503, "not-committed")["outcome"] == "unknown");
  CHECK(json::parse(late.body)["detail"].get<std::string>().find("the time is up") != std::string::npos);
  CHECK(islander.run([](FakeLog& log) { return log.open_appends; }) == 0);

  fate(islander, FakeLog::Fate::commits);
  CHECK(wire.call("POST", entries, "x").status == 201);
}

TEST_CASE("refusals: a client that leaves gives up its append and its read") {
  FakeIslander islander;
  islander.run([](FakeLog& log) {
    log.fate = FakeLog::Fate::stays_open;
    log.quorum_silent = true;
  });
  for (const std::string& text : {request("POST", entries, "x"), request("GET", entries)}) {
    Wire wire(islander.port());
    wire.send(text);
    while (islander.run([](FakeLog& log) { return log.open_appends + log.open_reads; }) == 0) {
    }
    wire.close();
    while (islander.run([](FakeLog& log) { return log.open_appends + log.open_reads; }) != 0) {
    }
  }
}

TEST_CASE("refusals: below the oldest retained entry is gone for every kind of read") {
  FakeIslander islander;
  islander.run([](FakeLog& log) {
    for (int i = 0; i < 10; ++i) log.commit({std::to_string(i)});
    log.entries.erase(log.entries.begin(), log.entries.begin() + 5);
    log.begins_at = log.status.oldest_client = {3, 6};
  });
  Wire wire(islander.port());
  for (const char* target :
       {"/v1/logs/main/entries?after=3/2", "/v1/logs/main/entries/3/2", "/v1/logs/main/subscribe?after=3/2"}) {
    CAPTURE(target);
    CHECK(problem(wire.call("GET", target), 410, "trimmed")["first"] == "3/6");
  }
  CHECK(json::parse(wire.call("GET", entries).body)["entries"].size() == 5);
  CHECK(json::parse(wire.call("GET", std::string(entries) + "?last=5").body)["entries"].size() == 5);
}

TEST_CASE("refusals: a subscriber that trimming overtakes is told so and its stream ends") {
  FakeIslander islander;
  islander.run([](FakeLog& log) { log.commit({"one"}); });
  Wire events(islander.port());
  events.send(request("GET", std::string(subscribe) + "?after=0/0"));
  CHECK(events.receive_head().status == 200);
  CHECK(events.until("\n\n").find("\"data\":\"one\"") != std::string::npos);
  Wire lines(islander.port());
  lines.send(request("GET", std::string(subscribe) + "?after=0/0", "", "Accept: application/x-ndjson\r\n"));
  CHECK(lines.receive_head().status == 200);
  CHECK(json::parse(lines.until("\n"))["data"] == "one");
  islander.run([](FakeLog& log) {
    log.begins_at = log.status.oldest_client = {3, 7};
    for (int i = 0; i < 10; ++i) log.commit({"x"});
  });
  CHECK(events.until("\n\n") == "event: gone\ndata: {\"first\":\"3/7\"}\n\n");
  CHECK(events.chunk().empty());
  CHECK(lines.until("\n") == "{\"gone\":{\"first\":\"3/7\"}}\n");
  CHECK(lines.chunk().empty());
}

TEST_CASE("refusals: too many reads of the disk are a matter of time and a corrupt one is not") {
  FakeIslander islander;
  islander.run([](FakeLog& log) {
    for (int i = 0; i < 4; ++i) log.commit({std::to_string(i)});
    log.held_from = 3;
    log.disk_failures = 1;
  });
  Wire wire(islander.port());
  const Received busy = wire.call("GET", entries);
  CHECK(problem(busy, 503, "busy")["detail"] == "the disk is busy");
  CHECK(busy.has("Retry-After"));
  CHECK(json::parse(wire.call("GET", entries).body)["entries"].size() == 4);
  islander.run([](FakeLog& log) { log.disk_failures = 1; });
  problem(wire.call("GET", std::string(entries) + "/3/1"), 503, "busy");
  islander.run([](FakeLog& log) {
    log.disk_failures = 1;
    log.disk_errc = Errc::corrupt;
  });
  problem(wire.call("GET", entries), 500, "internal");
}

TEST_CASE("refusals: a subscription waits for a busy disk and breaks off at a corrupt one") {
  FakeIslander islander;
  islander.run([](FakeLog& log) {
    for (int i = 0; i < 4; ++i) log.commit({std::to_string(i)});
    log.held_from = 3;
    log.disk_failures = 3;
  });
  Wire wire(islander.port());
  wire.send(request("GET", std::string(subscribe) + "?after=0/0"));
  CHECK(wire.receive_head().status == 200);
  for (int i = 0; i < 4; ++i) CHECK(wire.until("\n\n").find("\"data\":\"" + std::to_string(i)) != std::string::npos);
  CHECK(islander.run([](FakeLog& log) { return log.disk_reads; }) >= 4);
  islander.run([](FakeLog& log) {
    log.disk_failures = 1;
    log.disk_errc = Errc::corrupt;
    log.commit({"x"});
    log.commit({"y"});
    log.held_from = 5;
  });
  CHECK_THROWS_WITH(wire.until("\n\n"), "wire: it ended in a chunk's size");  // Torn, not ended.
}

TEST_CASE("refusals: an islander far behind or without a leader is not ready") {
  FakeIslander islander;
  Wire wire(islander.port());
  CHECK(wire.call("GET", "/readyz").status == 200);
  islander.run([](FakeLog& log) { log.status.lag_entries = 10'001; });
  problem(wire.call("GET", "/readyz"), 503, "behind");
  islander.run([](FakeLog& log) {
    log.status.lag_entries = 0;
    log.status.leader.clear();
    log.status.waiting_for = "waits for b";
  });
  CHECK(problem(wire.call("GET", "/readyz"), 503, "no-government")["detail"] == "no leader is heard: waits for b");
}
