// sdk/pump.cpp - see pump.hpp.
#include "sdk/pump.hpp"

#include "sdk/event_line.hpp"
#include "sdk/moment.hpp"

#include <boost/asio/post.hpp>

#include <chrono>
#include <limits>
#include <spdlog/logger.h>
#include <utility>
#include <vector>

namespace hansard {

namespace asio = boost::asio;

Pump::Pump(asio::io_context& io, Parts parts, std::shared_ptr<spdlog::logger> log, PumpHooks hooks)
    : io_(io),
      log_(std::move(log)),
      hooks_(std::move(hooks)),
      trace_(std::move(parts.trace)),
      host_(*this, std::move(parts.core), parts.tail_bytes),
      timer_(io) {
  transport_ =
      std::make_unique<Transport>(io, TransportSettings{}, std::move(parts.self), std::move(parts.url), log_, *this);
  DiskSettings settings;
  settings.reserve_bytes = parts.disk_reserve_bytes;
  disk_ = std::make_unique<Disk>(
      io, std::move(parts.store), settings,
      Disk::Handlers{[this](std::uint64_t id) { host_.written(id); }, [this](const Error& error) { host_.halt(error); },
                     [this](bool has_room) { host_.room(has_room); }});
}

Pump::~Pump() = default;

// ---- What happens ---------------------------------------------------------------------------------

void Pump::on_request(RequestId id, const Islander& from, Addressed<Request> request) {
  host_.request(id, from, request.republic, std::move(request.message));
}

void Pump::on_sent(PulseId id, std::optional<Reply> reply) { host_.sent(id, std::move(reply)); }
void Pump::on_disconnected(const Islander& who) { host_.disconnected(who); }

// ---- What the host wants --------------------------------------------------------------------------

Moment Pump::moment() { return moment_now(); }

void Pump::wake() {
  asio::post(io_, [self = shared_from_this()] { self->host_.round(); });
}

void Pump::read(const Want& want) {
  auto handler = [self = shared_from_this(), id = want.id](Result<std::vector<EntryPtr>> read) {
    if (read) return self->host_.supplied(id, std::move(*read));
    // A trim may come before who is behind: it gets log state then.
    if (!self->host_.stopped() && read.error().code != Errc::trimmed)
      self->log_->error("cannot read the log: {}", read.error().what);
    self->host_.supplied(id, {});
  };
  // Never refused: these are the core's own, which it bounds.
  constexpr std::size_t all = std::numeric_limits<std::size_t>::max();
  if (want.newest) return disk_->read_back(want.after, want.upto, want.bytes_max, std::move(handler));
  static_cast<void>(disk_->read(want.after, want.upto, want.bytes_max, all, true, std::move(handler)));
}

void Pump::arm(Tick at) {
  const auto since_boot = std::chrono::microseconds(static_cast<std::int64_t>(at));
  timer_.expires_at(std::chrono::steady_clock::time_point(since_boot));
  timer_.async_wait([self = shared_from_this()](const boost::system::error_code& error) {
    if (!error) self->host_.due();
  });
}

void Pump::committed() {
  if (hooks_.on_committed) hooks_.on_committed();
}

void Pump::tell(const Event& event) {
  const auto level = event.important ? spdlog::level::info : spdlog::level::debug;
  if (!log_->should_log(level)) return;
  if (const auto left_out = lines_.tell(event.name, tick_now())) {
    log_->log(level, event_line(event) + and_left_out(*left_out));
  }
}

void Pump::tell_waiting(const std::string& what) {
  if (what.empty()) {
    log_->info("waiting no more");
  } else {
    log_->info("waiting {}", what);
  }
}

// ---- The end --------------------------------------------------------------------------------------

void Pump::close() {
  timer_.cancel();
  transport_->close();
  if (trace_) trace_->end(host_.core());
}

void Pump::halted(const Error& error) {
  log_->error("this islander stops: {}", error.what);
  if (hooks_.on_halt) hooks_.on_halt(error);
}

bool Pump::quiet() const { return host_.stopped() || (host_.quiet() && !transport_->busy()); }

void Pump::close_disk(std::function<void()> done) {
  disk_->close([self = shared_from_this(), done = std::move(done)] {
    self->disk_figures_ = self->disk_->figures();
    self->disk_.reset();
    done();
  });
}

void Pump::abandon() {
  host_.abandon();
  disk_.reset();
}

NodeFigures Pump::figures() const {
  const TransportFigures sent = transport_->figures();
  const StoreFigures& stored = disk_ ? disk_->figures() : disk_figures_;
  NodeFigures figures;
  figures.appends = host_.appends_done();
  figures.groups = stored.groups;
  figures.syncs = stored.syncs;
  figures.pulses_sent = sent.pulses_sent;
  figures.pulses_failed = sent.pulses_failed;
  figures.bytes_sent = sent.bytes_sent;
  figures.bytes_received = sent.bytes_received;
  figures.disk_bytes = stored.disk_bytes;
  return figures;
}

}  // namespace hansard
