// log/heft.hpp - Heft: a weight for each entry of a queue; how much is held, a limit, and what is kept for late
// readers.
//
// Over the limit a push is refused (EntryQueue::push), however few entries that are; an entry heavier than all of it
// goes in alone. `kept` is how much stays in memory though every consumer has passed it: iterators that are less than
// that behind read from memory. Threads, ownership: the queue's. REQUIRES: destroyed before the queue.
#pragma once

#include "log/consumer.hpp"
#include "log/gauge.hpp"

#include <cstdint>

namespace hansard {

class Heft final : public QueueListener {
 public:
  using Weigh = std::uint64_t (*)(const Entry& entry);  // the same whenever it is asked of one entry
  static std::uint64_t bytes(const Entry& entry) { return entry.heft(); }

  struct Settings {
    std::uint64_t limit = Gauge::unlimited;
    std::uint64_t kept = 0;            // REQUIRES: at most limit
    std::uint64_t alarm_percent = 80;  // of limit
    AlarmListener* alarm = nullptr;
    Weigh weigh = bytes;
  };

  Heft(EntryQueue& queue, const Settings& settings);
  ~Heft() override;

  [[nodiscard]] const Gauge& held() const { return held_; }

  void added(const QueueNodePtr& node) override;
  void removed(const QueueNodePtr& node) override;
  [[nodiscard]] bool admits(const Entry& entry) const override { return held_.has_room_for(settings_.weigh(entry)); }
  [[nodiscard]] bool keeps_oldest() const override { return settings_.kept > 0 && held_.now() <= settings_.kept; }

 private:
  EntryQueue& queue_;
  const Settings settings_;
  Gauge held_;
};

}  // namespace hansard
