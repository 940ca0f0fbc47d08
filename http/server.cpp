#include "http/server.hpp"

#include "http/refusals.hpp"
#include "http/service.hpp"
#include "http/session.hpp"

#include <boost/asio/steady_timer.hpp>

#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace hansard {

using http::Service;
using http::Session;

class HttpServer::Impl : public std::enable_shared_from_this<Impl> {
 public:
  Impl(Node& node, HttpOptions options)
      : node_(node), service_(std::make_shared<Service>(node, options)), timer_(node.io()) {}

  void start() {
    // The node's listener may still have a socket for us when we are gone: it is closed then.
    node_.on_socket([weak = weak_from_this()](boost::asio::ip::tcp::socket socket, const std::string& bytes) {
      if (const auto self = weak.lock()) self->accept(std::move(socket), bytes);
    });
    node_.on_committed([hub = service_->hub] { hub->committed(); });
  }

  void close() {
    node_.on_socket(nullptr);
    node_.on_committed(nullptr);
    abort_all();
    timer_.cancel();
  }

  void stop(std::chrono::milliseconds patience, std::function<void()> done) {
    stop_by_ = Session::Clock::now() + patience;
    done_ = std::move(done);
    stopping_ = true;
    for (const auto& session : all()) session->stop();
    tick();
  }

  [[nodiscard]] Figures figures() const {
    return {sessions_.size(), service_->subscribers, service_->budget.bytes(), service_->lines.formatted()};
  }

 private:
  using Sessions = std::unordered_map<const Session*, std::shared_ptr<Session>>;

  // Connections that are only told that there are too many of them.
  static constexpr std::size_t refused_max = 64;

  void accept(boost::asio::ip::tcp::socket socket, std::string_view bytes) {
    const std::size_t connections_max = service_->options.connections_max;
    if (sessions_.size() >= connections_max + refused_max) return;  // The socket closes here.
    const bool full = sessions_.size() >= connections_max;
    auto session = std::make_shared<Session>(service_, std::move(socket), bytes,
                                             [this](Session& gone) { sessions_.erase(&gone); });
    sessions_.emplace(session.get(), session);
    if (!ticking_) tick();
    if (stopping_) return session->refuse_at_once(http::stopping());
    if (full) return session->refuse_at_once(too_many());
    session->start();
  }

  static http::Problem too_many() {
    http::Problem problem = http::busy();
    problem.detail = "this islander has as many connections as it takes";
    return problem;
  }

  // Sessions come and go while they are being visited.
  [[nodiscard]] std::vector<std::shared_ptr<Session>> all() const {
    std::vector<std::shared_ptr<Session>> sessions;
    sessions.reserve(sessions_.size());
    for (const auto& [key, session] : sessions_) sessions.push_back(session);
    return sessions;
  }

  void abort_all() {
    for (const auto& session : all()) session->abort();
  }

  // The one timer of all connections. It rests while there are none.
  void tick() {
    const Session::Clock::time_point now = Session::Clock::now();
    for (const auto& session : all()) session->sweep(now);
    if (stopping_ && done_) {
      if (now >= stop_by_) abort_all();
      // Who connects before the port closes is still told that we are stopping.
      if (sessions_.empty()) boost::asio::post(node_.io(), std::exchange(done_, nullptr));
    }
    ticking_ = !sessions_.empty();
    if (!ticking_) return;
    timer_.expires_after(service_->options.sweep);
    timer_.async_wait([self = shared_from_this()](const boost::system::error_code& ec) {
      if (!ec) self->tick();
    });
  }

  Node& node_;
  const std::shared_ptr<Service> service_;
  Sessions sessions_;
  boost::asio::steady_timer timer_;
  Session::Clock::time_point stop_by_;
  std::function<void()> done_;
  bool stopping_ = false;
  bool ticking_ = false;
};

HttpServer::HttpServer(Node& node, HttpOptions options) : impl_(std::make_shared<Impl>(node, options)) {
  impl_->start();
}

HttpServer::~HttpServer() { impl_->close(); }

void HttpServer::stop(std::chrono::milliseconds patience, std::function<void()> done) {
  impl_->stop(patience, std::move(done));
}

HttpServer::Figures HttpServer::figures() const { return impl_->figures(); }

}  // namespace hansard
