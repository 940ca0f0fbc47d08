#include "tests/http/fake_node.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <functional>
#include <map>
#include <spdlog/logger.h>
#include <spdlog/sinks/ostream_sink.h>

namespace hansard {

namespace asio = boost::asio;
using test::FakeLog;

namespace {

// Of the one node that there is.
FakeLog* the_log = nullptr;
std::function<void()> the_listener;

}  // namespace

class Node::Impl : public std::enable_shared_from_this<Impl> {
 public:
  Impl(asio::io_context& context, std::shared_ptr<spdlog::logger> logger)
      : io(context), log(std::move(logger)), acceptor(context, {asio::ip::address_v4::loopback(), 0}) {
    fake.status.republic = {0x9f2c81ab00000000, 1};
    fake.status.government.promise = {3, 0};
    fake.status.government.majority = {"a"};
    fake.status.leader = "a";
    fake.status.committed = {3, 0};
  }

  void accept() {
    acceptor.async_accept(
        [self = shared_from_this()](const boost::system::error_code& ec, asio::ip::tcp::socket socket) {
          if (ec) return;
          if (self->on_socket) self->on_socket(std::move(socket), {});
          self->accept();
        });
  }

  template <class Handler, class Value>
  void give(Handler handler, Value value) {
    asio::post(io, [handler = std::move(handler), value = std::move(value)] { handler(value); });
  }

  [[nodiscard]] std::vector<EntryPtr> after(Promise promise, std::size_t count_max) const {
    std::vector<EntryPtr> found;
    for (const EntryPtr& entry : fake.entries) {
      if (found.size() < count_max && entry->last() > promise) found.push_back(entry);
    }
    return found;
  }

  // Ends the read with an error where the test wants one.
  template <class Handler>
  bool fail(const Handler& handler) {
    ++fake.disk_reads;
    if (fake.disk_failures == 0) return false;
    --fake.disk_failures;
    using Given = Result<std::vector<EntryPtr>>;
    give([handler](const Error& error) { handler(Given(error)); }, Error{fake.disk_errc, "the disk is busy"});
    return true;
  }

  asio::io_context& io;
  std::shared_ptr<spdlog::logger> log;
  asio::ip::tcp::acceptor acceptor;
  FakeLog fake;
  SocketHandler on_socket;
  Islander self{"a", {1, 2}};
  std::string url = "http://127.0.0.1";
  std::uint64_t tickets = 0;
  std::map<std::uint64_t, AppendHandler> appends;
  std::map<std::uint64_t, ReadPointHandler> reads;
  std::map<std::uint64_t, OperationHandler> operations;
};

Node::Node(asio::io_context& io, NodeOptions, std::shared_ptr<spdlog::logger> log)
    : impl_(std::make_shared<Impl>(io, std::move(log))) {
  the_log = &impl_->fake;
}
Node::~Node() {
  the_log = nullptr;
  the_listener = nullptr;
  impl_->acceptor.close();
}

void Node::on_socket(SocketHandler handler) { impl_->on_socket = std::move(handler); }
void Node::on_halt(std::function<void(const Error&)>) {}
void Node::on_committed(std::function<void()> listener) { the_listener = std::move(listener); }

Result<void> Node::start() {
  impl_->accept();
  return {};
}
void Node::stop(unsigned, std::function<void()> done) { asio::post(impl_->io, std::move(done)); }

std::optional<std::uint64_t> Node::append(Submission submission, AppendHandler handler) {
  FakeLog& fake = impl_->fake;
  if (fake.fate == FakeLog::Fate::is_refused) return std::nullopt;
  const std::uint64_t ticket = ++impl_->tickets;
  impl_->appends.emplace(ticket, std::move(handler));
  ++fake.open_appends;
  if (fake.fate == FakeLog::Fate::stays_open) return ticket;
  asio::post(impl_->io, [impl = impl_, ticket, submission = std::move(submission)] {
    const auto open = impl->appends.extract(ticket);
    if (open.empty()) return;
    --impl->fake.open_appends;
    Appended appended;
    appended.token = ticket;
    appended.why = "the test wants it so";
    if (impl->fake.fate == FakeLog::Fate::ends_not_appended) {
      appended.outcome = Appended::Outcome::not_appended;
      appended.objection = impl->fake.objection;
    }
    if (impl->fake.fate == FakeLog::Fate::commits) {
      std::vector<std::string> bodies;
      for (const auto& item : submission.items) bodies.push_back(item.bytes);
      impl->fake.commit(std::move(bodies));
      appended.outcome = Appended::Outcome::committed;
      appended.first = impl->fake.entries.back()->first();
      appended.last = impl->fake.entries.back()->last();
    }
    open.mapped()(appended);
  });
  return ticket;
}
Appended Node::give_up(std::uint64_t ticket) {
  impl_->fake.open_appends -= impl_->appends.erase(ticket);
  Appended unknown;
  unknown.why = "the time is up";
  return unknown;
}
std::uint64_t Node::read_point(ReadPointHandler handler) {
  FakeLog& fake = impl_->fake;
  const std::uint64_t ticket = ++impl_->tickets;
  impl_->reads.emplace(ticket, std::move(handler));
  ++fake.open_reads;
  if (fake.quorum_silent) return ticket;
  asio::post(impl_->io, [impl = impl_, ticket] {
    const auto open = impl->reads.extract(ticket);
    if (open.empty()) return;
    --impl->fake.open_reads;
    const bool confirmed = impl->fake.unconfirmed == 0;
    if (!confirmed) --impl->fake.unconfirmed;
    open.mapped()({ticket, confirmed, impl->fake.status.committed});
  });
  return ticket;
}
void Node::give_up_read(std::uint64_t ticket) { impl_->fake.open_reads -= impl_->reads.erase(ticket); }
std::uint64_t Node::operate(Operation operation, OperationHandler handler) {
  FakeLog& fake = impl_->fake;
  const std::uint64_t ticket = ++impl_->tickets;
  fake.operations.push_back(std::move(operation));
  impl_->operations.emplace(ticket, std::move(handler));
  ++fake.open_operations;
  if (fake.operations_silent) return ticket;
  asio::post(impl_->io, [impl = impl_, ticket] {
    const auto open = impl->operations.extract(ticket);
    if (open.empty()) return;
    --impl->fake.open_operations;
    const std::string& why = impl->fake.operation_refused;
    open.mapped()({ticket, why.empty(), impl->fake.operation_doubtful, why});
  });
  return ticket;
}
void Node::give_up_operation(std::uint64_t ticket) { impl_->fake.open_operations -= impl_->operations.erase(ticket); }

std::optional<std::vector<EntryPtr>> Node::read_held(Promise after, std::size_t, std::size_t count_max) {
  const FakeLog& fake = impl_->fake;
  if (after >= fake.status.committed) return std::vector<EntryPtr>();
  if (fake.held_from > 0 && after < fake.entries[fake.held_from - 1]->last()) return std::nullopt;
  if (!fake.begins_at.is_zero() && after < fake.begins_at) return std::nullopt;
  return impl_->after(after, count_max);
}
void Node::read(Promise after, std::size_t, std::size_t count_max, EntriesHandler handler) {
  if (impl_->fail(handler)) return;
  const FakeLog& fake = impl_->fake;
  using Given = Result<std::vector<EntryPtr>>;
  const bool below = !after.is_zero() && after < fake.begins_at;
  impl_->give(std::move(handler),
              below ? Given(Error{Errc::trimmed, "trimmed"}) : Given(impl_->after(after, count_max)));
}
void Node::read_last(std::size_t items, std::string, std::size_t, EntriesHandler handler) {
  if (impl_->fail(handler)) return;
  auto found = impl_->after({}, impl_->fake.entries.size());
  if (found.size() > items) found.erase(found.begin(), found.end() - static_cast<std::ptrdiff_t>(items));
  impl_->give(std::move(handler), Result<std::vector<EntryPtr>>(std::move(found)));
}
void Node::find(Promise promise, std::function<void(Result<EntryPtr>)> handler) {
  ++impl_->fake.disk_reads;
  Result<EntryPtr> found = Error{Errc::not_found, "no entry"};
  if (promise < impl_->fake.begins_at) found = Error{Errc::trimmed, "trimmed"};
  for (const EntryPtr& entry : impl_->fake.entries) {
    if (entry->first() <= promise && promise <= entry->last()) found = entry;
  }
  if (impl_->fake.disk_failures != 0) {
    --impl_->fake.disk_failures;
    found = Error{impl_->fake.disk_errc, "the disk is busy"};
  }
  impl_->give(std::move(handler), std::move(found));
}

Status Node::status() const { return impl_->fake.status; }
Promise Node::committed() const { return impl_->fake.status.committed; }
std::size_t Node::queued() const { return impl_->fake.open_appends; }
bool Node::stopping() const { return false; }
Node::Brief Node::brief() const {
  const Status& status = impl_->fake.status;
  return {status.government.promise,
          &status.leader,
          status.newest_client,
          status.republic,
          status.settings.max_entry_bytes,
          !status.government.majority.empty()};
}
const KeyRow* Node::find_key(std::string_view) const { return nullptr; }
std::int64_t Node::waiting_since_us() const { return 0; }
NodeFigures Node::figures() const { return {}; }
const Islander& Node::self() const { return impl_->self; }
const std::string& Node::url() const { return impl_->url; }
std::string Node::listening_on() const {
  return "127.0.0.1:" + std::to_string(impl_->acceptor.local_endpoint().port());
}
asio::io_context& Node::io() { return impl_->io; }
spdlog::logger& Node::log() { return *impl_->log; }

namespace test {

void FakeLog::commit(std::vector<std::string> bodies) {
  std::vector<Item> items;
  for (const std::string& body : bodies) items.push_back({"text/plain", body});
  Draft draft;
  draft.first = {3, status.committed.entry + 1};
  draft.items = items;
  entries.push_back(Entry::make(draft));
  status.committed = status.newest_client = entries.back()->last();
  if (status.oldest_client.is_zero()) status.oldest_client = draft.first;
  if (the_listener) the_listener();
}

namespace {

std::shared_ptr<spdlog::logger> logger_to(std::ostream& out) {
  auto logger = std::make_shared<spdlog::logger>("fake", std::make_shared<spdlog::sinks::ostream_sink_mt>(out));
  logger->set_level(spdlog::level::debug);
  return logger;
}

}  // namespace

FakeLog& FakeIslander::log() { return *the_log; }

FakeIslander::FakeIslander(HttpOptions options) : node_(io_, {}, logger_to(lines_)), server_(node_, options) {
  (void)node_.start();
  const std::string address = node_.listening_on();
  port_ = static_cast<std::uint16_t>(std::stoul(address.substr(address.rfind(':') + 1)));
  thread_ = std::thread([this] {
    const auto alive = asio::make_work_guard(io_);
    io_.run();
  });
}

FakeIslander::~FakeIslander() {
  io_.stop();
  thread_.join();
}

}  // namespace test

}  // namespace hansard
