// tests/government/network.hpp - whole islands of the real Legislator in one thread, step by step, by seed.
//
// Time, network and disks are simulated: messages are delayed, lost, doubled and reordered, islanders crash (forgetting
// what was not durable), restart and freeze. After every step the invariants of protocol section 9 are checked; the
// first one that does not hold throws Violation with the seed. Messages really go through the codec.
#pragma once

#include "government/legislator.hpp"
#include "government/random.hpp"
#include "log/memory_store.hpp"

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <queue>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

namespace hansard::testing {

struct Violation : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct Faults {
  std::uint64_t lose_percent = 0;    // a message, on the way there or back
  std::uint64_t double_percent = 0;  // a request is delivered twice
  Tick delay_min = 100;              // one way, microseconds
  Tick delay_max = 2'000;
  Tick slow_percent = 0;  // of messages take up to 100 times delay_max
  Tick sync_min = 50;
  Tick sync_max = 5'000;
  std::uint64_t crash_per_million = 0;  // chance per step that somebody crashes
  std::uint64_t freeze_per_million = 0;
  std::uint64_t cut_per_million = 0;  // a pair is cut off from each other for a while
  std::size_t down_max = 1;           // crashed or frozen at a time
};

// Bugs planted to show that the checks catch them; the letters are those of protocol section 10.
struct Planted {
  bool answer_before_disk = false;  // a: the host says persisted() when the write is handed over
  bool forget_promised = false;     // f: `promised` is written only as far as entries and `committed` tell it
  bool forget_start = false;        // i: a restart is given the start of the run before
  bool forget_founder = false;      // y: the promise to one founder is not written
  bool keep_cookie = false;         // e: a wiped islander keeps its cookie
  bool received_names_end = false;  // m: `received` names the end of the log
  bool rounds_run_ahead = false;    // h: any answer confirms the leader's office for ever
  bool relays_count = false;        // x: whatever a representative brings counts as hearing the leader
};

class Network {
 public:
  Network(std::uint64_t seed, std::size_t islanders, Faults faults = {}, Settings settings = {});
  ~Network();

  void start_all();                        // all found together
  void add_joiner(const std::string& id);  // one more, joining through the others
  void step();                             // one event
  // Steps until the condition holds; Violation where `patience` of simulated time passes first.
  void until(const std::function<bool()>& condition, Tick patience, const std::string& what);
  void run_for(Tick duration);

  void append_at(std::size_t who, std::size_t items = 1);
  void read_at(std::size_t who);
  void random_traffic(std::uint64_t percent) { traffic_percent_ = percent; }
  // Asks the leader, where there is one; done: what follows when it says so.
  void operate(const Operation& operation, std::function<void()> done = {});
  void crash(std::size_t who);
  void restart(std::size_t who);
  void wipe(std::size_t who);  // crashes, and its directory is gone
  void freeze(std::size_t who, Tick duration);
  void cut(std::size_t a, std::size_t b, Tick duration);
  void heal();  // no more faults, everybody up
  void planted(Planted bugs) { planted_ = bugs; }
  // Called with each Legislator whose outputs were all pulled; it may put another in its place.
  void at_rest(std::function<void(std::unique_ptr<Legislator>&)> what) { at_rest_ = std::move(what); }
  // Called with each Legislator that recovered, before its first input.
  void on_open(std::function<void(Legislator&)> what) { on_open_ = std::move(what); }
  // At the end: healed, everybody learns everything, an append commits, and nothing acknowledged is missing.
  void check_all_in_the_end();

  [[nodiscard]] std::size_t size() const { return islanders_.size(); }
  [[nodiscard]] Legislator& at(std::size_t who) { return *islanders_[who]->legislator; }
  [[nodiscard]] const std::string& id_of(std::size_t who) const { return islanders_[who]->id; }
  [[nodiscard]] bool up(std::size_t who) const { return islanders_[who]->legislator != nullptr; }
  [[nodiscard]] std::size_t operations_done() const { return operations_done_; }
  [[nodiscard]] std::optional<std::size_t> leader() const;  // in office with the highest ballot
  [[nodiscard]] Tick now() const { return now_; }
  [[nodiscard]] std::uint64_t steps() const { return steps_; }
  [[nodiscard]] std::size_t acknowledged() const { return acknowledged_.size(); }
  [[nodiscard]] std::size_t islander_named(const std::string& id) const;
  [[nodiscard]] const std::vector<std::string>& story() const { return story_; }
  [[nodiscard]] bool told(const std::string& event_name) const;  // did any islander log this event
  [[nodiscard]] std::uint64_t trace_hash() const { return trace_hash_; }

 private:
  struct One {
    std::string id;
    std::string url;
    Cookie cookie;
    MemoryDisk disk;
    std::unique_ptr<Store> store;
    std::unique_ptr<Legislator> legislator;
    std::uint64_t run = 0;  // counts restarts: events of an earlier run are void
    bool writing = false;
    Write write;
    Tick frozen_until = 0;
    std::optional<Tick> timer;
    Promise committed;                                          // newest handed to us
    std::map<Promise, Chain> durable;                           // what its disk holds for sure
    std::map<std::uint64_t, std::size_t> tokens;                // token -> index in appends_
    std::map<std::uint64_t, Promise> reads;                     // token -> what must be seen
    std::map<std::uint64_t, std::function<void()>> operations;  // token -> what follows
    std::map<Promise, Chain> lost;                              // what a disk held that was wiped
    bool was_wiped = false;
    std::uint64_t promised = 0;  // as written, where `promised` is forgotten
  };
  struct Happening {
    Tick at = 0;
    std::uint64_t order = 0;
    std::function<void()> what;
    bool operator>(const Happening& other) const { return at != other.at ? at > other.at : order > other.order; }
  };
  struct Append {
    std::string body;
    std::size_t items = 1;
    std::uint64_t sent_step = 0;
  };
  struct Acknowledged {
    std::size_t append = 0;
    Promise first;
    Promise last;
    std::uint64_t step = 0;
  };

  [[nodiscard]] Moment moment(std::size_t who) const;
  void later(Tick delay, std::function<void()> what);
  void on(std::size_t who, std::uint64_t run, std::function<void()> what);  // unless it crashed; after it thaws
  void open(std::size_t who);
  void begin(std::size_t who);
  void pump(std::size_t who);
  void send(std::size_t from, Pulse pulse);
  void look(std::size_t who);  // invariants
  void made_durable(std::size_t who, const Write& write);
  void check_durable(Promise acknowledged);
  void fault();
  // Of planted bugs, in network_planted.cpp.
  void plant_in_write(One& one);
  void plant_in_answer(const One& one, Answer& answer) const;
  void plant_at_arrival(std::size_t who, const Request& request);
  [[nodiscard]] std::optional<std::size_t> find(const Islander& to, const std::string& url) const;
  [[nodiscard]] bool connected(std::size_t a, std::size_t b) const;
  [[nodiscard]] Tick delay();
  [[nodiscard]] bool chance(std::uint64_t percent) { return percent != 0 && random_.below(100) < percent; }
  [[noreturn]] void violated(const std::string& what) const;
  void say(const std::string& line);

  std::uint64_t seed_;
  Random random_;
  Faults faults_;
  Settings settings_;
  Planted planted_;
  Tick now_ = 1'000'000;
  std::uint64_t steps_ = 0;
  std::uint64_t order_ = 0;
  std::uint64_t next_token_ = 1;
  std::uint64_t next_request_ = 1;
  std::uint64_t traffic_percent_ = 0;
  std::size_t operations_done_ = 0;
  std::size_t founders_ = 0;
  std::priority_queue<Happening, std::vector<Happening>, std::greater<>> queue_;
  std::vector<std::unique_ptr<One>> islanders_;
  std::map<std::pair<std::size_t, std::size_t>, Tick> cuts_;
  struct Answerer {
    std::size_t who = 0;
    std::uint64_t run = 0;
    std::function<void(std::string)> take;
  };
  std::map<RequestId, Answerer> answers_;
  struct Outstanding {  // a pulse that its receiver has not answered yet
    std::size_t to = 0;
    std::shared_ptr<bool> answered;
    std::function<void(Tick)> fail;
  };
  std::map<std::uint64_t, Outstanding> outstanding_;

  // What the whole island decided, as everybody sees it.
  std::map<Promise, EntryPtr> decided_;           // by last promise
  std::map<std::string, Promise> bodies_;         // every client item once
  std::map<std::uint64_t, std::string> leaders_;  // ballot -> id
  std::vector<Append> appends_;
  std::vector<Acknowledged> acknowledged_;
  Promise newest_acknowledged_;
  std::vector<std::string> story_;
  std::set<std::string> told_;
  std::uint64_t trace_hash_ = 1469598103934665603ULL;
  std::function<void(std::unique_ptr<Legislator>&)> at_rest_;
  std::function<void(Legislator&)> on_open_;
};

}  // namespace hansard::testing
