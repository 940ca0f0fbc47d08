// http/service.hpp - Service: what all connections of one server share.
//
// Threads: the node's. Ownership: shared by the server and its sessions; the node outlives their work.
#pragma once

#include "http/budget.hpp"
#include "http/hub.hpp"
#include "http/lines.hpp"
#include "http/options.hpp"
#include "http/response.hpp"
#include "sdk/node.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace hansard::http {

class Service {
 public:
  Service(Node& node_given, HttpOptions options_given)
      : node(node_given),
        options(options_given),
        budget(options_given.memory_max),
        hub(std::make_shared<Hub>(node_given.io())) {}

  // The node that keeps the log of that name, or null. Until there are more, `main` is the only one.
  [[nodiscard]] Node* find_log(std::string_view name) { return name == "main" ? &node : nullptr; }

  // Notes bytes that are no HTTP: at most once a second where an operator sees it. `served`: the connection had sent
  // well-formed requests before.
  void garbage(const boost::asio::ip::tcp::socket& socket, const boost::system::error_code& ec, bool served);

  Node& node;
  const HttpOptions options;
  Budget budget;
  const std::shared_ptr<Hub> hub;
  LogHeaders log_headers;
  Lines lines;
  std::string scratch;  // for what is written and sent within one turn
  std::size_t subscribers = 0;

 private:
  std::chrono::steady_clock::time_point garbage_noted_;
};

}  // namespace hansard::http
