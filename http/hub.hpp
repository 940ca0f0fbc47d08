// http/hub.hpp - Hub: who waits at the end of the log for the next entry: subscriptions and long polls.
//
// Why it exists: the node has one listener for commits and tells it in the midst of its own work. The hub only notes
// that, and wakes the waiters in a turn of their own, however many commits came meanwhile.
// Threads: the node's. Ownership: it owns nobody; a Waiter that is destroyed is no longer on the list.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/intrusive/list.hpp>

#include <memory>

namespace hansard::http {

class Waiter : public boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
 public:
  Waiter() = default;
  Waiter(const Waiter&) = delete;
  Waiter& operator=(const Waiter&) = delete;
  virtual ~Waiter() = default;
  // Entries may have come. Called once for each wait(); may destroy the waiter, or any other.
  virtual void woken() = 0;
};

class Hub : public std::enable_shared_from_this<Hub> {
 public:
  explicit Hub(boost::asio::io_context& io) : io_(io) {}
  void wait(Waiter& waiter);  // does nothing where it waits already
  void committed();           // soon wakes all who wait now

 private:
  using Waiters = boost::intrusive::list<Waiter, boost::intrusive::constant_time_size<false>>;
  void wake();

  boost::asio::io_context& io_;
  Waiters waiters_;
  bool posted_ = false;
};

}  // namespace hansard::http
