// tests/sdk/trace_writer_test.cpp - a legislator is recorded in real files: rotation, gaps, disks that fail; and each
// file replays.
#include "sdk/trace_writer.hpp"

#include "government/replay.hpp"
#include "sdk/build_id.hpp"
#include "tests/sdk/islands.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <thread>
#include <vector>

namespace hansard {
namespace {

namespace fs = std::filesystem;

const Identity identity{"a", {1, 2}, 1};

// An island of one whose disk is as fast as thought, and the host around it.
class Lone {
 public:
  Lone() : core_(Settings{}, recovered(), "http://a", {3, 4}) {}

  void begin(TraceWriter& trace) {
    trace_ = &trace;
    trace.begin(core_);
    core_.start(moment());
    core_.bootstrap(moment(), {{"a", "http://a"}});
    rounds();
  }

  void append(std::size_t bytes) {
    Submission submission;
    submission.items.push_back({"", std::string(bytes, 'x')});
    REQUIRE(core_.enqueue(moment(), std::move(submission), ++token_));
    rounds();
  }

  void timer() {
    core_.event(moment());
    rounds();
  }

  [[nodiscard]] Legislator& core() { return core_; }
  [[nodiscard]] std::size_t committed() const { return committed_; }

 private:
  static Recovered recovered() {
    Recovered recovered;
    recovered.identity = identity;
    return recovered;
  }

  // Later than the last by more than what is recorded may wait.
  Moment moment() {
    now_ += 60'000;
    return {now_, static_cast<std::int64_t>(1'700'000'000'000'000 + now_)};
  }

  void rounds() {
    while (true) {
      while (core_.outbox()) {
      }
      while (core_.response()) {
      }
      const Write* write = core_.journal();
      const std::uint64_t id = write == nullptr ? 0 : write->id;
      while (core_.wanted()) {
      }
      static_cast<void>(core_.take_events());
      static_cast<void>(core_.next_event());
      CHECK_FALSE(core_.take_halt().has_value());
      committed_ += core_.take_committed().size();
      static_cast<void>(core_.take_appended());
      static_cast<void>(core_.take_operated());
      static_cast<void>(core_.take_reads());
      trace_->rest(core_);
      if (id == 0) return;
      core_.persisted(moment(), id);
    }
  }

  Legislator core_;
  TraceWriter* trace_ = nullptr;
  Tick now_ = 1'000'000;
  std::uint64_t token_ = 0;
  std::size_t committed_ = 0;
};

std::string bytes_of(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::vector<std::string> files_in(const std::string& directory) {
  std::vector<std::string> names;
  for (const auto& file : fs::directory_iterator(directory)) names.push_back(file.path().filename().string());
  std::ranges::sort(names);
  return names;
}

struct Replayed {
  TraceBegin begin;
  std::optional<TraceEnd> end;
  bool is_torn = false;
  std::uint64_t inputs = 0;
  std::string first_state;
  std::string last_state;  // where it did not end torn
};

// REQUIREs that it replays.
Replayed replay(const fs::path& path) {
  CAPTURE(path);
  const std::string bytes = bytes_of(path);
  Result<TraceReader> reader = TraceReader::open(bytes);
  REQUIRE(reader);
  REQUIRE(reader->has_state());
  Replayed replayed;
  replayed.begin = reader->begin();
  replayed.first_state = reader->state();
  auto core = Legislator::restore(reader->state());
  REQUIRE(core);
  Replay replay{std::move(*core), replayed.begin.clock, replayed.begin.hash, replayed.begin.first_input, nullptr};
  while (true) {
    const auto piece = reader->next();
    REQUIRE(piece);
    if (!*piece) break;
    const Result<bool> same = replay.run(**piece);
    REQUIRE(same);
    REQUIRE(*same);
  }
  replayed.end = reader->end();
  replayed.is_torn = reader->is_torn();
  replayed.inputs = replay.inputs();
  if (replayed.end) CHECK(replayed.end->inputs == replayed.inputs);
  if (replayed.end) replay.core().save(replayed.last_state);
  return replayed;
}

std::unique_ptr<TraceWriter> open(const TraceSettings& settings, const loop::Log& log = {}) {
  auto writer = TraceWriter::open(settings, identity, log.logger);
  REQUIRE(writer);
  return std::move(*writer);
}

TraceSettings small(const std::string& directory) {
  TraceSettings settings;
  settings.directory = directory;
  settings.file_bytes = TraceSettings::file_bytes_least;
  return settings;
}

}  // namespace

TEST_CASE("trace writer: what happens stands in one file that replays") {
  const islands::Directory directory;
  auto trace = open(small(directory / "deep/er"));
  Lone lone;
  lone.begin(*trace);
  const std::size_t founded = lone.committed();
  for (int i = 0; i < 20; ++i) lone.append(100);
  CHECK(lone.committed() == founded + 20);
  trace->end(lone.core());
  lone.append(100);  // Not recorded.
  trace.reset();
  CHECK(files_in(directory / "deep/er") == std::vector<std::string>{"a-000001.trace"});
  const Replayed file = replay(directory / "deep/er/a-000001.trace");
  CHECK(file.begin.cause == TraceBegin::Cause::start);
  CHECK(file.begin.build == build_id());
  CHECK(file.begin.identity.id == "a");
  CHECK(file.begin.first_input == 1);
  REQUIRE(file.end.has_value());
  CHECK(file.end->cause == TraceEnd::Cause::stop);
  CHECK(file.inputs >= 42);
  const auto permissions = fs::status(directory / "deep/er/a-000001.trace").permissions();
  CHECK((permissions & (fs::perms::group_all | fs::perms::others_all)) == fs::perms::none);
}

TEST_CASE("trace writer: a run that is killed leaves a torn file that replays") {
  const islands::Directory directory;
  auto trace = open(small(directory / "t"));
  Lone lone;
  lone.begin(*trace);
  for (int i = 0; i < 20; ++i) lone.append(100);
  trace.reset();  // Nobody said end().
  lone.core().tap(nullptr);
  const Replayed file = replay(directory / "t/a-000001.trace");
  CHECK(file.is_torn);
  CHECK(file.inputs >= 40);
}

TEST_CASE("trace writer: files rotate and each begins with the state in which the one before it ends") {
  const islands::Directory directory;
  TraceSettings settings = small(directory / "t");
  settings.files = 4;
  // Others' files, and what only looks like ours.
  const std::vector<std::string> others{"a-00001.trace", "a-000001.tracer", "a-b-000001.trace", "b-000001.trace"};
  fs::create_directories(directory / "t");
  for (const std::string& name : others) std::ofstream(directory / ("t/" + name)) << "x";
  auto trace = open(settings);
  Lone lone;
  lone.begin(*trace);
  for (int i = 0; i < 3'000; ++i) lone.append(500);
  trace->end(lone.core());
  trace.reset();
  std::vector<std::string> names = files_in(directory / "t");
  for (const std::string& name : others) CHECK(std::erase(names, name) == 1);
  REQUIRE(names.size() == 4);
  std::optional<Replayed> before;
  for (const std::string& name : names) {
    const Replayed file = replay(directory / ("t/" + name));
    CHECK(file.begin.cause == TraceBegin::Cause::rotation);
    REQUIRE(file.end.has_value());
    if (before) {
      CHECK(file.begin.file == before->begin.file + 1);
      CHECK(file.begin.first_input == before->begin.first_input + before->inputs);
      CHECK(file.first_state == before->last_state);
      CHECK(before->end->cause == TraceEnd::Cause::rotation);
    }
    const std::size_t size = fs::file_size(directory / ("t/" + name));
    CHECK(size < std::max(settings.file_bytes, 2 * file.first_state.size()) + 4'096);
    before = file;
  }
  CHECK(before->end->cause == TraceEnd::Cause::stop);

  // The next run goes on with the numbers.
  auto again = open(settings);
  Lone other;
  other.begin(*again);
  again->end(other.core());
  again.reset();
  const std::vector<std::string> later = files_in(directory / "t");
  CHECK(later.size() == others.size() + 4);
  CHECK(std::ranges::find(later, names.front()) == later.end());
}

TEST_CASE("trace writer: where the disk does not keep up there is a gap and the next file begins anew") {
  const islands::Directory directory;
  TraceSettings settings = small(directory / "t");
  settings.memory_bytes = 0;  // Whatever waits is too much.
  settings.files = 100;
  auto trace = open(settings);
  Lone lone;
  lone.begin(*trace);
  const std::size_t founded = lone.committed();
  const auto count = [&] { return fs::exists(directory / "t") ? files_in(directory / "t").size() : 0; };
  for (int i = 0; i < 5; ++i) lone.append(100);
  // Once all is written recording goes on, and soon meets its next gap.
  while (count() < 3) {
    lone.timer();
    std::this_thread::yield();
  }
  for (int i = 0; i < 5; ++i) lone.append(100);  // The islander works on, recorded or not.
  CHECK(lone.committed() == founded + 10);
  trace->end(lone.core());
  trace.reset();
  std::size_t gaps = 0;
  const std::vector<std::string> names = files_in(directory / "t");
  for (const std::string& name : names) {
    const Replayed file = replay(directory / ("t/" + name));
    CHECK((file.begin.cause == TraceBegin::Cause::gap) == (name != names.front()));
    REQUIRE(file.end.has_value());
    gaps += file.end->cause == TraceEnd::Cause::gap ? 1U : 0U;
  }
  CHECK(gaps >= 2);
}

TEST_CASE("trace writer: a disk that fails ends the recording with one line and not the islander") {
  const islands::Directory directory;
  const loop::Log log;
  TraceSettings settings = small(directory / "t");
  auto trace = open(settings, log);
  Lone lone;
  lone.begin(*trace);
  const std::size_t founded = lone.committed();
  fs::remove_all(directory / "t");
  for (int i = 0; i < 1'000; ++i) lone.append(500);
  CHECK(lone.committed() == founded + 1'000);
  trace->end(lone.core());
  trace.reset();
  CHECK(log.count("recording ends") == 1);
}

TEST_CASE("trace writer: settings beyond their bounds and places that are none are refused") {
  const islands::Directory directory;
  const loop::Log log;
  const auto code_of = [&](const TraceSettings& settings) {
    const auto writer = TraceWriter::open(settings, identity, log.logger);
    REQUIRE_FALSE(writer);
    return writer.error().code;
  };
  TraceSettings settings = small(directory / "t");
  settings.file_bytes = TraceSettings::file_bytes_least - 1;
  CHECK(code_of(settings) == Errc::invalid);
  settings.file_bytes = TraceSettings::file_bytes_most + 1;
  CHECK(code_of(settings) == Errc::invalid);
  settings.file_bytes = TraceSettings::file_bytes_most;
  settings.files = TraceSettings::files_least - 1;
  CHECK(code_of(settings) == Errc::invalid);
  settings.files = TraceSettings::files_most + 1;
  CHECK(code_of(settings) == Errc::invalid);
  settings.files = TraceSettings::files_least;
  std::ofstream(directory / "file") << "x";
  settings.directory = directory / "file";
  CHECK(code_of(settings) == Errc::io);
}

}  // namespace hansard
