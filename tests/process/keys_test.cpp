// tests/process/keys_test.cpp - idempotency keys and conditions, through kills of the leader and restarts of all.
#include "tests/process/faults.hpp"
#include "tests/process/history.hpp"
#include "tests/process/island.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <vector>

namespace process {
namespace {

constexpr Milliseconds answer_limit{30'000};

client::Call append_call(const std::string& body, const std::string& field, const std::string& value) {
  return {"POST", "/v1/logs/main/entries?timeout=20s", {{field, value}}, body};
}

hansard::Promise promise_of(const client::Outcome& outcome) {
  return hansard::parse_promise(json_of(outcome).value("promise", std::string())).value_or(hansard::Promise{});
}

bool is_appended(const client::Outcome& outcome) { return outcome.is(201) || outcome.is(200); }

// Sends each of its appends three times under one key, each time to whom chance says, whatever it was told before.
class BlindClient {
 public:
  BlindClient(std::string name, const Island& island, std::uint64_t seed) : name_(std::move(name)), chance_(seed) {
    for (std::size_t i = 0; i < island.size(); ++i) connections_.emplace_back(island.url(i));
  }

  void work(const std::atomic<bool>& stops) {
    while (!stops.load()) once();
  }

  // All of them again: nothing new may come of it.
  void repeat_all() {
    for (Attempt& attempt : history) send(attempt);
  }

  std::vector<Attempt> history;
  std::vector<std::string> faults;
  std::atomic<std::uint64_t> done = 0;

 private:
  void once() {
    Attempt attempt;
    attempt.bodies = {name_ + "-" + std::to_string(history.size())};
    attempt.begin = Clock::now();
    attempt.outcome = Attempt::Outcome::unknown;
    for (int i = 0; i < 3; ++i) send(attempt);
    if (attempt.outcome == Attempt::Outcome::acknowledged) ++done;
    history.push_back(attempt);
  }

  void send(Attempt& attempt) {
    const std::string& body = attempt.bodies.front();
    client::Connection& connection = connections_[chance_() % connections_.size()];
    const client::Outcome outcome =
        connection.exchange(append_call(body, "Idempotency-Key", "key-" + body), answer_limit);
    if (!is_appended(outcome)) return;
    const hansard::Promise promise = promise_of(outcome);
    const bool is_first = attempt.outcome != Attempt::Outcome::acknowledged;
    if (!is_first && (promise != attempt.first || outcome.is(201))) {
      faults.push_back(body + ": " + to_string(attempt.first) + " before, then " +
                       std::to_string(outcome.answer.status) + " " + to_string(promise));
    }
    if (!is_first) return;
    attempt.outcome = Attempt::Outcome::acknowledged;
    attempt.first = attempt.last = promise;
    attempt.end = Clock::now();
  }

  std::string name_;
  std::mt19937_64 chance_;
  std::vector<client::Connection> connections_;
};

}  // namespace

TEST_CASE("keys: appends sent three times blindly stand once through kills of the leader and a restart of all") {
  const std::uint64_t seed = process::seed();
  CAPTURE(seed);
  std::mt19937_64 chance{seed};
  Island island;
  std::vector<std::unique_ptr<BlindClient>> clients;
  for (int i = 0; i < 8; ++i) {
    clients.push_back(std::make_unique<BlindClient>("c" + std::to_string(i), island, seed + static_cast<unsigned>(i)));
  }
  std::atomic<bool> stops = false;
  std::vector<std::thread> threads;
  for (const auto& one : clients) threads.emplace_back([&stops, &one] { one->work(stops); });
  const auto done = [&clients] {
    std::uint64_t sum = 0;
    for (const auto& one : clients) sum += one->done;
    return sum;
  };
  bool goes_on = true;
  const int kills = is_full_size() ? 20 : 5;
  for (int round = 0; round < kills && goes_on; ++round) {
    const std::uint64_t goal = done() + 100 + chance() % 200;
    goes_on = eventually(Milliseconds{60'000}, [&] { return done() >= goal; });
    const std::size_t victim = island.offices().leader;
    island.kill(victim);
    const std::uint64_t after = done() + 30;
    goes_on = goes_on && eventually(Milliseconds{60'000}, [&] { return done() >= after; });
    island.start(victim);
    island.wait_ready(victim);
  }
  stops = true;
  for (std::thread& thread : threads) thread.join();
  CHECK(goes_on);

  for (std::size_t i = 0; i < island.size(); ++i) island.kill(i);
  for (std::size_t i = 0; i < island.size(); ++i) island.start(i);
  for (std::size_t i = 0; i < island.size(); ++i) island.wait_ready(i);
  std::vector<Attempt> history;
  for (const auto& one : clients) {
    one->repeat_all();
    CHECK(joined(one->faults) == "");
    history.insert(history.end(), one->history.begin(), one->history.end());
  }
  CHECK(history.size() > 500);
  CHECK(joined(find_faults(history, island.logs())) == "");
  // And the key tells, on whichever islander.
  const Attempt& some = history[chance() % history.size()];
  for (std::size_t i = 0; i < island.size(); ++i) {
    const client::Outcome found = get(island.url(i), "/v1/logs/main/keys/key-" + some.bodies.front());
    CHECK(found.is(200));
    CHECK(promise_of(found) == some.first);
  }
}

TEST_CASE("keys: of many conditional appends at one position exactly one wins though the leader is killed") {
  const std::uint64_t seed = process::seed();
  CAPTURE(seed);
  std::mt19937_64 chance{seed};
  Island island;
  hansard::Promise newest = append(island.url(0), "first");
  const int rounds = is_full_size() ? 100 : 8;
  const std::size_t racing = is_full_size() ? 200 : 48;
  for (int round = 0; round < rounds; ++round) {
    CAPTURE(round);
    const std::size_t victim = island.offices().leader;
    std::mutex mutex;
    std::condition_variable moved;
    std::size_t ended = 0;
    std::set<std::string> acknowledged;
    std::set<std::string> refused;
    std::vector<std::thread> racers;
    for (std::size_t i = 0; i < racing; ++i) {
      racers.emplace_back([&, i] {
        const std::string body = "round" + std::to_string(round) + "-" + std::to_string(i);
        const client::Outcome outcome = call(
            island.url(i % island.size()), append_call(body, "If-Match", '"' + to_string(newest) + '"'), answer_limit);
        const std::lock_guard lock{mutex};
        if (outcome.is(201)) acknowledged.insert(body);
        if (outcome.is(412)) refused.insert(body);
        ++ended;
        moved.notify_all();
      });
    }
    const bool kills = round % 2 == 1;
    if (kills) {
      // In the midst of the race: when so many have been answered.
      const std::size_t strike = chance() % (racing * 5 / 6);
      std::unique_lock lock{mutex};
      CHECK(moved.wait_for(lock, answer_limit, [&] { return ended >= strike; }));
      lock.unlock();
      island.kill(victim);
    }
    for (std::thread& racer : racers) racer.join();
    if (kills) {
      island.start(victim);
      island.wait_ready(victim);
    }
    std::vector<std::string> added;
    hansard::Promise last = newest;
    const auto logs = island.logs();
    for (const Held& held : logs.begin()->second) {
      if (held.promise <= newest) continue;
      added.push_back(held.body);
      last = held.promise;
    }
    REQUIRE(added.size() == 1);
    CHECK(acknowledged.size() <= 1);
    if (!acknowledged.empty()) CHECK(*acknowledged.begin() == added.front());
    CHECK_FALSE(refused.contains(added.front()));
    if (!kills) CHECK(acknowledged.size() + refused.size() == racing);
    newest = last;
  }
}

TEST_CASE("keys: a refused append whose leader dies blocks no later one of that islander") {
  Island island;
  const hansard::Promise newest = append(island.url(0), "first");
  for (int round = 0; round < 3; ++round) {
    CAPTURE(round);
    const Island::Offices offices = island.offices();
    const client::Outcome refused =
        call(island.url(offices.third), append_call("late", "If-Match", "\"0/0\""), answer_limit);
    CHECK(refused.is(412));
    island.kill(offices.leader);
    CHECK(append(island.url(offices.third), "next" + std::to_string(round)) > newest);
    island.start(offices.leader);
    island.wait_ready(offices.leader);
  }
  for (const auto& [id, log] : island.logs()) CHECK(log.size() == 4);
}

}  // namespace process
