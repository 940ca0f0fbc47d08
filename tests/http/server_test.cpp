// All connections together: how many there may be, and the orderly stop.
#include "http/server.hpp"

#include "tests/http/islander.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <vector>

using hansard::HttpOptions;
using hansard::test::eventually;
using hansard::test::Islander;
using hansard::test::Received;
using hansard::test::request;
using hansard::test::Wire;
using std::chrono::milliseconds;

namespace {

constexpr const char* entries = "/v1/logs/main/entries";

}  // namespace

TEST_CASE("server: one connection too many is told so and room is found again") {
  HttpOptions options;
  options.connections_max = 8;
  Islander islander(options);
  CHECK(eventually([&] { return islander.figures().connections == 0; }));
  std::vector<std::unique_ptr<Wire>> wires;
  for (int i = 0; i < 8; ++i) {
    wires.push_back(std::make_unique<Wire>(islander.port()));
    CHECK(wires.back()->call("GET", "/healthz").status == 200);
  }
  {
    Wire wire(islander.port());
    wire.send(request("GET", "/healthz"));
    const Received received = wire.receive();
    CHECK(received.status == 503);
    CHECK(received.header("Connection") == "close");
    CHECK(wire.ended());
  }
  for (const auto& wire : wires) CHECK(wire->call("GET", "/healthz").status == 200);
  wires.pop_back();
  CHECK(eventually([&] { return Wire(islander.port()).call("GET", "/healthz").status == 200; }));
}

TEST_CASE("server: an orderly stop answers what is in flight and ends what would not end") {
  Islander islander;
  Wire idle(islander.port());
  CHECK(idle.call("GET", "/healthz").status == 200);
  Wire waits(islander.port());
  waits.send(request("GET", std::string(entries) + "?wait=60s"));
  Wire follows(islander.port());
  follows.send(request("GET", "/v1/logs/main/subscribe"));
  CHECK(follows.receive_head().status == 200);
  Wire half(islander.port());
  half.send("POST /v1/logs/main/entries HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhel");
  CHECK(eventually([&] { return islander.figures().connections >= 4; }));
  CHECK_FALSE(waits.readable(50));

  islander.stop_server(milliseconds(10'000));
  const Received waited = waits.receive();
  CHECK(waited.status == 200);
  CHECK(waited.header("Connection") == "close");
  CHECK(follows.chunk().empty());  // The end, not a torn stream.
  CHECK(idle.ended());
  half.send("lo");
  CHECK(half.receive().status == 201);
  CHECK(half.ended());
  CHECK(waits.ended());
  CHECK(follows.ended());
  CHECK(eventually([&] { return islander.server_stopped(); }));
}

TEST_CASE("server: an orderly stop cuts off what does not end in its time") {
  Islander islander;
  Wire half(islander.port());
  half.send("POST /v1/logs/main/entries HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhel");
  CHECK(eventually([&] { return islander.figures().connections >= 1; }));
  const auto begun = std::chrono::steady_clock::now();
  islander.stop_server(milliseconds(200));
  CHECK(eventually([&] { return islander.server_stopped(); }));
  CHECK(std::chrono::steady_clock::now() - begun < std::chrono::seconds(5));
}

TEST_CASE("server: sixty-four clients append at once and every entry is there once") {
  Islander islander;
  constexpr int clients = 64;
  constexpr int each = 20;
  std::vector<std::thread> threads;
  std::vector<int> failures(clients, 0);
  for (int c = 0; c < clients; ++c) {
    threads.emplace_back([&islander, &failures, c] {
      Wire wire(islander.port());
      for (int i = 0; i < each; ++i) {
        const std::string body = std::to_string(c * each + i);
        if (wire.call("POST", entries, body).status != 201) ++failures[static_cast<std::size_t>(c)];
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const int failed : failures) CHECK(failed == 0);
  Wire wire(islander.port());
  const std::string page = wire.call("GET", std::string(entries) + "?limit=10000").body;
  for (int i = 0; i < clients * each; ++i) {
    const std::string wanted = "\"data\":\"" + std::to_string(i) + "\"";
    const std::size_t at = page.find(wanted);
    REQUIRE(at != std::string::npos);
    REQUIRE(page.find(wanted, at + 1) == std::string::npos);
  }
}
