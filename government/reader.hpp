// government/reader.hpp - Reader: linearizable read points. Protocol section 7.
//
// A leader whose own government entry is committed takes `committed` as the point, then confirms its office by a round
// begun after the read came. Reads that wait share a round. Other islanders ask the leader and wait to reach the point.
// No leases: nothing depends on clocks agreeing.
#pragma once

#include "government/chamber.hpp"

#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

namespace hansard {

class Reader : public Part {
 public:
  explicit Reader(Chamber& chamber) : chamber_(chamber) {}

  void read(std::uint64_t token);
  void give_up(std::uint64_t token);
  void receive(RequestId id, const ReadPoint& message);

  void confirm();    // a member answered a round
  void committed();  // the log's committed moved
  void leader_changed();

  void sent(PulseId id, const Reply* reply) override;
  void event() override {}
  [[nodiscard]] Tick next_event() const override;
  void pull() override;

  template <class Archive>
  void members(Archive& a) {
    a(next_, under_way_, round_, point_, unasked_, asked_, as_pulse(pulse_), reaching_, as_time(not_before_));
  }

 private:
  struct Waiting {  // in the leader, for a round
    std::uint64_t token = 0;
    RequestId request = 0;  // of another islander; 0: ours

    template <class Archive>
    void members(Archive& a) {
      a(token, as_request(request));
    }
  };

  Chamber& chamber_;
  // In the leader. `next_`: came since the round under way began. `under_way_`: wait for round_.
  std::vector<Waiting> next_;
  std::vector<Waiting> under_way_;
  std::uint64_t round_ = 0;
  Promise point_;
  // Elsewhere: tokens not asked for yet, those of the pulse under way, and those that wait to reach their point.
  std::vector<std::uint64_t> unasked_;
  std::vector<std::uint64_t> asked_;
  std::optional<PulseId> pulse_;
  std::deque<std::pair<Promise, std::uint64_t>> reaching_;
  Tick not_before_ = 0;
};

}  // namespace hansard
