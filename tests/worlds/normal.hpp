// tests/worlds/normal.hpp - what two states of one Legislator must have in common to be one and the same here.
//
// Time stands still, so every time is now, never, or to come and never there; delays and random numbers decide nothing
// and are left out. Ids of pulses, requests and writes are renamed in their order to 1, 2, 3 ...: nothing but that
// order is ever looked at. A pulse that no part waits for any more is forgotten: its answer changes nothing, whenever
// it comes.
#pragma once

#include "government/chamber_state.hpp"
#include "log/assert.hpp"

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

namespace hansard::worlds {

inline constexpr Tick now = 10'000'000;
inline constexpr Tick not_yet = never - 1;

// How ids that were known before are called now; 0: forgotten.
struct Renamed {
  std::vector<std::pair<std::uint64_t, std::uint64_t>> pulses;  // in order
  std::vector<std::pair<std::uint64_t, std::uint64_t>> requests;
};

[[nodiscard]] inline std::uint64_t renamed(const std::vector<std::pair<std::uint64_t, std::uint64_t>>& names,
                                           std::uint64_t id) {
  const auto found = std::lower_bound(names.begin(), names.end(), std::pair{id, std::uint64_t{0}});
  return found != names.end() && found->first == id ? found->second : 0;
}

// An archive that walks over all members and lets a visitor change the marked ones.
template <class Visitor>
class Walk {
 public:
  static constexpr bool reads = false;

  explicit Walk(Visitor& visitor) : visitor_(visitor) {}

  template <class... Values>
  void operator()(Values&&... values) {
    (see(values), ...);
  }
  template <class Enum>
  void choice(Enum& /*value*/, Enum /*last*/) {}
  template <class... Outputs>
  void pulled(Outputs&... outputs) {
    (must(!archive_detail::is_left(outputs)), ...);
  }
  void must(bool holds) { HANSARD_ASSERT(holds, "a state is looked at when it is at rest"); }

 private:
  template <Mark mark, class T>
  void see_marked(T& value) {
    using namespace archive_detail;
    if constexpr (is_optional<T>) {
      if (value) see_marked<mark>(*value);
    } else if constexpr (is_list<T>) {  // Of what waits for a ticket.
      for (auto& [id, rest] : value) {
        visitor_.template number<mark>(id);
        see(rest);
      }
    } else if constexpr (is_map<T> && (mark == Mark::time || mark == Mark::duration)) {
      for (auto& [key, one] : value) visitor_.template number<mark>(one);
    } else if constexpr (is_map<T>) {
      T fresh;
      for (auto& [old, rest] : value) {
        auto key = old;
        if (!visitor_.template keep<mark, typename T::mapped_type>(key)) continue;
        if constexpr (std::is_same_v<typename T::mapped_type, Tick>) {
          visitor_.template number<Mark::time>(rest);
        } else {
          see(rest);
        }
        fresh.emplace_hint(fresh.end(), key, std::move(rest));
      }
      value = std::move(fresh);
    } else {
      visitor_.template number<mark>(value);
    }
  }

  template <Mark mark, class T>
  void see_mark(Marked<mark, T>& marked) {
    see_marked<mark>(marked.value);
  }

  template <class T>
  void see(T& value) {
    using namespace archive_detail;
    if constexpr (is_marked<T>) {
      see_mark(value);
    } else if constexpr (std::is_same_v<T, Random>) {
      visitor_.random(value);
    } else if constexpr (is_optional<T>) {
      if (value) see(*value);
    } else if constexpr (is_list<T>) {
      for (auto& one : value) see(one);
    } else if constexpr (is_map<T>) {
      for (auto& [key, one] : value) see(one);
    } else if constexpr (is_pair<T>) {
      see(value.first);
      see(value.second);
    } else if constexpr (std::is_const_v<T> || std::is_same_v<T, Government> || std::is_same_v<T, LogState>) {
      // No number of such meaning is in it.
    } else if constexpr (requires { value.members(*this); }) {
      value.members(*this);
    } else if constexpr (requires { members(*this, value); }) {
      members(*this, value);
    }
  }

  Visitor& visitor_;
};

// Makes the state of a Legislator at rest the one that stands for all like it.
[[nodiscard]] Renamed normalise(Chamber& chamber);
// What was to come and never there is there: for whoever goes on from that state with a clock.
void wake(Chamber& chamber);

}  // namespace hansard::worlds
