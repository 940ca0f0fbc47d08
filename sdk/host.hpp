// sdk/host.hpp - Host: a legislator at work, whatever the world is made of. Brings it what happens, and carries out
// what it wants.
//
// After any input the host asks its World for one round, however many inputs come before it runs: so many requests of
// one moment become one register pulse and one disk group. A round drains the core's outputs in the order that
// legislator.hpp gives. Here too are the tables of what clients wait for, what is durable and what was trimmed, and the
// newest committed entries (Tail).
// Two worlds: Pump (Asio: sockets, a disk thread, timers) and the simulated one (sdk/testing).
//
// Threads: one. Neither calls the other back from inside a call, but for moment(), close() and what is said below.
// Lifetime: the World outlives the Host, but for its parts that refer to the core: a write under way ends first.
#pragma once

#include "government/legislator.hpp"
#include "sdk/handlers.hpp"
#include "sdk/slots.hpp"
#include "sdk/tail.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace hansard {

// What a host needs of the world. None of these may call the host, but wake()'s round() and the rest come later.
class World {
 public:
  World() = default;
  World(const World&) = delete;
  World& operator=(const World&) = delete;
  virtual ~World() = default;

  [[nodiscard]] virtual Moment moment() = 0;
  // Call Host::round(), once, soon.
  virtual void wake() = 0;
  // Both take their message on its way; flush() sends all that was taken. Each pulse ends with one Host::sent().
  virtual void send(const Pulse& pulse) = 0;
  virtual void answer(const Response& response) = 0;
  virtual void flush() = 0;
  // Ours is known now, or is another.
  virtual void republic(const Republic& republic) = 0;
  // Makes it durable, then Host::written(), or Host::halt() where that fails. One at a time; `*write` stays valid.
  virtual void write(const Write* write) = 0;
  // Reads it from the disk, then Host::supplied(). Before other reads; the core bounds these itself.
  virtual void read(const Want& want) = 0;
  // Call Host::due() at that time. Replaces what was armed before.
  virtual void arm(Tick at) = 0;

  // All outputs of the core were pulled, and no handler has run yet: the place to look at its whole state.
  virtual void rest(Legislator& /*core*/) {}

  // At the end of a round; the host may be asked anything from inside these three.
  virtual void committed() = 0;                            // newly committed entries are readable
  virtual void tell(const Event& event) = 0;               // for operators
  virtual void tell_waiting(const std::string& what) = 0;  // for whom or what it waits; empty: it waits no more
  // No more rounds, timers, pulses and answers: the host is cut.
  virtual void close() = 0;
  // Once, after close(): the disk failed, or the core cannot go on. Everybody who waited was told.
  virtual void halted(const Error& error) = 0;
};

class Host {
 public:
  // `core`: recovered and started.
  Host(World& world, std::unique_ptr<Legislator> core, std::size_t tail_bytes);
  Host(const Host&) = delete;
  Host& operator=(const Host&) = delete;
  ~Host();

  [[nodiscard]] Legislator& core() { return *core_; }
  [[nodiscard]] const Legislator& core() const { return *core_; }
  [[nodiscard]] const Tail& tail() const { return tail_; }

  // ---- Of clients and operators; as the methods of Node ----
  [[nodiscard]] std::optional<std::uint64_t> append(Submission submission, AppendHandler handler);
  [[nodiscard]] Appended give_up(std::uint64_t ticket);
  std::uint64_t read_point(ReadPointHandler handler);
  void give_up_read(std::uint64_t ticket);
  std::uint64_t operate(Operation operation, OperationHandler handler);
  void give_up_operation(std::uint64_t ticket);

  // ---- Of the world ----
  void round();
  // There may be something to do: after an input that went to core() directly.
  void mark();
  void request(RequestId id, const Islander& from, const Republic& republic, Request request);
  void sent(PulseId id, std::optional<Reply> reply);
  void disconnected(const Islander& who);
  void written(std::uint64_t id);
  void supplied(std::uint64_t want, std::vector<EntryPtr> entries);
  void due();
  void room(bool has_room);  // on the disk

  // ---- The end ----
  // Orderly: from now on no append is taken, and office is handed over; core().resigned() tells when.
  void resign();
  // Stops for good, and says so to World::halted().
  void halt(const Error& error);
  // Stops for good: everybody who waits is told that the outcome is unknown. What the disk is at may still end.
  void cut(const char* why);
  // As cut(), and nobody is told anything: as if the process had died.
  void abandon();
  [[nodiscard]] bool stopped() const { return stopped_; }
  [[nodiscard]] bool takes_appends() const { return !stopped_ && !resigning_; }
  // Nothing waits for a round or is on its way to the disk.
  [[nodiscard]] bool quiet() const { return stopped_ || (!woken_ && !writing_); }

  // Since when it waits for what was told to the world last, microseconds since 1970; 0: it waits for nothing.
  [[nodiscard]] std::int64_t waiting_since_us() const { return waiting_since_us_; }
  [[nodiscard]] std::uint64_t appends_done() const { return appends_done_; }

 private:
  struct OpenAppend {
    AppendHandler handler;
    std::optional<Appended> result;  // taken from the core, the handler is about to run
  };

  void start_write();
  void tell_events();
  void arm();
  void show(std::vector<EntryPtr>&& committed);
  void finish(const std::vector<Appended>& ended);
  void finish(const std::vector<Operated>& ended);
  void finish(const std::vector<ReadReady>& ended);
  void refuse_late();

  World& world_;
  std::unique_ptr<Legislator> core_;
  Tail tail_;
  Slots<OpenAppend> appends_;
  Slots<ReadPointHandler> reads_;
  Slots<OperationHandler> operations_;
  Republic republic_;  // as told to the world
  Tick armed_at_ = 0;  // 0: not armed

  std::string waiting_for_;  // as told last
  std::int64_t waiting_since_us_ = 0;
  Tick waiting_looked_at_ = 0;

  std::optional<Promise> trimmed_next_;  // once the write under way is done
  std::uint64_t appends_done_ = 0;
  bool writing_ = false;
  bool woken_ = false;  // a round is to come
  bool resigning_ = false;
  bool stopped_ = false;  // halted, cut or abandoned: no more rounds
};

}  // namespace hansard
