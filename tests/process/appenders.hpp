// tests/process/appenders.hpp - clients that append without pause, and remember what they were told.
//
// Each is a thread with one connection to one islander and one append (or batch) under way. Bodies are unique. An
// append is never sent twice; one that is lost with its connection is noted as unknown, and its client ends (its
// islander died) or, where it was told to survive, connects again. Threads: the methods may be called from the main
// thread while the clients work.
#pragma once

#include "http/client.hpp"
#include "tests/process/history.hpp"
#include "tests/process/waiting.hpp"

#include <atomic>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace process {

struct AppendersOptions {
  std::vector<hansard::client::Url> urls;  // clients are spread over them in turn
  std::size_t clients = 64;
  std::size_t batch = 1;   // entries of each append; more than one: a batch
  std::string name = "x";  // of these clients, where a history has several groups
};

class Appenders {
 public:
  explicit Appenders(const AppendersOptions& options);
  ~Appenders();
  Appenders(const Appenders&) = delete;
  Appenders& operator=(const Appenders&) = delete;

  // Waits until so many more were acknowledged than when this is called; false: not within `limit`.
  [[nodiscard]] bool wait_for(std::uint64_t more, Milliseconds limit = Milliseconds{60'000});
  [[nodiscard]] std::uint64_t acknowledged() const { return acknowledged_.load(); }
  // Lets each finish what is under way, and ends them. What they saw, in no order.
  std::vector<Attempt> finish();

  // Of the attempts at one islander: what was not acknowledged, a line each. After finish().
  [[nodiscard]] const std::vector<std::string>& troubles(const hansard::client::Url& url);
  // The longest time without an acknowledgement from anywhere, between two moments. After finish().
  [[nodiscard]] Milliseconds longest_gap(Moment from, Moment to) const;

 private:
  void work(std::size_t number, const hansard::client::Url& url);
  Attempt attempt(hansard::client::Connection& connection, std::vector<std::string> bodies, std::string& trouble);
  void note(Attempt attempt, const hansard::client::Url& url, const std::string& trouble);

  AppendersOptions options_;
  std::atomic<bool> stops_ = false;
  std::atomic<std::uint64_t> acknowledged_ = 0;
  std::mutex mutex_;  // Guards what follows.
  std::vector<Attempt> history_;
  std::map<std::string, std::vector<std::string>> troubles_;
  std::vector<std::thread> threads_;
};

}  // namespace process
