// http/client.cpp - Connection over Beast's tcp_stream, each operation run to its end or its
// deadline; and the fail-over of Client.
#include "http/client.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <nlohmann/json.hpp>
#include <optional>
#include <sys/socket.h>

namespace hansard::client {

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace bhttp = boost::beast::http;
using asio::ip::tcp;
using boost::system::error_code;

constexpr std::uint32_t head_bytes_max = 64U << 10U;
constexpr std::size_t body_bytes_max = std::size_t{128} << 20U;
// How long to look for an early answer (413) where the islander stopped reading.
constexpr Patience early_answer_patience{1'000};

Error invalid(std::string what) { return Error{Errc::invalid, std::move(what)}; }

template <class Message>
Headers headers_of(const Message& message) {
  Headers headers;
  for (const auto& field : message) {
    headers.emplace_back(std::string(field.name_string()), std::string(field.value()));
  }
  return headers;
}

std::string text_of(const error_code& ec) {
  if (ec == beast::error::timeout) return "no answer in time";
  if (ec == bhttp::error::end_of_stream || ec == bhttp::error::partial_message || ec == asio::error::eof) {
    return "the connection was closed";
  }
  std::string text = ec.message();
  if (!text.empty() && text[0] >= 'A' && text[0] <= 'Z') text[0] = static_cast<char>(text[0] + 32);
  return text;
}

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  return std::ranges::equal(a, b, [&](char x, char y) { return lower(x) == lower(y); });
}

}  // namespace

std::string to_string(const Url& url) { return "http://" + to_string(url.address); }

Result<Url> parse_url(std::string_view text) {
  const std::string quoted = "'" + std::string(text) + "'";
  const std::optional<hansard::Url> url = hansard::parse_url(text);
  if (!url) return invalid(quoted + " is not http://host:port");
  if (url->tls) return invalid(quoted + " is https, which is not spoken here");
  return Url{url->address};
}

Result<std::vector<Url>> parse_urls(std::string_view text) {
  std::vector<Url> urls;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find(',', begin), text.size());
    Result<Url> url = parse_url(text.substr(begin, end - begin));
    if (!url) return url.error();
    urls.push_back(std::move(*url));
    begin = end + 1;
  }
  return urls;
}

std::string percent_encode(std::string_view text) {
  constexpr std::string_view plain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string encoded;
  for (const char c : text) {
    if (plain.find(c) != std::string_view::npos) {
      encoded += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    encoded += '%';
    encoded += digits[byte >> 4U];
    encoded += digits[byte & 15U];
  }
  return encoded;
}

std::string_view find_header(const Headers& headers, std::string_view name) {
  for (const auto& [key, value] : headers) {
    if (equal_ignoring_case(key, name)) return value;
  }
  return {};
}

// ---- Connection -------------------------------------------------------------------------------

class Connection::Impl {
 public:
  explicit Impl(Url url) : url_(std::move(url)) {}

  Outcome exchange(const Call& call, Patience patience) {
    if (std::optional<Outcome> ended = send(call, patience)) return std::move(*ended);
    bhttp::response_parser<bhttp::string_body> parser;
    return read_whole(parser, call);
  }

  Outcome open(const Call& call, Patience patience) {
    if (std::optional<Outcome> ended = send(call, patience)) return std::move(*ended);
    bhttp::response_parser<bhttp::empty_body> head;
    limit(head, call);
    const error_code ec = run([&](auto done) { bhttp::async_read_header(*stream_, buffer_, head, done); });
    if (ec) return fail(Fate::unknown, ec);
    if (head.get().result() != bhttp::status::ok) {
      bhttp::response_parser<bhttp::string_body> parser{std::move(head)};
      return read_whole(parser, call);
    }
    Outcome outcome;
    outcome.fate = Fate::answered;
    outcome.answer.status = 200;
    outcome.answer.headers = headers_of(head.get());
    body_.emplace(std::move(head));
    body_->body_limit(boost::none);  // A stream has no end; its lines have a limit.
    return outcome;
  }

  Line read_line(std::string& line, Patience patience) {
    std::size_t scanned = 0;
    while (true) {
      const std::size_t end = pending_.find('\n', scanned);
      if (end != std::string::npos) {
        line.assign(pending_, 0, end);
        pending_.erase(0, end + 1);
        if (line.ends_with('\r')) line.pop_back();
        return Line::got;
      }
      scanned = pending_.size();
      if (!stream_ || !body_ || scanned > body_bytes_max) return Line::failed;
      if (body_->is_done()) return Line::ended;
      const Line more = read_more(patience);
      if (more != Line::got) return more;
    }
  }

  void close() {
    body_.reset();
    stream_.reset();
    buffer_.clear();
    pending_.clear();
  }

  [[nodiscard]] const Url& url() const { return url_; }

  // Whether a kept connection can still be written to. What the islander sent unasked is an answer
  // to nothing (a 408, say), and it will close.
  bool is_open() {
    if (!stream_ || body_) return false;
    char byte = 0;
    const ssize_t got = ::recv(stream_->socket().native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    return got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK) && buffer_.size() == 0;
  }

 private:
  // Runs one asynchronous operation of the stream to its end; its deadline is the stream's.
  template <class Start>
  error_code run(const Start& start) {
    std::optional<error_code> result;
    start([&result](const error_code& ec, auto&&...) { result = ec; });
    io_.restart();
    io_.run();
    return result.value_or(error_code(asio::error::operation_aborted));
  }

  Outcome fail(Fate fate, const error_code& ec) {
    Outcome outcome;
    outcome.fate = fate;
    outcome.why = to_string(url_) + ": " + text_of(ec);
    close();
    return outcome;
  }

  error_code connect(Patience patience) {
    close();
    error_code ec;
    const asio::ip::address address = asio::ip::make_address(url_.address.host, ec);
    std::vector<tcp::endpoint> endpoints;
    if (!ec) {
      endpoints.emplace_back(address, url_.address.port);
    } else {
      tcp::resolver resolver{io_};
      const auto found = resolver.resolve(url_.address.host, std::to_string(url_.address.port), ec);
      if (ec) return ec;
      for (const auto& entry : found) endpoints.push_back(entry.endpoint());
    }
    stream_.emplace(io_);
    stream_->expires_after(patience);
    ec = run([&](auto done) { stream_->async_connect(endpoints, done); });
    if (ec) return ec;
    stream_->socket().set_option(tcp::no_delay(true), ec);
    return {};
  }

  // nullopt: the request is under way, with the deadline of the whole call set on the stream.
  std::optional<Outcome> send(const Call& call, Patience patience) {
    if (!is_open()) {
      const error_code ec = connect(patience);
      if (ec) return fail(Fate::not_sent, ec);
    }
    bhttp::request<bhttp::string_body> request;
    request.version(11);
    request.method_string(call.method);
    request.target(call.target);
    request.set(bhttp::field::host, to_string(url_.address));
    for (const auto& [name, value] : call.headers) request.insert(name, value);
    request.body() = call.body;
    if (!call.body.empty() || (call.method != "GET" && call.method != "HEAD")) {
      request.content_length(call.body.size());
    }
    stream_->expires_after(patience);
    const error_code ec = run([&](auto done) { bhttp::async_write(*stream_, request, done); });
    if (ec) return early_answer(call, ec);
    return std::nullopt;
  }

  // The request could not be written to its end, so it is not known in whole over there; but there
  // may be an answer that says why.
  Outcome early_answer(const Call& call, const error_code& why) {
    stream_->expires_after(early_answer_patience);
    bhttp::response_parser<bhttp::string_body> parser;
    limit(parser, call);
    const error_code ec = run([&](auto done) { bhttp::async_read(*stream_, buffer_, parser, done); });
    if (ec || parser.get().result_int() < 400) return fail(Fate::not_sent, why);
    Outcome outcome = answered(parser);
    close();
    return outcome;
  }

  template <class Parser>
  static void limit(Parser& parser, const Call& call) {
    parser.header_limit(head_bytes_max);
    parser.body_limit(body_bytes_max);
    if (call.method == "HEAD") parser.skip(true);
  }

  template <class Parser>
  static Outcome answered(Parser& parser) {
    Outcome outcome;
    outcome.fate = Fate::answered;
    outcome.answer.status = static_cast<int>(parser.get().result_int());
    outcome.answer.headers = headers_of(parser.get());
    outcome.answer.body = std::move(parser.get().body());
    return outcome;
  }

  template <class Parser>
  Outcome read_whole(Parser& parser, const Call& call) {
    limit(parser, call);
    const error_code ec = run([&](auto done) { bhttp::async_read(*stream_, buffer_, parser, done); });
    if (ec) return fail(Fate::unknown, ec);
    const bool keep = parser.get().keep_alive();
    Outcome outcome = answered(parser);
    if (!keep) close();
    return outcome;
  }

  Line read_more(Patience patience) {
    std::array<char, 16'384> piece;
    auto& body = body_->get().body();
    body.data = piece.data();
    body.size = piece.size();
    body.more = true;
    stream_->expires_after(patience);
    const error_code ec = run([&](auto done) { bhttp::async_read_some(*stream_, buffer_, *body_, done); });
    pending_.append(piece.data(), piece.size() - body.size);
    if (ec == bhttp::error::need_buffer || !ec) return Line::got;
    if (ec == beast::error::timeout) return Line::timed_out;
    return Line::failed;
  }

  Url url_;
  asio::io_context io_{1};
  std::optional<beast::tcp_stream> stream_;
  beast::flat_buffer buffer_;
  std::optional<bhttp::response_parser<bhttp::buffer_body>> body_;  // of a stream that is open
  std::string pending_;                                             // its bytes that are not yet a line
};

Connection::Connection(Url url) : impl_(std::make_unique<Impl>(std::move(url))) {}
Connection::~Connection() = default;
Connection::Connection(Connection&&) noexcept = default;
Connection& Connection::operator=(Connection&&) noexcept = default;

Outcome Connection::exchange(const Call& call, Patience patience) { return impl_->exchange(call, patience); }
bool Connection::is_open() { return impl_->is_open(); }
Outcome Connection::open(const Call& call, Patience patience) { return impl_->open(call, patience); }
Line Connection::read_line(std::string& line, Patience patience) { return impl_->read_line(line, patience); }
void Connection::close() { impl_->close(); }
const Url& Connection::url() const { return impl_->url(); }

// ---- Client -----------------------------------------------------------------------------------

namespace {

// The islander answered, but another may do better. What it says of an append's fate decides
// whether the call may go there.
bool is_busy(const Outcome& outcome) {
  const int status = outcome.answer.status;
  return outcome.fate == Fate::answered && (status == 429 || status == 502 || status == 503 || status == 504);
}

bool says_not_appended(const Outcome& outcome) {
  if (outcome.is(429)) return true;
  const auto problem = nlohmann::json::parse(outcome.answer.body, nullptr, false);
  return problem.is_object() && problem.contains("outcome") && problem["outcome"] == "not-appended";
}

}  // namespace

Client::Client(std::vector<Url> urls) {
  for (Url& url : urls) connections_.emplace_back(std::move(url));
}

void Client::move_on() {
  connections_[at_].close();
  at_ = (at_ + 1) % connections_.size();
}

// A frozen islander takes a request and says nothing. So before the first call on a connection that cannot be repeated
// elsewhere, where there is an elsewhere.
bool Client::answers(Connection& at, Outcome& outcome) const {
  if (connections_.size() < 2 || at.is_open()) return true;
  outcome = at.exchange({"GET", "/healthz", {}, {}}, brief);
  if (outcome.fate == Fate::answered) return true;
  outcome.fate = Fate::not_sent;
  return false;
}

template <class Make>
Outcome Client::try_each(Safety safety, const Make& make) {
  Outcome best;
  for (std::size_t tried = 0; tried < connections_.size(); ++tried) {
    Outcome outcome = make(connections_[at_]);
    const bool may_repeat =
        safety == Safety::repeat || outcome.fate == Fate::not_sent || (is_busy(outcome) && says_not_appended(outcome));
    if ((outcome.fate == Fate::answered && !is_busy(outcome)) || !may_repeat) return outcome;
    move_on();
    // Of several failures the one that an islander put into words says most.
    if (best.fate != Fate::answered || outcome.fate == Fate::answered) {
      if (best.fate != Fate::answered && outcome.fate != Fate::answered && !best.why.empty()) {
        outcome.why = best.why + ", " + outcome.why;
      }
      best = std::move(outcome);
    }
  }
  return best;
}

Outcome Client::call(const Call& call, Patience patience, Safety safety) {
  if (safety == Safety::once) {
    return try_each(safety, [&](Connection& at) {
      Outcome silent;
      return answers(at, silent) ? at.exchange(call, patience) : silent;
    });
  }
  const Patience first = connections_.size() > 1 ? std::min(patience, brief) : patience;
  Outcome outcome = try_each(safety, [&](Connection& at) { return at.exchange(call, first); });
  if (outcome.fate == Fate::answered || first == patience) return outcome;
  return try_each(safety, [&](Connection& at) { return at.exchange(call, patience); });
}

Outcome Client::open(const Call& call, Patience patience) {
  const Patience first = connections_.size() > 1 ? std::min(patience, brief) : patience;
  Outcome outcome = try_each(Safety::repeat, [&](Connection& at) { return at.open(call, first); });
  if (outcome.fate == Fate::answered || first == patience) return outcome;
  return try_each(Safety::repeat, [&](Connection& at) { return at.open(call, patience); });
}

}  // namespace hansard::client
