#include "tests/worlds/worlds.hpp"

#include "tests/government/values.hpp"

#include <algorithm>
#include <stdexcept>

namespace hansard::worlds {

namespace {

std::vector<World> make_worlds() {
  std::vector<World> worlds;
  {
    World w;
    w.name = "three";
    w.story = "three fixed islanders, two candidates, two appends, a crash, a message lost";
    w.rules.ids = {"a", "b", "c"};
    w.rules.founded = tests::government(3, "a b", "c");
    w.losses = 1;
    w.crashes = 1;
    w.appends = 2;
    w.elections = 2;
    w.candidates = {1, 1, 0};
    worlds.push_back(w);
  }
  {
    World w;
    w.name = "grow";
    w.story = "from one seat to three and back, by fiat; a crash forgets what is committed";
    w.rules.ids = {"a", "b", "c"};
    w.rules.founded = tests::government(1, "a", "", "+b +c");
    w.rules.fiats = {"a b c", "a", "b"};
    w.crashes = 1;
    w.appends = 1;
    w.fiats = 2;
    w.elections = 2;
    w.candidates = {1, 1, 0};
    worlds.push_back(w);
  }
  {
    World w;
    w.name = "swap";
    w.story = "a member of three is swapped for a fourth islander, with a rival candidate";
    w.rules.ids = {"a", "b", "c", "d"};
    w.rules.founded = tests::government(3, "a b", "c", "+d");
    w.rules.fiats = {"a d b"};
    w.appends = 1;
    w.fiats = 1;
    w.elections = 2;
    w.candidates = {1, 0, 1, 0};
    worlds.push_back(w);
  }
  {
    World w;
    w.name = "five";
    w.story = "from three seats to five, with a rival candidate";
    w.rules.ids = {"a", "b", "c", "d", "e"};
    w.rules.founded = tests::government(3, "a b", "c", "+d +e");
    w.rules.fiats = {"a b c d e"};
    w.appends = 0;
    w.fiats = 1;
    w.elections = 2;
    w.candidates = {1, 1, 0, 0, 0};
    worlds.push_back(w);
  }
  return worlds;
}

}  // namespace

const std::vector<World>& all_worlds() {
  static const std::vector<World> worlds = make_worlds();
  return worlds;
}

const World& world_named(const std::string& name) {
  for (const World& world : all_worlds()) {
    if (world.name == name) return world;
  }
  throw std::invalid_argument("there is no world '" + name + "'");
}

}  // namespace hansard::worlds
