// sdk/host.cpp - see host.hpp.
#include "sdk/host.hpp"

#include <algorithm>
#include <utility>

namespace hansard {

namespace {

// For whom an islander waits is looked at this often, microseconds; operators look at the log first.
constexpr Tick waiting_every = 1'000'000;

}  // namespace

Host::Host(World& world, std::unique_ptr<Legislator> core, std::size_t tail_bytes)
    : world_(world), core_(std::move(core)), tail_(tail_bytes), republic_(core_->republic()) {
  tail_.begin(core_->committed());
  tail_.durable(core_->durable());
}

Host::~Host() = default;

// ---- Of clients and operators ---------------------------------------------------------------------

void Host::mark() {
  if (woken_ || stopped_) return;
  woken_ = true;
  world_.wake();
}

std::optional<std::uint64_t> Host::append(Submission submission, AppendHandler handler) {
  if (stopped_ || resigning_) return std::nullopt;
  const std::uint64_t ticket = appends_.add({std::move(handler), std::nullopt});
  if (!core_->enqueue(world_.moment(), std::move(submission), ticket)) {
    appends_.take(ticket);
    return std::nullopt;
  }
  mark();
  return ticket;
}

Appended Host::give_up(std::uint64_t ticket) {
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
  return core_->give_up(world_.moment(), ticket);
}

std::uint64_t Host::read_point(ReadPointHandler handler) {
  const std::uint64_t ticket = reads_.add(std::move(handler));
  if (stopped_) {
    if (!std::exchange(woken_, true)) world_.wake();  // Its round refuses it.
    return ticket;
  }
  core_->read(world_.moment(), ticket);
  mark();
  return ticket;
}

void Host::give_up_read(std::uint64_t ticket) {
  if (!reads_.take(ticket) || stopped_) return;
  core_->give_up_read(ticket);
  mark();
}

std::uint64_t Host::operate(Operation operation, OperationHandler handler) {
  const std::uint64_t ticket = operations_.add(std::move(handler));
  if (stopped_) {
    if (!std::exchange(woken_, true)) world_.wake();
    return ticket;
  }
  core_->operate(world_.moment(), std::move(operation), ticket);
  mark();
  return ticket;
}

void Host::give_up_operation(std::uint64_t ticket) {
  if (!operations_.take(ticket) || stopped_) return;
  core_->give_up_operation(ticket);
  mark();
}

// ---- Of the world ---------------------------------------------------------------------------------

void Host::request(RequestId id, const Islander& from, const Republic& republic, Request request) {
  if (stopped_) return;
  core_->request(world_.moment(), id, from, republic, std::move(request));
  mark();
}

void Host::sent(PulseId id, std::optional<Reply> reply) {
  if (stopped_) return;
  core_->sent(world_.moment(), id, std::move(reply));
  mark();
}

void Host::disconnected(const Islander& who) {
  if (stopped_) return;
  core_->disconnected(world_.moment(), who);
  mark();
}

void Host::written(std::uint64_t id) {
  writing_ = false;
  if (trimmed_next_) tail_.trim(*trimmed_next_);
  if (stopped_) return;
  core_->persisted(world_.moment(), id);
  tail_.durable(core_->durable());
  mark();
}

void Host::supplied(std::uint64_t want, std::vector<EntryPtr> entries) {
  if (stopped_) return;
  core_->supplied(world_.moment(), want, std::move(entries));
  mark();
}

void Host::due() {
  armed_at_ = 0;
  if (stopped_) return;
  core_->event(world_.moment());
  mark();
}

void Host::room(bool has_room) {
  if (stopped_) return;
  core_->room(world_.moment(), has_room);
  mark();
}

// ---- A round --------------------------------------------------------------------------------------

void Host::round() {
  woken_ = false;
  if (stopped_) return refuse_late();
  // What others wait for goes out before handlers run.
  while (const auto pulse = core_->outbox()) world_.send(*pulse);
  while (const auto response = core_->response()) world_.answer(*response);
  world_.flush();
  start_write();
  while (const auto want = core_->wanted()) world_.read(*want);
  if (const Republic republic = core_->republic(); republic != republic_) {
    republic_ = republic;
    world_.republic(republic);
  }
  tell_events();
  arm();
  const std::optional<Error> wrong = core_->take_halt();
  auto committed = core_->take_committed();
  const auto appended = core_->take_appended();
  const auto operated = core_->take_operated();
  const auto ready = core_->take_reads();
  world_.rest(*core_);
  // Handlers may ask and give up anything, also appends that ended in this round: so first all results are noted.
  for (const Appended& one : appended) {
    if (OpenAppend* open = appends_.find(one.token)) open->result = one;
  }
  show(std::move(committed));
  finish(appended);
  finish(operated);
  finish(ready);
  if (wrong) halt(*wrong);  // Nothing where a handler stopped us.
}

void Host::start_write() {
  const Write* write = core_->journal();
  if (write == nullptr) return;
  trimmed_next_ = write->trim_before;
  writing_ = true;
  world_.write(write);
}

void Host::tell_events() {
  for (const Event& event : core_->take_events()) world_.tell(event);
  const Moment moment = world_.moment();
  const Tick now = moment.now;
  if (now < waiting_looked_at_ + waiting_every) return;
  waiting_looked_at_ = now;
  std::string waiting = core_->status().waiting_for;
  if (waiting == waiting_for_) return;
  waiting_for_ = std::move(waiting);
  waiting_since_us_ = waiting_for_.empty() ? 0 : moment.wall_us;
  world_.tell_waiting(waiting_for_);
}

// A timer that is due too early does no harm and is cheaper than setting it again.
void Host::arm() {
  const auto next = core_->next_event();
  if (!next || (armed_at_ != 0 && armed_at_ <= *next)) return;
  armed_at_ = std::max<Tick>(*next, 1);
  world_.arm(armed_at_);
}

void Host::show(std::vector<EntryPtr>&& committed) {
  // What is committed and was not handed out, a snapshot speaks for.
  const Promise newest = core_->committed();
  if (committed.empty() && newest == tail_.newest()) return;
  // What took the place of dropped entries is not on disk, though others under the same promises are.
  tail_.durable(core_->durable());
  for (EntryPtr& entry : committed) tail_.push(std::move(entry));
  if (newest != tail_.newest()) tail_.jump(newest);
  world_.committed();
}

void Host::finish(const std::vector<Appended>& ended) {
  for (const Appended& appended : ended) {
    const auto open = appends_.take(appended.token);
    if (!open || stopped_) continue;
    if (appended.outcome == Appended::Outcome::committed) ++appends_done_;
    open->handler(appended);
  }
}

void Host::finish(const std::vector<Operated>& ended) {
  for (const Operated& operated : ended) {
    const auto handler = operations_.take(operated.token);
    if (handler && !stopped_) (*handler)(operated);
  }
}

void Host::finish(const std::vector<ReadReady>& ended) {
  for (const ReadReady& ready : ended) {
    const auto handler = reads_.take(ready.token);
    if (handler && !stopped_) (*handler)(ready);
  }
}

// ---- The end --------------------------------------------------------------------------------------

void Host::resign() {
  resigning_ = true;
  if (stopped_) return;
  core_->resign(world_.moment());
  mark();
}

void Host::halt(const Error& error) {
  if (stopped_) return;
  cut("this islander has stopped");
  world_.halted(error);
}

void Host::cut(const char* why) {
  if (stopped_) return;
  stopped_ = true;
  world_.close();
  for (const std::uint64_t ticket : appends_.tickets()) {
    Appended unknown;
    unknown.token = ticket;
    unknown.why = why;
    if (const auto open = appends_.take(ticket)) open->handler(unknown);
  }
  refuse_late();
}

// Reads and operations, also such as were asked for after the end.
void Host::refuse_late() {
  for (const std::uint64_t ticket : reads_.tickets()) {
    if (const auto handler = reads_.take(ticket)) (*handler)({ticket, false, {}});
  }
  for (const std::uint64_t ticket : operations_.tickets()) {
    if (const auto handler = operations_.take(ticket)) (*handler)({ticket, false, true, "this islander has stopped"});
  }
}

void Host::abandon() {
  stopped_ = true;
  world_.close();
}

}  // namespace hansard
