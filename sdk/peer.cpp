// sdk/peer.cpp - see peer.hpp.
#include "sdk/peer.hpp"

#include "government/message_codec.hpp"
#include "sdk/moment.hpp"

#include <algorithm>
#include <chrono>
#include <spdlog/logger.h>
#include <utility>
#include <vector>

namespace hansard {

using boost::system::error_code;

namespace {

std::optional<HostPort> address_of(const std::string& url) {
  const auto parsed = parse_url(url);
  if (!parsed || parsed->tls) return std::nullopt;
  return parsed->address;
}

}  // namespace

Peer::Peer(boost::asio::io_context& io, const PeerSettings& settings, PeerOwner& owner,
           std::shared_ptr<spdlog::logger> log, std::shared_ptr<Connection::Traffic> traffic, std::string id,
           std::string url)
    : io_(io),
      settings_(settings),
      owner_(&owner),
      log_(std::move(log)),
      traffic_(std::move(traffic)),
      id_(std::move(id)),
      url_(std::move(url)),
      address_(address_of(url_)),
      queue_(settings_.frames),
      timer_(io),
      backoff_(settings_.backoff_min),
      used_(tick_now()) {
  if (!address_) log_->error("islander {}: cannot be reached at \"{}\"", id_, url_);
}

const char* Peer::send(const Pulse& pulse) {
  used_ = tick_now();
  if (!address_) return "no usable url";
  if (connection_ && !pulse.to.cookie.is_zero() && pulse.to.cookie != remote_.cookie) {
    return "another incarnation answers";
  }
  if (waiting_.size() >= settings_.pulses_max) return "too many pulses without an answer";
  std::string bytes;
  encode(pulse.republic, pulse.request, bytes);
  if (bytes.size() > settings_.frames.message_bytes_max) return "a message over its limit";
  if (!queue().empty() && queue().bytes() + bytes.size() > settings_.queue_bytes_max) {
    return "too much waits to be sent";
  }
  if (!waiting_.try_emplace(pulse.id, Waiting{used_, pulse.to.cookie}).second) {
    return "its number is under way";
  }
  queue().push(pulse.id, false, pulse.urgent, std::move(bytes));
  if (!connection_) want_connection();
  return nullptr;
}

void Peer::flush() {
  if (connection_) connection_->flush();
}

void Peer::want_connection() {
  if (connection_ || dial_ || timer_armed_) return;
  const Tick now = tick_now();
  const Tick pause = next_try_ > now ? next_try_ - now : 0;
  timer_armed_ = true;
  timer_.expires_after(std::chrono::microseconds(pause));
  timer_.async_wait([self = shared_from_this()](const error_code& error) {
    self->timer_armed_ = false;
    if (self->owner_ == nullptr) return;
    // Cancelled: hurry() wants it now.
    if (error && self->next_try_ != 0) return;
    if (!self->waiting_.empty()) self->dial();
  });
}

void Peer::hurry() {
  backoff_ = settings_.backoff_min;
  next_try_ = 0;
  if (timer_armed_) timer_.cancel();
}

void Peer::dial() {
  // One at a time in the resolver, or a name server that hangs would be asked ever more often.
  if (!last_dial_.expired()) return failed({0, "the name is still being resolved"});
  dial_ = std::make_shared<Dial>(io_, settings_.dial);
  last_dial_ = dial_;
  dial_->start(*address_, owner_->greeting(id_), [self = shared_from_this()](std::variant<Dialed, Refusal> result) {
    self->on_dialed(std::move(result));
  });
}

void Peer::on_dialed(std::variant<Dialed, Refusal> result) {
  dial_.reset();
  if (owner_ == nullptr) return;
  if (const auto* refusal = std::get_if<Refusal>(&result)) return failed(*refusal);
  auto& dialed = std::get<Dialed>(result);
  if (const auto refusal = owner_->judge(dialed.speaker, id_)) return failed(*refusal);
  open(std::move(dialed));
}

void Peer::open(Dialed dialed) {
  complaint_.clear();
  remote_ = dialed.speaker.islander;
  remote_nonce_ = dialed.speaker.nonce;
  log_->info("islander {}: connected at {} (cookie {})", remote_.id, url_, to_string(remote_.cookie));
  connection_ = std::make_shared<Connection>(std::move(dialed.socket), settings_.frames,
                                             std::exchange(queue_, FrameQueue(settings_.frames)), *this, traffic_);
  fail_strangers();
  connection_->start({}, dialed.read_behind);
  owner_->on_open(remote_);
}

// Pulses that were meant for another incarnation than the one that answers are not sent to it.
void Peer::fail_strangers() {
  std::vector<PulseId> strangers;
  for (const auto& [id, waiting] : waiting_) {
    if (!waiting.cookie.is_zero() && waiting.cookie != remote_.cookie) strangers.push_back(id);
  }
  for (const PulseId id : strangers) {
    waiting_.erase(id);
    connection_->queue().drop(id);
    owner_->on_failed(id);
  }
}

void Peer::failed(const Refusal& refusal) {
  const Tick spread = backoff_ / 2;
  next_try_ = tick_now() + backoff_ - (spread > 0 ? owner_->chance() % spread : 0);
  backoff_ = std::min(backoff_ * 2, settings_.backoff_max);
  if (refusal.why != complaint_) {
    complaint_ = refusal.why;
    const auto level = refusal.status == 0 ? spdlog::level::info : spdlog::level::warn;
    log_->log(level, "islander {} at {}: {}", id_.empty() ? "?" : id_, url_, refusal.why);
  }
  fail_all();
}

void Peer::fail_all() {
  const auto failed = std::exchange(waiting_, {});
  queue_ = FrameQueue(settings_.frames);
  for (const auto& entry : failed) {
    if (owner_ != nullptr) owner_->on_failed(entry.first);
  }
}

void Peer::on_message(Connection& connection, const FramedMessage& message) {
  if (!message.answer) return connection.fail("a request where only answers belong");
  const auto found = waiting_.find(message.stream);
  if (found == waiting_.end()) return;  // Given up before.
  auto decoded = decode_answer(message.bytes);
  if (!decoded) return connection.fail("a malformed answer: " + decoded.error().what);
  waiting_.erase(found);
  backoff_ = settings_.backoff_min;
  owner_->on_answered(message.stream, Reply{remote_, decoded->republic, std::move(decoded->message)});
}

void Peer::on_broken(Connection& /*connection*/, const std::string& why) {
  connection_.reset();
  const Islander who = remote_;
  failed({0, "connection lost: " + why});
  if (owner_ != nullptr) owner_->on_close(who, true);
}

void Peer::sweep(Tick now) {
  std::vector<PulseId> overdue;
  for (const auto& [id, waiting] : waiting_) {
    if (now - waiting.since > settings_.pulse_patience) overdue.push_back(id);
  }
  if (overdue.empty()) return;
  if (connection_ && now - connection_->heard() > settings_.pulse_patience) {
    // It takes our bytes, or not even those, and says nothing: frozen, or cut off.
    connection_->fail("nothing was heard for too long");
    return;
  }
  log_->warn("islander {}: {} pulses without an answer are given up", id_, overdue.size());
  for (const PulseId id : overdue) {
    waiting_.erase(id);
    queue().drop(id);
    owner_->on_failed(id);
  }
}

bool Peer::hears_other_run_of(const Speaker& speaker, Tick now) const {
  // A process that died closes its connections at once; one that was cut off is silent.
  constexpr Tick just_now = 1'000'000;
  return connection_ && remote_.cookie == speaker.islander.cookie && remote_nonce_ != speaker.nonce &&
         now - connection_->heard() < just_now;
}

bool Peer::idle(Tick now) const {
  return waiting_.empty() && !dial_ && !timer_armed_ && now - used_ > settings_.idle_after;
}

void Peer::close() {
  if (owner_ == nullptr) return;
  PeerOwner* owner = std::exchange(owner_, nullptr);
  waiting_.clear();
  queue_ = FrameQueue(settings_.frames);
  timer_.cancel();
  if (dial_) dial_->cancel();
  dial_.reset();
  if (!connection_) return;
  connection_->close();
  connection_.reset();
  owner->on_close(remote_, false);
}

}  // namespace hansard
