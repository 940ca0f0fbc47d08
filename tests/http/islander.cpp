#include "tests/http/islander.hpp"

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <spdlog/logger.h>
#include <spdlog/sinks/null_sink.h>
#include <stdexcept>
#include <unistd.h>

namespace hansard::test {

Islander::Islander(HttpOptions http, const std::function<void(NodeOptions&)>& adjust, bool settle) : http_(http) {
  std::string name = (std::filesystem::temp_directory_path() / "hansard-http-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no directory for the islander");
  directory_ = name;
  options_.id = "a";
  options_.data = (directory_ / "a").string();
  options_.listen = "127.0.0.1:0";
  if (adjust) adjust(options_);
  start();
  if (settle) wait_until_ready();
}

Islander::~Islander() {
  stop();
  std::error_code ignored;
  std::filesystem::remove_all(directory_, ignored);
}

void Islander::start() {
  io_ = std::make_unique<boost::asio::io_context>(1);
  auto logger = std::make_shared<spdlog::logger>("islander", std::make_shared<spdlog::sinks::null_sink_mt>());
  logger->set_level(spdlog::level::debug);
  node_ = std::make_unique<Node>(*io_, options_, logger);
  server_ = std::make_unique<HttpServer>(*node_, http_);
  const Result<void> started = node_->start();
  if (!started) throw std::runtime_error(started.error().what);
  const std::string address = node_->listening_on();
  port_ = static_cast<std::uint16_t>(std::stoul(address.substr(address.rfind(':') + 1)));
  thread_ = std::thread([this] {
    const auto alive = boost::asio::make_work_guard(*io_);
    io_->run();
  });
}

void Islander::stop() {
  appender_.reset();
  std::promise<void> stopped;
  boost::asio::post(*io_, [this, &stopped] {
    server_->stop(std::chrono::milliseconds(0),
                  [this, &stopped] { node_->stop(1'000, [&stopped] { stopped.set_value(); }); });
  });
  stopped.get_future().wait();
  io_->stop();
  thread_.join();
  server_.reset();
  node_.reset();
  io_.reset();
}

void Islander::restart() {
  stop();
  start();
  wait_until_ready();
}

void Islander::wait_until_ready() {
  Wire wire(port_);
  if (!eventually([&wire] { return wire.call("GET", "/readyz").status == 200; })) {
    throw std::runtime_error("the islander did not become ready");
  }
}

HttpServer::Figures Islander::figures() {
  return run([this] { return server_->figures(); });
}

std::string Islander::append(const std::string& body, const std::string& fields) {
  if (!appender_) appender_ = std::make_unique<Wire>(port_);
  const Received received = appender_->call("POST", "/v1/logs/main/entries", body, fields);
  if (received.status != 201) throw std::runtime_error("append: " + received.head + received.body);
  return received.header("Hansard-Promise");
}

void Islander::stop_server(std::chrono::milliseconds patience) {
  run([this, patience] {
    server_->stop(patience, [this] { server_stopped_ = true; });
    return 0;
  });
}

bool eventually(const std::function<bool()>& condition) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (std::chrono::steady_clock::now() < until) {
    if (condition()) return true;
    std::this_thread::yield();
  }
  return condition();
}

std::string repeated(std::string_view item, std::size_t times) {
  std::string out;
  out.reserve(item.size() * times);
  for (std::size_t i = 0; i < times; ++i) out += item;
  return out;
}

}  // namespace hansard::test
