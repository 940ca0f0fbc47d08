// tests/fuzz/corpus_test.cpp - every target over its kept corpus, without libFuzzer; and that a target can find
// something.
#include "tests/fuzz/target.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace hansard::fuzz {
namespace {

namespace fs = std::filesystem;

fs::path corpus() { return fs::path(HANSARD_SOURCE_DIR) / "tests/fuzz/corpus"; }

// By file name.
std::map<std::string, std::string> inputs_of(std::string_view target) {
  std::map<std::string, std::string> inputs;
  for (const auto& file : fs::directory_iterator(corpus() / target)) {
    std::ifstream in(file.path(), std::ios::binary);
    inputs[file.path().filename().string()] = {std::istreambuf_iterator<char>(in), {}};
  }
  return inputs;
}

// In a buffer of exactly its size, so that a sanitizer sees one byte too many.
void run(const Target& target, const std::string& input) {
  const auto bytes = std::make_unique<char[]>(input.size());
  std::ranges::copy(input, bytes.get());
  target.run({bytes.get(), input.size()});
}

struct Spoil {
  Spoil() { is_spoilt = true; }
  ~Spoil() { is_spoilt = false; }
  Spoil(const Spoil&) = delete;
  Spoil& operator=(const Spoil&) = delete;
};

void hold(const Target& target) {
  const auto inputs = inputs_of(target.name);
  REQUIRE_FALSE(inputs.empty());
  run(target, "");
  bool is_caught = false;
  for (const auto& row : inputs) {
    const std::string& name = row.first;
    const std::string& input = row.second;
    CAPTURE(name);
    CHECK_NOTHROW(run(target, input));
    const Spoil spoil;
    try {
      run(target, input);
    } catch (const Finding&) {
      is_caught = true;
    }
  }
  CHECK(is_caught);  // Else no file comes as far as the round trip, or the target compares nothing.
}

// By name, so that each has its own entry in ctest.
void hold(std::string_view name) {
  const auto* target = std::ranges::find(targets, name, &Target::name);
  REQUIRE(target != targets.end());
  hold(*target);
}

TEST_CASE("fuzz: address holds over its corpus and a flipped bit is caught") { hold("address"); }
TEST_CASE("fuzz: batch holds over its corpus and a flipped bit is caught") { hold("batch"); }
TEST_CASE("fuzz: entry holds over its corpus and a flipped bit is caught") { hold("entry"); }
TEST_CASE("fuzz: entry_line holds over its corpus and a flipped bit is caught") { hold("entry_line"); }
TEST_CASE("fuzz: frame holds over its corpus and a flipped bit is caught") { hold("frame"); }
TEST_CASE("fuzz: government holds over its corpus and a flipped bit is caught") { hold("government"); }
TEST_CASE("fuzz: handshake holds over its corpus and a flipped bit is caught") { hold("handshake"); }
TEST_CASE("fuzz: json_check holds over its corpus and a flipped bit is caught") { hold("json_check"); }
TEST_CASE("fuzz: keys holds over its corpus and a flipped bit is caught") { hold("keys"); }
TEST_CASE("fuzz: log_state holds over its corpus and a flipped bit is caught") { hold("log_state"); }
TEST_CASE("fuzz: media holds over its corpus and a flipped bit is caught") { hold("media"); }
TEST_CASE("fuzz: message holds over its corpus and a flipped bit is caught") { hold("message"); }
TEST_CASE("fuzz: query holds over its corpus and a flipped bit is caught") { hold("query"); }
TEST_CASE("fuzz: request holds over its corpus and a flipped bit is caught") { hold("request"); }
TEST_CASE("fuzz: response_scanner holds over its corpus and a flipped bit is caught") { hold("response_scanner"); }
TEST_CASE("fuzz: route holds over its corpus and a flipped bit is caught") { hold("route"); }
TEST_CASE("fuzz: state holds over its corpus and a flipped bit is caught") { hold("state"); }
TEST_CASE("fuzz: trace holds over its corpus and a flipped bit is caught") { hold("trace"); }
TEST_CASE("fuzz: wal holds over its corpus and a flipped bit is caught") { hold("wal"); }

TEST_CASE("fuzz: targets and programs and corpora are the same and the corpora are small") {
  std::vector<std::string> names;
  for (const Target& target : targets) names.emplace_back(target.name);
  std::vector<std::string> folders;
  std::uintmax_t bytes = 0;
  for (const auto& folder : fs::directory_iterator(corpus())) {
    folders.push_back(folder.path().filename().string());
    for (const auto& file : fs::directory_iterator(folder)) {
      CAPTURE(file.path());
      CHECK(file.file_size() <= 1024);
      bytes += file.file_size();
    }
  }
  std::ranges::sort(folders);
  CHECK(folders == names);
  CHECK(bytes <= 200'000);
  std::string joined;
  for (const std::string& name : names) joined += (joined.empty() ? "" : " ") + name;
  CHECK(joined == HANSARD_FUZZ_NAMES);
}

TEST_CASE("fuzz: what is demanded and does not hold is a finding") {
  CHECK_NOTHROW(demand(true, "x"));
  CHECK_THROWS_AS(demand(false, "x"), Finding);
  CHECK_NOTHROW(demand_same("ab", "ab", "x"));
  CHECK_THROWS_AS(demand_same("ab", "ac", "x"), Finding);
  CHECK_NOTHROW(demand_agree(true, true, "x"));
  CHECK_THROWS_AS(demand_agree(true, false, "x"), Finding);
}

}  // namespace
}  // namespace hansard::fuzz
