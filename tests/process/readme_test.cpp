// tests/process/readme_test.cpp - the sessions of README.md, docs/{http,cli,testing}.md run as they are written
// there.
//
// A session is every fenced block of a page whose info string is `sh first-session`, in their order, each run by
// bash -eu. A block marked `sh first-session background` is started and left running until the end; what follows waits
// until the island answers. A line `# => text` says that the block prints this text, after what earlier such lines
// said. README's blocks `sh own-island` are of another session, a machine each. Replaced: ports 8101 to 8103 by free
// ones; `./dev run` by what it comes to once all is built, `hansard local`; build/ by a folder of the test's own.
#include "tests/process/island.hpp"

#include <doctest/doctest.h>

#include <array>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <sstream>
#include <string>
#include <sys/wait.h>
#include <vector>

namespace process {
namespace {

struct Block {
  std::string commands;
  std::vector<std::string> expected;
  bool is_background = false;
};

std::vector<Block> session_of(const std::string& readme, const std::string& session = "first-session") {
  constexpr std::string_view fence = "```";
  const std::string tag = "```sh " + session;
  constexpr std::string_view promise = "# => ";
  std::vector<Block> blocks;
  bool is_inside = false;
  std::istringstream in{readme};
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with(fence)) {
      is_inside = !is_inside && line.starts_with(tag);
      if (is_inside) blocks.push_back({{}, {}, line == tag + " background"});
    } else if (is_inside && line.starts_with(promise)) {
      blocks.back().expected.push_back(line.substr(promise.size()));
    } else if (is_inside) {
      blocks.back().commands += line + "\n";
    }
  }
  return blocks;
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
  return text;
}

struct Place {
  std::array<std::string, 3> ports;

  [[nodiscard]] std::string here(const std::string& text) const {
    std::string result = replaced(text, "./dev run", "hansard local");
    result = replaced(result, " build/traces", " " + (folder() / "traces").string());
    for (std::size_t i = 0; i < ports.size(); ++i) result = replaced(result, std::to_string(8101 + i), ports[i]);
    return result;
  }
};

Start bash(const Place& place, const Block& block, const std::string& name) {
  const std::filesystem::path script = folder() / (name + ".sh");
  write_file(script, place.here(block.commands));
  const std::string path = std::filesystem::path(HANSARD_BINARY).parent_path().string();
  Start start;
  start.program = "/bin/bash";
  start.arguments = {"-eu", script.string()};
  start.environment = {{"PATH", path + ":" + std::getenv("PATH")},
                       {"HANSARD_BASE_PORT", place.ports[0]},
                       {"HANSARD_DATA", (folder() / "island").string()},
                       {"HANSARD_URL", "http://127.0.0.1:" + place.ports[0]}};
  start.output = folder() / (name + ".log");
  start.leads_group = true;
  return start;
}

}  // namespace

TEST_CASE("readme: blocks of the session are found with what they promise") {
  const std::vector<Block> blocks = session_of(
      "# Title\n```sh\nno\n```\n```sh first-session background\n./dev run\n```\ntext\n"
      "```sh first-session\ncurl x\n# => y\n```\n```cpp\nint i;\n```\n");
  REQUIRE(blocks.size() == 2);
  CHECK(blocks[0].is_background);
  CHECK(blocks[0].commands == "./dev run\n");
  CHECK(blocks[1].commands == "curl x\n");
  CHECK(blocks[1].expected == std::vector<std::string>{"y"});
  CHECK(!blocks[1].is_background);
}

namespace {

void run_session(const char* page) {
  const std::vector<Block> blocks = session_of(read_file(std::filesystem::path(HANSARD_SOURCE_DIR) / page));
  REQUIRE_MESSAGE(!blocks.empty(), page << " has no block ```sh first-session");
  Place place;
  const std::uint16_t base = free_base_port();
  for (std::size_t i = 0; i < place.ports.size(); ++i) place.ports[i] = std::to_string(base + i);
  const client::Url url = *client::parse_url("http://127.0.0.1:" + place.ports[0]);

  std::vector<std::unique_ptr<Child>> running;
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    const std::string name = "block" + std::to_string(i + 1);
    CAPTURE(name);
    const Start start = bash(place, blocks[i], name);
    auto child = std::make_unique<Child>(start);
    if (blocks[i].is_background) {
      const auto answers = [&] { return get(url, "/readyz", Milliseconds{1'000}).is(200); };
      REQUIRE(eventually(Milliseconds{60'000}, answers));
      running.push_back(std::move(child));
      continue;
    }
    const std::optional<int> status = child->wait(Milliseconds{60'000});
    REQUIRE(status.has_value());
    CHECK(WIFEXITED(*status));
    CHECK(WEXITSTATUS(*status) == 0);
    const std::string output = read_file(start.output);
    std::size_t at = 0;
    for (const std::string& text : blocks[i].expected) {
      CAPTURE(text);
      at = output.find(place.here(text), at);
      REQUIRE(at != std::string::npos);
    }
  }
}

}  // namespace

TEST_CASE("readme: the first session runs as written") { run_session("README.md"); }
TEST_CASE("readme: an island of three machines and one that joins it run as written") {
  const std::string readme = read_file(std::filesystem::path(HANSARD_SOURCE_DIR) / "README.md");
  const std::vector<Block> blocks = session_of(readme, "own-island");
  REQUIRE(blocks.size() == 2);
  constexpr std::size_t machines = 4;
  const std::uint16_t base = free_base_port();
  std::vector<std::unique_ptr<Child>> running;
  std::vector<client::Url> urls;
  for (std::size_t i = 0; i < machines; ++i) {
    // Each machine is a port; the page shows what is typed at the first, and at the one that joins.
    const std::string id(1, static_cast<char>('a' + i));
    const bool joins = i == machines - 1;
    Block block = blocks[joins ? 1 : 0];
    const std::string address = "10.0.0." + std::to_string(i + 1) + ":8101";
    if (!joins) {
      REQUIRE(block.commands.find("--id a ") != std::string::npos);
      block.commands = replaced(block.commands, "--id a ", "--id " + id + " ");
      block.commands = replaced(block.commands, "--listen 10.0.0.1:8101", "--listen " + address);
    }
    REQUIRE(block.commands.find("--listen " + address) != std::string::npos);
    block.commands = replaced(block.commands, "/var/lib/hansard", (folder() / id).string());
    for (std::size_t j = 0; j < machines; ++j) {
      block.commands = replaced(block.commands, "10.0.0." + std::to_string(j + 1) + ":8101",
                                "127.0.0.1:" + std::to_string(base + j));
    }
    Start start = bash(Place{{"8101", "8102", "8103"}}, block, id);
    start.environment = {{"PATH", start.environment.at("PATH")}};
    running.push_back(std::make_unique<Child>(start));
    urls.push_back(*client::parse_url("http://127.0.0.1:" + std::to_string(base + i)));
  }
  for (const client::Url& url : urls) {
    CHECK(eventually(Milliseconds{60'000}, [&] { return get(url, "/readyz", Milliseconds{1'000}).is(200); }));
  }
  append(urls.back(), "from the one that joined");
  for (const client::Url& url : urls) CHECK(read_all(url).size() == 1);
}
TEST_CASE("readme: the examples of the HTTP page run as written") { run_session("docs/http.md"); }
TEST_CASE("readme: the examples of the command line page run as written") { run_session("docs/cli.md"); }
TEST_CASE("readme: the command that repeats a seed runs as written") { run_session("docs/testing.md"); }

}  // namespace process
