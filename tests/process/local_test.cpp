// tests/process/local_test.cpp - `hansard local`: a whole island by one command.
#include "tests/process/island.hpp"

#include <doctest/doctest.h>

#include <csignal>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

namespace process {
namespace {

class Local {
 public:
  explicit Local(const std::vector<std::string>& more = {}) : base_(free_base_port()) {
    Start start;
    start.arguments = {"local", "--base-port", std::to_string(base_), "--data", (folder() / "island").string()};
    start.arguments.insert(start.arguments.end(), more.begin(), more.end());
    start.output = folder() / "local.log";
    child_.emplace(start);
    for (std::size_t i = 0; i < 3; ++i) {
      REQUIRE(eventually(Milliseconds{60'000}, [&] { return get(url(i), "/readyz", Milliseconds{1'000}).is(200); }));
    }
    REQUIRE(wait_for("Ctrl-C stops the island"));
  }

  [[nodiscard]] client::Url url(std::size_t number) const {
    return {{"127.0.0.1", static_cast<std::uint16_t>(base_ + number)}};
  }
  [[nodiscard]] std::string output() const { return read_file(folder() / "local.log"); }
  [[nodiscard]] bool wait_for(const std::string& text) const {
    return eventually(Milliseconds{30'000}, [&] { return output().find(text) != std::string::npos; });
  }
  Child& child() { return *child_; }

  // The processes of the islanders, as /proc shows them.
  [[nodiscard]] std::vector<pid_t> islanders() const {
    const std::string path = "/proc/" + std::to_string(child_->pid()) + "/task/" + std::to_string(child_->pid());
    std::vector<pid_t> pids;
    std::istringstream in{read_file(path + "/children")};
    for (pid_t pid = 0; in >> pid;) pids.push_back(pid);
    return pids;
  }

 private:
  std::uint16_t base_;
  std::optional<Child> child_;
};

bool is_gone(const client::Url& url) {
  return get(url, "/healthz", Milliseconds{1'000}).fate == client::Fate::not_sent;
}

}  // namespace

TEST_CASE("local: an island of three answers and says how to use it and stops when asked") {
  Local local;
  CHECK(local.wait_for("try: curl -d 'hello world' -H 'Content-Type: text/plain' " + to_string(local.url(0)) +
                       "/v1/logs/main/entries"));
  CHECK(local.output().find("a | ") != std::string::npos);
  CHECK(local.output().find("c | ") != std::string::npos);
  append(local.url(1), "hello");
  CHECK(eventually(Milliseconds{10'000}, [&] { return read_all(local.url(2)).size() == 1; }));
  local.child().signal(SIGINT);
  CHECK(local.child().wait(Milliseconds{40'000}) == 0);
  for (std::size_t i = 0; i < 3; ++i) CHECK(is_gone(local.url(i)));
  CHECK(local.output().find("died") == std::string::npos);
}

TEST_CASE("local: a dead islander is reported and not started again") {
  Local local;
  const std::vector<pid_t> pids = local.islanders();
  REQUIRE(pids.size() == 3);
  ::kill(pids[1], SIGKILL);
  CHECK(local.wait_for("b was killed by signal 9"));
  CHECK(local.islanders().size() == 2);
  append(local.url(0), "goes on");
  local.child().signal(SIGTERM);
  CHECK(local.child().wait(Milliseconds{40'000}) == 0);
}

TEST_CASE("local: a dead islander is started again with --restart") {
  Local local{{"--restart"}};
  const std::vector<pid_t> pids = local.islanders();
  REQUIRE(pids.size() == 3);
  ::kill(pids[1], SIGKILL);
  CHECK(local.wait_for("b was killed by signal 9"));
  CHECK(eventually(Milliseconds{60'000}, [&] { return get(local.url(1), "/readyz", Milliseconds{1'000}).is(200); }));
  CHECK(local.islanders().size() == 3);
  local.child().signal(SIGTERM);
  CHECK(local.child().wait(Milliseconds{40'000}) == 0);
}

TEST_CASE("local: islanders do not outlive it") {
  Local local;
  local.child().signal(SIGKILL);
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK(eventually(Milliseconds{30'000}, [&] { return is_gone(local.url(i)); }));
  }
}

}  // namespace process
