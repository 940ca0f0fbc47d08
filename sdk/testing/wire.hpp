// sdk/testing/wire.hpp - Wire: the simulated network, and what an islander's host has of it: peers, connections, the
// handshake with its refusals (sdk/admission), pulses that wait for their answer.
//
// As in sdk/transport: one connection for each ordered pair, opened when there is something to send; what was sent
// before on it arrives before, urgent messages overtake; when it breaks, all pulses under way on it fail and both ends
// hear of it. Each pulse ends exactly once. What faults add to that is in faults.hpp.
// Threads: none.
#pragma once

#include "government/pulse.hpp"
#include "government/settings.hpp"
#include "sdk/admission.hpp"
#include "sdk/slots.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hansard::testing {

class Simulation;

class Wire {
 public:
  explicit Wire(Simulation& simulation) : sim_(simulation) {}

  // A process begins at that site, or ends; `silent`: nobody is told.
  void open(std::size_t who, Speaker speaker, std::string url);
  void close(std::size_t who, bool silent);

  // Of World.
  void send(std::size_t who, const Pulse& pulse);
  void answer(std::size_t who, const Response& response);
  void republic(std::size_t who, const Republic& republic);

  // Faults. One direction each; `until` 0: no longer.
  void cut(std::size_t from, std::size_t to, Tick until);
  void slow_down(std::size_t from, std::size_t to, Tick until);
  [[nodiscard]] bool connected(std::size_t from, std::size_t to) const;
  // Breaks one of the connections that are open, if there is any.
  void break_one();
  void heal();

 private:
  struct Queued {
    PulseId id = 0;
    bool urgent = false;
    std::string bytes;
  };
  struct UnderWay {
    Cookie cookie;  // who must answer; zero: anybody
    Tick since = 0;
  };
  // Of ours to one islander.
  struct Peer {
    std::string id;
    std::string url;
    enum class Stage { idle, waiting, dialing, open } stage = Stage::idle;
    std::uint64_t connection = 0;  // while open; unique on the whole wire
    std::size_t to = 0;
    std::uint32_t to_run = 0;
    Islander remote;
    Id128 remote_nonce;
    Tick heard = 0;
    Tick next_try = 0;
    Tick backoff = 0;
    std::map<PulseId, UnderWay> under_way;
    std::vector<Queued> queue;                       // until there is a connection
    std::vector<Tick> clear = std::vector<Tick>(4);  // when the last one arrives: requests, answers; urgent or not
  };
  // A request that this islander owes an answer.
  struct Owed {
    std::size_t to = 0;
    std::uint32_t to_run = 0;
    std::size_t peer = 0;  // of whom we owe it
    std::uint64_t connection = 0;
    PulseId pulse = 0;
  };
  struct Guest {
    std::size_t from = 0;
    std::uint32_t run = 0;
    std::size_t peer = 0;
    std::uint64_t connection = 0;
    Islander who;
    std::string url;  // where it is reached
  };
  // Of a message on its way.
  struct Sender {
    std::size_t who = 0;
    std::uint32_t run = 0;
    std::size_t peer = 0;
    std::uint64_t connection = 0;
    Cookie cookie;
  };
  struct Port {
    std::string url;
    std::optional<Admission> admission;
    std::deque<Peer> peers;
    std::vector<Guest> guests;
    std::map<Islander, std::size_t> connections;  // open ones, from and to
    Slots<Owed> owed;
    Tick next_sweep = 0;
  };

  [[nodiscard]] bool chance(std::uint64_t percent);
  [[nodiscard]] Tick travel(std::size_t from, std::size_t to, std::size_t bytes);
  [[nodiscard]] Tick arrival(std::size_t from, std::size_t to, std::size_t bytes, Tick& clear);
  [[nodiscard]] bool runs(std::size_t who, std::uint32_t run) const;
  [[nodiscard]] std::optional<std::size_t> at(const std::string& url) const;
  [[nodiscard]] std::optional<Refusal> judge_run(const Port& port, const Speaker& speaker) const;

  void want_connection(std::size_t who, std::size_t number);
  void dial(std::size_t who, std::size_t number);
  void greet(std::size_t who, std::size_t number, std::size_t to, Tick patience);
  void opened(std::size_t who, std::size_t number, std::size_t to);
  void refused(std::size_t who, std::size_t number, const std::string& why);
  void fail_all(std::size_t who, std::size_t number);
  void fail(std::size_t who, std::size_t number, PulseId id, Tick delay);
  void transmit(std::size_t who, std::size_t number, PulseId id, bool urgent, std::string bytes);
  void sweep(std::size_t who);
  void deliver(std::size_t who, const Sender& sender, PulseId id, const std::string& bytes, bool late);
  void arrive(std::size_t who, std::size_t number, std::uint64_t connection, PulseId id, const std::string& bytes);
  // One end learns that a connection is gone.
  void broken(std::size_t who, std::size_t number, std::uint64_t connection);
  void guest_left(std::size_t who, std::uint64_t connection);
  void count(std::size_t who, const Islander& other);
  void uncount(std::size_t who, const Islander& other);

  Simulation& sim_;
  std::deque<Port> ports_;  // references stay
  std::map<std::pair<std::size_t, std::size_t>, Tick> cuts_;
  std::map<std::pair<std::size_t, std::size_t>, Tick> slow_;
  std::uint64_t connections_ = 0;
};

}  // namespace hansard::testing
