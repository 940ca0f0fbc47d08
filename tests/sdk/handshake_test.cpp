#include "sdk/handshake.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace hansard;

namespace {

Speaker speaker() { return {{"a", {1, 2}}, {3, 4}, 5, {6, 7}}; }

Greeting greeting() { return {speaker(), "b", "http://127.0.0.1:8101"}; }

std::string replaced(std::string text, const std::string& what, const std::string& with) {
  const std::size_t at = text.find(what);
  REQUIRE(at != std::string::npos);
  return text.replace(at, what.size(), with);
}

Refusal refusal_of(const std::string& head) {
  const auto parsed = parse_greeting(head);
  const auto* refusal = std::get_if<Refusal>(&parsed);
  return refusal != nullptr ? *refusal : Refusal{0, "it was accepted"};
}

}  // namespace

TEST_CASE("handshake: a greeting is read as it was written") {
  const std::string head = write_greeting(greeting(), "127.0.0.1:8102");
  CHECK(head.starts_with(pulse_request_prefix));
  CHECK(head.ends_with("\r\n\r\n"));
  const auto parsed = parse_greeting(head);
  REQUIRE(std::holds_alternative<Greeting>(parsed));
  const auto& read = std::get<Greeting>(parsed);
  CHECK(read.from.islander == speaker().islander);
  CHECK(read.from.republic == speaker().republic);
  CHECK(read.from.start == 5);
  CHECK(read.from.nonce == speaker().nonce);
  CHECK(read.to == "b");
  CHECK(read.url == greeting().url);
}

TEST_CASE("handshake: a republic and an id asked for may be absent") {
  Greeting nobody = greeting();
  nobody.from.republic = {};
  nobody.to.clear();
  const std::string head = write_greeting(nobody, "x");
  CHECK(head.find("Hansard-Republic") == std::string::npos);
  const auto parsed = parse_greeting(head);
  REQUIRE(std::holds_alternative<Greeting>(parsed));
  CHECK(std::get<Greeting>(parsed).from.republic.is_zero());
  CHECK(std::get<Greeting>(parsed).to.empty());
}

TEST_CASE("handshake: a welcome is read as it was written") {
  const auto parsed = parse_welcome(write_welcome(speaker()));
  REQUIRE(std::holds_alternative<Speaker>(parsed));
  const auto& read = std::get<Speaker>(parsed);
  CHECK(read.islander == speaker().islander);
  CHECK(read.republic == speaker().republic);
  CHECK(read.start == 5);
  CHECK(read.nonce == speaker().nonce);
}

TEST_CASE("handshake: a refusal says why in its header and in its problem document") {
  const std::string text = write_refusal({409, "this is islander b, not \"c\"\r\nX: y"});
  CHECK(text.starts_with("HTTP/1.1 409 Conflict\r\n"));
  CHECK(text.find("Content-Type: application/problem+json\r\n") != std::string::npos);
  CHECK(text.find(R"("status":409,"detail":"this is islander b, not ?c???X: y")") != std::string::npos);
  const auto parsed = parse_welcome(text);
  REQUIRE(std::holds_alternative<Refusal>(parsed));
  CHECK(std::get<Refusal>(parsed).status == 409);
  CHECK(std::get<Refusal>(parsed).why == "this is islander b, not ?c???X: y");
  CHECK(write_refusal({426, "no"}).find("\r\nUpgrade: hansard-pulse/1\r\n") != std::string::npos);
}

TEST_CASE("handshake: malformed greetings are refused with what is wrong") {
  const std::string good = write_greeting(greeting(), "x");
  struct Row {
    const char* what;
    const char* with;
    int status;
    const char* why;
  };
  const Row rows[] = {
      {"Hansard-Id: a\r\n", "", 400, "Hansard-Id"},
      {"Hansard-Id: a\r\n", "Hansard-Id: A B\r\n", 400, "Hansard-Id"},
      {"Hansard-Id: a\r\n", "Hansard-Id: a\r\nHansard-Id: b\r\n", 400, "twice"},
      {"Hansard-Cookie: 0", "Hansard-Cookie: x", 400, "Hansard-Cookie"},
      {"Hansard-Cookie: 0", "Hansard-Cookie: ", 400, "Hansard-Cookie"},
      {"Hansard-Republic: 0", "Hansard-Republic: 00", 400, "Hansard-Republic"},
      {"Hansard-Start: 5", "Hansard-Start: -5", 400, "Hansard-Start"},
      {"Hansard-Start: 5", "Hansard-Start: 99999999999999999999", 400, "Hansard-Start"},
      {"Hansard-Start: 5\r\n", "", 400, "Hansard-Start"},
      {"Hansard-Nonce: 0", "Hansard-Nonce: ?", 400, "Hansard-Nonce"},
      {"Hansard-To: b", "Hansard-To: b/c", 400, "Hansard-To"},
      {"Upgrade: hansard-pulse/1", "Upgrade: hansard-pulse/2", 426, "hansard-pulse/1"},
      {"Upgrade: hansard-pulse/1\r\n", "", 426, "hansard-pulse/1"},
      {"Connection: upgrade", "Connection: keep-alive", 426, "hansard-pulse/1"},
      {"GET /v1/pulse HTTP/1.1", "GET /v1/pulse HTTP/1.0", 400, "not GET"},
      {"GET /v1/pulse HTTP/1.1", "GET /v1/pulse /x HTTP/1.1", 400, "malformed"},
      {"GET /v1/pulse HTTP/1.1", "GET /v1/pulse HTTP/9.9", 400, "malformed"},
      {"Host: x", "Host x", 400, "malformed"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.with);
    const Refusal refusal = refusal_of(replaced(good, row.what, row.with));
    CAPTURE(refusal.why);
    CHECK(refusal.status == row.status);
    CHECK(refusal.why.find(row.why) != std::string::npos);
  }
  CHECK(refusal_of(replaced(good, "8101", std::string(600, 'x'))).why == "Hansard-Url is too long");
  CHECK(refusal_of(replaced(good, "Host: x", "Host: " + std::string(20'000, 'x'))).status == 400);
}

TEST_CASE("handshake: a head that is cut anywhere is refused") {
  const std::string good = write_greeting(greeting(), "x");
  for (std::size_t cut = 0; cut < good.size(); ++cut) {
    CAPTURE(cut);
    CHECK(refusal_of(good.substr(0, cut)).status == 400);
  }
}

TEST_CASE("handshake: answers of strangers are told apart") {
  const auto why = [](const std::string& text) {
    const auto parsed = parse_welcome(text);
    const auto* refusal = std::get_if<Refusal>(&parsed);
    return refusal != nullptr ? std::to_string(refusal->status) + " " + refusal->why : "welcome";
  };
  CHECK(why("HTTP/1.1 404 Not Found\r\nContent-Length: 5\r\n\r\n") == "404 no hansard islander answers there");
  CHECK(why("SSH-2.0-OpenSSH_9.2\r\n\r\n").starts_with("0 no HTTP answer"));
  CHECK(why("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n") == "0 it switches to another protocol");
  CHECK(why(replaced(write_welcome(speaker()), "Hansard-Cookie: 0", "Hansard-Cookie: x"))
            .starts_with("0 malformed answer: Hansard-Cookie"));
}
