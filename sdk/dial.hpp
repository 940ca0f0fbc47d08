// sdk/dial.hpp - Dial: one attempt to open a pulse connection: resolve, connect, greet, read the welcome.
//
// Threads: one. Lifetime: shared; the handler is called once, from the io_context, unless cancel() came first.
// Limits: `connect` for resolving and connecting together, `greet` for the handshake, handshake_bytes_max for its
// answer.
#pragma once

#include "sdk/address.hpp"
#include "sdk/handshake.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <variant>

namespace hansard {

// An open connection.
struct Dialed {
  boost::asio::ip::tcp::socket socket;
  Speaker speaker;          // who answered; not judged yet
  std::string read_behind;  // bytes that came behind the welcome
};

class Dial : public std::enable_shared_from_this<Dial> {
 public:
  struct Patience {
    std::chrono::milliseconds connect{1'000};
    std::chrono::milliseconds greet{2'000};
  };
  // A refusal with status 0 is a failure below HTTP.
  using Handler = std::function<void(std::variant<Dialed, Refusal>)>;

  Dial(boost::asio::io_context& io, Patience patience);

  void start(const HostPort& address, const Greeting& greeting, Handler handler);
  void cancel();

 private:
  void connect(const boost::asio::ip::tcp::resolver::results_type& endpoints);
  void greet();
  void read();
  void done(std::variant<Dialed, Refusal> result);
  void failed(const std::string& what);

  boost::asio::ip::tcp::resolver resolver_;
  boost::asio::ip::tcp::socket socket_;
  boost::asio::steady_timer timer_;
  Patience patience_;
  Handler handler_;   // null: done or cancelled
  std::string text_;  // the greeting, then the answer
};

}  // namespace hansard
