// log/gauge.hpp - Gauge: how much of something is held, the most there ever was, a limit, and an alarm before it.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>

namespace hansard {

class Gauge {
 public:
  static constexpr std::uint64_t unlimited = std::numeric_limits<std::uint64_t>::max();

  // The alarm is at that share of the limit, in percent; an unlimited gauge has none.
  explicit Gauge(std::uint64_t limit = unlimited, std::uint64_t alarm_percent = 80)
      : limit_(limit),
        alarm_at_(limit == unlimited ? unlimited : limit / 100 * alarm_percent + limit % 100 * alarm_percent / 100) {}

  [[nodiscard]] std::uint64_t now() const { return now_; }
  [[nodiscard]] std::uint64_t most() const { return most_; }  // ever
  [[nodiscard]] std::uint64_t limit() const { return limit_; }
  [[nodiscard]] std::uint64_t alarm_at() const { return alarm_at_; }
  // What is larger than the limit has room where nothing else is: it could never go on otherwise.
  [[nodiscard]] bool has_room_for(std::uint64_t amount) const {
    return now_ == 0 || amount <= limit_ - std::min(limit_, now_);
  }

  // True: the alarm goes off. It goes off once, and is armed again when less than that is held.
  bool add(std::uint64_t amount) {
    now_ += amount;
    most_ = std::max(most_, now_);
    const bool goes_off = is_armed_ && alarm_at_ != unlimited && now_ >= alarm_at_;
    if (goes_off) is_armed_ = false;
    return goes_off;
  }
  void subtract(std::uint64_t amount) {  // REQUIRES: amount <= now()
    now_ -= amount;
    if (now_ < alarm_at_) is_armed_ = true;
  }

 private:
  std::uint64_t limit_;
  std::uint64_t alarm_at_;
  std::uint64_t now_ = 0;
  std::uint64_t most_ = 0;
  bool is_armed_ = true;
};

// Told by whoever keeps a gauge when its alarm goes off. Must not change what is gauged.
class AlarmListener {
 public:
  AlarmListener() = default;
  AlarmListener(const AlarmListener&) = delete;
  AlarmListener& operator=(const AlarmListener&) = delete;
  virtual ~AlarmListener() = default;
  virtual void alarm(const Gauge& gauge) = 0;
};

}  // namespace hansard
