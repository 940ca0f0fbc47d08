// log/record.hpp - all that must survive a crash, and the one atomic group in which it is written.
//
// A Write is what the core's journal() asks for: the host writes it atomically, makes it durable, then says
// persisted(). Notes are small named values (republic, founder, checkpoint ...): a later write of a name replaces it,
// an empty value removes it. The parts apply in the order of the fields: restart_after, drop_after, older, entries,
// committed, trim_before.
#pragma once

#include "log/entry.hpp"
#include "log/error.hpp"
#include "log/identity.hpp"
#include "log/promise.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace hansard {

// How far the log is known committed, and the ballot of the leader that counted it. Written lazily: it may be lost and
// learned again, but it never speaks of entries that the same or an earlier write did not hold.
struct Committed {
  Position position;
  std::uint64_t counted = 0;  // ballot of the leader that counted `position` committed

  friend bool operator==(const Committed&, const Committed&) = default;
};

struct Write {
  std::uint64_t id = 0;                   // given by the core, increasing; persisted(id) answers it
  std::optional<std::uint64_t> promised;  // highest ballot promised or accepted
  // Drop the whole log: it goes on after this promise, which a snapshot speaks for (protocol section 6).
  std::optional<Promise> restart_after;
  std::optional<Promise> drop_after;  // drop every entry after this promise, before appending
  std::vector<EntryPtr> older;        // in order, put before all that is held: what a snapshot left out comes after it
  std::vector<EntryPtr> entries;      // appended in order
  std::optional<Committed> committed;
  std::optional<Promise> trim_before;  // drop every entry whose last() is before this promise
  std::map<std::string, std::string, std::less<>> notes;

  [[nodiscard]] bool empty() const {
    return !promised && !restart_after && !drop_after && older.empty() && entries.empty() && !committed &&
           !trim_before && notes.empty();
  }
};

// Whether write.entries are a chain by `previous` that continues a log ending at `last` (zero: empty, any beginning
// will do), which is the end after restart_after and drop_after. Errc::invalid names the entry that does not.
[[nodiscard]] Result<void> check_continues(const Write& write, Position last);
// Whether write.older are a chain by `previous` that ends where the log begins: at `before`, the predecessor of its
// oldest entry, or, where `ballot_known` is false (the log is empty), at its promise. Errc::invalid.
[[nodiscard]] Result<void> check_precedes(const Write& write, Position before, bool ballot_known);

// Who a data directory belongs to. Written once, but for `start`, which counts the openings.
struct Identity {
  std::string id;
  Cookie cookie;
  std::uint64_t start = 0;
};

// What a store knows when it is opened. Entries are read separately (Store::read), from `checkpoint` on.
struct Recovered {
  Identity identity;
  std::uint64_t promised = 0;
  Committed committed;
  Promise first;  // oldest entry held; zero where none
  Position last;  // newest entry held; zero where none
  std::map<std::string, std::string, std::less<>> notes;
  std::vector<std::string> remarks;  // what recovery dropped or mended, a line each, for the operator
};

}  // namespace hansard
