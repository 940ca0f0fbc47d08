// tests/process/serve_test.cpp - what `hansard serve` refuses, and where its flags come from.
#include "tests/process/island.hpp"

#include <doctest/doctest.h>

#include <csignal>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace process {
namespace {

IslandOptions of_one() {
  IslandOptions options;
  options.islanders = 1;
  return options;
}

std::string some_address() { return "127.0.0.1:" + std::to_string(free_ports(1).front()); }

// One line, with this in it, and this exit code.
void check_refusal(const std::vector<std::string>& arguments, int code, const std::string& what) {
  const Ran ran = run_hansard(arguments);
  CAPTURE(ran.errors);
  CHECK(ran.code == code);
  CHECK(ran.output.empty());
  CHECK(ran.errors.starts_with("hansard"));
  CHECK(ran.errors.find('\n') == ran.errors.size() - 1);
  CHECK(ran.errors.find(what) != std::string::npos);
}

// With --id a --data and a free port.
std::vector<std::string> serve(const std::vector<std::string>& more, const std::string& data = "data") {
  std::vector<std::string> arguments{"serve", "--id", "a", "--data", (folder() / data).string()};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return arguments;
}

std::string last_line_without_time(const std::string& text) {
  const std::size_t end = text.find_last_not_of('\n') + 1;
  const std::size_t begin = text.rfind('\n', end - 1) + 1;
  return text.substr(begin, end - begin);
}

}  // namespace

TEST_CASE("serve: flags that do not fit each other are bad usage") {
  const std::string a = "a=http://127.0.0.1:8101";
  const std::string b = "b=http://127.0.0.1:8102";
  const std::string c = "c=http://127.0.0.1:8103";
  check_refusal({"serve"}, 2, "--id is missing");
  check_refusal({"serve", "--id", "a"}, 2, "--data is missing");
  check_refusal(serve({"--id"}), 2, "--id");
  check_refusal({"serve", "--id", "A b", "--data", "x"}, 2, "--id: 'A b' is not a name");
  check_refusal(serve({"--nosuch"}), 2, "--nosuch");
  check_refusal(serve({"stray"}), 2, "stray");
  check_refusal(serve({"--listen", "8101"}), 2, "--listen: '8101'");
  check_refusal(serve({"--listen", "0.0.0.0:8101"}), 2, "--insecure");
  check_refusal(serve({"--listen", "[::]:8101"}), 2, "--insecure");
  check_refusal(serve({"--listen", "example.org:8101"}), 2, "--insecure");
  check_refusal(serve({"--island", b + "," + c}), 2, "--island does not name a");
  check_refusal(serve({"--island", a + "," + b + "," + b}), 2, "b stands there twice");
  check_refusal(serve({"--island", a + "," + b + ",c=http://127.0.0.1:8102"}), 2,
                "http://127.0.0.1:8102 stands there twice");
  check_refusal(serve({"--island", a + ",b"}), 2, "'b' is not id=http://host:port");
  check_refusal(serve({"--island", a + ",b=host"}), 2, "'b=host' is not id=http://host:port");
  check_refusal(serve({"--island", a, "--url", "http://127.0.0.1:9"}), 2, "--url");
  check_refusal(serve({"--island", a, "--join", "http://127.0.0.1:8102"}), 2, "not both");
  check_refusal(serve({"--join", "127.0.0.1:8102"}), 2, "--join: '127.0.0.1:8102'");
  check_refusal(serve({"--ping", "100"}), 2, "--ping: '100' is not a duration");
  check_refusal(serve({"--ping", "0ms"}), 2, "--ping");
  check_refusal(serve({"--ping", "1s", "--timeout", "2s"}), 2, "--timeout must be at least");
  check_refusal(serve({"--unreachable-after", "50ms"}), 2, "--unreachable-after must be at least");
  check_refusal(serve({"--log-format", "xml"}), 2, "--log-format: 'xml' is not one of text|json");
  check_refusal(serve({"--log-level", "loud"}), 2, "--log-level");
  check_refusal(serve({"--config", "/nonexistent"}), 2, "/nonexistent cannot be read");
}

TEST_CASE("serve: a directory of another id is refused") {
  Island island{of_one()};
  CHECK(island.stop(0) == 0);
  check_refusal({"serve", "--id", "b", "--data", island.data(0).string(), "--listen", some_address()}, 1, "a");
}

TEST_CASE("serve: a directory that another process holds is refused") {
  Island island{of_one()};
  check_refusal({"serve", "--id", "a", "--data", island.data(0).string(), "--listen", some_address()}, 1,
                island.data(0).string());
  CHECK(get(island.url(0), "/readyz").is(200));
}

TEST_CASE("serve: an address that another process holds is refused") {
  Island island{of_one()};
  const std::string address = to_string(island.url(0).address);
  check_refusal(serve({"--listen", address}, "other"), 1, address);
}

TEST_CASE("serve: an island that belongs to another republic is refused") {
  Island first{of_one()};
  // A second island of one at a place of its own; then it is told that the first is its fellow.
  const std::string address = some_address();
  const std::string data = (folder() / "second").string();
  Start start;
  start.arguments = {"serve", "--id", "b", "--data", data, "--listen", address};
  start.output = folder() / "second.log";
  {
    Child second{start};
    const client::Url url = *client::parse_url("http://" + address);
    REQUIRE(eventually(Milliseconds{30'000}, [&] { return get(url, "/readyz", Milliseconds{1'000}).is(200); }));
    second.signal(SIGTERM);
    REQUIRE(second.wait(Milliseconds{20'000}) == 0);
  }
  check_refusal({"serve", "--id", "b", "--data", data, "--listen", address, "--log-level", "error", "--join",
                 to_string(first.url(0))},
                1, "republic");
}

TEST_CASE("serve: flags come from variables and from a file and the command line wins") {
  const std::string address = some_address();
  const std::string other = some_address();
  const std::filesystem::path config = folder() / "config.json";
  nlohmann::json flags;
  flags["listen"] = other;
  flags["data"] = (folder() / "unused").string();
  flags["log-format"] = "json";
  flags["insecure"] = false;
  write_file(config, flags.dump());

  Start start;
  start.arguments = {"serve", "--listen", address};
  start.environment = {{"HANSARD_ID", "a"},
                       {"HANSARD_DATA", (folder() / "data").string()},
                       {"HANSARD_CONFIG", config.string()},
                       {"HANSARD_URL", "http://127.0.0.1:1"}};
  start.output = folder() / "a.log";
  Child child{start};
  const client::Url url = *client::parse_url("http://" + address);
  CHECK(eventually(Milliseconds{30'000}, [&] { return get(url, "/readyz", Milliseconds{1'000}).is(200); }));
  const client::Outcome government = get(url, "/v1/logs/main/government");
  CHECK(json_of(government)["citizens"]["a"]["url"] == to_string(url));
  CHECK(std::filesystem::exists(folder() / "data"));
  CHECK(!std::filesystem::exists(folder() / "unused"));
  child.signal(SIGTERM);
  CHECK(child.wait(Milliseconds{20'000}) == 0);

  const std::string log = read_file(start.output);
  const nlohmann::json last = nlohmann::json::parse(last_line_without_time(log), nullptr, false);
  CHECK(last.value("level", std::string()) == "info");
  CHECK(last.value("message", std::string()) == "stopped");
  CHECK(log.find("listening on http://" + address) != std::string::npos);

  flags["nosuch"] = 1;
  write_file(config, flags.dump());
  check_refusal(serve({"--config", config.string()}), 2, "nosuch is no flag of hansard serve");
  flags = {{"insecure", "yes"}};
  write_file(config, flags.dump());
  check_refusal(serve({"--config", config.string()}), 2, "insecure is neither true nor false");
  write_file(config, "{");
  check_refusal(serve({"--config", config.string()}), 2, "is not a JSON object");
}

TEST_CASE("serve: port 0 picks a port and says which") {
  Start start;
  start.arguments = serve({"--listen", "127.0.0.1:0"});
  start.output = folder() / "a.log";
  Child child{start};
  std::string line;
  REQUIRE(eventually(Milliseconds{30'000}, [&] {
    const std::string log = read_file(start.output);
    const std::size_t at = log.find("listening on ");
    if (at == std::string::npos || log.find('\n', at) == std::string::npos) return false;
    line = log.substr(at + 13, log.find('\n', at) - at - 13);
    return true;
  }));
  const auto url = client::parse_url(line);
  REQUIRE(url.has_value());
  CHECK(eventually(Milliseconds{30'000}, [&] { return get(*url, "/readyz", Milliseconds{1'000}).is(200); }));
}

TEST_CASE("serve: an islander that is told to join two islands joins neither") {
  Island first{of_one()};
  const std::string address = some_address();
  Start start;
  start.arguments = {"serve", "--id", "b", "--data", (folder() / "second").string(), "--listen", address};
  start.output = folder() / "second.log";
  Child second{start};
  const std::string url = "http://" + address;
  REQUIRE(eventually(Milliseconds{30'000},
                     [&] { return get(*client::parse_url(url), "/readyz", Milliseconds{1'000}).is(200); }));
  const Ran ran = run_hansard({"serve", "--id", "x", "--data", (folder() / "x").string(), "--listen", some_address(),
                               "--join", to_string(first.url(0)) + "," + url});
  CHECK(ran.code == 1);
  CHECK(ran.errors.find("hansard serve: asked to enter two islands: ") != std::string::npos);
}

TEST_CASE("serve: an islander that joins holds the island's log") {  // S4-12
  Island island{of_one()};
  append(island.url(0), "one");
  append(island.url(0), "two");
  const std::string address = some_address();
  Start start;
  start.arguments = {"serve",
                     "--id",
                     "d",
                     "--data",
                     (folder() / "d").string(),
                     "--listen",
                     address,
                     "--join",
                     "http://127.0.0.1:1",
                     "--join",
                     to_string(island.url(0))};
  start.output = folder() / "d.log";
  Child child{start};
  const client::Url url = *client::parse_url("http://" + address);
  CHECK(eventually(Milliseconds{60'000}, [&] { return get(url, "/readyz", Milliseconds{1'000}).is(200); }));
  append(url, "three");
  CHECK(eventually(Milliseconds{30'000}, [&] { return read_all(url) == read_all(island.url(0)); }));
  CHECK(read_all(url).size() == 3);
}

}  // namespace process
