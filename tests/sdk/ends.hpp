// tests/sdk/ends.hpp - ends of pulse connections over real loopback sockets: a transport with its listener and a user
// that notes what comes; and an end that only pretends to be one.
#pragma once

#include "sdk/listener.hpp"
#include "sdk/transport.hpp"
#include "tests/sdk/loop.hpp"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace ends {

using namespace hansard;

inline const Republic republic{77, 77};

inline Request ping(std::uint64_t round = 1) {
  Ping message;
  message.round = round;
  return message;
}

inline Speaker speaker(const std::string& id, std::uint64_t cookie, std::uint64_t start = 1) {
  return {{id, {cookie, cookie}}, republic, start, {cookie * 1'000 + start, 1}};
}

// One islander's transport.
class End final : public TransportUser {
 public:
  struct Asked {
    RequestId id;
    Islander from;
    Addressed<Request> request;
  };

  End(boost::asio::io_context& io, const Speaker& self, const TransportSettings& settings = {},
      const std::string& listen = "127.0.0.1:0")
      : self_(self) {
    listener.emplace(io, ListenerSettings{}, log.logger);
    if (const auto bound = listener->bind(listen); !bound) throw std::runtime_error(bound.error().what);
    transport.emplace(io, settings, self, url(), log.logger, *this);
    const auto started =
        listener->start([this](boost::asio::ip::tcp::socket& socket, std::string_view head, std::string_view rest) {
          return transport->accept(socket, head, rest);
        });
    if (!started) throw std::runtime_error(started.error().what);
  }

  void on_request(RequestId id, const Islander& from, Addressed<Request> request) override {
    asked.push_back({id, from, std::move(request)});
    if (answers) {
      answer(asked.back());
      transport->flush();
    }
  }
  void on_sent(PulseId id, std::optional<Reply> reply) override {
    order.push_back(id);
    sent.emplace(id, std::move(reply));
  }
  void on_disconnected(const Islander& who) override { disconnected.push_back(who.id); }

  void answer(const Asked& one) {
    Pong pong;
    if (const auto* message = std::get_if<Ping>(&one.request.message)) pong.round = message->round;
    transport->answer({one.id, self_.republic, pong});
  }

  [[nodiscard]] std::string url() const { return "http://" + listener->address(); }

  // A pulse to `to`; flushed.
  PulseId send(const End& to, Request request = ping(), bool urgent = false) {
    return send(to.self_.islander, to.url(), std::move(request), urgent);
  }
  PulseId send(const Islander& to, const std::string& url, Request request = ping(), bool urgent = false) {
    Pulse pulse;
    pulse.id = ++last_;
    pulse.to = to;
    pulse.url = url;
    pulse.republic = self_.republic;
    pulse.request = std::move(request);
    pulse.urgent = urgent;
    transport->send(pulse);
    transport->flush();
    return pulse.id;
  }
  [[nodiscard]] bool answered(PulseId id) const { return sent.count(id) == 1 && sent.find(id)->second; }
  [[nodiscard]] bool failed(PulseId id) const { return sent.count(id) == 1 && !sent.find(id)->second; }
  [[nodiscard]] const Speaker& self() const { return self_; }

  loop::Log log;
  bool answers = true;  // at once
  std::vector<Asked> asked;
  std::multimap<PulseId, std::optional<Reply>> sent;
  std::vector<PulseId> order;
  std::vector<std::string> disconnected;
  std::optional<Listener> listener;
  std::optional<Transport> transport;

 private:
  Speaker self_;
  PulseId last_ = 0;
};

// Accepts connections and says what it is told to, once the first bytes came; it reads on only if `reads`.
class Pretender {
 public:
  Pretender(boost::asio::io_context& io, std::string answer, bool reads)
      : acceptor_(io, {boost::asio::ip::make_address("127.0.0.1"), 0}), answer_(std::move(answer)), reads_(reads) {
    accept();
  }
  [[nodiscard]] std::string url() const {
    return "http://127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port());
  }

  int accepted = 0;

 private:
  void accept() {
    acceptor_.async_accept([this](const boost::system::error_code& error, boost::asio::ip::tcp::socket socket) {
      if (error) return;
      ++accepted;
      sockets_.push_back(std::make_unique<boost::asio::ip::tcp::socket>(std::move(socket)));
      read(*sockets_.back(), true);
      accept();
    });
  }
  void read(boost::asio::ip::tcp::socket& socket, bool is_first) {
    socket.async_read_some(boost::asio::buffer(buffer_),
                           [this, &socket, is_first](const boost::system::error_code& error, std::size_t) {
                             if (error) return;
                             if (is_first) boost::asio::write(socket, boost::asio::buffer(answer_));
                             if (reads_) read(socket, false);
                           });
  }

  boost::asio::ip::tcp::acceptor acceptor_;
  std::string answer_;
  bool reads_;
  std::vector<std::unique_ptr<boost::asio::ip::tcp::socket>> sockets_;
  char buffer_[65'536] = {};
};

}  // namespace ends
