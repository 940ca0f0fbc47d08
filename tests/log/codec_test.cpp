#include "log/codec.hpp"

#include "tests/log/samples.hpp"

#include <doctest/doctest.h>

#include <limits>
#include <string>

namespace hansard {
namespace {

TEST_CASE("codec: what is written is read") {
  std::string bytes;
  Encoder writer(bytes);
  writer.byte(200);
  writer.boolean(true);
  writer.number(300);
  writer.fixed32(0x01020304U);
  writer.fixed64(0x0102030405060708U);
  writer.signed_number(-5);
  writer.text("hello");
  writer.raw("raw");
  writer.promise({3, 42});
  writer.position({{4, 0}, 9});
  writer.id128({1, 2});
  CHECK(writer.size() == bytes.size());

  Decoder reader(bytes);
  CHECK(reader.byte() == 200);
  CHECK(reader.boolean());
  CHECK(reader.number() == 300);
  CHECK(reader.fixed32() == 0x01020304U);
  CHECK(reader.fixed64() == 0x0102030405060708U);
  CHECK(reader.signed_number() == -5);
  CHECK(reader.text(5) == "hello");
  CHECK(reader.raw(3) == "raw");
  CHECK(reader.promise() == Promise{3, 42});
  CHECK(reader.position() == Position{{4, 0}, 9});
  CHECK_FALSE(reader.finished());
  CHECK(reader.id128() == Id128{1, 2});
  CHECK(reader.finished());
}

TEST_CASE("codec: every number comes back and takes at most ten bytes") {
  constexpr std::uint64_t seed = 3;
  CAPTURE(seed);
  samples::Random random(seed);
  for (int i = 0; i < 20'000; ++i) {
    const std::uint64_t value = i == 0   ? 0
                                : i == 1 ? std::numeric_limits<std::uint64_t>::max()
                                         : random() >> (random() % 64);
    const auto as_signed = static_cast<std::int64_t>(value);
    std::string bytes;
    Encoder writer(bytes);
    writer.number(value);
    CHECK(bytes.size() <= 10);
    writer.signed_number(as_signed);
    Decoder reader(bytes);
    CHECK(reader.number() == value);
    CHECK(reader.signed_number() == as_signed);
    CHECK(reader.finished());
  }
}

TEST_CASE("codec: numbers have one form") {
  for (const std::string_view bytes :
       {std::string_view("\x80\x00", 2), std::string_view("\xff\x80\x00", 3), std::string_view("\x80", 1),
        std::string_view(), std::string_view("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02", 10),
        std::string_view("\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01", 11)}) {
    Decoder reader(bytes);
    CHECK(reader.number() == 0);
    CHECK(reader.failed());
  }
}

TEST_CASE("codec: a failed reader gives nothing more") {
  std::string bytes;
  Encoder writer(bytes);
  writer.byte(2);
  writer.number(7);
  Decoder reader(bytes);
  reader.boolean();
  CHECK(reader.failed());
  CHECK(reader.number() == 0);
  CHECK(reader.text(10).empty());
  CHECK(reader.remaining() == 0);
  CHECK_FALSE(reader.finished());
}

TEST_CASE("codec: a text over its limit or over the end fails") {
  std::string bytes;
  Encoder writer(bytes);
  writer.text("hello");
  Decoder limited(bytes);
  CHECK(limited.text(4).empty());
  CHECK(limited.failed());
  Decoder truncated(std::string_view(bytes).substr(0, 5));
  CHECK(truncated.text(5).empty());
  CHECK(truncated.failed());
  Decoder counted(bytes);
  CHECK(counted.number_at_most(4) == 0);
  CHECK(counted.failed());
}

TEST_CASE("codec: random bytes are read without a crash") {
  constexpr std::uint64_t seed = 4;
  CAPTURE(seed);
  samples::Random random(seed);
  for (int i = 0; i < 20'000; ++i) {
    const std::string bytes = samples::random_bytes(random, random() % 40);
    Decoder reader(bytes);
    while (!reader.failed() && reader.remaining() > 0) {
      const std::size_t before = reader.remaining();
      switch (random() % 8) {
        case 0:
          reader.byte();
          break;
        case 1:
          reader.boolean();
          break;
        case 2:
          reader.number();
          break;
        case 3:
          reader.fixed64();
          break;
        case 4:
          reader.signed_number();
          break;
        case 5:
          reader.text(16);
          break;
        case 6:
          reader.position();
          break;
        default:
          reader.id128();
          break;
      }
      CHECK(reader.remaining() < before);
    }
  }
}

// Written by the reference implementation of XXH3: the same hashes on every platform or none of our chains agree.
TEST_CASE("codec: hashes are XXH3") {
  CHECK(checksum64("") == 0x2d06800538d394c2U);
  CHECK(hash128("") == Id128{0x99aa06d3014798d8U, 0x6001c324468d497fU});
}

}  // namespace
}  // namespace hansard
