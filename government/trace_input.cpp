// government/trace_input.cpp - inputs as values: told to a tap, and described for people.
#include "government/trace.hpp"

#include <array>
#include <type_traits>
#include <utility>

namespace hansard {

namespace {

template <class... F>
struct Overloaded : F... {
  using F::operator()...;
};
template <class... F>
Overloaded(F...) -> Overloaded<F...>;

std::string counted(std::size_t count, const char* one, const char* many) {
  return std::to_string(count) + " " + (count == 1 ? one : many);
}

std::string text_of(const Operation& operation) {
  switch (operation.what) {
    case Operation::What::exile:
      return "exile of " + operation.id;
    case Operation::What::transfer:
      return "transfer to " + operation.id;
    case Operation::What::aim:
      return "aim at " + counted(operation.seats, "seat", "seats");
    case Operation::What::trim:
      return "trim before " + to_string(operation.before);
    case Operation::What::settings:
      return "settings";
  }
  return "operation";
}

std::string entries_of(const Request& request) {
  return std::visit(
      [](const auto& message) -> std::string {
        if constexpr (requires { message.entries; }) {
          if (message.entries.empty()) return {};
          return ", " + counted(message.entries.size(), "entry", "entries") + " up to " +
                 to_string(message.entries.back()->position());
        } else {
          return {};
        }
      },
      request);
}

}  // namespace

void tell(const Input& input, Tap& tap) {
  const Moment& at = input.moment;
  std::visit(Overloaded{
                 [&](const input::Start&) { tap.start(at); },
                 [&](const input::Bootstrap& i) { tap.bootstrap(at, i.list); },
                 [&](const input::Join& i) { tap.join(at, i.urls); },
                 [&](const input::Enqueue& i) { tap.enqueue(at, i.submission, i.token); },
                 [&](const input::GiveUp& i) { tap.give_up(at, i.token); },
                 [&](const input::Read& i) { tap.read(at, i.token); },
                 [&](const input::GiveUpRead& i) { tap.give_up_read(i.token); },
                 [&](const input::Operate& i) { tap.operate(at, i.operation, i.token); },
                 [&](const input::GiveUpOperation& i) { tap.give_up_operation(i.token); },
                 [&](const input::Requested& i) { tap.request(at, i.id, i.from, i.republic, i.request); },
                 [&](const input::Sent& i) { tap.sent(at, i.id, i.reply); },
                 [&](const input::Disconnected& i) { tap.disconnected(at, i.who); },
                 [&](const input::Persisted& i) { tap.persisted(at, i.write); },
                 [&](const input::Supplied& i) { tap.supplied(at, i.want, i.entries); },
                 [&](const input::Timer&) { tap.event(at); },
                 [&](const input::Resign&) { tap.resign(at); },
                 [&](const input::Room& i) { tap.room(at, i.has_room); },
             },
             input.what);
}

std::string describe(const input::Any& input) {
  return std::visit(
      Overloaded{
          [](const input::Start&) -> std::string { return "the start"; },
          [](const input::Bootstrap& i) { return "a founding list of " + std::to_string(i.list.size()); },
          [](const input::Join& i) { return "a request to join through " + counted(i.urls.size(), "url", "urls"); },
          [](const input::Enqueue& i) {
            return "append " + std::to_string(i.token) + " of " + counted(i.submission.items.size(), "item", "items");
          },
          [](const input::GiveUp& i) { return "append " + std::to_string(i.token) + " given up"; },
          [](const input::Read& i) { return "read " + std::to_string(i.token); },
          [](const input::GiveUpRead& i) { return "read " + std::to_string(i.token) + " given up"; },
          [](const input::Operate& i) { return text_of(i.operation); },
          [](const input::GiveUpOperation& i) { return "operation " + std::to_string(i.token) + " given up"; },
          [](const input::Requested& i) {
            return "a request of " + i.from.id + ": " + name_of(i.request) + entries_of(i.request);
          },
          [](const input::Sent& i) {
            const std::string pulse = "pulse " + std::to_string(i.id);
            return i.reply ? "an answer of " + i.reply->from.id + " to " + pulse + ": " + name_of(i.reply->answer)
                           : pulse + " failed";
          },
          [](const input::Disconnected& i) { return i.who.id + " disconnected"; },
          [](const input::Persisted& i) { return "write " + std::to_string(i.write) + " is durable"; },
          [](const input::Supplied& i) {
            return counted(i.entries.size(), "entry", "entries") + " from disk for want " + std::to_string(i.want);
          },
          [](const input::Timer&) -> std::string { return "a timer"; },
          [](const input::Resign&) -> std::string { return "a request to resign"; },
          [](const input::Room& i) -> std::string { return i.has_room ? "the disk has room" : "the disk is full"; },
      },
      input);
}

}  // namespace hansard
