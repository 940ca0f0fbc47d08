// tests/process/full_disk_test.cpp - small file systems that fill up under one islander, and under all of them.
#include "tests/process/faults.hpp"
#include "tests/process/island.hpp"
#include "tests/process/small_disk.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace process {
namespace {

constexpr std::size_t megabytes = 160;  // of which 64 are kept
constexpr std::size_t batch = 100;      // entries
constexpr Milliseconds patience{60'000};

// What clients were told, and what stands.
struct Story {
  Island& island;
  std::size_t turn = 0;
  std::mt19937_64 chance = {};
  std::size_t batches = 0;
  std::uint64_t small = 0;   // appends since the last batch
  std::uint64_t stands = 0;  // entries acknowledged and not trimmed, up to the last batch
  hansard::Promise last = {};

  // What does not compress.
  std::string noise() {
    std::string text(16'000, 'x');
    for (char& c : text) c = static_cast<char>('0' + chance() % 64);  // up to 'o'
    std::replace(text.begin(), text.end(), '\\', 'p');
    return text;
  }
  // A batch of 1.6 MB to the next islander; gives the status.
  int fill() {
    client::Call call{"POST", "/v1/logs/main/batch", {{"Content-Type", "application/x-ndjson"}}, {}};
    for (std::size_t i = 0; i < batch; ++i) call.body += '"' + noise() + "\"\n";
    const client::Outcome outcome = process::call(island.url(turn++ % island.size()), call, patience);
    if (outcome.is(201)) {
      ++batches;
      stands += batch + std::exchange(small, 0);
      last = *hansard::parse_promise(json_of(outcome)["last"].get<std::string>());
    }
    return outcome.answer.status;
  }
  int fill_until(const std::function<bool(int)>& enough) {
    int status = 0;
    for (std::size_t i = 0; i < megabytes && !enough(status); ++i) status = fill();
    return status;
  }
  // All of it but the newest batch, which goes as a whole or not at all.
  void trim() {
    const client::Outcome outcome = process::call(
        island.url(turn++ % island.size()),
        {"POST", "/v1/logs/main/trim?timeout=30s", {}, "{\"before\":\"" + to_string(last) + "\"}"}, patience);
    CAPTURE(outcome.answer.body);
    REQUIRE(outcome.is(200));
    stands = batch;
  }
  // By that islander, once it holds all that was acknowledged.
  [[nodiscard]] std::uint64_t counted(std::size_t by = 0) const {
    CHECK(get(island.url(by), "/v1/logs/main/entries?last=1&timeout=30s", patience).is(200));
    return json_of(get(island.url(by), "/v1/logs/main"))["entries"].get<std::uint64_t>();
  }
};

std::string disk_of(const client::Url& url) { return json_of(get(url, "/v1/logs/main")).value("disk", std::string()); }

}  // namespace

TEST_CASE("full disk: one islander without room costs nobody an append and comes back by itself") {
  if (!SmallDisk::may_mount()) {
    MESSAGE("no file system may be mounted here: not tested");
    return;
  }
  const SmallDisk small("small", megabytes);
  IslandOptions options;
  options.directories = {small.path() / "a"};  // of the founder, which leads
  Island island{options};
  Story story{island};
  CHECK(story.fill_until([&](int) { return disk_of(island.url(0)) == "full"; }) == 201);
  for (int i = 0; i < 10; ++i) CHECK(story.fill() == 201);
  CHECK(island.offices().leader != 0);
  const client::Outcome ready = get(island.url(0), "/readyz");
  CHECK(ready.is(503));
  CHECK(json_of(ready)["type"] == "disk-full");
  const Ran why = run_hansard({"why"}, {}, patience, {{"HANSARD_URL", to_string(island.url(1))}});
  CHECK(why.output.find("its disk is full: free some, or trim the log") != std::string::npos);
  CHECK(story.counted() == story.batches * batch);
  story.trim();
  island.wait_ready(0);
  CHECK(story.fill() == 201);
  for (const auto& [id, log] : island.logs()) CHECK(log.size() == 2 * batch);
}

TEST_CASE("full disk: with all of them full appends are refused and nothing is lost") {
  if (!SmallDisk::may_mount()) {
    MESSAGE("no file system may be mounted here: not tested");
    return;
  }
  std::vector<std::unique_ptr<SmallDisk>> small;
  IslandOptions options;
  for (const char* id : {"a", "b", "c"}) {
    small.push_back(std::make_unique<SmallDisk>(std::string("small-") + id, megabytes));
    options.directories.push_back(small.back()->path() / id);
  }
  Island island{options};
  Story story{island};
  for (std::size_t round = 0; round < 2; ++round) {
    CAPTURE(round);
    CHECK(story.fill_until([](int status) { return status == 507; }) == 507);
    // LevelDB gives room back now and then when it merges tables: then there is room, and it fills up again.
    client::Outcome refused;
    CHECK(eventually(patience, [&] {
      static_cast<void>(story.fill());
      refused = call(island.url(1), {"POST", "/v1/logs/main/entries", {}, "no"}, patience);
      story.small += refused.is(201) ? 1U : 0U;
      bool all_unready = refused.is(507);
      for (std::size_t i = 0; i < island.size(); ++i)
        all_unready = all_unready && get(island.url(i), "/readyz").is(503);
      return all_unready;
    }));
    CHECK(json_of(refused)["outcome"] == "not-appended");
    CHECK(json_of(refused)["type"] == "disk-full");
    CHECK(get(island.url(2), "/v1/logs/main/entries?last=1").is(200));  // linearizable reads go on
    if (round == 1) {                                                   // so does a restart of all
      for (std::size_t i = 0; i < island.size(); ++i) island.kill(i);
      for (std::size_t i = 0; i < island.size(); ++i) island.start(i);
      for (std::size_t i = 0; i < island.size(); ++i) {
        CHECK(eventually(patience, [&] { return get(island.url(i), "/v1/logs/main/entries?last=1").is(200); }));
      }
    }
    // All that was acknowledged and perhaps what was not answered; one islander in each round, for it takes its time.
    const std::uint64_t counted = story.counted(round);
    CHECK(read_all(island.url(round)).size() == counted);
    CHECK(counted >= story.stands + story.small);  // more where an answer was lost
    story.trim();
    for (std::size_t i = 0; i < island.size(); ++i) island.wait_ready(i);
    CHECK(story.fill() == 201);
    CHECK(story.counted() >= story.stands);
    CHECK(story.counted() < story.stands + 4 * batch);
  }
}

}  // namespace process
