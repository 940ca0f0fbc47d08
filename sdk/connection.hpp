// sdk/connection.hpp - Connection: an open pulse connection, after its handshake; messages in, messages out.
//
// Everything that was queued since the last flush() goes out in one write, and what is queued during a write joins the
// next one: at high load one system call per round, not per message.
// Threads: one. Lifetime: shared; the owner must close() it before it goes away itself.
// Callbacks come from the io_context, never from inside a call. After close() none comes.
#pragma once

#include "government/settings.hpp"
#include "sdk/frame.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/system/error_code.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace hansard {

class Connection;

class ConnectionOwner {
 public:
  virtual ~ConnectionOwner() = default;
  // `message` is valid during the call.
  virtual void on_message(Connection& connection, const FramedMessage& message) = 0;
  // The connection is closed by the other side, or failed. Once; not after close().
  virtual void on_broken(Connection& connection, const std::string& why) = 0;
};

// Settings that a socket between islanders needs: no delay, little unsent in the kernel, a dead host is noticed.
void prepare_socket(boost::asio::ip::tcp::socket& socket);

class Connection : public std::enable_shared_from_this<Connection> {
 public:
  // Bytes over all connections of a transport.
  struct Traffic {
    std::uint64_t sent = 0;
    std::uint64_t received = 0;
  };

  Connection(boost::asio::ip::tcp::socket socket, const FrameLimits& limits, FrameQueue queue, ConnectionOwner& owner,
             std::shared_ptr<Traffic> traffic);

  // Begins. `preamble` is written before any message (the end of a handshake, or empty); `read_before` came from the
  // socket already.
  void start(std::string preamble, std::string_view read_before);

  // What waits to be sent; push, then flush().
  [[nodiscard]] FrameQueue& queue() { return queue_; }
  void flush();
  // No more on_message() until resume(): the bytes wait in the kernel, and the other side waits.
  void pause() { paused_ = true; }
  void resume();
  void close();
  // Breaks it, as if it had failed: on_broken() follows, but not from inside this call.
  void fail(std::string why);

  [[nodiscard]] Tick heard() const { return heard_; }  // when bytes last arrived
  [[nodiscard]] bool busy() const { return writing_ || !queue_.empty(); }

 private:
  void read();
  void parse();
  void on_read(const boost::system::error_code& error, std::size_t bytes);
  void write();
  void on_written(const boost::system::error_code& error, std::size_t bytes);
  void broken(const std::string& why);

  boost::asio::ip::tcp::socket socket_;
  FrameQueue queue_;
  FrameParser parser_;
  ConnectionOwner* owner_;  // null: closed
  std::shared_ptr<Traffic> traffic_;
  std::string preamble_;
  std::vector<boost::asio::const_buffer> buffers_;  // of the write under way
  Tick heard_ = 0;
  bool writing_ = false;
  bool reading_ = false;  // a read or a parse is under way
  bool paused_ = false;
};

}  // namespace hansard
