// http/cli/probe.hpp - asks an islander one thing, without blocking.
#pragma once

#include "http/client.hpp"

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <functional>
#include <string>

namespace hansard::cli {

struct Probed {
  int status = 0;        // 0: no answer
  std::string republic;  // what the answer says of it, if it does
};

// GET. `done` is called once, within `patience`, on the context's thread, never from inside this call.
void probe(boost::asio::io_context& io, const client::Url& url, const std::string& target,
           std::chrono::milliseconds patience, std::function<void(const Probed&)> done);

}  // namespace hansard::cli
