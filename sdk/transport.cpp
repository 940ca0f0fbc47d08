// sdk/transport.cpp - see transport.hpp.
#include "sdk/transport.hpp"

#include "sdk/admission.hpp"
#include "sdk/line_limit.hpp"
#include "sdk/moment.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <algorithm>
#include <chrono>
#include <map>
#include <random>
#include <spdlog/logger.h>
#include <utility>
#include <vector>

namespace hansard {

namespace asio = boost::asio;

class Transport::Impl final : public std::enable_shared_from_this<Impl>, public PeerOwner, public InboundOwner {
 public:
  Impl(asio::io_context& io, const TransportSettings& settings, Speaker self, std::string url,
       std::shared_ptr<spdlog::logger> log, TransportUser& user)
      : io_(io),
        settings_(settings),
        admission_(std::move(self)),
        url_(std::move(url)),
        log_(std::move(log)),
        user_(&user),
        traffic_(std::make_shared<Connection::Traffic>()),
        inbound_(settings.inbound, *this, log_, traffic_),
        chance_(static_cast<std::uint32_t>(admission_.self().nonce.low)),
        timer_(io) {}

  void republic(const Republic& republic) { admission_.republic(republic); }

  void send(const Pulse& pulse) {
    if (user_ == nullptr) return;
    if (const char* why = try_send(pulse)) {
      log_->debug("islander {}: a pulse fails: {}", pulse.to.id, why);
      refused_.push_back(pulse.id);
      if (refused_.size() == 1) {
        asio::post(io_, [self = shared_from_this()] { self->report_refused(); });
      }
      return;
    }
    ++figures_.pulses_sent;
  }

  void answer(const Response& response) { inbound_.answer(response); }

  void flush() {
    for (const auto& peer : unflushed_) peer->flush();
    unflushed_.clear();
    inbound_.flush();
  }

  std::optional<Refusal> accept(asio::ip::tcp::socket& socket, std::string_view head, std::string_view rest) {
    auto refusal = judge(head);
    if (auto* greeting = std::get_if<Greeting>(&refusal)) {
      inbound_.accept(std::move(socket), *greeting, admission_.self(), rest);
      return std::nullopt;
    }
    return std::get<Refusal>(std::move(refusal));
  }

  [[nodiscard]] bool busy() const {
    return inbound_.busy() || std::ranges::any_of(peers_, [](const auto& entry) { return entry.second->busy(); });
  }

  [[nodiscard]] TransportFigures figures() const {
    TransportFigures figures = figures_;
    figures.bytes_sent = traffic_->sent;
    figures.bytes_received = traffic_->received;
    return figures;
  }

  void close() {
    user_ = nullptr;
    timer_.cancel();
    for (const auto& entry : peers_) entry.second->close();
    peers_.clear();
    unflushed_.clear();
    inbound_.close();
  }

  void sweep_later() {
    timer_.expires_after(std::chrono::microseconds(settings_.sweep_every));
    timer_.async_wait([weak = weak_from_this()](const boost::system::error_code&) {
      const auto self = weak.lock();
      if (!self || self->user_ == nullptr) return;
      self->sweep();
      self->sweep_later();
    });
  }

 private:
  [[nodiscard]] Greeting greeting(const std::string& to) const override { return {admission_.self(), to, url_}; }
  [[nodiscard]] std::optional<Refusal> judge(const Speaker& speaker, const std::string& asked) override {
    if (auto refusal = judge_run(speaker)) return refusal;
    return admission_.judge(speaker, asked);
  }
  // Two runs at a time: one of them is of a copied directory, and votes that it forgets would be counted.
  [[nodiscard]] std::optional<Refusal> judge_run(const Speaker& speaker) const {
    const Tick now = tick_now();
    const auto other =
        std::ranges::find_if(peers_, [&](const auto& entry) { return entry.second->hears_other_run_of(speaker, now); });
    if (other == peers_.end()) return std::nullopt;
    return Refusal{409, "islander " + speaker.islander.id + " runs elsewhere, at " + other->first.second +
                            ", on the same data directory or a copy of it"};
  }
  [[nodiscard]] std::uint32_t chance() override { return static_cast<std::uint32_t>(chance_()); }

  void on_answered(PulseId id, Reply reply) override {
    if (user_ != nullptr) user_->on_sent(id, std::move(reply));
  }
  void on_failed(PulseId id) override {
    if (user_ == nullptr) return;
    ++figures_.pulses_failed;
    user_->on_sent(id, std::nullopt);
  }
  void on_request(RequestId id, const Islander& from, Addressed<Request> request) override {
    if (user_ != nullptr) user_->on_request(id, from, std::move(request));
  }
  void on_open(const Islander& who) override {
    ++connections_[who];
    for (const auto& entry : peers_) {
      if (entry.second->id() == who.id) entry.second->hurry();
    }
  }
  void on_close(const Islander& who, bool broken) override {
    const auto found = connections_.find(who);
    if (found == connections_.end() || --found->second > 0) return;
    connections_.erase(found);
    if (broken && user_ != nullptr) user_->on_disconnected(who);
  }

  std::variant<Greeting, Refusal> judge(std::string_view head) {
    if (user_ == nullptr) return Refusal{503, "this islander is stopping"};
    auto parsed = parse_greeting(head);
    std::optional<Refusal> refusal;
    if (const auto* fault = std::get_if<Refusal>(&parsed)) {
      refusal = *fault;
    } else if (inbound_.full()) {
      refusal = Refusal{503, "too many connections"};
    } else {
      refusal = admission_.judge(std::get<Greeting>(parsed));
      if (!refusal) refusal = judge_run(std::get<Greeting>(parsed).from);
    }
    if (!refusal) return parsed;
    if (const auto left_out = lines_.tell("refused", tick_now())) {
      log_->warn("a pulse connection is refused ({}): {}{}", refusal->status, refusal->why, and_left_out(*left_out));
    }
    return *std::move(refusal);
  }

  const char* try_send(const Pulse& pulse) {
    const auto key = std::pair(pulse.to.id, pulse.url.empty() ? inbound_.url_of(pulse.to) : pulse.url);
    if (key.second.empty()) return "nobody knows where it is reached";
    auto found = peers_.find(key);
    if (found == peers_.end()) {
      if (peers_.size() >= settings_.peers_max) return "too many islanders at once";
      found =
          peers_.emplace(key, std::make_shared<Peer>(io_, settings_.peer, *this, log_, traffic_, key.first, key.second))
              .first;
    }
    const std::shared_ptr<Peer>& peer = found->second;
    if (const char* why = peer->send(pulse)) return why;
    if (unflushed_.empty() || unflushed_.back() != peer) unflushed_.push_back(peer);
    return nullptr;
  }

  void report_refused() {
    for (const PulseId id : std::exchange(refused_, {})) on_failed(id);
  }

  void sweep() {
    const Tick now = tick_now();
    std::erase_if(peers_, [now](const auto& entry) {
      if (!entry.second->idle(now)) return false;
      entry.second->close();
      return true;
    });
    for (const auto& entry : peers_) entry.second->sweep(now);
    inbound_.sweep(now);
  }

  asio::io_context& io_;
  TransportSettings settings_;
  Admission admission_;
  std::string url_;
  std::shared_ptr<spdlog::logger> log_;
  LineLimit lines_;
  TransportUser* user_;  // null: closed
  std::shared_ptr<Connection::Traffic> traffic_;
  Inbound inbound_;
  std::map<std::pair<std::string, std::string>, std::shared_ptr<Peer>> peers_;  // by id asked for and url
  std::vector<std::shared_ptr<Peer>> unflushed_;
  std::map<Islander, std::size_t> connections_;  // open ones, from and to
  std::vector<PulseId> refused_;                 // to be reported as failed
  TransportFigures figures_;
  std::minstd_rand chance_;
  asio::steady_timer timer_;
};

Transport::Transport(asio::io_context& io, const TransportSettings& settings, Speaker self, std::string url,
                     std::shared_ptr<spdlog::logger> log, TransportUser& user)
    : impl_(std::make_shared<Impl>(io, settings, std::move(self), std::move(url), std::move(log), user)) {
  impl_->sweep_later();
}

Transport::~Transport() { impl_->close(); }

void Transport::republic(const Republic& republic) { impl_->republic(republic); }
void Transport::send(const Pulse& pulse) { impl_->send(pulse); }
void Transport::answer(const Response& response) { impl_->answer(response); }
void Transport::flush() { impl_->flush(); }
std::optional<Refusal> Transport::accept(asio::ip::tcp::socket& socket, std::string_view head, std::string_view rest) {
  return impl_->accept(socket, head, rest);
}
bool Transport::busy() const { return impl_->busy(); }
TransportFigures Transport::figures() const { return impl_->figures(); }
void Transport::close() { impl_->close(); }

}  // namespace hansard
