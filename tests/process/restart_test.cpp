// tests/process/restart_test.cpp - an islander goes and comes back, and catches up.
#include "tests/process/appenders.hpp"
#include "tests/process/faults.hpp"
#include "tests/process/island.hpp"

#include <doctest/doctest.h>

#include <random>
#include <string>

namespace process {
namespace {

enum class Way { stopped, killed };

// Each islander in turn goes, misses some, and comes back.
void one_after_the_other(Way way) {
  const std::uint64_t seed = process::seed();
  CAPTURE(seed);
  std::mt19937_64 chance{seed};
  Island island;
  std::vector<Attempt> history;
  for (std::size_t victim = 0; victim < island.size(); ++victim) {
    CAPTURE(victim);
    AppendersOptions load;
    load.clients = 16;
    load.name = "while" + std::to_string(victim);
    for (std::size_t i = 0; i < island.size(); ++i) {
      if (i != victim) load.urls.push_back(island.url(i));
    }
    Appenders appenders{load};
    REQUIRE(appenders.wait_for(50 + chance() % 300));
    if (way == Way::stopped) CHECK(island.stop(victim) == 0);
    if (way == Way::killed) island.kill(victim);
    REQUIRE(appenders.wait_for(1'000));
    island.start(victim);
    island.wait_ready(victim);
    REQUIRE(appenders.wait_for(100));
    const std::vector<Attempt> seen = appenders.finish();
    history.insert(history.end(), seen.begin(), seen.end());
    for (const client::Url& url : load.urls) CHECK(joined(appenders.troubles(url)) == "");
  }
  CHECK(joined(find_faults(history, island.logs())) == "");
}

}  // namespace

TEST_CASE("restart: each islander is stopped in turn and catches up") { one_after_the_other(Way::stopped); }
TEST_CASE("restart: each islander is killed in turn and catches up") { one_after_the_other(Way::killed); }

TEST_CASE("restart: an orderly stop answers what is under way") {
  IslandOptions options;
  options.islanders = 1;
  Island island{options};
  AppendersOptions load;
  load.urls = {island.url(0)};
  load.clients = 16;
  Appenders appenders{load};
  REQUIRE(appenders.wait_for(100));
  CHECK(island.stop(0) == 0);
  const std::vector<Attempt> history = appenders.finish();
  island.start(0);
  island.wait_ready(0);
  CHECK(joined(find_faults(history, island.logs())) == "");
}

TEST_CASE("restart: a whole island is stopped and goes on where it was") {  // S4-09
  Island island;
  std::vector<Attempt> history;
  for (int round = 0; round < 2; ++round) {
    AppendersOptions load;
    load.name = "round" + std::to_string(round);
    load.clients = 8;
    for (std::size_t i = 0; i < island.size(); ++i) load.urls.push_back(island.url(i));
    Appenders appenders{load};
    REQUIRE(appenders.wait_for(200));
    const std::vector<Attempt> seen = appenders.finish();
    history.insert(history.end(), seen.begin(), seen.end());
    for (std::size_t i = 0; i < island.size(); ++i) CHECK(island.stop(i) == 0);
    for (std::size_t i = 0; i < island.size(); ++i) island.start(i);
    for (std::size_t i = 0; i < island.size(); ++i) island.wait_ready(i);
  }
  CHECK(joined(find_faults(history, island.logs())) == "");
}

}  // namespace process
