// sdk/line_limit.hpp - LineLimit: keeps a peer or a client that misbehaves from filling the log.
//
// Lines of one kind: a burst of them is told, then one now and then, with how many were left out. Kinds are bounded in
// number; beyond that the oldest begins anew.
// Threads: none.
#pragma once

#include "government/settings.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace hansard {

class LineLimit {
 public:
  static constexpr std::uint64_t burst = 20;
  static constexpr Tick one_every = 1'000'000;  // microseconds, beyond the burst
  static constexpr std::size_t kinds_max = 256;

  // Whether to tell a line of that kind: then how many were left out since the last one told. nullopt: leave it out.
  [[nodiscard]] std::optional<std::uint64_t> tell(std::string_view kind, Tick now);

 private:
  struct Kind {
    std::uint64_t left = burst;  // may be told now
    Tick filled_at = 0;          // `left` grew last
    std::uint64_t left_out = 0;
  };
  std::map<std::string, Kind, std::less<>> kinds_;
};

// " (and 12 like it before)", or nothing.
[[nodiscard]] std::string and_left_out(std::uint64_t left_out);

}  // namespace hansard
