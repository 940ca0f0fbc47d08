#include "http/service.hpp"

#include <spdlog/spdlog.h>

namespace hansard::http {

void Service::garbage(const boost::asio::ip::tcp::socket& socket, const boost::system::error_code& ec, bool served) {
  const auto now = std::chrono::steady_clock::now();
  const bool note = !served && now - garbage_noted_ >= std::chrono::seconds(1);
  const auto level = note ? spdlog::level::info : spdlog::level::debug;
  if (!node.log().should_log(level)) return;
  if (note) garbage_noted_ = now;
  boost::system::error_code unknown;
  const auto from = socket.remote_endpoint(unknown);
  node.log().log(level, "not HTTP from {}:{}: {}", unknown ? "?" : from.address().to_string(), from.port(),
                 ec.message());
}

}  // namespace hansard::http
