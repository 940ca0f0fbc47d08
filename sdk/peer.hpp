// sdk/peer.hpp - Peer: the pulses of ours to one islander, and the connection they travel on.
//
// It connects when there is a pulse to send, and keeps the connection. Where it cannot, or the connection breaks, all
// pulses under way fail at once; the next attempt waits (50 ms doubling to 1 s, with jitter), and pulses that come
// meanwhile wait for it.
// Every pulse ends exactly once: an answer, or a failure; those unanswered for `pulse_patience` are given up, so that a
// peer that takes bytes and never answers holds nothing for ever.
// Threads: one. The owner is never called from inside send().
#pragma once

#include "government/pulse.hpp"
#include "sdk/connection.hpp"
#include "sdk/dial.hpp"
#include "sdk/frame.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>

namespace spdlog {
class logger;
}

namespace hansard {

struct PeerSettings {
  Dial::Patience dial;
  Tick backoff_min = 50'000;
  Tick backoff_max = 1'000'000;
  Tick pulse_patience = 30'000'000;                       // unanswered for so long, a pulse is given up
  Tick idle_after = 300'000'000;                          // a connection without pulses is closed
  std::size_t pulses_max = 4'096;                         // without an answer; more fail
  std::size_t queue_bytes_max = std::size_t{256} << 20U;  // not yet sent; more fail
  FrameLimits frames;
};

// What peers need of their transport.
class PeerOwner {
 public:
  virtual ~PeerOwner() = default;
  // Our part of the handshake.
  [[nodiscard]] virtual Greeting greeting(const std::string& to) const = 0;
  [[nodiscard]] virtual std::optional<Refusal> judge(const Speaker& speaker, const std::string& asked) = 0;
  [[nodiscard]] virtual std::uint32_t chance() = 0;  // for jitter
  // Each pulse ends with one of these.
  virtual void on_answered(PulseId id, Reply reply) = 0;
  virtual void on_failed(PulseId id) = 0;
  virtual void on_open(const Islander& who) = 0;
  // `broken`: not by us.
  virtual void on_close(const Islander& who, bool broken) = 0;
};

class Peer final : public std::enable_shared_from_this<Peer>, public ConnectionOwner {
 public:
  Peer(boost::asio::io_context& io, const PeerSettings& settings, PeerOwner& owner, std::shared_ptr<spdlog::logger> log,
       std::shared_ptr<Connection::Traffic> traffic, std::string id, std::string url);

  // Takes the pulse on its way; flush() sends. nullptr: taken. Else why not; the owner hears no more of it.
  [[nodiscard]] const char* send(const Pulse& pulse);
  void flush();
  // Gives up what waits too long.
  void sweep(Tick now);
  // The islander was seen alive: the next attempt need not wait.
  void hurry();
  [[nodiscard]] bool idle(Tick now) const;
  [[nodiscard]] bool busy() const { return connection_ && connection_->busy(); }
  [[nodiscard]] const std::string& id() const { return id_; }
  // Another run of that directory than `speaker` answers us here, and was heard just now.
  [[nodiscard]] bool hears_other_run_of(const Speaker& speaker, Tick now) const;
  // For good; nothing is reported for what was under way.
  void close();

 private:
  struct Waiting {
    Tick since = 0;
    Cookie cookie;  // that must answer; zero: any
  };

  void on_message(Connection& connection, const FramedMessage& message) override;
  void on_broken(Connection& connection, const std::string& why) override;

  [[nodiscard]] FrameQueue& queue() { return connection_ ? connection_->queue() : queue_; }
  void want_connection();
  void dial();
  void on_dialed(std::variant<Dialed, Refusal> result);
  void open(Dialed dialed);
  void failed(const Refusal& refusal);
  void fail_all();
  void fail_strangers();

  boost::asio::io_context& io_;
  PeerSettings settings_;
  PeerOwner* owner_;  // null: closed
  std::shared_ptr<spdlog::logger> log_;
  std::shared_ptr<Connection::Traffic> traffic_;
  std::string id_;
  std::string url_;
  std::optional<HostPort> address_;  // nullopt: the url is of no use

  std::unordered_map<PulseId, Waiting> waiting_;
  FrameQueue queue_;  // until there is a connection
  std::shared_ptr<Connection> connection_;
  Islander remote_;  // of connection_
  Id128 remote_nonce_;
  std::shared_ptr<Dial> dial_;     // an attempt is under way
  std::weak_ptr<Dial> last_dial_;  // may linger in a slow resolver
  boost::asio::steady_timer timer_;
  bool timer_armed_ = false;
  Tick next_try_ = 0;
  Tick backoff_;
  Tick used_;
  std::string complaint_;  // last one logged: the same one is not repeated
};

}  // namespace hansard
