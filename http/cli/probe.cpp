// http/cli/probe.cpp - one GET over Beast.
#include "http/cli/probe.hpp"

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>

#include <string>
#include <utility>

namespace hansard::cli {

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using boost::system::error_code;

class Probe : public std::enable_shared_from_this<Probe> {
 public:
  Probe(asio::io_context& io, std::function<void(const Probed&)> done) : stream_(io), done_(std::move(done)) {}

  void start(const client::Url& url, const std::string& target, std::chrono::milliseconds patience) {
    error_code ec;
    const asio::ip::address address = asio::ip::make_address(url.address.host, ec);
    if (ec) return asio::post(stream_.get_executor(), [self = shared_from_this()] { self->done_({}); });
    request_ = {beast::http::verb::get, target, 11};
    request_.set(beast::http::field::host, to_string(url.address));
    stream_.expires_after(patience);
    stream_.async_connect(asio::ip::tcp::endpoint{address, url.address.port},
                          [self = shared_from_this()](error_code failed) { self->on_connect(failed); });
  }

 private:
  void on_connect(error_code failed) {
    if (failed) return done_({});
    beast::http::async_write(stream_, request_,
                             [self = shared_from_this()](error_code ec, std::size_t) { self->on_write(ec); });
  }

  void on_write(error_code failed) {
    if (failed) return done_({});
    beast::http::async_read(stream_, buffer_, response_, [self = shared_from_this()](error_code ec, std::size_t) {
      if (ec) return self->done_({});
      self->done_({static_cast<int>(self->response_.result_int()), std::string(self->response_["Hansard-Republic"])});
    });
  }

  beast::tcp_stream stream_;
  std::function<void(const Probed&)> done_;
  beast::flat_buffer buffer_;
  beast::http::request<beast::http::empty_body> request_;
  beast::http::response<beast::http::string_body> response_;
};

}  // namespace

void probe(asio::io_context& io, const client::Url& url, const std::string& target, std::chrono::milliseconds patience,
           std::function<void(const Probed&)> done) {
  std::make_shared<Probe>(io, std::move(done))->start(url, target, patience);
}

}  // namespace hansard::cli
