// sdk/testing/schedule.cpp - see schedule.hpp.
#include "sdk/testing/schedule.hpp"

#include <algorithm>
#include <utility>

namespace hansard::testing {

void Schedule::push(Tick delay, Due due) {
  if (delay == 0) {
    ready_.push_back(std::move(due));
    return;
  }
  std::uint32_t slot = 0;
  if (free_.empty()) {
    slot = static_cast<std::uint32_t>(slots_.size());
    slots_.push_back(std::move(due));
  } else {
    slot = free_.back();
    free_.pop_back();
    slots_[slot] = std::move(due);
  }
  heap_.push_back({now_ + delay, ++order_, slot});
  std::push_heap(heap_.begin(), heap_.end());
}

std::optional<Schedule::Due> Schedule::pop() {
  if (!ready_.empty()) {
    std::optional<Due> due = std::move(ready_.front());
    ready_.pop_front();
    return due;
  }
  if (heap_.empty()) return std::nullopt;
  std::pop_heap(heap_.begin(), heap_.end());
  const Place place = heap_.back();
  heap_.pop_back();
  now_ = place.at;
  std::optional<Due> due = std::exchange(slots_[place.slot], Due{});
  free_.push_back(place.slot);
  return due;
}

}  // namespace hansard::testing
