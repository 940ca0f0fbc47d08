#include "tests/scenarios/scenario.hpp"

#include "tests/scenarios/script.hpp"

#include <doctest/doctest.h>

#include <cstdio>
#include <cstdlib>
#include <sys/wait.h>
#include <unistd.h>

namespace hansard::scenarios {

namespace {

constexpr int caught = 17;
constexpr int not_caught = 18;

// A planted bug may well run into an assertion of the core, so it plays in a child.
bool is_caught(const Script& script, const std::string& bug) {
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    int result = not_caught;
    try {
      play(script, {bug});
    } catch (const Unmet& unmet) {
      if (std::getenv("HANSARD_STORIES") != nullptr) std::fprintf(stderr, "%s:\n%s\n", bug.c_str(), unmet.what());
      result = caught;
    } catch (const Mistake&) {
      result = not_caught;
    }
    std::_Exit(result);
  }
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  return (WIFEXITED(status) && WEXITSTATUS(status) == caught) || (WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
}

}  // namespace

void check_scenario(const std::string& file) {
  try {
    const Script script = load(file);
    play(script);
    for (const std::string& bug : script.catches) {
      INFO("with the planted bug ", bug, " this scenario must fail");
      CHECK(is_caught(script, bug));
    }
  } catch (const std::runtime_error& error) {
    FAIL(std::string(error.what()));
  }
}

}  // namespace hansard::scenarios
