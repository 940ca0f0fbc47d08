// tests/process/failover_test.cpp - one islander of three is lost at the height of the load, and comes back.
//
// Each story: 64 clients append without pause at all three; one islander is killed or frozen; those at the other two
// see no error and are not held up for long; it comes back; all three hold the same log, with everything acknowledged
// in it.
#include "tests/process/appenders.hpp"
#include "tests/process/faults.hpp"
#include "tests/process/island.hpp"

#include <doctest/doctest.h>

#include <random>
#include <string>

namespace process {
namespace {

enum class Victim { leader, second, third };
enum class Blow { kill, freeze };

std::size_t number_of(const Island::Offices& offices, Victim victim) {
  switch (victim) {
    case Victim::leader:
      return offices.leader;
    case Victim::second:
      return offices.second;
    case Victim::third:
      return offices.third;
  }
  return 0;
}

void lose_one(Victim whom, Blow blow, Milliseconds gap_max) {
  const std::uint64_t seed = process::seed();
  CAPTURE(seed);
  std::mt19937_64 chance{seed};
  Island island;
  const std::size_t victim = number_of(island.offices(), whom);
  CAPTURE(victim);

  AppendersOptions load;
  for (std::size_t i = 0; i < island.size(); ++i) load.urls.push_back(island.url(i));
  Appenders appenders{load};
  REQUIRE(appenders.wait_for(500 + chance() % 1'500));
  const Moment struck = Clock::now();
  if (blow == Blow::kill) island.kill(victim);
  if (blow == Blow::freeze) island.freeze(victim);
  REQUIRE(appenders.wait_for(2'000));
  const Moment recovered = Clock::now();
  if (blow == Blow::kill) island.start(victim);
  if (blow == Blow::freeze) island.thaw(victim);
  REQUIRE(appenders.wait_for(1'000));
  island.wait_ready(victim);

  const std::vector<Attempt> history = appenders.finish();
  for (std::size_t i = 0; i < island.size(); ++i) {
    if (i != victim) CHECK(joined(appenders.troubles(island.url(i))) == "");
  }
  CHECK(appenders.longest_gap(struck, recovered) < gap_max * slowness);
  CHECK(joined(find_faults(history, island.logs())) == "");
}

}  // namespace

TEST_CASE("failover: the leader is killed") { lose_one(Victim::leader, Blow::kill, Milliseconds{2'500}); }
TEST_CASE("failover: the leader is frozen") { lose_one(Victim::leader, Blow::freeze, Milliseconds{10'000}); }
TEST_CASE("failover: the other of the majority is killed") {
  lose_one(Victim::second, Blow::kill, Milliseconds{1'500});
}
TEST_CASE("failover: the other of the majority is frozen") {
  lose_one(Victim::second, Blow::freeze, Milliseconds{1'500});
}
TEST_CASE("failover: the one of the minority is killed") { lose_one(Victim::third, Blow::kill, Milliseconds{1'500}); }

TEST_CASE("failover: batches are whole or absent when the leader is killed again and again") {
  const std::uint64_t seed = process::seed();
  CAPTURE(seed);
  std::mt19937_64 chance{seed};
  Island island;
  std::vector<Attempt> history;
  for (int round = 0; round < 3; ++round) {
    CAPTURE(round);
    AppendersOptions load;
    for (std::size_t i = 0; i < island.size(); ++i) load.urls.push_back(island.url(i));
    load.clients = 24;
    load.batch = 40;
    load.name = "round" + std::to_string(round);
    Appenders appenders{load};
    REQUIRE(appenders.wait_for(50 + chance() % 200));
    const std::size_t victim = island.offices().leader;
    island.kill(victim);
    REQUIRE(appenders.wait_for(100));
    const std::vector<Attempt> seen = appenders.finish();
    history.insert(history.end(), seen.begin(), seen.end());
    for (std::size_t i = 0; i < island.size(); ++i) {
      if (i != victim) CHECK(joined(appenders.troubles(island.url(i))) == "");
    }
    island.start(victim);
    island.wait_ready(victim);
  }
  CHECK(joined(find_faults(history, island.logs())) == "");
}

}  // namespace process
