// sdk/listener.hpp - Listener: the one port. Tells pulse connections from everything else by their first bytes.
//
// A socket whose bytes begin with `GET /v1/pulse ` is read up to the end of its head and goes to the pulse handler; any
// other goes to the socket handler as soon as that is certain, with the bytes read so far. Without a socket handler it
// gets 426. What is refused is answered, then closed in a way that lets the answer arrive.
// Threads: one. Limits: ListenerSettings. Running out of file descriptors is survived: a pause and a log line.
#pragma once

#include "log/error.hpp"
#include "sdk/handshake.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace spdlog {
class logger;
}

namespace hansard {

struct ListenerSettings {
  std::chrono::milliseconds silence{10'000};    // a socket that sent nothing
  std::chrono::milliseconds head{5'000};        // from the first byte to the end of a pulse's head
  std::chrono::milliseconds farewell{1'000};    // to take a refusal
  std::chrono::milliseconds accept_pause{200};  // after accepting failed
  std::size_t undecided_max = 1'024;            // beyond, the oldest is closed
};

class Listener {
 public:
  // Takes the socket, or says why not (then the listener answers). `head` ends with its empty line.
  using PulseHandler = std::function<std::optional<Refusal>(boost::asio::ip::tcp::socket& socket, std::string_view head,
                                                            std::string_view rest)>;
  using SocketHandler = std::function<void(boost::asio::ip::tcp::socket, std::string)>;

  Listener(boost::asio::io_context& io, const ListenerSettings& settings, std::shared_ptr<spdlog::logger> log);
  ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  // "host:port"; port 0 picks one. Nobody can connect yet. Errc::io with one line that says why not.
  [[nodiscard]] Result<void> bind(const std::string& address);
  // The real one, after bind().
  [[nodiscard]] const std::string& address() const;
  // Listens and accepts.
  [[nodiscard]] Result<void> start(PulseHandler on_pulse);
  // May be set and taken away (nullptr: 426) at any time, also by the handler itself.
  void on_socket(SocketHandler handler);
  // Also closes what is undecided.
  void close();

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace hansard
