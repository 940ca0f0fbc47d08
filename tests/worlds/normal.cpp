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
      case Mark::due:
        value = value == never ? never : not_yet;
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

struct Wake {
  Cookie cookie;

  template <Mark mark>
  static void number(std::uint64_t& value) {
    if (mark == Mark::due && value == not_yet) value = now;
  }
  template <Mark mark, class Mapped>
  static bool keep(std::uint64_t& /*key*/) {
    return true;
  }
  void random(Random& random) const { random = Random(cookie, 1); }  // each its own: else all run at once for ever
};

}  // namespace

void wake(Chamber& chamber) {
  Wake visitor{chamber.self.cookie};
  Walk<Wake> walk(visitor);
  chamber.members(walk);
}

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
  names.pulses.pop_back();  // the next one's
  return names;
}

}  // namespace hansard::worlds
