// sdk/dial.cpp - see dial.hpp.
#include "sdk/dial.hpp"

#include "sdk/connection.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>

#include <utility>

namespace hansard {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

Dial::Dial(asio::io_context& io, Patience patience) : resolver_(io), socket_(io), timer_(io), patience_(patience) {}

void Dial::start(const HostPort& address, const Greeting& greeting, Handler handler) {
  handler_ = std::move(handler);
  text_ = write_greeting(greeting, to_string(address));
  timer_.expires_after(patience_.connect);
  timer_.async_wait([self = shared_from_this()](const error_code& error) {
    if (!error) self->failed("no connection in time");
  });
  error_code error;
  const auto literal = asio::ip::make_address(address.host, error);
  if (!error) {
    connect(tcp::resolver::results_type::create(tcp::endpoint(literal, address.port), address.host,
                                                std::to_string(address.port)));
    return;
  }
  resolver_.async_resolve(address.host, std::to_string(address.port), tcp::resolver::numeric_service,
                          [self = shared_from_this()](const error_code& failure, const auto& endpoints) {
                            if (!self->handler_) return;
                            if (failure) return self->failed("cannot resolve: " + failure.message());
                            self->connect(endpoints);
                          });
}

void Dial::connect(const tcp::resolver::results_type& endpoints) {
  asio::async_connect(socket_, endpoints, [self = shared_from_this()](const error_code& error, const tcp::endpoint&) {
    if (!self->handler_) return;
    if (error) return self->failed("cannot connect: " + error.message());
    self->greet();
  });
}

void Dial::greet() {
  prepare_socket(socket_);
  timer_.expires_after(patience_.greet);
  timer_.async_wait([self = shared_from_this()](const error_code& error) {
    if (!error) self->failed("no answer to the handshake in time");
  });
  asio::async_write(socket_, asio::buffer(text_), [self = shared_from_this()](const error_code& error, std::size_t) {
    if (!self->handler_) return;
    if (error) return self->failed("handshake: " + error.message());
    self->read();
  });
}

void Dial::read() {
  text_.clear();
  asio::async_read_until(socket_, asio::dynamic_buffer(text_, handshake_bytes_max), "\r\n\r\n",
                         [self = shared_from_this()](const error_code& error, std::size_t head_bytes) {
                           if (!self->handler_) return;
                           if (error == asio::error::not_found) return self->failed("handshake: an answer without end");
                           if (error) return self->failed("handshake: " + error.message());
                           auto parsed = parse_welcome(std::string_view(self->text_).substr(0, head_bytes));
                           if (auto* refusal = std::get_if<Refusal>(&parsed)) return self->done(std::move(*refusal));
                           self->done(Dialed{std::move(self->socket_), std::get<Speaker>(std::move(parsed)),
                                             self->text_.substr(head_bytes)});
                         });
}

void Dial::failed(const std::string& what) { done(Refusal{0, what}); }

void Dial::done(std::variant<Dialed, Refusal> result) {
  const Handler handler = std::exchange(handler_, nullptr);
  cancel();
  if (handler) handler(std::move(result));
}

void Dial::cancel() {
  handler_ = nullptr;
  timer_.cancel();
  resolver_.cancel();
  error_code ignored;
  socket_.close(ignored);
}

}  // namespace hansard
