// tests/house/house_test.cpp - holds the rules of rules.hpp over this checkout, and shows that each
// catches a violation.
#include "tests/house/rules.hpp"

#include <doctest/doctest.h>

#include <string>

namespace {

using house::Findings;
using house::Literals;
using house::Tree;

const Tree& checkout() {
  static const Tree tree = house::load(HANSARD_SOURCE_DIR);
  return tree;
}

// Only a folder's part of the checkout.
Tree below(const std::string& folder) {
  Tree part;
  for (const auto& [path, text] : checkout()) {
    if (path.starts_with(folder + "/")) part.emplace(path, text);
  }
  return part;
}

void hold(const Findings& findings) {
  for (const std::string& finding : findings) {
    CAPTURE(finding);
    CHECK(finding.empty());
  }
}

std::string lines(std::size_t count) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) text += "x\n";
  return text;
}

}  // namespace

TEST_CASE("house: the checkout was found and read") {
  CHECK(checkout().contains("tests/house/house_test.cpp"));
  CHECK(checkout().contains("log/CMakeLists.txt"));
  CHECK(checkout().at("tests/main.cpp").find("DOCTEST_CONFIG_IMPLEMENT") != std::string::npos);
}

TEST_CASE("house: log includes nothing to its right") { hold(house::arrows(below("log"))); }
TEST_CASE("house: government includes nothing to its right") { hold(house::arrows(below("government"))); }  // S1-10
TEST_CASE("house: sdk includes nothing to its right") { hold(house::arrows(below("sdk"))); }
TEST_CASE("house: http includes nothing to its right") { hold(house::arrows(below("http"))); }
TEST_CASE("house: examples include no tests") { hold(house::arrows(below("examples"))); }
TEST_CASE("house: log and government include nothing of the world") {  // S1-16
  hold(house::pure_includes(checkout()));
}
TEST_CASE("house: log and government call no clock and no chance") { hold(house::pure_calls(checkout())); }
TEST_CASE("house: the libraries use callbacks and no coroutines") { hold(house::coroutines(checkout())); }
TEST_CASE("house: no file holds more than one idea") { hold(house::lengths(checkout())); }
TEST_CASE("house: the lists of the folders and their files agree") { hold(house::lists(checkout())); }
TEST_CASE("house: every test stands beside what it tests") { hold(house::mirrors(checkout())); }
TEST_CASE("house: every test case has a name that ctest can run") { hold(house::test_names(checkout())); }
TEST_CASE("house: the top level holds only what the layout names") {
  hold(house::top_level_names(house::top_level(HANSARD_SOURCE_DIR)));
}

TEST_CASE("house: an include to the right is caught when planted") {
  const std::string include = "#include \"sdk/node.hpp\"\n";
  CHECK(house::arrows({{"log/a.cpp", include}}).size() == 1);
  CHECK(house::arrows({{"government/a.hpp", include}}).size() == 1);
  CHECK(house::arrows({{"government/a.hpp", "#  include <http/route.hpp> // why not"}}).size() == 1);
  CHECK(house::arrows({{"sdk/deep/a.cpp", "#include \"examples/chat/room.hpp\"\n"}}).size() == 1);
  CHECK(house::arrows({{"sdk/a.cpp", include}}).empty());
  CHECK(house::arrows({{"http/a.cpp", include}}).empty());
  CHECK(house::arrows({{"examples/chat/a.cpp", include}}).empty());
  CHECK(house::arrows({{"tests/log/a_test.cpp", include}}).empty());
  CHECK(house::arrows({{"log/a.cpp", "// " + include}}).empty());
}

TEST_CASE("house: an include of a test is caught when planted") {
  CHECK(house::arrows({{"log/a.cpp", "#include \"tests/house/rules.hpp\"\n"}}).size() == 1);
  CHECK(house::arrows({{"examples/chat/a.cpp", "#include \"tests/house/rules.hpp\"\n"}}).size() == 1);
}

TEST_CASE("house: LevelDB behind the back of sdk is caught when planted") {
  const std::string include = "#include \"log/leveldb_store.hpp\"\n";
  CHECK(house::arrows({{"log/store.cpp", include}}).size() == 1);
  CHECK(house::arrows({{"government/a.cpp", include}}).size() == 1);
  CHECK(house::arrows({{"http/a.cpp", include}}).size() == 1);
  CHECK(house::arrows({{"sdk/disk.cpp", include}}).empty());
  CHECK(house::arrows({{"log/leveldb_store.cpp", include}}).empty());
}

TEST_CASE("house: an include by a relative path is caught when planted") {
  CHECK(house::arrows({{"log/a.cpp", "#include \"promise.hpp\"\n"}}).size() == 1);
  CHECK(house::arrows({{"government/a.cpp", "#include \"../http/route.hpp\"\n"}}).size() == 1);
  CHECK(house::arrows({{"log/a.cpp", "#include <vector>\n#include <xxhash.h>\n"}}).empty());
}

TEST_CASE("house: the world in a pure file is caught when planted") {
  for (const std::string header :
       {"chrono", "thread", "mutex", "atomic", "random", "filesystem", "iostream", "fstream", "boost/asio.hpp",
        "boost/asio/io_context.hpp", "boost/beast/http.hpp", "leveldb/db.h", "unordered_map", "unordered_set",
        "condition_variable", "future", "sys/time.h"}) {
    CAPTURE(header);
    const std::string include = "#include <map>\n#include <" + header + ">\n";
    CHECK(house::pure_includes({{"government/deep/a.hpp", include}}).size() == 1);
    CHECK(house::pure_includes({{"log/a.cpp", include}}).size() == 1);
    CHECK(house::pure_includes({{"log/leveldb_store.cpp", include}}).empty());
    CHECK(house::pure_includes({{"sdk/a.cpp", include}}).empty());
  }
  CHECK(house::pure_includes({{"government/a.cpp", "#include <boost/system/result.hpp>\n"}}).empty());
}

TEST_CASE("house: a clock or chance in a pure file is caught when planted") {
  const auto count = [](const std::string& text) { return house::pure_calls({{"government/a.cpp", text}}).size(); };
  CHECK(count("auto now = time(nullptr);") == 1);
  CHECK(count("return time (nullptr);") == 1);
  CHECK(count("x = std::time(0);") == 1);
  CHECK(count("x = ::time(0);") == 1);
  CHECK(count("clock_gettime(CLOCK_REALTIME, &t);") == 1);
  CHECK(count("int x = 3 + rand() % 6;") == 1);
  CHECK(count("std::random_device chance;") == 1);
  CHECK(count("thread_local int count;") == 1);
  CHECK(count("Tick time() const;") == 0);
  CHECK(count("calendar.time(); calendar->time(); Calendar::time();") == 0);
  CHECK(count("lifetime(3); int operand(4); grand(5);") == 0);
  CHECK(count("// time(nullptr) would be wrong\nconst char* s = \"rand()\"; /* rand() */") == 0);
  CHECK(house::pure_calls({{"sdk/a.cpp", "time(nullptr);"}}).empty());
}

TEST_CASE("house: a coroutine is caught when planted") {
  CHECK(house::coroutines({{"http/a.cpp", "bool ok = co_await f();"}}).size() == 1);
  CHECK(house::coroutines({{"sdk/a.hpp", "co_return 1'000;"}}).size() == 1);
  CHECK(house::coroutines({{"sdk/a.hpp", "// for those who co_await it\n"}}).empty());
  CHECK(house::coroutines({{"examples/a.cpp", "co_await f();"}}).empty());
}

TEST_CASE("house: a file of 601 lines is caught when planted") {
  CHECK(house::lengths({{"log/a.cpp", lines(601)}}).size() == 1);
  CHECK(house::lengths({{"http/console/page.js", lines(601)}}).size() == 1);
  CHECK(house::lengths({{"tests/log/a_test.cpp", lines(601)}}).size() == 1);
  CHECK(house::lengths({{"log/a.cpp", lines(600)}}).empty());
  CHECK(house::lengths({{"tests/scenarios/a.txt", lines(601)}}).empty());
}

TEST_CASE("house: a file that no list names is caught when planted") {
  const std::string list =
      "hansard_library(log\n  SOURCES\n    a.cpp\n    deep/b.cpp  # c.cpp\n  HEADERS\n    "
      "a.hpp\n)\n";
  const Tree whole{{"log/CMakeLists.txt", list}, {"log/a.cpp", ""}, {"log/a.hpp", ""}, {"log/deep/b.cpp", ""}};
  CHECK(house::lists(whole).empty());
  for (const std::string path : {"log/c.cpp", "log/b.cpp", "log/c.hpp", "log/deep/a.cpp", "sdk/a.cpp"}) {
    CAPTURE(path);
    Tree more = whole;
    more[path] = "";
    CHECK(house::lists(more).size() == 1);
  }
  Tree nested = whole;
  nested["log/deep/CMakeLists.txt"] = "";  // The nearest list is the one that counts.
  CHECK(house::lists(nested) == Findings{"log/deep/b.cpp: is not named in log/deep/CMakeLists.txt"});
}

TEST_CASE("house: a list that names no file is caught when planted") {
  CHECK(house::lists({{"log/CMakeLists.txt", "f(a.cpp ${x}/b.cpp)"}}).size() == 1);
}

TEST_CASE("house: a test without its file is caught when planted") {
  CHECK(house::mirrors({{"tests/log/a_test.cpp", ""}}).size() == 1);
  CHECK(house::mirrors({{"tests/sdk/testing/a_test.cpp", ""}, {"sdk/a.hpp", ""}}).size() == 1);
  CHECK(house::mirrors({{"tests/log/a_test.cpp", ""}, {"log/a.hpp", ""}}).empty());
  CHECK(house::mirrors({{"tests/log/helper.cpp", ""}, {"tests/simulation/b_test.cpp", ""}}).empty());
}

TEST_CASE("house: a name that ctest cannot run is caught when planted") {
  const auto count = [](const std::string& text) { return house::test_names({{"tests/log/a_test.cpp", text}}).size(); };
  CHECK(count("TEST_CASE(\"a: b\") {}") == 0);
  CHECK(count("TEST_CASE(\"a: b\"\n  \" and c\") {}") == 0);
  CHECK(count("TEST_CASE(\"a: b; c\") {}") == 1);
  CHECK(count("TEST_CASE(\"a: b\"\n  \", c\") {}") == 1);
  CHECK(count("TEST_CASE_FIXTURE(Island, \"a: b [c]\") {}") == 1);
  CHECK(count("TEST_CASE(\"b\") {}") == 1);
  CHECK(count("TEST_CASE(\"a: b\") {}\nTEST_CASE(\"A: b\") {}") == 1);
}

TEST_CASE("house: a stranger at the top level is caught when planted") {
  CHECK(house::top_level_names({"log", "dev", ".ci", "README.md"}).empty());
  CHECK(house::top_level_names({"log", "cmake"}) == Findings{"cmake: does not belong at the top level"});
}

TEST_CASE("house: comments and literals are told from code") {
  CHECK(house::without_comments("a // b\nc", Literals::keep) == "a     \nc");
  CHECK(house::without_comments("a /* b\n */ c", Literals::keep) == "a     \n    c");
  CHECK(house::without_comments("f(\"// no\")", Literals::keep) == "f(\"// no\")");
  CHECK(house::without_comments("f(\"\\\"x\", 'y')", Literals::blank) == "f(\"   \", ' ')");
  CHECK(house::without_comments("1'000 + f('x') // y", Literals::blank) == "1'000 + f(' ')     ");
  CHECK(house::without_comments("R\"(a \" b)\" c", Literals::blank) == "R\"       \" c");
  CHECK(house::includes("const char* s = R\"(\n#include <thread>\n)\";\n#include <map>\n") ==
        std::vector<std::string>{"map"});
}
