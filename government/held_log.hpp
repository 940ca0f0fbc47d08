// government/held_log.hpp - HeldLog: the end of the log, as far as memory holds it.
//
// All uncommitted entries are held, and a bounded tail of committed ones; what is older is on disk (protocol section
// 2). Positions at or below `committed` count as held whether memory has them or not (section 3, Accepting).
// Invariants: promises increase, each entry's `previous` is the position before it; committed never goes back; nothing
// committed is ever dropped (an attempt asserts).
#pragma once

#include "government/government.hpp"
#include "log/entry.hpp"
#include "log/record.hpp"

#include <cstddef>
#include <deque>
#include <vector>

namespace hansard {

class HeldLog {
 public:
  // The log ends at `base`, everything up to it is committed and on disk.
  void begin(const Position& base, Chain chain, std::int64_t time_us, std::uint64_t counted);

  [[nodiscard]] Position last() const { return entries_.empty() ? base_ : entries_.back()->position(); }
  [[nodiscard]] Chain last_chain() const { return entries_.empty() ? base_chain_ : entries_.back()->chain(); }
  [[nodiscard]] std::int64_t last_time() const { return entries_.empty() ? base_time_ : entries_.back()->time_us(); }
  [[nodiscard]] const Position& base() const { return base_; }  // memory holds everything after it
  [[nodiscard]] const Committed& committed() const { return committed_; }
  [[nodiscard]] Chain base_chain() const { return base_chain_; }
  // Greatest ballot of any entry ever appended.
  [[nodiscard]] std::uint64_t ballot_seen() const { return ballot_seen_; }

  // Is `position` on this log? At or below committed: yes.
  [[nodiscard]] bool holds(const Position& position) const;
  // Is exactly this position in memory (or the base)?
  [[nodiscard]] bool holds_exactly(const Position& position) const;
  // The held entry whose last() is `last`; null where there is none.
  [[nodiscard]] const EntryPtr* find(Promise last) const;
  // Index of the first held entry with last() > promise.
  [[nodiscard]] std::size_t index_after(Promise promise) const;
  [[nodiscard]] const std::deque<EntryPtr>& entries() const { return entries_; }
  // Entries after `after` (REQUIRES after >= base) up to `upto`, at most bytes_max but at least one.
  [[nodiscard]] std::vector<EntryPtr> copy(Promise after, Promise upto, std::size_t bytes_max) const;

  // REQUIRES: continues the log (previous and chain).
  void append(EntryPtr entry);
  // Drops everything after `promise`. REQUIRES: promise >= committed.
  void drop_after(Promise promise);
  // REQUIRES: held, and not below what is committed.
  void commit(const Committed& committed);
  // Forgets committed and durable entries from the front while they are more than `bytes_max`.
  void shrink(std::size_t bytes_max, Promise durable);

  [[nodiscard]] std::size_t uncommitted_bytes() const { return bytes_ - committed_bytes_; }
  // Government entries after committed, oldest first: with the committed one they are all that decide now.
  [[nodiscard]] const std::vector<Government>& later_governments() const { return later_; }

  template <class Archive>
  void members(Archive& a) {
    a(entries_, base_, base_chain_, base_time_, committed_, ballot_seen_, bytes_, committed_bytes_, later_);
    a.must(is_sound());
  }

 private:
  [[nodiscard]] bool is_sound() const;  // the invariants, of what was read

  std::deque<EntryPtr> entries_;
  Position base_;
  Chain base_chain_;
  std::int64_t base_time_ = 0;
  Committed committed_;
  std::uint64_t ballot_seen_ = 0;
  std::size_t bytes_ = 0;
  std::size_t committed_bytes_ = 0;  // of held entries at or below committed
  std::vector<Government> later_;
};

}  // namespace hansard
