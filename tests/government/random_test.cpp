// tests/government/random_test.cpp - golden numbers: they must never change, for recordings replay by them.
#include "government/random.hpp"

#include <doctest/doctest.h>

#include <array>
#include <cstdint>
#include <set>
#include <vector>

namespace hansard {
namespace {

TEST_CASE("random: splitmix64 gives its authors' numbers") {
  std::uint64_t state = 1234567;
  for (const std::uint64_t expected : {6457827717110365317U, 3203168211198807973U, 9817491932198370423U,
                                       4593380528125082431U, 16408922859458223821U}) {
    CHECK(splitmix64(state) == expected);
  }
}

TEST_CASE("random: xoshiro256 gives its authors' numbers") {
  std::array<std::uint64_t, 4> state{1, 2, 3, 4};
  for (const std::uint64_t expected :
       {std::uint64_t{11520}, std::uint64_t{0}, std::uint64_t{1509978240}, std::uint64_t{1215971899390074240},
        std::uint64_t{1216172134540287360}, std::uint64_t{607988272756665600}, std::uint64_t{16172922978634559625U},
        std::uint64_t{8476171486693032832}, std::uint64_t{10595114339597558777U}, std::uint64_t{2904607092377533576}}) {
    CHECK(xoshiro256(state) == expected);
  }
}

TEST_CASE("random: the numbers of a cookie and start never change") {
  Random random{{0x0123456789abcdef, 0xfedcba9876543210}, 3};
  const std::array<std::uint64_t, 3> golden{16785896664104124108U, 415615338253584955U, 14273263746520127202U};
  for (const std::uint64_t expected : golden) CHECK(random.next64() == expected);
  const std::array<std::uint64_t, 6> small{70, 688, 766, 747, 955, 112};
  for (const std::uint64_t expected : small) CHECK(random.below(1000) == expected);
}

TEST_CASE("random: cookies and starts have streams of their own and a copy goes on as its original") {
  std::set<std::uint64_t> firsts;
  for (std::uint64_t i = 0; i < 100; ++i) {
    firsts.insert(Random{{0, 0}, i}.next64());
    firsts.insert(Random{{0, i + 1}, 0}.next64());
    firsts.insert(Random{{i + 1, 0}, 0}.next64());
  }
  CHECK(firsts.size() == 300);
  Random random{{1, 1}, 1};
  Random copy = random;
  for (int i = 0; i < 10; ++i) CHECK(random.next64() == copy.next64());
}

TEST_CASE("random: below is in range and even") {
  Random random{{1, 2}, 3};
  for (int i = 0; i < 100; ++i) CHECK(random.below(1) == 0);
  std::vector<int> seen(6);
  for (int i = 0; i < 60'000; ++i) ++seen.at(random.below(6));
  for (const int count : seen) {
    CHECK(count > 9'600);
    CHECK(count < 10'400);
  }
  // Three quarters of the range: with a bare remainder the lower third would come up twice as often.
  constexpr std::uint64_t n = std::uint64_t{3} << 62U;
  int low = 0;
  for (int i = 0; i < 30'000; ++i) {
    const std::uint64_t drawn = random.below(n);
    CHECK(drawn < n);
    if (drawn < n / 3) ++low;
  }
  CHECK(low > 9'600);
  CHECK(low < 10'400);
}

}  // namespace
}  // namespace hansard
