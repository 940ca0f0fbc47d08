// hansard_worlds - searches small worlds from the command line: hansard_worlds --help.
#include "government/planted.hpp"
#include "tests/worlds/worlds.hpp"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <string>
#include <vector>

namespace {

constexpr const char* usage =
    "usage: hansard_worlds [WORLD...] [--states N] [--depth N] [--probe-every N] [--plant LETTER] [--progress] "
    "[--show-last]\n"
    "                      [--losses N] [--crashes N] [--appends N] [--pings N] [--fiats N] [--elections N] "
    "[--disks-at-once] [--disks-wait IDS]\n"
    "                      [--split-pulses] [--keep-committed] [--candidates DIGITS] [--crash-only DIGITS]\n"
    "                      [--before WHAT]... [--in-flight N] [--wander [--seed N]]\n"
    "Searches all schedules of the worlds named, or of all, up to a number of states or to a depth.\n"
    "The numbers of losses and so on replace those of the world. Exit 1: something does not hold.\n";

}  // namespace

int main(int count, char** arguments) {
  using namespace hansard::worlds;
  Bounds bounds;
  bool progress = false;
  std::vector<World> worlds;
  std::optional<std::string> disks_wait;
  bool splits = false;
  bool wanders = false;
  std::uint64_t seed = 1;
  std::vector<std::string> before;
  std::size_t in_flight = 0;
  bool keeps = false;
  std::string candidates;
  std::string crashing;
  std::vector<std::pair<unsigned World::*, unsigned>> changes;
  const std::vector<std::string> words(arguments + 1, arguments + count);
  for (std::size_t i = 0; i < words.size(); ++i) {
    const auto value = [&] {
      if (i + 1 == words.size()) {
        std::fputs(usage, stderr);
        std::exit(2);
      }
      return words[++i];
    };
    const auto number = [&] { return std::strtoull(value().c_str(), nullptr, 10); };
    const auto change = [&](unsigned World::*what) { changes.emplace_back(what, static_cast<unsigned>(number())); };
    if (words[i] == "--states") {
      bounds.states = number();
    } else if (words[i] == "--depth") {
      bounds.depth = static_cast<unsigned>(number());
    } else if (words[i] == "--probe-every") {
      bounds.probe_every = number();
    } else if (words[i] == "--plant") {
      hansard::plant(value().front());
    } else if (words[i] == "--show-last") {
      bounds.shows_last = true;
    } else if (words[i] == "--progress") {
      progress = true;
    } else if (words[i] == "--disks-wait") {
      disks_wait = value();
    } else if (words[i] == "--disks-at-once") {
      disks_wait = "";
    } else if (words[i] == "--wander") {
      wanders = true;
    } else if (words[i] == "--seed") {
      seed = number();
    } else if (words[i] == "--before") {
      before.push_back(value());
    } else if (words[i] == "--in-flight") {
      in_flight = number();
    } else if (words[i] == "--split-pulses") {
      splits = true;
    } else if (words[i] == "--keep-committed") {
      keeps = true;
    } else if (words[i] == "--candidates") {
      candidates = value();
    } else if (words[i] == "--crash-only") {
      crashing = value();
    } else if (words[i] == "--losses") {
      change(&World::losses);
    } else if (words[i] == "--crashes") {
      change(&World::crashes);
    } else if (words[i] == "--appends") {
      change(&World::appends);
    } else if (words[i] == "--pings") {
      change(&World::pings);
    } else if (words[i] == "--fiats") {
      change(&World::fiats);
    } else if (words[i] == "--elections") {
      change(&World::elections);
    } else if (words[i].starts_with("-")) {
      std::fputs(usage, words[i] == "--help" ? stdout : stderr);
      return words[i] == "--help" ? 0 : 2;
    } else {
      worlds.push_back(world_named(words[i]));
    }
  }
  if (worlds.empty()) worlds = all_worlds();
  int result = 0;
  for (World& world : worlds) {
    world.rules.split_pulses = world.rules.split_pulses || splits;
    world.rules.forgets_committed = world.rules.forgets_committed && !keeps;
    if (in_flight != 0) world.rules.pulses_in_flight = in_flight;
    for (std::size_t i = 0; i < crashing.size() && i < islanders_max; ++i) world.crash[i] = crashing[i] != '0';
    for (std::size_t i = 0; i < candidates.size() && i < islanders_max; ++i) {
      world.candidates[i] = static_cast<unsigned>(candidates[i] - '0');
    }
    if (disks_wait) world.rules.disks_wait = *disks_wait;
    if (!before.empty()) world.before = before;
    for (const auto& [what, to] : changes) world.*what = to;
    std::printf("%s: %s\n", world.name.c_str(), world.story.c_str());
    const Found found = wanders ? wander(world, bounds, seed) : explore(world, bounds, progress);
    std::printf(
        "  %s: %llu states, %llu steps, depth %u, %llu probes; %llu states and %llu steps of islanders; %.1f s, %.0f "
        "states/s\n",
        !found.violation.empty() ? "BROKEN"
        : found.is_complete      ? "complete"
                                 : "cut off",
        static_cast<unsigned long long>(found.states), static_cast<unsigned long long>(found.steps), found.depth,
        static_cast<unsigned long long>(found.probes), static_cast<unsigned long long>(found.locals),
        static_cast<unsigned long long>(found.worked_out), found.seconds,
        static_cast<double>(found.states) / found.seconds);
    if (!found.violation.empty()) {
      result = 1;
      std::printf("  %s\n", found.violation.c_str());
    }
    for (const std::string& line : found.how) std::printf("    %s\n", line.c_str());
  }
  return result;
}
