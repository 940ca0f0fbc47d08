// tests/fuzz/frame.cpp - what a connection of pulses reads; the first byte says how it is cut, and whether limits are
// small.
#include "sdk/frame.hpp"

#include "tests/fuzz/target.hpp"

#include <algorithm>
#include <vector>

namespace hansard::fuzz {
namespace {

struct Read {
  bool is_garbage = false;
  std::vector<std::string> messages;  // Each with its stream and its flags.
};

std::string text_of(const FramedMessage& message) {
  return std::to_string(message.stream) + (message.answer ? "a" : "") + (message.urgent ? "u" : "") +
         std::to_string(message.bytes.size()) + ":" + std::string(message.bytes);
}

// Reads in pieces of `step`; what arrives whole is queued in `out`, unless that is null.
Read read(std::string_view bytes, const FrameLimits& limits, std::size_t step, FrameQueue* out) {
  Read result;
  FrameParser parser(limits);
  while (true) {
    FramedMessage message;
    FrameParser::Status status{};
    while ((status = parser.next(message)) == FrameParser::Status::message) {
      demand(message.bytes.size() <= limits.message_bytes_max, "a message over its limit was taken");
      result.messages.push_back(text_of(message));
      if (out != nullptr) out->push(message.stream, message.answer, message.urgent, std::string(message.bytes));
    }
    demand(parser.streams() <= limits.streams_max, "more streams than the limit");
    result.is_garbage = status == FrameParser::Status::garbage;
    demand(result.is_garbage == (parser.why() != nullptr), "garbage without a reason");
    if (result.is_garbage || bytes.empty()) return result;
    const auto space = parser.space();
    const std::size_t fits = std::min({space.size(), bytes.size(), step});
    bytes.copy(space.data(), fits);
    parser.commit(fits);
    bytes.remove_prefix(fits);
  }
}

std::string joined(const std::vector<std::string>& messages) {
  std::string text;
  for (const std::string& message : messages) text += message;
  return text;
}

}  // namespace

void frame(std::string_view input) {
  if (input.empty()) return;
  const auto how = static_cast<unsigned char>(input.front());
  input.remove_prefix(1);
  FrameLimits limits;
  if (how >= 128) {
    limits.message_bytes_max = 40;
    limits.streams_max = 3;
    limits.assembly_bytes_max = 60;
    limits.batch_bytes = 50;
  }
  FrameQueue queue(limits);
  Read whole = read(input, limits, input.size() + 1, &queue);
  const Read cut = read(input, limits, 1 + how % 128, nullptr);
  demand(whole.is_garbage == cut.is_garbage, "garbage depends on how the bytes are cut");
  demand_same(joined(whole.messages), joined(cut.messages), "messages depend on how the bytes are cut");

  std::string wire;
  while (!queue.empty()) {
    for (const std::string_view piece : queue.take()) wire += piece;
    queue.written();
  }
  demand(queue.bytes() == 0, "an empty queue counts bytes");
  Read again = read(wire, limits, wire.size() + 1, nullptr);
  std::ranges::sort(whole.messages);  // Urgent ones overtook others.
  std::ranges::sort(again.messages);
  demand(!again.is_garbage, "frames are not read as they were written");
  demand_same(joined(whole.messages), joined(again.messages), "a message changes when its frames are written");
}

}  // namespace hansard::fuzz
