// http/request.hpp - Request: what a session reads, and the parser that fills it.
//
// Why not Beast's own message: it keeps every field in a list of allocated nodes. Here only the fields that mean
// something are kept, in strings that live as long as the connection, so a request costs no allocation but its body's.
// The parser is Beast's (basic_parser): its grammar, its defences against smuggling.
// Ownership: a parser fills one request and is then done; the Request outlives it and is cleared for the next.
// Limits: the header's bytes are counted here, for Beast forgets what it has consumed; the body's limit depends on what
// is asked and is set by the session when the header is complete.
// Errors: Beast's; header_limit and body_limit are ours to raise.
#pragma once

#include "http/route.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

namespace hansard::http {

struct Request {
  Method method = Method::other;
  std::string target;
  bool http_1_0 = false;

  std::string accept;
  std::string channel;
  std::string condition;  // If-Match
  std::string content_type;
  std::string key;  // Idempotency-Key
  std::string last_event_id;
  bool has_channel = false;
  bool has_content_type = false;
  bool has_expect = false;  // 100-continue; anything else is bad_expect
  bool bad_expect = false;
  bool has_host = false;
  bool has_key = false;        // Idempotency-Key
  bool has_condition = false;  // If-Match
  bool has_last_event_id = false;
  bool has_upgrade = false;     // Upgrade: websocket
  bool bad_encoding = false;    // a Transfer-Encoding that is not `chunked`
  const char* fault = nullptr;  // two of a field that may be there once: 400

  std::string body;

  [[nodiscard]] std::string_view path() const { return std::string_view(target).substr(0, target.find('?')); }
  [[nodiscard]] std::string_view query() const;
  void clear();  // keeps the memory of its strings, but not the body's
};

class RequestParser final : public boost::beast::http::basic_parser<true> {
 public:
  explicit RequestParser(Request& request);

  // Beast's, but for what it waits with: Beast 1.81 asserts that it is given five bytes where it goes on with a last
  // chunk that it has seen (boostorg/beast pull request 2861). No chunked body ends in fewer, so fewer may wait.
  std::size_t put(boost::asio::const_buffer bytes, boost::beast::error_code& ec);
  // Bytes that the body may have. Set when the header is done, before more is put.
  void limit_body(std::size_t bytes_max) { body_bytes_max_ = bytes_max; }

 private:
  using error_code = boost::beast::error_code;
  using string_view = boost::beast::string_view;

  void on_request_impl(boost::beast::http::verb, string_view method, string_view target, int version,
                       error_code& ec) override;
  void on_response_impl(int, string_view, int, error_code&) override {}
  void on_field_impl(boost::beast::http::field known, string_view name, string_view value, error_code& ec) override;
  void on_header_impl(error_code& ec) override;
  void on_body_init_impl(boost::optional<std::uint64_t> const& length, error_code& ec) override;
  std::size_t on_body_impl(string_view bytes, error_code& ec) override;
  void on_chunk_header_impl(std::uint64_t size, string_view extensions, error_code& ec) override;
  std::size_t on_chunk_body_impl(std::uint64_t remain, string_view bytes, error_code& ec) override;
  void on_finish_impl(error_code&) override {}

  void count_header(std::size_t bytes, error_code& ec);
  void unknown_field(std::string_view name, std::string_view value);
  void keep_once(bool& seen, std::string& text, std::string_view value, const char* fault);

  Request& request_;
  std::size_t header_bytes_ = 0;
  std::size_t body_bytes_max_ = std::numeric_limits<std::size_t>::max();
  std::size_t declared_ = 0;  // by Content-Length, within body_bytes_max_
  bool in_trailer_ = false;
};

}  // namespace hansard::http
