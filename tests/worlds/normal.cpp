#include "tests/worlds/normal.hpp"

#include "log/assert.hpp"

#include <set>

namespace hansard::worlds {

namespace {

// Which pulses some part waits for, and which requests are still to be answered.
struct Seen {
  std::set<std::uint64_t> pulses;
  std::set<std::uint64_t> requests;

  template <Mark mark>
  void number(std::uint64_t& value) {
    if (mark == Mark::pulse) pulses.insert(value);
    if (mark == Mark::request && value != 0) requests.insert(value);
  }
  template <Mark mark, class Mapped>
  bool keep(std::uint64_t& key) {
    if (!std::is_same_v<Mapped, Part*>) number<mark>(key);
    return true;
  }
  static void random(Random& /*random*/) {}
};

struct Rewrite {
  const Renamed& names;
  Ticket durable;

  template <Mark mark>
  void number(std::uint64_t& value) {
    switch (mark) {
      case Mark::time:
        value = value == never ? never : now;
        break;
      case Mark::duration:
        value = 0;
        break;
      case Mark::pulse:
        value = renamed(names.pulses, value);
        break;
      case Mark::request:
        value = value == 0 ? 0 : renamed(names.requests, value);
        break;
      case Mark::ticket:
        value = value > durable ? value - durable : 0;
        break;
      case Mark::want:
        break;
    }
  }
  template <Mark mark, class Mapped>
  bool keep(std::uint64_t& key) {
    number<mark>(key);
    return mark != Mark::pulse || key != 0;
  }
  static void random(Random& random) { random = Random({}, 1); }
};

}  // namespace

Renamed normalise(Chamber& chamber) {
  Seen seen;
  Walk<Seen> look(seen);
  chamber.members(look);
  Renamed names;
  for (const std::uint64_t id : seen.pulses) names.pulses.emplace_back(id, names.pulses.size() + 1);
  for (const std::uint64_t id : seen.requests) names.requests.emplace_back(id, names.requests.size() + 1);
  // What is not durable yet is the write under way and the one after it.
  Ticket durable = chamber.journal.ticket();
  while (!chamber.journal.is_durable(durable)) --durable;
  Rewrite rewrite{names, durable};
  Walk<Rewrite> walk(rewrite);
  chamber.members(walk);
  chamber.flush_at = never;  // `committed` is written with something else, or not at all
  names.pulses.pop_back();   // the next one's
  return names;
}

}  // namespace hansard::worlds
