// government/forwarder.hpp - Forwarder: this islander's clients' appends, from arrival to outcome. Protocol section 3,
// Enqueue.
//
// Each append gets a number (start, sequence) when it is first handed to a leader, and is handed over again, in order,
// from the first whose outcome is not known, after a change of government or of the connection. An islander answers
// success from its own committed log only. So resubmitting neither loses, doubles nor reorders.
// Bounds: queue_bytes and queue_count over everything whose outcome is open.
#pragma once

#include "government/chamber.hpp"

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <vector>

namespace hansard {

class Forwarder : public Part {
 public:
  explicit Forwarder(Chamber& chamber) : chamber_(chamber) {}

  [[nodiscard]] bool enqueue(Submission submission, std::uint64_t token);
  [[nodiscard]] Appended give_up(std::uint64_t token);
  [[nodiscard]] std::size_t open() const { return open_.size(); }

  void leader_changed();
  void committed(const Entry& entry);
  void reached();                         // after those of one commit: how far the log is committed here
  void judged(const Judgment& judgment);  // final: that number of this start is not in the log and never will be
  void installed();                       // log state jumped: what it hides of ours is unknown

  void sent(PulseId id, const Reply* reply) override;
  void event() override {}
  [[nodiscard]] Tick next_event() const override;
  void pull() override;

  template <class Archive>
  void members(Archive& a) {
    a(replays_, open_, heft_, last_sequence_, settled_sequence_, next_, arrived_, flights_, as_time(not_before_));
  }

 private:
  struct Open {
    std::uint64_t token = 0;
    bool waits = true;           // a client waits for the outcome
    std::uint64_t sequence = 0;  // 0: never handed to a leader
    std::size_t heft = 0;
    std::shared_ptr<const Submission> submission;

    template <class Archive>
    void members(Archive& a) {
      a(token, waits, sequence, heft, submission);
    }
  };

  struct Replay {
    std::uint64_t token = 0;
    Promise first;
    Promise last;

    template <class Archive>
    void members(Archive& a) {
      a(token, first, last);
    }
  };

  void number(Open& append);
  void hand_to_self(Promise arrived);
  void forward(Promise arrived);

  Chamber& chamber_;
  std::vector<Replay> replays_;  // of earlier appends, not committed here yet
  std::deque<Open> open_;        // in order of arrival; numbered ones first, in order of sequence
  std::size_t heft_ = 0;
  std::uint64_t last_sequence_ = 0;     // newest number given in this start
  std::uint64_t settled_sequence_ = 0;  // newest of ours seen committed
  std::size_t next_ = 0;                // index of the first append not handed to the present leader
  Promise arrived_;                     // under which the numbers were given
  struct Flight {
    PulseId id = 0;
    std::uint64_t first = 0;

    template <class Archive>
    void members(Archive& a) {
      a(as_pulse(id), first);
    }
  };
  std::deque<Flight> flights_;
  Tick not_before_ = 0;
};

}  // namespace hansard
