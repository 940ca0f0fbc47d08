// sdk/listener.cpp - see listener.hpp.
#include "sdk/listener.hpp"

#include "sdk/address.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>

#include <algorithm>
#include <array>
#include <list>
#include <spdlog/logger.h>
#include <utility>

namespace hansard {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using Clock = std::chrono::steady_clock;

namespace {

// A socket between accept() and the decision whose it is, or on its way out after a refusal.
struct Undecided {
  explicit Undecided(tcp::socket accepted) : socket(std::move(accepted)) {}

  tcp::socket socket;
  std::string text;  // read so far; when leaving, the refusal
  std::array<char, 4'096> buffer{};
  Clock::time_point deadline;
  bool leaving = false;
  bool gone = false;
  std::list<std::shared_ptr<Undecided>>::iterator place;
};

using UndecidedPtr = std::shared_ptr<Undecided>;

// Whether the bytes may still become a pulse's request; certain once they are as long as the prefix.
bool may_be_pulse(std::string_view text) {
  const std::size_t size = std::min(text.size(), pulse_request_prefix.size());
  return text.substr(0, size) == pulse_request_prefix.substr(0, size);
}

}  // namespace

class Listener::Impl : public std::enable_shared_from_this<Impl> {
 public:
  Impl(asio::io_context& io, const ListenerSettings& settings, std::shared_ptr<spdlog::logger> log)
      : io_(io),
        settings_(settings),
        log_(std::move(log)),
        acceptor_(io),
        pause_(io),
        sweep_(io),
        sweep_every_(std::clamp(std::min({settings.silence, settings.head, settings.farewell}) / 4,
                                std::chrono::milliseconds(5), std::chrono::milliseconds(500))) {}

  Result<void> bind(const std::string& text) {
    const auto fail = [&text](const std::string& why) {
      return Error{Errc::io, "cannot listen on " + text + ": " + why};
    };
    const auto parsed = parse_host_port(text);
    if (!parsed) return fail("not host:port");
    error_code error;
    tcp::resolver resolver(io_);
    const auto found = resolver.resolve(parsed->host, std::to_string(parsed->port),
                                        tcp::resolver::passive | tcp::resolver::numeric_service, error);
    if (error || found.empty()) return fail(error.message());
    const tcp::endpoint endpoint = *found.begin();
    acceptor_.open(endpoint.protocol(), error);
    if (!error) acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
    if (!error) acceptor_.bind(endpoint, error);
    if (error) return fail(error.message());
    const std::uint16_t port = acceptor_.local_endpoint(error).port();
    if (error) return fail(error.message());
    address_ = to_string(HostPort{parsed->host, port});
    return {};
  }

  void on_socket(SocketHandler handler) { on_socket_ = std::move(handler); }

  Result<void> start(PulseHandler on_pulse) {
    on_pulse_ = std::move(on_pulse);
    error_code error;
    acceptor_.listen(tcp::acceptor::max_listen_connections, error);
    if (error) return Error{Errc::io, "cannot listen on " + address_ + ": " + error.message()};
    accept();
    return {};
  }

  void close() {
    closed_ = true;
    error_code ignored;
    acceptor_.close(ignored);
    pause_.cancel();
    sweep_.cancel();
    while (!undecided_.empty()) drop(*undecided_.front());
    on_pulse_ = nullptr;
    on_socket_ = nullptr;
  }

  [[nodiscard]] const std::string& address() const { return address_; }

 private:
  void accept() {
    acceptor_.async_accept([self = shared_from_this()](const error_code& error, tcp::socket socket) {
      if (self->closed_) return;
      if (error == asio::error::connection_aborted || error == asio::error::interrupted) {
        return self->accept();  // It left before it was accepted.
      }
      if (error) return self->pause(error);
      self->failing_ = false;
      self->begin(std::move(socket));
      self->accept();
    });
  }

  // Most likely out of file descriptors: others will be closed in time.
  void pause(const error_code& error) {
    if (!failing_) log_->error("cannot accept connections: {}", error.message());
    failing_ = true;
    pause_.expires_after(settings_.accept_pause);
    pause_.async_wait([self = shared_from_this()](const error_code&) {
      if (!self->closed_) self->accept();
    });
  }

  void begin(tcp::socket socket) {
    if (undecided_.size() >= settings_.undecided_max) {
      log_->debug("too many connections that say nothing: the oldest is closed");
      drop(*undecided_.front());
    }
    const auto one = std::make_shared<Undecided>(std::move(socket));
    one->place = undecided_.insert(undecided_.end(), one);
    one->deadline = Clock::now() + settings_.silence;
    if (!sweeping_) sweep_later();
    read(one);
  }

  void read(const UndecidedPtr& one) {
    one->socket.async_read_some(asio::buffer(one->buffer),
                                [self = shared_from_this(), one](const error_code& error, std::size_t bytes) {
                                  if (one->gone) return;
                                  if (error) return self->drop(*one);
                                  if (one->leaving) return self->read(one);  // Until it closes, or the time is up.
                                  if (one->text.empty()) one->deadline = Clock::now() + self->settings_.head;
                                  one->text.append(one->buffer.data(), bytes);
                                  self->decide(one);
                                });
  }

  void decide(const UndecidedPtr& one) {
    if (!may_be_pulse(one->text)) {
      if (!on_socket_) return refuse(one, {426, "this address speaks hansard-pulse/1 only, after an upgrade"});
      remove(*one);
      const SocketHandler handler = on_socket_;  // Which may close us.
      return handler(std::move(one->socket), std::move(one->text));
    }
    const std::size_t end = one->text.find("\r\n\r\n");
    if (end == std::string::npos) {
      if (one->text.size() >= handshake_bytes_max) return refuse(one, {400, "a head without end"});
      return read(one);
    }
    const std::string_view text = one->text;
    const PulseHandler handler = on_pulse_;
    auto refusal = handler(one->socket, text.substr(0, end + 4), text.substr(end + 4));
    if (refusal) return refuse(one, *refusal);
    remove(*one);
  }

  // Closing with unread bytes would reset the connection and lose the answer: so it is written, our side is shut, and
  // the other side has a moment to close its own.
  void refuse(const UndecidedPtr& one, const Refusal& refusal) {
    one->leaving = true;
    one->text = write_refusal(refusal);
    one->deadline = Clock::now() + settings_.farewell;
    asio::async_write(one->socket, asio::buffer(one->text),
                      [self = shared_from_this(), one](const error_code& error, std::size_t) {
                        if (one->gone) return;
                        if (error) return self->drop(*one);
                        error_code ignored;
                        one->socket.shutdown(tcp::socket::shutdown_send, ignored);
                        self->read(one);
                      });
  }

  void sweep_later() {
    sweeping_ = true;
    sweep_.expires_after(sweep_every_);
    sweep_.async_wait([self = shared_from_this()](const error_code&) {
      self->sweeping_ = false;
      if (!self->closed_) self->sweep();
    });
  }

  void sweep() {
    const auto now = Clock::now();
    for (auto next = undecided_.begin(); next != undecided_.end();) {
      Undecided& one = **next++;
      if (one.deadline <= now) drop(one);
    }
    if (!undecided_.empty()) sweep_later();
  }

  void remove(Undecided& one) {
    one.gone = true;
    undecided_.erase(one.place);
  }

  void drop(Undecided& one) {
    const UndecidedPtr keep = *one.place;
    remove(one);
    error_code ignored;
    one.socket.close(ignored);
  }

  asio::io_context& io_;
  ListenerSettings settings_;
  std::shared_ptr<spdlog::logger> log_;
  tcp::acceptor acceptor_;
  asio::steady_timer pause_;
  asio::steady_timer sweep_;
  std::chrono::milliseconds sweep_every_;
  std::string address_;
  PulseHandler on_pulse_;
  SocketHandler on_socket_;
  std::list<UndecidedPtr> undecided_;  // oldest first
  bool sweeping_ = false;
  bool failing_ = false;
  bool closed_ = false;
};

Listener::Listener(asio::io_context& io, const ListenerSettings& settings, std::shared_ptr<spdlog::logger> log)
    : impl_(std::make_shared<Impl>(io, settings, std::move(log))) {}

Listener::~Listener() { close(); }

Result<void> Listener::bind(const std::string& address) { return impl_->bind(address); }
const std::string& Listener::address() const { return impl_->address(); }
Result<void> Listener::start(PulseHandler on_pulse) { return impl_->start(std::move(on_pulse)); }
void Listener::on_socket(SocketHandler handler) { impl_->on_socket(std::move(handler)); }
void Listener::close() { impl_->close(); }

}  // namespace hansard
