// government/message.hpp - one struct per message. A pulse carries a request, its answer comes back (field: RPC).
//
// | request     | from -> to                         | answer       | protocol |
// | Found       | founder -> those listed            | FoundAnswer  | 5 found  |
// | Embark      | newcomer -> any islander           | EmbarkAnswer | 5 embark |
// | Canvass     | candidate -> parliaments           | CanvassAnswer| 4.1      |
// | Prepare     | candidate -> parliaments           | Promised     | 4.2      |
// | Fetch       | anyone behind -> who holds it      | Fetched      | 4.3      |
// | FetchState  | anyone behind a trim -> who holds it | FetchedState | 6 snapshots |
// | FetchBack   | who lacks what a snapshot left out -> who holds it | Fetched | 6 snapshots |
// | Register    | leader -> parliament               | Received or Rejected | 3 |
// | Ping        | leader -> parliament               | Pong         | 3 pings  |
// | Synchronize | representative -> constituency     | Synchronized | 6        |
// | Forward     | islander -> leader                 | Forwarded    | 3 enqueue|
// | ReadPoint   | islander -> leader                 | ReadPointAnswer | 7     |
// | Nominate    | leader -> member                   | Nominated    | 5 transfer |
// | Operate     | islander -> leader                 | OperateAnswer | 5, 6 trimming |
//
// Encoding: message_codec. Every message bears the republic; the connection bears who it is from and to (id and
// cookie).
#pragma once

#include "government/log_settings.hpp"
#include "log/entry.hpp"
#include "log/identity.hpp"
#include "log/promise.hpp"
#include "log/record.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace hansard {

// Names an islander in a conversation: both parts must match, for an answer to count (protocol section 9.8).
struct Islander {
  std::string id;
  Cookie cookie;

  friend auto operator<=>(const Islander&, const Islander&) = default;
};

// One of a founding list.
struct Listed {
  std::string id;
  std::string url;

  friend bool operator==(const Listed&, const Listed&) = default;
};

// What an islander knows of another: of those below it in the tree, or, told by the leader, of all.
struct Downstream {
  std::string id;
  Promise committed;
  bool reachable = false;
  Promise fetches = {};  // the point of the snapshot that it fetches; 0/0: none

  friend bool operator==(const Downstream&, const Downstream&) = default;
};

// What an islander says of itself in its answers to its leader or representative.
struct Report {
  Committed committed;
  Position durable;          // end of its log on disk
  std::int64_t wall_us = 0;  // its clock
  bool disk_ill = false;     // full, or it does not answer: take its office from it, and give it none
  std::vector<Downstream>
      downstream;        // all below it in the tree (protocol section 6); only in answers to Ping and Synchronize
  Promise fetches = {};  // as Downstream

  friend bool operator==(const Report&, const Report&) = default;
};

struct Found {
  std::vector<Listed> list;
  bool everyone =
      false;  // everyone listed answers and none has a government: a promise to an earlier cookie may pass on
};
struct FoundAnswer {
  bool same_list = false;  // the same ids and urls in the same order
  bool granted = false;    // promised to the asking id and cookie
  bool has_government = false;
  Republic republic;     // where it has a government
  Islander promised_to;  // where it is promised at all
  std::string url;
};

struct Embark {
  std::string url;  // the newcomer's; id and cookie are the connection's
  std::map<std::string, std::string, std::less<>> properties;
};
struct EmbarkAnswer {
  enum class Verdict : std::uint8_t { welcome = 1, later = 2, refused = 3, ask = 4 };
  Verdict verdict = Verdict::later;  // ask: ask `leader` instead. later: no government, or a change is under way
  Republic republic;
  Listed leader;
  std::string why;
};

struct Canvass {
  std::uint64_t ballot = 0;  // highest ballot the candidate has seen
  Committed committed;
};
struct CanvassAnswer {
  bool lost = false;  // it too has lost the leader
  std::uint64_t promised = 0;
  Committed committed;
};

struct Prepare {
  std::uint64_t ballot = 0;
  Position committed;  // the tail is wanted after this
};
struct Promised {
  bool granted = false;
  std::uint64_t ballot = 0;  // granted: the ballot asked for; else the acceptor's promised
  Committed committed;
  Promise first;               // oldest entry it holds
  Position last;               // end of its log
  std::vector<EntryPtr> tail;  // entries after the candidate's committed; may end before `last` (bytes): Fetch the rest
};

struct Fetch {
  Position after;  // REQUIRES of the answer: continues exactly here
  Promise upto;
};
struct Fetched {
  bool held = false;  // false: it does not hold `after`
  Committed committed;
  Position last;
  std::vector<EntryPtr> entries;
  bool leader_heard = false;            // the answerer is the leader or hears it
  std::vector<Downstream> census = {};  // as the leader told it last
  bool trimmed = false;                 // what follows `after` is trimmed here: FetchState
};

// What ends with `upto`, committed, as much as fits.
struct FetchBack {
  Position upto;
};

// A snapshot of log state, piece by piece: 0 is the state itself, the others are the full segments of its key table.
// Whoever holds a piece of the same snapshot can give it, so a transfer goes on after a cut, or elsewhere.
struct FetchState {
  Position at;  // of the snapshot begun; zero: whatever you have
  std::uint64_t piece = 0;
};
struct FetchedState {
  bool held = false;         // false: not this snapshot (any more): begin anew
  Committed committed;       // the snapshot's point, and the ballot of the leader that counted it
  std::uint64_t pieces = 0;  // how many there are
  std::uint64_t piece = 0;   // which this is
  std::string bytes;
};

struct Register {
  std::uint64_t ballot = 0;
  Promise government;  // of the leader's own government entry or latest fiat
  Position previous;
  std::vector<EntryPtr> entries;  // may be empty: tells how far is committed
  Committed committed;
  Promise minimum;
  std::uint64_t round = 0;  // leadership confirmation, see Ping
};
struct Received {
  std::uint64_t ballot = 0;
  Position last;  // last entry of the pulse, `previous` if it had none; never the end of the log
  std::uint64_t round = 0;
  Report report;
};
struct Rejected {
  std::uint64_t promised = 0;
  Committed committed;
  Position last;  // end of its log
};

struct Ping {
  std::uint64_t ballot = 0;
  Committed committed;  // told, not taken: what is above the receiver's log is none of its business
  Promise minimum;
  std::uint64_t round = 0;              // a round begun after a read came confirms office for it
  std::vector<Downstream> census = {};  // what the leader knows of all citizens; empty: nothing is said of them
};
struct Pong {
  std::uint64_t promised = 0;  // office is confirmed iff the asking ballot >= promised
  std::uint64_t ballot = 0;    // the ballot asked under
  std::uint64_t round = 0;
  Report report;
  Position last;  // end of its log
};

struct Synchronize {
  std::uint64_t counted = 0;  // ballot of the leader that counted the last of `entries` committed
  Position previous;
  std::vector<EntryPtr> entries;  // committed ones
  Promise minimum;
  Promise government;                   // the sender's committed government
  bool leader_heard = false;            // the sender is the leader or hears it
  std::vector<Downstream> census = {};  // as the leader told it last; empty: nothing is said of them
};
struct Synchronized {
  bool held = false;  // false: it does not hold `previous`; go on after `committed`
  Committed committed;
  Report report;
};

// An append on its way to the leader.
struct Submission {
  struct Body {
    std::string content_type;  // empty: application/octet-stream
    std::string bytes;
  };
  std::string channel;
  std::string key;
  std::vector<Body> items;  // one, or a batch
  std::optional<Promise> if_match =
      {};  // only where this is the newest client entry; 0/0: only where there never was one
  [[nodiscard]] std::size_t heft() const;
};

// Why an append was not made. Judged by the leader against its whole log (protocol section 3, Conditions).
enum class Objection : std::uint8_t {
  none = 0,
  too_large = 1,    // an item is over the log's max_entry_bytes
  key_reused = 2,   // its key was used lately, with another body
  keys_full = 3,    // the log remembers as many keys as it may
  not_matched = 4,  // another entry is the newest
  disk_full = 5,    // too few disks of the parliament have room, and answer
};
[[nodiscard]] const char* to_string(Objection objection);

// What became of a number that is not in the log and never will be.
struct Judgment {
  std::uint64_t sequence = 0;
  Objection objection =
      Objection::none;  // none: its key was used lately with the same body, by the append at first..last
  Promise first;
  Promise last;  // not_matched: first and last are the newest client entry's promise

  friend bool operator==(const Judgment&, const Judgment&) = default;
};

struct Forward {
  std::uint64_t ballot = 0;  // of the leader it is meant for
  Promise arrived;           // of the forwarding islander
  std::uint64_t start = 0;
  struct Numbered {
    std::uint64_t sequence = 0;
    std::uint64_t after = 0;  // the one before that is not known refused; 0: none
    std::shared_ptr<const Submission> submission;
  };
  std::vector<Numbered> appends;  // sequences increase
  std::uint64_t open_from = 0;    // the outcomes of all numbers before this are known to the sender
};
struct Forwarded {
  enum class Verdict : std::uint8_t { taken = 1, not_leader = 2, full = 3, stranger = 4 };
  Verdict verdict = Verdict::not_leader;
  std::uint64_t ballot = 0;  // the ballot asked under
  std::uint64_t upto = 0;  // newest sequence of this start that is in the leader's log or refused: send again after it
  std::vector<Judgment> judgments;  // final; in order of sequence
};

struct ReadPoint {
  std::uint64_t ballot = 0;
};
struct ReadPointAnswer {
  bool confirmed = false;
  Promise committed;
};

struct Nominate {
  std::uint64_t ballot = 0;  // of the leader that hands over
  Position last;             // the nominee should hold this
};
struct Nominated {
  bool runs = false;
};

// What an operator asks of the leader in office. Asked again it does no more than once.
struct Operation {
  enum class What : std::uint8_t { exile, transfer, aim, trim, settings };
  What what = What::exile;
  std::string id = {};              // exile: who departs; transfer: who leads
  std::uint32_t seats = 0;          // aim: how many the parliament should have; 1, 3, 5 or 7
  Promise before = {};              // trim: what goes
  LogSettingsChange settings = {};  // settings: from now on
  Cookie cookie = {};               // exile: of whom is meant; zero: whoever bears the id when the leader is asked
};

struct Operate {
  std::uint64_t ballot = 0;  // of the leader it is meant for
  Operation operation;
};
struct OperateAnswer {
  // open: asked too long ago, and perhaps to be done yet: ask again if it is still wanted. not_leader: ask another.
  enum class Verdict : std::uint8_t { done = 1, refused = 2, open = 3, not_leader = 4 };
  Verdict verdict = Verdict::not_leader;
  Promise at;       // done: whoever holds the log up to here sees it
  std::string why;  // refused
};

[[nodiscard]] const char* to_string(Operation::What what);
[[nodiscard]] const char* to_string(OperateAnswer::Verdict verdict);

using Request = std::variant<Found, Embark, Canvass, Prepare, Fetch, Register, Ping, Synchronize, Forward, ReadPoint,
                             Nominate, FetchState, Operate, FetchBack>;
using Answer = std::variant<FoundAnswer, EmbarkAnswer, CanvassAnswer, Promised, Fetched, Received, Rejected, Pong,
                            Synchronized, Forwarded, ReadPointAnswer, Nominated, FetchedState, OperateAnswer>;

[[nodiscard]] const char* name_of(const Request& request);
[[nodiscard]] const char* name_of(const Answer& answer);

}  // namespace hansard
