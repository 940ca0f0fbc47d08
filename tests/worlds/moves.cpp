#include "tests/worlds/moves.hpp"

#include "government/planted.hpp"
#include "log/assert.hpp"
#include "tests/worlds/broken.hpp"

#include <algorithm>
#include <utility>

namespace hansard::worlds {

Moves::Moves(const World& world) : world_(world), islanders_(world.rules), checks_(islanders_) {
  HANSARD_ASSERT(world.rules.ids.size() <= islanders_max, "a small world");
}

State Moves::first() {
  State state;
  for (std::size_t i = 0; i < world_.rules.ids.size(); ++i) {
    const auto who = static_cast<std::uint8_t>(i);
    const Step step = islanders_.first(who);
    state.locals.push_back(step.after);
    for (const Step::Sent& sent : step.sent) {
      state.messages.push_back({Message::Kind::request, who, sent.to, sent.pulse, 0, sent.content});
    }
  }
  state.past = checks_.keep({});
  for (std::size_t i = 0; i < state.locals.size(); ++i) checks_.look(state, static_cast<std::uint8_t>(i));
  std::string all;
  for (const std::string& id : world_.rules.ids) all += id;
  before(state, all + " flow");
  for (const std::string& what : world_.before) before(state, what);
  state.appends = state.fiats = 0;
  state.runs = {};
  return state;
}

void Moves::before(State& state, const std::string& what) {
  const std::size_t space = what.find(' ');
  const std::string who = what.substr(0, space);
  const std::string verb = what.substr(space + 1);
  const std::uint8_t one = islanders_.index(who.substr(0, 1));
  if (verb == "runs") {
    state = after(state, {Move::What::run, one, 0});
  } else if (verb == "appends") {
    state = after(state, {Move::What::append, one, 0});
  } else if (verb.starts_with("decrees ")) {
    state = after(state, {Move::What::fiat, one, static_cast<std::uint8_t>(verb.back() - '0')});
  } else {
    const auto& ids = islanders_.rules().ids;
    const auto is_meant = [&](const Move& move) {
      const auto named = [&](std::uint8_t islander) { return who.find(ids[islander]) != std::string::npos; };
      // Of who was just elected only its promise is on disk, unless all flows.
      if (move.what == Move::What::persisted) {
        return named(move.which) && (verb == "flow" || !islanders_.at(state.locals[move.which]).leads());
      }
      if (move.what != Move::What::deliver) return false;
      const Message& message = state.messages[move.which];
      if (!named(message.owner) || !named(message.peer)) return false;
      if (verb == "flow") return true;
      if (message.owner != one) return false;
      return message.kind == Message::Kind::answer || verb == name_of(islanders_.request(message.content));
    };
    while (true) {
      const auto moves = of(state);
      const auto next = std::find_if(moves.begin(), moves.end(), is_meant);
      if (next == moves.end()) break;
      state = after(state, *next);
    }
  }
}

std::vector<Move> Moves::of(const State& state) {
  using What = Move::What;
  std::vector<Move> moves;
  for (std::size_t i = 0; i < state.messages.size(); ++i) {
    const Message& message = state.messages[i];
    if (message.kind == Message::Kind::pending) continue;
    if (i > 0 && message == state.messages[i - 1]) continue;  // its double comes to the same
    moves.push_back({What::deliver, static_cast<std::uint8_t>(i), 0});
    if (state.losses < world_.losses && message.kind != Message::Kind::failure && message.pulse != 0) {
      moves.push_back({What::lose, static_cast<std::uint8_t>(i), 0});
      if (message.kind == Message::Kind::request) moves.push_back({What::give_up, static_cast<std::uint8_t>(i), 0});
    }
  }
  unsigned elections = 0;
  for (const std::uint8_t runs : state.runs) elections += runs;
  for (std::size_t i = 0; i < state.locals.size(); ++i) {
    const auto who = static_cast<std::uint8_t>(i);
    const Local& local = islanders_.at(state.locals[who]);
    if (local.busy) moves.push_back({What::persisted, who, 0});
    if (state.crashes < world_.crashes && world_.crash[who]) {
      moves.push_back({What::crash, who, 0});
      if (local.busy) moves.push_back({What::crash_late, who, 0});
      if (local.busy && planted('r') && local.writing->committed) moves.push_back({What::crash_ahead, who, 0});
    }
    if (elections < world_.elections && state.runs[who] < world_.candidates[who] && !local.leads()) {
      moves.push_back({What::run, who, 0});
    }
    if (!local.leads()) continue;
    if (state.appends < world_.appends) moves.push_back({What::append, who, 0});
    if (state.pings < world_.pings) moves.push_back({What::ping, who, 0});
    if (state.fiats >= world_.fiats) continue;
    for (const std::uint8_t fiat : local.fiats) moves.push_back({What::fiat, who, fiat});
  }
  return moves;
}

void Moves::take(State& state, std::uint8_t who, const Input& input) {
  const Step& step = islanders_.step(state.locals[who], input);
  if (!step.fault.empty()) throw Broken(step.fault);
  state.locals[who] = step.after;
  std::vector<Message> fresh;
  std::erase_if(state.messages, [&](Message& message) {
    if (message.owner == who && message.pulse != 0) {
      message.pulse = step.pulses[message.pulse];
      // Nobody waits for it any more.
      if (message.pulse == 0 && message.kind != Message::Kind::request) return true;
    }
    if (message.kind == Message::Kind::pending && message.peer == who) {
      const auto answer = std::find_if(step.answered.begin(), step.answered.end(),
                                       [&](const Step::Answered& a) { return a.request == message.request; });
      if (answer != step.answered.end()) {
        message.kind = Message::Kind::answer;
        message.request = 0;
        message.content = answer->content;
      } else if (step.requests[message.request] == 0) {  // never to be answered
        message.kind = Message::Kind::failure;
        message.request = 0;
        message.content = 0;
      } else {
        message.request = step.requests[message.request];
      }
    }
    return false;
  });
  for (const Step::Sent& sent : step.sent) {
    state.messages.push_back({Message::Kind::request, who, sent.to, sent.pulse, 0, sent.content});
  }
  checks_.look(state, who);
  for (const Step::Acknowledged& what : step.acknowledged) checks_.acknowledged(state, what);
}

// What its receiver will refuse for ever, and nobody waits for.
void Moves::drop_stale(State& state) {
  std::erase_if(state.messages, [&](const Message& message) {
    if (message.kind != Message::Kind::request || message.pulse != 0) return false;
    const std::uint64_t promised = islanders_.at(state.locals[message.peer]).disk.promised;
    return std::visit(
        [&](const auto& request) {
          using M = std::decay_t<decltype(request)>;
          if constexpr (std::is_same_v<M, Prepare>) return request.ballot <= promised;
          if constexpr (std::is_same_v<M, Register> || std::is_same_v<M, Ping>) return request.ballot < promised;
          return false;
        },
        islanders_.request(message.content));
  });
}

void Moves::crash(State& state, std::uint8_t who, Do how) {
  ++state.crashes;
  std::erase_if(state.messages, [&](Message& message) {
    if (message.owner == who) {
      // Its connections close; what was sent on them may still arrive.
      message.pulse = 0;
      return message.kind != Message::Kind::request;
    }
    if (message.peer == who && message.kind != Message::Kind::answer && message.kind != Message::Kind::failure) {
      if (message.pulse == 0) return true;
      message.kind = Message::Kind::failure;
      message.request = 0;
      message.content = 0;
    }
    return false;
  });
  take(state, who, {how, 0, 0, 0});
}

State Moves::after(const State& before, const Move& move) {
  State state = before;
  using What = Move::What;
  switch (move.what) {
    case What::deliver: {
      const Message message = state.messages[move.which];
      state.messages.erase(state.messages.begin() + move.which);
      if (message.kind == Message::Kind::request) {
        const auto request = static_cast<std::uint8_t>(islanders_.at(state.locals[message.peer]).requests + 1);
        if (message.pulse != 0) {
          state.messages.push_back({Message::Kind::pending, message.owner, message.peer, message.pulse, request, 0});
        }
        take(state, message.peer, {Do::request, message.owner, 0, message.content});
      } else if (message.kind == Message::Kind::answer) {
        take(state, message.owner, {Do::answer, message.peer, message.pulse, message.content});
      } else {
        take(state, message.owner, {Do::fail, 0, message.pulse, 0});
      }
      break;
    }
    case What::lose:
    case What::give_up: {
      const Message message = state.messages[move.which];
      if (move.what == What::lose) {
        state.messages.erase(state.messages.begin() + move.which);
      } else {
        state.messages[move.which].pulse = 0;
      }
      ++state.losses;
      take(state, message.owner, {Do::fail, 0, message.pulse, 0});
      break;
    }
    case What::persisted:
      take(state, move.which, {Do::persisted, 0, 0, 0});
      break;
    case What::crash:
      crash(state, move.which, Do::crash);
      break;
    case What::crash_late:
      crash(state, move.which, Do::crash_late);
      break;
    case What::crash_ahead:
      crash(state, move.which, Do::crash_ahead);
      break;
    case What::run:
      ++state.runs[move.which];
      take(state, move.which, {Do::run, 0, 0, 0});
      break;
    case What::append:
      ++state.appends;
      take(state, move.which, {Do::append, 0, 0, state.appends});
      break;
    case What::ping:
      ++state.pings;
      take(state, move.which, {Do::tick, 0, 0, 0});
      break;
    case What::fiat:
      ++state.fiats;
      take(state, move.which, {Do::fiat, 0, 0, move.number});
      break;
  }
  drop_stale(state);
  std::sort(state.messages.begin(), state.messages.end());
  return state;
}

// ---- For people ----------------------------------------------------------------------------------------------------

namespace {

std::string text_of(const std::vector<EntryPtr>& entries) {
  std::string text;
  for (const EntryPtr& entry : entries) {
    text += " " + to_string(entry->position());
    if (entry->kind() == Kind::client) text += "=" + std::string(entry->body());
    if (entry->kind() == Kind::settling) text += "=settles " + to_string(entry->settled());
    if (entry->kind() == Kind::government) {
      const auto government = decode_government(entry->body(), entry->position());
      text += "(";
      for (const std::string& id : government->parliament()) text += id;
      text += ")";
    }
  }
  return text;
}

std::string text_of(const Request& request) {
  std::string text = name_of(request);
  std::visit(
      [&](const auto& message) {
        if constexpr (requires { message.ballot; }) text += ", ballot " + std::to_string(message.ballot);
        if constexpr (requires { message.counted; }) text += ", counted by " + std::to_string(message.counted);
        if constexpr (requires { message.previous; }) text += ", previous " + to_string(message.previous);
        if constexpr (requires { message.entries; }) text += ", entries" + text_of(message.entries);
        if constexpr (requires { message.committed.counted; }) {
          text += ", committed " + to_string(message.committed.position);
        }
      },
      request);
  return text;
}

std::string text_of(const Answer& answer) {
  std::string text = name_of(answer);
  std::visit(
      [&](const auto& message) {
        if constexpr (requires { message.granted; }) text += message.granted ? ", granted" : ", not granted";
        if constexpr (requires { message.ballot; }) text += ", ballot " + std::to_string(message.ballot);
        if constexpr (requires { message.promised + 1; }) text += ", promised " + std::to_string(message.promised);
        if constexpr (requires { message.held; }) text += message.held ? ", held" : ", not held";
        if constexpr (requires { message.last.promise; }) text += ", last " + to_string(message.last);
        if constexpr (requires { message.tail; }) text += ", tail" + text_of(message.tail);
      },
      answer);
  return text;
}

}  // namespace

std::string Moves::describe(const State& state, const Move& move) const {
  using What = Move::What;
  const auto& ids = islanders_.rules().ids;
  if (move.what == What::deliver || move.what == What::lose || move.what == What::give_up) {
    const Message& message = state.messages[move.which];
    const char* how = move.what == What::deliver ? " arrives: "
                      : move.what == What::lose  ? " is lost: "
                                                 : " is given up, and still on its way: ";
    if (message.kind == Message::Kind::request) {
      return ids[message.owner] + " -> " + ids[message.peer] + how + text_of(islanders_.request(message.content)) +
             (message.pulse == 0 ? " (of an earlier life, or given up)" : "");
    }
    if (message.kind == Message::Kind::answer) {
      return ids[message.peer] + " -> " + ids[message.owner] + how + text_of(islanders_.answer(message.content));
    }
    return ids[message.owner] + " hears that a pulse to " + ids[message.peer] + " failed";
  }
  const std::string& who = ids[move.which];
  switch (move.what) {
    case What::persisted:
      return who + "'s disk is done";
    case What::crash:
      return who + " crashes and starts; what its disk was doing is lost";
    case What::crash_late:
      return who + " crashes and starts; what its disk was doing was done";
    case What::crash_ahead:
      return who + " crashes and starts; only `committed` was written";
    case What::run:
      return who + " runs for office";
    case What::append:
      return who + " appends x" + std::to_string(state.appends + 1);
    case What::ping:
      return who + " pings";
    case What::fiat:
      return who + " decrees the parliament " + islanders_.rules().fiats[move.number];
    case What::deliver:
    case What::lose:
    case What::give_up:
      break;
  }
  return "?";
}

std::string Moves::describe(const State& state) const {
  std::string text;
  for (const LocalId id : state.locals) {
    const Local& local = islanders_.at(id);
    text += "  " + islanders_.rules().ids[local.who] + ": " + to_string(local.role) +
            (local.established ? ", established" : "") + ", promised " + std::to_string(local.promised) +
            ", committed " + std::to_string(local.committed) + " of" + text_of(local.log) + "; on disk" +
            text_of(local.disk.entries) + "\n";
  }
  const auto& ids = islanders_.rules().ids;
  for (const Message& message : state.messages) {
    text += "  " + ids[message.owner] + " -> " + ids[message.peer] + ": ";
    if (message.kind == Message::Kind::request) text += text_of(islanders_.request(message.content));
    if (message.kind == Message::Kind::answer) text += "answered: " + text_of(islanders_.answer(message.content));
    if (message.kind == Message::Kind::pending) text += "to be answered";
    if (message.kind == Message::Kind::failure) text += "failed";
    text += message.pulse == 0 ? " (nobody waits for it)\n" : "\n";
  }
  return text;
}

}  // namespace hansard::worlds
