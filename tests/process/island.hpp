// tests/process/island.hpp - a real island: processes of the real binary on loopback, and what tests do to them.
//
// Every wait has a deadline and REQUIREs that it is met. Logs of the islanders are <id>.log in the test's folder.
#pragma once

#include "http/client.hpp"
#include "tests/process/child.hpp"
#include "tests/process/history.hpp"
#include "tests/process/relay.hpp"

#include <filesystem>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace process {

namespace client = hansard::client;

struct IslandOptions {
  std::size_t islanders = 3;
  std::vector<std::string> flags;                  // further flags of each `serve`
  std::map<std::string, std::string> environment;  // of each
  std::vector<std::filesystem::path> directories;  // of the first ones; empty: in the test's folder
  bool relayed = false;                            // pulses go through relays, see cut()
};

struct Islander {
  std::string id;
  client::Url url;
  std::vector<std::string> arguments;  // of `hansard`
  std::optional<Child> child;
};

class Island {
 public:
  // Starts all of them, and waits until all are ready.
  explicit Island(IslandOptions options = {});

  [[nodiscard]] std::size_t size() const { return islanders_.size(); }
  [[nodiscard]] Islander& at(std::size_t number) { return islanders_[number]; }
  [[nodiscard]] const client::Url& url(std::size_t number) const { return islanders_[number].url; }
  [[nodiscard]] std::string urls() const;  // for --url
  [[nodiscard]] std::filesystem::path data(std::size_t number) const;
  [[nodiscard]] std::filesystem::path log_file(std::size_t number) const;

  void start(std::size_t number);
  void kill(std::size_t number);    // SIGKILL, and waits for its end
  void freeze(std::size_t number);  // SIGSTOP
  void thaw(std::size_t number);
  int stop(std::size_t number);  // SIGTERM; the exit code, or -1 where a signal ended it
  void wait_ready(std::size_t number);
  void cut();  // REQUIRES: relayed. All connections between islanders break.
  void set_environment(std::map<std::string, std::string> environment) {
    options_.environment = std::move(environment);
  }

  // As the islanders that answer say: who leads, and the other members of the majority. Waits until someone leads, and
  // the majority holds none that is not running.
  struct Offices {
    std::size_t leader = 0;
    std::size_t second = 0;  // the other member of the majority (of three)
    std::size_t third = 0;
  };
  [[nodiscard]] Offices offices();

  // Waits until every running islander holds everything that is appended when this is called, and gives what each
  // holds.
  [[nodiscard]] std::map<std::string, HeldLog> logs();

 private:
  IslandOptions options_;
  std::vector<Islander> islanders_;
  std::vector<std::unique_ptr<Relay>> relays_;
};

// ---- Small calls for tests: each on a connection of its own. ------------------------------------------------------

client::Outcome call(const client::Url& url, const client::Call& call, Milliseconds limit = Milliseconds{15'000});
client::Outcome get(const client::Url& url, const std::string& target, Milliseconds limit = Milliseconds{15'000});
// The promise; REQUIREs 201.
hansard::Promise append(const client::Url& url, const std::string& body);
// All client entries that the islander holds, from its own disk or memory.
HeldLog read_all(const client::Url& url);
nlohmann::json json_of(const client::Outcome& outcome);

}  // namespace process
