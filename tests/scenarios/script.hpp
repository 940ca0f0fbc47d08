// tests/scenarios/script.hpp - a scenario: one line one step, told so that it reads as a story (docs/testing.md has the
// language). A step that cannot be taken, or an expectation that is not met, throws Unmet with file, line, the story so
// far and what there was instead; a line that is no step throws Mistake.
#pragma once

#include "tests/scenarios/stage.hpp"

#include <set>
#include <stdexcept>
#include <string>
#include <vector>

namespace hansard::scenarios {

struct Mistake : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct Line {
  int number = 0;
  std::string text;  // without its comment
};

struct Script {
  std::string name;  // of the file
  std::vector<Line> lines;
  std::set<std::string> catches;  // planted bugs under which it fails
};

[[nodiscard]] Script parse(const std::string& name, const std::string& text);
[[nodiscard]] Script load(const std::string& path);

void play(const Script& script, const std::set<std::string>& planted = {});

}  // namespace hansard::scenarios
