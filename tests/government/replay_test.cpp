// tests/government/replay_test.cpp - protocol section 9.11: whatever happened to an islander happens to its twin.
#include "government/replay.hpp"

#include "log/codec.hpp"
#include "tests/government/network.hpp"

#include <doctest/doctest.h>

#include <deque>
#include <map>
#include <string>

namespace hansard::testing {
namespace {

// One run of one islander, from its recovery on.
struct Recording {
  std::string state;
  std::string bytes;
  TraceEncoder encoder{bytes};

  [[nodiscard]] Replay replay(Witness* witness = nullptr) const {
    auto twin = Legislator::restore(state);
    REQUIRE(twin);
    return {std::move(*twin), {}, {}, 1, witness};
  }
};

// Everything that happens on a network.
class Recorder {
 public:
  explicit Recorder(Network& network) {
    network.on_open([this](Legislator& opened) {
      Recording& recording = recordings_.emplace_back();
      opened.save(recording.state);
      opened.tap(&recording.encoder);
    });
  }

  // Closed: no more is recorded.
  std::deque<Recording>& all() {
    for (Recording& recording : recordings_) recording.encoder.check();
    return recordings_;
  }

 private:
  std::deque<Recording> recordings_;
};

Faults storm() {
  Faults faults;
  faults.lose_percent = 3;
  faults.double_percent = 2;
  faults.slow_percent = 2;
  faults.crash_per_million = 300;
  faults.freeze_per_million = 200;
  faults.cut_per_million = 300;
  return faults;
}

// An island in a storm, for a while.
void weather(Network& network) {
  network.start_all();
  network.random_traffic(20);
  network.run_for(8'000'000);
}

std::string text_of(const std::optional<Difference>& difference) {
  if (!difference) return "none";
  return "after input " + std::to_string(difference->input) + ", " + difference->after + ": output " +
         std::to_string(difference->output) + " should be " + difference->expected + " and is " + difference->got;
}

// Counts.
class Counter final : public Witness {
 public:
  void input(std::uint64_t number, const Input& /*input*/) override { last_input = number; }
  void pulse(const Pulse& /*pulse*/) override { ++pulses; }
  void write(const Write& /*write*/) override { ++writes; }
  void want(const Want& /*want*/) override {}
  void committed(const std::vector<EntryPtr>& entries) override { commits += entries.size(); }
  void appended(const std::vector<Appended>& /*ended*/) override {}
  void events(const std::vector<Event>& some) override {
    for (const Event& event : some) ++told[event.name];
  }
  void halt(const Error& /*error*/) override {}

  std::uint64_t last_input = 0;
  std::size_t pulses = 0;
  std::size_t writes = 0;
  std::size_t commits = 0;
  std::map<std::string, int> told;
};

}  // namespace

TEST_CASE("replay: what islanders did in a storm their twins do again to the byte") {  // 9.11, S1-01
  std::uint64_t inputs = 0;
  std::uint64_t runs = 0;
  for (std::uint64_t seed = 1; seed <= 12; ++seed) {
    CAPTURE(seed);
    Network network(seed, seed % 3 == 0 ? 5 : 3, storm());
    Recorder recorder(network);
    weather(network);
    for (Recording& recording : recorder.all()) {
      Replay replay = recording.replay();
      const Result<bool> same = replay.run(recording.bytes);
      REQUIRE(same);
      CHECK(*same);
      CHECK(text_of(replay.difference()) == "none");
      CHECK(replay.inputs() == recording.encoder.inputs());
      inputs += replay.inputs();
      ++runs;
    }
  }
  CHECK(inputs > 100'000);
  CHECK(runs > 40);  // Some were restarted.
  MESSAGE(inputs << " inputs in " << runs << " runs");
}

TEST_CASE("replay: it is the same in pieces and the witness sees what happened") {
  Network network(5, 3);
  Recorder recorder(network);
  network.start_all();
  network.random_traffic(10);
  network.run_for(3'000'000);
  for (Recording& recording : recorder.all()) {
    // A piece a record, but for what an input returns, which is a record of its own.
    Counter counter;
    Replay replay = recording.replay(&counter);
    TraceDecoder decoder;
    std::string_view rest = recording.bytes;
    while (!rest.empty()) {
      const std::string_view before = rest;
      REQUIRE(decoder.next(rest));
      const Result<bool> same = replay.run(before.substr(0, before.size() - rest.size()));
      REQUIRE(same);
      REQUIRE(*same);
    }
    CHECK(counter.last_input == recording.encoder.inputs());
    CHECK(counter.pulses > 10);
    CHECK(counter.writes > 3);
    CHECK(counter.commits > 10);
    CHECK(counter.told["government"] >= 1);
  }
}

TEST_CASE("replay: an islander with another chance is found out at the first output that differs") {
  // As if the core had drawn from a random device: the twin's delays are drawn from another start.
  Network network(3, 3);
  Recorder recorder(network);
  network.start_all();
  network.random_traffic(10);
  network.run_for(3'000'000);
  for (const Recording& recording : recorder.all()) {
    const auto original = Legislator::restore(recording.state);
    REQUIRE(original);
    const Islander& self = (*original)->self();
    Recovered other;
    other.identity = {self.id, self.cookie, 77};
    const Republic fresh{self.cookie.high + 98, self.cookie.low};
    Replay replay{std::make_unique<Legislator>(Settings{}, other, "http://" + self.id, fresh), {}, {}, 1, nullptr};
    const Result<bool> same = replay.run(recording.bytes);
    REQUIRE(same);
    CHECK_FALSE(*same);
    REQUIRE(replay.difference().has_value());
    CHECK(replay.difference()->input >= 1);
    CHECK(replay.difference()->input < recording.encoder.inputs());
    CHECK(replay.difference()->expected != replay.difference()->got);
    CHECK(replay.run(recording.bytes).has_value());
    CHECK_FALSE(*replay.run(recording.bytes));  // And it stays so.
  }
}

TEST_CASE("replay: an input that is missing or told twice is found out") {
  Network network(4, 3);
  Recorder recorder(network);
  network.start_all();
  network.random_traffic(10);
  network.run_for(1'000'000);
  const Recording& recording = recorder.all().front();
  for (const bool twice : {false, true}) {
    CAPTURE(twice);
    std::size_t found = 0;
    std::size_t tried = 0;
    for (std::size_t drop = 20; drop < 400; drop += 20) {
      std::string changed;
      TraceDecoder decoder;
      std::string_view rest = recording.bytes;
      std::size_t number = 0;
      bool is_timer = true;
      while (!rest.empty()) {
        const std::string_view before = rest;
        const Result<TraceRecord> record = decoder.next(rest);
        REQUIRE(record);
        const std::string_view bytes = before.substr(0, before.size() - rest.size());
        const auto* input = std::get_if<Input>(&*record);
        const bool here = input != nullptr && ++number == drop;
        if (here) is_timer = std::holds_alternative<input::Timer>(input->what);
        if (!here || twice) changed += bytes;
        if (here && twice) changed += bytes;
      }
      if (is_timer || number < drop) continue;  // A timer early or late is harmless, and changes nothing.
      ++tried;
      Replay replay = recording.replay();
      const Result<bool> same = replay.run(changed);
      found += !same || !*same ? 1U : 0U;
    }
    CHECK(tried > 5);
    CHECK(found * 10 >= tried * 9);  // Some inputs tell a Legislator nothing new.
  }
}

TEST_CASE("replay: a flipped bit in what is recorded of outputs is found out") {
  Network recorded(6, 3);
  Recorder recorder(recorded);
  recorded.start_all();
  recorded.random_traffic(10);
  recorded.run_for(400'000);
  const std::string bytes = recorder.all().front().bytes;
  // Where records of outputs stand.
  std::vector<std::size_t> places;
  TraceDecoder decoder;
  std::string_view rest = bytes;
  while (!rest.empty()) {
    const std::size_t from = bytes.size() - rest.size();
    const Result<TraceRecord> record = decoder.next(rest);
    REQUIRE(record);
    // An input's bits are its file's checksum's affair (sdk/trace_file), as is that there was none of one kind or
    // another.
    const auto* output = std::get_if<OutputRecord>(&*record);
    if (std::holds_alternative<Input>(*record) || (output != nullptr && !output->present)) continue;
    for (std::size_t at = from; at < bytes.size() - rest.size(); ++at) places.push_back(at);
  }
  REQUIRE(places.size() > 300);
  Random random{{1, 1}, 1};
  for (int round = 0; round < 300; ++round) {
    const std::size_t at = places[random.below(places.size())];
    const auto bit = static_cast<unsigned>(random.below(8));
    CAPTURE(at);
    CAPTURE(bit);
    std::string spoilt = bytes;
    spoilt[at] = static_cast<char>(static_cast<unsigned char>(spoilt[at]) ^ 1U << bit);
    Replay replay = recorder.all().front().replay();
    const Result<bool> same = replay.run(spoilt);
    CHECK((!same || !*same));
  }
}

}  // namespace hansard::testing
