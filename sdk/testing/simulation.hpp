// sdk/testing/simulation.hpp - Simulation: whole islands of the shipped islanders in one thread, step by step, by seed.
//
// The Legislator, the Host around it, recovery and admission are those of a process; time, network and disks are
// simulated, and every message goes through the codec. After every step the checker looks (checker.hpp); the first
// thing that does not hold is thrown as a Violation. Same seed and same calls, same story: the hash says so.
//
// An islander's place in the island, its Site, has an id, an address, a disk and a clock; a Process is one run of it.
// Threads: none. Limits: 26 sites found the island; any number join.
#pragma once

#include "government/legislator.hpp"
#include "government/random.hpp"
#include "log/memory_store.hpp"
#include "sdk/testing/checker.hpp"
#include "sdk/testing/faults.hpp"
#include "sdk/testing/planted.hpp"
#include "sdk/testing/schedule.hpp"
#include "sdk/testing/story.hpp"
#include "sdk/testing/wire.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace hansard::testing {

class Process;

struct Site {
  std::string id;
  std::string url;
  std::vector<Listed> list;       // it founds with these, or
  std::vector<std::string> urls;  // it joins through one of these
  std::unique_ptr<MemoryDisk> disk;
  Cookie fresh_cookie;  // of the directory, where it is made
  Checker::Disk directory = 0;
  bool damaged = false;  // a bit on its disk has flipped, and nobody mended it
  bool wiped = false;    // its directory is another than the one it began with
  bool moved = false;    // it is started on a copy of its directory, and the original is gone
  bool silent = false;   // it went down without closing its connections
  std::int64_t wall_offset = 0;
  std::int64_t drift_ppm = 0;
  Tick paused_until = 0;
  Tick stalled_until = 0;           // its disk
  Tick crowded_until = 0;           // there is no room on its disk
  Tick cut_until = 0;               // it is cut off from somebody; for those who count who is hurt
  std::vector<Schedule::Due> held;  // what happens to it once it moves again
  std::uint32_t run = 0;            // of the present process, or of the last one
  std::unique_ptr<Process> process;
};

class Simulation {
 public:
  struct Options {
    std::uint64_t seed = 1;
    std::size_t founders = 3;
    Settings settings;
    Faults faults;
    Bug planted = no_bug;
    std::size_t tail_bytes = std::size_t{1} << 20U;  // of each host
  };
  using Then = std::function<void(const Appended&)>;

  explicit Simulation(const Options& options);
  ~Simulation();
  Simulation(const Simulation&) = delete;
  Simulation& operator=(const Simulation&) = delete;

  // ---- Islanders -----------------------------------------------------------------------------------------------
  void start_all();                               // all found together
  std::size_t add_joiner(const std::string& id);  // one more, joining through the others
  void start(std::size_t who);
  void crash(std::size_t who, bool silent = false);
  void stop(std::size_t who);  // orderly: hands over office, then ends
  void wipe(std::size_t who);  // crashes, and its directory is gone
  // Crashes, and goes on with a copy of its directory, which is refused until somebody says that it moved.
  void copy(std::size_t who);
  void flip_bit(std::size_t who, Promise promise);
  void fail_next_write(std::size_t who);
  void pause(std::size_t who, Tick duration);
  void stall(std::size_t who, Tick duration);
  void crowd(std::size_t who, Tick duration);
  void cut(std::size_t a, std::size_t b, Tick duration);  // both ways; 0: no longer
  void mend();                                            // no more faults; who is down stays so
  void heal();                                            // and everybody up
  // Asks one islander after the other, whoever leads, and gives up after a while.
  void operate(Operation operation, std::function<void()> when_done = {});

  // ---- Clients -------------------------------------------------------------------------------------------------
  // Of that islander; nothing happens where it is down. `then` is told the end, also of a crash.
  void append_at(std::size_t who, std::size_t items = 1, const Then& then = {});
  // As append_at(), for an append that is known already.
  bool send(std::size_t who, Checker::Append append, std::size_t items, Then then, std::uint64_t* ticket = nullptr,
            std::optional<Promise> condition = {}, bool keyed = false);
  Appended give_up(std::size_t who, std::uint64_t ticket, Checker::Append append);
  void read_at(std::size_t who);

  // ---- Time ----------------------------------------------------------------------------------------------------
  void step();
  // Steps until the condition holds; Violation where `patience` passes first.
  void until(const std::function<bool()>& condition, Tick patience, const std::string& what);
  void run_for(Tick duration);
  // Something happens to a run of a site, after a while, unless that is over then.
  void later(std::size_t who, Tick delay, Schedule::Action what);

  // ---- Looks ---------------------------------------------------------------------------------------------------
  [[nodiscard]] std::size_t size() const { return sites_.size(); }
  [[nodiscard]] Site& site(std::size_t who) { return *sites_[who]; }
  [[nodiscard]] bool up(std::size_t who) const { return sites_[who]->process != nullptr; }
  [[nodiscard]] bool moves(std::size_t who) const { return up(who) && sites_[who]->paused_until <= now(); }
  // REQUIRES: up.
  [[nodiscard]] Legislator& at(std::size_t who);
  [[nodiscard]] const std::string& id_of(std::size_t who) const { return sites_[who]->id; }
  [[nodiscard]] std::size_t islander_named(std::string_view id) const;
  [[nodiscard]] std::optional<std::size_t> leader() const;  // up, in office, with the highest ballot
  [[nodiscard]] bool told(std::string_view event_name) const { return told_.contains(event_name); }
  [[nodiscard]] std::size_t operations_done() const { return operations_done_; }
  [[nodiscard]] std::size_t operations_open() const { return operations_open_; }
  // Something is asked, or was given up so lately that it may still be carried out.
  [[nodiscard]] bool operating() const { return operations_open_ > 0 || now() < operating_until_; }
  [[nodiscard]] std::size_t acknowledged() const { return checker_.acknowledgements(); }
  [[nodiscard]] Tick now() const { return schedule_.now(); }
  [[nodiscard]] std::uint64_t steps() const { return steps_; }
  [[nodiscard]] std::uint64_t inputs() const { return inputs_; }
  [[nodiscard]] std::uint64_t seed() const { return options_.seed; }
  [[nodiscard]] bool planted(Bug bug) const { return options_.planted == bug; }
  [[nodiscard]] std::string standing() const;  // of all islanders, a line each, for a failure

  [[nodiscard]] const Settings& settings() const { return options_.settings; }
  [[nodiscard]] Faults& faults() { return options_.faults; }
  [[nodiscard]] Random& chance() { return chance_; }
  [[nodiscard]] Schedule& schedule() { return schedule_; }
  [[nodiscard]] Story& story() { return story_; }
  [[nodiscard]] Checker& checker() { return checker_; }
  [[nodiscard]] Wire& wire() { return wire_; }
  [[nodiscard]] Moment moment(std::size_t who) const;
  [[nodiscard]] std::size_t tail_bytes() const { return options_.tail_bytes; }
  void say(const std::string& line) { story_.say(now(), line); }

  // ---- Of processes --------------------------------------------------------------------------------------------
  void count_input(std::size_t who) {
    ++inputs_;
    story_.mix(now() << 8U ^ who);
  }
  void note_told(std::string_view name) {
    if (!told_.contains(name)) told_.emplace(name);
  }
  void on_halt(std::size_t who, const Error& error);
  void on_stopped(std::size_t who);

 private:
  void add_site(const std::string& id);
  void end_process(std::size_t who, bool silent);
  void gate(Schedule::Due due);
  std::optional<std::size_t> next_to_ask();
  void operation_ended();
  void tell_room(std::size_t who);

  Options options_;
  Random chance_;
  Schedule schedule_;
  Story story_;
  Checker checker_;
  Wire wire_;
  std::vector<std::unique_ptr<Site>> sites_;
  std::vector<std::unique_ptr<Process>> ended_;  // kept until nothing of theirs is on the stack
  std::set<std::string, std::less<>> told_;
  std::size_t founders_;
  std::size_t operations_done_ = 0;
  std::size_t operations_open_ = 0;
  std::size_t asked_last_ = 0;
  Tick operating_until_ = 0;
  std::uint64_t cookies_ = 0;
  std::uint64_t steps_ = 0;
  std::uint64_t inputs_ = 0;
};

}  // namespace hansard::testing
