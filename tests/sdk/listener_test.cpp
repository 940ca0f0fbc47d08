#include "sdk/listener.hpp"

#include "tests/sdk/loop.hpp"

#include <boost/asio/write.hpp>
#include <doctest/doctest.h>

#include <optional>
#include <string>
#include <sys/resource.h>
#include <vector>

using namespace hansard;
using boost::asio::ip::tcp;
using loop::Client;
using loop::run_until;

namespace {

struct Bench {
  explicit Bench(ListenerSettings settings = {}, bool with_handler = true) {
    listener.emplace(io, settings, log.logger);
    REQUIRE(listener->bind("127.0.0.1:0"));
    Listener::SocketHandler on_socket;
    if (with_handler) {
      on_socket = [this](tcp::socket socket, std::string bytes) {
        sockets.push_back(std::move(socket));
        texts.push_back(std::move(bytes));
      };
    }
    REQUIRE(listener->start(
        [this](tcp::socket& socket, std::string_view head, std::string_view rest) -> std::optional<Refusal> {
          heads.emplace_back(head);
          rests.emplace_back(rest);
          if (!refuse.empty()) return Refusal{409, refuse};
          sockets.push_back(std::move(socket));
          return std::nullopt;
        }));
    listener->on_socket(on_socket);
  }
  Client connect() { return Client(io, listener->address()); }

  boost::asio::io_context io;
  loop::Log log;
  std::string refuse;
  std::vector<tcp::socket> sockets;
  std::vector<std::string> texts;  // handed on
  std::vector<std::string> heads;  // of pulses
  std::vector<std::string> rests;
  std::optional<Listener> listener;
};

ListenerSettings short_deadlines() {
  ListenerSettings settings;
  settings.silence = std::chrono::milliseconds(60);
  settings.head = std::chrono::milliseconds(60);
  settings.farewell = std::chrono::milliseconds(60);
  return settings;
}

}  // namespace

TEST_CASE("listener: a socket is handed on as soon as its first byte is no pulse's") {
  Bench bench;
  Client client = bench.connect();
  client.send("P");
  REQUIRE(run_until(bench.io, [&] { return bench.texts.size() == 1; }));
  CHECK(bench.texts[0] == "P");
  // The socket works for whoever has it now.
  boost::asio::write(bench.sockets[0], boost::asio::buffer(std::string("hello")));
  client.read();
  REQUIRE(run_until(bench.io, [&] { return client.got == "hello"; }));
}

TEST_CASE("listener: a request that only begins like a pulse is handed on with all its bytes") {
  Bench bench;
  Client client = bench.connect();
  for (const char* piece : {"G", "ET /v1/", "pulse"}) {
    client.send(piece);
    bench.io.restart();
    bench.io.run_for(std::chrono::milliseconds(5));
    CHECK(bench.texts.empty());
  }
  client.send("s HTTP/1.1\r\n");
  REQUIRE(run_until(bench.io, [&] { return bench.texts.size() == 1; }));
  CHECK(bench.texts[0] == "GET /v1/pulses HTTP/1.1\r\n");
  CHECK(bench.heads.empty());
}

TEST_CASE("listener: a pulse is handed on with its whole head and what came behind") {
  Bench bench;
  Client client = bench.connect();
  client.send("GET /v1/pulse HTTP/1.1\r\nHost: x\r\n");
  client.send("Upgrade: y\r\n\r\nframes");
  REQUIRE(run_until(bench.io, [&] { return bench.heads.size() == 1; }));
  CHECK(bench.heads[0] == "GET /v1/pulse HTTP/1.1\r\nHost: x\r\nUpgrade: y\r\n\r\n");
  CHECK(bench.rests[0] == "frames");
  CHECK(bench.texts.empty());
}

TEST_CASE("listener: a refused pulse gets the whole answer and then the end") {
  Bench bench;
  bench.refuse = "another republic";
  Client client = bench.connect();
  client.send("GET /v1/pulse HTTP/1.1\r\n\r\n" + std::string(100'000, 'x'));
  client.read();
  REQUIRE(run_until(bench.io, [&] { return client.closed; }));
  CHECK(client.got == write_refusal({409, "another republic"}));
}

TEST_CASE("listener: without a handler other requests get 426") {
  Bench bench({}, false);
  Client client = bench.connect();
  client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  client.read();
  REQUIRE(run_until(bench.io, [&] { return client.closed; }));
  CHECK(client.got.starts_with("HTTP/1.1 426 Upgrade Required\r\n"));
  CHECK(client.got.find("Upgrade: hansard-pulse/1\r\n") != std::string::npos);
}

TEST_CASE("listener: a socket that says nothing is closed") {
  Bench bench(short_deadlines());
  Client client = bench.connect();
  client.read();
  REQUIRE(run_until(bench.io, [&] { return client.closed; }));
  CHECK(client.got.empty());
  CHECK(bench.texts.empty());
}

TEST_CASE("listener: a head that does not end is closed by its deadline however it dribbles") {
  ListenerSettings settings = short_deadlines();
  settings.silence = std::chrono::seconds(60);
  Bench bench(settings);
  const auto begun = std::chrono::steady_clock::now();
  Client client = bench.connect();
  client.send("GET /v1/pulse HTTP/1.1\r\n");
  client.read();
  std::size_t sent = 0;
  REQUIRE(run_until(bench.io, [&] {
    boost::system::error_code ignored;
    // Fewer than those whose number alone would close it.
    if (++sent < handshake_bytes_max / 2) client.socket.send(boost::asio::buffer("x", 1), 0, ignored);
    return client.closed;
  }));
  CHECK(std::chrono::steady_clock::now() - begun >= settings.head);
  CHECK(bench.heads.empty());
}

TEST_CASE("listener: a head over its bound is refused") {
  Bench bench;
  Client client = bench.connect();
  client.send("GET /v1/pulse HTTP/1.1\r\nX: " + std::string(handshake_bytes_max, 'x'));
  client.read();
  REQUIRE(run_until(bench.io, [&] { return client.closed; }));
  CHECK(client.got.starts_with("HTTP/1.1 400 Bad Request\r\n"));
  CHECK(bench.heads.empty());
}

TEST_CASE("listener: one that does not take its refusal is closed all the same") {
  ListenerSettings settings = short_deadlines();
  settings.silence = settings.head = std::chrono::seconds(60);
  Bench bench(settings, false);
  Client client = bench.connect();
  client.send("x");
  client.read();
  // The refusal and our end of the stream come; the client keeps its own end open, and is cut off.
  REQUIRE(run_until(bench.io, [&] { return client.closed; }));
  REQUIRE(run_until(bench.io, [&] {
    boost::system::error_code error;
    client.socket.send(boost::asio::buffer("x", 1), MSG_NOSIGNAL, error);
    return static_cast<bool>(error);
  }));
}

TEST_CASE("listener: beyond its bound of undecided sockets the oldest is closed") {
  ListenerSettings settings;
  settings.undecided_max = 3;
  Bench bench(settings);
  std::vector<std::unique_ptr<Client>> clients;
  for (int i = 0; i < 5; ++i) {
    clients.push_back(std::make_unique<Client>(bench.io, bench.listener->address()));
    clients.back()->read();
  }
  REQUIRE(run_until(bench.io, [&] { return clients[0]->closed && clients[1]->closed; }));
  CHECK_FALSE(clients[2]->closed);
  clients[2]->send("hello");
  REQUIRE(run_until(bench.io, [&] { return bench.texts.size() == 1; }));
  CHECK(bench.texts[0] == "hello");
}

TEST_CASE("listener: running out of descriptors is survived and said once") {
  ListenerSettings settings;
  settings.accept_pause = std::chrono::milliseconds(5);
  Bench bench(settings);
  Client client = bench.connect();
  client.send("hello");
  rlimit before{};
  REQUIRE(getrlimit(RLIMIT_NOFILE, &before) == 0);
  rlimit none = before;
  none.rlim_cur = 3;
  REQUIRE(setrlimit(RLIMIT_NOFILE, &none) == 0);
  bench.io.restart();
  bench.io.run_for(std::chrono::milliseconds(60));
  REQUIRE(setrlimit(RLIMIT_NOFILE, &before) == 0);
  CHECK(bench.texts.empty());
  CHECK(bench.log.count("cannot accept connections") == 1);
  REQUIRE(run_until(bench.io, [&] { return bench.texts.size() == 1; }));
}

TEST_CASE("listener: an address in use or malformed is an error with its reason") {
  Bench bench;
  Listener second(bench.io, {}, bench.log.logger);
  auto bound = second.bind(bench.listener->address());
  if (bound) bound = second.start({});
  REQUIRE_FALSE(bound);
  CHECK(bound.error().what.find(bench.listener->address()) != std::string::npos);
  for (const char* text : {"", "127.0.0.1", "127.0.0.1:x", "256.0.0.1:0", "nobody.invalid:0"}) {
    CAPTURE(text);
    Listener third(bench.io, {}, bench.log.logger);
    CHECK_FALSE(third.bind(text));
  }
}

TEST_CASE("listener: closing it closes what is undecided and accepts nothing more") {
  Bench bench;
  Client client = bench.connect();
  client.read();
  client.send("GET /v1/");
  bench.io.restart();
  bench.io.run_for(std::chrono::milliseconds(5));
  bench.listener->close();
  REQUIRE(run_until(bench.io, [&] { return client.closed; }));
  CHECK_THROWS(Client(bench.io, bench.listener->address()));
  bench.io.restart();
  CHECK(bench.io.run_for(std::chrono::milliseconds(100)) < 10);
}

TEST_CASE("listener: the handler can be set and taken away at any time") {
  Bench bench({}, false);
  bench.listener->on_socket([&](tcp::socket, std::string bytes) {
    bench.texts.push_back(std::move(bytes));
    bench.listener->on_socket(nullptr);
  });
  Client first = bench.connect();
  first.send("one");
  REQUIRE(run_until(bench.io, [&] { return bench.texts.size() == 1; }));
  Client second = bench.connect();
  second.send("two");
  second.read();
  REQUIRE(run_until(bench.io, [&] { return second.closed; }));
  CHECK(second.got.starts_with("HTTP/1.1 426 "));
}
