// sdk/connection.cpp - see connection.hpp.
#include "sdk/connection.hpp"

#include "sdk/moment.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/socket_base.hpp>
#include <boost/asio/write.hpp>

#include <algorithm>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <utility>

namespace hansard {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

// A buffer sequence that is copied into Asio's operations without copying the buffers.
struct Buffers {
  const asio::const_buffer* first;
  const asio::const_buffer* beyond;
  [[nodiscard]] const asio::const_buffer* begin() const { return first; }
  [[nodiscard]] const asio::const_buffer* end() const { return beyond; }
};

template <int Name>
using TcpNumber = asio::detail::socket_option::integer<IPPROTO_TCP, Name>;

}  // namespace

void prepare_socket(asio::ip::tcp::socket& socket) {
  // What cannot be set costs speed, not correctness, and says so nowhere useful.
  error_code ignored;
  socket.set_option(asio::ip::tcp::no_delay(true), ignored);
  // Little unsent in the kernel: bytes there can no longer be overtaken by a ping.
  socket.set_option(TcpNumber<TCP_NOTSENT_LOWAT>(128 * 1024), ignored);
  // A host that is gone without a word.
  socket.set_option(asio::socket_base::keep_alive(true), ignored);
  socket.set_option(TcpNumber<TCP_KEEPIDLE>(10), ignored);
  socket.set_option(TcpNumber<TCP_KEEPINTVL>(5), ignored);
  socket.set_option(TcpNumber<TCP_KEEPCNT>(3), ignored);
  socket.set_option(TcpNumber<TCP_USER_TIMEOUT>(25'000), ignored);
}

Connection::Connection(asio::ip::tcp::socket socket, const FrameLimits& limits, FrameQueue queue,
                       ConnectionOwner& owner, std::shared_ptr<Traffic> traffic)
    : socket_(std::move(socket)),
      queue_(std::move(queue)),
      parser_(limits),
      owner_(&owner),
      traffic_(std::move(traffic)),
      heard_(tick_now()) {}

void Connection::start(std::string preamble, std::string_view read_before) {
  while (!read_before.empty()) {
    const auto space = parser_.space();
    const std::size_t fits = std::min(space.size(), read_before.size());
    read_before.copy(space.data(), fits);
    parser_.commit(fits);
    read_before.remove_prefix(fits);
  }
  reading_ = true;
  asio::post(socket_.get_executor(), [self = shared_from_this()] { self->parse(); });
  preamble_ = std::move(preamble);
  if (preamble_.empty()) return flush();
  buffers_.emplace_back(preamble_.data(), preamble_.size());
  write();
}

void Connection::read() {
  reading_ = true;
  const auto space = parser_.space();
  socket_.async_read_some(
      asio::buffer(space.data(), space.size()),
      [self = shared_from_this()](const error_code& error, std::size_t bytes) { self->on_read(error, bytes); });
}

void Connection::on_read(const error_code& error, std::size_t bytes) {
  if (owner_ == nullptr) return;
  if (error) {
    reading_ = false;
    broken(error == asio::error::eof ? "closed by the other side" : error.message());
    return;
  }
  traffic_->received += bytes;
  heard_ = tick_now();
  parser_.commit(bytes);
  parse();
}

void Connection::parse() {
  FramedMessage message;
  while (owner_ != nullptr && !paused_) {
    switch (parser_.next(message)) {
      case FrameParser::Status::message:
        owner_->on_message(*this, message);
        continue;
      case FrameParser::Status::more:
        read();
        return;
      case FrameParser::Status::garbage:
        reading_ = false;
        broken(std::string("garbage: ") + parser_.why());
        return;
    }
  }
  reading_ = false;
}

void Connection::resume() {
  if (!paused_) return;
  paused_ = false;
  if (reading_ || owner_ == nullptr) return;
  reading_ = true;
  asio::post(socket_.get_executor(), [self = shared_from_this()] { self->parse(); });
}

void Connection::flush() {
  if (writing_ || owner_ == nullptr || queue_.empty()) return;
  buffers_.clear();
  for (const std::string_view piece : queue_.take()) {
    buffers_.emplace_back(piece.data(), piece.size());
  }
  write();
}

void Connection::write() {
  writing_ = true;
  asio::async_write(
      socket_, Buffers{buffers_.data(), buffers_.data() + buffers_.size()},
      [self = shared_from_this()](const error_code& error, std::size_t bytes) { self->on_written(error, bytes); });
}

void Connection::on_written(const error_code& error, std::size_t bytes) {
  writing_ = false;
  traffic_->sent += bytes;
  queue_.written();
  if (owner_ == nullptr) return;
  if (error) {
    broken(error.message());
    return;
  }
  flush();
}

void Connection::fail(std::string why) {
  paused_ = true;
  asio::post(socket_.get_executor(), [self = shared_from_this(), why = std::move(why)] {
    if (self->owner_ != nullptr) self->broken(why);
  });
}

void Connection::broken(const std::string& why) {
  ConnectionOwner* owner = owner_;
  close();
  owner->on_broken(*this, why);
}

void Connection::close() {
  owner_ = nullptr;
  error_code ignored;
  socket_.shutdown(asio::ip::tcp::socket::shutdown_both, ignored);
  socket_.close(ignored);
}

}  // namespace hansard
