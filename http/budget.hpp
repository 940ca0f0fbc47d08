// http/budget.hpp - Budget: one bound over the large bodies and answers that all connections hold in memory together.
//
// Small ones are not counted: the number of connections bounds them. A Charge is what one holder counts for now; it
// gives back what it took when it goes. Threads: one.
#pragma once

#include <cstddef>

namespace hansard::http {

class Budget {
 public:
  static constexpr std::size_t small = std::size_t{64} << 10U;  // not counted up to this

  explicit Budget(std::size_t bytes_max) : bytes_max_(bytes_max) {}
  [[nodiscard]] std::size_t bytes() const { return bytes_; }
  [[nodiscard]] bool exhausted() const { return bytes_ >= bytes_max_; }

 private:
  friend class Charge;
  std::size_t bytes_ = 0;
  std::size_t bytes_max_;
};

class Charge {
 public:
  explicit Charge(Budget& budget) : budget_(budget) {}
  ~Charge() { set(0); }
  Charge(const Charge&) = delete;
  Charge& operator=(const Charge&) = delete;

  // Counts this much from now on, whether or not there is room: what is already in memory cannot be refused.
  void set(std::size_t bytes) {
    const std::size_t counted = bytes > Budget::small ? bytes : 0;
    budget_.bytes_ = budget_.bytes_ - counted_ + counted;
    counted_ = counted;
  }
  // Only where there is room; false changes nothing.
  [[nodiscard]] bool try_set(std::size_t bytes) {
    if (bytes > Budget::small && budget_.bytes_ - counted_ + bytes > budget_.bytes_max_) return false;
    set(bytes);
    return true;
  }

 private:
  Budget& budget_;
  std::size_t counted_ = 0;
};

}  // namespace hansard::http
