// tests/http/fake_node.hpp - a Node that does what the test says: for outcomes that a real island seldom has.
//
// fake_node.cpp defines the methods of hansard::Node itself; a program that links it never gets the real ones.
// Threads: the io_context's, as the real one; use FakeIslander::run() to look at it or to change it.
#pragma once

#include "http/server.hpp"
#include "sdk/node.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <cstdint>
#include <future>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace hansard::test {

// What is behind the one Node that there is.
struct FakeLog {
  enum class Fate { commits, stays_open, is_refused, ends_not_appended, ends_unknown };

  Status status;
  std::vector<EntryPtr> entries;  // committed
  std::size_t held_from = 0;      // index of the first that memory holds
  Promise begins_at;              // oldest retained; reading below is Errc::trimmed
  int disk_failures = 0;          // so many reads end with Errc::io
  Errc disk_errc = Errc::io;
  Fate fate = Fate::commits;
  Objection objection = Objection::none;  // of those that end not appended
  int unconfirmed = 0;                    // so many read points are not confirmed
  bool quorum_silent = false;             // read points are not answered at all
  // What is asked of operators' work: not answered at all, refused with this, or done.
  bool operations_silent = false;
  bool operation_doubtful = false;
  std::string operation_refused;
  std::vector<Operation> operations;  // asked
  std::size_t open_operations = 0;
  std::size_t open_appends = 0;
  std::size_t open_reads = 0;
  std::size_t disk_reads = 0;

  // Appends and tells who waits.
  void commit(std::vector<std::string> bodies);
};

class FakeIslander {
 public:
  explicit FakeIslander(HttpOptions options = {});
  ~FakeIslander();
  FakeIslander(const FakeIslander&) = delete;
  FakeIslander& operator=(const FakeIslander&) = delete;

  [[nodiscard]] std::uint16_t port() const { return port_; }
  // Runs `f(FakeLog&)` on the islander's thread and waits for it.
  template <class F>
  auto run(F f) {
    using Task = std::packaged_task<decltype(f(log()))()>;
    const auto task = std::make_shared<Task>([f = std::move(f)]() mutable { return f(log()); });
    auto result = task->get_future();
    boost::asio::post(io_, [task] { (*task)(); });
    return result.get();
  }
  // What was logged so far, from debug level on.
  [[nodiscard]] std::string logged() {
    return run([this](FakeLog&) { return lines_.str(); });
  }

 private:
  static FakeLog& log();

  std::ostringstream lines_;
  boost::asio::io_context io_{1};
  Node node_;
  HttpServer server_;
  std::uint16_t port_ = 0;
  std::thread thread_;
};

}  // namespace hansard::test
