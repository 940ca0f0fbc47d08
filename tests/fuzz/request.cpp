// tests/fuzz/request.cpp - an HTTP request as a session reads it: header, limit of the body, body. However its bytes
// are cut it is the same request; the first byte says how.
#include "http/request.hpp"

#include "http/limits.hpp"
#include "tests/fuzz/target.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/error.hpp>

#include <algorithm>

namespace hansard::fuzz {
namespace {

constexpr std::size_t body_bytes_max = 100;

struct Read {
  http::Request request;
  bool is_done = false;
  std::size_t used = 0;
};

void feed(std::string_view bytes, std::size_t step, Read& read) {
  namespace beast_http = boost::beast::http;
  http::RequestParser parser(read.request);
  std::string waiting;
  while (!bytes.empty()) {
    waiting.append(bytes.substr(0, step));
    bytes.remove_prefix(std::min(step, bytes.size()));
    while (!waiting.empty()) {
      boost::beast::error_code ec;
      const bool had_header = parser.is_header_done();
      const std::size_t used = parser.put(boost::asio::buffer(waiting), ec);
      read.used += used;
      waiting.erase(0, used);
      if (ec == beast_http::error::need_more) break;
      if (ec) return;
      if (!had_header && parser.is_header_done()) {
        parser.limit_body(body_bytes_max);
        parser.eager(true);
      }
      read.is_done = parser.is_done();
      if (read.is_done) return;
      demand(used > 0 || (!had_header && parser.is_header_done()), "a parser that neither reads nor waits");
    }
  }
}

std::string text_of(const http::Request& request) {
  std::string text;
  for (const std::string* part : {&request.target, &request.accept, &request.channel, &request.content_type,
                                  &request.last_event_id, &request.body}) {
    text += std::to_string(part->size()) + ':' + *part;
  }
  for (const bool flag : {request.http_1_0, request.has_channel, request.has_content_type, request.has_expect,
                          request.bad_expect, request.has_host, request.has_key, request.has_condition,
                          request.has_last_event_id, request.has_upgrade, request.bad_encoding}) {
    text += flag ? '1' : '0';
  }
  text += std::to_string(static_cast<int>(request.method));
  return text + (request.fault != nullptr ? request.fault : "");
}

}  // namespace

void request(std::string_view input) {
  if (input.empty()) return;
  const std::size_t step = 1 + static_cast<unsigned char>(input.front()) % 64;
  input.remove_prefix(1);
  Read whole;
  Read cut;
  feed(input, input.size() + 1, whole);
  feed(input, step, cut);
  demand(whole.request.body.size() <= body_bytes_max, "a body over its limit");
  demand(whole.is_done == cut.is_done, "whether it is a request depends on how the bytes are cut");
  if (!whole.is_done) return;
  demand(whole.used == cut.used, "where a request ends depends on how the bytes are cut");
  demand_same(text_of(whole.request), text_of(cut.request), "a request depends on how the bytes are cut");
  whole.request.clear();
  demand(text_of(whole.request) == text_of({}), "a cleared request is not as new");
}

}  // namespace hansard::fuzz
