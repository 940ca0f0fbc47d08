#include "log/codec.hpp"

#include <array>
#include <cstddef>

// The whole of XXH3 is in this header; nothing is linked.
#define XXH_INLINE_ALL
#include <xxhash.h>

namespace hansard {
namespace {

// In one append each: a push_back for every byte showed in profiles of recordings.
template <unsigned bytes>
void put_fixed(std::string& out, std::uint64_t value) {
  std::array<char, bytes> buffer;
  for (unsigned i = 0; i < bytes; ++i) buffer[i] = static_cast<char>(value >> (8 * (bytes - 1 - i)));
  out.append(buffer.data(), bytes);
}

std::uint64_t take_fixed(std::string_view bytes) {
  std::uint64_t value = 0;
  for (const char c : bytes) value = value << 8U | static_cast<unsigned char>(c);
  return value;
}

}  // namespace

void Encoder::number(std::uint64_t value) {
  std::array<char, 10> buffer;
  std::size_t bytes = 0;
  while (value >= 0x80U) {
    buffer[bytes++] = static_cast<char>(value | 0x80U);
    value >>= 7U;
  }
  buffer[bytes++] = static_cast<char>(value);
  out_.append(buffer.data(), bytes);
}

void Encoder::fixed32(std::uint32_t value) { put_fixed<4>(out_, value); }
void Encoder::fixed64(std::uint64_t value) { put_fixed<8>(out_, value); }

void Encoder::signed_number(std::int64_t value) {
  const auto bits = static_cast<std::uint64_t>(value);
  number(bits << 1U ^ (value < 0 ? ~std::uint64_t{0} : 0));
}

void Encoder::text(std::string_view value) {
  number(value.size());
  raw(value);
}

void Encoder::promise(Promise value) {
  number(value.government);
  number(value.entry);
}

void Encoder::position(const Position& value) {
  promise(value.promise);
  number(value.ballot);
}

void Encoder::id128(const Id128& value) {
  fixed64(value.high);
  fixed64(value.low);
}

std::uint8_t Decoder::byte() {
  if (bytes_.empty()) {
    fail();
    return 0;
  }
  const auto value = static_cast<std::uint8_t>(bytes_.front());
  bytes_.remove_prefix(1);
  return value;
}

bool Decoder::boolean() {
  const std::uint8_t value = byte();
  if (value > 1) fail();
  return value == 1;
}

std::uint64_t Decoder::number() {
  std::uint64_t value = 0;
  for (unsigned shift = 0; shift < 64; shift += 7) {
    const std::uint8_t next = byte();
    if (failed_) return 0;
    const bool too_big = shift == 63 && next > 1;
    const bool longer_than_needed = shift > 0 && next == 0;
    if (too_big || longer_than_needed) break;
    value |= std::uint64_t{next & 0x7fU} << shift;
    if (next < 0x80U) return value;
  }
  fail();
  return 0;
}

std::uint64_t Decoder::number_at_most(std::uint64_t limit) {
  const std::uint64_t value = number();
  if (value <= limit) return value;
  fail();
  return 0;
}

std::uint32_t Decoder::fixed32() { return static_cast<std::uint32_t>(take_fixed(raw(4))); }
std::uint64_t Decoder::fixed64() { return take_fixed(raw(8)); }

std::int64_t Decoder::signed_number() {
  const std::uint64_t zigzag = number();
  return static_cast<std::int64_t>(zigzag >> 1U ^ ((zigzag & 1U) != 0 ? ~std::uint64_t{0} : 0));
}

std::string_view Decoder::text(std::size_t bytes_max) { return raw(number_at_most(bytes_max)); }

std::string_view Decoder::raw(std::size_t bytes) {
  if (bytes > bytes_.size()) {
    fail();
    return {};
  }
  const std::string_view value = bytes_.substr(0, bytes);
  bytes_.remove_prefix(bytes);
  return value;
}

Promise Decoder::promise() {
  const std::uint64_t government = number();
  const std::uint64_t entry = number();
  return failed_ ? Promise{} : Promise{government, entry};
}

Position Decoder::position() {
  const Promise at = promise();
  const std::uint64_t ballot = number();
  return failed_ ? Position{} : Position{at, ballot};
}

Id128 Decoder::id128() {
  const std::uint64_t high = fixed64();
  const std::uint64_t low = fixed64();
  return failed_ ? Id128{} : Id128{high, low};
}

std::uint64_t checksum64(std::string_view bytes) { return XXH3_64bits(bytes.data(), bytes.size()); }

Id128 hash128(std::string_view bytes) {
  const XXH128_hash_t hash = XXH3_128bits(bytes.data(), bytes.size());
  return {hash.high64, hash.low64};
}

}  // namespace hansard
