// sdk/testing/wire_connections.cpp - how connections of the simulated network begin and end; see wire.hpp.
#include "sdk/testing/process.hpp"
#include "sdk/testing/simulation.hpp"
#include "sdk/testing/wire.hpp"

#include <algorithm>
#include <utility>

namespace hansard::testing {

namespace {

// As PeerSettings and Dial::Patience, which the real transport has.
constexpr Tick backoff_min = 50'000;
constexpr Tick backoff_max = 1'000'000;
constexpr Tick dial_patience = 2'000'000;
constexpr Tick just_now = 1'000'000;
// A connection that is half open is noticed after this and up to Faults::patience.
constexpr Tick pulse_patience_min = 100'000;

}  // namespace

void Wire::open(std::size_t who, Speaker speaker, std::string url) {
  if (ports_.size() <= who) ports_.resize(who + 1);
  ports_[who] = Port{};
  ports_[who].url = std::move(url);
  ports_[who].admission.emplace(std::move(speaker));
}

// The kernel closes what a process leaves behind; everybody at the other end hears of it after what was sent before.
void Wire::close(std::size_t who, bool silent) {
  const Port port = std::exchange(ports_[who], Port{});
  const auto when = [&](std::size_t other) {
    // Nobody says so, or it does not get through: only silence tells it.
    if (silent || !connected(who, other)) return 1 + sim_.chance().below(pulse_patience_min + sim_.faults().patience);
    return sim_.faults().delay_max + 1;
  };
  for (const Peer& peer : port.peers) {
    if (peer.stage != Peer::Stage::open || !runs(peer.to, peer.to_run)) continue;
    const Tick after = when(peer.to);
    sim_.later(peer.to, after, [this, to = peer.to, connection = peer.connection] { guest_left(to, connection); });
  }
  for (const Guest& guest : port.guests) {
    if (!runs(guest.from, guest.run)) continue;
    const Tick after = when(guest.from);
    sim_.later(guest.from, after, [this, guest] { broken(guest.from, guest.peer, guest.connection); });
  }
}

void Wire::republic(std::size_t who, const Republic& republic) { ports_[who].admission->republic(republic); }

void Wire::want_connection(std::size_t who, std::size_t number) {
  Peer& peer = ports_[who].peers[number];
  if (peer.stage != Peer::Stage::idle) return;
  peer.stage = Peer::Stage::waiting;
  const Tick now = sim_.now();
  sim_.later(who, peer.next_try > now ? peer.next_try - now : 0, [this, who, number] {
    Peer& p = ports_[who].peers[number];
    if (p.stage != Peer::Stage::waiting) return;
    p.stage = Peer::Stage::idle;
    if (!p.under_way.empty()) dial(who, number);
  });
}

void Wire::dial(std::size_t who, std::size_t number) {
  Peer& peer = ports_[who].peers[number];
  peer.stage = Peer::Stage::dialing;
  const auto to = at(peer.url);
  if (!to) return sim_.later(who, 1'000, [this, who, number] { refused(who, number, "nobody is there"); });
  const bool cut = !connected(who, *to) || !connected(*to, who);
  if (cut || (!sim_.up(*to) && sim_.site(*to).silent)) {
    const Tick patience = std::min(dial_patience, sim_.faults().patience);
    return sim_.later(who, 1 + sim_.chance().below(patience),
                      [this, who, number] { refused(who, number, "no answer"); });
  }
  const Tick delay = travel(who, *to, 300) + travel(*to, who, 300);
  sim_.later(who, delay, [this, who, number, to = *to] { greet(who, number, to, dial_patience); });
}

std::optional<Refusal> Wire::judge_run(const Port& port, const Speaker& speaker) const {
  for (const Peer& peer : port.peers) {
    if (peer.stage == Peer::Stage::open && peer.remote.cookie == speaker.islander.cookie &&
        peer.remote_nonce != speaker.nonce && sim_.now() - peer.heard < just_now) {
      return Refusal{409, "islander " + speaker.islander.id + " runs elsewhere"};
    }
  }
  return std::nullopt;
}

// The handshake, both sides of it at once.
void Wire::greet(std::size_t who, std::size_t number, std::size_t to, Tick patience) {
  if (!sim_.up(to)) return refused(who, number, "nobody listens");
  if (!sim_.moves(to)) {
    constexpr Tick again = 50'000;
    if (patience < again) return refused(who, number, "no answer");
    return sim_.later(who, again, [this, who, number, to, patience] { greet(who, number, to, patience - again); });
  }
  Port& here = ports_[who];
  Port& there = ports_[to];
  const Speaker opener = here.admission->self();
  const Speaker welcomer = there.admission->self();
  auto refusal = there.admission->judge(Greeting{opener, here.peers[number].id, here.url});
  if (!refusal) refusal = judge_run(there, opener);
  if (!refusal) refusal = judge_run(here, welcomer);
  if (!refusal) refusal = here.admission->judge(welcomer, here.peers[number].id);
  if (refusal) return refused(who, number, refusal->why);
  opened(who, number, to);
}

void Wire::opened(std::size_t who, std::size_t number, std::size_t to) {
  Port& here = ports_[who];
  Peer& peer = here.peers[number];
  const Speaker opener = here.admission->self();
  const Speaker welcomer = ports_[to].admission->self();
  peer.stage = Peer::Stage::open;
  peer.connection = ++connections_;
  peer.to = to;
  peer.to_run = sim_.site(to).run;
  peer.remote = welcomer.islander;
  peer.remote_nonce = welcomer.nonce;
  peer.heard = sim_.now();
  peer.backoff = 0;
  peer.next_try = 0;
  std::fill(peer.clear.begin(), peer.clear.end(), sim_.now());
  ports_[to].guests.push_back({who, sim_.site(who).run, number, peer.connection, opener.islander, here.url});
  count(who, welcomer.islander);
  count(to, opener.islander);
  for (Queued& queued : std::exchange(peer.queue, {})) {
    const auto meant = peer.under_way.find(queued.id);
    if (meant == peer.under_way.end()) continue;
    if (!meant->second.cookie.is_zero() && meant->second.cookie != peer.remote.cookie) {
      fail(who, number, queued.id, 0);
    } else {
      transmit(who, number, queued.id, queued.urgent, std::move(queued.bytes));
    }
  }
}

void Wire::refused(std::size_t who, std::size_t number, const std::string& why) {
  Peer& peer = ports_[who].peers[number];
  if (sim_.story().told()) {
    sim_.say(sim_.id_of(who) + ": no connection to " + (peer.id.empty() ? peer.url : peer.id) + ": " + why);
  }
  peer.stage = Peer::Stage::idle;
  peer.backoff = std::clamp(peer.backoff * 2, backoff_min, backoff_max);
  peer.next_try = sim_.now() + peer.backoff - sim_.chance().below(peer.backoff / 2);
  fail_all(who, number);
}

void Wire::fail_all(std::size_t who, std::size_t number) {
  Peer& peer = ports_[who].peers[number];
  peer.queue.clear();
  for (const auto& [id, pulse] : std::exchange(peer.under_way, {})) {
    sim_.site(who).process->host().sent(id, std::nullopt);
  }
}

void Wire::broken(std::size_t who, std::size_t number, std::uint64_t connection) {
  Peer& peer = ports_[who].peers[number];
  if (peer.connection != connection || peer.stage != Peer::Stage::open) return;
  peer.connection = 0;
  const Islander remote = peer.remote;
  refused(who, number, "connection lost");
  uncount(who, remote);
}

void Wire::guest_left(std::size_t who, std::uint64_t connection) {
  auto& guests = ports_[who].guests;
  const auto found =
      std::find_if(guests.begin(), guests.end(), [&](const Guest& guest) { return guest.connection == connection; });
  if (found == guests.end()) return;
  const Islander other = found->who;
  guests.erase(found);
  uncount(who, other);
}

// Somebody is seen alive: what waits to be tried again need not wait.
void Wire::count(std::size_t who, const Islander& other) {
  Port& port = ports_[who];
  ++port.connections[other];
  for (std::size_t i = 0; i < port.peers.size(); ++i) {
    Peer& peer = port.peers[i];
    if (peer.id != other.id || peer.stage != Peer::Stage::waiting) continue;
    peer.backoff = 0;
    peer.next_try = 0;
    peer.stage = Peer::Stage::idle;
    want_connection(who, i);
  }
}

void Wire::uncount(std::size_t who, const Islander& other) {
  auto& connections = ports_[who].connections;
  const auto found = connections.find(other);
  if (found == connections.end() || --found->second > 0) return;
  connections.erase(found);
  if (sim_.story().told()) sim_.say(sim_.id_of(who) + ": " + other.id + " is disconnected");
  sim_.site(who).process->host().disconnected(other);
}

void Wire::break_one() {
  std::vector<Guest> open;
  std::vector<std::size_t> at;
  for (std::size_t who = 0; who < ports_.size(); ++who) {
    for (const Guest& guest : ports_[who].guests) {
      if (!runs(guest.from, guest.run)) continue;
      open.push_back(guest);
      at.push_back(who);
    }
  }
  if (open.empty()) return;
  const std::size_t chosen = sim_.chance().below(open.size());
  const Guest guest = open[chosen];
  const std::size_t who = at[chosen];
  if (sim_.story().told()) sim_.say("the connection " + sim_.id_of(guest.from) + " -> " + sim_.id_of(who) + " breaks");
  sim_.later(guest.from, 1 + sim_.chance().below(1'000),
             [this, guest] { broken(guest.from, guest.peer, guest.connection); });
  sim_.later(who, 1 + sim_.chance().below(1'000),
             [this, who, connection = guest.connection] { guest_left(who, connection); });
}

}  // namespace hansard::testing
