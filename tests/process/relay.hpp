// tests/process/relay.hpp - a Relay: passes bytes between whoever connects to it and one address, until it is cut.
//
// Threads: one of its own, from construction to destruction; the methods may be called from any other.
#pragma once

#include <cstdint>
#include <memory>

namespace process {

class Relay {
 public:
  // Listens on `port` of the loopback, and connects to `target` there.
  Relay(std::uint16_t port, std::uint16_t target);
  ~Relay();
  Relay(const Relay&) = delete;
  Relay& operator=(const Relay&) = delete;

  // Every connection breaks; others may be made at once.
  void cut();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace process
