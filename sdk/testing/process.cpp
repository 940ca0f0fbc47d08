// sdk/testing/process.cpp - see process.hpp.
#include "sdk/testing/process.hpp"

#include "sdk/event_line.hpp"
#include "sdk/recovery.hpp"
#include "sdk/testing/planting.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace hansard::testing {

namespace {

constexpr std::size_t piece_bytes = std::size_t{1} << 20U;
constexpr std::size_t piece_entries = 1'000;
constexpr Tick stop_patience = 2'000'000;
constexpr Tick stop_look_every = 20'000;

}  // namespace

std::unique_ptr<Process> Process::start(Simulation& simulation, std::size_t who) {
  Site& site = simulation.site(who);
  auto opened = site.disk->open(site.id, site.fresh_cookie, std::exchange(site.moved, false));
  if (!opened) throw Violation("disk: that of " + site.id + " does not open: " + opened.error().what);
  std::unique_ptr<Store> store = plant_in_store(simulation, std::move(*opened));
  const std::uint64_t republic = simulation.seed() * 1'000 + who * 100 + site.run;
  auto core = recover(*store, simulation.settings(), site.url, Republic{1, republic + 1}, simulation.moment(who));
  if (!core) {
    if (!site.damaged) throw Violation("disk: that of " + site.id + " cannot be read: " + core.error().what);
    simulation.say(site.id + ": does not start: " + core.error().what);
    return nullptr;
  }
  return std::unique_ptr<Process>(new Process(simulation, who, std::move(store), std::move(*core)));
}

Process::Process(Simulation& simulation, std::size_t who, std::unique_ptr<Store> store,
                 std::unique_ptr<Legislator> core)
    : sim_(simulation), who_(who), store_(std::move(store)) {
  const Recovered& recovered = store_->recovered();
  seen_ = core->committed();
  decided_ = sim_.checker().started(sim_.id_of(who), seen_);
  const Id128 nonce{sim_.chance().next64(), sim_.chance().next64()};
  sim_.wire().open(who, Speaker{core->self(), core->republic(), recovered.identity.start, nonce}, sim_.site(who).url);
  host_ = std::make_unique<Host>(*this, std::move(core), sim_.tail_bytes());
}

Process::~Process() = default;

void Process::enter() {
  const Site& site = sim_.site(who_);
  if (!site.urls.empty()) {
    host_->core().join(moment(), site.urls);
  } else {
    host_->core().bootstrap(moment(), site.list);
  }
  host_->mark();
}

// ---- What the host wants --------------------------------------------------------------------------

Moment Process::moment() {
  sim_.count_input(who_);
  return sim_.moment(who_);
}

void Process::wake() {
  const Tick delay = sim_.faults().round_max == 0 ? 0 : sim_.chance().below(sim_.faults().round_max + 1);
  sim_.later(who_, delay, [this] {
    host_->round();
    look();
  });
}

void Process::write(const Write* write) {
  writing_ = write;
  const Faults& faults = sim_.faults();
  const Tick now = sim_.now();
  Tick took = faults.sync_min + sim_.chance().below(faults.sync_max - faults.sync_min + 1);
  if (sim_.site(who_).stalled_until > now) took += sim_.site(who_).stalled_until - now;
  plant_before_write(sim_, who_, *store_, *write);
  if (sim_.planted('a')) took = 0;  // It is said of a write that is only handed over.
  sim_.later(who_, took, [this] { finish_write(); });
}

void Process::finish_write() {
  if (dead_) return;
  // A disk that began to stall meanwhile.
  const Tick now = sim_.now();
  if (sim_.site(who_).stalled_until > now && !sim_.planted('a')) {
    return sim_.later(who_, sim_.site(who_).stalled_until - now, [this] { finish_write(); });
  }
  const Write& write = *writing_;
  const std::uint64_t id = write.id;
  if (std::exchange(fail_next_, false)) {
    // What became of it nobody knows until the disk is opened again.
    if (sim_.chance().below(2) == 0) put(write);
    writing_ = nullptr;
    return host_->halt({Errc::no_space, "the disk is full"});
  }
  sim_.story().mix(id * 31 + write.entries.size());
  put(write);
  writing_ = nullptr;
  host_->written(id);
}

void Process::put(const Write& write) {
  Write planted;
  const Write* what = &write;
  const bool forget = sim_.faults().forget_committed && write.committed && !write.trim_before && !write.restart_after;
  if (forget || !sim_.planted(no_bug)) {
    planted = write;
    plant_in_write(sim_, planted);
    if (forget) planted.committed.reset();
    what = &planted;
  }
  const bool cached = sim_.planted('a');
  if (cached) sim_.site(who_).disk->hold_syncs(true);
  if (auto written = store_->write(*what); !written) {
    throw Violation("disk: that of " + sim_.id_of(who_) + " takes no write: " + written.error().what);
  }
  if (!cached) return sim_.checker().wrote(sim_.site(who_).directory, *what);
  cached_.push_back(*what);  // It gets to the disk some time later.
  const Tick after = sim_.faults().sync_min + sim_.chance().below(sim_.faults().sync_max - sim_.faults().sync_min + 1);
  sim_.later(who_, after, [this] {
    for (const Write& written : std::exchange(cached_, {})) sim_.checker().wrote(sim_.site(who_).directory, written);
    sim_.site(who_).disk->sync();
  });
}

void Process::read(const Want& want) {
  const Tick took = sim_.chance().below(sim_.faults().read_max + 1);
  sim_.later(who_, took, [this, want] {
    constexpr std::size_t all = std::numeric_limits<std::size_t>::max();
    auto entries = want.newest ? store_->read_back(want.after, want.upto, want.bytes_max)
                               : store_->read(want.after, want.upto, want.bytes_max, all);
    if (!entries) {
      if (sim_.story().told()) sim_.say(sim_.id_of(who_) + ": cannot read the log: " + entries.error().what);
      if (entries.error().code == Errc::corrupt && !sim_.site(who_).damaged) {
        throw Violation("disk: that of " + sim_.id_of(who_) + ": " + entries.error().what);
      }
    }
    host_->supplied(want.id, entries ? std::move(*entries) : std::vector<EntryPtr>{});
  });
}

void Process::arm(Tick at) {
  const std::uint64_t armed = ++armed_;
  const Tick now = sim_.now();
  const Tick late = sim_.faults().timer_late_max == 0 ? 0 : sim_.chance().below(sim_.faults().timer_late_max + 1);
  sim_.later(who_, (at > now ? at - now : 0) + late, [this, armed] {
    if (armed == armed_) host_->due();
  });
}

// As sdk/log_reader: what is not held is on disk, but while a snapshot is being installed.
Result<std::vector<EntryPtr>> read_disk(const Host& host, Store& store, Promise after, std::size_t bytes_max,
                                        std::size_t count_max) {
  const Tail& tail = host.tail();
  if (tail.detached()) return Error{Errc::trimmed, "a snapshot takes the place of the log"};
  return store.read(after, tail.begins_after(), bytes_max, count_max);
}

// Follows the log as a subscriber would: from memory where held, else from the disk.
void Process::committed() {
  const Tail& tail = host_->tail();
  while (true) {
    auto entries = tail.read(seen_, piece_bytes, piece_entries);
    if (!entries) {
      auto stored = read_disk(*host_, *store_, seen_, piece_bytes, piece_entries);
      if (!stored) {
        if (stored.error().code != Errc::trimmed) {
          if (!sim_.site(who_).damaged) {
            throw Violation("disk: that of " + sim_.id_of(who_) + ": " + stored.error().what);
          }
          // It commits more all the same: on with what memory holds.
          if (!sim_.checker().has_decided(tail.begins_after())) return;
          seen_ = tail.begins_after();
          decided_ = sim_.checker().started(sim_.id_of(who_), seen_);
          continue;
        }
        // On from the oldest there is, on the disk or in memory.
        const auto oldest = read_disk(*host_, *store_, Promise{}, 1, 1);
        seen_ = oldest && !oldest->empty() ? oldest->front()->previous().promise : tail.begins_after();
        decided_ = sim_.checker().started(sim_.id_of(who_), seen_);
        continue;
      }
      if (stored->empty() && seen_ < tail.begins_after()) {
        // Nothing is left before what memory holds: a newcomer to a log that was trimmed (as in sdk/log_reader).
        seen_ = tail.begins_after();
        decided_ = sim_.checker().started(sim_.id_of(who_), seen_);
        continue;
      }
      entries = std::move(*stored);
    }
    if (entries->empty()) return;
    for (const EntryPtr& entry : *entries) {
      if (entry->last() <= seen_) continue;
      sim_.checker().committed(sim_.id_of(who_), decided_, entry);
      seen_ = entry->last();
    }
  }
}

void Process::tell(const Event& event) {
  sim_.note_told(event.name);
  if (sim_.story().told()) sim_.say(sim_.id_of(who_) + ": " + event_line(event));
}

void Process::tell_waiting(const std::string& what) {
  if (sim_.story().told()) sim_.say(sim_.id_of(who_) + (what.empty() ? ": waits no more" : ": waits " + what));
}

void Process::look() {
  if (dead_) return;
  const Legislator& core = host_->core();
  if (core.role() == Role::leader && core.promised() != led_) {
    led_ = core.promised();
    sim_.checker().leads(sim_.id_of(who_), led_, core.government());
  }
}

// ---- The end --------------------------------------------------------------------------------------

void Process::halted(const Error& error) {
  sim_.say(sim_.id_of(who_) + ": stops: " + error.what);
  sim_.on_halt(who_, error);
}

void Process::stop() {
  if (stop_until_ == 0) {
    stop_until_ = sim_.now() + stop_patience;
    host_->resign();
  } else if (sim_.now() >= stop_until_ || host_->stopped() || host_->core().resigned()) {
    return sim_.on_stopped(who_);
  }
  sim_.later(who_, stop_look_every, [this] { stop(); });
}

void Process::die() {
  dead_ = true;
  // The write under way is durable whole, or not at all.
  if (writing_ != nullptr && !sim_.planted('a') && sim_.chance().below(2) == 0) put(*writing_);
  writing_ = nullptr;
  host_->cut("its islander is gone");  // Its clients see their connections close.
  store_.reset();
}

}  // namespace hansard::testing
