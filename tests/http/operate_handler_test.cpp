// HTTP API, Retention and The island: trims, settings, transfer and exile, of an island of one.
#include "tests/http/islander.hpp"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <string>

using hansard::test::Islander;
using hansard::test::Received;
using hansard::test::Wire;
using nlohmann::json;

namespace {

constexpr const char* log_path = "/v1/logs/main";
constexpr const char* trim_path = "/v1/logs/main/trim";

std::string before(const std::string& promise) { return "{\"before\":\"" + promise + "\"}"; }

json settings_of(Wire& wire) { return json::parse(wire.call("GET", log_path).body)["settings"]; }

}  // namespace

TEST_CASE("operate: a trim drops what is before it and says what stays") {
  Islander islander;
  Wire wire(islander.port());
  const std::string first = islander.append("1");
  const std::string second = islander.append("2");
  const std::string third = islander.append("3");
  Received trimmed = wire.call("POST", trim_path, before(second));
  CHECK(trimmed.status == 200);
  CHECK(trimmed.body == "{\"first\":\"" + second + "\"}");
  CHECK(trimmed.header("Hansard-Promise") == third);
  CHECK(wire.call("GET", "/v1/logs/main/entries/" + first).status == 410);
  CHECK(wire.call("GET", "/v1/logs/main/entries/" + second).status == 200);
  const Received gone = wire.call("GET", "/v1/logs/main/entries?after=" + first);
  CHECK(gone.status == 200);  // nothing after it is missing
  CHECK(json::parse(wire.call("GET", log_path).body)["entries"] == 2);
  // Again, and what is gone already: nothing more goes.
  CHECK(wire.call("POST", trim_path, before(second)).body == trimmed.body);
  CHECK(wire.call("POST", trim_path, before(first)).body == trimmed.body);
  // All of it.
  const std::string mark = wire.call("GET", log_path).header("Hansard-Republic").substr(0, 8);
  CHECK(wire.call("POST", trim_path, before("1/1000")).status == 409);
  const std::string committed = json::parse(wire.call("GET", log_path).body)["committed"];
  const std::string after_all = "1/" + std::to_string(std::stoi(committed.substr(2)) + 1);
  trimmed = wire.call("POST", trim_path, before(after_all + "@" + mark));
  CAPTURE(trimmed.body);
  CHECK(trimmed.status == 200);
  CHECK(trimmed.body == R"({"first":null})");
  CHECK(trimmed.header("Hansard-Promise") == third);
  CHECK(wire.call("GET", "/v1/logs/main/entries?after=" + first).status == 410);
  islander.restart();
  Wire again(islander.port());
  CHECK(json::parse(again.call("GET", log_path).body)["first"] == nullptr);
  CHECK(again.call("POST", "/v1/logs/main/entries", "late", "If-Match: \"" + third + "\"\r\n").status == 201);
}

TEST_CASE("operate: what is no trim is 400 and what is of another island 409") {
  Islander islander;
  Wire wire(islander.port());
  islander.append("1");
  for (const char* body : {"", "{}", "[]", "3/1", R"({"before":3})", R"({"before":"3"})", R"({"before":"0/0"})",
                           R"({"before":null})", R"({"before":"3/1","after":"3/2"})", R"({"before":"3/1")"}) {
    CAPTURE(body);
    CHECK(wire.call("POST", trim_path, body).status == 400);
  }
  CHECK(wire.call("POST", "/v1/logs/main/trim?limit=1", before("1/2")).status == 400);
  CHECK(wire.call("POST", "/v1/logs/main/trim?timeout=61s", before("1/2")).status == 400);
  const Received other = wire.call("POST", trim_path, before("1/2@ffffffff"));
  CHECK(other.status == 409);
  CHECK(json::parse(other.body)["type"] == "other-republic");
  CHECK(wire.call("POST", "/v1/logs/none/trim", before("1/2")).status == 404);
  CHECK(wire.call("GET", trim_path).header("Allow") == "POST");
  CHECK(json::parse(wire.call("GET", log_path).body)["entries"] == 1);
}

TEST_CASE("operate: settings change one by one and null is the default") {
  Islander islander;
  Wire wire(islander.port());
  const json usual{{"max_entry_bytes", 1'048'576}, {"idempotency_keys", 1'000'000}, {"idempotency_window", "10m"}};
  CHECK(settings_of(wire) == usual);
  const Received set = wire.call("PATCH", log_path, R"({"max_entries":100,"max_bytes":5000000,"max_age":"36h"})");
  CAPTURE(set.body);
  CHECK(set.status == 200);
  CHECK(json::parse(set.body) == json::parse(wire.call("GET", log_path).body));
  json wanted = usual;
  wanted["max_entries"] = 100;
  wanted["max_bytes"] = 5'000'000;
  wanted["max_age"] = "36h";
  CHECK(settings_of(wire) == wanted);
  CHECK(
      wire.call("PATCH", log_path, R"({"max_bytes":null,"idempotency_window":"1500ms","idempotency_keys":7})").status ==
      200);
  wanted.erase("max_bytes");
  wanted["idempotency_window"] = "1500ms";
  wanted["idempotency_keys"] = 7;
  CHECK(settings_of(wire) == wanted);
  CHECK(wire.call("PATCH", log_path, "{}").status == 200);
  CHECK(settings_of(wire) == wanted);
  islander.restart();
  Wire again(islander.port());
  CHECK(settings_of(again) == wanted);
}

TEST_CASE("operate: what is no setting is 400 and changes nothing") {
  Islander islander;
  Wire wire(islander.port());
  const json usual = settings_of(wire);
  for (const char* body : {"",
                           "null",
                           "[]",
                           R"({"max_entries":0})",
                           R"({"max_entries":-1})",
                           R"({"max_entries":1.5})",
                           R"({"max_entries":"5"})",
                           R"({"max_entries":18446744073709551616})",
                           R"({"max_age":0})",
                           R"({"max_age":"0s"})",
                           R"({"max_age":"10"})",
                           R"({"max_age":"999ms"})",
                           R"({"max_age":"876001h"})",
                           R"({"max_age":"1d"})",
                           R"({"idempotency_keys":1000001})",
                           R"({"idempotency_window":"169h"})",
                           R"({"idempotency_window":"999ms"})",
                           R"({"max_entry_bytes":8388609})",
                           R"({"max_entry_bytes":false})",
                           R"({"retention":1})",
                           R"({"max_entries":5,"max_agee":"5s"})"}) {
    CAPTURE(body);
    CHECK(wire.call("PATCH", log_path, body).status == 400);
  }
  CHECK(settings_of(wire) == usual);
  CHECK(wire.call("PATCH", log_path, R"({"max_entry_bytes":8388608,"max_age":"876000h"})").status == 200);
  CHECK(wire.call("PUT", log_path).header("Allow") == "GET, HEAD, PATCH");
  CHECK(wire.call("PATCH", "/v1/logs/none", "{}").status == 404);
}

TEST_CASE("operate: an entry may be as large as its log says") {
  Islander islander;
  Wire wire(islander.port());
  const auto append = [&](std::size_t bytes) {
    return Wire(islander.port()).call("POST", "/v1/logs/main/entries", std::string(bytes, 'x')).status;
  };
  const auto batch = [&](std::size_t bytes) {
    return Wire(islander.port())
        .call("POST", "/v1/logs/main/batch", "1\n" + std::string(bytes, '1') + "\n",
              "Content-Type: application/x-ndjson\r\n")
        .status;
  };
  CHECK(append(1'048'576) == 201);
  CHECK(append(1'048'577) == 413);
  REQUIRE(wire.call("PATCH", log_path, R"({"max_entry_bytes":100})").status == 200);
  CHECK(append(100) == 201);
  CHECK(append(101) == 413);
  CHECK(batch(100) == 201);
  CHECK(batch(101) == 413);
  REQUIRE(wire.call("PATCH", log_path, R"({"max_entry_bytes":8388608})").status == 200);
  CHECK(append(8'388'608) == 201);
  CHECK(append(8'388'609) == 413);
  const Received read = wire.call("GET", "/v1/logs/main/entries?last=1");
  CHECK(read.status == 200);
  CHECK(read.body.size() > 8'388'608);
}

TEST_CASE("operate: settings are kept to") {
  Islander islander;
  Wire wire(islander.port());
  for (int i = 0; i < 20; ++i) islander.append(std::to_string(i));
  REQUIRE(wire.call("PATCH", log_path, R"({"max_entries":5})").status == 200);
  const auto entries = [&] { return json::parse(wire.call("GET", log_path).body)["entries"].get<int>(); };
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (entries() > 5 && std::chrono::steady_clock::now() < end) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  CHECK(entries() == 5);
}

TEST_CASE("operate: the last member is not exiled and a stranger is not found") {
  Islander islander;
  Wire wire(islander.port());
  const Received refused = wire.call("DELETE", "/v1/islanders/a");
  CHECK(refused.status == 409);
  CHECK(json::parse(refused.body)["type"] == "refused");
  CHECK(wire.call("DELETE", "/v1/islanders/b").status == 404);
  CHECK(wire.call("DELETE", "/v1/islanders/B").status == 400);
  CHECK(wire.call("GET", "/v1/islanders/a").header("Allow") == "DELETE");
}

TEST_CASE("operate: office is handed to nobody who is not there") {
  Islander islander;
  Wire wire(islander.port());
  const auto transfer = [&](const char* body) { return wire.call("POST", "/v1/logs/main/transfer", body); };
  CHECK(transfer(R"({"to":"a"})").body == R"({"leader":"a"})");
  CHECK(transfer(R"({"to":"b"})").status == 409);
  for (const char* body : {"", "{}", R"({"to":"B"})", R"({"to":1})", R"({"to":"a","at":"b"})"}) {
    CAPTURE(body);
    CHECK(transfer(body).status == 400);
  }
}
