// government/trimmer.hpp - Trimmer: what of the log goes, in the leader. Protocol section 6, Trimming.
//
// Trimming is an entry: below its promise everything goes, on every islander, once log state is durable above it
// (Chamber::commit does that). Here it is decided: by an operator's word (clerk), or by the log's settings. What goes
// is counted first, from the milestone before it, so that every islander's counts agree; what memory does not hold of
// that is read from disk. By settings the newest client entry never goes, and a batch goes whole or not at all; nor
// does what an islander needs that is behind and answers, as long as that is within Settings::trim_hold_bytes.
#pragma once

#include "government/chamber.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace hansard {

class Trimmer : public Part {
 public:
  explicit Trimmer(Chamber& chamber) : chamber_(chamber) {}

  void consider();  // something may have to go; REQUIRES nothing, does nothing but in office
  // For whom what settings would trim is kept, as of the last look; empty: for nobody.
  [[nodiscard]] const std::string& held_for() const { return held_for_; }
  void office_left();

  void sent(PulseId, const Reply*) override {}
  void event() override {}
  [[nodiscard]] Tick next_event() const override { return never; }  // consider() comes with the pings
  void supplied(std::uint64_t want, std::vector<EntryPtr>&& entries) override;

  template <class Archive>
  void members(Archive& a) {
    a(count_, written_, as_time(policy_at_), oldest_us_, held_for_);
  }

 private:
  // An entry goes that is before `before`; or, by settings, that is one too many, too much or too old.
  struct Goal {
    Promise before;
    std::uint64_t entries = 0;  // of the log's first so many items; 0: no goal, as for the others
    std::uint64_t bytes = 0;
    std::optional<std::int64_t> upto_us;  // of this time or older
    Promise newest;                       // but not this client entry

    template <class Archive>
    void members(Archive& a) {
      a(before, entries, bytes, upto_us, newest);
    }
  };
  struct Count {
    Goal goal;
    Promise after;              // counted up to here
    std::uint64_t entries = 0;  // going, from the log's very beginning
    std::uint64_t bytes = 0;
    std::optional<Promise> before;  // known once the first that stays is found
    std::int64_t stays_us = 0;      // its time
    std::optional<std::uint64_t> want;

    template <class Archive>
    void members(Archive& a) {
      a(goal, after, entries, bytes, before, stays_us, as_want(want));
    }
  };

  // What who is behind, and answers, needs comes after this; and who that is.
  struct Hold {
    Promise after;
    std::string id;
  };
  [[nodiscard]] Hold hold() const;
  [[nodiscard]] Goal goal() const;
  [[nodiscard]] bool is_due(const Goal& goal) const;
  [[nodiscard]] bool goes(const Count& count, const Entry& entry) const;
  void begin(const Goal& goal);
  // True once it is known what stays first.
  [[nodiscard]] bool count(const Entry& entry);
  void go_on();
  void finish(Promise oldest_client);

  Chamber& chamber_;
  std::optional<Count> count_;
  Promise written_;     // the latest trim of this office
  Tick policy_at_ = 0;  // settings are looked at again then
  std::string held_for_;
  std::optional<std::int64_t> oldest_us_;  // no entry that is left is older; nullopt: not known
};

}  // namespace hansard
