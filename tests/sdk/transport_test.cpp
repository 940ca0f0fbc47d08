#include "sdk/transport.hpp"

#include "tests/log/samples.hpp"
#include "tests/sdk/ends.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

using namespace ends;
using boost::asio::io_context;
using loop::Client;
using loop::run_until;

namespace {

Request large(std::size_t bytes) {
  samples::Tail log;
  Register message;
  message.entries = {log.append(std::string(bytes, 'x'))};
  return message;
}

void run_for(io_context& io, int ms) {
  io.restart();
  io.run_for(std::chrono::milliseconds(ms));
}

}  // namespace

TEST_CASE("transport: a pulse is asked and answered and names who spoke") {
  io_context io;
  End a(io, speaker("a", 1));
  End b(io, speaker("b", 2));
  const PulseId id = a.send(b, ping(5));
  CHECK(a.sent.empty());
  REQUIRE(run_until(io, [&] { return a.answered(id); }));
  REQUIRE(b.asked.size() == 1);
  CHECK(b.asked[0].from == a.self().islander);
  CHECK(b.asked[0].request.republic == republic);
  const Reply& reply = *a.sent.find(id)->second;
  CHECK(reply.from == b.self().islander);
  CHECK(reply.republic == republic);
  CHECK(std::get<Pong>(reply.answer).round == 5);
  CHECK(a.transport->figures().pulses_sent == 1);
  CHECK(a.transport->figures().pulses_failed == 0);
  CHECK(a.transport->figures().bytes_sent > 0);
  CHECK(b.transport->figures().bytes_received == a.transport->figures().bytes_sent);
}

TEST_CASE("transport: pulses in both directions travel on a connection each and keep their order") {
  io_context io;
  End a(io, speaker("a", 1));
  End b(io, speaker("b", 2));
  for (std::uint64_t i = 1; i <= 500; ++i) {
    a.send(b, ping(i));
    b.send(a, ping(i));
  }
  REQUIRE(run_until(io, [&] { return a.sent.size() == 500 && b.sent.size() == 500; }));
  CHECK(std::ranges::is_sorted(a.order));
  for (std::uint64_t i = 0; i < 500; ++i) {
    CHECK(std::get<Ping>(b.asked[i].request.message).round == i + 1);
    CHECK(a.answered(i + 1));
  }
  CHECK(a.log.count("connected at") == 1);
  CHECK(a.log.count("connected to us") == 1);
}

TEST_CASE("transport: a ping sent after a large message arrives before it and its answer too") {
  io_context io;
  End a(io, speaker("a", 1));
  End b(io, speaker("b", 2));
  REQUIRE(run_until(io, [&, first = a.send(b)] { return a.answered(first); }));
  b.asked.clear();
  const PulseId bulk = a.send(b, large(std::size_t{32} << 20U));
  const PulseId urgent = a.send(b, ping(9), true);
  REQUIRE(run_until(io, [&] { return a.answered(bulk); }));
  REQUIRE(b.asked.size() == 2);
  CHECK(std::holds_alternative<Ping>(b.asked[0].request.message));
  REQUIRE(std::holds_alternative<Register>(b.asked[1].request.message));
  CHECK(std::get<Register>(b.asked[1].request.message).entries[0]->body().size() == std::size_t{32} << 20U);
  CHECK(a.order == std::vector<PulseId>{1, urgent, bulk});
}

TEST_CASE("transport: another republic is refused on both sides and its pulses fail") {
  io_context io;
  End a(io, speaker("a", 1));
  Speaker stranger = speaker("b", 2);
  stranger.republic = {88, 88};
  End b(io, stranger);
  const PulseId id = a.send(b);
  REQUIRE(run_until(io, [&] { return a.failed(id); }));
  CHECK(b.asked.empty());
  CHECK(b.log.has("warning a pulse connection is refused (409): islander a is of republic"));
  CHECK(a.log.has("is of republic"));
  Client client(io, b.listener->address());
  client.send(write_greeting({speaker("c", 3), "b", ""}, "x"));
  client.read();
  REQUIRE(run_until(io, [&] { return client.closed; }));
  CHECK(client.got.starts_with("HTTP/1.1 409 Conflict\r\n"));
  CHECK(client.got.find("application/problem+json") != std::string::npos);
}

TEST_CASE("transport: one without a republic is let in and so is one who learns it") {
  io_context io;
  Speaker young = speaker("a", 1);
  young.republic = {};
  End a(io, young);
  Speaker other = speaker("b", 2);
  other.republic = {88, 88};
  End b(io, other);
  REQUIRE(run_until(io, [&, id = a.send(b)] { return a.answered(id); }));
  CHECK(a.sent.begin()->second->republic == other.republic);
  a.transport->republic(republic);
  End c(io, other);  // A new connection is judged by what is known now.
  REQUIRE(run_until(io, [&, id = a.send(c)] { return a.failed(id); }));
}

TEST_CASE("transport: an id that is not the one asked for is refused") {
  io_context io;
  End a(io, speaker("a", 1));
  End b(io, speaker("b", 2));
  const PulseId id = a.send({"c", {}}, b.url());
  REQUIRE(run_until(io, [&] { return a.failed(id); }));
  CHECK(a.log.has("this is islander b, not c"));
  CHECK(b.log.has("this is islander b, not c"));
}

TEST_CASE("transport: a pulse to nobody by name goes to whoever answers") {
  io_context io;
  End a(io, speaker("a", 1));
  End b(io, speaker("b", 2));
  REQUIRE(run_until(io, [&, id = a.send({"", {}}, b.url())] { return a.answered(id); }));
  CHECK(a.sent.begin()->second->from.id == "b");
}

TEST_CASE("transport: a cookie that is not the one meant fails its pulse and no other") {
  io_context io;
  End a(io, speaker("a", 1));
  End b(io, speaker("b", 2));
  const Islander former{"b", {9, 9}};
  // Before there is a connection, and on one that stands.
  for (int i = 0; i < 2; ++i) {
    const PulseId wrong = a.send(former, b.url());
    const PulseId any = a.send({"b", {}}, b.url());
    const PulseId right = a.send(b);
    CHECK_FALSE(a.failed(wrong));  // Not from inside the call.
    REQUIRE(run_until(io, [&] { return a.answered(any) && a.answered(right) && a.failed(wrong); }));
  }
  CHECK(b.asked.size() == 4);
  CHECK(a.log.count("connected at") == 1);
}

TEST_CASE("transport: a copied directory is refused and oneself is too") {
  io_context io;
  End a(io, speaker("a", 1));
  auto b = std::make_unique<End>(io, speaker("b", 2));
  REQUIRE(run_until(io, [&, id = a.send(*b)] { return a.answered(id); }));
  Speaker copy = speaker("b", 2);
  copy.nonce = {5, 5};
  copy.start += 1;  // Opened after the original, which is at work.
  auto twin = std::make_unique<End>(io, copy);
  REQUIRE(run_until(io, [&, id = twin->send(a)] { return twin->failed(id); }));
  CHECK(a.log.has("on the same data directory or a copy of it"));
  CHECK(twin->log.has("on the same data directory or a copy of it"));
  // Who asks the copy finds out as well.
  REQUIRE(run_until(io, [&, id = a.send({"b", {}}, twin->url())] { return a.failed(id); }));
  // The original still is who it was; and where it is gone, a copy of the same start is no restart.
  REQUIRE(run_until(io, [&, id = a.send(*b)] { return a.answered(id); }));
  b.reset();
  copy.start -= 1;
  twin = std::make_unique<End>(io, copy);
  REQUIRE(run_until(io, [&, id = twin->send(a)] { return twin->failed(id); }));
  CHECK(a.log.has("its data directory was copied"));
  REQUIRE(run_until(io, [&, id = a.send({"b", {}}, twin->url())] { return a.failed(id); }));
  REQUIRE(run_until(io, [&, id = a.send({"", {}}, a.url())] { return a.failed(id); }));
  CHECK(a.log.has("islander a speaks to itself"));
}

TEST_CASE("transport: pulses fail at once when the connection closes and flow again when it is back") {
  io_context io;
  End a(io, speaker("a", 1));
  auto b = std::make_unique<End>(io, speaker("b", 2, 1));
  b->answers = false;
  const std::string address = b->listener->address();
  const Islander who = b->self().islander;
  const std::string url = b->url();
  const PulseId lost = a.send(*b);
  REQUIRE(run_until(io, [&] { return b->asked.size() == 1; }));
  b.reset();
  REQUIRE(run_until(io, [&] { return a.failed(lost); }));
  CHECK(a.disconnected == std::vector<std::string>{"b"});
  const PulseId refused = a.send(who, url);
  REQUIRE(run_until(io, [&] { return a.failed(refused); }));
  b = std::make_unique<End>(io, speaker("b", 2, 2), TransportSettings{}, address);
  REQUIRE(run_until(io, [&] {
    if (a.sent.size() < a.order.size()) return false;
    for (const auto& [id, reply] : a.sent) {
      if (reply) return true;
    }
    if (a.order.size() == a.transport->figures().pulses_sent) a.send(who, url);
    return false;
  }));
  CHECK(a.disconnected.size() == 1);
}

TEST_CASE("transport: a lost connection is told once when the last one to that islander is gone") {
  io_context io;
  End a(io, speaker("a", 1));
  auto b = std::make_unique<End>(io, speaker("b", 2));
  REQUIRE(run_until(io, [&, x = a.send(*b), y = b->send(a)] { return a.answered(x) && b->answered(y); }));
  b.reset();
  REQUIRE(run_until(io, [&] { return !a.disconnected.empty(); }));
  run_for(io, 20);
  CHECK(a.disconnected == std::vector<std::string>{"b"});
}

TEST_CASE("transport: where nobody listens attempts are spaced and every pulse fails once") {
  io_context io;
  End a(io, speaker("a", 1));
  std::string nowhere;
  {
    End gone(io, speaker("b", 2));
    nowhere = gone.url();
  }
  std::size_t given = 0;
  const auto begun = std::chrono::steady_clock::now();
  while (std::chrono::steady_clock::now() - begun < std::chrono::milliseconds(400)) {
    a.send({"b", {}}, nowhere);
    ++given;
    run_for(io, 2);
  }
  REQUIRE(run_until(io, [&] { return a.order.size() == given; }));
  for (PulseId id = 1; id <= given; ++id) CHECK(a.failed(id));
  CHECK(a.log.count("cannot connect") == 1);  // Said once, not at every attempt.
}

TEST_CASE("transport: a url of no use fails its pulses") {
  io_context io;
  End a(io, speaker("a", 1));
  for (const char* url : {"", "b", "ftp://b:1", "https://127.0.0.1:1"}) {
    REQUIRE(run_until(io, [&, id = a.send({"b", {}}, url)] { return a.failed(id); }));
  }
  REQUIRE(run_until(io, [&, id = a.send({"b", {}}, "http://nobody.invalid:1")] { return a.failed(id); }));
  CHECK(a.log.has("cannot resolve"));
}

TEST_CASE("transport: a pulse without a url goes where its islander said that it is reached") {
  io_context io;
  End a(io, speaker("a", 1));
  End b(io, speaker("b", 2));
  const PulseId early = a.send(b.self().islander, "");
  REQUIRE(run_until(io, [&] { return a.failed(early); }));  // nobody spoke to us yet
  REQUIRE(run_until(io, [&, id = b.send(a)] { return b.answered(id); }));
  const PulseId id = a.send(b.self().islander, "");
  REQUIRE(run_until(io, [&] { return a.answered(id); }));
  CHECK(b.asked.size() == 1);
  const PulseId other = a.send({"b", {3, 3}}, "");  // another directory of that id
  REQUIRE(run_until(io, [&] { return a.failed(other); }));
  b.transport->close();
  REQUIRE(run_until(io, [&] { return !a.disconnected.empty(); }));
  const PulseId late = a.send(b.self().islander, "");
  REQUIRE(run_until(io, [&] { return a.failed(late); }));
}

TEST_CASE("transport: one that accepts and never greets is given up") {
  io_context io;
  TransportSettings settings;
  settings.peer.dial.greet = std::chrono::milliseconds(50);
  End a(io, speaker("a", 1), settings);
  Pretender frozen(io, "", true);
  REQUIRE(run_until(io, [&, id = a.send({"b", {}}, frozen.url())] { return a.failed(id); }));
  CHECK(a.log.has("no answer to the handshake in time"));
  CHECK(a.disconnected.empty());
}

TEST_CASE("transport: strangers that answer are told apart") {
  io_context io;
  End a(io, speaker("a", 1));
  Pretender web(io, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", true);
  REQUIRE(run_until(io, [&, id = a.send({"b", {}}, web.url())] { return a.failed(id); }));
  CHECK(a.log.has("no hansard islander answers there"));
  Pretender noise(io, std::string(handshake_bytes_max + 1, 'x'), true);
  REQUIRE(run_until(io, [&, id = a.send({"b", {}}, noise.url())] { return a.failed(id); }));
  CHECK(a.log.has("an answer without end"));
  Pretender other(io, write_welcome(speaker("c", 3)), true);
  REQUIRE(run_until(io, [&, id = a.send({"b", {}}, other.url())] { return a.failed(id); }));
  CHECK(a.log.has("islander c answers where b was asked for"));
}

TEST_CASE("transport: a frozen islander holds no more than the bounds and its pulses are given up") {
  io_context io;
  TransportSettings settings;
  settings.sweep_every = 20'000;
  settings.peer.pulse_patience = 2'000'000;  // longer than forty large pulses take to be queued, under sanitizers too
  settings.peer.queue_bytes_max = std::size_t{8} << 20U;
  settings.peer.pulses_max = 100;
  End a(io, speaker("a", 1), settings);
  Pretender frozen(io, write_welcome(speaker("b", 2)), false);
  std::size_t given = 0;
  const Request message = large(std::size_t{1} << 20U);
  for (int i = 0; i < 40; ++i) {
    a.send({"b", {}}, frozen.url(), message);
    ++given;
  }
  // Those for which there is no room fail at once, the others wait.
  io.restart();
  io.poll();
  CHECK(a.order.size() >= 32);
  CHECK(a.order.size() < 40);
  for (int i = 0; i < 200; ++i) {
    a.send({"b", {}}, frozen.url());
    ++given;
  }
  REQUIRE(run_until(io, [&] { return a.order.size() == given; }));
  for (PulseId id = 1; id <= given; ++id) CHECK(a.failed(id));
  CHECK(a.log.has("nothing was heard for too long"));
}

TEST_CASE("transport: a pulse that the other side never answers is given up alone") {
  io_context io;
  TransportSettings settings;
  settings.sweep_every = 20'000;
  settings.peer.pulse_patience = 200'000;
  End a(io, speaker("a", 1), settings);
  End b(io, speaker("b", 2));
  b.answers = false;
  const PulseId forgotten = a.send(b);
  REQUIRE(run_until(io, [&] { return b.asked.size() == 1; }));
  b.answers = true;
  REQUIRE(run_until(io, [&] {
    if (a.order.size() + 1 == a.transport->figures().pulses_sent) a.send(b);
    return a.failed(forgotten);
  }));
  CHECK(a.log.count("connected at") == 1);
  CHECK(a.order.size() > 1);
  // Its answer, when it comes after all, harms nothing.
  b.answer(b.asked[0]);
  b.transport->flush();
  REQUIRE(run_until(io, [&, id = a.send(b)] { return a.answered(id); }));
  CHECK(a.sent.count(forgotten) == 1);
}

TEST_CASE("transport: garbage closes the connection with a line that says why") {
  io_context io;
  End b(io, speaker("b", 2));
  const std::string greeting = write_greeting({speaker("a", 1), "b", "http://a:1"}, "x");
  const auto expect = [&](const std::string& bytes, const std::string& why) {
    CAPTURE(why);
    Client client(io, b.listener->address());
    client.send(greeting + bytes);
    client.read();
    REQUIRE(run_until(io, [&] { return client.closed; }));
    CHECK(client.got.starts_with("HTTP/1.1 101 Switching Protocols\r\n"));
    CHECK(b.log.has(why));
  };
  const auto framed = [](std::string bytes, bool answer) {
    FrameQueue queue;
    queue.push(1, answer, false, std::move(bytes));
    std::string wire;
    for (const auto piece : queue.take()) wire += piece;
    return wire;
  };
  expect("GET / HTTP/1.1\r\n\r\n", "garbage: a chunk over its limit");
  expect(framed("nonsense", false), "a malformed request: ");
  expect(framed("", true), "an answer where only requests belong");
  CHECK(b.asked.empty());
  CHECK(b.disconnected == std::vector<std::string>{"a", "a", "a"});
  // The other way round: an answer that is none.
  End a(io, speaker("a", 1));
  Pretender liar(io, write_welcome(speaker("c", 3)) + framed("nonsense", true), true);
  REQUIRE(run_until(io, [&, id = a.send({"c", {}}, liar.url())] { return a.failed(id); }));
  CHECK(a.log.has("a malformed answer: "));
}

TEST_CASE("transport: malformed greetings get 400 and a line in the log") {
  io_context io;
  End b(io, speaker("b", 2));
  Client client(io, b.listener->address());
  client.send("GET /v1/pulse HTTP/1.1\r\nHost: x\r\nConnection: upgrade\r\nUpgrade: hansard-pulse/1\r\n\r\n");
  client.read();
  REQUIRE(run_until(io, [&] { return client.closed; }));
  CHECK(client.got.starts_with("HTTP/1.1 400 Bad Request\r\n"));
  CHECK(b.log.has("a pulse connection is refused (400): Hansard-Id"));
}

TEST_CASE("transport: no more requests are open than the bound and none is lost") {
  io_context io;
  TransportSettings settings;
  settings.inbound.requests_max = 10;
  End a(io, speaker("a", 1));
  End b(io, speaker("b", 2), settings);
  b.answers = false;
  for (std::uint64_t i = 1; i <= 100; ++i) a.send(b, ping(i));
  std::size_t done = 0;
  while (done < 100) {
    REQUIRE(run_until(io, [&] { return b.asked.size() >= std::min<std::size_t>(done + 10, 100); }));
    run_for(io, 1);
    CHECK(b.asked.size() <= done + 10);
    for (int i = 0; i < 5; ++i) b.answer(b.asked[done++]);
    b.transport->flush();
  }
  REQUIRE(run_until(io, [&] { return a.sent.size() == 100; }));
  CHECK(std::ranges::is_sorted(a.order));
}

TEST_CASE("transport: requests of a connection that is gone are forgotten") {
  io_context io;
  auto a = std::make_unique<End>(io, speaker("a", 1));
  End b(io, speaker("b", 2));
  b.answers = false;
  a->send(b);
  REQUIRE(run_until(io, [&] { return b.asked.size() == 1; }));
  a.reset();
  REQUIRE(run_until(io, [&] { return !b.disconnected.empty(); }));
  b.answer(b.asked[0]);
  b.transport->flush();
  CHECK_FALSE(b.transport->busy());
}

TEST_CASE("transport: of one islander only a few connections are kept") {
  io_context io;
  End b(io, speaker("b", 2));
  const std::string greeting = write_greeting({speaker("a", 1), "b", "http://a:1"}, "x");
  std::vector<std::unique_ptr<Client>> clients;
  for (int i = 0; i < 6; ++i) {
    clients.push_back(std::make_unique<Client>(io, b.listener->address()));
    clients.back()->send(greeting);
    clients.back()->read();
    REQUIRE(run_until(io, [&] { return !clients.back()->got.empty(); }));
  }
  REQUIRE(run_until(io, [&] { return clients[0]->closed && clients[1]->closed; }));
  CHECK_FALSE(clients[2]->closed);
  CHECK(b.disconnected.empty());
}

TEST_CASE("transport: after it is closed nobody is told anything") {
  io_context io;
  End a(io, speaker("a", 1));
  End b(io, speaker("b", 2));
  b.answers = false;
  a.send(b);
  REQUIRE(run_until(io, [&] { return b.asked.size() == 1; }));
  a.send({"c", {}}, "http://127.0.0.1:1");
  a.transport->close();
  a.send(b);
  REQUIRE(run_until(io, [&] { return !b.disconnected.empty(); }));
  run_for(io, 20);
  CHECK(a.sent.empty());
  CHECK(a.disconnected.empty());
}
