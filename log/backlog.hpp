// log/backlog.hpp - Backlog: entries that a queue refused, waiting in order for room.
//
// Threads, ownership: the queue's. REQUIRES: destroyed before the queue; nobody else pushes into it meanwhile, or order
// is theirs to keep. What still waits when it is destroyed is dropped.
#pragma once

#include "log/consumer.hpp"

#include <deque>
#include <utility>

namespace hansard {

class Backlog final : public QueueListener {
 public:
  explicit Backlog(EntryQueue& queue) : queue_(queue) { queue_.add_listener(*this); }
  ~Backlog() override { queue_.remove_listener(*this); }

  // Into the queue, or behind what already waits.
  void push(EntryPtr entry) {
    waiting_.push_back(std::move(entry));
    if (waiting_.size() == 1) room();
  }
  [[nodiscard]] std::size_t waiting() const { return waiting_.size(); }

  void room() override {
    while (!waiting_.empty() && queue_.push(waiting_.front())) waiting_.pop_front();
  }

 private:
  EntryQueue& queue_;
  std::deque<EntryPtr> waiting_;
};

}  // namespace hansard
