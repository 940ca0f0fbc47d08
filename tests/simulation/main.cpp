// hansard_simulate - runs seeds of the simulator (sdk/testing) until one fails or enough are run; see docs/testing.md.
#include "sdk/testing/plan.hpp"
#include "sdk/testing/planted.hpp"
#include "sdk/testing/trial.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <map>
#include <random>
#include <string>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

namespace {

using namespace hansard::testing;
using Clock = std::chrono::steady_clock;

struct Options {
  std::uint64_t seed = 0;
  std::uint64_t first_seed = 1;
  std::uint64_t seeds = 100;
  double seconds = 0;
  unsigned jobs = 1;
  std::string plant;
  std::string kind;
  bool one = false;
  bool trace = false;
  bool profile = false;
  bool keep_going = false;
};

struct Sums {
  std::uint64_t seeds = 0;
  std::uint64_t inputs = 0;
  std::uint64_t steps = 0;
  std::uint64_t simulated = 0;  // microseconds
  std::uint64_t acknowledged = 0;
  std::uint64_t elections = 0;
  std::uint64_t governments = 0;
  std::uint64_t failures = 0;
  std::uint64_t nanoseconds = 0;  // all runs, one core

  void add(const Trial& trial) {
    ++seeds;
    inputs += trial.inputs;
    steps += trial.step;
    simulated += trial.simulated;
    acknowledged += trial.acknowledged;
    elections += trial.elections;
    governments += trial.governments;
  }
  void add(const Sums& other) {
    seeds += other.seeds;
    inputs += other.inputs;
    steps += other.steps;
    simulated += other.simulated;
    acknowledged += other.acknowledged;
    elections += other.elections;
    governments += other.governments;
    failures += other.failures;
    nanoseconds += other.nanoseconds;
  }
};

std::array<char, 256> abort_note{};

// An assertion of the core stops the process; it should be said under which seed.
extern "C" void on_abort(int signal) {
  const std::string_view note(abort_note.data());
  static_cast<void>(!::write(STDERR_FILENO, note.data(), note.size()));
  std::signal(signal, SIG_DFL);
}

void note_seed(std::uint64_t seed, Bug planted) {
  std::string note =
      "  seed " + std::to_string(seed) + "\n  to repeat it: hansard_simulate --trace --seed " + std::to_string(seed);
  if (planted != no_bug) note += " --plant " + std::string(name_of(planted));
  note += "\n";
  std::copy_n(note.c_str(), std::min(note.size() + 1, abort_note.size()), abort_note.begin());
}

void print(const Sums& sums) {
  const double seconds = static_cast<double>(sums.nanoseconds) / 1e9;
  // Every seed is run twice.
  const double speed = seconds > 0 ? 2 * static_cast<double>(sums.inputs) / seconds : 0;
  std::printf(
      "%llu seeds, %llu failures: %llu steps, %llu legislator inputs, %.0f s simulated, %llu appends acknowledged, "
      "%llu elections, %llu governments; %.1f s of one core (each seed twice), %.0f inputs/s per core\n",
      static_cast<unsigned long long>(sums.seeds), static_cast<unsigned long long>(sums.failures),
      static_cast<unsigned long long>(sums.steps), static_cast<unsigned long long>(sums.inputs),
      static_cast<double>(sums.simulated) / 1e6, static_cast<unsigned long long>(sums.acknowledged),
      static_cast<unsigned long long>(sums.elections), static_cast<unsigned long long>(sums.governments), seconds,
      speed);
}

int trace(const Options& options, Bug planted) {
  note_seed(options.seed, planted);
  const Trial trial = run_plan(draw_plan(options.seed), planted, true, [](const std::string& line) {
    std::fputs((line + "\n").c_str(), stdout);
    std::fflush(stdout);
  });
  if (trial.violation.empty()) {
    std::puts("all was well");
    return 0;
  }
  std::printf("%s\n%s", trial.violation.c_str(), trial.standing.c_str());
  return 1;
}

// Seeds first, first + stride, ... as far as the options say.
Sums run(const Options& options, Bug planted, std::uint64_t first, std::uint64_t stride) {
  Sums sums;
  std::map<std::string, Sums> kinds;
  const auto begun = Clock::now();
  for (std::uint64_t i = 0;; ++i) {
    const std::uint64_t seed = first + i * stride;
    if (options.seconds > 0) {
      if (std::chrono::duration<double>(Clock::now() - begun).count() >= options.seconds) break;
    } else if (seed >= options.first_seed + options.seeds) {
      break;
    }
    const std::string kind = to_string(draw_plan(seed).kind);
    if (!options.kind.empty() && options.kind != kind) continue;
    note_seed(seed, planted);
    Trial trial;
    const std::clock_t before = std::clock();
    const auto report = check_seed(seed, planted, &trial);
    Sums one;
    one.add(trial);
    one.failures = report ? 1 : 0;
    one.nanoseconds = static_cast<std::uint64_t>(std::clock() - before) * (1'000'000'000 / CLOCKS_PER_SEC);
    sums.add(one);
    if (options.profile) kinds[kind].add(one);
    if (report) {
      std::fputs(report->c_str(), stdout);
      std::fflush(stdout);
      if (!options.keep_going) break;
    }
  }
  for (const auto& [kind, of_kind] : kinds) {
    std::printf("%-11s ", kind.c_str());
    print(of_kind);
  }
  std::fflush(stdout);
  return sums;
}

// One process for each job: an assertion of the core ends one of them only, and is a failure, too.
int run_all(const Options& options, Bug planted) {
  std::vector<std::pair<pid_t, int>> children;
  for (unsigned job = 0; job < options.jobs; ++job) {
    std::array<int, 2> ends{};
    if (::pipe(ends.data()) != 0) return 2;
    const pid_t child = ::fork();
    if (child == 0) {
      ::close(ends[0]);
      const Sums sums = run(options, planted, options.first_seed + job, options.jobs);
      const auto written = ::write(ends[1], &sums, sizeof sums);
      ::_exit(written == static_cast<ssize_t>(sizeof sums) && sums.failures == 0 ? 0 : 1);
    }
    ::close(ends[1]);
    children.emplace_back(child, ends[0]);
  }
  Sums sums;
  bool failed = false;
  for (const auto& [child, end] : children) {
    Sums of_one;
    const auto got = ::read(end, &of_one, sizeof of_one);
    if (got == static_cast<ssize_t>(sizeof of_one)) {
      sums.add(of_one);
    } else {
      std::puts("a process ended before it was done");
      ++sums.failures;
    }
    ::close(end);
    int status = 0;
    ::waitpid(child, &status, 0);
    failed = failed || status != 0;
  }
  print(sums);
  return failed ? 1 : 0;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app("Simulates islands by seed, and checks them. Exit: 0 all was well, 1 something did not hold, 2 usage.");
  const auto* seed = app.add_option("--seed", options.seed, "Run this seed only");
  app.add_option("--seeds", options.seeds, "How many seeds to run")->capture_default_str();
  const auto* first = app.add_option("--first-seed", options.first_seed, "The first of them")->capture_default_str();
  app.add_option("--seconds", options.seconds, "Run fresh seeds for so long instead");
  app.add_option("--jobs", options.jobs, "Processes at a time")->check(CLI::Range(1, 256))->capture_default_str();
  app.add_option("--plant", options.plant, "Plant a bug of protocol section 10, by letter or name");
  app.add_option("--kind", options.kind, "Run only seeds of this kind: wide, narrow, membership, founding, disks");
  app.add_flag("--trace", options.trace, "Tell the story (with --seed)");
  app.add_flag("--profile", options.profile, "Tell figures of each kind of seed");
  app.add_flag("--keep-going", options.keep_going, "Do not stop at the first failure");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  options.one = seed->count() > 0;
  Bug planted = no_bug;
  if (!options.plant.empty()) {
    const auto bug = parse_bug(options.plant);
    if (!bug) {
      std::fprintf(stderr, "no bug is known as %s; known are:\n", options.plant.c_str());
      for (const BugName& known : bug_names()) {
        std::fprintf(stderr, "  %c  %-33s %s\n", known.letter, std::string(known.name).c_str(),
                     std::string(known.what).c_str());
      }
      return 2;
    }
    planted = *bug;
    if (!can_plant(planted)) {
      std::fputs("that bug is one of the core, which hansard_simulate_planted has\n", stderr);
      return 2;
    }
  }
  std::signal(SIGABRT, on_abort);
  std::signal(SIGSEGV, on_abort);
  if (options.trace) {
    if (!options.one) {
      std::fputs("--trace wants a --seed\n", stderr);
      return 2;
    }
    return trace(options, planted);
  }
  if (options.one) {
    options.first_seed = options.seed;
    options.seeds = 1;
  } else if (options.seconds > 0 && first->count() == 0) {
    std::random_device entropy;
    options.first_seed = (std::uint64_t{entropy()} << 16U) + 1'000'000;
  }
  if (!options.one) std::printf("seeds from %llu\n", static_cast<unsigned long long>(options.first_seed));
  std::fflush(stdout);
  return run_all(options, planted);
}
