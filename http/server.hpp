// http/server.hpp - HttpServer: the HTTP API of a node, on the node's own port.
//
// The node accepts connections and keeps the pulses; every other socket comes here with the bytes read so far.
// Threads: the node's; every method is called on it. Ownership: refers to the node, which must outlive it.
// Order: construct before node.start(); at the end stop(), then node.stop(). Destroying it closes what is left.
// Errors: none; whatever fails is a connection's own affair.
#pragma once

#include "http/options.hpp"
#include "sdk/node.hpp"

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>

namespace hansard {

class HttpServer {
 public:
  explicit HttpServer(Node& node, HttpOptions options = {});
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  // Orderly: takes no more connections, answers what is in flight (reads and appends; appends need the node, so stop it
  // after `done`), ends subscriptions, then calls `done`, after at most `patience`. What is not finished is cut off.
  void stop(std::chrono::milliseconds patience, std::function<void()> done);

  struct Figures {
    std::size_t connections = 0;
    std::size_t subscribers = 0;
    std::size_t held_bytes = 0;       // of large bodies and answers in memory
    std::size_t lines_formatted = 0;  // entries formatted for subscribers at the log's end, each once for all of them
  };
  [[nodiscard]] Figures figures() const;

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace hansard
