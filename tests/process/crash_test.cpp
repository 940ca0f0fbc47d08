// tests/process/crash_test.cpp - all islanders die at once, and what was acknowledged is there afterwards.
//
// The islanders run with --hold-unsynced: what was not synced when they are killed is lost, as in a power cut. That the
// tests would notice an islander that answers before its disk is shown with disks that lie (lying_disk.cpp): the same
// story then ends with acknowledged entries missing, and the checker says so.
#include "tests/process/appenders.hpp"
#include "tests/process/faults.hpp"
#include "tests/process/island.hpp"

#include <doctest/doctest.h>

#include <csignal>
#include <random>
#include <string>

namespace process {
namespace {

AppendersOptions load_on(const Island& island, const std::string& name) {
  AppendersOptions load;
  for (std::size_t i = 0; i < island.size(); ++i) load.urls.push_back(island.url(i));
  load.name = name;
  return load;
}

// Kills all within microseconds of each other.
void kill_all(Island& island) {
  for (std::size_t i = 0; i < island.size(); ++i) island.at(i).child->signal(SIGKILL);
  for (std::size_t i = 0; i < island.size(); ++i) island.kill(i);
}

void start_all(Island& island) {
  for (std::size_t i = 0; i < island.size(); ++i) island.start(i);
  for (std::size_t i = 0; i < island.size(); ++i) island.wait_ready(i);
}

}  // namespace

TEST_CASE("crash: an island of three is killed at once and loses nothing that was acknowledged") {  // S4-09 S4-28 S1-04
  const std::uint64_t seed = process::seed();
  CAPTURE(seed);
  std::mt19937_64 chance{seed};
  IslandOptions options;
  options.flags = {"--hold-unsynced"};
  Island island{options};
  std::vector<Attempt> history;
  for (int round = 0; round < 3; ++round) {
    CAPTURE(round);
    Appenders appenders{load_on(island, "round" + std::to_string(round))};
    REQUIRE(appenders.wait_for(300 + chance() % 2'000));
    kill_all(island);
    const std::vector<Attempt> seen = appenders.finish();
    history.insert(history.end(), seen.begin(), seen.end());
    start_all(island);
    CHECK(joined(find_faults(history, island.logs())) == "");
  }
}

TEST_CASE("crash: two of three are killed at once and what was acknowledged is there when they are back") {
  const std::uint64_t seed = process::seed();
  CAPTURE(seed);
  std::mt19937_64 chance{seed};
  IslandOptions options;
  options.flags = {"--hold-unsynced"};
  Island island{options};
  const std::size_t survivor = chance() % island.size();
  CAPTURE(survivor);
  Appenders appenders{load_on(island, "x")};
  REQUIRE(appenders.wait_for(300 + chance() % 2'000));
  for (std::size_t i = 0; i < island.size(); ++i) {
    if (i != survivor) island.at(i).child->signal(SIGKILL);
  }
  for (std::size_t i = 0; i < island.size(); ++i) {
    if (i == survivor) continue;
    island.kill(i);
    island.start(i);
  }
  REQUIRE(appenders.wait_for(100));  // The survivor's clients were not let down.
  const std::vector<Attempt> history = appenders.finish();
  CHECK(joined(appenders.troubles(island.url(survivor))) == "");
  for (std::size_t i = 0; i < island.size(); ++i) island.wait_ready(i);
  CHECK(joined(find_faults(history, island.logs())) == "");
}

TEST_CASE("crash: an island of one is killed and loses nothing that was acknowledged") {
  const std::uint64_t seed = process::seed();
  CAPTURE(seed);
  std::mt19937_64 chance{seed};
  IslandOptions options;
  options.islanders = 1;
  options.flags = {"--hold-unsynced"};
  Island island{options};
  std::vector<Attempt> history;
  for (int round = 0; round < 3; ++round) {
    CAPTURE(round);
    Appenders appenders{load_on(island, "round" + std::to_string(round))};
    REQUIRE(appenders.wait_for(300 + chance() % 2'000));
    kill_all(island);
    const std::vector<Attempt> seen = appenders.finish();
    history.insert(history.end(), seen.begin(), seen.end());
    start_all(island);
    CHECK(joined(find_faults(history, island.logs())) == "");
  }
}

TEST_CASE("crash: islanders whose disks lie lose what was acknowledged and it is found") {
  const std::filesystem::path switch_file = folder() / "the-disks-lie";
  IslandOptions options;
  options.environment = {{"LD_PRELOAD", HANSARD_LYING_DISK},
                         {"LYING_DISK", switch_file.string()},
                         {"ASAN_OPTIONS", "verify_asan_link_order=0"}};
  Island island{options};
  Appenders honest{load_on(island, "honest")};
  REQUIRE(honest.wait_for(200));
  std::vector<Attempt> history = honest.finish();
  CHECK(joined(find_faults(history, island.logs())) == "");

  write_file(switch_file, "");
  Appenders deceived{load_on(island, "deceived")};
  REQUIRE(deceived.wait_for(200));
  kill_all(island);
  const std::vector<Attempt> seen = deceived.finish();
  history.insert(history.end(), seen.begin(), seen.end());
  std::filesystem::remove(switch_file);
  start_all(island);
  const std::string faults = joined(find_faults(history, island.logs()));
  CHECK(faults.find("lost 'deceived-") != std::string::npos);
  CHECK(faults.find("lost 'honest-") == std::string::npos);
}

}  // namespace process
