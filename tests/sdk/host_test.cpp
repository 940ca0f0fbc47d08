// tests/sdk/host_test.cpp - the host's loop around a real Legislator, in a world that the test plays by hand.
#include "sdk/host.hpp"

#include "log/memory_store.hpp"
#include "sdk/recovery.hpp"
#include "tests/government/lone_islander.hpp"

#include <doctest/doctest.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace hansard {
namespace {

using namespace tests;  // the words of the fixture

constexpr std::size_t all = ~std::size_t{0};

// Everything happens when the test says so.
class HandMadeWorld final : public World {
 public:
  explicit HandMadeWorld(std::size_t tail_bytes) {
    auto opened = disk.open("b", cookie_of("b"));
    REQUIRE(opened.has_value());
    store = std::move(*opened);
    auto core = recover(*store, Settings{}, "http://b", tests::republic, moment());
    REQUIRE(core.has_value());
    host = std::make_unique<Host>(*this, std::move(*core), tail_bytes);
  }

  [[nodiscard]] Moment moment() override { return {now, static_cast<std::int64_t>(now)}; }
  void wake() override { woken = true; }
  void send(const Pulse& /*pulse*/) override {}
  void answer(const Response& response) override { answers.push_back(response); }
  void flush() override { ++flushes; }
  void republic(const Republic& value) override { known = value; }
  void write(const Write* given) override {
    CHECK(writing == nullptr);
    writing = given;
  }
  void read(const Want& /*want*/) override {}
  void arm(Tick at) override { armed = at; }
  void committed() override { ++commits; }
  void tell(const Event& /*event*/) override {}
  void tell_waiting(const std::string& /*what*/) override {}
  void close() override { closed = true; }
  void halted(const Error& error) override { halt = error; }

  // Rounds until there is nothing more to do without a disk.
  void run() {
    while (std::exchange(woken, false)) host->round();
  }
  void finish_write() {
    REQUIRE(writing != nullptr);
    const Write write = *std::exchange(writing, nullptr);
    REQUIRE(store->write(write).has_value());
    host->written(write.id);
    run();
  }
  void ask(const Islander& from, Request request) {
    host->request(++requests, from, tests::republic, std::move(request));
    run();
  }

  MemoryDisk disk;
  std::unique_ptr<Store> store;
  std::unique_ptr<Host> host;
  std::vector<Response> answers;
  const Write* writing = nullptr;
  Republic known;
  Tick now = 1'000'000;
  Tick armed = 0;
  RequestId requests = 0;
  int flushes = 0;
  int commits = 0;
  bool woken = false;
  bool closed = false;
  std::optional<Error> halt;
};

std::string text_of_tail(const Host& host, Promise after) {
  const auto held = host.tail().read(after, all, all);
  return held ? text_of(*held) : "on disk";
}

}  // namespace

TEST_CASE("host: what took the place of dropped entries is read from memory until it is on disk") {
  // b holds 2/0 and 2/1 of the first leader, which were never committed. The next one writes others under the same
  // promises, and they are committed before the disk of b holds them.
  Scroll log;
  log.govern(government(3, "a b", "c"), 1, 1);
  Scroll other = log;
  log.govern(government(3, "a b", "c"), 2, 1);
  log.append("dropped");
  other.govern(government(3, "c b", "a"), 2, 2);
  other.append("kept");

  HandMadeWorld b(1);  // a tail that lets go whatever it may
  b.ask(islander("a"), register_of(log, {}, 1, {log.at({1, 0}), 1}));
  while (b.writing != nullptr) b.finish_write();
  REQUIRE(b.host->core().durable() == Promise{2, 1});

  b.ask(islander("c"), register_of(other, {1, 0}, 2));
  REQUIRE(b.writing != nullptr);
  b.ask(islander("c"), register_of(other, {2, 1}, 2, {other.at({2, 1}), 2}));
  REQUIRE(b.host->core().committed() == Promise{2, 1});
  CHECK(b.host->core().durable() == Promise{1, 0});
  CHECK(text_of_tail(*b.host, {1, 0}) == "2/0@2 2/1@2");

  while (b.writing != nullptr) b.finish_write();
  CHECK(text_of_tail(*b.host, {1, 0}) == "on disk");
  CHECK(text_of(*b.store->read({1, 0}, {2, 1}, all, all)) == "2/0@2 2/1@2");
}

TEST_CASE("host: a round comes once however many inputs there are and nothing comes after the end") {
  HandMadeWorld b(1'000);
  b.host->core().bootstrap(b.moment(), {{"b", "http://b"}});
  b.host->mark();
  b.run();
  while (b.writing != nullptr) b.finish_write();
  CHECK_FALSE(b.known.is_zero());
  std::vector<Appended> ended;
  const auto append = [&] {
    Submission submission;
    submission.items.push_back({"", "x"});
    return b.host->append(std::move(submission), [&](const Appended& appended) { ended.push_back(appended); });
  };
  const int flushes = b.flushes;
  REQUIRE(append());
  REQUIRE(append());
  b.run();
  CHECK(b.flushes == flushes + 1);
  b.finish_write();
  REQUIRE(ended.size() == 2);
  CHECK(ended[0].outcome == Appended::Outcome::committed);
  CHECK(b.host->appends_done() == 2);

  REQUIRE(append());
  b.run();
  std::vector<std::string> refused;
  const auto note_read = [&](const ReadReady& ready) { refused.emplace_back(ready.confirmed ? "read" : "no read"); };
  b.host->halt({Errc::io, "the disk is gone"});
  CHECK(b.closed);
  REQUIRE(b.halt);
  CHECK(b.halt->what == "the disk is gone");
  REQUIRE(ended.size() == 3);
  CHECK(ended[2].outcome == Appended::Outcome::unknown);
  CHECK_FALSE(append());
  b.host->read_point(note_read);
  b.host->operate({Operation::What::transfer, "c", 0},
                  [&](const Operated& operated) { refused.emplace_back(operated.done ? "done" : "not done"); });
  CHECK(refused.empty());  // never from inside the call
  b.run();
  CHECK(refused == std::vector<std::string>{"no read", "not done"});
}

}  // namespace hansard
