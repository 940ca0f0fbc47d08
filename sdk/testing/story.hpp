// sdk/testing/story.hpp - Story: what happened in a simulation, for people; and its hash, for comparing two runs.
//
// A run is a function of its seed, so nobody writes the story down until somebody wants to read it: the run is then
// repeated with tell(). The hash is always kept.
#pragma once

#include "government/settings.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <string_view>

namespace hansard::testing {

class Story {
 public:
  using Teller = std::function<void(const std::string&)>;
  static constexpr std::size_t last_max = 80;  // lines kept for a failure

  // From now on lines are made: each is given to `teller`, if there is one, and the last ones are kept.
  void tell(Teller teller = {}) {
    telling_ = true;
    teller_ = std::move(teller);
  }
  // Ask before making a line.
  [[nodiscard]] bool told() const { return telling_; }
  void say(Tick now, const std::string& line);
  [[nodiscard]] const std::deque<std::string>& last() const { return last_; }

  void mix(std::uint64_t value) {
    hash_ = (hash_ ^ value) * 0x9e3779b97f4a7c15U;
    hash_ ^= hash_ >> 32U;
  }
  void mix(std::string_view bytes);
  [[nodiscard]] std::uint64_t hash() const { return hash_; }

 private:
  bool telling_ = false;
  Teller teller_;
  std::deque<std::string> last_;
  std::uint64_t hash_ = 1;
};

}  // namespace hansard::testing
