// tests/scenarios/stage.hpp - Stage: an island of real Legislators on which nothing moves but by the script's word.
//
// Every pulse and every answer is held until it is delivered, lost or failed; every write until its disk finishes,
// unless that disk is quick; every islander has a clock of its own that stands still. No randomness but the core's own
// seeded delays. Every message goes through the codec. After every input the stage looks at what must always hold
// (protocol section 9): agreement, one leader per ballot, log matching on the disks, an acknowledged entry on f+1
// disks, reads, log state as the decided log says.
//
// The bugs that can be planted: stage_planted.cpp.
#pragma once

#include "government/legislator.hpp"
#include "government/log_state.hpp"
#include "log/memory_store.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace hansard::scenarios {

// Something expected is not so, or a step of the script cannot be taken.
struct Unmet : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// One line for people, and for a script to choose by: "ballot 5, previous 4/0@4, entries 5/0@5, committed 4/0@4".
[[nodiscard]] std::string describe(const Request& request);
[[nodiscard]] std::string describe(const Answer& answer);
// "4/0@4 5/0@5 5/1@5=foo": client entries with their bodies, those of a batch as foo+bar.
[[nodiscard]] std::string describe(const std::vector<EntryPtr>& entries);
[[nodiscard]] std::string bodies_of(const Entry& entry);  // "foo", "foo+bar"

struct Held {  // a pulse on its way, or its answer
  enum class State : std::uint8_t {
    waiting,    // on its way
    delivered,  // its receiver has not answered yet
    answered,   // the answer is on its way
    lost,       // its sender is told when everything flows
  };
  State state = State::waiting;
  std::string from;
  std::string to;
  std::uint64_t from_run = 0;
  PulseId id = 0;
  bool copy = false;  // nobody waits for its answer
  Islander sender;
  Islander addressed;
  std::string request_bytes;
  Request request;
  std::string answer_bytes;
  std::string kind;  // of the request, then of the answer
  std::string what;  // describe()
  Islander answerer;
};

class Stage {
 public:
  explicit Stage(std::set<std::string> planted = {});
  ~Stage();

  // ---- Who there is ----------------------------------------------------------------------------------------------
  // Every citizen's disk holds this founding government, known committed, and nothing else.
  void island(Government founded, const Position& at);
  void split_pulses() { settings_.pulse_bytes = 1; }            // one entry in each; before anybody starts
  void forget_committed() { forgets_committed_ = true; }        // it is written lazily, and may be lost
  void founds(const std::string& id, const std::string& list);  // a stranger with a founding list
  void joins(const std::string& id, const std::string& through);
  void crash(const std::string& id);
  void restart(const std::string& id);
  void wipe(const std::string& id);  // crash; its directory is gone

  // ---- What an islander is made to do ----------------------------------------------------------------------------
  void run(const std::string& id, std::optional<std::uint64_t> ballot);  // for office, as if nominated
  void append(const std::string& id, const std::string& label, Submission submission);
  void give_up(const std::string& id, const std::string& body);
  void read(const std::string& id, const std::string& label);
  void operate(const std::string& id, Operation operation, const std::string& label);
  void disconnect(const std::string& id, const std::string& from);

  // ---- Network and disks: the oldest pulse or answer of that kind whose description holds `with` -----------------
  void deliver(const std::string& kind, const std::string& from, const std::string& to, const std::string& with);
  void lose(const std::string& kind, const std::string& from, const std::string& to, const std::string& with);
  void fail(const std::string& kind, const std::string& from, const std::string& to, const std::string& with);
  void copy(const std::string& kind, const std::string& from, const std::string& to, const std::string& with);
  // There and back, disks included.
  void exchange(const std::string& kind, const std::string& from, const std::string& to, const std::string& with);
  enum class DiskMode : std::uint8_t { held, quick, stalled };  // stalled: everything else flows, this does not
  void disk(const std::string& id, DiskMode mode);
  void disks(DiskMode mode);
  void finish(const std::string& id);  // the write under way
  void pass(Tick duration, const std::set<std::string>& among);
  // All that is held moves, in the order in which it was sent, until it is quiet; lost pulses fail.
  void flow(const std::set<std::string>& among, Tick duration);

  // ---- Looks -----------------------------------------------------------------------------------------------------
  [[nodiscard]] bool knows(const std::string& id) const { return ones_.contains(id); }
  [[nodiscard]] std::set<std::string> everybody() const;
  [[nodiscard]] bool up(const std::string& id);
  [[nodiscard]] Legislator& at(const std::string& id);
  [[nodiscard]] bool waits(const std::string& kind, const std::string& from, const std::string& to,
                           const std::string& with) const;
  [[nodiscard]] const std::vector<EntryPtr>& disk_of(const std::string& id) { return one(id).durable; }
  [[nodiscard]] std::optional<Position> committed_of(const std::string& id);
  [[nodiscard]] bool stepped_down(const std::string& id) { return one(id).stepped_down; }
  [[nodiscard]] bool writing(const std::string& id) { return one(id).writing; }
  [[nodiscard]] const Event* told(const std::string& id, const std::string& event);  // the newest of that name
  [[nodiscard]] std::optional<std::string> halted(const std::string& id) { return one(id).halt; }
  void excuse_halt(const std::string& id) { one(id).halt_is_expected = true; }
  struct Outcome {
    std::string who;
    std::string text;  // empty: still open
    std::string body;  // of an append, as describe() has it
  };
  [[nodiscard]] const Outcome* outcome(const std::string& label) const;
  [[nodiscard]] std::string waiting() const;   // every pulse and answer that is held, a line each
  [[nodiscard]] std::string everyone() const;  // how each islander stands, a line each
  std::vector<std::string> news;               // what happened since somebody took it

 private:
  struct One {
    std::string id;
    std::string url;
    Cookie cookie;
    std::uint64_t lives = 1;
    MemoryDisk disk;
    std::unique_ptr<Store> store;
    std::unique_ptr<Legislator> legislator;
    std::uint64_t run = 0;
    DiskMode mode = DiskMode::held;
    bool writing = false;
    Write write;
    Tick now = 10'000'000;
    std::vector<EntryPtr> durable;
    Promise floor;  // the newest that a trim or a snapshot took from the disk
    std::vector<EntryPtr> committed;
    Promise committed_in_this_run;
    std::optional<Promise> state_looked_at;
    std::vector<Event> events;
    bool stepped_down = false;
    std::optional<std::string> halt;
    bool halt_is_expected = false;
    std::vector<Listed> list;
    std::vector<std::string> urls;
    std::map<std::uint64_t, std::string> tokens;  // appends, reads and operations -> label
    std::uint64_t promised = 0;                   // as written, where a planted bug forgets it
  };

  [[nodiscard]] One& one(const std::string& id);
  One& create(const std::string& id);
  void open(One& one);
  void input(One& one);         // the host's loop, after any input
  void take_outputs(One& one);  // pulses and answers
  bool pump(One& one);
  void look(One& one);
  void look_at_committed(One& one, const EntryPtr& entry);
  void look_at_appended(One& one, const Appended& appended);
  void look_at_state(One& one);
  void look_at_disks();
  void finish(One& one);
  bool flow_once(const std::set<std::string>& among);
  void check_acknowledged(Promise acknowledged);
  [[nodiscard]] Moment moment(const One& one) const;
  using Number = std::uint64_t;  // of a pulse, in the order of sending
  [[nodiscard]] Number find(const std::string& kind, const std::string& from, const std::string& to,
                            const std::string& with) const;
  void deliver(Number number);
  void deliver_answer(Number number);
  void fail(Number number);
  [[nodiscard]] One* addressee(const Held& held);
  [[noreturn]] void violated(const std::string& what) const;

  void plant_in_core();
  [[nodiscard]] bool planted(const char* bug) const { return planted_.contains(bug); }
  void plant_in_request(One& to, Held& held, Request& request);
  void plant_after_request(One& to, const Held& held, const Request& request);
  void plant_in_office(One& one);
  void plant_in_write(One& one) const;
  void plant_in_answer(const One& one, const Held& held, Answer& answer) const;
  void plant_in_reply(const One& one, const Held& held, PulseId& id, Islander& from, Answer& answer);

  std::set<std::string> planted_;
  Settings settings_;
  DiskMode mode_ = DiskMode::held;
  std::map<std::string, std::unique_ptr<One>> ones_;
  std::map<Number, Held> held_;
  Number next_number_ = 1;
  std::map<RequestId, Number> requests_;  // being answered
  RequestId next_request_ = 1;
  std::uint64_t next_token_ = 1;
  std::map<std::string, Outcome> outcomes_;
  std::map<std::string, Promise> read_floor_;
  Promise acknowledged_;
  bool forgets_committed_ = false;
  std::map<Promise, EntryPtr> decided_;
  std::map<Promise, LogState> states_;  // after each of them
  std::map<std::uint64_t, std::string> leaders_;
  std::map<std::pair<Promise, std::uint64_t>, Chain> chains_;
};

}  // namespace hansard::scenarios
