// sdk/tail.hpp - Tail: the newest committed entries, in memory, for those who follow the log's end.
//
// Holds every entry after begins_after() up to newest(), without a gap. What is not durable here yet (others may have
// committed it first) is never let go, so what Tail does not hold is on disk; but after a snapshot was installed what
// is before begins_after() is gone, and until that is written (detached()) the disk holds what may never be read.
// Threads: none. Limits: bytes_max, but for what is not durable yet, which the core bounds.
#pragma once

#include "log/entry.hpp"
#include "log/promise.hpp"

#include <cstddef>
#include <deque>
#include <optional>
#include <string_view>
#include <vector>

namespace hansard {

class Tail {
 public:
  explicit Tail(std::size_t bytes_max) : bytes_max_(bytes_max) {}

  // Holds nothing but what will be pushed from here on.
  void begin(Promise after);
  // The next committed entry. Where it does not follow what is held, as after jump().
  void push(EntryPtr entry);
  // A snapshot took the place of everything up to there, which is let go.
  void jump(Promise to);
  // Everything up to there is on disk. Less than before where the core dropped entries to take others instead.
  void durable(Promise upto);
  // The log begins there now; what is before it is let go.
  void trim(Promise before);

  // As Node::read_held.
  [[nodiscard]] std::optional<std::vector<EntryPtr>> read(Promise after, std::size_t bytes_max,
                                                          std::size_t count_max) const;
  // The entry that holds the promise, or null.
  [[nodiscard]] EntryPtr find(Promise promise) const;
  // As Store::read_last, as far as it is held, newest first. `items` and `bytes_max` are lessened by what was found.
  [[nodiscard]] std::vector<EntryPtr> last(std::size_t& items, std::string_view channel, std::size_t& bytes_max) const;

  [[nodiscard]] Promise begins_after() const { return begins_after_; }
  [[nodiscard]] Promise newest() const { return newest_; }
  [[nodiscard]] bool detached() const { return detached_; }
  [[nodiscard]] std::size_t bytes() const { return bytes_; }

 private:
  void let_go();
  void pop();
  [[nodiscard]] std::deque<EntryPtr>::const_iterator following(Promise promise) const;

  std::size_t bytes_max_;
  std::deque<EntryPtr> entries_;  // oldest first
  std::size_t bytes_ = 0;
  Promise begins_after_;
  Promise newest_;
  Promise durable_;
  bool detached_ = false;
};

}  // namespace hansard
