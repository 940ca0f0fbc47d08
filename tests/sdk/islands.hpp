// tests/sdk/islands.hpp - real nodes in one process, each with a directory of its own that goes away with the test.
#pragma once

#include "sdk/node.hpp"
#include "tests/sdk/loop.hpp"

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace islands {

using namespace hansard;

class Directory {
 public:
  Directory() {
    std::string text = (std::filesystem::temp_directory_path() / "hansard-node-XXXXXX").string();
    if (mkdtemp(text.data()) == nullptr) throw std::runtime_error("no directory for a test");
    path_ = text;
  }
  ~Directory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;
  [[nodiscard]] std::string operator/(const std::string& name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

// Ports that nobody listened on a moment ago.
inline std::vector<std::string> free_addresses(boost::asio::io_context& io, std::size_t count) {
  std::vector<boost::asio::ip::tcp::acceptor> held;
  std::vector<std::string> addresses;
  for (std::size_t i = 0; i < count; ++i) {
    held.emplace_back(io, boost::asio::ip::tcp::endpoint(boost::asio::ip::make_address("127.0.0.1"), 0));
    addresses.push_back("127.0.0.1:" + std::to_string(held.back().local_endpoint().port()));
  }
  return addresses;
}

inline Submission submission(const std::string& body, const std::string& channel = {}) {
  Submission made;
  made.channel = channel;
  made.items.push_back({"text/plain", body});
  return made;
}

// One islander that can be started, killed and started again.
class Member {
 public:
  Member(boost::asio::io_context& io, NodeOptions given) : io_(io), options(std::move(given)) {}

  Result<void> start() {
    node.emplace(io_, options, log.logger);
    node->on_halt([this](const Error& error) { halted = error; });
    node->on_committed([this] { ++rounds; });
    auto started = node->start();
    if (!started) node.reset();
    return started;
  }
  void kill() { node.reset(); }

  // Waits for its outcome; nullopt where the queue is full or the time is up.
  std::optional<Appended> append(const std::string& body, const std::string& channel = {}) {
    const auto ended = std::make_shared<std::optional<Appended>>();
    const auto ticket = node->append(submission(body, channel), [ended](const Appended& what) { *ended = what; });
    if (!ticket) return std::nullopt;
    if (!loop::run_until(io_, [&] { return ended->has_value(); })) {
      if (node) static_cast<void>(node->give_up(*ticket));
      return std::nullopt;
    }
    return *ended;
  }
  // Bodies of all client entries, from disk or memory, as readers get them.
  std::vector<std::string> bodies(std::size_t bytes_max = 1'000'000, std::size_t count_max = 1'000'000) {
    std::vector<std::string> found;
    Promise after;
    while (true) {
      std::optional<Result<std::vector<EntryPtr>>> read;
      node->read(after, bytes_max, count_max, [&](Result<std::vector<EntryPtr>> result) { read = std::move(result); });
      if (!loop::run_until(io_, [&] { return read.has_value(); })) throw std::runtime_error("a read does not end");
      if (!*read) throw std::runtime_error((*read).error().what);
      if ((*read)->empty()) return found;
      for (const EntryPtr& entry : **read) {
        if (entry->kind() != Kind::client) continue;
        for (std::size_t i = 0; i < entry->count(); ++i) found.emplace_back(entry->item(i).body);
      }
      after = (**read).back()->last();
    }
  }
  [[nodiscard]] bool leads() const {
    return node && node->status().leader_in_office && node->brief().leader->compare(options.id) == 0;
  }

 private:
  boost::asio::io_context& io_;

 public:
  NodeOptions options;
  loop::Log log;
  std::optional<Error> halted;
  int rounds = 0;
  std::optional<Node> node;
};

// `count` islanders a, b, c ... that found an island together.
class Island {
 public:
  explicit Island(std::size_t count) {
    const auto addresses = free_addresses(io, count);
    std::vector<Listed> list;
    for (std::size_t i = 0; i < count; ++i) {
      list.push_back({std::string(1, static_cast<char>('a' + i)), "http://" + addresses[i]});
    }
    for (std::size_t i = 0; i < count; ++i) {
      NodeOptions options;
      options.id = list[i].id;
      options.data = directory / options.id;
      options.listen = addresses[i];
      options.island = list;
      options.settings.parliament = static_cast<std::uint32_t>(count);
      members.push_back(std::make_unique<Member>(io, options));
    }
  }
  // Who leads, once somebody does and everybody who is up says so.
  Member* leader() {
    Member* found = nullptr;
    const bool agreed = loop::run_until(io, [&] {
      found = nullptr;
      for (const auto& member : members) {
        if (member->leads()) found = member.get();
      }
      if (found == nullptr) return false;
      for (const auto& member : members) {
        if (member->node && *member->node->brief().leader != found->options.id) return false;
      }
      return true;
    });
    return agreed ? found : nullptr;
  }
  Member& operator[](std::size_t index) { return *members[index]; }

  Directory directory;
  boost::asio::io_context io;
  std::vector<std::unique_ptr<Member>> members;
};

}  // namespace islands
