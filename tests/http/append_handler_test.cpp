// HTTP API, Append: against a real island of one.
#include "tests/http/islander.hpp"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <string>

using hansard::test::Islander;
using hansard::test::Received;
using hansard::test::repeated;
using hansard::test::Wire;
using nlohmann::json;

namespace {

constexpr const char* entries = "/v1/logs/main/entries";
constexpr const char* batch = "/v1/logs/main/batch";
constexpr const char* lines = "Content-Type: application/x-ndjson\r\n";

std::string type_of(const Received& received) {
  CHECK(received.header("Content-Type") == "application/problem+json");
  const json problem = json::parse(received.body);
  CHECK(problem["status"] == received.status);
  return problem["type"];
}

}  // namespace

TEST_CASE("append: the answer bears promise and location and the log's headers") {
  Islander islander;
  Wire wire(islander.port());
  const Received first = wire.call("POST", entries, "hello", "Content-Type: text/plain\r\n");
  CHECK(first.status == 201);
  const std::string promise = first.header("Hansard-Promise");
  CHECK(first.body == "{\"promise\":\"" + promise + "\"}");
  CHECK(first.header("Content-Type") == "application/json");
  CHECK(first.header("Location") == "/v1/logs/main/entries/" + promise);
  CHECK(first.header("Hansard-Leader") == "a");
  CHECK(first.header("Hansard-Government") == promise.substr(0, promise.find('/')) + "/0");
  CHECK(first.header("Hansard-Republic").size() == 32);
  CHECK(first.header("Server").starts_with("hansard/"));

  const Received read = wire.call("GET", first.header("Location"));
  CHECK(read.status == 200);
  CHECK(read.body == "hello");
  CHECK(read.header("Content-Type") == "text/plain");
  CHECK(read.header("Hansard-Promise") == promise);
  CHECK(wire.call("POST", entries, "again").header("Hansard-Promise") > promise);
}

TEST_CASE("append: a body is kept byte for byte and may be empty") {
  Islander islander;
  Wire wire(islander.port());
  std::string every_byte;
  for (int c = 0; c < 256; ++c) every_byte += static_cast<char>(c);
  for (const std::string& body : {std::string(), every_byte, std::string(1 << 20, 'x')}) {
    const Received appended = wire.call("POST", entries, body);
    REQUIRE(appended.status == 201);
    const Received read = wire.call("GET", appended.header("Location"));
    CHECK(read.body == body);
    CHECK(read.header("Content-Type") == "application/octet-stream");
  }
}

TEST_CASE("append: a body in chunks and one after 100-continue are taken") {
  Islander islander;
  Wire wire(islander.port());
  wire.send(
      "POST /v1/logs/main/entries HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6\r\n "
      "world\r\n0\r\n\r\n");
  const Received chunked = wire.receive();
  REQUIRE(chunked.status == 201);
  CHECK(wire.call("GET", chunked.header("Location")).body == "hello world");

  wire.send("POST /v1/logs/main/entries HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n");
  CHECK(wire.receive().status == 100);
  wire.send("later");
  const Received continued = wire.receive();
  REQUIRE(continued.status == 201);
  CHECK(wire.call("GET", continued.header("Location")).body == "later");
  // With the body already here there is nothing to continue.
  wire.send("POST /v1/logs/main/entries HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\nhasty");
  CHECK(wire.receive().status == 201);
}

TEST_CASE("append: an expectation that cannot be met is told before the body is sent") {
  Islander islander;
  for (const auto& [path, fields, code] :
       {std::tuple{"/v1/logs/none/entries", "Content-Length: 5\r\nExpect: 100-continue\r\n", 404},
        std::tuple{"/v1/logs/main/entries", "Content-Length: 1048577\r\nExpect: 100-continue\r\n", 413},
        std::tuple{"/v1/logs/main/entries", "Content-Length: 5\r\nExpect: 200-maybe\r\n", 417}}) {
    const std::string target = path;
    const int status = code;
    CAPTURE(target);
    CAPTURE(status);
    Wire wire(islander.port());
    wire.send(std::string("POST ") + target + " HTTP/1.1\r\nHost: x\r\n" + fields + "\r\n");
    const Received received = wire.receive();
    CHECK(received.status == status);
    CHECK(received.header("Connection") == "close");
    CHECK(wire.ended());
  }
}

TEST_CASE("append: too large a body is refused at once and the client can read why") {
  Islander islander;
  const std::string body((1 << 20) + 1, 'x');
  {
    Wire wire(islander.port());  // Only the head: the answer does not wait for the body.
    wire.send("POST /v1/logs/main/entries HTTP/1.1\r\nHost: x\r\nContent-Length: 1048577\r\n\r\n");
    const Received received = wire.receive();
    CHECK(received.status == 413);
    CHECK(type_of(received) == "too-large");
    CHECK(received.header("Connection") == "close");
  }
  {
    Wire wire(islander.port());  // A client that writes all of it before it reads.
    wire.send("POST /v1/logs/main/entries HTTP/1.1\r\nHost: x\r\nContent-Length: 10485760\r\n\r\n");
    for (int i = 0; i < 10; ++i) wire.send(std::string(1 << 20, 'x'));
    CHECK(wire.receive().status == 413);
    CHECK(wire.ended());
  }
  {
    Wire wire(islander.port());  // Chunks say nothing beforehand.
    wire.send("POST /v1/logs/main/entries HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
    wire.send("80000\r\n" + body.substr(0, 0x80000) + "\r\n80000\r\n" + body.substr(0, 0x80000) + "\r\n1\r\n");
    CHECK(wire.receive().status == 413);
  }
}

TEST_CASE("append: a key is used once and a replay is answered with the first promise") {
  Islander islander;
  Wire wire(islander.port());
  const Received first = wire.call("POST", entries, "order 7", "Idempotency-Key: k!~\r\n");
  CHECK(first.status == 201);
  CHECK(first.header("Idempotency-Replayed").empty());
  const Received other = wire.call("POST", entries, "order 8");
  const Received replay = wire.call("POST", entries, "order 7", "Idempotency-Key: k!~\r\n");
  CHECK(replay.status == 200);
  CHECK(replay.header("Idempotency-Replayed") == "true");
  CHECK(replay.body == first.body);
  CHECK(replay.header("Hansard-Promise") == first.header("Hansard-Promise"));
  CHECK(replay.header("Location") == first.header("Location"));
  const Received reused = wire.call("POST", entries, "order 9", "Idempotency-Key: k!~\r\n");
  CHECK(reused.status == 422);
  CHECK(type_of(reused) == "key-reused");
  CHECK(json::parse(reused.body)["outcome"] == "not-appended");
  CHECK(json::parse(wire.call("GET", "/v1/logs/main").body)["entries"] == 2);
  islander.restart();
  Wire again(islander.port());
  CHECK(again.call("POST", entries, "order 7", "Idempotency-Key: k!~\r\n").body == first.body);
}

TEST_CASE("append: a batch has one key") {
  Islander islander;
  Wire wire(islander.port());
  const std::string fields = std::string(lines) + "Idempotency-Key: b\r\n";
  const Received first = wire.call("POST", batch, "1\n2\n", fields);
  CHECK(first.status == 201);
  const Received replay = wire.call("POST", batch, "1\n2\n", fields);
  CHECK(replay.status == 200);
  CHECK(replay.body == first.body);
  CHECK(wire.call("POST", batch, "1\n", fields).status == 422);
  CHECK(wire.call("POST", entries, "1", "Idempotency-Key: b\r\n").status == 422);
  CHECK(json::parse(wire.call("GET", "/v1/logs/main").body)["entries"] == 2);
}

TEST_CASE("append: a condition holds where the newest entry is the one named and nowhere else") {
  Islander islander;
  Wire wire(islander.port());
  const auto append_if = [&](const std::string& newest, const std::string& more = "") {
    return wire.call("POST", entries, "x", "If-Match: \"" + newest + "\"\r\n" + more);
  };
  const Received early = append_if("7/7");
  CHECK(early.status == 412);
  CHECK(json::parse(early.body)["last"] == "0/0");
  CHECK(early.header("Hansard-Promise") == "0/0");
  const Received first = append_if("0/0", "Idempotency-Key: k\r\n");
  CHECK(first.status == 201);
  const std::string newest = first.header("Hansard-Promise");
  const Received late = append_if("0/0");
  CHECK(late.status == 412);
  CHECK(type_of(late) == "not-matched");
  CHECK(late.header("Hansard-Promise") == newest);
  CHECK(json::parse(late.body)["last"] == newest);
  CHECK(json::parse(late.body)["outcome"] == "not-appended");
  // A replay is recognised before the condition is looked at, and a refused append uses up no key.
  CHECK(append_if("0/0", "Idempotency-Key: k\r\n").status == 200);
  CHECK(append_if("0/0", "Idempotency-Key: free\r\n").status == 412);
  const std::string mark = first.header("Hansard-Republic").substr(0, 8);
  CHECK(append_if(newest + "@" + mark, "Idempotency-Key: free\r\n").status == 201);
  CHECK(append_if("1/1@00000000").status == 409);
  CHECK(wire.call("POST", batch, "1\n2\n", lines + std::string("If-Match: \"0/0\"\r\n")).status == 412);
  CHECK(json::parse(wire.call("GET", "/v1/logs/main").body)["entries"] == 2);
}

TEST_CASE("append: bad parameters and fields are 400 and nothing is appended") {
  Islander islander;
  Wire wire(islander.port());
  for (const char* target :
       {"?timeout=10", "?timeout=61s", "?timeout=", "?nonsense=1", "?timeout=1s&timeout=1s", "?limit=1"}) {
    CAPTURE(target);
    CHECK(type_of(wire.call("POST", entries + std::string(target), "x")) == "bad-request");
    CHECK(wire.call("POST", batch + std::string(target), "1\n", lines).status == 400);
  }
  for (const std::string& fields :
       {std::string("Hansard-Channel: Room\r\n"), std::string("Hansard-Channel: \r\n"),
        std::string("Hansard-Channel: a\r\nHansard-Channel: b\r\n"), std::string("Idempotency-Key: \r\n"),
        std::string("Idempotency-Key: a b\r\n"), "Idempotency-Key: " + std::string(256, 'k') + "\r\n",
        std::string("Idempotency-Key: a\r\nIdempotency-Key: a\r\n"), std::string("If-Match: 1/1\r\n"),
        std::string("If-Match: *\r\n"), std::string("If-Match: \"1\"\r\n"),
        std::string("If-Match: \"0/0\"\r\nIf-Match: \"0/0\"\r\n"),
        "Content-Type: a/" + std::string(254, 'b') + "\r\n"}) {
    CAPTURE(fields);
    CHECK(Wire(islander.port()).call("POST", entries, "x", fields).status == 400);
  }
  CHECK(json::parse(wire.call("GET", "/v1/logs/main").body)["entries"] == 0);
}

TEST_CASE("append: a channel goes with the entry") {
  Islander islander;
  Wire wire(islander.port());
  CHECK(wire.call("POST", entries, "hi", "Hansard-Channel: room.1\r\nContent-Type: text/plain\r\n").status == 201);
  CHECK(wire.call("POST", batch, "1\n2\n", std::string("Hansard-Channel: room.1\r\n") + lines).status == 201);
  const json page = json::parse(wire.call("GET", entries).body);
  REQUIRE(page["entries"].size() == 3);
  for (const json& entry : page["entries"]) CHECK(entry["channel"] == "room.1");
}

TEST_CASE("append: a batch is contiguous and in order and its answer bears the last promise") {
  Islander islander;
  Wire wire(islander.port());
  const Received received = wire.call("POST", batch, "{\"n\":1.0}\n\"two\"\n3", lines);
  CHECK(received.status == 201);
  const json answer = json::parse(received.body);
  const std::string first = answer["first"];
  const std::string government = first.substr(0, first.find('/') + 1);
  const std::uint64_t number = std::stoull(first.substr(government.size()));
  CHECK(answer["last"] == government + std::to_string(number + 2));
  CHECK(answer["count"] == 3);
  CHECK(received.header("Hansard-Promise") == answer["last"]);
  CHECK(received.header("Location") == "/v1/logs/main/entries/" + first);
  CHECK(wire.call("GET", entries + ("/" + first)).body == "{\"n\":1.0}");
  const Received second = wire.call("GET", entries + ("/" + government) + std::to_string(number + 1));
  CHECK(second.body == "\"two\"");
  CHECK(second.header("Content-Type") == "application/json");

  const Received framed = wire.call("POST", batch, std::string("\0\0\0\2hi\0\0\0\0", 10),
                                    "Content-Type: application/vnd.hansard.batch\r\n");
  CHECK(framed.status == 201);
  CHECK(json::parse(framed.body)["count"] == 2);
}

TEST_CASE("append: a bad batch is refused as a whole") {
  Islander islander;
  Wire wire(islander.port());
  CHECK(wire.call("POST", batch, "1\n{\n", lines).status == 400);
  CHECK(wire.call("POST", batch, "", lines).status == 400);
  CHECK(wire.call("POST", batch, "1\n").status == 415);
  CHECK(wire.call("POST", batch, repeated("1\n", 10'001), lines).status == 413);
  CHECK(json::parse(wire.call("GET", "/v1/logs/main").body)["entries"] == 0);
  CHECK(wire.call("POST", batch, repeated("1\n", 10'000), lines).status == 201);
  CHECK(json::parse(wire.call("GET", "/v1/logs/main").body)["entries"] == 10'000);
  Wire other(islander.port());
  other.send("POST /v1/logs/main/batch HTTP/1.1\r\nHost: x\r\nContent-Length: 8388609\r\n\r\n");
  CHECK(other.receive().status == 413);
}

TEST_CASE("append: where no government is the append is known not to have happened") {
  Islander islander(
      {},
      [](hansard::NodeOptions& options) {
        options.url = "http://127.0.0.1:1";
        options.island = {{"a", "http://127.0.0.1:1"}, {"b", "http://127.0.0.1:2"}, {"c", "http://127.0.0.1:3"}};
      },
      false);
  Wire wire(islander.port());
  const Received received = wire.call("POST", std::string(entries) + "?timeout=100ms", "x");
  CHECK(received.status == 503);
  CHECK(received.has("Retry-After"));
  CHECK(type_of(received) == "not-committed");
  CHECK(json::parse(received.body)["outcome"] == "not-appended");
  CHECK(received.header("Hansard-Government") == "0/0");
}
