// government/proposer.hpp - Proposer: from a lost leader to a new government. Protocol section 4.
//
//   waiting --timer, leader lost--> canvassing --f+1 lost it too--> preparing --quorums, chain chosen--> (Writer)
//      ^                                |                               |  ^
//      +------ leader heard, higher ballot, deadline: back-off ---------+  +- fetching what the chain lacks
//
// Invariants: every attempt draws a fresh ballot, greater than every ballot seen; the chain is chosen once per ballot,
// from answers to that ballot only; an answer counts only for the islander (id and cookie) that was asked. Paper: Paxos
// Made Simple 2.2 (phase 1); the quorum rule over several governments is ours, protocol section 4.3.
#pragma once

#include "government/chamber.hpp"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace hansard {

class Proposer : public Part {
 public:
  explicit Proposer(Chamber& chamber) : chamber_(chamber) {}

  void start();                       // of this run: nobody is heard yet
  void leader_heard(bool anew);       // nothing to do until it is lost
  void leader_reset();                // its connection closed: run soon unless it is heard again
  void postpone();                    // somebody else was promised: give it time
  void stop(const char* why);         // of a canvass or a ballot under way
  void run_at_once(const char* why);  // nominated: no canvass
  [[nodiscard]] std::uint64_t ballot() const { return ballot_; }

  void sent(PulseId id, const Reply* reply) override;
  void event() override;
  [[nodiscard]] Tick next_event() const override;

  template <class Archive>
  void members(Archive& a) {
    a.choice(stage_, Stage::fetching);
    a(as_due(run_at_), as_due(deadline_), as_duration(backoff_), as_duration(spread_), ballot_, nominated_,
      as_ticket(own_vote_), as_pulse(asked_), asked_already_, lost_too_, votes_, as_pulse(fetching_), fetching_from_,
      fetching_upto_);
  }

 private:
  enum class Stage { waiting, canvassing, preparing, fetching };
  struct Vote {  // one acceptor's answer to our ballot
    Committed committed;
    Position last;
    std::vector<EntryPtr> tail;  // continues our committed, as far as it goes

    template <class Archive>
    void members(Archive& a) {
      a(committed, last, tail);
    }
  };

  [[nodiscard]] bool may_run() const;
  void canvass();
  void prepare(const char* why);
  void ask(const std::vector<const Government*>& governments);
  void count_canvass();
  void all_answered();
  // Looks whether the promises so far decide; goes on to fetch, to ask more parliaments, or to accept.
  void choose();
  void fetch(const Islander& from, const Position& after, Promise upto);
  void fetched(const Fetched& answer);
  // Takes the committed entries of an acceptor that we lack; false where they do not continue ours, or stop us.
  [[nodiscard]] bool learn(const Vote& vote, const std::vector<EntryPtr>& entries);
  void accept(const Islander* chosen, Promise known, std::uint64_t known_by);
  void back_off(const char* why);
  [[nodiscard]] std::optional<Islander> islander(const Government& government, const std::string& id) const;

  Chamber& chamber_;
  Stage stage_ = Stage::waiting;
  Tick run_at_ = never;    // waiting: when to run, if the leader is lost by then
  Tick deadline_ = never;  // of the stage under way
  Tick backoff_ = 0;
  Tick spread_ = 0;  // beyond the timeout, drawn for each leader
  std::uint64_t ballot_ = 0;
  bool nominated_ = false;
  Ticket own_vote_ = 0;  // our own promise counts once this is durable

  std::map<PulseId, Islander> asked_;  // pulses under way of this stage
  std::set<Islander> asked_already_;   // this ballot
  std::set<Islander> lost_too_;        // canvass
  std::map<Islander, Vote> votes_;     // ballot_
  std::optional<PulseId> fetching_;
  Islander fetching_from_;
  Promise fetching_upto_;
};

}  // namespace hansard
