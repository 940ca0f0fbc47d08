// HTTP API, Subscribe: without gap or double, in both forms; users' wishes 10 and 11 (peers.md).
#include "tests/http/islander.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

using hansard::HttpOptions;
using hansard::test::eventually;
using hansard::test::Islander;
using hansard::test::Received;
using hansard::test::repeated;
using hansard::test::request;
using hansard::test::Wire;
using nlohmann::json;
using std::chrono::milliseconds;

namespace {

constexpr const char* subscribe = "/v1/logs/main/subscribe";
constexpr const char* ndjson = "Accept: application/x-ndjson\r\n";
constexpr const char* lines = "Content-Type: application/x-ndjson\r\n";

struct Event {
  std::string id;
  std::string name;
  json data;
};

void open(Wire& wire, const std::string& query = "", const std::string& fields = "") {
  wire.send(request("GET", subscribe + query, "", fields));
  const Received head = wire.receive_head();
  REQUIRE(head.status == 200);
  CHECK(head.header("Transfer-Encoding") == "chunked");
  CHECK(head.has("Hansard-Promise"));
}

Event event(Wire& wire) {
  for (;;) {
    const std::string text = wire.until("\n\n");
    if (text.starts_with(":")) continue;
    const std::size_t name = text.find("\nevent: ");
    const std::size_t data = text.find("\ndata: ");
    REQUIRE(text.starts_with("id: "));
    REQUIRE(name != std::string::npos);
    REQUIRE(data != std::string::npos);
    return {text.substr(4, name - 4), text.substr(name + 8, data - name - 8), json::parse(text.substr(data + 7))};
  }
}

json line(Wire& wire) {
  for (;;) {
    const std::string text = wire.until("\n");
    if (text != "\n") return json::parse(text);
  }
}

}  // namespace

TEST_CASE("subscribe: from the oldest and on to every new entry as events") {
  Islander islander;
  const std::string promise = islander.append("old", "Hansard-Channel: c\r\n");
  Wire wire(islander.port());
  open(wire, "?after=0/0");
  const Event old = event(wire);
  CHECK(old.id.starts_with(promise + "@"));
  CHECK(old.name == "entry");
  CHECK(old.data["data"] == "old");
  CHECK(old.data["channel"] == "c");
  CHECK(old.data["promise"] == promise);
  for (int i = 0; i < 50; ++i) {
    islander.append(std::to_string(i));
    CHECK(event(wire).data["data"] == std::to_string(i));
  }
}

TEST_CASE("subscribe: latest is the default and shows only new entries") {
  Islander islander;
  islander.append("old");
  for (const char* query : {"", "?after=latest"}) {
    CAPTURE(query);
    Wire wire(islander.port());
    open(wire, query);
    islander.append("new\n\"line\"");
    CHECK(event(wire).data["data"] == "new\n\"line\"");
  }
}

TEST_CASE("subscribe: a batch is an event for each entry and resuming inside it goes on after it") {
  Islander islander;
  Wire wire(islander.port());
  open(wire, "?after=0/0");
  Wire appender(islander.port());
  REQUIRE(appender.call("POST", "/v1/logs/main/batch", repeated("7\n", 5), lines).status == 201);
  std::vector<std::string> ids;
  for (int i = 0; i < 5; ++i) ids.push_back(event(wire).id);
  for (std::size_t i = 0; i + 1 < ids.size(); ++i) {
    CAPTURE(i);
    Wire again(islander.port());
    open(again, "?after=latest&limit=1", "Last-Event-ID: " + ids[i] + "\r\n");  // Overrides after.
    CHECK(event(again).id == ids[i + 1]);
    CHECK(again.chunk().empty());
    CHECK(again.call("GET", "/healthz").status == 200);  // The connection goes on after limit.
  }
  islander.restart();  // The same from disk.
  Wire again(islander.port());
  open(again, "?after=" + ids[1].substr(0, ids[1].find('/')) + "%2F" + ids[1].substr(ids[1].find('/') + 1));
  for (std::size_t i = 2; i < ids.size(); ++i) CHECK(event(again).id == ids[i]);
}

TEST_CASE("subscribe: NDJSON is the same a line an entry") {
  Islander islander;
  Wire wire(islander.port());
  open(wire, "?limit=2", ndjson);
  islander.append("{\n\"n\": 1.0}", "Content-Type: application/json\r\n");
  islander.append("two");
  CHECK(wire.until("\n").find("\"data\":{ \"n\": 1.0}}") != std::string::npos);
  CHECK(line(wire)["data"] == "two");
  CHECK(wire.chunk().empty());
}

TEST_CASE("subscribe: channels and governments are as for reads") {
  Islander islander;
  islander.append("a", "Hansard-Channel: one\r\n");
  islander.append("b", "Hansard-Channel: two\r\n");
  islander.append("c");
  Wire some(islander.port());
  open(some, "?after=0/0&channel=one&channel=two");
  CHECK(event(some).data["data"] == "a");
  CHECK(event(some).data["data"] == "b");
  Wire all(islander.port());
  open(all, "?after=0/0&governments=true&limit=2");
  const Event government = event(all);
  CHECK(government.name == "government");
  CHECK(government.data["kind"] == "government");
  islander.append("d");
  islander.append("e", "Hansard-Channel: two\r\n");
  CHECK(event(some).data["data"] == "e");
}

TEST_CASE("subscribe: a silent stream gives a sign of life and only a silent one") {
  HttpOptions options;
  options.keep_alive = milliseconds(200);
  Islander islander(options);
  Wire events(islander.port());
  open(events);
  CHECK(events.chunk() == ":\n\n");
  CHECK(events.chunk() == ":\n\n");
  Wire texts(islander.port());
  open(texts, "", ndjson);
  CHECK(texts.chunk() == "\n");
}

TEST_CASE("subscribe: bad requests are answered as for reads") {
  Islander islander;
  islander.append("x");
  Wire wire(islander.port());
  for (const char* query : {"?after=1", "?after=", "?after=newest", "?limit=0", "?limit=x", "?wait=5s", "?channel=UP",
                            "?last=5", "?governments=1", "?after=latest&after=latest"}) {
    CAPTURE(query);
    CHECK(wire.call("GET", std::string(subscribe) + query).status == 400);
  }
  CHECK(wire.call("GET", subscribe, "", "Last-Event-ID: nonsense\r\n").status == 400);
  CHECK(wire.call("GET", std::string(subscribe) + "?after=1/1@00000000").status == 409);
  CHECK(wire.call("GET", subscribe, "", "Last-Event-ID: 1/1@00000000\r\n").status == 409);
  CHECK(wire.call("GET", "/v1/logs/none/subscribe").status == 404);
  CHECK(wire.call("POST", subscribe).status == 405);
  CHECK(wire.call("GET", subscribe, "", "Connection: Upgrade\r\nUpgrade: websocket\r\n").status == 501);
  const Received head = wire.call("HEAD", subscribe);
  CHECK(head.status == 200);
  CHECK(head.header("Content-Type") == "text/event-stream");
  CHECK(wire.call("GET", "/healthz").status == 200);
}

TEST_CASE("subscribe: HTTP/1.0 gets the stream without chunks up to the end of the connection") {
  Islander islander;
  islander.append("x");
  Wire wire(islander.port());
  wire.send("GET /v1/logs/main/subscribe?after=0/0&limit=1 HTTP/1.0\r\nAccept: application/x-ndjson\r\n\r\n");
  const Received received = wire.receive();
  CHECK(received.status == 200);
  CHECK_FALSE(received.has("Transfer-Encoding"));
  CHECK(json::parse(received.body)["data"] == "x");
}

TEST_CASE("subscribe: a hundred followers get every entry and each is formatted once") {
  Islander islander;
  std::vector<std::unique_ptr<Wire>> wires;
  for (int i = 0; i < 100; ++i) {
    wires.push_back(std::make_unique<Wire>(islander.port()));
    open(*wires.back());
  }
  const std::size_t before = islander.figures().lines_formatted;
  for (int i = 0; i < 50; ++i) islander.append(std::to_string(i));
  for (const auto& wire : wires) {
    for (int i = 0; i < 50; ++i) REQUIRE(event(*wire).data["data"] == std::to_string(i));
  }
  CHECK(islander.figures().lines_formatted - before == 50);
  CHECK(islander.figures().subscribers == 100);
  wires.clear();
  CHECK(eventually([&] { return islander.figures().subscribers == 0; }));
}

TEST_CASE("subscribe: one that does not read costs bounded memory and catches up when it does") {
  HttpOptions options;
  options.send_buffer = 16'384;
  Islander islander(options, [](hansard::NodeOptions& node) { node.memory_tail_bytes = 1 << 20; });
  Wire slow(islander.port(), 4'096);
  open(slow, "?after=0/0", ndjson);
  Wire appender(islander.port());
  const std::string body(20'000, 'x');
  for (int i = 0; i < 500; ++i) {  // Ten megabytes; ten times what memory holds.
    REQUIRE(appender.call("POST", "/v1/logs/main/entries", std::to_string(i) + " " + body).status == 201);
    if (i % 50 == 0) CHECK(islander.figures().held_bytes < 1'000'000);
  }
  Wire quick(islander.port());
  open(quick, "?limit=1");
  appender.call("POST", "/v1/logs/main/entries", "for all");
  CHECK(event(quick).data["data"] == "for all");  // Nobody waits for the slow one.
  for (int i = 0; i < 500; ++i) {
    const std::string data = line(slow)["data"];
    REQUIRE(data.substr(0, data.find(' ')) == std::to_string(i));
  }
  CHECK(line(slow)["data"] == "for all");
}

TEST_CASE("subscribe: a slow one inside a large batch is fed from disk and resumes to the item") {
  HttpOptions options;
  options.send_buffer = 16'384;
  options.memory_max = 100'000;  // No room to keep the batch while the client does not read.
  Islander islander(options, [](hansard::NodeOptions& node) { node.memory_tail_bytes = 100'000; });
  Wire appender(islander.port());
  std::string batch;
  for (int i = 0; i < 200; ++i) batch += std::to_string(i) + "\n";
  REQUIRE(appender.call("POST", "/v1/logs/main/batch", batch, lines).status == 201);
  std::string large;
  for (int i = 0; i < 15; ++i) {  // Below the budget each, above it together: appended one batch at a time.
    large.clear();
    for (int k = 0; k < 60; ++k) large += "\"" + std::to_string(i * 60 + k) + " " + std::string(1'000, 'x') + "\"\n";
    REQUIRE(appender.call("POST", "/v1/logs/main/batch", large, lines).status == 201);
  }
  Wire slow(islander.port(), 4'096);
  open(slow, "?after=0/0", ndjson);
  for (int i = 0; i < 200; ++i) REQUIRE(line(slow)["data"] == i);
  for (int i = 0; i < 900; ++i) {
    const std::string data = line(slow)["data"];
    REQUIRE(data.substr(0, data.find(' ')) == std::to_string(i));
  }
}

TEST_CASE("subscribe: catching up from disk meets the end of the log without gap or double") {
  Islander islander({}, [](hansard::NodeOptions& node) { node.memory_tail_bytes = 100'000; });
  Wire appender(islander.port());
  std::string batch;
  for (int i = 0; i < 5'000; ++i) batch += std::to_string(i) + "\n";
  REQUIRE(appender.call("POST", "/v1/logs/main/batch", batch, lines).status == 201);
  std::vector<std::unique_ptr<Wire>> wires;
  for (int i = 0; i < 10; ++i) {
    wires.push_back(std::make_unique<Wire>(islander.port()));
    open(*wires.back(), "?after=0/0", ndjson);
  }
  for (int i = 0; i < 500; ++i) islander.append(std::to_string(5'000 + i), "Content-Type: application/json\r\n");
  for (const auto& wire : wires) {
    for (int i = 0; i < 5'500; ++i) {
      if (line(*wire)["data"] != i) FAIL("gap or double at " << i);
    }
  }
}
