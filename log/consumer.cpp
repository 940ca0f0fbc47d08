#include "log/consumer.hpp"

#include <algorithm>

namespace hansard {
namespace {

// Two counters are told apart by the shorter way round, so no more than half of them may be in use.
std::uint64_t count_limit(const QueueSettings& settings) {
  const std::uint64_t half = settings.modulus == 0 ? std::uint64_t{1} << 63U : settings.modulus / 2;
  HANSARD_ASSERT(half >= 2, "a modulus of less than 4 orders nothing");
  return std::min(settings.count_max, half - 1);
}

}  // namespace

void QueueNodePtr::destroy(QueueNode* node) { delete node; }

Consumer::Consumer(EntryQueue& queue, QueueNodePtr node) : queue_(&queue), node_(std::move(node)) {
  node_->consumers_ += 1;
  queue_->consumers_ += 1;
}

Consumer& Consumer::operator=(Consumer&& other) noexcept {
  if (this == &other) return *this;
  leave();
  queue_ = other.queue_;
  node_ = std::move(other.node_);
  return *this;
}

void Consumer::leave() {
  if (node_.get() == nullptr) return;
  node_->consumers_ -= 1;
  queue_->consumers_ -= 1;
  node_ = QueueNodePtr();
  queue_->settle();
}

EntryPtr Consumer::shift() {
  if (is_end()) return nullptr;
  EntryPtr entry = node_->entry();
  const QueueNodePtr passed = std::exchange(node_, QueueNodePtr(node_->next_));
  passed->consumers_ -= 1;
  node_->consumers_ += 1;
  queue_->settle();
  return entry;
}

EntryQueue::EntryQueue(const QueueSettings& settings)
    : modulus_(settings.modulus),
      alarm_(settings.alarm),
      count_(count_limit(settings), settings.alarm_percent),
      oldest_(new QueueNode(settings.first_counter)),
      end_(oldest_) {
  HANSARD_ASSERT(modulus_ == 0 || settings.first_counter < modulus_, "a counter is below its modulus");
  oldest_->references_ = 1;
}

EntryQueue::~EntryQueue() {
  HANSARD_ASSERT(consumers_ == 0, "a queue outlives its consumers");
  HANSARD_ASSERT(listeners_.empty(), "a queue outlives its listeners");
  while (oldest_ != end_) shift_oldest();
  QueueNodePtr last(end_);
  last->consumers_ = QueueNode::shifted;
  last->references_ -= 1;
}

bool EntryQueue::push(EntryPtr entry) {
  HANSARD_ASSERT(entry != nullptr, "an entry is pushed");
  HANSARD_ASSERT(!is_telling_, "listeners do not change the queue");
  while (!admits(*entry) && is_passed()) shift_oldest();
  if (!admits(*entry)) {
    was_refused_ = true;
    return false;
  }
  const std::uint64_t counter = end_->counter_ + 1;
  const QueueNodePtr filled(end_);
  end_ = new QueueNode(counter == modulus_ ? 0 : counter);
  end_->references_ = 1;
  filled->next_ = end_;
  filled->entry_ = std::move(entry);
  is_telling_ = true;
  for (QueueListener* listener : listeners_) listener->added(filled);
  if (count_.add(1) && alarm_ != nullptr) alarm_->alarm(count_);
  is_telling_ = false;
  settle();
  return true;
}

Consumer EntryQueue::promote(const QueueNodePtr& node) {
  HANSARD_ASSERT(node.get() != nullptr && !node->is_shifted(), "a shifted node is promoted");
  HANSARD_ASSERT(!is_telling_, "listeners do not change the queue");
  return {*this, node};
}

void EntryQueue::add_listener(QueueListener& listener) {
  listeners_.push_back(&listener);
  for (QueueIterator each = oldest(); !each.is_end(); each.advance()) listener.added(each.node());
}

void EntryQueue::remove_listener(QueueListener& listener) { std::erase(listeners_, &listener); }

bool EntryQueue::is_before(const QueueNode& a, const QueueNode& b) const {
  const std::uint64_t half = modulus_ == 0 ? std::uint64_t{1} << 63U : modulus_ / 2;
  return a.counter_ != b.counter_ && distance(a.counter_, b.counter_) < half;
}

std::uint64_t EntryQueue::distance(std::uint64_t from, std::uint64_t to) const {
  return to >= from ? to - from : modulus_ - from + to;  // A modulus of 0 wraps by itself.
}

bool EntryQueue::admits(const Entry& entry) const {
  return count_.has_room_for(1) &&
         std::all_of(listeners_.begin(), listeners_.end(), [&](const QueueListener* l) { return l->admits(entry); });
}

bool EntryQueue::is_kept() const {
  return std::any_of(listeners_.begin(), listeners_.end(), [](const QueueListener* l) { return l->keeps_oldest(); });
}

void EntryQueue::shift_oldest() {
  const QueueNodePtr node(oldest_);
  is_telling_ = true;
  for (QueueListener* listener : listeners_) listener->removed(node);
  is_telling_ = false;
  count_.subtract(1);
  oldest_ = std::exchange(node->next_, nullptr);
  node->consumers_ = QueueNode::shifted;
  node->entry_.reset();
  node->references_ -= 1;  // The queue's own.
}

void EntryQueue::settle() {
  bool has_shifted = false;
  while (is_passed() && !is_kept()) {
    shift_oldest();
    has_shifted = true;
  }
  // A listener that is given room pushes, which settles again: only what was refused before counts for it.
  if (!has_shifted && !is_passed()) return;
  if (!std::exchange(was_refused_, false)) return;
  for (QueueListener* listener : listeners_) listener->room();
}

}  // namespace hansard
