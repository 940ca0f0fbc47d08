// sdk/testing/schedule.hpp - Schedule: simulated time, and what is to happen in it.
//
// What is due at one time happens in the order in which it was scheduled. Everything may belong to a run of a site:
// whoever steps decides what becomes of what belongs to a run that is over, or that stands still.
// Threads: none. Deterministic.
#pragma once

#include "government/settings.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <vector>

namespace hansard::testing {

class Schedule {
 public:
  using Action = std::function<void()>;
  static constexpr std::uint32_t nobody = ~std::uint32_t{0};

  struct Due {
    Action what;
    std::uint32_t who = nobody;  // the site it belongs to
    std::uint32_t run = 0;
  };

  explicit Schedule(Tick begins) : now_(begins) {}

  [[nodiscard]] Tick now() const { return now_; }
  void after(Tick delay, Action what) { push(delay, {std::move(what), nobody, 0}); }
  void push(Tick delay, Due due);
  // Takes the next, and moves time to it; nullopt: nothing is left to happen.
  [[nodiscard]] std::optional<Due> pop();
  [[nodiscard]] bool empty() const { return ready_.empty() && heap_.empty(); }

 private:
  struct Place {
    Tick at = 0;
    std::uint64_t order = 0;
    std::uint32_t slot = 0;

    // Of a heap whose first is the earliest.
    friend bool operator<(const Place& a, const Place& b) { return a.at != b.at ? a.at > b.at : a.order > b.order; }
  };

  Tick now_;
  std::uint64_t order_ = 0;
  std::deque<Due> ready_;  // due at once
  std::vector<Place> heap_;
  std::vector<Due> slots_;
  std::vector<std::uint32_t> free_;
};

}  // namespace hansard::testing
