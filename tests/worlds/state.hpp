// tests/worlds/state.hpp - the state of a small world: who stands how, what is on its way, what may still go wrong.
#pragma once

#include "tests/worlds/islander.hpp"
#include "tests/worlds/search.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

namespace hansard::worlds {

// A pulse, from sending to its answer's arrival.
struct Message {
  enum class Kind : std::uint8_t { request, pending, answer, failure };
  Kind kind = Kind::request;
  std::uint8_t owner = 0;    // who sent the pulse
  std::uint8_t peer = 0;     // whom to
  std::uint8_t pulse = 0;    // as its owner calls it; 0: nobody waits for the answer
  std::uint8_t request = 0;  // pending: as the peer calls it
  ContentId content = 0;     // of the request or answer

  friend auto operator<=>(const Message&, const Message&) = default;
};

// What has happened that no islander may remember: everything ever committed, and who led.
struct Past {
  std::vector<EntryPtr> decided;
  std::vector<std::uint64_t> counted;                           // by the leader of which ballot
  std::vector<std::pair<std::uint64_t, std::uint8_t>> leaders;  // ballot -> who
};

struct State {
  std::vector<LocalId> locals;
  std::uint32_t past = 0;
  std::uint8_t losses = 0;
  std::uint8_t crashes = 0;
  std::uint8_t appends = 0;
  std::uint8_t pings = 0;
  std::uint8_t fiats = 0;
  std::array<std::uint8_t, islanders_max> runs{};
  std::vector<Message> messages;  // in order

  void pack(std::vector<std::uint64_t>& words) const {
    for (const LocalId local : locals) words.push_back(local);
    std::uint64_t spent = losses | std::uint64_t{crashes} << 4U | std::uint64_t{appends} << 8U |
                          std::uint64_t{pings} << 12U | std::uint64_t{fiats} << 16U;
    for (std::size_t i = 0; i < runs.size(); ++i) spent |= std::uint64_t{runs[i]} << (20U + 4U * i);
    words.push_back(spent);
    words.push_back(past);
    for (const Message& m : messages) {
      words.push_back(static_cast<std::uint64_t>(m.kind) << 60U | std::uint64_t{m.owner} << 56U |
                      std::uint64_t{m.peer} << 52U | std::uint64_t{m.pulse} << 40U | std::uint64_t{m.request} << 32U |
                      m.content);
    }
  }

  static State unpack(const std::uint64_t* words, std::size_t count, std::size_t islanders) {
    State state;
    for (std::size_t i = 0; i < islanders; ++i) state.locals.push_back(static_cast<LocalId>(words[i]));
    const std::uint64_t spent = words[islanders];
    const auto part = [&](unsigned shift) { return static_cast<std::uint8_t>(spent >> shift & 15U); };
    state.losses = part(0);
    state.crashes = part(4);
    state.appends = part(8);
    state.pings = part(12);
    state.fiats = part(16);
    for (unsigned i = 0; i < islanders_max; ++i) state.runs[i] = part(20U + 4U * i);
    state.past = static_cast<std::uint32_t>(words[islanders + 1]);
    for (std::size_t i = islanders + 2; i < count; ++i) {
      const auto byte = [&](unsigned shift) { return static_cast<std::uint8_t>(words[i] >> shift); };
      state.messages.push_back({static_cast<Message::Kind>(byte(60) & 15U), static_cast<std::uint8_t>(byte(56) & 15U),
                                static_cast<std::uint8_t>(byte(52) & 15U), byte(40), byte(32),
                                static_cast<ContentId>(words[i])});
    }
    return state;
  }
};

// One step of a world.
struct Move {
  enum class What : std::uint8_t {
    deliver,
    lose,
    give_up,
    persisted,
    crash,
    crash_late,
    crash_ahead,
    run,
    append,
    ping,
    fiat
  };
  What what = What::deliver;
  std::uint8_t which = 0;   // islander, or place of the message
  std::uint8_t number = 0;  // of a fiat
};

}  // namespace hansard::worlds
