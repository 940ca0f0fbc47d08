// sdk/testing/wire.cpp - see wire.hpp. Handshakes and closings are in wire_connections.cpp.
#include "sdk/testing/wire.hpp"

#include "government/message_codec.hpp"
#include "sdk/testing/message_text.hpp"
#include "sdk/testing/planting.hpp"
#include "sdk/testing/process.hpp"
#include "sdk/testing/simulation.hpp"

#include <algorithm>

namespace hansard::testing {

namespace {

// As PeerSettings and TransportSettings.
constexpr Tick pulse_patience = 30'000'000;
constexpr Tick sweep_every = 1'000'000;
constexpr Tick travel_max = 4'000'000;

}  // namespace

bool Wire::chance(std::uint64_t percent) { return percent != 0 && sim_.chance().below(100) < percent; }

bool Wire::runs(std::size_t who, std::uint32_t run) const { return sim_.site(who).run == run && sim_.up(who); }

std::optional<std::size_t> Wire::at(const std::string& url) const {
  for (std::size_t i = 0; i < sim_.size(); ++i) {
    if (sim_.site(i).url == url) return i;
  }
  return std::nullopt;
}

bool Wire::connected(std::size_t from, std::size_t to) const {
  const auto found = cuts_.find({from, to});
  return found == cuts_.end() || found->second <= sim_.now();
}

void Wire::cut(std::size_t from, std::size_t to, Tick until) {
  Tick& cut = cuts_[{from, to}];
  cut = until == 0 ? 0 : std::max(cut, until);
}

void Wire::slow_down(std::size_t from, std::size_t to, Tick until) { slow_[{from, to}] = until; }

void Wire::heal() {
  cuts_.clear();
  slow_.clear();
}

Tick Wire::travel(std::size_t from, std::size_t to, std::size_t bytes) {
  const Faults& faults = sim_.faults();
  Tick span = faults.delay_max - faults.delay_min + 1;
  if (chance(faults.slow_percent)) span *= 100;
  Tick delay = faults.delay_min + sim_.chance().below(span) + bytes * 1'000 / faults.bytes_per_ms;
  if (!slow_.empty()) {
    const auto slow = slow_.find({from, to});
    if (slow != slow_.end() && slow->second > sim_.now()) delay *= 20;
  }
  // Both at once would hold up a connection for longer than is waited for all to be well after the faults.
  return std::clamp<Tick>(delay, 1, travel_max);
}

// How long until it is there; behind what went before, unless it is to lose its place.
Tick Wire::arrival(std::size_t from, std::size_t to, std::size_t bytes, Tick& clear) {
  const Tick now = sim_.now();
  Tick at = now + travel(from, to, bytes);
  if (const auto found = cuts_.find({from, to}); found != cuts_.end() && found->second > now) at += found->second - now;
  if (chance(sim_.faults().reorder_percent)) return at - now;
  clear = at = std::max(at, clear);
  return at - now;
}

// ---- Pulses ---------------------------------------------------------------------------------------

void Wire::send(std::size_t who, const Pulse& pulse) {
  Port& port = ports_[who];
  std::string url = pulse.url;
  if (url.empty()) {  // as the real one: where it said that it is reached
    const auto guest =
        std::find_if(port.guests.rbegin(), port.guests.rend(), [&](const Guest& one) { return one.who == pulse.to; });
    if (guest != port.guests.rend()) url = guest->url;
  }
  auto found = std::find_if(port.peers.begin(), port.peers.end(),
                            [&](const Peer& peer) { return peer.id == pulse.to.id && peer.url == url; });
  if (found == port.peers.end()) {
    port.peers.emplace_back();
    found = std::prev(port.peers.end());
    found->id = pulse.to.id;
    found->url = std::move(url);
  }
  Peer& peer = *found;
  const auto number = static_cast<std::size_t>(found - port.peers.begin());
  if (sim_.story().told()) {
    sim_.say(sim_.id_of(who) + " -> " + (pulse.to.id.empty() ? pulse.url : pulse.to.id) + "  #" +
             std::to_string(pulse.id) + " " + text_of(pulse.request));
  }
  peer.under_way.emplace(pulse.id, UnderWay{pulse.to.cookie, sim_.now()});
  sweep(who);
  const bool open = peer.stage == Peer::Stage::open;
  if (open && !pulse.to.cookie.is_zero() && pulse.to.cookie != peer.remote.cookie) {
    return fail(who, number, pulse.id, 0);  // another incarnation answers there
  }
  std::string bytes;
  encode(pulse.republic, pulse.request, bytes);
  if (open) return transmit(who, number, pulse.id, pulse.urgent, std::move(bytes));
  peer.queue.push_back({pulse.id, pulse.urgent, std::move(bytes)});
  want_connection(who, number);
}

// As the real one: what nobody answers is given up.
void Wire::sweep(std::size_t who) {
  Port& port = ports_[who];
  const Tick now = sim_.now();
  if (now < port.next_sweep) return;
  port.next_sweep = now + sweep_every;
  for (std::size_t i = 0; i < port.peers.size(); ++i) {
    for (const auto& [id, pulse] : port.peers[i].under_way) {
      if (now - pulse.since < pulse_patience) break;
      fail(who, i, id, 0);
    }
  }
}

void Wire::fail(std::size_t who, std::size_t number, PulseId id, Tick delay) {
  sim_.later(who, delay, [this, who, number, id] {
    if (ports_[who].peers[number].under_way.erase(id) == 0) return;
    if (sim_.story().told()) sim_.say(sim_.id_of(who) + ":    #" + std::to_string(id) + " fails");
    sim_.site(who).process->host().sent(id, std::nullopt);
  });
}

void Wire::transmit(std::size_t who, std::size_t number, PulseId id, bool urgent, std::string bytes) {
  const Faults& faults = sim_.faults();
  Peer& peer = ports_[who].peers[number];
  const std::size_t to = peer.to;
  if (!runs(to, peer.to_run)) {  // Half open: who answers there now knows nothing of it.
    const Tick delay = sim_.up(to) ? travel(who, to, 0) : 1 + sim_.chance().below(faults.patience);
    return sim_.later(who, delay,
                      [this, who, number, connection = peer.connection] { broken(who, number, connection); });
  }
  const Sender sender{who, sim_.site(who).run, number, peer.connection, ports_[who].admission->self().islander.cookie};
  const auto go = [&](Tick delay, bool late, std::string what) {
    sim_.schedule().push(delay,
                         {[this, to, sender, id, late, what = std::move(what)] { deliver(to, sender, id, what, late); },
                          static_cast<std::uint32_t>(to), peer.to_run});
  };
  const bool cut = !connected(who, to);
  // Cut off, half of it waits until it gets through.
  if (chance(faults.lose_percent) || (cut && sim_.chance().below(2) == 0)) {
    fail(who, number, id, 1 + sim_.chance().below(faults.patience));
    if (!chance(faults.late_percent)) return;
    return go(sim_.chance().below(4'000'000) + 1, true, std::move(bytes));
  }
  if (cut) fail(who, number, id, 1 + sim_.chance().below(faults.patience));
  if (chance(faults.double_percent)) go(travel(who, to, bytes.size()), false, bytes);
  const Tick delay = arrival(who, to, bytes.size(), peer.clear[urgent ? 1 : 0]);
  go(delay, false, std::move(bytes));
}

void Wire::deliver(std::size_t who, const Sender& sender, PulseId id, const std::string& bytes, bool late) {
  const bool open =
      runs(sender.who, sender.run) && ports_[sender.who].peers[sender.peer].connection == sender.connection;
  // What a closed connection still holds is mostly read by nobody.
  if (!open && !late && !chance(sim_.faults().late_percent)) return;
  auto request = decode_request(bytes);
  if (!request) throw Violation("codec: a request does not survive it: " + request.error().what);
  sim_.story().mix(bytes);
  const Islander from{sim_.id_of(sender.who), sender.cookie};
  if (sim_.story().told()) {
    sim_.say(sim_.id_of(who) + " <- " + from.id + "  #" + std::to_string(id) + " " + name_of(request->message) +
             (open ? "" : ", of a connection that is closed"));
  }
  const Owed owed{sender.who, sender.run, sender.peer, sender.connection, id};
  Process& process = *sim_.site(who).process;
  const RequestId number_of_request = ports_[who].owed.add(owed);
  std::optional<Request> asked;
  if (sim_.planted('x')) asked = request->message;
  process.host().request(number_of_request, from, request->republic, std::move(request->message));
  if (asked) plant_after_request(sim_, who, *asked);
}

void Wire::answer(std::size_t who, const Response& response) {
  const auto owed = ports_[who].owed.take(response.request);
  if (!owed) return;
  Answer planted;
  const Answer* answer = &response.answer;
  if (!sim_.planted(no_bug)) {
    planted = response.answer;
    plant_in_answer(sim_, planted);
    answer = &planted;
  }
  if (sim_.story().told()) {
    sim_.say(sim_.id_of(who) + " => " + sim_.id_of(owed->to) + "  #" + std::to_string(owed->pulse) + " " +
             text_of(*answer));
  }
  if (!runs(owed->to, owed->to_run)) return;
  Peer& peer = ports_[owed->to].peers[owed->peer];
  if (peer.connection != owed->connection) return;
  std::string bytes;
  encode(response.republic, *answer, bytes);
  const bool cut = !connected(who, owed->to);
  if (chance(sim_.faults().lose_percent) || (cut && sim_.chance().below(2) == 0)) {
    return fail(owed->to, owed->peer, owed->pulse, 1 + sim_.chance().below(sim_.faults().patience));
  }
  if (cut) fail(owed->to, owed->peer, owed->pulse, 1 + sim_.chance().below(sim_.faults().patience));
  const bool urgent = std::holds_alternative<Pong>(*answer);
  const Tick delay = arrival(who, owed->to, bytes.size(), peer.clear[urgent ? 3 : 2]);
  sim_.schedule().push(delay,
                       {[this, to = owed->to, number = owed->peer, connection = owed->connection, id = owed->pulse,
                         bytes = std::move(bytes)] { arrive(to, number, connection, id, bytes); },
                        static_cast<std::uint32_t>(owed->to), owed->to_run});
}

void Wire::arrive(std::size_t who, std::size_t number, std::uint64_t connection, PulseId id, const std::string& bytes) {
  Peer& peer = ports_[who].peers[number];
  if (peer.connection != connection || peer.under_way.erase(id) == 0) return;
  peer.heard = sim_.now();
  auto answer = decode_answer(bytes);
  if (!answer) throw Violation("codec: an answer does not survive it: " + answer.error().what);
  sim_.story().mix(bytes);
  if (sim_.story().told()) {
    sim_.say(sim_.id_of(who) + " <= " + peer.remote.id + "  #" + std::to_string(id) + " " + name_of(answer->message));
  }
  sim_.site(who).process->host().sent(id, Reply{peer.remote, answer->republic, std::move(answer->message)});
}

}  // namespace hansard::testing
