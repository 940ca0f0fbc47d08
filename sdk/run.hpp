// sdk/run.hpp - runs an io_context that waits for others most of the time: nodes, and what stands on them.
//
// A processor that sleeps takes tens of microseconds to wake, several times on the way of one append through an island.
// So a thread that has just had work looks for more, for a moment, before it sleeps; between looks it gives way to any
// other thread that could run.
#pragma once

#include <boost/asio/io_context.hpp>

#include <chrono>

namespace hansard {

inline constexpr std::chrono::microseconds idle_poll_default{100};

// As io.run(), in the calling thread. `idle_poll`: how long to look before sleeping; zero sleeps at once.
void run(boost::asio::io_context& io, std::chrono::microseconds idle_poll = idle_poll_default);

}  // namespace hansard
