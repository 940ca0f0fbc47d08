// government/journal.hpp - Journal: what must be durable next, and who waits for it (protocol section 8).
//
// Changes gather in one pending Write; next() hands it out, one at a time, and what comes meanwhile gathers in the one
// after it: that is the group commit. A ticket names the write that will hold everything asked for so far; is_durable()
// says whether what depends on it may leave the machine.
#pragma once

#include "government/mark.hpp"
#include "log/record.hpp"

#include <cstdint>
#include <string>

namespace hansard {

using Ticket = std::uint64_t;

class Journal {
 public:
  // The log on disk ends at `last`.
  void begin(const Position& last, std::uint64_t promised, const Committed& committed);

  void promise(std::uint64_t ballot);
  void append(const EntryPtr& entry);
  // Drops from what is pending and, where it got further, from the disk. `position` is the end of the log after it.
  void drop_after(const Position& position);
  // The whole log is dropped and goes on after `position`, which a snapshot speaks for.
  void restart_after(const Position& position);
  // Put before all that is there.
  void prepend(std::vector<EntryPtr> older);
  // Entries whose last() is before this go, once what is pending is durable with it.
  void trim(Promise before);
  void note(std::string name, std::string value);

  // Null while a write is under way or nothing is pending. `committed` goes along where it moved: it is written lazily,
  // never for its own sake unless `flush`. Valid until done().
  [[nodiscard]] const Write* next(const Position& last, const Committed& committed, bool flush);
  void done(std::uint64_t write_id);

  [[nodiscard]] Ticket ticket() const { return pending_.empty() ? next_id_ - 1 : next_id_; }
  [[nodiscard]] bool is_durable(Ticket ticket) const { return ticket <= durable_id_; }
  [[nodiscard]] bool idle() const { return pending_.empty() && !busy_; }
  [[nodiscard]] bool busy() const { return busy_; }
  // Some of what goes is still on the disk.
  [[nodiscard]] bool trims() const { return pending_.trim_before || (busy_ && under_way_.trim_before); }
  [[nodiscard]] std::uint64_t under_way() const { return busy_ ? under_way_.id : 0; }  // id of that write; 0: none
  [[nodiscard]] const Position& durable() const { return durable_; }                   // end of the durable log
  [[nodiscard]] std::uint64_t durable_promised() const { return durable_promised_; }
  [[nodiscard]] const Committed& written_committed() const { return written_committed_; }

  template <class Archive>
  void members(Archive& a) {
    a(pending_, under_way_, busy_, as_ticket(next_id_), as_ticket(durable_id_), durable_, under_way_end_,
      durable_promised_, under_way_promised_, written_committed_);
  }

 private:
  Write pending_;
  Write under_way_;
  bool busy_ = false;
  std::uint64_t next_id_ = 1;  // of the pending write
  Ticket durable_id_ = 0;
  Position durable_;
  Position under_way_end_;
  std::uint64_t durable_promised_ = 0;
  std::uint64_t under_way_promised_ = 0;
  Committed written_committed_;
};

}  // namespace hansard
