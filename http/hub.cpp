#include "http/hub.hpp"

#include <boost/asio/post.hpp>

namespace hansard::http {

void Hub::wait(Waiter& waiter) {
  if (!waiter.is_linked()) waiters_.push_back(waiter);
}

void Hub::committed() {
  if (posted_ || waiters_.empty()) return;
  posted_ = true;
  boost::asio::post(io_, [self = shared_from_this()] { self->wake(); });
}

void Hub::wake() {
  posted_ = false;
  Waiters now;
  now.swap(waiters_);
  while (!now.empty()) {
    Waiter& waiter = now.front();
    now.pop_front();
    waiter.woken();
  }
}

}  // namespace hansard::http
