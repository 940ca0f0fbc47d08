// log/search.hpp - Search: finds entries of a queue by promise, and a place in it for a reader who comes from the
// store.
//
// Threads, ownership: the queue's. REQUIRES: destroyed before the queue.
#pragma once

#include "log/consumer.hpp"
#include "log/promise.hpp"

#include <deque>
#include <optional>

namespace hansard {

class Search final : public QueueListener {
 public:
  // `before` is the promise that the first entry pushed follows, or will: what is above it is in the queue, or was.
  Search(EntryQueue& queue, Promise before);
  ~Search() override;

  // On the entry that holds `promise`; nullopt where none that is held does.
  [[nodiscard]] std::optional<QueueIterator> find(Promise promise) const;
  // Where to read on for someone who has read up to `promise`: the oldest entry whose last() is above it, or the end.
  // nullopt: something in between is not held; it must be read from the store.
  [[nodiscard]] std::optional<QueueIterator> after(Promise promise) const;

  void added(const QueueNodePtr& node) override;
  void removed(const QueueNodePtr& node) override;

 private:
  [[nodiscard]] std::deque<QueueNodePtr>::const_iterator first_after(Promise promise) const;

  EntryQueue& queue_;
  std::deque<QueueNodePtr> nodes_;
  Promise floor_;  // everything above it that was pushed is held
};

}  // namespace hansard
