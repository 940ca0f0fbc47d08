// sdk/pump.hpp - Pump: a legislator at work. Brings it what happens, and carries out what it wants.
//
// After any input one round is posted to the io_context, however many inputs come before it runs: so many requests of
// one epoll round become one register pulse and one disk group. A round drains the core's outputs in the order that
// legislator.hpp gives, and sends everything in one write per connection.
// One timer serves all of the core's delays.
// Threads: the io_context's. Lifetime: shared; close() before the last owner lets go.
#pragma once

#include "government/legislator.hpp"
#include "log/store.hpp"
#include "sdk/disk.hpp"
#include "sdk/line_limit.hpp"
#include "sdk/log_reader.hpp"
#include "sdk/node.hpp"
#include "sdk/slots.hpp"
#include "sdk/tail.hpp"
#include "sdk/transport.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace spdlog {
class logger;
}

namespace hansard {

// Where the pump tells its node. All come from the io_context, at the end of a round, and may be empty.
struct PumpHooks {
  std::function<void()> on_committed;         // newly committed entries are readable
  std::function<void(const Error&)> on_halt;  // once: nothing more happens
};

class Pump final : public std::enable_shared_from_this<Pump>, public TransportUser {
 public:
  struct Parts {
    std::unique_ptr<Legislator> core;  // recovered and started
    std::unique_ptr<Store> store;
    Speaker self;
    std::string url;
    std::size_t tail_bytes = 0;
  };

  Pump(boost::asio::io_context& io, Parts parts, std::shared_ptr<spdlog::logger> log, PumpHooks hooks);
  Pump(const Pump&) = delete;
  Pump& operator=(const Pump&) = delete;
  ~Pump() override;

  // There may be something to do.
  void mark();

  // As the methods of Node.
  [[nodiscard]] std::optional<std::uint64_t> append(Submission submission, AppendHandler handler);
  [[nodiscard]] Appended give_up(std::uint64_t ticket);
  std::uint64_t read_point(ReadPointHandler handler);
  void give_up_read(std::uint64_t ticket);
  [[nodiscard]] NodeFigures figures() const;

  [[nodiscard]] Legislator& core() { return *core_; }
  [[nodiscard]] const Legislator& core() const { return *core_; }
  [[nodiscard]] const Tail& tail() const { return tail_; }
  [[nodiscard]] LogReader reader() { return {io_, tail_, disk_.get()}; }
  [[nodiscard]] Transport& transport() { return *transport_; }

  // From now on no append is taken.
  void resign();
  [[nodiscard]] bool stopped() const { return stopped_; }
  [[nodiscard]] bool takes_appends() const { return !stopped_ && !resigning_; }
  // Nothing is on its way to the disk or to others.
  [[nodiscard]] bool quiet() const;
  // Cuts all connections, and tells everybody who waits that the outcome is unknown. What the disk is at is finished.
  void cut(const char* why);
  // After cut(): finishes with the disk, then `done`.
  void close_disk(std::function<void()> done);
  // For good, without any handler: as if the process had died, but for the write under way, which is waited for.
  void abandon();

 private:
  struct OpenAppend {
    AppendHandler handler;
    std::optional<Appended> result;  // taken from the core, the handler is about to run
  };

  void on_request(RequestId id, const Islander& from, Addressed<Request> request) override;
  void on_sent(PulseId id, std::optional<Reply> reply) override;
  void on_disconnected(const Islander& who) override;
  void on_written(std::uint64_t id);

  void round();
  void start_write();
  void supply(const Want& want);
  void take_committed();
  void finish_appends();
  void finish_reads();
  void log_events();
  void log_waiting();
  void arm();
  void halt(const Error& error);

  boost::asio::io_context& io_;
  std::shared_ptr<spdlog::logger> log_;
  PumpHooks hooks_;
  std::unique_ptr<Legislator> core_;
  Tail tail_;
  std::unique_ptr<Transport> transport_;
  std::unique_ptr<Disk> disk_;  // after core_: a write under way refers to it
  StoreFigures disk_figures_;   // once the disk is closed
  Slots<OpenAppend> appends_;
  Slots<ReadPointHandler> reads_;
  boost::asio::steady_timer timer_;
  Tick armed_at_ = 0;  // 0: not armed
  Republic republic_;  // as told to the transport

  std::string waiting_for_;  // as logged last
  Tick waiting_looked_at_ = 0;
  LineLimit lines_;  // of the core's events, by name

  Promise durable_;       // end of what is on disk
  Promise durable_next_;  // once the write under way is done
  std::optional<Promise> trimmed_next_;
  std::uint64_t appends_done_ = 0;
  bool posted_ = false;  // a round is
  bool resigning_ = false;
  bool stopped_ = false;  // halted, cut or abandoned: no more rounds
};

}  // namespace hansard
