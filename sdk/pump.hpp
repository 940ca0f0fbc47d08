// sdk/pump.hpp - Pump: a Host in the real world: sockets, a disk thread, timers and clocks, by Asio.
//
// After any input one round is posted to the io_context, however many inputs come before it runs. A round sends
// everything in one write per connection. One timer serves all of the core's delays.
// Threads: the io_context's. Lifetime: shared; close() before the last owner lets go.
#pragma once

#include "government/legislator.hpp"
#include "log/store.hpp"
#include "sdk/disk.hpp"
#include "sdk/host.hpp"
#include "sdk/line_limit.hpp"
#include "sdk/log_reader.hpp"
#include "sdk/node.hpp"
#include "sdk/trace_writer.hpp"
#include "sdk/transport.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace spdlog {
class logger;
}

namespace hansard {

// Where the pump tells its node. All come from the io_context, at the end of a round, and may be empty.
struct PumpHooks {
  std::function<void()> on_committed;         // newly committed entries are readable
  std::function<void(const Error&)> on_halt;  // once: nothing more happens
};

class Pump final : public std::enable_shared_from_this<Pump>, public TransportUser, private World {
 public:
  struct Parts {
    std::unique_ptr<Legislator> core;  // recovered and started
    std::unique_ptr<Store> store;
    Speaker self;
    std::string url;
    std::size_t tail_bytes = 0;
    std::uint64_t disk_reserve_bytes = 0;  // as DiskSettings
    std::unique_ptr<TraceWriter> trace;    // already recording `core`; or null
  };

  Pump(boost::asio::io_context& io, Parts parts, std::shared_ptr<spdlog::logger> log, PumpHooks hooks);
  Pump(const Pump&) = delete;
  Pump& operator=(const Pump&) = delete;
  ~Pump() override;

  [[nodiscard]] Host& host() { return host_; }
  [[nodiscard]] const Host& host() const { return host_; }
  [[nodiscard]] Legislator& core() { return host_.core(); }
  [[nodiscard]] LogReader reader() { return {io_, host_.tail(), disk_.get(), core().backfilling()}; }
  [[nodiscard]] Transport& transport() { return *transport_; }
  [[nodiscard]] NodeFigures figures() const;

  // Nothing is on its way to the disk or to others.
  [[nodiscard]] bool quiet() const;
  // After host().cut(): finishes with the disk, then `done`.
  void close_disk(std::function<void()> done);
  // For good, without any handler: as if the process had died, but for the write under way, which is waited for.
  void abandon();

 private:
  void on_request(RequestId id, const Islander& from, Addressed<Request> request) override;
  void on_sent(PulseId id, std::optional<Reply> reply) override;
  void on_disconnected(const Islander& who) override;

  [[nodiscard]] Moment moment() override;
  void wake() override;
  void send(const Pulse& pulse) override { transport_->send(pulse); }
  void answer(const Response& response) override { transport_->answer(response); }
  void flush() override { transport_->flush(); }
  void republic(const Republic& republic) override { transport_->republic(republic); }
  void write(const Write* write) override { disk_->write(write); }
  void read(const Want& want) override;
  void arm(Tick at) override;
  void rest(Legislator& core) override {
    if (trace_) trace_->rest(core);
  }
  void committed() override;
  void tell(const Event& event) override;
  void tell_waiting(const std::string& what) override;
  void close() override;
  void halted(const Error& error) override;

  boost::asio::io_context& io_;
  std::shared_ptr<spdlog::logger> log_;
  PumpHooks hooks_;
  std::unique_ptr<TraceWriter> trace_;
  Host host_;
  std::unique_ptr<Transport> transport_;
  std::unique_ptr<Disk> disk_;  // after host_: a write under way refers to its core
  StoreFigures disk_figures_;   // once the disk is closed
  boost::asio::steady_timer timer_;
  LineLimit lines_;  // of the core's events, by name
};

}  // namespace hansard
