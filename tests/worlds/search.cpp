#include "tests/worlds/search.hpp"

#include "government/random.hpp"
#include "log/codec.hpp"
#include "tests/worlds/broken.hpp"
#include "tests/worlds/moves.hpp"
#include "tests/worlds/probe.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <memory>

namespace hansard::worlds {

namespace {

// A set of 128-bit hashes, open addressing.
class Seen {
 public:
  Seen() : slots_(std::size_t{1} << 16U) {}

  bool insert(const Id128& hash) {
    if (count_ * 4 >= slots_.size() * 3) grow();
    return put(slots_, hash) && ++count_ != 0;
  }
  [[nodiscard]] std::size_t size() const { return count_; }

 private:
  static bool put(std::vector<Id128>& slots, const Id128& hash) {
    const std::size_t mask = slots.size() - 1;
    for (std::size_t i = hash.low & mask;; i = (i + 1) & mask) {
      if (slots[i] == hash) return false;
      if (!slots[i].is_zero()) continue;
      slots[i] = hash;
      return true;
    }
  }
  void grow() {
    std::vector<Id128> larger(slots_.size() * 2);
    for (const Id128& hash : slots_) {
      if (!hash.is_zero()) put(larger, hash);
    }
    slots_ = std::move(larger);
  }

  std::vector<Id128> slots_;
  std::size_t count_ = 0;
};

// States of one depth, packed one after the other.
struct Level {
  std::vector<std::uint64_t> words;
  std::vector<std::uint64_t> begins{0};
  void add(const std::vector<std::uint64_t>& state) {
    words.insert(words.end(), state.begin(), state.end());
    begins.push_back(words.size());
  }
  [[nodiscard]] std::size_t size() const { return begins.size() - 1; }
};

// How a state was first come to: from which, by which move.
struct Origin {
  std::uint32_t from = 0;
  Move move;
};

}  // namespace

Found explore(const World& world, const Bounds& bounds, bool tells_progress) {
  const auto began = std::chrono::steady_clock::now();
  Found found;
  Moves moves(world);
  Seen seen;
  std::vector<Origin> origins;
  Level level;
  std::vector<std::uint64_t> words;
  std::uint32_t first_of_level = 0;

  const auto hash_of = [](const std::vector<std::uint64_t>& state) {
    return hash128({reinterpret_cast<const char*>(state.data()), state.size() * sizeof(std::uint64_t)});
  };
  const auto tell = [&](std::uint32_t at, const std::string& what, const std::string& last) {
    found.violation = what;
    std::vector<Move> way;
    for (std::uint32_t i = at; i != 0; i = origins[i].from) way.push_back(origins[i].move);
    std::reverse(way.begin(), way.end());
    State state = moves.first();
    for (const Move& move : way) {
      found.how.push_back(moves.describe(state, move));
      state = moves.after(state, move);
    }
    if (!last.empty()) found.how.push_back(last);
    found.how.push_back("then:\n" + moves.describe(state));
  };

  moves.first().pack(words);
  seen.insert(hash_of(words));
  level.add(words);
  origins.push_back({});
  const std::size_t islanders = world.rules.ids.size();
  bool is_cut = false;
  for (; level.size() != 0 && found.violation.empty(); ++found.depth) {
    if (found.depth >= bounds.depth) {
      is_cut = true;
      break;
    }
    if (tells_progress) {
      const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
      std::printf("  depth %u: %zu new of %zu states, %zu of islanders, %.0f s\n", found.depth, level.size(),
                  seen.size(), moves.islanders().count(), seconds);
      std::fflush(stdout);
    }
    Level next;
    for (std::size_t i = 0; i < level.size() && found.violation.empty(); ++i) {
      const auto at = static_cast<std::uint32_t>(first_of_level + i);
      const State state =
          State::unpack(level.words.data() + level.begins[i], level.begins[i + 1] - level.begins[i], islanders);
      if (bounds.probe_every != 0 && at % bounds.probe_every == 0) {
        ++found.probes;
        if (const auto stuck = probe(moves, state)) {
          tell(at, "progress: " + *stuck, "");
          break;
        }
      }
      for (const Move& move : moves.of(state)) {
        ++found.steps;
        try {
          const State after = moves.after(state, move);
          words.clear();
          after.pack(words);
          if (!seen.insert(hash_of(words))) continue;
          next.add(words);
          origins.push_back({at, move});
        } catch (const Broken& broken) {
          tell(at, broken.what(), moves.describe(state, move));
          break;
        }
      }
      if (seen.size() >= bounds.states) {
        is_cut = true;
        break;
      }
    }
    first_of_level += static_cast<std::uint32_t>(level.size());
    if (is_cut) break;
    level = std::move(next);
  }
  if (bounds.shows_last && found.violation.empty()) {
    tell(static_cast<std::uint32_t>(origins.size() - 1), "", "");
  }
  found.states = seen.size();
  found.is_complete = found.violation.empty() && !is_cut;
  found.locals = moves.islanders().count();
  found.worked_out = moves.islanders().steps();
  found.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  return found;
}

Found wander(const World& world, const Bounds& bounds, std::uint64_t seed) {
  const auto began = std::chrono::steady_clock::now();
  constexpr unsigned long_way = 300;
  Found found;
  constexpr std::size_t locals_max = 200'000;  // then what was worked out is forgotten
  auto moves = std::make_unique<Moves>(world);
  State first = moves->first();
  Random random({seed, 1}, 1);
  std::vector<Move> way;
  while (found.violation.empty() && found.steps < bounds.states) {
    if (moves->islanders().count() > locals_max) {
      moves = std::make_unique<Moves>(world);
      first = moves->first();
    }
    State state = first;
    way.clear();
    while (found.steps < bounds.states && way.size() < std::min(bounds.depth, long_way)) {
      const auto all = moves->of(state);
      if (all.empty()) break;
      way.push_back(all[random.below(all.size())]);
      ++found.steps;
      try {
        state = moves->after(state, way.back());
        if (bounds.probe_every == 0 || found.steps % bounds.probe_every != 0) continue;
        ++found.probes;
        if (const auto stuck = probe(*moves, state)) throw Broken("progress: " + *stuck);
      } catch (const Broken& broken) {
        found.violation = broken.what();
        break;
      }
    }
    found.depth = std::max(found.depth, static_cast<unsigned>(way.size()));
  }
  if (!found.violation.empty()) {
    State state = first;
    for (std::size_t i = 0; i < way.size(); ++i) {
      found.how.push_back(moves->describe(state, way[i]));
      if (i + 1 < way.size()) state = moves->after(state, way[i]);
    }
    found.how.push_back("from:\n" + moves->describe(state));
  }
  found.states = found.steps;
  found.locals = moves->islanders().count();
  found.worked_out = moves->islanders().steps();
  found.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  return found;
}

}  // namespace hansard::worlds
