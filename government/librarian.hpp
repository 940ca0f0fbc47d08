// government/librarian.hpp - Librarian: brings committed entries down the constituency tree, and fetches what is
// missing. Protocol section 6.
//
// Down: synchronize pulses to whom this islander represents, committed entries only, one pulse under way to each. Up:
// what it knows of those below it, in its answers. An islander whose representative is silent, or that is told of
// commits it does not get, fetches from a member of the parliament that it can reach (S4-08: reconciliation by every
// trigger).
#pragma once

#include "government/chamber.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace hansard {

class Librarian : public Part {
 public:
  explicit Librarian(Chamber& chamber) : chamber_(chamber) {}

  void governed();                                                 // another government is committed
  void appoint();                                                  // whom we bring the log to may have changed
  void synchronized() { synchronized_at_ = chamber_.moment.now; }  // our representative spoke
  void hear_minimum(Promise minimum) { minimum_ = minimum_ < minimum ? minimum : minimum_; }
  // Let in by that islander, and nobody brings us anything yet: it can be asked for what there is.
  void welcomed(const Islander& who, const std::string& url);
  [[nodiscard]] const std::pair<Islander, std::string>& host() const { return host_; }  // no id: nobody let us in
  // Somebody fetched from us what comes after that: who brings it the log is gone, so nobody else tells of it.
  void visited(const Islander& who, Promise committed);
  // Told so by a ping, a canvass, or one that would bring us what comes after it.
  void hear_committed(const Islander& teller, const Committed& committed);
  [[nodiscard]] const Islander& teller() const { return teller_; }  // of the most; no id: nobody told anything
  [[nodiscard]] std::vector<Downstream> downstream() const;
  [[nodiscard]] Promise minimum() const { return minimum_; }
  [[nodiscard]] Promise told() const { return told_; }

  void sent(PulseId id, const Reply* reply) override;
  void event() override;
  [[nodiscard]] Tick next_event() const override;
  void pull() override;
  void supplied(std::uint64_t want, std::vector<EntryPtr>&& entries) override;

  template <class Archive>
  void members(Archive& a) {
    a(wards_, visitors_, host_, minimum_, as_time(synchronized_at_), told_, teller_, as_time(behind_since_), behind_at_,
      as_pulse(fetching_), fetching_from_, fetching_url_, as_time(fetching_at_), as_time(fetched_at_),
      as_time(next_look_), turn_);
  }

 private:
  struct Ward {  // somebody we represent
    std::string url;
    bool known = false;
    Position sent;
    Promise committed;
    Promise fetches;
    bool reachable = false;  // it answered last
    Tick answered_at = 0;
    Tick sent_at = 0;
    Tick not_before = 0;
    Tick patience = 0;  // back-off while it fails
    Tick census_at = 0;
    bool told_leader = false;  // told last that the leader is heard
    std::optional<PulseId> flight;
    std::optional<std::uint64_t> want;
    std::vector<EntryPtr> supply;
    std::vector<Downstream> below;

    template <class Archive>
    void members(Archive& a) {
      a(url, known, sent, committed, fetches, reachable, as_time(answered_at), as_time(sent_at), as_time(not_before),
        as_duration(patience), as_time(census_at), told_leader, as_pulse(flight), as_want(want), supply, below);
    }
  };

  struct Visitor {
    Promise committed;
    Tick at = 0;

    template <class Archive>
    void members(Archive& a) {
      a(committed, as_time(at));
    }
  };

  void take_fetched(const Fetched& fetched);
  void send_to(const Islander& who, Ward& ward);
  void post(const Islander& who, Ward& ward, std::vector<EntryPtr> entries);
  void fetch();
  [[nodiscard]] bool is_fed() const;  // somebody brings us the log

  Chamber& chamber_;
  std::map<Islander, Ward> wards_;
  std::map<std::string, Visitor> visitors_;
  std::pair<Islander, std::string> host_;  // who let us in last, and where
  Promise minimum_;
  Tick synchronized_at_ = 0;
  // What we are told is committed and do not have.
  Promise told_;
  Islander teller_;
  Tick behind_since_ = never;
  Promise behind_at_;
  std::optional<PulseId> fetching_;
  Islander fetching_from_;
  std::string fetching_url_;
  Tick fetching_at_ = 0;
  Tick fetched_at_ = 0;  // somebody answered
  Tick next_look_ = 0;
  std::size_t turn_ = 0;  // whose turn it is to be asked
};

}  // namespace hansard
