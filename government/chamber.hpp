// government/chamber.hpp - Chamber: what the parts of one Legislator share, and where they meet.
//
// The parts (founder, recorder, proposer, writer, judge, trimmer, reader, forwarder, librarian, state
// transfer, backfiller, clerk, envoy) each hold one idea of the
// protocol and reach each other only through here. Chamber itself knows how the log moves: append, drop, commit, and
// what follows from a commit. Nothing here is public; legislator.hpp is the contract.
#pragma once

#include "government/held_log.hpp"
#include "government/journal.hpp"
#include "government/legislator.hpp"
#include "government/log_state.hpp"
#include "government/mark.hpp"
#include "government/random.hpp"

#include <algorithm>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace hansard {

class Backfiller;
class Founder;
class Recorder;
class Proposer;
class Writer;
class Reader;
class Forwarder;
class Librarian;
class Clerk;
class Envoy;
class Judge;
class StateTransfer;
class Trimmer;

inline constexpr Tick never = ~Tick{0};
// Elections do not get so far in the life of any island; a greater ballot is nonsense, and following it would leave no
// ballot for the next.
inline constexpr std::uint64_t ballot_max = std::uint64_t{1} << 62U;
// A commit that no write happened to note is noted on its own after this long.
inline constexpr Tick flush_after = 1'000'000;

// A part that sends pulses and has timers.
class Part {
 public:
  Part() = default;
  Part(const Part&) = delete;
  Part& operator=(const Part&) = delete;
  virtual ~Part() = default;

  // What became of a pulse that this part posted; null: it failed.
  virtual void sent(PulseId id, const Reply* reply) = 0;
  virtual void event() = 0;  // timers that are due at moment().now
  [[nodiscard]] virtual Tick next_event() const = 0;
  virtual void pull() {}  // the host pulls: post what should go out now
  virtual void supplied(std::uint64_t /*want*/, std::vector<EntryPtr>&& /*entries*/) {}
};

class Chamber {
 public:
  Chamber(const Settings& settings, const Recovered& recovered, std::string url, Republic fresh_republic);
  ~Chamber();
  Chamber(const Chamber&) = delete;
  Chamber& operator=(const Chamber&) = delete;

  // ---- Who and when ----------------------------------------------------------------------------------------------
  const Settings settings;
  const Islander self;
  const std::string url;
  const std::uint64_t start_count;
  const Republic fresh_republic;
  Republic republic;
  Random random;
  Moment moment;  // of the present input
  bool started = false;
  bool resigning = false;
  Committed recovered_committed;  // as the store knew it
  Tick flush_at = never;
  Tick writing_since = never;  // the write under way was handed to the host
  bool has_room = true;        // on the disk, but for trims and what must be
  // Every input begins here. Time never goes back, whatever the host's clock does.
  void enter(Moment at) {
    if (at.now < moment.now) at.now = moment.now;
    moment = at;
  }

  // ---- The log ---------------------------------------------------------------------------------------------------
  HeldLog log;
  LogState state;  // at log.committed()
  Journal journal;
  std::uint64_t promised = 0;     // highest ballot promised or accepted; durable by journal
  std::uint64_t ballot_seen = 0;  // highest ballot heard of anywhere

  void see_ballot(std::uint64_t ballot) {
    if (ballot > ballot_seen && ballot <= ballot_max) ballot_seen = ballot;
  }
  // Raises `promised`; a candidate or leader of a lower ballot stops.
  void raise_promised(std::uint64_t ballot);
  void append(EntryPtr entry);
  // Takes entries that continue a position the log holds: skips what it has, drops what differs, appends the rest.
  // Malformed (not contiguous): false and nothing is changed.
  [[nodiscard]] bool adopt(const Position& previous, const std::vector<EntryPtr>& entries);
  // Moves committed forward (never back) to a held position and does what follows.
  void commit(const Committed& committed);
  // Latest government in the log, committed or not; null where there is none.
  [[nodiscard]] const Government* last_government() const;
  [[nodiscard]] bool has_government() const { return !state.government.majority.empty(); }
  // The governments whose parliaments count now: the latest known committed one, then every later one in the log.
  [[nodiscard]] std::vector<const Government*> counted_governments() const;
  [[nodiscard]] const Citizen* citizen(const std::string& id) const;  // in any counted government
  // Who can be asked for what we lack, and where: the others of the parliament that we know, the leader that we hear,
  // for that parliament may be long gone, and who let us in last.
  [[nodiscard]] std::vector<std::pair<Islander, std::string>> sources() const;
  void adopt_republic(const Republic& value);
  void checkpoint_if_due();
  // What log state says is trimmed goes from the disk too, where that was not written yet.
  void trim();
  // Log state of a committed promise that we are behind (section 6, Snapshots): the log, if it does not hold that
  // point, is dropped and goes on after it. `counted`: ballot of the leader that counted it.
  void install(LogState&& snapshot, std::uint64_t counted, const std::string& from);
  // Where a snapshot was installed: our log goes on after it, and grows towards the beginning (backfiller). Zero: it
  // holds all that was not trimmed.
  Milestone begins;
  [[nodiscard]] bool lacks_older() const { return lacks_before(begins.last); }
  [[nodiscard]] bool lacks_before(Promise place) const;  // something that nobody trimmed precedes what follows it
  void note_begins(const Milestone& place);
  // What follows a place before this may be missing here.
  [[nodiscard]] Promise floor() const { return std::max(state.trimmed.before, begins.last); }

  // ---- Who leads -------------------------------------------------------------------------------------------------
  Role role = Role::stranger;
  Islander leader;  // whom we hear, or ourselves in office; empty id: none
  std::uint64_t leader_ballot = 0;
  Islander last_leader;   // whom we heard under leader_ballot, also when it is lost
  Tick heard_at = 0;      // when we heard the leader last
  Tick quiet_until = 0;   // after a start: time for a working leader to be heard, before it counts as lost
  Tick reset_at = never;  // when the leader's connection closed, until it is heard again
  void hear_leader(const Islander& who, std::uint64_t ballot);
  void follow_government();
  // For those who have no vote, whom no leader pings: somebody who does says whether there is one.
  void hear_of_leader(bool heard);
  void lose_leader(const char* why);
  [[nodiscard]] bool leader_lost() const;  // for its timeout, or its connection closed a ping interval ago
  [[nodiscard]] Tick leader_lost_at() const;
  // Is it, hears it, or, without a vote, heard of it: who brings us the log says when it is lost.
  [[nodiscard]] bool hears_leader() const {
    return role == Role::leader || (!leader.id.empty() && (!state.government.seated(self.id) || !leader_lost()));
  }
  std::vector<Downstream> census;  // of all citizens, as the leader told it last

  // ---- Outputs ---------------------------------------------------------------------------------------------------
  PulseId post(Part& owner, const Islander& to, const std::string& to_url, Request request, bool urgent,
               Ticket after = 0);
  void answer(RequestId id, Answer answer, Ticket after = 0);
  std::uint64_t want(Part& owner, Promise after, Promise upto, std::size_t bytes_max, bool newest = false);
  void note(const char* name, bool important, std::vector<std::pair<const char*, std::string>> facts);
  void halt(Errc code, std::string what);
  // The disk takes no more entries, or does not answer (protocol section 3, Liveness is not the disk's).
  [[nodiscard]] bool disk_stalled() const;
  [[nodiscard]] bool disk_ill() const { return !has_room || disk_stalled(); }
  [[nodiscard]] Report report(bool with_downstream) const;

  std::deque<Pulse> urgent;
  std::deque<Pulse> bulk;
  std::deque<std::pair<Ticket, Pulse>> pulses_held;  // wait for the disk, in order of tickets
  std::deque<Response> responses;
  std::deque<std::pair<Ticket, Response>> responses_held;
  std::deque<Want> wants;
  std::map<PulseId, Part*> owners;  // of pulses under way
  std::map<std::uint64_t, Part*> want_owners;
  std::vector<EntryPtr> newly_committed;
  std::vector<Appended> appended;
  std::vector<ReadReady> reads;
  std::vector<Operated> operated;
  std::vector<Event> events;
  std::optional<Error> halted;

  // ---- Its state (chamber_state.hpp) -------------------------------------------------------------------------------
  // What it was made of, and never changes; and all the rest, its parts' included.
  template <class Archive>
  void origins(Archive& a);
  template <class Archive>
  void members(Archive& a);

  // ---- Parts -----------------------------------------------------------------------------------------------------
  std::unique_ptr<Founder> founder;
  std::unique_ptr<Recorder> recorder;
  std::unique_ptr<Proposer> proposer;
  std::unique_ptr<Writer> writer;
  std::unique_ptr<Reader> reader;
  std::unique_ptr<Forwarder> forwarder;
  std::unique_ptr<Librarian> librarian;
  std::unique_ptr<Clerk> clerk;
  std::unique_ptr<Envoy> envoy;
  std::unique_ptr<Judge> judge;
  std::unique_ptr<Trimmer> trimmer;
  std::unique_ptr<StateTransfer> state_transfer;
  std::unique_ptr<Backfiller> backfiller;
  std::vector<Part*> parts;  // all of them, in the order in which they are asked

 private:
  void checkpoint();
  void follow_commit(bool governed);

  PulseId next_pulse_ = 1;
  std::uint64_t next_want_ = 1;
  Promise checkpoint_at_;
  Promise trim_written_;  // below it everything is gone from the disk, or goes with what is pending
  std::size_t bytes_since_checkpoint_ = 0;
  std::uint64_t entries_since_checkpoint_ = 0;
  std::set<std::uint64_t> segments_noted_;  // of the key table, by number
};

// The names under which small things are noted in the store.
namespace notes {
inline constexpr const char* republic = "republic";
inline constexpr const char* founder = "founder";
inline constexpr const char* checkpoint = "checkpoint";
inline constexpr const char* begins = "begins";
inline constexpr const char* segment_prefix = "keys/";  // and the number, 16 hex digits: full segments of the key table
}  // namespace notes

}  // namespace hansard
