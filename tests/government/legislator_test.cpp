// Whole islands of the real Legislator on simulated network and disks (tests/government/network.hpp).
#include "government/legislator.hpp"

#include "tests/government/network.hpp"

#include <doctest/doctest.h>

#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>
#include <sys/wait.h>
#include <unistd.h>

using namespace hansard;
using namespace hansard::testing;

namespace {

// HANSARD_SEEDS: how many seeds each random case runs; ./dev check runs more than ./dev test.
std::uint64_t seeds(std::uint64_t usual) {
  const char* text = std::getenv("HANSARD_SEEDS");
  return text == nullptr ? usual : std::strtoull(text, nullptr, 10);
}

std::uint64_t first_seed() {
  const char* text = std::getenv("HANSARD_FIRST_SEED");
  return text == nullptr ? 1 : std::strtoull(text, nullptr, 10);
}

void settle(Network& network) {
  network.until([&] { return network.leader().has_value(); }, 10'000'000, "a leader");
  std::size_t up = 0;
  for (std::size_t i = 0; i < network.size(); ++i) {
    up += network.up(i) ? 1U : 0U;
    network.append_at(i);
  }
  network.until([&] { return network.acknowledged() >= up; }, 10'000'000, "an append of each");
}

}  // namespace

TEST_CASE("legislator: an island of one founds itself and commits") {  // S4-30
  Network network(1, 1);
  network.start_all();
  network.append_at(0);
  network.until([&] { return network.acknowledged() == 1; }, 5'000'000, "an append");
  network.read_at(0);
  network.check_all_in_the_end();
}

TEST_CASE("legislator: three found an island and every islander takes appends and reads") {  // S1-05 S1-07 S4-24
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    CAPTURE(seed);
    Network network(seed, 3);
    network.start_all();
    settle(network);
    for (std::size_t i = 0; i < 3; ++i) network.read_at(i);
    network.check_all_in_the_end();
  }
}

TEST_CASE("legislator: five found with whoever is there and the last takes the vacant seat") {  // S4-07
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    CAPTURE(seed);
    Network network(seed, 5);
    network.start_all();
    network.crash(4);
    settle(network);
    network.restart(4);
    network.until([&] { return network.at(0).government().seated("e"); }, 20'000'000, "a seat for e");
    network.check_all_in_the_end();
  }
}

TEST_CASE("legislator: a joiner embarks and acclimates as a constituent and follows the log") {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    CAPTURE(seed);
    Network network(seed, 3);
    network.start_all();
    settle(network);
    network.add_joiner("d");
    network.until(
        [&] {
          const auto& citizens = network.at(0).government().citizens;
          const auto found = citizens.find("d");
          return found != citizens.end() && found->second.acclimated;
        },
        20'000'000, "d acclimated");
    network.append_at(3);
    network.check_all_in_the_end();
  }
}

TEST_CASE("legislator: a joiner is fed while the member that should do so is dead") {  // 6, falls back
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    CAPTURE(seed);
    Network network(seed, 3);
    network.start_all();
    settle(network);
    const std::size_t leader = *network.leader();
    network.crash(network.islander_named(network.at(leader).government().minority.at(0)));
    network.run_for(500'000);
    network.add_joiner("d");
    const auto is_in = [&] {
      return network.at(3).government().citizens.count("d") == 1 && network.at(3).leader() == network.id_of(leader);
    };
    network.until(is_in, 3'000'000, "d reading the log");
    const auto seen = [&] {
      for (const CitizenStatus& citizen : network.at(leader).status().citizens) {
        if (citizen.id == "d") return citizen.reachable && citizen.committed >= Promise{1, 1};
      }
      return false;
    };
    network.until(seen, 3'000'000, "the leader knowing that d is there");
    const std::size_t before = network.acknowledged();
    network.append_at(3);
    network.until([&] { return network.acknowledged() > before; }, 2'000'000, "an append of d");
    network.check_all_in_the_end();
  }
}

TEST_CASE("legislator: a crashed leader is replaced and nothing acknowledged is lost") {  // S1-06 S2-44 S4-13
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    CAPTURE(seed);
    Network network(seed, 3);
    network.start_all();
    settle(network);
    network.random_traffic(20);
    network.run_for(100'000);
    const std::size_t leader = *network.leader();
    const std::size_t before = network.acknowledged();
    network.crash(leader);
    const Tick crashed = network.now();
    // What was under way when it crashed may be acknowledged yet, so they alone are no sign of the next.
    network.until([&] { return network.leader().has_value() && network.acknowledged() > before + 5; }, 3'000'000,
                  "appends under the next leader");
    CHECK(network.now() - crashed < 600'000);
    CHECK(network.told("collapse"));
    CHECK(network.told("canvass"));
    CHECK(network.told("chain chosen"));
    network.check_all_in_the_end();
  }
}

TEST_CASE("legislator: a frozen leader is replaced within its timeout") {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    CAPTURE(seed);
    Network network(seed, 3);
    network.start_all();
    settle(network);
    const std::size_t before = network.acknowledged();
    const std::size_t leader = *network.leader();
    network.freeze(leader, 10'000'000);
    network.append_at((leader + 1) % 3);
    network.until([&] { return network.acknowledged() > before; }, 2'500'000, "an append under the next leader");
    network.check_all_in_the_end();
  }
}

TEST_CASE("legislator: a dead or frozen majority member costs a hedge and is swapped out") {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    CAPTURE(seed);
    Network network(seed, 3);
    network.start_all();
    settle(network);
    const std::size_t leader = *network.leader();
    const std::string other = network.at(leader).government().majority[1];
    const std::size_t victim = network.islander_named(other);
    const std::size_t before = network.acknowledged();
    if (seed % 2 == 0) {
      network.crash(victim);
    } else {
      network.freeze(victim, 10'000'000);
    }
    network.append_at(leader);
    const Tick since = network.now();
    network.until([&] { return network.acknowledged() > before; }, 1'000'000, "an append through the minority");
    CHECK(network.now() - since < 200'000);
    CHECK(network.told("hedge"));
    network.until([&] { return network.at(leader).government().majority[1] != other; }, 3'000'000, "a swap");
    network.check_all_in_the_end();
  }
}

TEST_CASE("legislator: no append is acknowledged before a quorum of disks has it") {
  // The check itself is in Network::check_durable, at every acknowledgement of every test here; this one makes disks so
  // slow that an answer which did not wait for them would come first.
  Faults faults;
  faults.sync_min = 20'000;
  faults.sync_max = 60'000;
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    CAPTURE(seed);
    Network network(seed, 3, faults);
    network.start_all();
    network.random_traffic(20);
    network.run_for(3'000'000);
    CHECK(network.acknowledged() > 20);
    network.check_all_in_the_end();
  }
}

TEST_CASE("legislator: random loss and delay and crashes and freezes keep every invariant") {  // S2-41 S4-13
  const std::uint64_t first = first_seed();
  for (std::uint64_t seed = first; seed < first + seeds(60); ++seed) {
    CAPTURE(seed);
    Random draw(Cookie{seed, 3}, 2);
    Faults faults;
    faults.lose_percent = draw.below(3) == 0 ? draw.below(20) : 0;
    faults.double_percent = draw.below(3) == 0 ? draw.below(10) : 0;
    faults.slow_percent = draw.below(3) == 0 ? draw.below(5) : 0;
    faults.crash_per_million = draw.below(2) == 0 ? draw.below(1'000) : 0;
    faults.freeze_per_million = draw.below(3) == 0 ? draw.below(500) : 0;
    faults.cut_per_million = draw.below(3) == 0 ? draw.below(1'000) : 0;
    faults.down_max = 1 + draw.below(3);
    Settings settings;
    settings.tail_bytes = draw.below(2) == 0 ? 2'000 : settings.tail_bytes;  // so that old entries come from disk
    settings.checkpoint_every_entries = 1 + draw.below(300);
    const std::size_t size = 1 + draw.below(5);
    Network network(seed, size, faults, settings);
    network.start_all();
    network.random_traffic(1 + draw.below(20));
    network.run_for(draw.below(20) * 1'000'000);
    if (draw.below(3) == 0) network.add_joiner("z");
    network.run_for(draw.below(10) * 1'000'000);
    network.check_all_in_the_end();
  }
}

TEST_CASE("legislator: random changes of the parliament keep every invariant") {  // 5; S4-07
  const std::uint64_t first = first_seed();
  for (std::uint64_t seed = first; seed < first + seeds(40); ++seed) {
    CAPTURE(seed);
    Random draw(Cookie{seed, 5}, 3);
    Faults faults;
    faults.lose_percent = draw.below(3) == 0 ? draw.below(10) : 0;
    faults.crash_per_million = draw.below(2) == 0 ? draw.below(300) : 0;
    faults.freeze_per_million = draw.below(2) == 0 ? draw.below(200) : 0;
    faults.cut_per_million = draw.below(3) == 0 ? draw.below(300) : 0;
    Settings settings;
    settings.heal_after = 1'000'000 + draw.below(3'000'000);
    settings.checkpoint_every_entries = 1 + draw.below(300);
    const std::size_t founders = 1 + draw.below(5);
    Network network(seed, founders, faults, settings);
    network.start_all();
    network.random_traffic(1 + draw.below(10));
    network.run_for(2'000'000);
    for (std::uint64_t i = draw.below(4); i > 0; --i) network.add_joiner("j" + std::to_string(i));
    for (std::uint64_t rounds = 5 + draw.below(20); rounds > 0; --rounds) {
      network.run_for(draw.below(2'000'000));
      const std::size_t who = draw.below(network.size());
      const std::string id(network.id_of(who));
      switch (draw.below(4)) {
        case 0:
          network.operate({Operation::What::aim, {}, static_cast<std::uint32_t>(1 + 2 * draw.below(3))});
          break;
        case 1:
          network.operate({Operation::What::transfer, id, 0});
          break;
        case 2:  // It departs, and comes back: the same directory, or another one.
          network.operate({Operation::What::exile, id, 0}, [&network, who, wipes = draw.below(2) == 0] {
            if (wipes) {
              network.wipe(who);
              network.restart(who);
            }
          });
          break;
        default:
          break;
      }
    }
    network.check_all_in_the_end();
    const auto fits = [&] {
      const auto leader = network.leader();
      if (!leader) return false;
      const Government& government = network.at(*leader).government();
      return network.size() < government.aim || (government.seats == government.aim && government.vacant() == 0);
    };
    network.until(fits, 20'000'000, "a parliament of the size aimed at");
  }
}

TEST_CASE("legislator: the same seed gives the same story") {  // S1-02
  const auto run = [](std::uint64_t seed) {
    Faults faults;
    faults.lose_percent = 5;
    faults.crash_per_million = 500;
    Network network(seed, 3, faults);
    network.start_all();
    network.random_traffic(10);
    network.run_for(10'000'000);
    return network.trace_hash();
  };
  for (std::uint64_t seed = 1; seed <= 3; ++seed) CHECK(run(seed) == run(seed));
  CHECK(run(1) != run(2));
}

// ---- Planted bugs: the checks find them, and find nothing without them (protocol section 10)
// -------------------------

namespace {

// What the checks say of one run; empty: nothing. In a child, for some bugs stop the process by an assertion.
std::string finding(const std::function<void()>& run) {
  std::array<int, 2> ends{};
  REQUIRE(::pipe(ends.data()) == 0);
  const pid_t child = ::fork();
  if (child == 0) {
    std::signal(SIGABRT, SIG_DFL);
    static_cast<void>(std::freopen("/dev/null", "w", stderr));
    std::string said;
    try {
      run();
    } catch (const Violation& violation) {
      said = std::string(violation.what()).substr(0, std::string(violation.what()).find('\n'));
    }
    const auto written = ::write(ends[1], said.data(), said.size());
    ::_exit(written == static_cast<ssize_t>(said.size()) ? 0 : 1);
  }
  ::close(ends[1]);
  std::string said;
  std::array<char, 512> buffer{};
  for (ssize_t n = 0; (n = ::read(ends[0], buffer.data(), buffer.size())) > 0;)
    said.append(buffer.data(), static_cast<std::size_t>(n));
  ::close(ends[0]);
  int status = 0;
  ::waitpid(child, &status, 0);
  if (WIFSIGNALED(status)) return "an assertion of the core";
  return said;
}

Faults crashes() {
  Faults faults;
  faults.crash_per_million = 2'000;
  faults.lose_percent = 2;
  faults.down_max = 3;
  return faults;
}

Faults freezes() {
  Faults faults;
  faults.freeze_per_million = 2'000;
  return faults;
}

// Does any of these seeds find the planted bug?
bool found(const Planted& bugs, std::uint64_t tries, const Faults& faults = crashes()) {
  for (std::uint64_t seed = 1; seed <= tries; ++seed) {
    const std::string said = finding([&] {
      Settings settings;
      settings.checkpoint_every_entries = 50;
      Network network(seed, 3, faults, settings);
      network.planted(bugs);
      network.start_all();
      network.random_traffic(10);
      network.run_for(15'000'000);
      network.check_all_in_the_end();
    });
    if (said.empty()) continue;
    MESSAGE("seed " << seed << ": " << said);
    return true;
  }
  return false;
}

}  // namespace

TEST_CASE("legislator: the checks find nothing in the faults under which they find planted bugs") {
  CHECK_FALSE(found({}, 20));
  CHECK_FALSE(found({}, 20, freezes()));
}

TEST_CASE("legislator: the checks find a host that answers before the disk") {  // planted bug a
  Planted bugs;
  bugs.answer_before_disk = true;
  CHECK(found(bugs, 60));
}

TEST_CASE("legislator: the checks find a start that is counted twice") {  // planted bug i
  Planted bugs;
  bugs.forget_start = true;
  CHECK(found(bugs, 60));
}

TEST_CASE("legislator: the checks find a promise that is not written") {  // planted bug f
  Planted bugs;
  bugs.forget_promised = true;
  CHECK(found(bugs, 600));
}

TEST_CASE("legislator: the checks find an acknowledgement that names the end of the log") {  // planted bug m
  Planted bugs;
  bugs.received_names_end = true;
  CHECK(found(bugs, 60));
}

TEST_CASE("legislator: the checks find reads whose leader is not confirmed") {  // planted bug h
  Planted bugs;
  bugs.rounds_run_ahead = true;
  CHECK(found(bugs, 60, freezes()));
}

TEST_CASE("legislator: the checks find relayed pulses that count as hearing the leader") {  // planted bug x
  const auto frozen_leader = [](std::uint64_t seed, const Planted& bugs) {
    return finding([&] {
      Network network(seed, 3);
      network.planted(bugs);
      network.start_all();
      settle(network);
      const std::size_t leader = *network.leader();
      const std::size_t before = network.acknowledged();
      network.freeze(leader, 60'000'000);
      network.append_at((leader + 1) % 3);
      network.until([&] { return network.acknowledged() > before; }, 4'000'000, "an append under the next leader");
    });
  };
  Planted bugs;
  bugs.relays_count = true;
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    CHECK(frozen_leader(seed, {}) == "");
    CHECK(frozen_leader(seed, bugs).starts_with("progress: an append under the next leader"));
  }
}

TEST_CASE("legislator: the checks find a wiped islander that votes under its old name") {  // planted bug e
  const auto wiped_member = [](std::uint64_t seed, const Planted& bugs) {
    return finding([&] {
      Network network(seed, 3);
      network.planted(bugs);
      network.start_all();
      settle(network);
      const std::size_t leader = *network.leader();
      const std::size_t member = (leader + 1) % 3;
      const std::size_t other = (leader + 2) % 3;
      network.cut(other, leader, 60'000'000);
      network.cut(other, member, 60'000'000);
      const std::size_t before = network.acknowledged();
      network.append_at(leader);
      network.until([&] { return network.acknowledged() > before; }, 4'000'000, "an append that the other lacks");
      network.crash(leader);
      network.wipe(member);
      network.cut(other, leader, 0);
      network.cut(other, member, 0);
      network.restart(member);
      network.run_for(6'000'000);
      network.restart(leader);
      network.append_at(other);
      network.until([&] { return network.acknowledged() > before + 1; }, 4'000'000, "an append of those who remember");
    });
  };
  Planted bugs;
  bugs.keep_cookie = true;
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    CHECK(wiped_member(seed, {}) == "");
    CHECK(wiped_member(seed, bugs).starts_with("agreement"));
  }
}

TEST_CASE("legislator: the checks find a promise to a founder that is not written") {  // planted bug y
  const auto wiped_founder = [](std::uint64_t seed, const Planted& bugs) {
    return finding([&] {
      Network network(seed, 4);
      network.planted(bugs);
      network.start_all();
      for (std::size_t i = 0; i < 3; ++i) network.cut(i, 3, 60'000'000);  // d hears nothing yet
      network.until([&] { return !network.at(0).republic().is_zero(); }, 4'000'000, "a founding by a b c");
      network.cut(0, 2, 60'000'000);  // c has promised and does not learn what came of it
      network.cut(1, 2, 60'000'000);
      network.append_at(0);
      network.until([&] { return network.acknowledged() > 0; }, 4'000'000, "an append on a and b");
      network.crash(1);
      network.crash(2);
      network.wipe(0);
      for (std::size_t i = 0; i < 3; ++i) network.cut(i, 3, 0);
      network.cut(0, 2, 0);
      network.cut(1, 2, 0);
      network.restart(2);
      network.restart(0);
      network.run_for(4'000'000);  // a and c and d: a majority of the others, were it not that c remembers
      network.restart(1);
      const std::size_t before = network.acknowledged();
      network.append_at(1);
      network.until([&] { return network.acknowledged() > before; }, 6'000'000, "an append on b and c");
    });
  };
  Planted bugs;
  bugs.forget_founder = true;
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    CHECK(wiped_founder(seed, {}) == "");
    CHECK(wiped_founder(seed, bugs).starts_with("agreement"));
  }
}
