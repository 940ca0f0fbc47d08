// sdk/inbound.hpp - Inbound: pulse connections that others opened to us, and their requests that we owe an answer.
//
// Threads: one. Limits: InboundSettings. A connection with too many open requests is not read from until some are
// answered (the other side waits); one that does not take its answers is closed.
#pragma once

#include "government/message_codec.hpp"
#include "government/pulse.hpp"
#include "sdk/connection.hpp"
#include "sdk/handshake.hpp"
#include "sdk/line_limit.hpp"
#include "sdk/slots.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace spdlog {
class logger;
}

namespace hansard {

struct InboundSettings {
  std::size_t connections_max = 2'048;
  std::size_t connections_of_one_max = 4;                   // of one islander: beyond, its oldest is closed
  std::size_t requests_max = 1'024;                         // open on one connection
  std::size_t request_bytes_max = std::size_t{256} << 20U;  // of open requests on one connection
  std::size_t answer_bytes_max = std::size_t{256} << 20U;   // not yet taken by the other side
  Tick request_patience = 60'000'000;  // unanswered by the core for so long, a request is forgotten
  FrameLimits frames;
};

class InboundOwner {
 public:
  virtual ~InboundOwner() = default;
  virtual void on_request(RequestId id, const Islander& from, Addressed<Request> request) = 0;
  virtual void on_open(const Islander& who) = 0;
  virtual void on_close(const Islander& who, bool broken) = 0;
};

class Inbound {
 public:
  Inbound(const InboundSettings& settings, InboundOwner& owner, std::shared_ptr<spdlog::logger> log,
          std::shared_ptr<Connection::Traffic> traffic);
  ~Inbound();  // REQUIRES: close()
  Inbound(const Inbound&) = delete;
  Inbound& operator=(const Inbound&) = delete;

  [[nodiscard]] bool full() const { return guests_.size() >= settings_.connections_max; }
  // Of one who is welcome. `rest` came behind its greeting.
  void accept(boost::asio::ip::tcp::socket socket, const Greeting& greeting, const Speaker& self,
              std::string_view rest);
  // To on_request() with that id; nothing where its connection is gone. flush() sends.
  void answer(const Response& response);
  void flush();
  void sweep(Tick now);
  [[nodiscard]] bool busy() const;
  [[nodiscard]] std::size_t connections() const { return guests_.size(); }
  // Where that islander said that it is reached; empty where no connection of it is open, or it did not say.
  [[nodiscard]] std::string url_of(const Islander& who) const;
  // For good; nothing is reported.
  void close();

 private:
  class Guest;
  struct Open {
    std::shared_ptr<Guest> guest;
    std::uint64_t stream = 0;
    std::size_t bytes = 0;
    Tick since = 0;
    bool urgent = false;
  };

  void received(Guest& guest, const FramedMessage& message);
  void broken(Guest& guest, const std::string& why);
  void remove(Guest& guest);
  void settle(const Open& open);

  InboundSettings settings_;
  InboundOwner& owner_;
  std::shared_ptr<spdlog::logger> log_;
  LineLimit lines_;
  std::shared_ptr<Connection::Traffic> traffic_;
  std::list<std::shared_ptr<Guest>> guests_;  // oldest first
  Slots<Open> open_;
  std::vector<std::shared_ptr<Guest>> unflushed_;
};

}  // namespace hansard
