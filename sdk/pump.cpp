// sdk/pump.cpp - see pump.hpp.
#include "sdk/pump.hpp"

#include "sdk/event_line.hpp"
#include "sdk/moment.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <chrono>
#include <limits>
#include <spdlog/logger.h>
#include <utility>

namespace hansard {

namespace asio = boost::asio;

Pump::Pump(asio::io_context& io, Parts parts, std::shared_ptr<spdlog::logger> log, PumpHooks hooks)
    : io_(io),
      log_(std::move(log)),
      hooks_(std::move(hooks)),
      core_(std::move(parts.core)),
      tail_(parts.tail_bytes),
      timer_(io),
      republic_(parts.self.republic),
      durable_(parts.store->recovered().last.promise),
      durable_next_(durable_) {
  tail_.begin(core_->committed());
  tail_.durable(durable_);
  transport_ =
      std::make_unique<Transport>(io, TransportSettings{}, std::move(parts.self), std::move(parts.url), log_, *this);
  disk_ = std::make_unique<Disk>(
      io, std::move(parts.store), DiskSettings{},
      Disk::Handlers{[this](std::uint64_t id) { on_written(id); }, [this](const Error& error) { halt(error); }});
}

Pump::~Pump() = default;

// ---- Inputs ---------------------------------------------------------------------------------------

void Pump::mark() {
  if (posted_ || stopped_) return;
  posted_ = true;
  asio::post(io_, [self = shared_from_this()] { self->round(); });
}

std::optional<std::uint64_t> Pump::append(Submission submission, AppendHandler handler) {
  if (stopped_ || resigning_) return std::nullopt;
  const std::uint64_t ticket = appends_.add({std::move(handler), std::nullopt});
  if (!core_->enqueue(moment_now(), std::move(submission), ticket)) {
    appends_.take(ticket);
    return std::nullopt;
  }
  mark();
  return ticket;
}

Appended Pump::give_up(std::uint64_t ticket) {
  Appended unknown;
  unknown.token = ticket;
  const auto open = appends_.take(ticket);
  if (!open || stopped_) {
    unknown.why = "the append is not under way any more";
    return unknown;
  }
  if (open->result) {
    // It ended in this very round, and the handler was about to run.
    return open->result->outcome == Appended::Outcome::committed ? unknown : *open->result;
  }
  mark();
  return core_->give_up(moment_now(), ticket);
}

std::uint64_t Pump::read_point(ReadPointHandler handler) {
  const std::uint64_t ticket = reads_.add(std::move(handler));
  if (stopped_) {
    asio::post(io_, [self = shared_from_this(), ticket] {
      if (const auto ended = self->reads_.take(ticket)) (*ended)({ticket, false, {}});
    });
    return ticket;
  }
  core_->read(moment_now(), ticket);
  mark();
  return ticket;
}

void Pump::give_up_read(std::uint64_t ticket) {
  if (!reads_.take(ticket) || stopped_) return;
  core_->give_up_read(ticket);
  mark();
}

void Pump::on_request(RequestId id, const Islander& from, Addressed<Request> request) {
  if (stopped_) return;
  core_->request(moment_now(), id, from, request.republic, std::move(request.message));
  mark();
}

void Pump::on_sent(PulseId id, std::optional<Reply> reply) {
  if (stopped_) return;
  core_->sent(moment_now(), id, std::move(reply));
  mark();
}

void Pump::on_disconnected(const Islander& who) {
  if (stopped_) return;
  core_->disconnected(moment_now(), who);
  mark();
}

void Pump::on_written(std::uint64_t id) {
  durable_ = durable_next_;
  tail_.durable(durable_);
  if (trimmed_next_) tail_.trim(*trimmed_next_);
  if (stopped_) return;
  core_->persisted(moment_now(), id);
  mark();
}

void Pump::resign() {
  resigning_ = true;
  if (stopped_) return;
  core_->resign(moment_now());
  mark();
}

// ---- A round --------------------------------------------------------------------------------------

void Pump::round() {
  posted_ = false;
  if (stopped_) return;
  // What others wait for goes out before handlers run.
  while (const auto pulse = core_->outbox()) transport_->send(*pulse);
  while (const auto response = core_->response()) transport_->answer(*response);
  transport_->flush();
  start_write();
  while (const auto want = core_->wanted()) supply(*want);
  if (const Republic republic = core_->republic(); republic != republic_) {
    republic_ = republic;
    transport_->republic(republic);
  }
  log_events();
  log_waiting();
  arm();
  const std::optional<Error> wrong = core_->take_halt();
  take_committed();
  finish_appends();
  finish_reads();
  if (wrong) halt(*wrong);  // Nothing where a handler stopped us.
}

void Pump::start_write() {
  const Write* write = core_->journal();
  if (write == nullptr) return;
  durable_next_ = durable_;
  if (write->restart_after) durable_next_ = *write->restart_after;
  if (write->drop_after) durable_next_ = std::min(durable_next_, *write->drop_after);
  if (!write->entries.empty()) durable_next_ = write->entries.back()->last();
  trimmed_next_ = write->trim_before;
  disk_->write(write);
}

void Pump::supply(const Want& want) {
  const auto give = [self = shared_from_this(), id = want.id](std::vector<EntryPtr> entries) {
    if (self->stopped_) return;
    self->core_->supplied(moment_now(), id, std::move(entries));
    self->mark();
  };
  // Never refused: these are the core's own, which it bounds.
  static_cast<void>(disk_->read(want.after, want.upto, want.bytes_max, std::numeric_limits<std::size_t>::max(), true,
                                [self = shared_from_this(), give](Result<std::vector<EntryPtr>> read) {
                                  if (read) return give(std::move(*read));
                                  if (!self->stopped_) self->log_->error("cannot read the log: {}", read.error().what);
                                  give({});
                                }));
}

void Pump::take_committed() {
  auto entries = core_->take_committed();
  if (entries.empty()) return;
  for (EntryPtr& entry : entries) tail_.push(std::move(entry));
  if (hooks_.on_committed) hooks_.on_committed();
}

// Handlers may ask and give up anything, also appends that ended in this round: so first all results are noted.
void Pump::finish_appends() {
  const auto ended = core_->take_appended();
  for (const Appended& appended : ended) {
    if (OpenAppend* open = appends_.find(appended.token)) open->result = appended;
  }
  for (const Appended& appended : ended) {
    const auto open = appends_.take(appended.token);
    if (!open || stopped_) continue;
    if (appended.outcome == Appended::Outcome::committed) ++appends_done_;
    open->handler(appended);
  }
}

void Pump::finish_reads() {
  for (const ReadReady& ready : core_->take_reads()) {
    const auto handler = reads_.take(ready.token);
    if (handler && !stopped_) (*handler)(ready);
  }
}

// For whom or what it waits, when that changes; operators look at the log first.
void Pump::log_waiting() {
  const Tick now = tick_now();
  if (now < waiting_looked_at_ + 1'000'000) return;
  waiting_looked_at_ = now;
  std::string waiting = core_->status().waiting_for;
  if (waiting == waiting_for_) return;
  if (waiting.empty()) {
    log_->info("waiting no more");
  } else {
    log_->info("waiting {}", waiting);
  }
  waiting_for_ = std::move(waiting);
}

void Pump::log_events() {
  for (const Event& event : core_->take_events()) {
    const auto level = event.important ? spdlog::level::info : spdlog::level::debug;
    if (!log_->should_log(level)) continue;
    if (const auto left_out = lines_.tell(event.name, tick_now())) {
      log_->log(level, event_line(event) + and_left_out(*left_out));
    }
  }
}

// A timer that is due too early does no harm and is cheaper than setting it again.
void Pump::arm() {
  const auto next = core_->next_event();
  if (!next || (armed_at_ != 0 && armed_at_ <= *next)) return;
  armed_at_ = std::max<Tick>(*next, 1);
  const auto since_boot = std::chrono::microseconds(static_cast<std::int64_t>(armed_at_));
  timer_.expires_at(std::chrono::steady_clock::time_point(since_boot));
  timer_.async_wait([self = shared_from_this()](const boost::system::error_code& error) {
    if (error || self->stopped_) return;
    self->armed_at_ = 0;
    self->core_->event(moment_now());
    self->mark();
  });
}

// ---- The end --------------------------------------------------------------------------------------

void Pump::halt(const Error& error) {
  if (stopped_) return;
  log_->error("this islander stops: {}", error.what);
  cut("this islander has stopped");
  if (hooks_.on_halt) hooks_.on_halt(error);
}

bool Pump::quiet() const { return stopped_ || (!posted_ && !disk_->writing() && !transport_->busy()); }

void Pump::cut(const char* why) {
  if (stopped_) return;
  stopped_ = true;
  timer_.cancel();
  transport_->close();
  for (const std::uint64_t ticket : appends_.tickets()) {
    Appended unknown;
    unknown.token = ticket;
    unknown.why = why;
    if (const auto open = appends_.take(ticket)) open->handler(unknown);
  }
  for (const std::uint64_t ticket : reads_.tickets()) {
    if (const auto handler = reads_.take(ticket)) (*handler)({ticket, false, {}});
  }
}

void Pump::close_disk(std::function<void()> done) {
  disk_->close([self = shared_from_this(), done = std::move(done)] {
    self->disk_figures_ = self->disk_->figures();
    self->disk_.reset();
    done();
  });
}

void Pump::abandon() {
  stopped_ = true;
  timer_.cancel();
  transport_->close();
  disk_.reset();
}

NodeFigures Pump::figures() const {
  const TransportFigures sent = transport_->figures();
  const StoreFigures& stored = disk_ ? disk_->figures() : disk_figures_;
  NodeFigures figures;
  figures.appends = appends_done_;
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
