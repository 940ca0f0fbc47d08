// log/consumer.hpp - EntryQueue: the entries held in memory; Consumer and QueueIterator: those who read them.
//
// A queue is a list of nodes, an entry each, oldest first. Both kinds of reader stand on the node that they read next;
// at the end that is a node without an entry yet, which the next push fills.
//
//   shifted, gone            held                                the end
//   [ ] [ ] [ ]      [ 3/4 ]->[ 3/5 ]->[ 3/6 ]->[ 3/7 ]->[     ]
//    ^                            ^         ^               ^
//    an iterator that must        a         another         an iterator that has read all
//    read from the disk           consumer  iterator
//
// Consumer: tracked. No node is shifted before every consumer has passed it, and one that is slow holds up pushes.
// Iterator: not tracked, as cheap as a pointer, any number of them. It delays nothing: where its node is shifted
// meanwhile it is_shifted(), keeps neither entry nor list alive, and its reader goes on from the store, from the
// promise that it saw last, until Search::after() finds it a place here again. promote() makes it a consumer.
// What all consumers have passed is shifted at once, unless a listener keeps it (Heft does, so that readers find it).
//
// Counters: every node has one, 64 bits wide: at a million entries a second they last half a million years. They are
// compared modulo their range, so what is limited is how many are held (less than half the range), never how many there
// have been. A smaller modulus is for tests. 64 bits cost what 32 do (tests/bench/counter_bench.cpp).
//
// Threads: none; one owner, one caller at a time. Allocations: one for each push. Errors: a push may be refused.
// Ownership: the queue must outlive its consumers and listeners; iterators may outlive it, and are shifted then.
// Limits: count_max here; bytes by a Heft.
#pragma once

#include "log/assert.hpp"
#include "log/entry.hpp"
#include "log/gauge.hpp"

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace hansard {

class EntryQueue;

class QueueNode {
 public:
  QueueNode(const QueueNode&) = delete;
  QueueNode& operator=(const QueueNode&) = delete;

  [[nodiscard]] bool is_shifted() const { return consumers_ == shifted; }  // gone from the queue: no entry, no next
  [[nodiscard]] bool is_end() const { return entry_ == nullptr && !is_shifted(); }
  [[nodiscard]] const EntryPtr& entry() const { return entry_; }  // null where shifted or at the end
  [[nodiscard]] std::uint64_t counter() const { return counter_; }

 private:
  friend class EntryQueue;
  friend class QueueNodePtr;
  friend class QueueIterator;
  friend class Consumer;
  explicit QueueNode(std::uint64_t counter) : counter_(counter) {}
  ~QueueNode() = default;
  static constexpr std::uint32_t shifted = ~std::uint32_t{0};

  EntryPtr entry_;
  QueueNode* next_ = nullptr;  // held by the queue, which counts as one reference
  std::uint64_t counter_;
  std::uint32_t references_ = 0;
  std::uint32_t consumers_ = 0;  // that stand on it; or shifted, which none can then
};
static_assert(sizeof(void*) != 8 || sizeof(QueueNode) == 40);  // Of millions, each byte more counts.

// Holds a node. Counted without atomics: see Threads.
class QueueNodePtr {
 public:
  QueueNodePtr() = default;
  explicit QueueNodePtr(QueueNode* node) : node_(node) { acquire(); }
  QueueNodePtr(const QueueNodePtr& other) : QueueNodePtr(other.node_) {}
  QueueNodePtr(QueueNodePtr&& other) noexcept : node_(std::exchange(other.node_, nullptr)) {}
  QueueNodePtr& operator=(QueueNodePtr other) noexcept {
    std::swap(node_, other.node_);
    return *this;
  }
  ~QueueNodePtr() { release(); }

  [[nodiscard]] QueueNode* get() const { return node_; }
  [[nodiscard]] QueueNode& operator*() const { return *node_; }
  [[nodiscard]] QueueNode* operator->() const { return node_; }

 private:
  void acquire() {
    if (node_ != nullptr) node_->references_ += 1;
  }
  void release() {
    if (node_ != nullptr && --node_->references_ == 0) destroy(node_);
  }
  static void destroy(QueueNode* node);

  QueueNode* node_ = nullptr;
};

class QueueIterator {
 public:
  explicit QueueIterator(QueueNodePtr node) : node_(std::move(node)) {}

  [[nodiscard]] bool is_shifted() const { return node_->is_shifted(); }  // the reader is too late: on from the store
  [[nodiscard]] bool is_end() const { return node_->is_end(); }          // nothing to read yet
  [[nodiscard]] const EntryPtr& entry() const { return node_->entry(); }
  [[nodiscard]] const QueueNodePtr& node() const { return node_; }
  // REQUIRES: neither shifted nor at the end.
  void advance() {
    HANSARD_ASSERT(!is_shifted() && !is_end(), "there is no next");
    node_ = QueueNodePtr(node_->next_);
  }

 private:
  QueueNodePtr node_;
};

// Reads every entry from where it began, each exactly once. Destroying it lets go of what only it held.
class Consumer {
 public:
  Consumer(Consumer&& other) noexcept : queue_(other.queue_), node_(std::move(other.node_)) {}
  Consumer& operator=(Consumer&& other) noexcept;
  Consumer(const Consumer&) = delete;
  Consumer& operator=(const Consumer&) = delete;
  ~Consumer() { leave(); }

  [[nodiscard]] bool is_end() const { return node_->is_end(); }
  [[nodiscard]] const EntryPtr& peek() const { return node_->entry(); }  // what shift() would return
  EntryPtr shift();                                                      // the next entry; null where there is none yet
  [[nodiscard]] QueueIterator iterator() const { return QueueIterator(node_); }  // where it stands

 private:
  friend class EntryQueue;
  Consumer(EntryQueue& queue, QueueNodePtr node);
  void leave();

  EntryQueue* queue_;
  QueueNodePtr node_;
};

// Hears of every node that comes and goes. One that is added late is first told of all nodes held, so that it hears
// removed() exactly once of every node that it heard added() of, unless it is taken off before. Only room() may push,
// and none may make or move consumers.
class QueueListener {
 public:
  QueueListener() = default;
  QueueListener(const QueueListener&) = delete;
  QueueListener& operator=(const QueueListener&) = delete;
  virtual ~QueueListener() = default;
  virtual void added(const QueueNodePtr& node) { static_cast<void>(node); }
  virtual void removed(const QueueNodePtr& node) { static_cast<void>(node); }  // its entry is still there
  [[nodiscard]] virtual bool admits(const Entry& entry) const { return static_cast<void>(entry), true; }
  [[nodiscard]] virtual bool keeps_oldest() const { return false; }  // though all consumers have passed it
  virtual void room() {}  // a push was refused, and now something was shifted
};

struct QueueSettings {
  std::uint64_t count_max = Gauge::unlimited;
  std::uint64_t alarm_percent = 80;  // of count_max
  AlarmListener* alarm = nullptr;
  std::uint64_t modulus = 0;        // tests: of the counters; 0 is 2^64. Holds less than half of it at most
  std::uint64_t first_counter = 0;  // tests
};

class EntryQueue {
 public:
  explicit EntryQueue(const QueueSettings& settings = {});
  EntryQueue(const EntryQueue&) = delete;
  EntryQueue& operator=(const EntryQueue&) = delete;
  ~EntryQueue();

  // False: it would be more than the count or a listener admits; nothing has changed, and room() will be called when it
  // is worth another try. REQUIRES: entry follows the one pushed before.
  [[nodiscard]] bool push(EntryPtr entry);

  [[nodiscard]] QueueIterator oldest() const { return QueueIterator(QueueNodePtr(oldest_)); }
  [[nodiscard]] QueueIterator end() const { return QueueIterator(QueueNodePtr(end_)); }
  // A consumer that reads from that node on. REQUIRES: the node is of this queue, and (asserted) not shifted.
  [[nodiscard]] Consumer promote(const QueueNodePtr& node);
  [[nodiscard]] Consumer promote(const QueueIterator& iterator) { return promote(iterator.node()); }

  void add_listener(QueueListener& listener);
  void remove_listener(QueueListener& listener);

  [[nodiscard]] const Gauge& count() const { return count_; }
  // Whether `a` comes before `b`, both held or an end of this queue, whatever way their counters wrapped between.
  [[nodiscard]] bool is_before(const QueueNode& a, const QueueNode& b) const;

 private:
  friend class Consumer;
  [[nodiscard]] std::uint64_t distance(std::uint64_t from, std::uint64_t to) const;
  [[nodiscard]] bool admits(const Entry& entry) const;
  [[nodiscard]] bool is_kept() const;
  [[nodiscard]] bool is_passed() const { return oldest_ != end_ && oldest_->consumers_ == 0; }
  void shift_oldest();
  void settle();  // shifts what need not be held any longer

  const std::uint64_t modulus_;
  AlarmListener* const alarm_;
  Gauge count_;
  std::vector<QueueListener*> listeners_;
  QueueNode* oldest_;
  QueueNode* end_;
  std::uint64_t consumers_ = 0;
  bool was_refused_ = false;
  bool is_telling_ = false;  // listeners, who must not change the queue meanwhile
};

}  // namespace hansard
