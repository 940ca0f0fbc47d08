// sdk/node.cpp - see node.hpp. What it is made of: Pump (the core at work: Host, Transport, Disk), Listener, LogReader.
#include "sdk/node.hpp"

#include "log/assert.hpp"
#include "log/leveldb_store.hpp"
#include "sdk/listener.hpp"
#include "sdk/moment.hpp"
#include "sdk/pump.hpp"
#include "sdk/recovery.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <algorithm>
#include <chrono>
#include <spdlog/logger.h>
#include <utility>

namespace hansard {

namespace asio = boost::asio;
using Clock = std::chrono::steady_clock;

namespace {

// What is in flight when office is handed over gets at least this long.
constexpr std::chrono::milliseconds flight_patience{200};
constexpr std::chrono::milliseconds look_every{2};

}  // namespace

class Node::Impl : public std::enable_shared_from_this<Impl> {
 public:
  Impl(asio::io_context& context, NodeOptions given, std::shared_ptr<spdlog::logger> logger)
      : io(context),
        options(std::move(given)),
        log(std::move(logger)),
        listener(io, ListenerSettings{}, log),
        look_(io) {}

  Result<void> start();
  void stop(unsigned patience_ms, std::function<void()> done);
  void abandon();
  [[nodiscard]] Pump& pump() {
    HANSARD_ASSERT(pump_, "a node is started before it is used");
    return *pump_;
  }

  asio::io_context& io;
  NodeOptions options;
  std::shared_ptr<spdlog::logger> log;
  std::function<void(const Error&)> on_halt;
  std::function<void()> on_committed;
  Listener listener;

 private:
  enum class Stage { running, resigning, finishing, closing, stopped };

  [[nodiscard]] Result<void> check_options();
  [[nodiscard]] PumpHooks hooks();
  void enter_island();
  void look();
  void finish();

  std::shared_ptr<Pump> pump_;  // from start() on
  Stage stage_ = Stage::running;
  asio::steady_timer look_;
  Clock::time_point patience_;
  std::vector<std::function<void()>> done_;
};

Result<void> Node::Impl::check_options() {
  const auto invalid = [](std::string what) { return Error{Errc::invalid, std::move(what)}; };
  if (!is_name(options.id))
    return invalid("\"" + options.id + "\" is not an islander's name ([a-z0-9][a-z0-9._-]{0,62})");
  if (options.data.empty()) return invalid("no data directory is given");
  if (options.island.empty()) return {};
  if (!options.join.empty()) return invalid("either a founding list or urls to join, not both");
  const auto self = std::ranges::find(options.island, options.id, &Listed::id);
  if (self == options.island.end()) return invalid("the founding list does not name islander " + options.id);
  for (const Listed& listed : options.island) {
    if (std::ranges::count(options.island, listed.id, &Listed::id) > 1) {
      return invalid("the founding list names islander " + listed.id + " twice");
    }
  }
  if (options.url.empty()) options.url = self->url;
  return {};
}

Result<void> Node::Impl::start() {
  HANSARD_ASSERT(!pump_, "a node is started once");
  if (auto fine = check_options(); !fine) return fine;
  // Bound before the directory is opened (the url may need the real port), but nobody can connect until all is read.
  if (auto bound = listener.bind(options.listen); !bound) return bound;
  if (options.url.empty()) options.url = "http://" + listener.address();

  LevelDbOptions disk;
  disk.directory = options.data;
  disk.id = options.id;
  disk.fresh_cookie = random_id128();
  disk.hold_unsynced = options.hold_unsynced;
  disk.moved = options.moved;
  auto store = open_leveldb_store(disk);
  if (!store) return store.error();
  const Recovered& recovered = (*store)->recovered();
  for (const std::string& remark : recovered.remarks) log->warn("recovery: {}", remark);

  const auto begun = Clock::now();
  std::unique_ptr<TraceWriter> trace;
  if (!options.trace.directory.empty()) {
    auto writer = TraceWriter::open(options.trace, recovered.identity, log);
    if (!writer) return writer.error();
    trace = std::move(*writer);
  }
  auto core = recover(**store, options.settings, options.url, random_id128(), moment_now(), [&](Legislator& fresh) {
    if (trace) trace->begin(fresh);
  });
  if (!core) return core.error();
  const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - begun);

  Speaker self{(*core)->self(), (*core)->republic(), recovered.identity.start, random_id128()};
  log->info("islander {} (cookie {}, start {}): log up to {} replayed in {} ms", self.islander.id,
            to_string(self.islander.cookie), self.start, to_string(recovered.last.promise), took.count());
  pump_ = std::make_shared<Pump>(io,
                                 Pump::Parts{std::move(*core), std::move(*store), std::move(self), options.url,
                                             options.memory_tail_bytes, options.disk_reserve_bytes, std::move(trace)},
                                 log, hooks());
  auto listens =
      listener.start([pump = pump_.get()](asio::ip::tcp::socket& socket, std::string_view head, std::string_view rest) {
        return pump->transport().accept(socket, head, rest);
      });
  if (!listens) return listens;
  log->info("islander {} listens on {}, reached by others at {}", options.id, listener.address(), options.url);
  enter_island();
  return {};
}

PumpHooks Node::Impl::hooks() {
  PumpHooks hooks;
  hooks.on_committed = [this] {
    if (const auto listening = on_committed) listening();  // A copy: it may take itself away.
  };
  hooks.on_halt = [this](const Error& error) {
    // Posted, so that the handler may do away with the node.
    asio::post(io, [self = shared_from_this(), error] {
      if (const auto listening = self->on_halt) listening(error);
    });
  };
  return hooks;
}

void Node::Impl::enter_island() {
  if (!options.join.empty()) {
    pump_->core().join(moment_now(), options.join);
  } else if (!options.island.empty()) {
    pump_->core().bootstrap(moment_now(), options.island);
  } else {
    pump_->core().bootstrap(moment_now(), {{options.id, options.url}});
  }
  pump_->host().mark();
}

void Node::Impl::stop(unsigned patience_ms, std::function<void()> done) {
  if (done) done_.push_back(std::move(done));
  if (stage_ == Stage::stopped || !pump_) return finish();
  if (stage_ != Stage::running) return;
  stage_ = Stage::resigning;
  patience_ = Clock::now() + std::chrono::milliseconds(patience_ms);
  log->info("islander {} stops", options.id);
  pump_->host().resign();
  look();
}

// The orderly stop takes its stages one after the other; this looks whether the next may begin.
void Node::Impl::look() {
  const bool late = Clock::now() >= patience_;
  if (stage_ == Stage::resigning && (late || pump_->host().stopped() || pump_->core().resigned())) {
    if (late && !pump_->core().resigned()) log->warn("office was not handed over in time");
    stage_ = Stage::finishing;
    patience_ = std::max(patience_, Clock::now() + flight_patience);
    listener.close();
  } else if (stage_ == Stage::finishing && (late || pump_->quiet())) {
    stage_ = Stage::closing;
    pump_->host().cut("this islander has stopped");
    pump_->close_disk([self = shared_from_this()] { self->finish(); });
    return;
  }
  look_.expires_after(look_every);
  look_.async_wait([self = shared_from_this()](const boost::system::error_code& error) {
    if (!error && self->stage_ < Stage::closing) self->look();
  });
}

void Node::Impl::finish() {
  listener.close();
  stage_ = Stage::stopped;
  for (auto& done : std::exchange(done_, {})) asio::post(io, std::move(done));
}

void Node::Impl::abandon() {
  stage_ = Stage::stopped;
  on_halt = nullptr;
  on_committed = nullptr;
  look_.cancel();
  listener.close();
  if (pump_) pump_->abandon();
}

// ---- Node -----------------------------------------------------------------------------------------

Node::Node(asio::io_context& io, NodeOptions options, std::shared_ptr<spdlog::logger> log)
    : impl_(std::make_shared<Impl>(io, std::move(options), std::move(log))) {}

Node::~Node() { impl_->abandon(); }

void Node::on_socket(SocketHandler handler) { impl_->listener.on_socket(std::move(handler)); }
void Node::on_halt(std::function<void(const Error&)> handler) { impl_->on_halt = std::move(handler); }
void Node::on_committed(std::function<void()> listener) { impl_->on_committed = std::move(listener); }

Result<void> Node::start() { return impl_->start(); }
void Node::stop(unsigned patience_ms, std::function<void()> done) { impl_->stop(patience_ms, std::move(done)); }

std::optional<std::uint64_t> Node::append(Submission submission, AppendHandler handler) {
  return impl_->pump().host().append(std::move(submission), std::move(handler));
}
Appended Node::give_up(std::uint64_t ticket) { return impl_->pump().host().give_up(ticket); }
std::uint64_t Node::read_point(ReadPointHandler handler) { return impl_->pump().host().read_point(std::move(handler)); }
void Node::give_up_read(std::uint64_t ticket) { impl_->pump().host().give_up_read(ticket); }
std::uint64_t Node::operate(Operation operation, OperationHandler handler) {
  return impl_->pump().host().operate(std::move(operation), std::move(handler));
}
void Node::give_up_operation(std::uint64_t ticket) { impl_->pump().host().give_up_operation(ticket); }

std::optional<std::vector<EntryPtr>> Node::read_held(Promise after, std::size_t bytes_max, std::size_t count_max) {
  return impl_->pump().reader().read_held(after, bytes_max, count_max);
}
void Node::read(Promise after, std::size_t bytes_max, std::size_t count_max, EntriesHandler handler) {
  impl_->pump().reader().read(after, bytes_max, count_max, std::move(handler));
}
void Node::read_last(std::size_t items, std::string channel, std::size_t bytes_max, EntriesHandler handler) {
  impl_->pump().reader().read_last(items, std::move(channel), bytes_max, std::move(handler));
}
void Node::find(Promise promise, std::function<void(Result<EntryPtr>)> handler) {
  impl_->pump().reader().find(promise, std::move(handler));
}

Status Node::status() const { return impl_->pump().core().status(); }
Promise Node::committed() const { return impl_->pump().core().committed(); }
std::size_t Node::queued() const { return impl_->pump().core().queued(); }
bool Node::stopping() const { return !impl_->pump().host().takes_appends(); }

Node::Brief Node::brief() const {
  const Legislator& core = impl_->pump().core();
  Brief brief;
  brief.has_government = !core.government().majority.empty();
  brief.government = core.government().promise;
  brief.leader = &core.leader();
  brief.newest_client = core.newest_client();
  brief.republic = core.republic();
  brief.max_entry_bytes = core.log_settings().max_entry_bytes;
  return brief;
}

const KeyRow* Node::find_key(std::string_view key) const { return impl_->pump().core().find_key(key); }
std::int64_t Node::waiting_since_us() const { return impl_->pump().host().waiting_since_us(); }
NodeFigures Node::figures() const { return impl_->pump().figures(); }
const Islander& Node::self() const { return impl_->pump().core().self(); }
const std::string& Node::url() const { return impl_->options.url; }
std::string Node::listening_on() const { return impl_->listener.address(); }
asio::io_context& Node::io() { return impl_->io; }
spdlog::logger& Node::log() { return *impl_->log; }

}  // namespace hansard
