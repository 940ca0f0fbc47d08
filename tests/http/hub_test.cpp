// Who waits at the log's end is woken once for any number of commits, and may vanish meanwhile.
#include "http/hub.hpp"

#include <doctest/doctest.h>

#include <functional>
#include <memory>

namespace {

using hansard::http::Hub;

struct Sleeper : hansard::http::Waiter {
  void woken() override {
    ++times;
    if (then) then();
  }
  int times = 0;
  std::function<void()> then;
};

}  // namespace

TEST_CASE("hub: commits wake each waiter once and later") {
  boost::asio::io_context io;
  const auto hub = std::make_shared<Hub>(io);
  Sleeper a;
  Sleeper b;
  hub->committed();  // Nobody waits.
  hub->wait(a);
  hub->wait(a);
  hub->wait(b);
  hub->committed();
  hub->committed();
  CHECK(a.times == 0);
  io.run();
  CHECK(a.times == 1);
  CHECK(b.times == 1);
  hub->committed();
  io.restart();
  io.run();
  CHECK(a.times == 1);
}

TEST_CASE("hub: a waiter may wait again or destroy others while it is woken") {
  boost::asio::io_context io;
  const auto hub = std::make_shared<Hub>(io);
  Sleeper a;
  auto b = std::make_unique<Sleeper>();
  a.then = [&] {
    b.reset();
    hub->wait(a);
  };
  hub->wait(a);
  hub->wait(*b);
  hub->committed();
  io.run();
  CHECK(a.times == 1);
  hub->committed();
  io.restart();
  io.run();
  CHECK(a.times == 2);
}
