// tests/process/verbs_test.cpp - the verbs that talk to an island, as a person or a script uses them.
#include "tests/process/appenders.hpp"
#include "tests/process/faults.hpp"
#include "tests/process/island.hpp"

#include <doctest/doctest.h>

#include <csignal>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>
#include <string>
#include <sys/wait.h>
#include <vector>

namespace process {
namespace {

IslandOptions of_one() {
  IslandOptions options;
  options.islanders = 1;
  return options;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in{text};
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

// `hansard` at one island.
class Prompt {
 public:
  explicit Prompt(std::string urls) : urls_(std::move(urls)) {}

  // REQUIREs success.
  [[nodiscard]] std::string good(const std::vector<std::string>& arguments, const std::string& input = {}) const {
    const Ran ran = run_hansard(arguments, input, Milliseconds{60'000}, {{"HANSARD_URL", urls_}});
    CAPTURE(ran.errors);
    REQUIRE(ran.code == 0);
    return ran.output;
  }
  // One line on stderr and this exit code.
  [[nodiscard]] std::string bad(int code, const std::vector<std::string>& arguments,
                                const std::string& input = {}) const {
    const Ran ran = run_hansard(arguments, input, Milliseconds{60'000}, {{"HANSARD_URL", urls_}});
    CHECK(ran.code == code);
    CHECK(lines_of(ran.errors).size() == 1);
    return ran.errors;
  }

 private:
  std::string urls_;
};

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("verbs: help names every verb and flag and the version is said") {
  const Prompt prompt{""};
  CHECK(prompt.good({"--version"}).starts_with("hansard "));
  const std::string help = prompt.good({"--help"});
  for (const std::string verb : {"serve", "local", "append", "read", "tail", "status", "government", "why", "trim",
                                 "exile", "transfer", "bench"}) {
    CAPTURE(verb);
    CHECK(contains(help, "  " + verb + " "));
    const std::string of_verb = prompt.good({verb, "--help"});
    CHECK(contains(of_verb, "--help"));
    if (verb != "serve" && verb != "local") CHECK(contains(of_verb, "--url URL,...=http://127.0.0.1:8101"));
  }
  const std::string serve = prompt.good({"serve", "--help"});
  for (const std::string flag : {"--id", "--data", "--listen HOST:PORT=127.0.0.1:8101", "--island", "--join", "--url",
                                 "--insecure", "--log-format text|json=text", "--log-level", "--ping DURATION=100ms",
                                 "--timeout DURATION=1s", "--hold-unsynced", "--config", "HANSARD_LOG_LEVEL"}) {
    CAPTURE(flag);
    CHECK(contains(serve, flag));
  }
}

TEST_CASE("verbs: bad usage is one line and exit code 2") {
  const Prompt prompt{"http://127.0.0.1:1"};
  CHECK(contains(prompt.bad(2, {}), "a verb is missing"));
  CHECK(contains(prompt.bad(2, {"nosuch"}), "nosuch"));
  CHECK(contains(prompt.bad(2, {"--nosuch"}), "--nosuch"));
  CHECK(contains(prompt.bad(2, {"append"}), "give one of TEXT"));
  CHECK(contains(prompt.bad(2, {"append", "x", "--lines"}), "give one of TEXT"));
  CHECK(contains(prompt.bad(2, {"append", "x", "--key", "a b"}), "--key"));
  CHECK(contains(prompt.bad(2, {"append", "x", "y", "--key", "k"}), "--key and --if-match are for one TEXT"));
  CHECK(contains(prompt.bad(2, {"append", "x", "--if-match", "newest"}), "--if-match"));
  CHECK(contains(prompt.bad(2, {"append", "x", "--channel", "Not A Name"}), "--channel"));
  CHECK(contains(prompt.bad(2, {"append", "x", "--url", "nonsense"}), "--url"));
  CHECK(contains(prompt.bad(2, {"read", "--after", "3"}), "--after: '3' is not a promise"));
  CHECK(contains(prompt.bad(2, {"read", "--limit", "0"}), "--limit"));
  CHECK(contains(prompt.bad(2, {"read", "--limit"}), "--limit"));
  CHECK(contains(prompt.bad(2, {"read", "--last", "3", "--after", "1/1"}), "excludes"));
  CHECK(contains(prompt.bad(2, {"read", "--log", "UPPER"}), "--log"));
  CHECK(contains(prompt.bad(2, {"bench", "--duration", "fast"}), "--duration"));
  CHECK(contains(prompt.bad(2, {"trim"}), "before"));
  CHECK(contains(prompt.bad(2, {"trim", "3"}), "'3' is not a promise"));
  CHECK(contains(prompt.bad(2, {"exile", "B"}), "'B' is not a name"));
  CHECK(contains(prompt.bad(2, {"transfer"}), "id"));
  CHECK(contains(prompt.bad(2, {"log"}), "subcommand"));
  CHECK(contains(prompt.bad(2, {"log", "set"}), "a setting is missing"));
  CHECK(contains(prompt.bad(2, {"log", "set", "--max-age", "1d"}), "--max-age"));
  CHECK(contains(prompt.bad(2, {"log", "set", "--max-entries", "0"}), "--max-entries"));
  CHECK(contains(prompt.bad(2, {"local", "--islanders", "0"}), "--islanders"));
  CHECK(contains(prompt.bad(2, {"local", "--base-port", "65535"}), "--base-port"));
}

TEST_CASE("verbs: an island that is not there is exit code 1") {
  const Prompt prompt{"http://127.0.0.1:1,http://127.0.0.1:2"};
  for (const std::string verb : {"read", "tail", "status", "government"}) {
    CAPTURE(verb);
    CHECK(contains(prompt.bad(1, {verb}), "http://127.0.0.1:2: connection refused"));
  }
  CHECK(contains(prompt.bad(1, {"append", "x"}), "not appended"));
  CHECK(contains(prompt.bad(1, {"tail", "-f"}), "connection refused"));
  CHECK(contains(prompt.bad(1, {"bench", "--duration", "200ms"}), "nothing was appended"));
}

TEST_CASE("verbs: append and read give back what was given") {
  Island island{of_one()};
  const Prompt prompt{island.urls()};
  CHECK(prompt.good({"read"}).empty());
  CHECK(prompt.good({"tail"}).empty());
  const std::vector<std::string> promises =
      lines_of(prompt.good({"append", "one", "two words", "[a,b]", "", "read", "--", "-x", "--lines"}));
  REQUIRE(promises.size() == 7);
  CHECK(prompt.good({"read"}) == "one\ntwo words\n[a,b]\n\nread\n-x\n--lines\n");
  CHECK(prompt.good({"read", "--after", promises[4]}) == "-x\n--lines\n");
  CHECK(prompt.good({"read", "--limit", "2"}) == "one\ntwo words\n");
  CHECK(prompt.good({"read", "--last", "2"}) == "-x\n--lines\n");
  CHECK(prompt.good({"tail", "--after", promises[5]}) == "--lines\n");

  const std::string bytes("\x00\xff\x80 not text \n", 14);
  write_file(folder() / "file", bytes);
  CHECK(lines_of(prompt.good({"append", "--file", (folder() / "file").string()})).size() == 1);
  CHECK(prompt.good({"read", "--last", "1"}) == bytes + "\n");
  CHECK(contains(prompt.bad(1, {"append", "--file", "/nonexistent"}), "/nonexistent: cannot be read"));

  client::Call json{"POST", "/v1/logs/main/entries", {{"Content-Type", "application/json"}}, R"({"n": 1.0})"};
  REQUIRE(call(island.url(0), json).is(201));
  CHECK(prompt.good({"read", "--last", "1"}) == "{\"n\": 1.0}\n");
  CHECK(contains(prompt.good({"read", "--last", "1", "--json"}), R"("data":{"n": 1.0})"));
  const nlohmann::json appended = nlohmann::json::parse(prompt.good({"append", "--json", "last"}));
  CHECK(hansard::parse_promise(appended["promise"].get<std::string>()).has_value());
}

TEST_CASE("verbs: lines of stdin become entries in batches") {
  Island island{of_one()};
  const Prompt prompt{island.urls()};
  std::string input;
  constexpr int count = 25'000;  // More than two batches may hold.
  for (int i = 0; i < count; ++i) input += "line " + std::to_string(i) + "\n";
  const std::vector<std::string> promises = lines_of(prompt.good({"append", "--lines"}, input));
  CHECK(promises.size() == count);
  CHECK(std::set<std::string>(promises.begin(), promises.end()).size() == count);
  CHECK(prompt.good({"read", "--limit", "100000"}) == input);
  CHECK(prompt.good({"tail", "--after", "0/0"}) == input);
  CHECK(prompt.good({"tail"}) == input.substr(input.find("line 24990")));
  CHECK(lines_of(prompt.good({"append", "--lines"}, "a\n\nno end of line")).size() == 3);
  CHECK(prompt.good({"read", "--last", "3"}) == "a\n\nno end of line\n");
  CHECK(prompt.good({"append", "--lines"}, "").empty());
}

TEST_CASE("verbs: a key makes an append stand once and a condition decides between writers") {
  Island island{of_one()};
  const Prompt prompt{island.urls()};
  const std::string first = prompt.good({"append", "--key", "k", "--if-match", "0/0", "x"});
  CHECK(lines_of(first).size() == 1);
  CHECK(prompt.good({"append", "--key", "k", "x"}) == first);
  CHECK(contains(prompt.bad(1, {"append", "--key", "k", "y"}), "not appended (answered 422"));
  CHECK(contains(prompt.bad(1, {"append", "--if-match", "0/0", "y"}), "not appended (answered 412"));
  const std::string batch = prompt.good({"append", "--lines", "--key", "lines"}, "a\nb\n");
  CHECK(lines_of(batch).size() == 2);
  CHECK(prompt.good({"append", "--lines", "--key", "lines"}, "a\nb\n") == batch);
  std::string many;
  for (int i = 0; i < 10'001; ++i) many += "x\n";
  CHECK(contains(prompt.bad(1, {"append", "--lines", "--key", "many"}, many), "line 10001: not appended"));
  CHECK(lines_of(prompt.good({"read", "--limit", "100"})).size() == 3);
}

TEST_CASE("verbs: channels are told apart") {
  Island island{of_one()};
  const Prompt prompt{island.urls()};
  for (const std::string channel : {"red", "blue", "red"}) {
    CHECK(!prompt.good({"append", "--channel", channel, channel + " entry"}).empty());
  }
  CHECK(!prompt.good({"append", "none"}).empty());
  CHECK(prompt.good({"read"}) == "red entry\nblue entry\nred entry\nnone\n");
  CHECK(prompt.good({"read", "--channel", "red"}) == "red entry\nred entry\n");
  CHECK(prompt.good({"tail", "--channel", "blue", "--channel", "red"}) == "red entry\nblue entry\nred entry\n");
}

TEST_CASE("verbs: a log that is not there and an entry that is too large are said in words") {
  Island island{of_one()};
  const Prompt prompt{island.urls()};
  CHECK(contains(prompt.bad(1, {"read", "--log", "nosuch"}), "answered 404"));
  CHECK(contains(prompt.bad(1, {"tail", "-f", "--log", "nosuch"}), "answered 404"));
  CHECK(contains(prompt.bad(1, {"append", "--log", "nosuch", "x"}), "not appended (answered 404"));
  write_file(folder() / "file", std::string((std::size_t{1} << 20U) + 1, 'x'));
  CHECK(contains(prompt.bad(1, {"append", "--file", (folder() / "file").string()}), "not appended (answered 413"));
}

TEST_CASE("verbs: status and government are tables and JSON where asked") {
  Island island;
  const Prompt prompt{island.urls()};
  const std::string promise = lines_of(prompt.good({"append", "x"})).front();
  const std::string status = prompt.good({"status"});
  CHECK(contains(status, "leader"));
  CHECK(contains(status, promise));
  CHECK(nlohmann::json::parse(prompt.good({"status", "--json"}))["last"] == promise);
  const std::string government = prompt.good({"government"});
  CHECK(contains(government, "majority"));
  for (std::size_t i = 0; i < island.size(); ++i) CHECK(contains(government, to_string(island.url(i))));
  CHECK(nlohmann::json::parse(prompt.good({"government", "--json"}))["citizens"].size() == 3);
}

TEST_CASE("verbs: an operator may ask any islander") {
  Island island;
  const Island::Offices offices = island.offices();
  const Prompt prompt{to_string(island.url(offices.third))};
  for (const char* text : {"one", "two", "three"}) (void)prompt.good({"append", text});
  const auto first_of = [&](std::size_t number) {
    return json_of(get(island.url(number), "/v1/logs/main"))["first"].get<std::string>();
  };
  const std::string first = first_of(offices.third);
  const std::string second = first.substr(0, first.find('/') + 1) + std::to_string(std::stoi(first.substr(2)) + 1);
  CHECK(prompt.good({"trim", second}) == "what was before " + second + " is gone\n");
  CHECK(first_of(offices.third) == second);
  CHECK(prompt.good({"trim", "--json", second}) == "{\"first\":\"" + second + "\"}\n");
  CHECK(prompt.good({"log", "set", "--max-bytes", "1000000", "--max-age", "24h"}) == "log main is set\n");
  CHECK(contains(prompt.good({"status"}), "max_age             24h"));
  CHECK(contains(prompt.good({"log", "set", "--max-age", "none", "--json"}), R"("max_bytes":1000000})"));
  CHECK(contains(prompt.bad(1, {"trim", "100/1"}), "the log does not reach that far yet"));
  const std::string to = island.at(offices.second).id;
  CHECK(prompt.good({"transfer", to}) == to + " leads\n");
  CHECK(island.offices().leader == offices.second);
  CHECK(contains(prompt.bad(1, {"transfer", "nobody"}), "only a member of the parliament can lead"));
  const std::string why = prompt.good({"why"});
  CHECK(contains(why, "for nothing"));
  CHECK(lines_of(why).size() == 4);
  CHECK(contains(prompt.good({"why", "--json"}), R"("disk":"well")"));
  CHECK(contains(prompt.bad(1, {"exile", "nobody"}), "there is no islander `nobody`"));
}

TEST_CASE("verbs: bench tells how many appends there were") {
  Island island{of_one()};
  const Prompt prompt{island.urls()};
  const std::string table = prompt.good({"bench", "--duration", "300ms", "--connections", "4", "--gaps"});
  for (const std::string row : {"per second", "p50", "p99.9", "max", "errors", "longest gap"}) {
    CAPTURE(row);
    CHECK(contains(table, row));
  }
  const std::size_t before = read_all(island.url(0)).size();
  const nlohmann::json figures =
      nlohmann::json::parse(prompt.good({"bench", "--duration", "300ms", "--size", "10", "--json"}));
  const std::size_t after = read_all(island.url(0)).size();
  CHECK(figures["errors"] == 0);
  // Appends that are under way at the end, of this one and of the one before, are not counted.
  CHECK(figures["appends"].get<std::size_t>() <= after - before);
  CHECK(figures["appends"].get<std::size_t>() + 64 + 4 >= after - before);
}

TEST_CASE("verbs: tail follows through the death of islanders without gap or double") {
  Island island;
  Start start;
  start.arguments = {"tail", "-f", "--after", "0/0", "--json", "--url", island.urls()};
  start.output = folder() / "tail.out";
  start.errors = folder() / "tail.err.log";
  Child tail{start};
  std::vector<Attempt> history;
  for (std::size_t victim = 0; victim < island.size(); ++victim) {
    AppendersOptions load;
    load.clients = 4;
    load.name = "while" + std::to_string(victim);
    for (std::size_t i = 0; i < island.size(); ++i) load.urls.push_back(island.url(i));
    Appenders appenders{load};
    REQUIRE(appenders.wait_for(200));
    island.kill(victim);  // The first of them is the one that tail reads from.
    REQUIRE(appenders.wait_for(200));
    island.start(victim);
    island.wait_ready(victim);
    const std::vector<Attempt> seen = appenders.finish();
    history.insert(history.end(), seen.begin(), seen.end());
  }
  const std::map<std::string, HeldLog> logs = island.logs();
  CHECK(joined(find_faults(history, logs)) == "");
  const HeldLog& log = logs.at("a");
  std::vector<std::string> lines;
  CHECK(eventually(Milliseconds{30'000}, [&] {
    lines = lines_of(read_file(start.output));
    return lines.size() >= log.size();
  }));
  CHECK(tail.is_running());
  REQUIRE(lines.size() == log.size());
  for (std::size_t i = 0; i < log.size(); ++i) {
    const nlohmann::json entry = nlohmann::json::parse(lines[i], nullptr, false);
    REQUIRE(entry.value("promise", std::string()) == to_string(log[i].promise));
    REQUIRE(entry.value("data", std::string()) == log[i].body);
  }
}

TEST_CASE("verbs: a frozen islander among several costs a moment and no unknown outcome") {
  Island island;
  const std::size_t third = island.offices().third;
  island.freeze(third);
  std::string urls = to_string(island.url(third));
  for (std::size_t i = 0; i < island.size(); ++i) {
    if (i != third) urls += "," + to_string(island.url(i));
  }
  CHECK(run_hansard({"append", "x", "--url", urls}, {}, Milliseconds{8'000}).code == 0);
  CHECK(run_hansard({"read", "--url", urls}, {}, Milliseconds{8'000}).output.find('x') != std::string::npos);
  CHECK(run_hansard({"status", "--url", urls}, {}, Milliseconds{8'000}).code == 0);
  island.thaw(third);
}

TEST_CASE("verbs: an append that is lost with its connection is said to be unknown and is not repeated") {
  Island island;
  const std::size_t leader = island.offices().leader;
  // Without its fellows the leader can take an append but cannot commit it; then it is killed.
  for (std::size_t i = 0; i < island.size(); ++i) {
    if (i != leader) island.freeze(i);
  }
  Start start;
  start.arguments = {"append", "lost", "--url", to_string(island.url(leader)) + "," + island.urls()};
  start.output = folder() / "append.out.log";
  start.errors = folder() / "append.err.log";
  Child child{start};
  CHECK_FALSE(child.wait(Milliseconds{1'500}).has_value());  // It is sent, and waits.
  island.kill(leader);
  const std::optional<int> status = child.wait(Milliseconds{30'000});
  REQUIRE(status.has_value());
  CHECK(WEXITSTATUS(*status) == 1);
  CHECK(contains(read_file(start.errors), "outcome unknown"));
  CHECK(lines_of(read_file(start.errors)).size() == 1);
  for (std::size_t i = 0; i < island.size(); ++i) {
    if (i != leader) island.thaw(i);
  }
}

}  // namespace process
