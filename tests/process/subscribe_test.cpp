// tests/process/subscribe_test.cpp - readers of a stream that is cut off again and again see each entry once, in order.
#include "tests/process/appenders.hpp"
#include "tests/process/faults.hpp"
#include "tests/process/island.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <nlohmann/json.hpp>
#include <random>
#include <string>
#include <thread>
#include <vector>

namespace process {
namespace {

// A browser's EventSource, in a thread: resumes with Last-Event-ID, at the next islander each time, and leaves by
// itself after a number of entries that is drawn anew each time.
class EventSource {
 public:
  EventSource(std::vector<client::Url> urls, std::size_t begin_at, std::uint64_t seed)
      : urls_(std::move(urls)), at_(begin_at), chance_(seed), thread_([this] { work(); }) {}
  ~EventSource() { finish(); }
  EventSource(const EventSource&) = delete;
  EventSource& operator=(const EventSource&) = delete;

  // Entries seen so far.
  [[nodiscard]] std::size_t count() const { return count_.load(); }
  [[nodiscard]] std::size_t connects() const { return connects_.load(); }
  HeldLog finish() {
    stops_ = true;
    if (thread_.joinable()) thread_.join();
    return seen_;
  }
  // What was not as it should be. After finish().
  [[nodiscard]] const std::vector<std::string>& troubles() const { return troubles_; }

 private:
  void work() {
    for (; !stops_; at_ = (at_ + 1) % urls_.size()) {
      client::Connection connection{urls_[at_]};
      client::Call call;
      call.target = "/v1/logs/main/subscribe?after=0%2F0";
      call.headers.emplace_back("Accept", "text/event-stream");
      if (!last_id_.empty()) call.headers.emplace_back("Last-Event-ID", last_id_);
      const client::Outcome outcome = connection.open(call, Milliseconds{3'000});
      if (outcome.fate == client::Fate::answered && outcome.answer.status != 200 && outcome.answer.status != 503) {
        troubles_.push_back(std::to_string(outcome.answer.status) + " " + outcome.answer.body);
      }
      if (!outcome.is(200)) continue;
      ++connects_;
      listen(connection, 50 + chance_() % 500);
    }
  }

  void listen(client::Connection& connection, std::uint64_t leave_after) {
    std::string id;
    std::string event;
    std::string data;
    for (std::string line; !stops_ && leave_after > 0;) {
      if (connection.read_line(line, Milliseconds{1'000}) != client::Line::got) return;
      if (line.starts_with("id: ")) id = line.substr(4);
      if (line.starts_with("event: ")) event = line.substr(7);
      if (line.starts_with("data: ")) data = line.substr(6);
      if (!line.empty() || data.empty()) continue;
      take(id, event, data);
      data.clear();
      --leave_after;
    }
  }

  void take(const std::string& id, const std::string& event, const std::string& data) {
    const nlohmann::json entry = nlohmann::json::parse(data, nullptr, false);
    const std::string text = entry.is_object() ? entry.value("promise", std::string()) : std::string();
    const auto promise = hansard::parse_promise(text);
    if (!promise || event != "entry" || !id.starts_with(text + "@")) {
      troubles_.push_back("event '" + event + "' id '" + id + "' data " + data);
      return;
    }
    last_id_ = id;
    seen_.push_back({*promise, entry.value("data", std::string())});
    ++count_;
  }

  std::vector<client::Url> urls_;
  std::size_t at_;
  std::mt19937_64 chance_;
  std::string last_id_;
  HeldLog seen_;
  std::vector<std::string> troubles_;
  std::atomic<std::size_t> count_ = 0;
  std::atomic<std::size_t> connects_ = 0;
  std::atomic<bool> stops_ = false;
  std::thread thread_;
};

}  // namespace

TEST_CASE("subscribe: streams that are cut off and resumed elsewhere see each entry once while leaders are killed") {
  const std::uint64_t seed = process::seed();
  CAPTURE(seed);
  std::mt19937_64 chance{seed};
  Island island;
  std::vector<client::Url> urls;
  for (std::size_t i = 0; i < island.size(); ++i) urls.push_back(island.url(i));
  std::vector<std::unique_ptr<EventSource>> sources;
  for (std::size_t i = 0; i < 4; ++i) sources.push_back(std::make_unique<EventSource>(urls, i % urls.size(), seed + i));

  std::vector<Attempt> history;
  for (int round = 0; round < 2; ++round) {
    CAPTURE(round);
    AppendersOptions load;
    load.urls = urls;
    load.clients = 12;
    load.name = "round" + std::to_string(round);
    Appenders appenders{load};
    REQUIRE(appenders.wait_for(500 + chance() % 500));
    const std::size_t victim = island.offices().leader;
    island.kill(victim);
    REQUIRE(appenders.wait_for(500));
    island.start(victim);
    island.wait_ready(victim);
    const std::vector<Attempt> seen = appenders.finish();
    history.insert(history.end(), seen.begin(), seen.end());
  }

  const std::map<std::string, HeldLog> logs = island.logs();
  CHECK(joined(find_faults(history, logs)) == "");
  const HeldLog& log = logs.at("a");
  for (const auto& source : sources) {
    CHECK(eventually(Milliseconds{60'000}, [&] { return source->count() >= log.size(); }));
    const HeldLog seen = source->finish();
    CHECK(joined(source->troubles()) == "");
    CHECK(source->connects() > 1);
    const auto differ = std::ranges::mismatch(seen, log);
    const auto here = differ.in1;
    const auto there = differ.in2;
    CHECK_MESSAGE(here == seen.end(), "saw ", to_string(here->promise), " '", here->body, "'");
    CHECK_MESSAGE(there == log.end(), "has not seen ", to_string(there->promise));
  }
}

}  // namespace process
