// tests/simulation/planted_test.cpp - the simulator finds every bug that can be planted in it (protocol section 10),
// and nothing under the same seeds without it. The table of these is in docs/testing.md.
#include "sdk/testing/planted.hpp"

#include "sdk/testing/trial.hpp"

#include <doctest/doctest.h>

#include <array>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <string>
#include <sys/wait.h>
#include <unistd.h>

using namespace hansard::testing;

namespace {

// The first line of what the checks say of a seed; empty: nothing. In a child, for some bugs stop the process by an
// assertion.
std::string finding(std::uint64_t seed, Bug bug) {
  std::array<int, 2> ends{};
  REQUIRE(::pipe(ends.data()) == 0);
  const pid_t child = ::fork();
  if (child == 0) {
    std::signal(SIGABRT, SIG_DFL);
    static_cast<void>(std::freopen("/dev/null", "w", stderr));
    const std::string said = run_plan(draw_plan(seed), bug).violation;
    const auto written = ::write(ends[1], said.data(), said.size());
    ::_exit(written == static_cast<ssize_t>(said.size()) ? 0 : 1);
  }
  ::close(ends[1]);
  std::string said;
  std::array<char, 512> buffer{};
  for (ssize_t n = 0; (n = ::read(ends[0], buffer.data(), buffer.size())) > 0;) {
    said.append(buffer.data(), static_cast<std::size_t>(n));
  }
  ::close(ends[0]);
  int status = 0;
  ::waitpid(child, &status, 0);
  if (WIFSIGNALED(status)) return "an assertion of the core";
  return said;
}

// Some of the seeds from `first` on finds it; the same one finds nothing without it.
void check_found(Bug bug, std::uint64_t first, std::uint64_t tries) {
  for (std::uint64_t seed = first; seed < first + tries; ++seed) {
    const std::string said = finding(seed, bug);
    if (said.empty()) continue;
    MESSAGE("bug " << std::string(1, bug) << ": seed " << seed << ": " << said);
    CHECK(finding(seed, no_bug).empty());
    return;
  }
  FAIL("bug " << std::string(1, bug) << " is not found");
}

}  // namespace
