#include "http/request.hpp"

#include "http/limits.hpp"
#include "http/media.hpp"

#include <boost/beast/http/error.hpp>

#include <algorithm>

namespace hansard::http {

namespace {

// What a first allocation for a body may be before any of it came.
constexpr std::size_t reserve_max = std::size_t{64} << 10U;
constexpr std::size_t last_chunk_bytes_min = 5;  // 0 CR LF CR LF

std::string_view view(boost::beast::string_view text) { return {text.data(), text.size()}; }

}  // namespace

std::string_view Request::query() const {
  const std::size_t mark = target.find('?');
  return mark == std::string::npos ? std::string_view() : std::string_view(target).substr(mark + 1);
}

void Request::clear() {
  method = Method::other;
  http_1_0 = false;
  target.clear();
  accept.clear();
  channel.clear();
  condition.clear();
  content_type.clear();
  key.clear();
  last_event_id.clear();
  has_channel = has_content_type = has_expect = bad_expect = has_host = has_key = has_condition = false;
  has_last_event_id = has_upgrade = bad_encoding = false;
  fault = nullptr;
  body = std::string();
}

RequestParser::RequestParser(Request& request) : request_(request) {
  header_limit(static_cast<std::uint32_t>(Limits::header_bytes));
  body_limit(boost::none);  // Ours, see limit_body().
}

std::size_t RequestParser::put(boost::asio::const_buffer bytes, error_code& ec) {
  if (is_header_done() && chunked() && bytes.size() < last_chunk_bytes_min) {
    ec = boost::beast::http::error::need_more;
    return 0;
  }
  return basic_parser::put(bytes, ec);
}

void RequestParser::count_header(std::size_t bytes, error_code& ec) {
  header_bytes_ += bytes;
  if (header_bytes_ > Limits::header_bytes) ec = boost::beast::http::error::header_limit;
}

void RequestParser::on_request_impl(boost::beast::http::verb, string_view method, string_view target, int version,
                                    error_code& ec) {
  request_.method = method_of(view(method));
  request_.target.assign(target.data(), target.size());
  request_.http_1_0 = version < 11;
  count_header(method.size() + target.size() + 12, ec);
}

void RequestParser::keep_once(bool& seen, std::string& text, std::string_view value, const char* fault) {
  if (seen) request_.fault = fault;
  seen = true;
  text.assign(value);
}

void RequestParser::on_field_impl(boost::beast::http::field known, string_view name, string_view value,
                                  error_code& ec) {
  using boost::beast::http::field;
  count_header(name.size() + value.size() + 4, ec);
  if (ec || in_trailer_) return;  // What trails the body changes nothing any more.
  switch (known) {
    case field::host:
      if (request_.has_host) request_.fault = "two Host fields";
      request_.has_host = true;
      return;
    case field::accept:
      if (!request_.accept.empty()) request_.accept += ',';
      request_.accept.append(value.data(), value.size());
      return;
    case field::content_type:
      return keep_once(request_.has_content_type, request_.content_type, view(value), "two Content-Type fields");
    case field::expect:
      request_.has_expect = true;
      request_.bad_expect = !equals_ignoring_case(view(value), "100-continue");
      return;
    case field::if_match:
      return keep_once(request_.has_condition, request_.condition, view(value), "two If-Match fields");
    case field::transfer_encoding:
      request_.bad_encoding = !equals_ignoring_case(view(value), "chunked");
      return;
    case field::upgrade:
      request_.has_upgrade = equals_ignoring_case(view(value), "websocket");
      return;
    case field::unknown:
      return unknown_field(view(name), view(value));
    default:  // The rest means nothing to us.
      return;
  }
}

void RequestParser::unknown_field(std::string_view name, std::string_view value) {
  if (equals_ignoring_case(name, "Hansard-Channel")) {
    keep_once(request_.has_channel, request_.channel, value, "two Hansard-Channel fields");
  } else if (equals_ignoring_case(name, "Last-Event-ID")) {
    keep_once(request_.has_last_event_id, request_.last_event_id, value, "two Last-Event-ID fields");
  } else if (equals_ignoring_case(name, "Idempotency-Key")) {
    keep_once(request_.has_key, request_.key, value, "two Idempotency-Key fields");
  }
}

void RequestParser::on_header_impl(error_code&) { in_trailer_ = true; }

void RequestParser::on_body_init_impl(boost::optional<std::uint64_t> const& length, error_code&) {
  declared_ = static_cast<std::size_t>(std::min<std::uint64_t>(length.value_or(0), body_bytes_max_));
  request_.body.reserve(std::min(declared_, reserve_max));
}

std::size_t RequestParser::on_body_impl(string_view bytes, error_code& ec) {
  if (bytes.size() > body_bytes_max_ - std::min(body_bytes_max_, request_.body.size())) {
    ec = boost::beast::http::error::body_limit;
    return 0;
  }
  if (request_.body.size() >= reserve_max && request_.body.capacity() < declared_) request_.body.reserve(declared_);
  request_.body.append(bytes.data(), bytes.size());
  return bytes.size();
}

void RequestParser::on_chunk_header_impl(std::uint64_t size, string_view, error_code& ec) {
  if (size > body_bytes_max_ - std::min(body_bytes_max_, request_.body.size()))
    ec = boost::beast::http::error::body_limit;
}

std::size_t RequestParser::on_chunk_body_impl(std::uint64_t, string_view bytes, error_code& ec) {
  return on_body_impl(bytes, ec);
}

}  // namespace hansard::http
