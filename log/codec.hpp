// log/codec.hpp - Encoder and Decoder: bounded, byte-order-independent encoding of small values.
//
// Encoder appends to a string that it owns or borrows. Decoder never reads past its end and never asserts on what it
// reads: the first malformed value makes it failed() for good, and every later read returns a zero or an empty view.
// Callers decode a whole struct and ask failed() (or finished()) once.
// Numbers: LEB128 varints of at most 10 bytes, shortest form only; fixed-width values are big-endian.
#pragma once

#include "log/identity.hpp"
#include "log/promise.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace hansard {

class Encoder {
 public:
  explicit Encoder(std::string& out) : out_(out) {}

  void byte(std::uint8_t value) { out_.push_back(static_cast<char>(value)); }
  void boolean(bool value) { byte(value ? 1 : 0); }
  void number(std::uint64_t value);  // varint
  void fixed32(std::uint32_t value);
  void fixed64(std::uint64_t value);
  void signed_number(std::int64_t value);  // zigzag varint
  void text(std::string_view value);       // length as varint, then the bytes
  void raw(std::string_view value) { out_.append(value); }
  void promise(Promise value);  // two varints
  void position(const Position& value);
  void id128(const Id128& value);  // 16 bytes
  [[nodiscard]] std::size_t size() const { return out_.size(); }

 private:
  std::string& out_;
};

class Decoder {
 public:
  explicit Decoder(std::string_view bytes) : bytes_(bytes) {}

  std::uint8_t byte();
  bool boolean();  // 0 or 1; anything else fails
  std::uint64_t number();
  std::uint64_t number_at_most(std::uint64_t limit);  // fails above it: for counts that size an allocation
  std::uint32_t fixed32();
  std::uint64_t fixed64();
  std::int64_t signed_number();
  std::string_view text(std::size_t bytes_max);  // fails where longer
  std::string_view raw(std::size_t bytes);
  Promise promise();
  Position position();
  Id128 id128();

  void fail() {
    failed_ = true;
    bytes_ = {};
  }
  [[nodiscard]] bool failed() const { return failed_; }
  [[nodiscard]] bool finished() const { return !failed_ && bytes_.empty(); }  // all read, all well
  [[nodiscard]] std::size_t remaining() const { return bytes_.size(); }

 private:
  std::string_view bytes_;
  bool failed_ = false;
};

// 64-bit and 128-bit non-cryptographic hashes (XXH3) that checksums and chains are made of; the same on every platform.
[[nodiscard]] std::uint64_t checksum64(std::string_view bytes);
[[nodiscard]] Id128 hash128(std::string_view bytes);

}  // namespace hansard
