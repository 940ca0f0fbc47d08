// tests/process/bad_input_test.cpp - what strangers send to the port disturbs nobody.
#include "sdk/handshake.hpp"
#include "tests/process/appenders.hpp"
#include "tests/process/faults.hpp"
#include "tests/process/island.hpp"

#include <doctest/doctest.h>

#include <array>
#include <cstring>
#include <netinet/in.h>
#include <poll.h>
#include <random>
#include <string>
#include <sys/socket.h>
#include <unistd.h>

namespace process {
namespace {

// A TCP connection without manners.
class Stranger {
 public:
  explicit Stranger(const client::Url& url) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(url.address.port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  }
  ~Stranger() { ::close(fd_); }
  Stranger(const Stranger&) = delete;
  Stranger& operator=(const Stranger&) = delete;

  // The islander may have closed already; that is its right.
  void send(const std::string& bytes) const { ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL); }

  // What comes until `until` is in it, or the islander closes, or the time is up.
  std::string receive(const std::string& until, Milliseconds limit = Milliseconds{10'000}) const {
    const auto deadline = Clock::now() + limit;
    std::string all;
    std::array<char, 4'096> piece{};
    while (all.find(until) == std::string::npos) {
      const auto left = std::chrono::duration_cast<Milliseconds>(deadline - Clock::now());
      pollfd input{fd_, POLLIN, 0};
      if (left.count() <= 0 || ::poll(&input, 1, static_cast<int>(left.count())) <= 0)
        return all + " (no more in time)";
      const ssize_t got = ::recv(fd_, piece.data(), piece.size(), 0);
      if (got <= 0) return all;
      all.append(piece.data(), static_cast<std::size_t>(got));
    }
    return all;
  }

 private:
  int fd_;
};

// All that the islander says before it closes; REQUIREs that it does.
std::string answer_to(const client::Url& url, const std::string& bytes) {
  const Stranger stranger{url};
  stranger.send(bytes);
  const std::string answer = stranger.receive("\x01never\x01");
  REQUIRE(answer.find("(no more in time)") == std::string::npos);
  return answer;
}

std::string random_bytes(std::mt19937_64& chance, std::size_t count) {
  std::string bytes;
  for (std::size_t i = 0; i < count; ++i) bytes += static_cast<char>(chance());
  return bytes;
}

hansard::Greeting stranger_greeting(const hansard::Republic& republic) {
  hansard::Greeting greeting;
  greeting.from = {{"b", {11, 12}}, republic, 1, {21, 22}};
  greeting.url = "http://127.0.0.1:1";
  return greeting;
}

void check_http(const client::Url& url) {
  const client::Outcome unknown = get(url, "/v1/logs/nosuch/entries");
  CHECK(unknown.is(404));
  client::Call wrong{"PUT", "/v1/logs/main/entries", {}, {}};
  const client::Outcome method = call(url, wrong);
  CHECK(method.is(405));
  CHECK(client::find_header(method.answer.headers, "Allow").find("POST") != std::string_view::npos);
  CHECK(get(url, "/v1/logs/main/entries?after=nonsense").is(400));
  CHECK(get(url, "/v1/logs/main/entries?nosuch=1").is(400));
  client::Call large{"POST", "/v1/logs/main/entries", {}, std::string((std::size_t{1} << 20U) + 1, 'x')};
  CHECK(call(url, large).is(413));
  client::Call torn{"POST", "/v1/logs/main/batch", {{"Content-Type", "application/vnd.hansard.batch"}}, "\x7f"};
  CHECK(call(url, torn).is(400));
  CHECK(answer_to(url, "POST /v1/logs/main/entries HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n\r\n")
            .starts_with("HTTP/1.1 413"));
  CHECK(answer_to(url, "GET /" + std::string(100'000, 'a')).substr(0, 10) == "HTTP/1.1 4");
}

void check_pulses(const client::Url& url, std::mt19937_64& chance) {
  const std::string host = to_string(url.address);
  const std::string other = write_greeting(stranger_greeting({1, 2}), host);
  CHECK(answer_to(url, other).substr(0, 10) == "HTTP/1.1 4");
  CHECK(answer_to(url, "GET /v1/pulse HTTP/1.1\r\nHost: x\r\n\r\n").substr(0, 10) == "HTTP/1.1 4");
  CHECK(answer_to(url, "GET /v1/pulse HTTP/1.1\r\nHost: x\r\nConnection: upgrade\r\nUpgrade: hansard-pulse/1\r\n\r\n")
            .substr(0, 10) == "HTTP/1.1 4");

  // One who asks to be let in is welcomed, and then talks nonsense.
  hansard::Greeting newcomer = stranger_greeting({});
  newcomer.from.islander.id = "newcomer";
  const Stranger stranger{url};
  stranger.send(write_greeting(newcomer, host));
  CHECK(stranger.receive("\r\n\r\n").starts_with("HTTP/1.1 101"));
  stranger.send(random_bytes(chance, 100'000));
  CHECK(stranger.receive("\x01never\x01").find("(no more in time)") == std::string::npos);
}

}  // namespace

TEST_CASE("bad input: strangers on the port disturb no well-behaved client") {
  const std::uint64_t seed = process::seed();
  CAPTURE(seed);
  std::mt19937_64 chance{seed};
  Island island;
  AppendersOptions load;
  load.clients = 4;
  for (std::size_t i = 0; i < island.size(); ++i) load.urls.push_back(island.url(i));
  Appenders appenders{load};
  REQUIRE(appenders.wait_for(50));

  const client::Url& url = island.url(island.offices().leader);
  const Stranger half{url};  // Stays to the end.
  half.send("POST /v1/logs/main/entries HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhal");
  const Stranger silent{url};
  for (const std::string& garbage : {random_bytes(chance, 3'000), std::string("\r\n\r\n\r\n\r\n"),
                                     std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11) + "hello, TLS",
                                     std::string("HELP\r\n\r\n"), std::string("GET / HTTP/9.9\r\n\r\n")}) {
    Stranger stranger{url};
    stranger.send(garbage);
    stranger.receive("\r\n", Milliseconds{200});
  }
  check_http(url);
  check_pulses(url, chance);

  REQUIRE(appenders.wait_for(50));
  const std::vector<Attempt> history = appenders.finish();
  for (std::size_t i = 0; i < island.size(); ++i) {
    CHECK(joined(appenders.troubles(island.url(i))) == "");
    CHECK(island.at(i).child->is_running());
  }
  CHECK(joined(find_faults(history, island.logs())) == "");
}

}  // namespace process
