// government/legislator.hpp - Legislator: one islander's part in the protocol (field: replica state machine).
//
// Pure and deterministic: no clock, thread, socket, file or random device. Everything that can happen is an input,
// everything it wants is an output that the host pulls. Same inputs and pulls in the same order, same outputs.
//
// The host's loop, after any input:
//   1. while (auto pulse = outbox()) send it;            a later sent() tells what became of it, exactly once
//   2. while (auto response = response()) answer it;     to the request() with that id
//   3. if (auto write = journal()) make it durable;      then persisted(write->id). One at a time: journal() gives
//                                                        nothing while a write is under way, and what gathers
//                                                        meanwhile joins the next one (group commit)
//   4. while (auto want = wanted()) read it from disk;   then supplied()
//   5. take_committed(), take_appended(), take_reads(), take_operated(), take_events(), take_halt()
//   6. call event() at next_event().
// Whatever must not leave the machine before a write is durable is held back by the core itself: what outbox() and
// response() give may be sent at once.
//
// Threads: none. One caller at a time. Ownership: entries are shared and immutable, everything else is copied.
// Protocol: sections 2 to 8 of docs/protocol.md.
#pragma once

#include "government/government.hpp"
#include "government/key_table.hpp"
#include "government/log_settings.hpp"
#include "government/message.hpp"
#include "government/pulse.hpp"
#include "government/settings.hpp"
#include "log/error.hpp"
#include "log/record.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hansard {

enum class Role : std::uint8_t { stranger, recorder, candidate, leader };
[[nodiscard]] const char* to_string(Role role);

// How one append ended. `token` is the one given to enqueue().
struct Appended {
  enum class Outcome : std::uint8_t { committed, not_appended, unknown };
  std::uint64_t token = 0;
  Outcome outcome = Outcome::unknown;
  Promise first;
  Promise last;
  const char* why = "";                   // of not_appended and unknown
  bool replayed = false;                  // committed: by an earlier append with this key
  Objection objection = Objection::none;  // not_appended: the leader refused it; not_matched: `last` is the newest
};

// How one read point ended.
struct ReadReady {
  std::uint64_t token = 0;
  bool confirmed = false;  // false: no quorum confirmed it, or the leader changed; ask again
  Promise point;           // everything up to it is in the local committed log when this is given
};

// How one operation ended. An exile is done when it is settled (until then the leaver must keep its disk), a transfer
// when the other leads, an aim, a trim, settings when they are committed (the parliament then grows or shrinks towards
// the aim).
struct Operated {
  std::uint64_t token = 0;
  bool done = false;
  bool doubtful = false;  // not done as far as is known, but it may have been, or may yet be
  std::string why;        // not done
};

// Entries the core needs from disk.
struct Want {
  std::uint64_t id = 0;
  Promise after;
  Promise upto;
  std::size_t bytes_max = 0;
  bool newest = false;  // as Store::read_back, not as Store::read
};

// A line for operators (S2-40): what happened, with its facts, in the order in which it happened.
struct Event {
  const char* name = "";   // "collapse", "canvass", "chain chosen", "hedge", "swap", "resubmit", ...
  bool important = false;  // worth a line at the default log level
  std::vector<std::pair<const char*, std::string>> facts;
};

struct CitizenStatus {
  std::string id;
  std::string url;
  Promise arrived;
  bool reachable = false;
  Promise committed;
  std::uint64_t lag_entries = 0;  // exact within one government; else as many as it may be
};

// For status pages; a copy.
struct Status {
  Role role = Role::stranger;
  Republic republic;
  Government government;          // latest committed; seats empty of majority where there is none yet
  std::string leader;             // id of the leader this islander hears, or is; empty: none
  bool leader_in_office = false;  // it is this islander, and its government entry is committed
  std::uint64_t promised = 0;
  Promise committed;
  std::uint64_t lag_entries = 0;  // this islander's, as in CitizenStatus
  Position last;
  Promise newest_client;             // 0/0 where the log never had one
  Promise oldest_client;             // oldest retained client entry; 0/0 where none
  std::uint64_t client_entries = 0;  // retained
  std::uint64_t client_bytes = 0;    // bodies retained
  Promise trimmed;                   // everything before it is gone; 0/0: nothing ever was trimmed
  LogSettings settings;
  std::size_t keys = 0;                 // idempotency keys remembered
  std::size_t queued = 0;               // appends of this islander with an open outcome
  std::vector<CitizenStatus> citizens;  // as far as this islander knows
  enum class Disk : std::uint8_t { well, full, stalled };
  Disk disk = Disk::well;
  bool disks_full = false;    // too few disks of the parliament are well: as leader it refuses appends
  Promise backfilling;        // entries up to there that were not trimmed are still on their way here; 0/0: none
  std::string trim_held_for;  // as leader: settings would trim what that islander needs yet; empty: no
  std::string waiting_for;    // empty, or one line: for whom or what it waits
};

class Chamber;
class Tap;

class Legislator {
 public:
  // `fresh_republic`: used where this islander founds an island. `nonce` seeds delays together with cookie and start.
  // `url`: where others reach us.
  Legislator(const Settings& settings, const Recovered& recovered, std::string url, Republic fresh_republic);
  ~Legislator();
  // For restore().
  explicit Legislator(std::unique_ptr<Chamber> chamber);
  Legislator(const Legislator&) = delete;
  Legislator& operator=(const Legislator&) = delete;

  // From now on `tap` is told every input and every output (tap.hpp); null: nobody. It must live as long.
  void tap(Tap* tap) { tap_ = tap; }

  // ---- Recovery: before any other input -------------------------------------------------------------------------
  // Log state is rebuilt from the newest checkpoint and the entries after it, fed oldest first in pieces of any size.
  [[nodiscard]] Promise replay_after() const;
  void replay(std::span<const EntryPtr> entries);
  void start(Moment moment);

  // ---- Inputs ---------------------------------------------------------------------------------------------------
  // One of a founding list (protocol section 5, found); a list of one founds at once. Ignored where there is a
  // government, but for the check that the others listed belong to the same republic.
  void bootstrap(Moment moment, std::vector<Listed> list);
  // Ask an island that stands, at any of these urls, to let us in. Ignored where there is a government.
  void join(Moment moment, std::vector<std::string> urls);
  // An append of this islander's clients. False: the queue is full and nothing happened. Else exactly one Appended will
  // bear `token` (unless given up).
  [[nodiscard]] bool enqueue(Moment moment, Submission submission, std::uint64_t token);
  // The client will wait no longer: what is known now. Never committed. No Appended follows.
  [[nodiscard]] Appended give_up(Moment moment, std::uint64_t token);
  // A linearizable read point; exactly one ReadReady will bear `token`, unless given up.
  void read(Moment moment, std::uint64_t token);
  void give_up_read(std::uint64_t token);
  // An operation (message.hpp); exactly one Operated will bear `token`, unless given up. It is brought to the leader in
  // office, and to the next one, until it is done or refused; what is done shows here then. Given up, it may be done
  // yet, for 3 seconds or so.
  void operate(Moment moment, Operation operation, std::uint64_t token);
  void give_up_operation(std::uint64_t token);
  // A pulse of another islander, from and to as its connection's handshake said.
  void request(Moment moment, RequestId id, const Islander& from, const Republic& republic, Request request);
  // What became of a pulse of ours: nullopt is a failure.
  void sent(Moment moment, PulseId id, std::optional<Reply> reply);
  // The last connection from or to that islander closed, though it may come back: a dead process shows by this.
  void disconnected(Moment moment, const Islander& who);
  void persisted(Moment moment, std::uint64_t write_id);
  // Entries for a Want, oldest first; fewer than wanted is fine, none means they could not be had.
  void supplied(Moment moment, std::uint64_t want_id, std::vector<EntryPtr> entries);
  // A timer is due. REQUIRES nothing: calling early or late is harmless.
  void event(Moment moment);
  // Orderly stop: hand over office, take no more appends. resigned() tells when nothing is left to wait for.
  void resign(Moment moment);
  // The disk has room, or only what is kept in reserve for trims and elections. At first it has.
  void room(Moment moment, bool has_room);
  [[nodiscard]] bool resigned() const;

  // ---- Outputs --------------------------------------------------------------------------------------------------
  [[nodiscard]] std::optional<Pulse> outbox();
  [[nodiscard]] std::optional<Response> response();
  // Null where there is nothing to write or a write is under way. The write stays valid until persisted().
  [[nodiscard]] const Write* journal();
  [[nodiscard]] std::optional<Want> wanted();
  [[nodiscard]] std::vector<EntryPtr> take_committed();  // newly committed, in order, each once in a run
  [[nodiscard]] std::vector<Appended> take_appended();
  [[nodiscard]] std::vector<ReadReady> take_reads();
  [[nodiscard]] std::vector<Operated> take_operated();
  [[nodiscard]] std::vector<Event> take_events();
  [[nodiscard]] std::optional<Error> take_halt();  // the islander must stop with this line (another republic, ...)
  [[nodiscard]] std::optional<Tick> next_event() const;

  // ---- The whole state --------------------------------------------------------------------------------------------
  // Appends all that it knows, so that what is restored from it goes on with the same outputs. REQUIRES: every output
  // is pulled; a write under way stays under way, and its persisted() is still to come. The format is of one build.
  void save(std::string& out) const;
  // Bounded by the bytes; Errc::corrupt where they are malformed, Errc::unsupported where the version is another.
  [[nodiscard]] static Result<std::unique_ptr<Legislator>> restore(std::string_view bytes);
  // The inside, for tests that look at all of it (chamber_state.hpp): no part of the contract.
  [[nodiscard]] Chamber& chamber() { return *chamber_; }

  // ---- Looks ----------------------------------------------------------------------------------------------------
  [[nodiscard]] Status status() const;
  [[nodiscard]] Role role() const;
  [[nodiscard]] std::uint64_t promised() const;  // highest ballot promised or accepted
  [[nodiscard]] Promise committed() const;
  [[nodiscard]] const Islander& self() const;
  [[nodiscard]] Republic republic() const;
  [[nodiscard]] const Government& government() const;  // latest committed; no majority where there is none yet
  [[nodiscard]] const std::string& leader() const;     // as Status::leader
  [[nodiscard]] Promise newest_client() const;
  [[nodiscard]] Promise backfilling() const;              // as Status::backfilling
  [[nodiscard]] const LogSettings& log_settings() const;  // as Status::settings
  // The log on disk is this one up to here. Sinks when entries are dropped, though the disk still holds them.
  [[nodiscard]] Promise durable() const;
  // As of committed(): the append of that idempotency key, or null. Valid until the next input.
  [[nodiscard]] const KeyRow* find_key(std::string_view key) const;
  [[nodiscard]] std::size_t queued() const;

 private:
  std::unique_ptr<Chamber> chamber_;
  Tap* tap_ = nullptr;
};

}  // namespace hansard
