// government/recorder.hpp - Recorder: answers what others ask (Paxos: acceptor and learner). Protocol sections 3, 4, 6.
//
// Everybody answers: it never asks whether it is a member of a parliament; membership is for whoever counts. What its
// answers speak of is durable before they leave (the journal's tickets).
#pragma once

#include "government/chamber.hpp"

#include <map>
#include <vector>

namespace hansard {

class Recorder : public Part {
 public:
  explicit Recorder(Chamber& chamber) : chamber_(chamber) {}

  void receive(RequestId id, const Islander& from, Register message);
  void receive(RequestId id, const Islander& from, const Ping& message);
  void receive(RequestId id, const Islander& from, const Canvass& message);
  void receive(RequestId id, const Islander& from, const Prepare& message);
  void receive(RequestId id, const Islander& from, const Fetch& message);
  void receive(RequestId id, const Islander& from, Synchronize message);

  void sent(PulseId, const Reply*) override {}
  void event() override {}
  [[nodiscard]] Tick next_event() const override { return never; }
  void supplied(std::uint64_t want, std::vector<EntryPtr>&& entries) override;

  template <class Archive>
  void members(Archive& a) {
    a(as_want(fetching_));
  }

 private:
  // Does somebody else lead under our own ballot? That must never be: this islander halts.
  [[nodiscard]] bool is_rival(const Islander& from, std::uint64_t ballot);
  // After what the log on disk must hold through `last`, and `promised`: now, or the write that will bring it.
  [[nodiscard]] Ticket durable_through(const Position& last) const;

  Chamber& chamber_;
  struct Fetching {
    RequestId id = 0;
    Position after;

    template <class Archive>
    void members(Archive& a) {
      a(as_request(id), after);
    }
  };
  std::map<std::uint64_t, Fetching> fetching_;  // fetches that wait for the disk, by want
};

}  // namespace hansard
