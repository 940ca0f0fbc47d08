// tests/process/island.cpp - starts, signals and asks islanders.
#include "tests/process/island.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <csignal>
#include <sys/wait.h>

namespace process {

namespace {

constexpr Milliseconds ready_limit{60'000};
constexpr Milliseconds look_limit{2'000};

}  // namespace

Island::Island(IslandOptions options) : options_(std::move(options)) {
  const std::size_t count = options_.islanders;
  const std::vector<std::uint16_t> ports = free_ports(options_.relayed ? count * 2 : count);
  std::string list;
  for (std::size_t i = 0; i < options_.islanders; ++i) {
    Islander islander;
    islander.id = std::string(1, static_cast<char>('a' + i));
    islander.url.address = {"127.0.0.1", ports[i]};
    client::Url reached = islander.url;
    if (options_.relayed) {
      reached.address.port = ports[count + i];
      relays_.push_back(std::make_unique<Relay>(ports[count + i], ports[i]));
    }
    list += (list.empty() ? "" : ",") + islander.id + "=" + to_string(reached);
    islanders_.push_back(std::move(islander));
  }
  for (std::size_t i = 0; i < size(); ++i) {
    Islander& islander = islanders_[i];
    islander.arguments = {
        "serve", "--id", islander.id, "--data", data(i).string(), "--listen", to_string(islander.url.address)};
    if (size() > 1) islander.arguments.insert(islander.arguments.end(), {"--island", list});
    islander.arguments.insert(islander.arguments.end(), options_.flags.begin(), options_.flags.end());
    start(i);
  }
  for (std::size_t i = 0; i < size(); ++i) wait_ready(i);
}

std::filesystem::path Island::data(std::size_t number) const {
  return number < options_.directories.size() ? options_.directories[number] : folder() / islanders_[number].id;
}

void Island::cut() {
  for (const auto& relay : relays_) relay->cut();
}

std::string Island::urls() const {
  std::string list;
  for (const Islander& islander : islanders_) list += (list.empty() ? "" : ",") + to_string(islander.url);
  return list;
}

std::filesystem::path Island::log_file(std::size_t number) const { return folder() / (islanders_[number].id + ".log"); }

void Island::start(std::size_t number) {
  Start start;
  start.arguments = islanders_[number].arguments;
  start.environment = options_.environment;
  start.output = log_file(number);
  islanders_[number].child.reset();
  islanders_[number].child.emplace(start);
}

void Island::kill(std::size_t number) {
  islanders_[number].child->signal(SIGKILL);
  REQUIRE(islanders_[number].child->wait(Milliseconds{10'000}).has_value());
}

void Island::freeze(std::size_t number) { islanders_[number].child->signal(SIGSTOP); }
void Island::thaw(std::size_t number) { islanders_[number].child->signal(SIGCONT); }

int Island::stop(std::size_t number) {
  islanders_[number].child->signal(SIGTERM);
  const std::optional<int> status = islanders_[number].child->wait(Milliseconds{20'000});
  REQUIRE_MESSAGE(status.has_value(), islanders_[number].id, " does not stop");
  return WIFEXITED(*status) ? WEXITSTATUS(*status) : -1;
}

void Island::wait_ready(std::size_t number) {
  Islander& islander = islanders_[number];
  const bool is_ready = eventually(ready_limit, [&islander] {
    REQUIRE_MESSAGE(islander.child->is_running(), islander.id, " has ended");
    return get(islander.url, "/readyz", look_limit).is(200);
  });
  REQUIRE_MESSAGE(is_ready, islander.id, " is not ready");
}

Island::Offices Island::offices() {
  std::vector<std::string> majority;
  const auto number_of = [this](const std::string& id) {
    const auto at = std::ranges::find(islanders_, id, &Islander::id);
    return static_cast<std::size_t>(at - islanders_.begin());
  };
  const bool is_settled = eventually(ready_limit, [&] {
    for (Islander& islander : islanders_) {
      if (!islander.child->is_running()) continue;
      const client::Outcome outcome = get(islander.url, "/v1/logs/main/government", look_limit);
      if (!outcome.is(200)) continue;
      const nlohmann::json government = json_of(outcome);
      majority = government.value("majority", std::vector<std::string>{});
      if (majority.empty() || government["leader"] != majority[0]) continue;
      return std::ranges::all_of(majority,
                                 [&](const std::string& id) { return islanders_[number_of(id)].child->is_running(); });
    }
    return false;
  });
  REQUIRE_MESSAGE(is_settled, "nobody leads");
  Offices offices;
  offices.leader = number_of(majority[0]);
  if (size() == 3) {
    REQUIRE(majority.size() == 2);
    offices.second = number_of(majority[1]);
    offices.third = 3 - offices.leader - offices.second;
  }
  return offices;
}

std::map<std::string, HeldLog> Island::logs() {
  // A linearizable read confirms how far the log goes now; the rest is for each to get there.
  hansard::Promise end;
  for (Islander& islander : islanders_) {
    if (!islander.child->is_running()) continue;
    const client::Outcome outcome = get(islander.url, "/v1/logs/main/entries?last=1&timeout=60s", Milliseconds{65'000});
    REQUIRE_MESSAGE(outcome.is(200), outcome.why, outcome.answer.body);
    const auto promise = hansard::parse_promise(client::find_header(outcome.answer.headers, "Hansard-Promise"));
    REQUIRE(promise.has_value());
    end = std::max(end, *promise);
  }
  std::map<std::string, HeldLog> logs;
  for (Islander& islander : islanders_) {
    if (!islander.child->is_running()) continue;
    HeldLog& log = logs[islander.id];
    const bool is_there = eventually(ready_limit, [&] {
      const client::Outcome last = get(islander.url, "/v1/logs/main/entries?last=1&consistency=local");
      const auto promise = hansard::parse_promise(client::find_header(last.answer.headers, "Hansard-Promise"));
      return promise && *promise >= end;
    });
    REQUIRE_MESSAGE(is_there, islander.id, " has not caught up to ", to_string(end));
    log = read_all(islander.url);
  }
  return logs;
}

client::Outcome call(const client::Url& url, const client::Call& call, Milliseconds limit) {
  return client::Connection{url}.exchange(call, limit);
}

client::Outcome get(const client::Url& url, const std::string& target, Milliseconds limit) {
  client::Call look;
  look.target = target;
  return call(url, look, limit);
}

hansard::Promise append(const client::Url& url, const std::string& body) {
  client::Call post{"POST", "/v1/logs/main/entries?timeout=30s", {}, body};
  const client::Outcome outcome = call(url, post, Milliseconds{40'000});
  REQUIRE_MESSAGE(outcome.is(201), outcome.why, outcome.answer.status, " ", outcome.answer.body);
  const auto promise = hansard::parse_promise(client::find_header(outcome.answer.headers, "Hansard-Promise"));
  REQUIRE(promise.has_value());
  return *promise;
}

HeldLog read_all(const client::Url& url) {
  client::Connection connection{url};
  HeldLog log;
  for (std::string after = "0/0";;) {
    client::Call read;
    read.target = "/v1/logs/main/entries?consistency=local&limit=10000&after=" + client::percent_encode(after);
    const client::Outcome outcome = connection.exchange(read, Milliseconds{30'000});
    REQUIRE_MESSAGE(outcome.is(200), outcome.why, outcome.answer.body);
    const nlohmann::json page = json_of(outcome);
    for (const nlohmann::json& entry : page["entries"]) {
      const auto promise = hansard::parse_promise(entry["promise"].get<std::string>());
      REQUIRE(promise.has_value());
      log.push_back({*promise, entry["data"].get<std::string>()});
    }
    if (!page["more"].get<bool>()) return log;
    after = page["next"].get<std::string>();
  }
}

nlohmann::json json_of(const client::Outcome& outcome) {
  nlohmann::json value = nlohmann::json::parse(outcome.answer.body, nullptr, false);
  REQUIRE_MESSAGE(!value.is_discarded(), outcome.why, outcome.answer.body);
  return value;
}

}  // namespace process
