// government/backfiller.hpp - Backfiller: what a snapshot left out, brought after it. Protocol section 6, Snapshots.
//
// A snapshot speaks for the log up to its point, but it does not hold the entries, and those that nobody trimmed are to
// be on every islander: readers ask for them, and whoever has them may die. So they are fetched backwards, from the
// point down to where the log was trimmed, and put before what is held. At every moment what is held is one piece of
// the log without a gap, and Chamber::begins says where it begins; a crash costs the piece under way.
// What arrives ends exactly at the predecessor of our oldest entry (promise and ballot), and is hashed into its chain.
// Bounds: one piece (piece_bytes_max, and Settings::pulse_bytes) is asked for at a time while a few others are being
// written, on average no more than Settings::transfer_bytes_per_second; giving: so many that wait for the disk.
#pragma once

#include "government/chamber.hpp"
#include "government/pace.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace hansard {

class Backfiller : public Part {
 public:
  static constexpr std::size_t piece_bytes_max = std::size_t{512} << 10U;
  static constexpr std::size_t writing_max = 4;  // pieces

  explicit Backfiller(Chamber& chamber) : chamber_(chamber) {}

  // A snapshot took the log's place: Chamber::begins is its point.
  void installed();
  void receive(RequestId id, const FetchBack& message);

  void sent(PulseId id, const Reply* reply) override;
  void event() override;
  [[nodiscard]] Tick next_event() const override;
  void pull() override;
  void supplied(std::uint64_t want, std::vector<EntryPtr>&& entries) override;

  template <class Archive>
  void members(Archive& a) {
    a(place_, as_want(locating_), from_, url_, as_pulse(asked_), as_time(asked_at_), as_time(ask_again_at_), failures_,
      turn_, as_ticket(writing_), pace_, as_want(giving_));
  }

 private:
  // Where our log begins: what is asked for ends with `upto`, and `above` or `chain` is what it must hash to.
  struct Place {
    Position upto;
    std::vector<EntryPtr> above;  // our oldest entry, where we hold one
    Chain chain;                  // else: of the snapshot

    template <class Archive>
    void members(Archive& a) {
      a(upto, above, chain);
    }
  };
  struct Giving {
    RequestId id = 0;
    Position upto;

    template <class Archive>
    void members(Archive& a) {
      a(as_request(id), upto);
    }
  };

  void locate();
  void stand_at(const EntryPtr& oldest);
  [[nodiscard]] std::size_t piece_bytes() const;
  [[nodiscard]] const Milestone& reached() const;  // where our log begins once all that came is durable
  [[nodiscard]] bool may_ask() const;
  void ask();
  void fail();  // the one who was asked
  void take(std::vector<EntryPtr> older);
  [[nodiscard]] bool fits(const std::vector<EntryPtr>& older) const;
  void finish();
  void give(RequestId id, std::vector<EntryPtr> entries, const Position& upto);

  Chamber& chamber_;
  std::optional<Place> place_;  // none: not known yet, after a start
  std::optional<std::uint64_t> locating_;
  Islander from_;
  std::string url_;
  std::optional<PulseId> asked_;
  Tick asked_at_ = 0;
  Tick ask_again_at_ = 0;
  std::uint64_t failures_ = 0;
  std::size_t turn_ = 0;
  std::deque<std::pair<Ticket, Milestone>> writing_;  // where our log begins once that write is durable
  Pace pace_;
  std::map<std::uint64_t, Giving> giving_;  // that wait for the disk, by want
};

}  // namespace hansard
