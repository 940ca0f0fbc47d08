// The parser of requests: what is kept of them, and its limits. HTTP API, Append and the limits of the service.
#include "http/request.hpp"

#include "http/limits.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/error.hpp>
#include <doctest/doctest.h>

#include <string>
#include <string_view>

namespace {

namespace beast_http = boost::beast::http;
using boost::beast::error_code;
using hansard::http::Limits;
using hansard::http::Method;
using hansard::http::Request;
using hansard::http::RequestParser;

// Feeds `bytes` in pieces of `step`, as a session does: header first, then its body's limit, then the rest.
error_code feed(RequestParser& parser, std::string_view bytes, std::size_t step, std::size_t body_bytes_max = 1000) {
  std::string waiting;
  while (!bytes.empty() && !parser.is_done()) {
    waiting.append(bytes.substr(0, step));
    bytes.remove_prefix(std::min(step, bytes.size()));
    for (;;) {
      error_code ec;
      const bool had_header = parser.is_header_done();
      const std::size_t used = parser.put(boost::asio::buffer(waiting), ec);
      waiting.erase(0, used);
      if (ec == beast_http::error::need_more) break;
      if (ec) return ec;
      if (!had_header && parser.is_header_done()) {
        parser.limit_body(body_bytes_max);
        parser.eager(true);
      }
      if (parser.is_done() || waiting.empty()) break;
    }
  }
  return {};
}

}  // namespace

TEST_CASE("request: the fields that mean something are kept however the bytes come") {
  const std::string text =
      "POST /v1/logs/main/entries?timeout=2s HTTP/1.1\r\nHost: x\r\ncontent-type: text/plain\r\nHANSARD-CHANNEL: "
      "room\r\n"
      "Accept: a\r\nAccept: b\r\nLast-Event-ID: 3/42\r\nExpect: 100-Continue\r\nX-Other: y\r\nContent-Length: "
      "5\r\n\r\nhello";
  for (std::size_t step = 1; step <= text.size(); ++step) {
    CAPTURE(step);
    Request request;
    RequestParser parser(request);
    REQUIRE_FALSE(feed(parser, text, step));
    REQUIRE(parser.is_done());
    CHECK(request.method == Method::post);
    CHECK(request.path() == "/v1/logs/main/entries");
    CHECK(request.query() == "timeout=2s");
    CHECK(request.content_type == "text/plain");
    CHECK(request.channel == "room");
    CHECK(request.accept == "a,b");
    CHECK(request.last_event_id == "3/42");
    CHECK(request.has_expect);
    CHECK_FALSE(request.bad_expect);
    CHECK(request.has_host);
    CHECK_FALSE(request.has_key);
    CHECK_FALSE(request.has_condition);
    CHECK(request.fault == nullptr);
    CHECK(request.body == "hello");
  }
}

TEST_CASE("request: a body in chunks is put together and its trailer changes nothing") {
  const std::string text =
      "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
      "3\r\nabc\r\nA;note=1\r\n0123456789\r\n0\r\nContent-Type: text/late\r\nIdempotency-Key: k\r\n\r\n";
  for (std::size_t step = 1; step <= text.size(); ++step) {
    CAPTURE(step);
    Request request;
    RequestParser parser(request);
    REQUIRE_FALSE(feed(parser, text, step));
    REQUIRE(parser.is_done());
    CHECK(request.body == "abc0123456789");
    CHECK(request.content_type.empty());
    CHECK_FALSE(request.has_key);
  }
}

// Beast 1.81 asserts that it has five bytes where it goes on with a last chunk that it has seen.
TEST_CASE("request: a body that is only the last chunk may come byte by byte") {
  for (const std::string last : {"0\r\n\r\n", "0;note=1\r\n\r\n", "0\r\nX: y\r\n\r\n", "000\r\n\r\n"}) {
    const std::string text = "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" + last;
    for (std::size_t step = 1; step <= text.size(); ++step) {
      CAPTURE(last);
      CAPTURE(step);
      Request request;
      RequestParser parser(request);
      REQUIRE_FALSE(feed(parser, text, step));
      CHECK(parser.is_done());
      CHECK(request.body.empty());
    }
  }
}

TEST_CASE("request: a body at its limit is taken and one byte more is not") {
  for (const bool in_chunks : {false, true}) {
    for (const std::size_t size : {std::size_t{10}, std::size_t{11}}) {
      CAPTURE(in_chunks);
      CAPTURE(size);
      std::string text = "POST / HTTP/1.1\r\nHost: x\r\n";
      if (in_chunks) {
        text += "Transfer-Encoding: chunked\r\n\r\n4\r\naaaa\r\n" + std::to_string(size - 4) + "\r\n" +
                std::string(size - 4, 'a') + "\r\n0\r\n\r\n";
      } else {
        text += "Content-Length: " + std::to_string(size) + "\r\n\r\n" + std::string(size, 'a');
      }
      Request request;
      RequestParser parser(request);
      const error_code ec = feed(parser, text, 7, 10);
      if (size == 10)
        CHECK_FALSE(ec);
      else
        CHECK(ec == beast_http::error::body_limit);
    }
  }
}

TEST_CASE("request: a header over its limit is refused even where it comes line by line") {
  const std::string line = "X-Filler: " + std::string(88, 'x') + "\r\n";
  for (const std::size_t step : {line.size(), std::size_t{1'000'000}, std::size_t{7}}) {
    CAPTURE(step);
    Request request;
    RequestParser parser(request);
    error_code ec = feed(parser, "GET / HTTP/1.1\r\n", 100);
    std::string lines;
    while (lines.size() < 2 * Limits::header_bytes) lines += line;
    if (!ec) ec = feed(parser, lines, step);
    CHECK(ec == beast_http::error::header_limit);
  }
}

TEST_CASE("request: what could be read in two ways is an error or a fault") {
  const char* const errors[] = {
      "POST / HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
      "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n",
      "POST / HTTP/1.1\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n",
      "POST / HTTP/1.1\r\nContent-Length: -5\r\n\r\n",
      "POST / HTTP/1.1\r\nContent-Length: 5x\r\n\r\n",
      "POST / HTTP/1.1\r\nContent-Length: 18446744073709551616\r\n\r\n",
      "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
      "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
      "POST / HTTP/1.1\r\nHost : x\r\n\r\n",
      "POST / HTTP/1.1\nHost: x\n\n",
      "GET /a b HTTP/1.1\r\n\r\n",
      "GET / HTTP/2.0\r\n\r\n",
      "GET / HTTX/1.1\r\n\r\n",
      "\x16\x03\x01\x02\x01",
  };
  for (const char* text : errors) {
    CAPTURE(text);
    Request request;
    RequestParser parser(request);
    CHECK(feed(parser, text, 1'000));
  }
  const char* const faults[] = {
      "POST / HTTP/1.1\r\nTransfer-Encoding: gzip\r\nContent-Length: 5\r\n\r\nhello",
      "POST / HTTP/1.1\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
      "POST / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
      "POST / HTTP/1.1\r\nContent-Type: a\r\nContent-Type: b\r\n\r\n",
  };
  for (const char* text : faults) {
    CAPTURE(text);
    Request request;
    RequestParser parser(request);
    CHECK_FALSE(feed(parser, text, 1'000));
    CHECK((request.bad_encoding || request.fault != nullptr));
  }
}

TEST_CASE("request: cleared it is as new") {
  Request request;
  {
    RequestParser parser(request);
    REQUIRE_FALSE(
        feed(parser,
             "POST /x HTTP/1.0\r\nIdempotency-Key: k\r\nIf-Match: \"1/1\"\r\nUpgrade: websocket\r\nExpect: x\r\n"
             "Content-Length: 1\r\n\r\na",
             1'000));
  }
  CHECK(request.has_key);
  CHECK(request.has_condition);
  CHECK(request.has_upgrade);
  CHECK(request.bad_expect);
  CHECK(request.http_1_0);
  CHECK(request.key == "k");
  CHECK(request.condition == "\"1/1\"");
  request.clear();
  CHECK(request.key.empty());
  CHECK(request.condition.empty());
  CHECK(request.target.empty());
  CHECK(request.body.empty());
  CHECK_FALSE(
      (request.has_key || request.has_condition || request.has_upgrade || request.bad_expect || request.http_1_0));
}
