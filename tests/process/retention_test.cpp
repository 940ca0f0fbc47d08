// tests/process/retention_test.cpp - trims, and islanders that come back behind them.
#include "tests/process/faults.hpp"
#include "tests/process/island.hpp"
#include "tests/process/relay.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace process {
namespace {

constexpr Milliseconds patience{90'000};

client::Outcome append_keyed(const client::Url& url, const std::string& key) {
  return call(url, {"POST", "/v1/logs/main/entries?timeout=30s", {{"Idempotency-Key", key}}, "body of " + key},
              patience);
}

// Many keyed appends, of several clients; gives their promises.
std::vector<std::string> append_keyed(const Island& island, std::size_t count, std::vector<std::size_t> at) {
  std::vector<std::string> promises(count);
  std::vector<std::thread> clients;
  constexpr std::size_t clients_max = 16;
  for (std::size_t c = 0; c < clients_max; ++c) {
    clients.emplace_back([&, c] {
      client::Connection connection{island.url(at[c % at.size()])};
      for (std::size_t i = c; i < count; i += clients_max) {
        const std::string key = "k" + std::to_string(i);
        const client::Outcome outcome = connection.exchange(
            {"POST", "/v1/logs/main/entries", {{"Idempotency-Key", key}}, "body of " + key}, patience);
        if (outcome.is(201)) promises[i] = json_of(outcome)["promise"].get<std::string>();
      }
    });
  }
  for (std::thread& client : clients) client.join();
  for (const std::string& promise : promises) REQUIRE_FALSE(promise.empty());
  return promises;
}

void check_replayed(const client::Url& url, const std::vector<std::string>& promises, std::size_t step) {
  for (std::size_t i = 0; i < promises.size(); i += step) {
    CAPTURE(i);
    const client::Outcome again = append_keyed(url, "k" + std::to_string(i));
    CHECK(again.is(200));
    CHECK(json_of(again)["promise"] == promises[i]);
    const client::Outcome found = get(url, "/v1/logs/main/keys/k" + std::to_string(i) + "?consistency=local");
    CHECK(json_of(found)["promise"] == promises[i]);
  }
}

void trim(const client::Url& url, const std::string& before) {
  const client::Outcome trimmed =
      call(url, {"POST", "/v1/logs/main/trim?timeout=30s", {}, "{\"before\":\"" + before + "\"}"}, patience);
  CAPTURE(trimmed.answer.body);
  REQUIRE(trimmed.is(200));
}

// Trims, and starts everybody anew but the one who is behind: what memory still holds of the trimmed would be given.
// Gives how many entries are left.
std::size_t trim_behind(Island& island, std::size_t behind, const std::string& before) {
  const std::size_t some = (behind + 1) % island.size();
  trim(island.url(some), before);
  const std::size_t left = read_all(island.url(some)).size();
  for (std::size_t i = 0; i < island.size(); ++i) {
    if (i != behind) island.kill(i);
  }
  for (std::size_t i = 0; i < island.size(); ++i) {
    if (i != behind) island.start(i);
  }
  island.wait_ready(some);
  return left;
}

bool was_told(const Island& island, std::size_t number, const std::string& event) {
  std::ifstream log(island.log_file(number));
  const std::string text{std::istreambuf_iterator<char>(log), {}};
  return text.find(event) != std::string::npos;
}

bool holds_all(const Island& island, std::size_t number, const std::string& last) {
  const client::Outcome told = get(island.url(number), "/v1/logs/main");
  return told.is(200) && json_of(told).value("last", nlohmann::json()) == last;
}

bool is_seated(const Island& island, std::size_t asked, const std::string& id) {
  const nlohmann::json government = json_of(get(island.url(asked), "/v1/logs/main/government"));
  for (const char* part : {"majority", "minority"}) {
    for (const auto& seat : government.value(part, nlohmann::json::array())) {
      if (seat == id) return true;
    }
  }
  return false;
}

}  // namespace

TEST_CASE("retention: keys hold across a trim and a restart of all and a snapshot") {
  Island island;
  const std::vector<std::string> promises = append_keyed(island, 400, {0, 1, 2});
  trim(island.url(1), promises[399]);
  for (std::size_t i = 0; i < island.size(); ++i) {
    CHECK(eventually(patience, [&] { return get(island.url(i), "/v1/logs/main/entries/" + promises[0]).is(410); }));
    check_replayed(island.url(i), promises, 40);
  }
  for (std::size_t i = 0; i < island.size(); ++i) island.kill(i);
  for (std::size_t i = 0; i < island.size(); ++i) island.start(i);
  for (std::size_t i = 0; i < island.size(); ++i) island.wait_ready(i);
  for (std::size_t i = 0; i < island.size(); ++i) check_replayed(island.url(i), promises, 40);

  // One loses its disk, is sent away, and comes back under its id.
  const std::size_t victim = island.offices().leader;
  const std::size_t other = (victim + 1) % 3;
  const std::string id = island.at(victim).id;
  island.kill(victim);
  std::filesystem::remove_all(island.data(victim));
  const client::Outcome exiled =
      call(island.url(other), {"DELETE", "/v1/islanders/" + id + "?timeout=30s", {}, {}}, patience);
  CAPTURE(exiled.answer.body);
  REQUIRE(exiled.is(200));
  CHECK_FALSE(is_seated(island, other, id));
  island.start(victim);
  island.wait_ready(victim);
  CHECK(eventually(patience, [&] { return is_seated(island, other, id); }));  // it takes the vacant seat by itself
  check_replayed(island.url(victim), promises, 40);
  // And counts: another may go now.
  island.kill(other);
  const hansard::Promise last = append(island.url(victim), "with two of three");
  CHECK(eventually(patience, [&] { return holds_all(island, victim, to_string(last)); }));
  CHECK(get(island.url(victim), "/v1/logs/main/entries/" + promises[0]).is(410));
}

// As a reader that begins at the oldest; waits until the islander holds all of the log.
std::size_t entries_read(const Island& island, std::size_t number) {
  CHECK(eventually(patience, [&] { return get(island.url(number), "/readyz").is(200); }));
  return read_all(island.url(number)).size();
}

TEST_CASE("retention: whoever is behind a trim catches up after all have restarted") {
  Island island;
  const Island::Offices offices = island.offices();
  const std::size_t behind = offices.third;
  island.kill(behind);
  const std::vector<std::string> promises = append_keyed(island, 300, {offices.leader, offices.second});
  const std::size_t left = trim_behind(island, behind, promises[99]);
  CHECK(left > 150);
  island.start(behind);
  const hansard::Promise last = append(island.url(offices.leader), "on");
  CHECK(eventually(patience, [&] { return holds_all(island, behind, to_string(last)); }));
  check_replayed(island.url(behind), promises, 30);
  CHECK(get(island.url(behind), "/v1/logs/main/entries/1/1").is(410));
  // And all that was not trimmed, from its own disk: nobody else has to live for that.
  CHECK(entries_read(island, behind) == left + 1);
  CHECK(was_told(island, behind, "snapshot installed"));
  const auto logs = island.logs();
  for (const auto& [id, log] : logs) CHECK(log == logs.at("a"));
}

TEST_CASE("retention: a snapshot that is cut off again and again is whole in the end") {
  IslandOptions options;
  options.relayed = true;
  options.flags = {"--transfer-rate", "100000"};
  Island island{options};
  const Island::Offices offices = island.offices();
  const std::size_t behind = offices.third;
  island.kill(behind);
  // Keys and entries that take some 6 s on their way.
  const std::vector<std::string> promises = append_keyed(island, 12'000, {offices.leader, offices.second});
  const std::size_t left = trim_behind(island, behind, promises[9'000]);
  const Clock::time_point begun = Clock::now();
  island.start(behind);
  const hansard::Promise last = append(island.url(offices.leader), "meanwhile");
  std::size_t cuts = 0;
  const auto caught_up = [&] {
    return holds_all(island, behind, to_string(last)) && get(island.url(behind), "/readyz").is(200);
  };
  while (!eventually(Milliseconds{1'000}, caught_up) && Clock::now() < begun + patience * slowness) {
    island.cut();
    ++cuts;
  }
  CHECK(caught_up());
  CHECK(cuts >= 3);
  CHECK(was_told(island, behind, "snapshot installed"));
  check_replayed(island.url(behind), promises, 1'500);
  CHECK(entries_read(island, behind) == left + 1);
}

TEST_CASE("retention: an islander that is killed while it fetches a snapshot starts again") {
  IslandOptions options;
  options.flags = {"--transfer-rate", "100000"};
  Island island{options};
  const Island::Offices offices = island.offices();
  const std::size_t behind = offices.third;
  island.kill(behind);
  const std::vector<std::string> promises = append_keyed(island, 8'000, {offices.leader, offices.second});
  const std::size_t left = trim_behind(island, behind, promises[6'000]);
  for (int i = 0; i < 6; ++i) {
    island.start(behind);
    // Somewhere on its way: to the state first, then to the entries.
    static_cast<void>(
        eventually(Milliseconds{200 + 400 * i}, [&] { return get(island.url(behind), "/readyz").is(200); }));
    island.kill(behind);
  }
  island.start(behind);
  const hansard::Promise last = append(island.url(offices.leader), "on");
  CHECK(eventually(patience, [&] { return holds_all(island, behind, to_string(last)); }));
  check_replayed(island.url(behind), promises, 1'000);
  CHECK(entries_read(island, behind) == left + 1);
}

TEST_CASE("retention: settings keep a log small while it is written") {
  IslandOptions options;
  options.islanders = 1;
  Island island{options};
  REQUIRE(call(island.url(0), {"PATCH", "/v1/logs/main", {}, R"({"max_bytes":4000000})"}, patience).is(200));
  client::Connection connection{island.url(0)};
  for (int i = 0; i < 120; ++i) {
    std::string body(1'000'000, 'x');
    std::uint32_t noise = static_cast<std::uint32_t>(i) + 1;
    for (char& c : body) c = static_cast<char>((noise = noise * 1664525 + 1013904223) >> 24U);
    REQUIRE(connection.exchange({"POST", "/v1/logs/main/entries", {}, body}, patience).is(201));
  }
  const auto size_of = [](const std::filesystem::path& directory) {
    std::uintmax_t bytes = 0;
    std::error_code error;
    for (const auto& file : std::filesystem::directory_iterator(directory)) bytes += file.file_size(error);
    return bytes;
  };
  CHECK(eventually(patience, [&] {
    return json_of(get(island.url(0), "/v1/logs/main"))["bytes"].get<std::uint64_t>() <= 4'000'000;
  }));
  CHECK(eventually(patience, [&] { return size_of(island.data(0)) < 60'000'000; }));  // of 120 MB that were written
}

}  // namespace process
