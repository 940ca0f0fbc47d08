// tests/fuzz/message.cpp - pulses. The first byte says what the rest is: a request, an answer, or the parts of a
// message with entries, whose checksums no fuzzer guesses: `previous`, contents of entries, what follows them.
#include "government/message_codec.hpp"
#include "log/codec.hpp"
#include "tests/fuzz/target.hpp"

namespace hansard::fuzz {
namespace {

constexpr std::uint8_t tag_of_register = 6;
constexpr std::uint8_t tag_of_synchronize = 8;
constexpr std::size_t content_bytes_max = 4096;

template <class Message>
void check(std::string_view bytes, const Result<Addressed<Message>>& parsed) {
  if (!parsed) return;
  std::string again;
  encode(parsed->republic, parsed->message, again);
  demand_same(bytes, std::move(again), "a message changes when it is written");
}

std::string with_entries(std::string_view parts) {
  Decoder reader(parts);
  const bool is_register = reader.byte() % 2 == 0;
  std::string bytes;
  Encoder writer(bytes);
  writer.byte(1);  // Version.
  writer.byte(is_register ? tag_of_register : tag_of_synchronize);
  writer.id128({1, 2});
  writer.number(3);
  if (is_register) writer.promise({1, 0});
  writer.position(reader.position());
  const std::uint64_t count = reader.number_at_most(8);
  writer.number(count);
  for (std::uint64_t i = 0; i < count; ++i) writer.text(sealed_entry(reader.text(content_bytes_max)));
  writer.raw(reader.raw(reader.remaining()));
  return bytes;
}

}  // namespace

void message(std::string_view input) {
  if (input.empty()) return;
  const int what = static_cast<unsigned char>(input.front()) % 3;
  input.remove_prefix(1);
  if (what == 0) {
    check(input, decode_request(input));
  } else if (what == 1) {
    check(input, decode_answer(input));
  } else {
    const std::string bytes = with_entries(input);
    check(bytes, decode_request(bytes));
  }
}

}  // namespace hansard::fuzz
