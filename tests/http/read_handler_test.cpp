// HTTP API, Read: pages, channels, governments, long polls, against a real island of one.
#include "tests/http/islander.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

using hansard::test::Islander;
using hansard::test::Received;
using hansard::test::repeated;
using hansard::test::Wire;
using nlohmann::json;

namespace {

constexpr const char* entries = "/v1/logs/main/entries";

json page(Wire& wire, const std::string& query) {
  const Received received = wire.call("GET", entries + query);
  REQUIRE(received.status == 200);
  return json::parse(received.body);
}

std::vector<std::string> data_of(const json& page) {
  std::vector<std::string> out;
  for (const json& entry : page["entries"])
    out.push_back(entry["data"].is_string() ? entry["data"].get<std::string>() : entry["data"].dump());
  return out;
}

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("read: a log without entries has an empty page") {
  Islander islander;
  Wire wire(islander.port());
  const Received received = wire.call("GET", entries);
  CHECK(received.status == 200);
  const std::string mark = received.header("Hansard-Republic").substr(0, 8);
  CHECK(received.body == "{\"entries\":[],\"next\":\"0/0@" + mark + "\",\"more\":false}");
  CHECK(received.header("Hansard-Promise") == "0/0");
  CHECK(received.header("Content-Type") == "application/json");
}

TEST_CASE("read: pages follow each other without gap or double") {
  Islander islander;
  std::vector<std::string> promises;
  for (int i = 0; i < 25; ++i) promises.push_back(islander.append(std::to_string(i), "Content-Type: text/plain\r\n"));
  Wire wire(islander.port());
  std::string after = "0/0";
  Texts seen;
  for (int round = 0; round < 3; ++round) {
    const json one = page(wire, "?limit=10&after=" + after);
    CHECK(one["more"] == (round < 2));
    for (const std::string& text : data_of(one)) seen.push_back(text);
    after = one["next"];
    CHECK(after.starts_with(promises[seen.size() - 1] + "@"));
  }
  REQUIRE(seen.size() == 25);
  for (int i = 0; i < 25; ++i) CHECK(seen[static_cast<std::size_t>(i)] == std::to_string(i));
  const json none = page(wire, "?after=" + after);
  CHECK(none["entries"].empty());
  CHECK(none["next"] == after);
  CHECK(page(wire, "?limit=25")["more"] == false);
  CHECK(data_of(page(wire, "?after=" + promises[22])) == Texts{"23", "24"});
  CHECK(page(wire, "?after=99999/1")["entries"].empty());
}

TEST_CASE("read: the newest entries are asked for with last") {
  Islander islander;
  std::vector<std::string> promises;
  for (int i = 0; i < 10; ++i) promises.push_back(islander.append(std::to_string(i)));
  Wire wire(islander.port());
  CHECK(wire.call("POST", "/v1/logs/main/batch", "10\n11\n12\n", "Content-Type: application/x-ndjson\r\n").status ==
        201);
  CHECK(data_of(page(wire, "?last=2")) == Texts{"11", "12"});  // Cuts into the batch.
  CHECK(data_of(page(wire, "?last=5")) == Texts{"8", "9", "10", "11", "12"});
  CHECK(page(wire, "?last=5")["more"] == false);
  CHECK(page(wire, "?last=10000")["entries"].size() == 13);
  const json part = page(wire, "?last=5&limit=2");
  CHECK(data_of(part) == Texts{"8", "9"});
  CHECK(part["more"] == true);
  CHECK(data_of(page(wire, "?after=" + part["next"].get<std::string>())) == Texts{"10", "11", "12"});
  CHECK(page(wire, "?last=200")["entries"].size() == 13);
  islander.restart();  // From disk.
  Wire again(islander.port());
  CHECK(data_of(page(again, "?last=5")) == Texts{"8", "9", "10", "11", "12"});
  CHECK(data_of(page(again, "?after=" + promises[8] + "&limit=2")) == Texts{"9", "10"});
}

TEST_CASE("read: channels show only theirs in the order of the log") {
  Islander islander;
  for (int i = 0; i < 12; ++i) {
    islander.append(std::to_string(i), i % 3 == 0   ? ""
                                       : i % 3 == 1 ? "Hansard-Channel: one\r\n"
                                                    : "Hansard-Channel: two\r\n");
  }
  Wire wire(islander.port());
  CHECK(data_of(page(wire, "?channel=one")) == Texts{"1", "4", "7", "10"});
  CHECK(data_of(page(wire, "?channel=one&channel=two&limit=3")) == Texts{"1", "2", "4"});
  CHECK(data_of(page(wire, "?channel=two&last=2")) == Texts{"8", "11"});
  CHECK(data_of(page(wire, "?channel=one&channel=two&last=3")) == Texts{"8", "10", "11"});
  CHECK(page(wire, "?channel=none")["entries"].empty());
  const json exact = page(wire, "?channel=one&limit=4");
  CHECK(exact["more"] == false);  // Two more entries follow, none of this channel.
  const json empty = page(wire, "?channel=none&last=5");
  CHECK(empty["entries"].empty());
  CHECK(page(wire, "?after=" + empty["next"].get<std::string>())["entries"].empty());
}

TEST_CASE("read: governments are shown where they are asked for") {
  Islander islander;
  islander.append("x");
  Wire wire(islander.port());
  CHECK(page(wire, "")["entries"].size() == 1);
  const json all = page(wire, "?governments=true");
  REQUIRE(all["entries"].size() >= 2);
  const json& government = all["entries"][0];
  CHECK(government["kind"] == "government");
  CHECK(government["data"]["majority"] == json{"a"});
  CHECK(government["promise"].get<std::string>().ends_with("/0"));
  CHECK_FALSE(all["entries"].back().contains("kind"));
}

TEST_CASE("read: NDJSON is an entry a line") {
  Islander islander;
  islander.append("{\n\"a\": 1.0}", "Content-Type: application/json\r\n");
  islander.append("\xFF", "Hansard-Channel: c\r\n");
  Wire wire(islander.port());
  const Received received = wire.call("GET", entries, "", "Accept: application/x-ndjson\r\n");
  CHECK(received.header("Content-Type") == "application/x-ndjson");
  const std::size_t line = received.body.find('\n');
  CHECK(received.body.substr(0, line).ends_with(R"("content_type":"application/json","data":{ "a": 1.0}})"));
  const json second = json::parse(received.body.substr(line + 1));
  CHECK(second["data_base64"] == "/w==");
  CHECK(second["channel"] == "c");
  CHECK(received.body.ends_with("}\n"));
}

TEST_CASE("read: an answer ends at eight megabytes and goes on at next") {
  Islander islander;
  const std::string body(1'000'000, 'x');
  for (int i = 0; i < 12; ++i) islander.append(body);
  Wire wire(islander.port());
  const Received first = wire.call("GET", entries);
  CHECK(first.body.size() <= (8U << 20U) + 100);
  const json one = json::parse(first.body);
  CHECK(one["entries"].size() == 8);
  CHECK(one["more"] == true);
  const json two = page(wire, "?after=" + one["next"].get<std::string>());
  CHECK(two["entries"].size() == 4);
  CHECK(two["more"] == false);
}

TEST_CASE("read: a long poll is answered by the entry it waits for") {
  Islander islander;
  Wire wire(islander.port());
  wire.send(hansard::test::request("GET", std::string(entries) + "?wait=60s&channel=c"));
  CHECK_FALSE(wire.readable(50));
  islander.append("other");
  CHECK_FALSE(wire.readable(50));
  islander.append("mine", "Hansard-Channel: c\r\n");
  CHECK(data_of(json::parse(wire.receive().body)) == Texts{"mine"});
  // Where there is one already it does not wait; nor where the time is up.
  CHECK(data_of(page(wire, "?wait=60s&channel=c")) == Texts{"mine"});
  const auto begun = std::chrono::steady_clock::now();
  CHECK(page(wire, "?wait=200ms&channel=d")["entries"].empty());
  const auto took = std::chrono::steady_clock::now() - begun;
  CHECK(took >= std::chrono::milliseconds(200));
  CHECK(page(wire, "?wait=0s&channel=d")["entries"].empty());
  wire.send(hansard::test::request("GET", std::string(entries) + "?wait=60s&last=3&channel=d"));
  CHECK_FALSE(wire.readable(50));
  islander.append("newest", "Hansard-Channel: d\r\n");
  CHECK(data_of(json::parse(wire.receive().body)) == Texts{"newest"});
}

TEST_CASE("read: many long polls wait at once and all are answered") {
  Islander islander;
  std::vector<std::unique_ptr<Wire>> wires;
  for (int i = 0; i < 100; ++i) {
    wires.push_back(std::make_unique<Wire>(islander.port()));
    wires.back()->send(hansard::test::request("GET", std::string(entries) + "?wait=60s"));
  }
  islander.append("for all");
  for (const auto& wire : wires) CHECK(data_of(json::parse(wire->receive().body)) == Texts{"for all"});
}

TEST_CASE("read: a client that leaves its long poll is let go") {
  Islander islander;
  Wire keeps(islander.port());
  keeps.call("GET", "/healthz");
  {
    Wire wire(islander.port());
    wire.send(hansard::test::request("GET", std::string(entries) + "?wait=60s"));
    CHECK(hansard::test::eventually([&] { return islander.figures().connections >= 2; }));
  }
  CHECK(hansard::test::eventually([&] { return islander.figures().connections <= 2; }));
}

TEST_CASE("read: both consistencies read what was acknowledged on an island of one") {
  Islander islander;
  Wire wire(islander.port());
  for (int i = 0; i < 20; ++i) {
    islander.append(std::to_string(i));
    CHECK(page(wire, "?last=1")["entries"][0]["data"] == std::to_string(i));
    CHECK(page(wire, "?last=1&consistency=local")["entries"][0]["data"] == std::to_string(i));
    CHECK(page(wire, "?last=1&consistency=linearizable&timeout=5s")["entries"][0]["data"] == std::to_string(i));
  }
}

TEST_CASE("read: every bad parameter is 400") {
  Islander islander;
  islander.append("x");
  Wire wire(islander.port());
  for (const char* query : {"?limit=0",           "?limit=10001",
                            "?limit=1e3",         "?last=0",
                            "?last=10001",        "?last=5&after=1/1",
                            "?after=1",           "?after=1/01",
                            "?after=latest",      "?after=",
                            "?wait=30",           "?wait=61s",
                            "?wait=-1s",          "?consistency=eventual",
                            "?timeout=0",         "?timeout=2m",
                            "?governments=yes",   "?channel=",
                            "?channel=UP",        "?nonsense=1",
                            "?limit=5&limit=5",   "?after=1%2",
                            "?after=1/1@9F2C81AB"}) {
    CAPTURE(query);
    const Received received = wire.call("GET", std::string(entries) + query);
    CHECK(received.status == 400);
    CHECK(received.header("Content-Type") == "application/problem+json");
    CHECK(received.has("Hansard-Promise"));
  }
  CHECK(wire.call("GET", std::string(entries) + "?limit=10000&wait=60s&timeout=60s").status == 200);
  CHECK(wire.call("GET", std::string(entries) + "?after=1%2F1").status == 200);
  CHECK(wire.call("GET", std::string(entries) + "?after=1/1@00000000").status == 409);
}

TEST_CASE("read: HEAD has the length of what GET would answer") {
  Islander islander;
  islander.append("x");
  Wire wire(islander.port());
  const Received get = wire.call("GET", entries);
  const Received head = wire.call("HEAD", entries);
  CHECK(head.status == 200);
  CHECK(head.header("Content-Length") == std::to_string(get.body.size()));
  CHECK(wire.call("GET", entries).body == get.body);
}

TEST_CASE("read: a search through a long log finds its few entries") {
  Islander islander;
  islander.append("first", "Hansard-Channel: rare\r\n");
  Wire wire(islander.port());
  const std::string batch = repeated("\"" + std::string(400, 'x') + "\"\n", 10'000);
  for (int i = 0; i < 6; ++i) {
    REQUIRE(wire.call("POST", "/v1/logs/main/batch", batch, "Content-Type: application/x-ndjson\r\n").status == 201);
  }
  islander.append("last", "Hansard-Channel: rare\r\n");
  CHECK(data_of(page(wire, "?channel=rare")) == Texts{"first", "last"});
  CHECK(data_of(page(wire, "?channel=rare&last=2")) == Texts{"first", "last"});
  CHECK(page(wire, "?limit=10000")["entries"].size() == 10'000);
}
