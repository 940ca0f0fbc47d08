#include "log/identity.hpp"

#include <doctest/doctest.h>

#include <string>

namespace hansard {
namespace {

TEST_CASE("identity: 128 bits are 32 lower-case hex digits") {
  const Id128 id{0x0123456789abcdefU, 0xfedcba9876543210U};
  CHECK(to_string(id) == "0123456789abcdeffedcba9876543210");
  CHECK(parse_id128(to_string(id)) == id);
  CHECK(parse_id128(std::string(32, '0'))->is_zero());
  CHECK_FALSE(parse_id128(""));
  CHECK_FALSE(parse_id128("0123456789abcdeffedcba987654321"));
  CHECK_FALSE(parse_id128("0123456789abcdeffedcba98765432100"));
  CHECK_FALSE(parse_id128("0123456789ABCDEFfedcba9876543210"));
  CHECK_FALSE(parse_id128("0123456789abcdeg0123456789abcdef"));
}

TEST_CASE("identity: names are short and lower-case and begin with a letter or digit") {
  CHECK(is_name("a"));
  CHECK(is_name("0"));
  CHECK(is_name("islander-1.eu_west"));
  CHECK(is_name(std::string(63, 'x')));
  CHECK_FALSE(is_name(std::string(64, 'x')));
  for (const char* text : {"", "-a", ".a", "_a", "A", "aB", "a b", "a/b", "a\n", "\xc3\xa9"}) {
    CAPTURE(text);
    CHECK_FALSE(is_name(text));
  }
}

}  // namespace
}  // namespace hansard
