// One connection: pipelining, malformed and half-sent requests, limits, slow readers. Over real loopback sockets.
#include "http/session.hpp"

#include "tests/http/islander.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

using hansard::HttpOptions;
using hansard::test::eventually;
using hansard::test::Islander;
using hansard::test::Received;
using hansard::test::request;
using hansard::test::Wire;
using nlohmann::json;
using std::chrono::milliseconds;

namespace {

constexpr const char* entries = "/v1/logs/main/entries";

}  // namespace

TEST_CASE("session: pipelined requests are answered in their order") {
  Islander islander;
  Wire wire(islander.port());
  std::string burst;
  for (int i = 0; i < 200; ++i) {
    burst += request("POST", entries, std::to_string(i), "Content-Type: text/plain\r\n");
    if (i % 10 == 0) burst += request("GET", "/healthz");
    if (i % 20 == 0) burst += request("GET", "/nowhere");
    if (i % 50 == 0) burst += request("HEAD", "/v1/logs/main");
    if (i % 25 == 0) burst += request("GET", std::string(entries) + "?last=1");
  }
  wire.send(burst);
  std::string newest;
  for (int i = 0; i < 200; ++i) {
    CAPTURE(i);
    const Received appended = wire.receive();
    REQUIRE(appended.status == 201);
    newest = appended.header("Hansard-Promise");
    if (i % 10 == 0) CHECK(wire.receive().body == R"({"status":"ok"})");
    if (i % 20 == 0) CHECK(wire.receive().status == 404);
    if (i % 50 == 0) CHECK(wire.receive(true).status == 200);
    if (i % 25 == 0) CHECK(json::parse(wire.receive().body)["entries"][0]["data"] == std::to_string(i));
  }
  CHECK(json::parse(wire.call("GET", std::string(entries) + "?last=200").body)["entries"].size() == 200);
}

TEST_CASE("session: a thousand pipelined requests whose answers nobody reads do not pile up") {
  Islander islander;
  Wire wire(islander.port(), 65536);
  const std::string body(50'000, 'x');
  for (int i = 0; i < 20; ++i) islander.append(body);
  const std::string one = request("GET", std::string(entries) + "?limit=20&consistency=local");
  std::string burst;
  for (int i = 0; i < 1'000; ++i) burst += one;
  wire.send(burst);  // A thousand times one megabyte, were they all answered at once.
  CHECK(eventually([&] { return islander.figures().held_bytes > 0; }));
  CHECK(islander.figures().held_bytes < 4'000'000);
  for (int i = 0; i < 1'000; ++i) {
    CAPTURE(i);
    if (wire.receive().status != 200) FAIL("an answer is missing");
    if (i % 100 == 0) CHECK(islander.figures().held_bytes < 4'000'000);
  }
}

TEST_CASE("session: bytes may come in any pieces") {
  Islander islander;
  const std::string text =
      request("POST", entries, "hello", "Content-Type: text/plain\r\n") + request("GET", "/healthz");
  Wire wire(islander.port());
  for (const char c : text) wire.send(std::string_view(&c, 1));
  CHECK(wire.receive().status == 201);
  CHECK(wire.receive().status == 200);
  for (std::size_t cut = 1; cut < text.size(); cut += 7) {
    CAPTURE(cut);
    wire.send(text.substr(0, cut));
    wire.send(text.substr(cut));
    CHECK(wire.receive().status == 201);
    CHECK(wire.receive().status == 200);
  }
}

TEST_CASE("session: malformed requests are answered and the connection closes") {
  Islander islander;
  struct Row {
    const char* text;
    int status;
  };
  const Row rows[] = {
      {"GET / HTTP/1.1\r\n\r\n", 400},
      {"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400},
      {"GET /\r\n\r\n", 400},
      {"GET / HTTP/9.9\r\nHost: x\r\n\r\n", 400},
      {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400},
      {"GET / HTTP/1.1\nHost: x\n\n", 400},
      {"GET / HTTP/1.1\r\nHost : x\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n", 400},
      {"GE T / HTTP/1.1\r\nHost: x\r\n\r\n", 400},
      {"POST /v1/logs/main/entries HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello", 400},
      {"POST /v1/logs/main/entries HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: "
       "chunked\r\n\r\n0\r\n\r\n",
       400},
      {"POST /v1/logs/main/entries HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n", 501},
      {"POST /v1/logs/main/entries HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 400},
      {"POST /v1/logs/main/entries HTTP/1.1\r\nHost: x\r\nContent-Length: five\r\n\r\nhello", 400},
      {"POST /v1/logs/main/entries HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\n", 400},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    Wire wire(islander.port());
    wire.send(std::string(row.text) + "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
    const Received received = wire.receive();
    CHECK(received.status == row.status);
    CHECK(received.header("Connection") == "close");
    CHECK(received.header("Content-Type") == "application/problem+json");
    CHECK(wire.ended());
  }
  CHECK(json::parse(Wire(islander.port()).call("GET", "/v1/logs/main").body)["entries"] == 0);
}

TEST_CASE("session: a header over sixteen kibibytes is 431 and one below is fine") {
  Islander islander;
  CHECK(Wire(islander.port()).call("GET", "/healthz", "", "X: " + std::string(16'000, 'x') + "\r\n").status == 200);
  for (const std::string& text :
       {"GET /healthz HTTP/1.1\r\nHost: x\r\nX: " + std::string(17'000, 'x') + "\r\n\r\n",
        "GET /" + std::string(17'000, 'x') + " HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET /healthz HTTP/1.1\r\nHost: x\r\n" + hansard::test::repeated("A: b\r\n", 3'000) + "\r\n"}) {
    Wire wire(islander.port());
    wire.send(text);
    const Received received = wire.receive();
    CHECK(received.status == 431);
    CHECK(wire.ended());
  }
  Wire wire(islander.port());  // Line by line, each parsed and gone before the next.
  wire.send("GET /healthz HTTP/1.1\r\nHost: x\r\n");
  wire.send_until_stuck(hansard::test::repeated("A: " + std::string(100, 'b') + "\r\n", 200));
  CHECK(wire.receive().status == 431);
}

TEST_CASE("session: a trailer or a chunk extension without end is refused") {
  Islander islander;
  for (const char* beginning : {"0\r\nA: ", "5;"}) {
    CAPTURE(beginning);
    Wire wire(islander.port());
    wire.send(std::string("POST /v1/logs/main/entries HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n") +
              beginning);
    wire.send_until_stuck(std::string(200'000, 'x'));
    CHECK(wire.receive().status / 100 == 4);
  }
}

TEST_CASE("session: a half-sent request is 408 in time and an idle connection closes silently") {
  HttpOptions options;
  options.request = milliseconds(100);
  options.idle = milliseconds(300);
  options.linger = milliseconds(300);
  Islander islander(options);
  for (const std::string half :  // The first bytes are the node's to look at until they can be no pulse.
       {"GET /h", "GET /healthz HTTP/1.1\r\nHost: x\r\n",
        "POST /v1/logs/main/entries HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhel",
        "POST /v1/logs/main/entries HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhe"}) {
    CAPTURE(half);
    Wire wire(islander.port());
    wire.send(half);
    const Received received = wire.receive();
    CHECK(received.status == 408);
    CHECK(received.header("Connection") == "close");
    CHECK(wire.ended());
  }
  Wire idle(islander.port());
  CHECK(idle.call("GET", "/healthz").status == 200);
  const auto begun = std::chrono::steady_clock::now();
  CHECK(idle.ended());
  CHECK(std::chrono::steady_clock::now() - begun >= milliseconds(250));
  CHECK(eventually([&] { return islander.figures().connections == 0; }));
}

TEST_CASE("session: a large body that keeps coming is not cut off") {
  HttpOptions options;
  options.request = milliseconds(100);
  options.request_bytes_per_second = 100'000;
  Islander islander(options);
  Wire wire(islander.port());
  wire.send("POST /v1/logs/main/entries HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n");
  for (int i = 0; i < 9; ++i) {
    wire.send(std::string(10'000, 'x'));
    CHECK_FALSE(wire.readable(40));  // Three times as long as the whole may take, but fast enough.
  }
  wire.send(std::string(10'000, 'x'));
  CHECK(wire.receive().status == 201);
}

TEST_CASE("session: HTTP/1.0 closes unless it asks not to and a client may close after any answer") {
  Islander islander;
  {
    Wire wire(islander.port());
    wire.send("GET /healthz HTTP/1.0\r\n\r\n");
    const Received received = wire.receive();
    CHECK(received.status == 200);
    CHECK(received.header("Connection") == "close");
    CHECK(wire.ended());
  }
  {
    Wire wire(islander.port());
    for (int i = 0; i < 3; ++i) {
      wire.send("GET /healthz HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
      CHECK(wire.receive().header("Connection") == "keep-alive");
    }
  }
  {
    Wire wire(islander.port());
    CHECK(wire.call("GET", "/healthz", "", "Connection: close\r\n").header("Connection") == "close");
    CHECK(wire.ended());
  }
  {
    Wire wire(islander.port());  // The last request, then our end of file: it is answered all the same.
    wire.send(request("POST", entries, "hello") + request("GET", entries));
    wire.half_close();
    CHECK(wire.receive().status == 201);
    CHECK(json::parse(wire.receive().body)["entries"].size() == 1);
    CHECK(wire.ended());
  }
  {
    Wire wire(islander.port());  // Empty lines before a request are ignored.
    wire.send("\r\n\r\n" + request("GET", "/healthz") + "\r\n" + request("GET", "/version"));
    CHECK(wire.receive().status == 200);
    CHECK(wire.receive().status == 200);
  }
}

TEST_CASE("session: clients that vanish leave nothing behind") {
  Islander islander;
  for (int round = 0; round < 20; ++round) {
    Wire a(islander.port());
    a.send(request("POST", entries, "x"));
    a.close();
    Wire b(islander.port());
    b.send("POST /v1/logs/main/entries HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf");
    b.close();
    Wire c(islander.port());
    c.send(request("GET", std::string(entries) + "?wait=60s&channel=none"));
    c.close();
    Wire d(islander.port());
    d.send(request("GET", "/v1/logs/main/subscribe"));
    CHECK(d.receive_head().status == 200);
    d.close();
  }
  CHECK(eventually([&] { return islander.figures().connections <= 1; }));
  CHECK(islander.figures().subscribers == 0);
  CHECK(islander.figures().held_bytes == 0);
  CHECK(islander.append("still here") != "");
}

TEST_CASE("session: one that stalls in the midst of its answer is left") {
  HttpOptions options;
  options.stall = milliseconds(300);
  options.send_buffer = 16'384;
  Islander islander(options);
  const std::string body(1'000'000, 'x');
  for (int i = 0; i < 5; ++i) islander.append(body);
  Wire wire(islander.port(), 4'096);
  wire.send(request("GET", entries));
  CHECK(eventually([&] { return islander.figures().held_bytes > 4'000'000; }));
  CHECK(eventually([&] { return islander.figures().held_bytes == 0; }));
  CHECK(eventually([&] { return islander.figures().connections <= 1; }));
}

TEST_CASE("session: memory for large bodies and answers has one bound") {
  HttpOptions options;
  options.memory_max = 3'000'000;
  options.send_buffer = 16'384;
  Islander islander(options);
  Wire one(islander.port());
  one.send(
      "POST /v1/logs/main/batch HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-ndjson\r\nContent-Length: "
      "2900000\r\n\r\n[");
  CHECK(eventually([&] { return islander.figures().held_bytes == 2'900'000; }));
  Wire two(islander.port());
  two.send("POST /v1/logs/main/entries HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n");
  const Received refused = two.receive();
  CHECK(refused.status == 503);
  CHECK(json::parse(refused.body)["type"] == "busy");
  CHECK(refused.has("Retry-After"));
  CHECK(Wire(islander.port()).call("POST", entries, "small").status == 201);  // Small ones go on.
  one.close();
  CHECK(eventually([&] { return islander.figures().held_bytes == 0; }));
  CHECK(Wire(islander.port()).call("POST", entries, std::string(1'000'000, 'x')).status == 201);
}
