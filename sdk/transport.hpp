// sdk/transport.hpp - Transport: all pulses between this islander and others, over TCP.
//
// One connection per ordered pair: the opener sends requests, the other side answers on it. Opened by an upgrade on the
// port that clients use (handshake.hpp), framed so that urgent messages overtake (frame.hpp).
// Threads: one. Every callback comes from the io_context, never from inside a call.
// Limits: PeerSettings, InboundSettings.
#pragma once

#include "government/message_codec.hpp"
#include "government/pulse.hpp"
#include "sdk/handshake.hpp"
#include "sdk/inbound.hpp"
#include "sdk/peer.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace spdlog {
class logger;
}

namespace hansard {

struct TransportSettings {
  PeerSettings peer;
  InboundSettings inbound;
  Tick sweep_every = 1'000'000;
  std::size_t peers_max = 2'048;
};

struct TransportFigures {
  std::uint64_t pulses_sent = 0;
  std::uint64_t pulses_failed = 0;
  std::uint64_t bytes_sent = 0;
  std::uint64_t bytes_received = 0;
};

// What a transport is used by: the node, which brings these to the core.
class TransportUser {
 public:
  virtual ~TransportUser() = default;
  virtual void on_request(RequestId id, const Islander& from, Addressed<Request> request) = 0;
  // Exactly once for each pulse sent.
  virtual void on_sent(PulseId id, std::optional<Reply> reply) = 0;
  // The last connection from or to that islander is gone, and not by our doing.
  virtual void on_disconnected(const Islander& who) = 0;
};

class Transport {
 public:
  // `url`: where others reach us.
  Transport(boost::asio::io_context& io, const TransportSettings& settings, Speaker self, std::string url,
            std::shared_ptr<spdlog::logger> log, TransportUser& user);
  ~Transport();
  Transport(const Transport&) = delete;
  Transport& operator=(const Transport&) = delete;

  // Ours, once it is known.
  void republic(const Republic& republic);
  // Both take their message on its way; flush() sends all that was taken, in one write per connection.
  void send(const Pulse& pulse);
  void answer(const Response& response);
  void flush();
  // A socket whose first bytes asked for pulses: `head` is all up to its empty line, `rest` what came behind. Takes the
  // socket, or says why not.
  [[nodiscard]] std::optional<Refusal> accept(boost::asio::ip::tcp::socket& socket, std::string_view head,
                                              std::string_view rest);
  // Something is taken but not yet handed to the kernel.
  [[nodiscard]] bool busy() const;
  [[nodiscard]] TransportFigures figures() const;
  // For good; no callback follows, not for pulses under way either.
  void close();

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace hansard
