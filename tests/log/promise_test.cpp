#include "log/promise.hpp"

#include "tests/log/samples.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <limits>
#include <random>
#include <vector>

namespace hansard {
namespace {

constexpr std::uint64_t most = std::numeric_limits<std::uint64_t>::max();

TEST_CASE("promise: 10/0 is after 9/9") {
  // S2-02
  CHECK(Promise{10, 0} > Promise{9, 9});
  CHECK(Promise{5, 10} > Promise{5, 9});
  CHECK(Promise{1, 0} > Promise{});
  CHECK(Promise{5, 9} == Promise{5, 9});
}

TEST_CASE("promise: entry zero is a government but 0/0 is none") {
  // S2-03
  CHECK(Promise{3, 0}.is_government());
  CHECK_FALSE(Promise{3, 1}.is_government());
  CHECK_FALSE(Promise{}.is_government());
  CHECK(Promise{}.is_zero());
}

TEST_CASE("promise: a new government restarts the entry part") {
  // S2-04
  CHECK(next_government({3, 42}) == Promise{4, 0});
  CHECK(next_entry({4, 0}) == Promise{4, 1});
  CHECK(next_entry({4, 1}, 100) == Promise{4, 101});
}

TEST_CASE("promise: a successor that would overflow is refused") {  // S4-34
  // S2-05 S2-06 S2-08
  CHECK(next_entry({3, most - 1}) == Promise{3, most});
  CHECK_FALSE(next_entry({3, most}));
  CHECK_FALSE(next_entry({3, most - 5}, 6));
  CHECK(next_entry({3, most - 5}, 5) == Promise{3, most});
  CHECK_FALSE(next_government({most, 7}));
  CHECK(next_government({most - 1, 7}) == Promise{most, 0});
}

TEST_CASE("promise: text says government and entry in decimal") {
  // S2-01 S2-07
  CHECK(to_string(Promise{3, 42}) == "3/42");
  CHECK(to_string(Promise{}) == "0/0");
  CHECK(to_string(Promise{most, most}) == "18446744073709551615/18446744073709551615");
  CHECK(to_string(Promise{most, most}).size() == 41);
  CHECK(parse_promise("18446744073709551615/0") == Promise{most, 0});
  CHECK(to_string(Position{{3, 42}, 7}) == "3/42@7");
}

TEST_CASE("promise: only canonical text is parsed") {
  // S2-07
  for (const std::string_view text : {"",
                                      "/",
                                      "3",
                                      "3/",
                                      "/42",
                                      "03/42",
                                      "3/042",
                                      "00/0",
                                      "+3/42",
                                      "-3/42",
                                      "3/-42",
                                      " 3/42",
                                      "3/42 ",
                                      "3 /42",
                                      "3//42",
                                      "3/4/2",
                                      "3.0/42",
                                      "0x3/42",
                                      "3/42\n",
                                      "18446744073709551616/0",
                                      "0/18446744073709551616",
                                      "99999999999999999999999999/1",
                                      "3/4a"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_promise(text));
  }
  CHECK_FALSE(parse_promise(std::string_view("3/4\0", 4)));
}

TEST_CASE("promise: text and bytes go there and back") {
  // S2-07
  constexpr std::uint64_t seed = 7;
  CAPTURE(seed);
  samples::Random random(seed);
  for (int i = 0; i < 10'000; ++i) {
    const Promise promise{random() >> (random() % 64), random() >> (random() % 64)};
    CHECK(parse_promise(to_string(promise)) == promise);
    const PromiseBytes bytes = to_bytes(promise);
    CHECK(promise_from_bytes({bytes.data(), bytes.size()}) == promise);
  }
}

TEST_CASE("promise: random text is parsed only where formatting it gives it back") {
  // S2-07
  constexpr std::uint64_t seed = 8;
  CAPTURE(seed);
  samples::Random random(seed);
  constexpr std::string_view alphabet = "0123456789/0019 +-";
  for (int i = 0; i < 50'000; ++i) {
    std::string text(random() % 24, '0');
    for (char& c : text) c = alphabet[random() % alphabet.size()];
    const auto promise = parse_promise(text);
    if (promise) CHECK(to_string(*promise) == text);
  }
}

TEST_CASE("promise: the order of bytes is the order of promises") {
  std::vector<Promise> promises;
  for (const std::uint64_t g : {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{255}, std::uint64_t{256}, most}) {
    for (const std::uint64_t e : {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{255}, std::uint64_t{256}, most}) {
      promises.push_back({g, e});
    }
  }
  for (const Promise& a : promises) {
    for (const Promise& b : promises) {
      const PromiseBytes x = to_bytes(a);
      const PromiseBytes y = to_bytes(b);
      CHECK((a < b) == (std::string_view(x.data(), 16) < std::string_view(y.data(), 16)));
    }
  }
}

TEST_CASE("position: an older tail has the lower ballot first and then the lower promise") {
  CHECK(is_older_tail({{9, 9}, 1}, {{1, 0}, 2}));
  CHECK(is_older_tail({{1, 0}, 2}, {{1, 1}, 2}));
  CHECK_FALSE(is_older_tail({{1, 1}, 2}, {{1, 1}, 2}));
}

}  // namespace
}  // namespace hansard
