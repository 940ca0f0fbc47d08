// government/state_transfer.hpp - StateTransfer: log state, piece by piece, to whoever is behind a trim. Protocol
// section 6, Snapshots.
//
// The one who is behind asks; anybody who has log state at a committed promise may answer, and whoever holds the same
// snapshot may go on where another stopped. What arrived is kept until the snapshot is whole, then installed in one
// durable write; a crash before that means to begin anew.
// Bounds: one transfer at a time; MessageLimits pieces, transfer_bytes_max in memory, and on average no more than
// Settings::transfer_bytes_per_second.
#pragma once

#include "government/chamber.hpp"
#include "government/pace.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace hansard {

class StateTransfer : public Part {
 public:
  static constexpr std::size_t transfer_bytes_max = std::size_t{512} << 20U;

  explicit StateTransfer(Chamber& chamber) : chamber_(chamber) {}

  // That islander has trimmed what we need next. Nothing where a transfer is under way already.
  void begin(const Islander& from, const std::string& url);
  [[nodiscard]] bool is_busy() const { return busy_; }
  // Of the snapshot that is fetched; 0/0: none. What follows it is needed next.
  [[nodiscard]] Promise point() const { return at_.position.promise; }
  // The next that it waits for; 0 where nothing came yet.
  [[nodiscard]] std::uint64_t piece() const { return held_.size(); }

  void receive(RequestId id, const FetchState& message);

  void sent(PulseId id, const Reply* reply) override;
  void event() override;
  [[nodiscard]] Tick next_event() const override;

  template <class Archive>
  void members(Archive& a) {
    a(busy_, from_, url_, at_, pieces_, held_, held_bytes_, as_pulse(asked_), pace_, as_time(asked_at_),
      as_time(ask_again_at_), failures_, turn_, serving_);
  }

 private:
  struct Serving {  // a snapshot that we give
    Committed at;
    std::string base;
    std::vector<KeyTable::SegmentPtr> segments;
    Tick made_at = 0;
    Tick went_on_at = 0;  // somebody who has begun it asked for more

    template <class Archive>
    void members(Archive& a) {
      a(at, base, segments, as_time(made_at), as_time(went_on_at));
    }
  };

  void ask();
  void turn();  // to another islander that may have it
  void take(const FetchedState& fetched);
  void finish();
  void drop();
  [[nodiscard]] const Serving* serving(const Position& at);

  Chamber& chamber_;
  bool busy_ = false;
  Islander from_;
  std::string url_;
  Committed at_;  // of the snapshot; zero: any will do
  std::uint64_t pieces_ = 0;
  std::vector<std::string> held_;  // in order
  std::size_t held_bytes_ = 0;
  std::optional<PulseId> asked_;
  Pace pace_;  // since the first piece came
  Tick asked_at_ = 0;
  Tick ask_again_at_ = never;
  std::size_t failures_ = 0;
  std::size_t turn_ = 0;
  std::optional<Serving> serving_;
};

}  // namespace hansard
