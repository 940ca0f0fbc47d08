// tests/scenarios/script_test.cpp - the language itself: what a wrong script and an unmet expectation say.
#include "tests/scenarios/script.hpp"

#include <doctest/doctest.h>

#include <string>

namespace {

using namespace hansard::scenarios;

const std::string island = "island of 3 at 1/0@1: a b | c\ndisks write at once\n";

std::string told(const std::string& text, const std::set<std::string>& planted = {}) {
  try {
    play(parse("story.txt", text), planted);
  } catch (const Mistake& error) {
    return std::string("mistake: ") + error.what();
  } catch (const Unmet& error) {
    return std::string("unmet: ") + error.what();
  }
  return "told";
}

bool has(const std::string& text, const std::string& part) {
  INFO(text);
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("scenario language: a story that is so is told") {
  CHECK(told(island + "a runs  # for office\n\neverything flows\nexpect a leads established\nexpect c promised 2") ==
        "told");
}

TEST_CASE("scenario language: an unmet expectation names its line and what there is instead") {
  const std::string text = told(island + "a runs\nexchange prepare a -> b\nexpect b promised 3");
  CHECK(has(text, "unmet: story.txt:5: expect b promised 3\n  it is 2\n"));
  CHECK(has(text, "the story so far:\n    1: island"));
  CHECK(has(text, "    4: exchange prepare a -> b\n        b: promised, to a, ballot 2\n"));
  CHECK(has(text, "what waits:\n"));
  CHECK(has(text, "    prepare a -> c with ballot 2, committed 1/0@1\n"));
  CHECK(has(text, "    a: leader, promised 2, last 2/0@2, committed 1/0, hears a"));
}

TEST_CASE("scenario language: a step that cannot be taken fails") {
  CHECK(has(told(island + "deliver prepare a -> b"), "no prepare a -> b waits"));
  CHECK(has(told(island + "crash a\ncrash a"), "a is down already"));
  CHECK(has(told(island + "a runs\ncrash b\ndeliver prepare a -> b"), "nobody takes it: b is down"));
  CHECK(has(told(island + "disk of a finishes"), "nothing to finish"));
}

TEST_CASE("scenario language: a line that is no step is a mistake") {
  CHECK(has(told("\n\n" + island + "dance"), "mistake: story.txt:5: dance\n"));
  CHECK(has(told(island + "expect z promised 1"), "nobody is named z"));
  CHECK(has(told(island + "deliver gossip a -> b"), "there is no message gossip"));
  CHECK(has(told(island + "deliver prepare a b"), "<from> -> <to>"));
  CHECK(has(told(island + "expect a promised much"), "a number, not much"));
  CHECK(has(told("island of 2 at 1/0@1: a b"), "no such island"));
  CHECK(has(told("# nothing\n"), "tells nothing"));
}

TEST_CASE("scenario language: what must always hold is looked at after every step") {
  const std::string two_leaders =
      island + "a runs under 5\nb runs under 5\nexchange prepare a -> c\nexchange prepare b -> c\n";
  CHECK(told(two_leaders) == "told");
  CHECK(has(told(two_leaders, {"granted-twice"}), "ballot 5 has the leaders a and b"));
}
