// tests/process/trace_test.cpp - an island is recorded, its leader killed and started again, and all of it is replayed.
#include "log/codec.hpp"
#include "sdk/trace_file.hpp"
#include "tests/process/appenders.hpp"
#include "tests/process/faults.hpp"
#include "tests/process/island.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

namespace process {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> files_in(const fs::path& directory) {
  std::vector<fs::path> files;
  for (const auto& file : fs::directory_iterator(directory)) files.push_back(file.path());
  std::ranges::sort(files);
  return files;
}

std::size_t count_of(const fs::path& directory, const std::string& id) {
  const std::vector<fs::path> files = files_in(directory);
  return static_cast<std::size_t>(std::ranges::count_if(
      files, [&](const fs::path& file) { return file.filename().string().starts_with(id + "-"); }));
}

// What `replay --json` says of each file at its end, by name.
std::map<std::string, nlohmann::json> verdicts(const std::string& output) {
  std::map<std::string, nlohmann::json> all;
  std::istringstream in{output};
  for (std::string line; std::getline(in, line);) {
    const nlohmann::json json = nlohmann::json::parse(line, nullptr, false);
    REQUIRE_MESSAGE(json.is_object(), "not JSON: ", line);
    if (json.contains("verified") || json.contains("trouble")) {
      all[fs::path(json["file"].get<std::string>()).filename().string()] = json;
    }
  }
  return all;
}

void flip_a_bit(const fs::path& path, std::size_t at) {
  std::string bytes = read_file(path);
  REQUIRE(at < bytes.size());
  bytes[at] = static_cast<char>(bytes[at] ^ 0x10);
  write_file(path, bytes);
}

// As if another build had recorded it.
std::string of_another_build(const std::string& file) {
  using namespace hansard;
  const std::size_t from = trace_magic.size();
  Decoder head{std::string_view(file).substr(from + 1)};
  const std::size_t size = head.fixed32();
  auto begin = decode_trace_begin(std::string_view(file).substr(from + trace_block_head_bytes, size));
  REQUIRE(begin);
  begin->build = "0.0.1 core of another day";
  std::string payload;
  encode(*begin, payload);
  return std::string(trace_magic) + trace_block_head(TraceBlock::begin, payload) + payload +
         file.substr(from + trace_block_head_bytes + size);
}

}  // namespace

TEST_CASE("trace: an island is recorded through a crash and a rotation and every file replays") {
  const fs::path traces = folder() / "traces";
  IslandOptions options;
  options.flags = {"--trace", traces.string(), "--trace-file-bytes", "65536", "--trace-files", "1000"};
  Island island{options};
  AppendersOptions load;
  for (std::size_t i = 0; i < island.size(); ++i) load.urls.push_back(island.url(i));
  load.name = "x";
  std::size_t leader = 0;
  {
    Appenders appenders{load};
    REQUIRE(appenders.wait_for(500));
    leader = island.offices().leader;
    island.kill(leader);
    REQUIRE(appenders.wait_for(200));
    island.start(leader);
    island.wait_ready(leader);
    REQUIRE(appenders.wait_for(500));
    // Until each has begun a file that is not the first of a run.
    REQUIRE(eventually(Milliseconds{60'000}, [&] {
      for (std::size_t i = 0; i < island.size(); ++i) {
        const std::size_t runs = i == leader ? 2 : 1;
        if (count_of(traces, island.at(i).id) <= runs) return false;
      }
      return true;
    }));
    const std::vector<Attempt> history = appenders.finish();
    CHECK(joined(find_faults(history, island.logs())) == "");
  }
  for (std::size_t i = 0; i < island.size(); ++i) CHECK(island.stop(i) == 0);

  const Ran ran = run_hansard({"replay", "--json", traces.string()});
  CAPTURE(ran.errors);
  CHECK(ran.code == 0);
  const auto all = verdicts(ran.output);
  CHECK(all.size() == files_in(traces).size());
  std::map<std::string, std::map<std::string, int>> ends;  // by islander
  std::map<std::string, int> starts;
  for (const auto& verdict : all) {
    const auto& said = verdict.second;
    CAPTURE(said.dump());
    CHECK(said.value("verified", false));
    const std::string islander = said["islander"];
    ++ends[islander][said["ended"]];
    starts[islander] = std::max(starts[islander], said["start"].get<int>());
  }
  CHECK(ends.size() == 3);
  for (std::size_t i = 0; i < island.size(); ++i) {
    const std::string& id = island.at(i).id;
    CAPTURE(id);
    CHECK(ends[id]["stop"] == 1);
    CHECK(ends[id]["torn"] <= (i == leader ? 1 : 0));  // Killed just between two files, it is none.
    CHECK(ends[id]["rotation"] >= 1);
    CHECK(starts[id] == (i == leader ? 2 : 1));
  }

  // For people.
  const Ran told = run_hansard({"replay", traces.string()});
  CHECK(told.code == 0);
  for (const char* words :
       {"founded by", "leads; majority", "prepare", "chain chosen", "begins with the state in which",
        "ends with the islander's stop", "closed its last connection", "to the byte", "answers of "}) {
    CAPTURE(words);
    CHECK(told.output.find(words) != std::string::npos);
  }

  // A flipped bit is caught, in each of several places, and the other files are verified all the same.
  const fs::path victim = files_in(traces).front();
  const std::string whole = read_file(victim);
  for (std::size_t part = 1; part < 8; ++part) {
    flip_a_bit(victim, whole.size() * part / 8);
    const Ran spoilt = run_hansard({"replay", "--json", victim.string()});
    CHECK(spoilt.code == 1);
    CHECK(spoilt.output.find("damaged at byte") != std::string::npos);
    write_file(victim, whole);
  }
}

TEST_CASE("trace: a recording of another build is not replayed unless forced") {
  const fs::path traces = folder() / "traces";
  IslandOptions options;
  options.islanders = 1;
  options.flags = {"--trace", traces.string()};
  Island island{options};
  append(island.url(0), "hello");
  island.kill(0);
  const Ran torn = run_hansard({"replay", traces.string()});
  CHECK(torn.code == 0);
  CHECK(torn.output.find("ends torn") != std::string::npos);
  island.start(0);
  island.wait_ready(0);
  CHECK(island.stop(0) == 0);
  CHECK(run_hansard({"replay", traces.string()}).code == 0);

  const fs::path file = files_in(traces).back();
  write_file(file, of_another_build(read_file(file)));
  const Ran refused = run_hansard({"replay", file.string()});
  CHECK(refused.code == 1);
  CHECK(refused.output.find("recorded by another build: ") != std::string::npos);
  CHECK(refused.output.find("--force") != std::string::npos);
  const Ran forced = run_hansard({"replay", "--force", file.string()});
  CHECK(forced.code == 0);
  CHECK(forced.output.find("verified") != std::string::npos);
}

TEST_CASE("trace: bad usage and places that hold no recording are said in one line") {
  CHECK(run_hansard({"replay"}).code == 2);
  CHECK(run_hansard({"replay", "--slow", "soon", "x"}).code == 2);
  const Ran missing = run_hansard({"replay", (folder() / "none.trace").string()});
  CHECK(missing.code == 1);
  CHECK(missing.output.find("No such file") != std::string::npos);
  fs::create_directories(folder() / "empty");
  const Ran empty = run_hansard({"replay", (folder() / "empty").string()});
  CHECK(empty.code == 1);
  CHECK(empty.errors.find("no recording") != std::string::npos);
  write_file(folder() / "text", "hello\n");
  const Ran text = run_hansard({"replay", (folder() / "text").string()});
  CHECK(text.code == 1);
  CHECK(text.output.find("does not begin as one") != std::string::npos);
  const Ran serve = run_hansard({"serve", "--id", "a", "--data", (folder() / "a").string(), "--listen", "127.0.0.1:0",
                                 "--trace", (folder() / "text").string()});
  CHECK(serve.code == 1);
  CHECK(serve.errors.find("Not a directory") != std::string::npos);
  for (const std::string count : {"65535", "1073741825"}) {
    CHECK(run_hansard({"serve", "--id", "a", "--data", "d", "--trace-file-bytes", count}).code == 2);
  }
  CHECK(run_hansard({"serve", "--id", "a", "--data", "d", "--trace-files", "1"}).code == 2);
}

}  // namespace process
