#include "sdk/line_limit.hpp"

#include <algorithm>
#include <utility>

namespace hansard {

std::optional<std::uint64_t> LineLimit::tell(std::string_view kind, Tick now) {
  auto found = kinds_.find(kind);
  if (found == kinds_.end()) {
    if (kinds_.size() >= kinds_max) {
      kinds_.erase(std::min_element(kinds_.begin(), kinds_.end(), [](const auto& a, const auto& b) {
        return a.second.filled_at < b.second.filled_at;
      }));
    }
    found = kinds_.emplace(kind, Kind{burst, now, 0}).first;
  }
  Kind& state = found->second;
  const std::uint64_t more = (now - std::min(now, state.filled_at)) / one_every;
  state.left = std::min(burst, state.left + std::min(more, burst));
  state.filled_at += more * one_every;
  if (state.left == 0) {
    state.left_out += 1;
    return std::nullopt;
  }
  state.left -= 1;
  return std::exchange(state.left_out, 0);
}

std::string and_left_out(std::uint64_t left_out) {
  return left_out == 0 ? std::string{} : " (and " + std::to_string(left_out) + " like it before)";
}

}  // namespace hansard
