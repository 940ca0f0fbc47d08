// tests/sdk/loop.hpp - an io_context that is run until something holds, and a log that can be looked at. No sleeps.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <spdlog/logger.h>
#include <spdlog/sinks/ostream_sink.h>
#include <sstream>
#include <string>

namespace loop {

// True once `holds`; false where that takes longer than `deadline`.
template <class Condition>
[[nodiscard]] bool run_until(boost::asio::io_context& io, Condition holds,
                             std::chrono::milliseconds deadline = std::chrono::seconds(20)) {
  const auto end = std::chrono::steady_clock::now() + deadline;
  while (!holds()) {
    if (std::chrono::steady_clock::now() >= end) return false;
    io.restart();
    io.run_one_for(std::chrono::milliseconds(20));
  }
  return true;
}

class Log {
 public:
  Log() : logger(std::make_shared<spdlog::logger>("test", std::make_shared<spdlog::sinks::ostream_sink_mt>(stream_))) {
    logger->set_pattern("%l %v");
    logger->set_level(spdlog::level::debug);
  }

  [[nodiscard]] std::string text() const { return stream_.str(); }
  [[nodiscard]] bool has(const std::string& words) const { return text().find(words) != std::string::npos; }
  [[nodiscard]] int count(const std::string& words) const {
    int found = 0;
    const std::string all = text();
    for (auto at = all.find(words); at != std::string::npos; at = all.find(words, at + 1)) ++found;
    return found;
  }

 private:
  std::ostringstream stream_;

 public:
  std::shared_ptr<spdlog::logger> logger;
};

// A plain client: connects at once, collects what comes until the other side closes.
class Client {
 public:
  Client(boost::asio::io_context& io, const std::string& address) : socket(io) {
    const std::size_t colon = address.rfind(':');
    const auto port = static_cast<std::uint16_t>(std::stoi(address.substr(colon + 1)));
    socket.connect({boost::asio::ip::make_address("127.0.0.1"), port});
  }
  void send(const std::string& bytes) { boost::asio::write(socket, boost::asio::buffer(bytes)); }
  void read() {
    socket.async_read_some(boost::asio::buffer(buffer_),
                           [this](const boost::system::error_code& error, std::size_t bytes) {
                             got.append(buffer_, bytes);
                             if (error) {
                               closed = true;
                             } else {
                               read();
                             }
                           });
  }

  boost::asio::ip::tcp::socket socket;
  std::string got;
  bool closed = false;

 private:
  char buffer_[65'536] = {};
};

}  // namespace loop
