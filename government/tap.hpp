// government/tap.hpp - Tap: who is told all that goes into a Legislator and all that the host pulls out of it, in
// order.
//
// A Legislator without one pays a branch. An input is told before it is acted upon; an output when it is handed out,
// also where there was none: pulling may move the core (outbox() posts, journal() hands out), so a replay has to pull
// the same. What is told is only lent. A tap must not call the Legislator.
// Who records: TraceEncoder (government/trace.hpp).
#pragma once

#include "government/legislator.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace hansard {

class Tap {
 public:
  Tap() = default;
  Tap(const Tap&) = delete;
  Tap& operator=(const Tap&) = delete;
  virtual ~Tap() = default;

  // ---- Inputs, as the methods of Legislator ----------------------------------------------------------------------
  virtual void start(Moment moment) = 0;
  virtual void bootstrap(Moment moment, const std::vector<Listed>& list) = 0;
  virtual void join(Moment moment, const std::vector<std::string>& urls) = 0;
  virtual void enqueue(Moment moment, const Submission& submission, std::uint64_t token) = 0;
  virtual void give_up(Moment moment, std::uint64_t token) = 0;
  virtual void read(Moment moment, std::uint64_t token) = 0;
  virtual void give_up_read(std::uint64_t token) = 0;
  virtual void operate(Moment moment, const Operation& operation, std::uint64_t token) = 0;
  virtual void give_up_operation(std::uint64_t token) = 0;
  virtual void request(Moment moment, RequestId id, const Islander& from, const Republic& republic,
                       const Request& request) = 0;
  virtual void sent(Moment moment, PulseId id, const std::optional<Reply>& reply) = 0;
  virtual void disconnected(Moment moment, const Islander& who) = 0;
  virtual void persisted(Moment moment, std::uint64_t write_id) = 0;
  virtual void supplied(Moment moment, std::uint64_t want_id, const std::vector<EntryPtr>& entries) = 0;
  virtual void event(Moment moment) = 0;
  virtual void resign(Moment moment) = 0;
  virtual void room(Moment moment, bool has_room) = 0;

  // ---- Outputs ---------------------------------------------------------------------------------------------------
  virtual void enqueued(bool taken) = 0;            // what enqueue() returned
  virtual void gave_up(const Appended& known) = 0;  // what give_up() returned
  virtual void outbox(const std::optional<Pulse>& pulse) = 0;
  virtual void response(const std::optional<Response>& response) = 0;
  virtual void journal(const Write* write) = 0;
  virtual void wanted(const std::optional<Want>& want) = 0;
  virtual void committed(const std::vector<EntryPtr>& entries) = 0;
  virtual void appended(const std::vector<Appended>& ended) = 0;
  virtual void reads(const std::vector<ReadReady>& ready) = 0;
  virtual void operated(const std::vector<Operated>& ended) = 0;
  virtual void events(const std::vector<Event>& events) = 0;
  virtual void halt(const std::optional<Error>& error) = 0;
  virtual void next_event(const std::optional<Tick>& at) = 0;
  virtual void resigned(bool is_resigned) = 0;
};

}  // namespace hansard
