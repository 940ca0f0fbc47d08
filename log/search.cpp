#include "log/search.hpp"

#include <algorithm>

namespace hansard {

Search::Search(EntryQueue& queue, Promise before) : queue_(queue), floor_(before) { queue_.add_listener(*this); }

Search::~Search() { queue_.remove_listener(*this); }

// The first node whose entry ends above `promise`.
std::deque<QueueNodePtr>::const_iterator Search::first_after(Promise promise) const {
  return std::upper_bound(nodes_.begin(), nodes_.end(), promise,
                          [](Promise p, const QueueNodePtr& node) { return p < node->entry()->last(); });
}

std::optional<QueueIterator> Search::find(Promise promise) const {
  auto found = first_after(promise);
  if (found != nodes_.begin() && (*(found - 1))->entry()->last() == promise) --found;
  if (found == nodes_.end() || promise < (*found)->entry()->first()) return std::nullopt;
  return QueueIterator(*found);
}

std::optional<QueueIterator> Search::after(Promise promise) const {
  if (promise < floor_) return std::nullopt;
  const auto found = first_after(promise);
  return found == nodes_.end() ? queue_.end() : QueueIterator(*found);
}

void Search::added(const QueueNodePtr& node) { nodes_.push_back(node); }

void Search::removed(const QueueNodePtr& node) {
  HANSARD_ASSERT(!nodes_.empty() && nodes_.front().get() == node.get(), "nodes go in the order in which they came");
  floor_ = node->entry()->last();
  nodes_.pop_front();
}

}  // namespace hansard
