// sdk/inbound.cpp - see inbound.hpp.
#include "sdk/inbound.hpp"

#include "sdk/moment.hpp"

#include <algorithm>
#include <spdlog/logger.h>
#include <utility>

namespace hansard {

// One connection. It outlives its place in guests_ only until its handlers have run.
class Inbound::Guest final : public ConnectionOwner, public std::enable_shared_from_this<Guest> {
 public:
  Guest(Inbound& inbound, const Greeting& greeting) : table(&inbound), who(greeting.from.islander), url(greeting.url) {}

  void on_message(Connection& /*connection*/, const FramedMessage& message) override {
    table->received(*this, message);
  }
  void on_broken(Connection& /*connection*/, const std::string& why) override { table->broken(*this, why); }

  Inbound* table;  // null: removed
  Islander who;
  std::string url;
  std::shared_ptr<Connection> connection;
  std::size_t requests = 0;  // open
  std::size_t bytes = 0;     // of them
  bool paused = false;
  bool unflushed = false;
};

Inbound::Inbound(const InboundSettings& settings, InboundOwner& owner, std::shared_ptr<spdlog::logger> log,
                 std::shared_ptr<Connection::Traffic> traffic)
    : settings_(settings), owner_(owner), log_(std::move(log)), traffic_(std::move(traffic)) {}

Inbound::~Inbound() = default;

void Inbound::accept(boost::asio::ip::tcp::socket socket, const Greeting& greeting, const Speaker& self,
                     std::string_view rest) {
  prepare_socket(socket);
  const auto same = [&greeting](const std::shared_ptr<Guest>& guest) { return guest->who == greeting.from.islander; };
  const auto guest = std::make_shared<Guest>(*this, greeting);
  guest->connection =
      std::make_shared<Connection>(std::move(socket), settings_.frames, FrameQueue(settings_.frames), *guest, traffic_);
  guests_.push_back(guest);
  owner_.on_open(guest->who);
  // A half-dead connection of an islander that came back would stay for long; so a few are kept, and the oldest goes.
  if (static_cast<std::size_t>(std::ranges::count_if(guests_, same)) > settings_.connections_of_one_max) {
    const std::shared_ptr<Guest> oldest = *std::ranges::find_if(guests_, same);
    remove(*oldest);
    owner_.on_close(oldest->who, false);
  }
  if (const auto left_out = lines_.tell("connected", tick_now())) {
    log_->info("islander {}: connected to us (cookie {}){}", guest->who.id, to_string(guest->who.cookie),
               and_left_out(*left_out));
  }
  guest->connection->start(write_welcome(self), rest);
}

void Inbound::received(Guest& guest, const FramedMessage& message) {
  Connection& connection = *guest.connection;
  if (message.answer) return connection.fail("an answer where only requests belong");
  auto decoded = decode_request(message.bytes);
  if (!decoded) return connection.fail("a malformed request: " + decoded.error().what);
  guest.requests += 1;
  guest.bytes += message.bytes.size();
  if (guest.requests >= settings_.requests_max || guest.bytes >= settings_.request_bytes_max) {
    guest.paused = true;
    connection.pause();
  }
  const RequestId id =
      open_.add({guest.shared_from_this(), message.stream, message.bytes.size(), tick_now(), message.urgent});
  owner_.on_request(id, guest.who, std::move(*decoded));
}

void Inbound::answer(const Response& response) {
  const auto open = open_.take(response.request);
  if (!open || open->guest->table == nullptr) return;
  Guest& guest = *open->guest;
  std::string bytes;
  encode(response.republic, response.answer, bytes);
  if (bytes.size() > settings_.frames.message_bytes_max) {
    log_->error("islander {}: an answer of {} bytes is over the limit", guest.who.id, bytes.size());
    guest.connection->fail("an answer over its limit");
    return settle(*open);
  }
  FrameQueue& queue = guest.connection->queue();
  queue.push(open->stream, true, open->urgent, std::move(bytes));
  if (queue.bytes() > settings_.answer_bytes_max) {
    guest.connection->fail("it does not take its answers");
  }
  if (!guest.unflushed) {
    guest.unflushed = true;
    unflushed_.push_back(open->guest);
  }
  settle(*open);
}

void Inbound::settle(const Open& open) {
  Guest& guest = *open.guest;
  guest.requests -= 1;
  guest.bytes -= open.bytes;
  if (!guest.paused || guest.table == nullptr) return;
  if (guest.requests < settings_.requests_max && guest.bytes < settings_.request_bytes_max) {
    guest.paused = false;
    guest.connection->resume();
  }
}

std::string Inbound::url_of(const Islander& who) const {
  const auto newest =
      std::find_if(guests_.rbegin(), guests_.rend(), [&](const auto& guest) { return guest->who == who; });
  return newest == guests_.rend() ? std::string{} : (*newest)->url;
}

void Inbound::flush() {
  for (const auto& guest : unflushed_) {
    guest->unflushed = false;
    if (guest->table != nullptr) guest->connection->flush();
  }
  unflushed_.clear();
}

void Inbound::sweep(Tick now) {
  for (const std::uint64_t ticket : open_.tickets()) {
    const Open* open = open_.find(ticket);
    if (now - open->since <= settings_.request_patience) continue;
    log_->debug("islander {}: a request was never answered", open->guest->who.id);
    settle(*open_.take(ticket));
  }
}

bool Inbound::busy() const {
  return std::ranges::any_of(guests_, [](const auto& guest) { return guest->connection->busy(); });
}

void Inbound::broken(Guest& guest, const std::string& why) {
  const std::shared_ptr<Guest> keep = guest.shared_from_this();
  if (const auto left_out = lines_.tell("lost", tick_now())) {
    log_->info("islander {}: its connection to us is lost: {}{}", guest.who.id, why, and_left_out(*left_out));
  }
  remove(guest);
  owner_.on_close(guest.who, true);
}

void Inbound::remove(Guest& guest) {
  const std::shared_ptr<Guest> keep = guest.shared_from_this();
  for (const std::uint64_t ticket : open_.tickets()) {
    if (open_.find(ticket)->guest == keep) open_.take(ticket);
  }
  guests_.remove(keep);
  guest.table = nullptr;
  guest.connection->close();
  guest.connection.reset();
}

void Inbound::close() {
  while (!guests_.empty()) remove(*guests_.front());
  unflushed_.clear();
}

}  // namespace hansard
