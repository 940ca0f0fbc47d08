// sdk/testing/checker.hpp - Checker: what must hold (protocol section 9), whatever befalls an island.
//
// It is told what islanders hold and what clients saw, as it comes about, and throws Violation at the first thing that
// is not as it must be. It knows nothing of how the protocol works, but for what an entry says of itself.
//
// By the numbers of section 9, and when each is checked:
// - 1 agreement: an islander commits an entry: it stands where all others commit it, right after the one before;
// - 2 durability: an append is acknowledged: it stands there, on f+1 disks; at the end, on all of them;
// - 3 log matching: a disk takes an entry: whoever holds the same (promise, ballot) holds the same log up to it;
// - 4 election safety: an islander leads: nobody else does under that ballot;
// - 5 order: an append is decided: after all that was acknowledged before it was sent;
// - 6 once: an entry is decided: batches are whole, no (author, start, sequence) and no append comes twice;
// - 7 monotonic: a disk takes an entry, and an entry is decided: promises and times only rise;
// - 8 incarnation: an islander leads, and an append is acknowledged: only the disks of the cookies named count;
// - 9 linearizable reads: a read is confirmed: it sees all that was acknowledged before it began.
//
// Progress (10) is demanded by who runs the simulation, determinism (11) by running it twice. Beside them: what a
// client was told did not happen does not happen; `promised` on a disk never sinks; `committed` on a disk is never
// ahead of its log.
#pragma once

#include "government/government.hpp"
#include "log/entry.hpp"
#include "log/record.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

namespace hansard::testing {

// "agreement: ..."; the word before the colon names what does not hold.
struct Violation : std::runtime_error {
  using std::runtime_error::runtime_error;
};

class Checker {
 public:
  using Disk = std::size_t;    // one directory, from its making to its wiping
  using Append = std::size_t;  // what a client wants appended, however often it tries

  // ---- What islanders hold -------------------------------------------------------------------------------------
  Disk add_disk(const std::string& id, const Cookie& cookie);
  // The only directory that held anything is lost before anything was decided: what is founded next is another island.
  void forget_founding(Disk lost);
  // Is durable now.
  void wrote(Disk number, const Write& write);
  // An islander starts on the disk and knows so much committed. Where it follows from: see committed().
  [[nodiscard]] std::size_t started(const std::string& who, Promise committed) const;
  [[nodiscard]] bool has_decided(Promise promise) const;
  // An islander commits the entry; `next`: its place in the decided log, kept by the caller.
  void committed(const std::string& who, std::size_t& next, const EntryPtr& entry);
  // An islander leads under the ballot, by the committed government that it knows.
  void leads(const std::string& who, std::uint64_t ballot, const Government& government);
  // The rest of a disk's log, at the end, must be all that was decided.
  void holds_everything(const std::string& who, Promise first, const std::vector<EntryPtr>& log) const;

  // ---- What clients saw ----------------------------------------------------------------------------------------
  // A client is about to send an append of so many items for the first time.
  // `condition`: only where that is the newest client entry.
  Append sends(std::size_t items, std::optional<Promise> condition = {});
  [[nodiscard]] static std::string body_of(Append append, std::size_t item);
  void acknowledged(Append number, Promise first, Promise last);
  // It was told that this did not happen, and does not try again.
  void refused(Append number);
  // It was told that another entry is the newest. `must_see`: acknowledged_now() when it was sent.
  void not_matched(Append number, Promise must_see, Promise newest) const;
  // A read begins now, and must see this.
  [[nodiscard]] Promise acknowledged_now() const { return newest_acknowledged_; }
  void reads(const std::string& who, Promise must_see, Promise point, Promise committed) const;
  // A client that follows the log sees the entry next; `next`: its place in the decided log, kept by the caller.
  void sees(const std::string& who, std::size_t& next, const EntryPtr& entry) const;

  // ---- Figures and looks ---------------------------------------------------------------------------------------
  [[nodiscard]] std::size_t acknowledgements() const { return acknowledgements_; }
  [[nodiscard]] std::size_t appends() const { return appends_.size(); }
  [[nodiscard]] std::size_t decided_count() const { return decided_.size(); }
  // The last promise of one of those, or, beyond them, 0/0.
  [[nodiscard]] Promise decided_at(std::size_t index) const {
    return index < decided_.size() ? decided_[index].entry->last() : Promise{};
  }
  [[nodiscard]] Promise decided_end() const { return decided_.empty() ? Promise{} : decided_.back().entry->last(); }
  [[nodiscard]] std::size_t governments() const { return governments_.size(); }
  [[nodiscard]] std::size_t elections() const { return leaders_.size(); }
  [[nodiscard]] const Government* latest_government() const {
    return governments_.empty() ? nullptr : &governments_.back();
  }
  // Those decided from the latest settled one on.
  [[nodiscard]] std::vector<Government> governments_since_settled() const;
  // Of everybody's disks: the governments after the latest decided one that somebody holds.
  [[nodiscard]] std::vector<Government> governments_held() const;
  // The latest government that an entry in the decided log names settled.
  [[nodiscard]] Promise settled() const { return settled_; }
  [[nodiscard]] const std::vector<EntryPtr>& log_of(Disk disk) const { return disks_[disk].log; }
  [[nodiscard]] Promise floor_of(Disk disk) const { return disks_[disk].floor; }
  [[nodiscard]] std::uint64_t promised_of(Disk disk) const { return disks_[disk].promised; }

 private:
  struct DiskState {
    std::string id;
    Cookie cookie;
    bool first_of_cookie = true;  // another directory bears it already: nothing of this one may count
    std::uint64_t promised = 0;
    Promise floor;  // what is at or below it was trimmed, or came in a snapshot
    std::vector<EntryPtr> log;
  };
  struct Decided {
    EntryPtr entry;
    std::size_t government = 0;  // index + 1 of the latest at or before it
  };
  struct AppendState {
    std::size_t items = 1;
    Promise after;  // acknowledged before it was sent
    Promise first;  // where it stands; 0/0: nowhere yet
    bool refused = false;
    std::optional<Promise> condition;
  };
  struct PositionHash {
    std::size_t operator()(const Position& position) const;
  };

  [[nodiscard]] std::size_t index_after(Promise promise) const;
  void decide(const std::string& who, const EntryPtr& entry);
  void decide_client(const EntryPtr& entry);
  [[nodiscard]] bool holds(const DiskState& disk, const Entry& entry) const;
  template <class Counts>
  [[nodiscard]] std::size_t members(const Government& government, const Counts& counts) const;

  std::vector<DiskState> disks_;
  std::map<std::string, std::vector<Disk>, std::less<>> disks_of_;
  std::unordered_map<Position, Chain, PositionHash> chains_;
  std::vector<Decided> decided_;
  std::vector<Government> governments_;  // decided
  Promise settled_;
  std::map<std::uint64_t, std::string> leaders_;
  std::unordered_set<std::string> numbers_;  // (author, start, sequence) of what is decided
  std::vector<AppendState> appends_;
  Promise newest_client_;  // decided
  Promise newest_acknowledged_;
  std::size_t acknowledgements_ = 0;
};

}  // namespace hansard::testing
