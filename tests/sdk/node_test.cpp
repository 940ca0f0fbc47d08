#include "sdk/node.hpp"

#include "tests/sdk/islands.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <signal.h>
#include <string>
#include <sys/resource.h>
#include <vector>

using namespace islands;
using loop::Client;
using loop::run_until;

namespace {

NodeOptions alone(const Directory& directory) {
  NodeOptions options;
  options.id = "a";
  options.data = directory / "a";
  options.listen = "127.0.0.1:0";
  return options;
}

std::vector<std::string> numbered(int from, int to) {
  std::vector<std::string> bodies;
  for (int i = from; i < to; ++i) bodies.push_back("entry " + std::to_string(i));
  return bodies;
}

bool committed(const std::optional<Appended>& appended) {
  return appended && appended->outcome == Appended::Outcome::committed;
}

bool stop(boost::asio::io_context& io, Member& member, unsigned patience_ms = 5'000) {
  bool done = false;
  member.node->stop(patience_ms, [&done] { done = true; });
  return run_until(io, [&] { return done; });
}

}  // namespace

TEST_CASE("node: an island of one appends and reads back and remembers over a restart") {
  boost::asio::io_context io;
  Directory directory;
  Member a(io, alone(directory));
  REQUIRE(a.start());
  const auto first = a.append("entry 0");
  REQUIRE(committed(first));
  CHECK(first->first == first->last);
  for (int i = 1; i < 20; ++i) CHECK(committed(a.append("entry " + std::to_string(i))));
  CHECK(a.bodies() == numbered(0, 20));
  CHECK(a.rounds > 0);
  CHECK(a.node->figures().appends == 20);
  CHECK(a.node->figures().groups >= 20);
  CHECK(a.node->url() == "http://" + a.node->listening_on());
  CHECK(*a.node->brief().leader == "a");
  CHECK(a.node->brief().has_government);
  const Republic republic = a.node->brief().republic;
  const Cookie cookie = a.node->self().cookie;
  CHECK_FALSE(republic.is_zero());
  const Promise newest = a.node->committed();
  REQUIRE(stop(io, a));
  CHECK(a.node->committed() == newest);  // Looks are still fine.
  a.kill();

  REQUIRE(a.start());
  REQUIRE(run_until(io, [&] { return a.leads(); }));
  CHECK(a.node->brief().republic == republic);
  CHECK(a.node->self().cookie == cookie);
  CHECK(a.bodies() == numbered(0, 20));
  for (int i = 20; i < 25; ++i) CHECK(committed(a.append("entry " + std::to_string(i))));
  CHECK(a.bodies() == numbered(0, 25));
  CHECK_FALSE(a.halted.has_value());
}

TEST_CASE("node: what is not held in memory is read from disk and the two make one log") {
  boost::asio::io_context io;
  Directory directory;
  NodeOptions options = alone(directory);
  options.memory_tail_bytes = 2'000;
  Member a(io, options);
  REQUIRE(a.start());
  for (int i = 0; i < 100; ++i) {
    CHECK(committed(a.append("entry " + std::to_string(i), i % 10 == 0 ? "tenth" : "")));
  }
  CHECK_FALSE(a.node->read_held({0, 0}, 1'000'000, 1'000).has_value());
  CHECK(a.node->read_held(a.node->committed(), 1'000'000, 1'000)->empty());
  CHECK(a.bodies() == numbered(0, 100));
  CHECK(a.bodies(1, 1'000) == numbered(0, 100));
  CHECK(a.bodies(1'000, 3) == numbered(0, 100));

  const auto last = [&](std::size_t items, const std::string& channel, std::size_t bytes_max) {
    std::optional<Result<std::vector<EntryPtr>>> read;
    a.node->read_last(items, channel, bytes_max, [&](auto result) { read = std::move(result); });
    CHECK_FALSE(read.has_value());
    REQUIRE(run_until(io, [&] { return read.has_value(); }));
    REQUIRE(*read);
    std::vector<std::string> bodies;
    for (const EntryPtr& entry : **read) bodies.emplace_back(entry->body());
    return bodies;
  };
  CHECK(last(3, "", 1'000'000) == numbered(97, 100));
  CHECK(last(50, "", 1'000'000) == numbered(50, 100));
  CHECK(last(1'000, "", 1'000'000) == numbered(0, 100));
  CHECK(last(10, "", 1) == numbered(99, 100));
  CHECK(last(4, "tenth", 1'000'000) == std::vector<std::string>{"entry 60", "entry 70", "entry 80", "entry 90"});
  CHECK(last(4, "nobody", 1'000'000).empty());

  const auto find = [&](Promise promise) {
    std::optional<Result<EntryPtr>> found;
    a.node->find(promise, [&](Result<EntryPtr> result) { found = std::move(result); });
    CHECK_FALSE(found.has_value());
    REQUIRE(run_until(io, [&] { return found.has_value(); }));
    return *found;
  };
  const Promise newest = a.node->brief().newest_client;
  CHECK((*find(newest))->body() == "entry 99");
  CHECK((*find({newest.government, 5}))->kind() == Kind::client);
  CHECK(find({newest.government, newest.entry + 7}).error().code == Errc::not_found);
  CHECK(find({newest.government + 1, 0}).error().code == Errc::not_found);
}

TEST_CASE("node: a batch is one entry with as many promises as items") {
  boost::asio::io_context io;
  Directory directory;
  Member a(io, alone(directory));
  REQUIRE(a.start());
  Submission batch;
  for (const std::string& body : numbered(0, 5)) batch.items.push_back({"", body});
  std::optional<Appended> ended;
  REQUIRE(a.node->append(batch, [&](const Appended& what) { ended = what; }));
  CHECK_FALSE(ended.has_value());
  REQUIRE(run_until(io, [&] { return ended.has_value(); }));
  CHECK(ended->last.entry == ended->first.entry + 4);
  CHECK(a.bodies() == numbered(0, 5));
}

TEST_CASE("node: many appends at once share rounds and disk groups") {
  boost::asio::io_context io;
  Directory directory;
  Member a(io, alone(directory));
  REQUIRE(a.start());
  REQUIRE(committed(a.append("warm")));
  const std::uint64_t before = a.node->figures().groups;
  int done = 0;
  for (int i = 0; i < 500; ++i) {
    REQUIRE(a.node->append(submission("x"), [&](const Appended& what) {
      CHECK(what.outcome == Appended::Outcome::committed);
      ++done;
    }));
  }
  REQUIRE(run_until(io, [&] { return done == 500; }));
  CHECK(a.node->figures().groups - before < 20);
}

TEST_CASE("node: read points are confirmed and can be given up") {
  boost::asio::io_context io;
  Directory directory;
  Member a(io, alone(directory));
  REQUIRE(a.start());
  const auto appended = a.append("x");
  REQUIRE(committed(appended));
  std::optional<ReadReady> ready;
  bool never = false;
  a.node->read_point([&](const ReadReady& what) { ready = what; });
  a.node->give_up_read(a.node->read_point([&](const ReadReady&) { never = true; }));
  CHECK_FALSE(ready.has_value());
  REQUIRE(run_until(io, [&] { return ready.has_value(); }));
  CHECK(ready->confirmed);
  CHECK(ready->point >= appended->last);
  CHECK_FALSE(never);
}

TEST_CASE("node: options that make no sense are refused with one line") {
  boost::asio::io_context io;
  Directory directory;
  const auto why = [&](const std::function<void(NodeOptions&)>& spoil) {
    NodeOptions options = alone(directory);
    spoil(options);
    Member a(io, options);
    const auto started = a.start();
    return started ? std::string("started") : started.error().what;
  };
  CHECK(why([](NodeOptions& o) { o.id = "No"; }).find("not an islander's name") != std::string::npos);
  CHECK(why([](NodeOptions& o) { o.data.clear(); }) == "no data directory is given");
  CHECK(why([](NodeOptions& o) { o.island = {{"b", "http://b:1"}}; }) == "the founding list does not name islander a");
  CHECK(why([](NodeOptions& o) {
          o.island = {{"a", "http://a:1"}, {"a", "http://b:1"}};
        }) == "the founding list names islander a twice");
  CHECK(why([](NodeOptions& o) {
          o.island = {{"a", "http://a:1"}};
          o.join = {"http://b:1"};
        }) == "either a founding list or urls to join, not both");
  CHECK(why([](NodeOptions& o) { o.listen = "nowhere"; }).find("cannot listen on nowhere") != std::string::npos);
  CHECK(why([](NodeOptions& o) { o.data = "/proc/nowhere"; }) != "started");
}

TEST_CASE("node: a directory serves one islander at a time and always the same one") {
  boost::asio::io_context io;
  Directory directory;
  Member a(io, alone(directory));
  REQUIRE(a.start());
  Member twin(io, alone(directory));
  const auto second = twin.start();
  REQUIRE_FALSE(second);
  CHECK(second.error().code == Errc::in_use);
  a.kill();
  NodeOptions other = alone(directory);
  other.id = "b";
  Member b(io, other);
  const auto third = b.start();
  REQUIRE_FALSE(third);
  CHECK(third.error().code == Errc::wrong_identity);
  REQUIRE(a.start());
}

TEST_CASE("node: sockets of clients are handed on and get 426 where nobody takes them") {
  boost::asio::io_context io;
  Directory directory;
  Member a(io, alone(directory));
  REQUIRE(a.start());
  Client client(io, a.node->listening_on());
  client.send("GET /healthz HTTP/1.1\r\n\r\n");
  client.read();
  REQUIRE(run_until(io, [&] { return client.closed; }));
  CHECK(client.got.starts_with("HTTP/1.1 426 "));
  a.kill();

  a.node.emplace(io, a.options, a.log.logger);
  std::string bytes;
  a.node->on_socket([&](boost::asio::ip::tcp::socket, std::string read) { bytes = std::move(read); });
  REQUIRE(a.node->start());
  Client other(io, a.node->listening_on());
  other.send("POST");
  REQUIRE(run_until(io, [&] { return !bytes.empty(); }));
  CHECK(bytes == "POST");
}

TEST_CASE("node: stopping ends what is open and can be asked for twice") {
  boost::asio::io_context io;
  Directory directory;
  Member a(io, alone(directory));
  REQUIRE(a.start());
  REQUIRE(committed(a.append("x")));
  int ended = 0;
  for (int i = 0; i < 50; ++i) {
    REQUIRE(a.node->append(submission("y"), [&](const Appended&) { ++ended; }));
  }
  int done = 0;
  a.node->stop(5'000, [&] { ++done; });
  a.node->stop(5'000, [&] { ++done; });
  CHECK_FALSE(a.node->append(submission("late"), [](const Appended&) {}).has_value());
  REQUIRE(run_until(io, [&] { return done == 2; }));
  CHECK(ended == 50);
  a.node->stop(5'000, [&] { ++done; });
  REQUIRE(run_until(io, [&] { return done == 3; }));
  CHECK_THROWS(Client(io, a.node->listening_on()));
  bool confirmed = true;
  a.node->read_point([&](const ReadReady& what) { confirmed = what.confirmed; });
  std::optional<Result<std::vector<EntryPtr>>> read;
  a.node->find({7, 7}, [&](Result<EntryPtr> found) { CHECK_FALSE(found); });
  REQUIRE(run_until(io, [&] { return !confirmed; }));
  // Nothing keeps the io_context at work.
  io.restart();
  CHECK(io.run_for(std::chrono::seconds(5)) < 20);
  CHECK(io.stopped());
}

TEST_CASE("node: a failing disk halts it once with one error line") {
  boost::asio::io_context io;
  Directory directory;
  Member a(io, alone(directory));
  REQUIRE(a.start());
  REQUIRE(committed(a.append("x")));
  // No file may grow any more.
  signal(SIGXFSZ, SIG_IGN);
  rlimit before{};
  REQUIRE(getrlimit(RLIMIT_FSIZE, &before) == 0);
  rlimit none = before;
  none.rlim_cur = 1;
  REQUIRE(setrlimit(RLIMIT_FSIZE, &none) == 0);
  std::optional<Appended> ended;
  REQUIRE(a.node->append(submission("y"), [&](const Appended& what) { ended = what; }));
  const bool halted = run_until(io, [&] { return a.halted.has_value(); });
  REQUIRE(setrlimit(RLIMIT_FSIZE, &before) == 0);
  REQUIRE(halted);
  REQUIRE(ended.has_value());
  CHECK(ended->outcome == Appended::Outcome::unknown);
  CHECK(a.log.count("error this islander stops: ") == 1);
  CHECK_FALSE(a.node->append(submission("z"), [](const Appended&) {}).has_value());
  CHECK(a.bodies() == std::vector<std::string>{"x"});  // From memory.
  REQUIRE(stop(io, a));
  a.kill();
  REQUIRE(a.start());
  REQUIRE(committed(a.append("again")));
  CHECK(a.bodies().front() == "x");
}

TEST_CASE("node: three found an island and each takes appends that all of them learn") {
  Island island(3);
  for (const auto& member : island.members) REQUIRE(member->start());
  REQUIRE(island.leader() != nullptr);
  for (int i = 0; i < 30; ++i) {
    CAPTURE(i);
    REQUIRE(committed(island[static_cast<std::size_t>(i) % 3].append("entry " + std::to_string(i))));
  }
  const Promise newest = island.leader()->node->committed();
  for (const auto& member : island.members) {
    REQUIRE(run_until(island.io, [&] { return member->node->committed() >= newest; }));
    CHECK(member->bodies() == numbered(0, 30));
    CHECK(member->node->brief().republic == island[0].node->brief().republic);
  }
  for (const auto& member : island.members) REQUIRE(stop(island.io, *member));
}

TEST_CASE("node: an island of three outlives the death of its leader and takes it back") {
  Island island(3);
  for (const auto& member : island.members) REQUIRE(member->start());
  Member* leader = island.leader();
  REQUIRE(leader != nullptr);
  for (int i = 0; i < 5; ++i) REQUIRE(committed(leader->append("entry " + std::to_string(i))));
  leader->kill();
  Member& other = leader == &island[0] ? island[1] : island[0];
  for (int i = 5; i < 10; ++i) REQUIRE(committed(other.append("entry " + std::to_string(i))));
  REQUIRE(leader->start());
  REQUIRE(committed(leader->append("entry 10")));
  const Promise newest = leader->node->committed();
  for (const auto& member : island.members) {
    REQUIRE(run_until(island.io, [&] { return member->node->committed() >= newest; }));
    CHECK(member->bodies() == numbered(0, 11));
  }
}

TEST_CASE("node: a leader that stops hands its office over") {
  Island island(3);
  for (const auto& member : island.members) REQUIRE(member->start());
  Member* leader = island.leader();
  REQUIRE(leader != nullptr);
  REQUIRE(committed(leader->append("entry 0")));
  const auto begun = std::chrono::steady_clock::now();
  REQUIRE(stop(island.io, *leader));
  leader->kill();
  Member& other = leader == &island[0] ? island[1] : island[0];
  REQUIRE(committed(other.append("entry 1")));
  CHECK(std::chrono::steady_clock::now() - begun < std::chrono::seconds(5));
  CHECK(other.bodies() == numbered(0, 2));
}

TEST_CASE("node: an append without a government is given up and its handler stays silent") {
  Island island(3);
  REQUIRE(island[0].start());
  bool ran = false;
  const auto ticket = island[0].node->append(submission("x"), [&](const Appended&) { ran = true; });
  REQUIRE(ticket);
  CHECK_FALSE(run_until(
      island.io, [&] { return ran; }, std::chrono::milliseconds(200)));
  const Appended known = island[0].node->give_up(*ticket);
  CHECK(known.outcome != Appended::Outcome::committed);
  CHECK(island[0].node->give_up(*ticket).outcome == Appended::Outcome::unknown);
  CHECK_FALSE(run_until(
      island.io, [&] { return ran; }, std::chrono::milliseconds(50)));
  CHECK_FALSE(island[0].node->status().waiting_for.empty());
}

TEST_CASE("node: one that goes away in the middle of everything leaves the others at work") {
  Island island(3);
  for (const auto& member : island.members) REQUIRE(member->start());
  REQUIRE(island.leader() != nullptr);
  for (int round = 0; round < 3; ++round) {
    for (const auto& member : island.members) {
      for (int i = 0; i < 20; ++i) static_cast<void>(member->node->append(submission("noise"), [](const Appended&) {}));
    }
    island.io.restart();
    island.io.run_for(std::chrono::milliseconds(3 + round));
    Member& victim = island[static_cast<std::size_t>(round)];
    victim.kill();
    Member& other = island[static_cast<std::size_t>(round + 1) % 3];
    REQUIRE(committed(other.append("entry")));
    REQUIRE(victim.start());
    REQUIRE(committed(victim.append("entry")));
  }
  for (const auto& member : island.members) CHECK_FALSE(member->halted.has_value());
}

TEST_CASE("node: one more islander joins a standing island by its url and learns the log") {
  Island island(3);
  for (const auto& member : island.members) REQUIRE(member->start());
  Member* leader = island.leader();
  REQUIRE(leader != nullptr);
  REQUIRE(committed(leader->append("entry 0")));
  Member& door = leader == &island[0] ? island[1] : island[0];
  NodeOptions options;
  options.id = "d";
  options.data = island.directory / "d";
  options.listen = "127.0.0.1:0";
  options.join = {door.node->url()};
  Member newcomer(island.io, options);
  REQUIRE(newcomer.start());
  REQUIRE(committed(newcomer.append("entry 1")));
  REQUIRE(run_until(island.io, [&] { return newcomer.bodies() == numbered(0, 2); }));
  CHECK(newcomer.node->brief().republic == leader->node->brief().republic);
  // And again, after it was away.
  newcomer.kill();
  REQUIRE(committed(leader->append("entry 2")));
  REQUIRE(newcomer.start());
  REQUIRE(run_until(island.io, [&] { return newcomer.bodies() == numbered(0, 3); }));
}

TEST_CASE("node: a handler may do away with its node") {
  boost::asio::io_context io;
  Directory directory;
  Member a(io, alone(directory));
  REQUIRE(a.start());
  int ran = 0;
  for (int i = 0; i < 10; ++i) {
    REQUIRE(a.node->append(submission("x"), [&](const Appended&) {
      ++ran;
      a.kill();
    }));
  }
  REQUIRE(run_until(io, [&] { return ran > 0; }));
  io.restart();
  io.run();
  CHECK(ran == 1);
  REQUIRE(a.start());
  CHECK(run_until(io, [&] { return a.bodies().size() == 10; }));
}

TEST_CASE("node: a wiped islander under its old id is no hurry and no harm") {
  Island island(3);
  for (const auto& member : island.members) REQUIRE(member->start());
  Member* leader = island.leader();
  REQUIRE(leader != nullptr);
  REQUIRE(committed(leader->append("entry 0")));
  Member& victim = leader == &island[0] ? island[1] : island[0];
  victim.kill();
  std::filesystem::remove_all(victim.options.data);
  REQUIRE(victim.start());
  const std::uint64_t before = leader->node->figures().pulses_failed;
  island.io.restart();
  island.io.run_for(std::chrono::seconds(1));
  REQUIRE(committed(leader->append("entry 1")));
  // Those meant for the old incarnation fail, and are not sent again and again without a pause.
  CHECK(leader->node->figures().pulses_failed - before < 200);
  CHECK(leader->bodies() == numbered(0, 2));
}
