// tests/worlds/islander.hpp - one islander of a small world as a value, and what becomes of it by one step.
//
// A state at rest is the disk, the write under way, and what the real Legislator holds in memory, as bytes. Each state
// and each content of a message is kept once and called by its number; what a step makes of a state is worked out once
// by the real Legislator and then looked up, for in a world the same islander meets the same message again and again.
#pragma once

#include "government/legislator.hpp"
#include "government/shaper.hpp"

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace hansard::worlds {

using LocalId = std::uint32_t;
using ContentId = std::uint32_t;

struct Disk {
  std::vector<EntryPtr> entries;
  std::uint64_t promised = 0;
  Committed committed;
  std::map<std::string, std::string, std::less<>> notes;
  std::uint64_t start = 1;
};

struct Local {
  std::uint8_t who = 0;
  Disk disk;
  std::optional<Write> writing;  // handed to the disk
  std::string memory;            // Chamber::members()
  // Looks.
  std::uint64_t pulses = 0;    // it waits for: 1 .. pulses
  std::uint64_t requests = 0;  // being answered: 1 .. requests
  Role role = Role::recorder;
  std::uint64_t promised = 0;
  bool established = false;
  bool busy = false;                // a write is under way
  std::vector<EntryPtr> log;        // as in memory
  std::size_t committed = 0;        // how many of them
  std::uint64_t counted = 0;        // ballot of the leader that counted the last of those
  std::vector<std::uint8_t> fiats;  // those of the world that its leader may write now
  [[nodiscard]] bool leads() const { return role == Role::leader; }
};

enum class Do : std::uint8_t {
  request,      // `from`, `content`: a pulse arrives
  answer,       // `pulse`, `content`: its answer arrives
  fail,         // `pulse`: nobody answered
  persisted,    // the disk is done
  run,          // for office, as if nominated
  append,       // `content`: the number of the append
  tick,         // the leader's ping timer
  fiat,         // `content`: which of the world's
  crash,        // and restart: the write under way is lost
  crash_late,   // the same, but the write under way was done
  crash_ahead,  // planted bug r: of the write under way only `committed` was done
};

struct Input {
  Do what = Do::request;
  std::uint8_t from = 0;
  std::uint8_t pulse = 0;
  std::uint32_t content = 0;
};

struct Step {
  struct Sent {
    std::uint8_t to = 0;
    std::uint8_t pulse = 0;
    ContentId content = 0;
  };
  struct Answered {
    std::uint8_t request = 0;  // as it was called before this step; the new one: one more
    ContentId content = 0;
  };
  struct Acknowledged {
    std::uint64_t append = 0;
    Promise at;
  };
  LocalId after = 0;
  std::vector<std::uint8_t> pulses;    // [old] = new; 0: nobody waits for it
  std::vector<std::uint8_t> requests;  // [old] = new; 0: answered, or never to be
  std::vector<Sent> sent;
  std::vector<Answered> answered;
  std::vector<Acknowledged> acknowledged;
  std::string fault;  // an assertion failed, or it halts
};

// How a world's islanders are made, and what the steps may do.
struct Rules {
  std::vector<std::string> ids;
  Government founded;                // what every disk holds, known committed
  std::vector<std::string> fiats;    // "swap c d", "seats 3: a b | c", ...: see islander.cpp
  std::string disks_wait = "abcde";  // whose writes are a step of their own; all others' are done at once
  bool forgets_committed = true;     // it is never found on the disk again
  bool split_pulses = false;         // one entry in each
  std::size_t pulses_in_flight = 1;
};

class Islanders {
 public:
  explicit Islanders(Rules rules);

  [[nodiscard]] const Rules& rules() const { return rules_; }
  [[nodiscard]] Step first(std::uint8_t who);  // it has just started, with the founding on its disk
  [[nodiscard]] const Local& at(LocalId id) const { return locals_[id]; }
  [[nodiscard]] const Step& step(LocalId before, const Input& input);
  [[nodiscard]] const Request& request(ContentId id) const { return contents_[id].request; }
  [[nodiscard]] const Answer& answer(ContentId id) const { return contents_[id].answer; }
  [[nodiscard]] std::size_t count() const { return locals_.size(); }
  [[nodiscard]] std::size_t steps() const { return steps_.size(); }
  [[nodiscard]] std::size_t contents() const { return contents_.size(); }
  [[nodiscard]] Islander islander(std::uint8_t who) const;
  [[nodiscard]] std::uint8_t index(const std::string& id) const;
  // The real thing, to go on with elsewhere.
  [[nodiscard]] std::unique_ptr<Legislator> legislator(LocalId id, const Settings& settings) const;
  [[nodiscard]] const Settings& settings() const { return settings_; }

 private:
  struct Content {
    Request request;
    Answer answer;
  };
  struct Key {
    std::uint64_t high = 0;
    std::uint64_t low = 0;
    friend bool operator==(const Key&, const Key&) = default;
  };
  struct Hash {
    std::size_t operator()(const Key& key) const {
      return static_cast<std::size_t>((key.high * 0x9E3779B97F4A7C15U) ^ (key.low * 0xC2B2AE3D27D4EB4FU) ^
                                      key.low >> 29U);
    }
  };

  [[nodiscard]] Step work_out(LocalId before, const Input& input);
  [[nodiscard]] std::unique_ptr<Legislator> start(std::uint8_t who, const Disk& disk) const;
  void apply(Disk& disk, const Write& write) const;
  // Pulls all outputs, and comes to rest.
  void rest(Legislator& legislator, Local& local, std::uint64_t pulses_before, std::uint64_t requests_before,
            Step& step);
  [[nodiscard]] LocalId keep(Local local);
  [[nodiscard]] ContentId keep(const Request& request);
  [[nodiscard]] ContentId keep(const Answer& answer);
  [[nodiscard]] std::optional<Change> fiat(const Government& current, std::size_t number) const;

  Rules rules_;
  Settings settings_;
  EntryPtr founding_;
  std::deque<Local> locals_;
  std::unordered_map<Key, LocalId, Hash> local_ids_;
  std::deque<Content> contents_;
  std::unordered_map<Key, ContentId, Hash> content_ids_;
  std::deque<Step> steps_;
  std::unordered_map<Key, std::uint32_t, Hash> step_ids_;
};

}  // namespace hansard::worlds
