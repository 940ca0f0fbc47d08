#include "sdk/run.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <thread>
#include <vector>

using namespace hansard;
namespace asio = boost::asio;
using std::chrono::microseconds;
using std::chrono::milliseconds;

TEST_CASE("run: ends when no work is left and does all of it") {
  for (const microseconds idle : {microseconds{0}, microseconds{50}, microseconds{20'000}}) {
    CAPTURE(idle.count());
    asio::io_context io;
    std::vector<int> done;
    asio::steady_timer timer(io, milliseconds{5});
    asio::post(io, [&] {
      done.push_back(1);
      asio::post(io, [&] { done.push_back(2); });
    });
    timer.async_wait([&](const boost::system::error_code&) { done.push_back(3); });
    run(io, idle);
    CHECK(done == std::vector<int>{1, 2, 3});
  }
}

TEST_CASE("run: what another thread posts is done while polling and while asleep") {
  // Zero sleeps at once, so each post after all is done finds it asleep; with the longest it still polls.
  for (const microseconds idle : {microseconds{0}, microseconds{200}, microseconds{20'000}}) {
    CAPTURE(idle.count());
    asio::io_context io;
    auto work = asio::make_work_guard(io);
    constexpr int posts = 200;
    std::atomic<int> done = 0;
    std::thread poster([&] {
      for (int i = 0; i < posts; ++i) {
        asio::post(io, [&] {
          ++done;
          done.notify_one();
        });
        if (i % 10 != 0) continue;
        for (int seen = done; seen <= i; seen = done) done.wait(seen);
      }
      asio::post(io, [&] { work.reset(); });
    });
    run(io, idle);
    poster.join();
    CHECK(done == posts);
  }
}

TEST_CASE("run: a stopped context ends it at once also where work is left") {
  asio::io_context io;
  asio::steady_timer never(io, std::chrono::hours{1});
  never.async_wait([](const boost::system::error_code&) {});
  asio::post(io, [&] { io.stop(); });
  run(io, milliseconds{1});
  CHECK(io.stopped());
}
