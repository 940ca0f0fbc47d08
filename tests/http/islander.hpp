// tests/http/islander.hpp - a real islander with its HTTP server on a thread of its own: node, disk, sockets, all of
// it.
#pragma once

#include "http/server.hpp"
#include "sdk/node.hpp"
#include "tests/http/wire.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace hansard::test {

class Islander {
 public:
  // An island of one on a fresh directory, ready unless `settle` is false.
  explicit Islander(HttpOptions http = {}, const std::function<void(NodeOptions&)>& adjust = {}, bool settle = true);
  ~Islander();
  Islander(const Islander&) = delete;
  Islander& operator=(const Islander&) = delete;

  [[nodiscard]] std::uint16_t port() const { return port_; }
  // Runs `f` on the islander's thread and waits for it.
  template <class F>
  auto run(F f) {
    using Task = std::packaged_task<decltype(f())()>;
    const auto task = std::make_shared<Task>(std::move(f));
    auto result = task->get_future();
    boost::asio::post(*io_, [task] { (*task)(); });
    return result.get();
  }
  [[nodiscard]] HttpServer::Figures figures();
  // Appends this body and returns its promise.
  std::string append(const std::string& body, const std::string& fields = "");
  // The orderly stop of the server alone; returns at once.
  void stop_server(std::chrono::milliseconds patience);
  [[nodiscard]] bool server_stopped() const { return server_stopped_; }
  // The whole process, as it were: again on the same directory.
  void restart();
  Node& node() { return *node_; }

 private:
  void start();
  void stop();
  void wait_until_ready();

  HttpOptions http_;
  NodeOptions options_;
  std::filesystem::path directory_;
  std::unique_ptr<boost::asio::io_context> io_;
  std::unique_ptr<Node> node_;
  std::unique_ptr<HttpServer> server_;
  std::thread thread_;
  std::unique_ptr<Wire> appender_;
  std::uint16_t port_ = 0;
  std::atomic<bool> server_stopped_ = false;
};

// True as soon as `condition` holds; false where it does not within 20 s. It yields between looks, it does not sleep.
bool eventually(const std::function<bool()>& condition);

// Any number of `item` one after the other.
std::string repeated(std::string_view item, std::size_t times);

}  // namespace hansard::test
