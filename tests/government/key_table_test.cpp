#include "government/key_table.hpp"

#include <doctest/doctest.h>

#include <string>

namespace hansard {
namespace {

Keyed at(std::uint64_t entry, std::int64_t time_us) { return {{1, entry}, {1, entry}, {7, entry}, time_us}; }

std::string bytes_of(const KeyTable& table) {
  std::string out;
  Encoder writer{out};
  table.encode(writer);
  return out;
}

TEST_CASE("key table: a key is known for a window of the log's time") {
  KeyTable table;
  table.note("a", at(1, 1'000));
  REQUIRE(table.find("a", 1'000, 50) != nullptr);
  CHECK(*table.find("a", 1'050, 50) == at(1, 1'000));
  CHECK(table.find("a", 1'051, 50) == nullptr);
  CHECK(table.find("b", 1'000, 50) == nullptr);
  table.expire(1'050, 50);
  CHECK(table.size() == 1);
  table.expire(1'051, 50);
  CHECK(table.size() == 0);
}

TEST_CASE("key table: a key that comes again after its window counts from then") {
  KeyTable table;
  table.note("a", at(1, 0));
  table.note("b", at(2, 10));
  table.note("a", at(3, 100));
  CHECK(table.size() == 2);
  table.expire(105, 50);  // b is gone, the older a is no reason to forget the newer
  CHECK(table.size() == 1);
  CHECK(*table.find("a", 105, 50) == at(3, 100));
  table.expire(151, 50);
  CHECK(table.size() == 0);
}

TEST_CASE("key table: its bytes give it back and malformed ones fail") {
  KeyTable table;
  table.note("a", at(1, 0));
  table.note("b", at(2, 10));
  table.note("a", at(3, 100));
  const std::string bytes = bytes_of(table);
  Decoder reader{bytes};
  KeyTable back;
  back.decode(reader);
  REQUIRE(reader.finished());
  CHECK(back == table);
  CHECK(bytes_of(back) == bytes);
  back.expire(60, 50);
  CHECK(back.size() == 1);
  for (std::size_t cut = 0; cut < bytes.size(); ++cut) {
    Decoder torn{std::string_view(bytes).substr(0, cut)};
    KeyTable other;
    other.decode(torn);
    CHECK_FALSE(torn.finished());
  }
  KeyTable disordered;
  disordered.note("x", at(5, 0));
  std::string twice = bytes_of(disordered);
  twice[0] = 2;
  twice += bytes_of(disordered).substr(1);
  Decoder again{twice};
  KeyTable other;
  other.decode(again);
  CHECK(again.failed());
}

}  // namespace
}  // namespace hansard
