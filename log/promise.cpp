#include "log/promise.hpp"

#include "log/assert.hpp"

#include <charconv>
#include <limits>

namespace hansard {
namespace {

constexpr std::uint64_t number_max = std::numeric_limits<std::uint64_t>::max();

void put_big_endian(std::uint64_t value, char* out) {
  for (int shift = 56; shift >= 0; shift -= 8) *out++ = static_cast<char>(value >> static_cast<unsigned>(shift));
}

std::uint64_t take_big_endian(std::string_view bytes) {
  std::uint64_t value = 0;
  for (const char c : bytes) value = value << 8U | static_cast<unsigned char>(c);
  return value;
}

// from_chars takes no sign for an unsigned number and refuses overflow; what is left to refuse is a leading zero.
std::optional<std::uint64_t> parse_number(std::string_view text) {
  if (text.empty() || (text.size() > 1 && text.front() == '0')) return std::nullopt;
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

std::optional<Promise> next_entry(Promise promise, std::uint64_t count) {
  if (promise.entry > number_max - count) return std::nullopt;
  return Promise{promise.government, promise.entry + count};
}

std::optional<Promise> next_government(Promise promise) {
  if (promise.government == number_max) return std::nullopt;
  return Promise{promise.government + 1, 0};
}

std::string to_string(Promise promise) {
  return std::to_string(promise.government) + '/' + std::to_string(promise.entry);
}

std::optional<Promise> parse_promise(std::string_view text) {
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const auto government = parse_number(text.substr(0, slash));
  const auto entry = parse_number(text.substr(slash + 1));
  if (!government || !entry) return std::nullopt;
  return Promise{*government, *entry};
}

PromiseBytes to_bytes(Promise promise) {
  PromiseBytes bytes{};
  put_big_endian(promise.government, bytes.data());
  put_big_endian(promise.entry, bytes.data() + 8);
  return bytes;
}

Promise promise_from_bytes(std::string_view bytes) {
  HANSARD_ASSERT(bytes.size() >= 16, "a promise takes 16 bytes");
  return {take_big_endian(bytes.substr(0, 8)), take_big_endian(bytes.substr(8, 8))};
}

std::string to_string(const Position& position) {
  return to_string(position.promise) + '@' + std::to_string(position.ballot);
}

}  // namespace hansard
