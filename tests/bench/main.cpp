// tests/bench/main.cpp - the figures of a real island of three on this machine: throughput, memory, fail-over.
//
// Islanders, load generator (`hansard bench`) and this program share the machine. Single figures vary by tens of
// percent on shared machines: compare only runs made back to back.
#define DOCTEST_CONFIG_IMPLEMENT
#include "tests/bench/conditions.hpp"
#include "tests/process/island.hpp"

#include <doctest/doctest.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>
#include <sys/wait.h>
#include <vector>

namespace {

using process::Child;
using process::Island;
using process::Milliseconds;

struct Options {
  int seconds = 10;
  int repetitions = 20;
  std::uint64_t entries = 0;
  std::string data = "/tmp";
  std::vector<std::string> parts{"throughput", "failover", "memory"};

  [[nodiscard]] bool has(const std::string& part) const { return std::ranges::find(parts, part) != parts.end(); }
};

// `hansard bench`, running.
class Load {
 public:
  Load(const std::string& urls, int connections, const std::string& duration) {
    process::Start start;
    start.arguments = {"bench",      "--url",  urls,     "--connections", std::to_string(connections),
                       "--duration", duration, "--gaps", "--json"};
    output_ = process::folder() / "bench.json";
    std::filesystem::remove(output_);
    start.output = output_;
    start.errors = process::folder() / "bench.log";
    child_.emplace(start);
  }
  nlohmann::json finish() {
    const std::optional<int> status = child_->wait(Milliseconds{600'000});
    const nlohmann::json figures = nlohmann::json::parse(process::read_file(output_), nullptr, false);
    if (status != 0 || !figures.is_object()) {
      std::cerr << "hansard bench has failed: " << process::read_file(process::folder() / "bench.log");
      std::exit(1);
    }
    return figures;
  }

 private:
  std::filesystem::path output_;
  std::optional<Child> child_;
};

// A fresh island has a fresh folder.
Island fresh_island(const Options& options, std::size_t islanders = 3) {
  process::make_folder(options.data);
  process::IslandOptions island;
  island.islanders = islanders;
  return Island{island};
}

double all_cpu_seconds(Island& island) {
  double seconds = 0;
  for (std::size_t i = 0; i < island.size(); ++i) seconds += bench::cpu_seconds(island.at(i).child->pid());
  return seconds;
}

void remove_data() {
  std::error_code ignored;
  std::filesystem::remove_all(process::folder(), ignored);
}

// ---- appends a second ---------------------------------------------------------------------------------------------

void measure_throughput(const Options& options, std::size_t islanders, int connections, bool at_leader_only) {
  Island island = fresh_island(options, islanders);
  const std::size_t leader = island.offices().leader;
  const std::string urls = at_leader_only ? to_string(island.url(leader)) : island.urls();
  const double cpu_before = all_cpu_seconds(island);
  const nlohmann::json figures = Load{urls, connections, std::to_string(options.seconds) + "s"}.finish();
  const double cpu = all_cpu_seconds(island) - cpu_before;
  const auto& latency = figures["latency_us"];
  const auto ms = [&](const char* name) { return latency[name].get<double>() / 1e3; };
  std::printf("| %zu | %s | %d | %.0f | %.2f | %.2f | %.2f | %.1f | %.2f | %.2f |", islanders,
              at_leader_only ? "leader" : "all", connections, figures["per_second"].get<double>(), ms("p50"), ms("p99"),
              ms("p99.9"), ms("max"), cpu * 1e5 / figures["appends"].get<double>(),
              figures["client_cpu_us_per_append"].get<double>());
  for (std::size_t i = 0; i < island.size(); ++i) {
    const pid_t pid = island.at(i).child->pid();
    std::printf("%s%.0f%s", i == 0 ? " " : " / ", bench::resident_peak_mb(pid), i == leader ? "*" : "");
  }
  std::printf(" | %llu |\n", static_cast<unsigned long long>(figures["errors"].get<std::uint64_t>()));
  std::fflush(stdout);
  for (std::size_t i = 0; i < island.size(); ++i) island.kill(i);
  remove_data();
}

void throughput(const Options& options) {
  std::printf(
      "\nDurable appends of 256 bytes, %d s each, fresh islands. CPU: seconds of all islanders per 100,000 appends.\n"
      "RSS: peak of each islander in MB, * the leader.\n\n"
      "| islanders | asked | connections | per s | p50 ms | p99 ms | p99.9 ms | max ms | CPU s | client us | RSS MB | "
      "errors |\n| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |\n",
      options.seconds);
  measure_throughput(options, 3, 1, true);
  measure_throughput(options, 3, 64, true);
  measure_throughput(options, 3, 64, false);
  measure_throughput(options, 3, 256, false);
  measure_throughput(options, 1, 64, false);
}

// ---- fail-over ----------------------------------------------------------------------------------------------------

enum class Victim { leader, second };
enum class Blow { kill, freeze };

// The longest time without a successful append around the loss of one islander, in ms.
double lose_one(Island& island, Victim whom, Blow blow) {
  const Island::Offices offices = island.offices();
  const std::size_t victim = whom == Victim::leader ? offices.leader : offices.second;
  const bool is_slow = whom == Victim::leader && blow == Blow::freeze;
  Load load{island.urls(), 64, is_slow ? "8s" : "4s"};
  const auto strike_at = process::Clock::now() + Milliseconds{1'000};
  static_cast<void>(process::eventually(Milliseconds{2'000}, [&] { return process::Clock::now() >= strike_at; }));
  if (blow == Blow::kill) island.kill(victim);
  if (blow == Blow::freeze) island.freeze(victim);
  const nlohmann::json figures = load.finish();
  if (blow == Blow::kill) island.start(victim);
  if (blow == Blow::freeze) island.thaw(victim);
  island.wait_ready(victim);
  return figures["longest_gap_ms"].get<double>();
}

void measure_failover(Island& island, const Options& options, const char* name, Victim whom, Blow blow) {
  std::vector<double> gaps;
  for (int i = 0; i < options.repetitions; ++i) gaps.push_back(lose_one(island, whom, blow));
  std::ranges::sort(gaps);
  std::printf("| %s | %.0f | %.0f | %.0f | %zu |\n", name, gaps[gaps.size() / 2], gaps.front(), gaps.back(),
              gaps.size());
  std::fflush(stdout);
}

void failover(const Options& options) {
  std::printf(
      "\nLongest time without a successful append on any of 64 connections to all three, ms.\n\n"
      "| lost | median | least | most | times |\n| --- | --- | --- | --- | --- |\n");
  Island island = fresh_island(options);
  measure_failover(island, options, "leader, kill -9", Victim::leader, Blow::kill);
  measure_failover(island, options, "leader, frozen", Victim::leader, Blow::freeze);
  measure_failover(island, options, "other of the majority, kill -9", Victim::second, Blow::kill);
  measure_failover(island, options, "other of the majority, frozen", Victim::second, Blow::freeze);
  for (std::size_t i = 0; i < island.size(); ++i) island.kill(i);
  remove_data();
}

// ---- memory -------------------------------------------------------------------------------------------------------

void memory(const Options& options) {
  Island island = fresh_island(options);
  std::uint64_t appended = 0;
  while (appended < options.entries) {
    appended += Load{island.urls(), 256, "10s"}.finish()["appends"].get<std::uint64_t>();
    std::fprintf(stderr, "\r%llu entries", static_cast<unsigned long long>(appended));
  }
  std::fprintf(stderr, "\n");
  std::printf("\nAfter %llu entries of 256 bytes:\n\n| islander | RSS MB | peak MB |\n| --- | --- | --- |\n",
              static_cast<unsigned long long>(appended));
  for (std::size_t i = 0; i < island.size(); ++i) {
    const pid_t pid = island.at(i).child->pid();
    std::printf("| %s | %.0f | %.0f |\n", island.at(i).id.c_str(), bench::resident_mb(pid),
                bench::resident_peak_mb(pid));
  }
  for (std::size_t i = 0; i < island.size(); ++i) island.kill(i);
  remove_data();
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app{"Benchmarks of a real island on this machine", "hansard_bench"};
  app.add_option("--seconds", options.seconds, "Of each measurement of throughput")->capture_default_str();
  app.add_option("--repetitions", options.repetitions, "Of each fail-over")->capture_default_str();
  app.add_option("--entries", options.entries, "Measure memory after so many entries, such as 5000000; 0: do not");
  app.add_option("--data", options.data, "Folder for the islanders' data")->capture_default_str();
  app.add_option("--only", options.parts, "Some of throughput, failover, memory")->delimiter(',');
  CLI11_PARSE(app, argc, argv);

  // The harness REQUIREs; here that ends the program.
  doctest::Context context;
  context.setAsDefaultForAssertsOutOfTestCases();
  context.setAssertHandler([](const doctest::AssertData& data) {
    if (!data.m_failed) return;
    std::cerr << data.m_file << ":" << data.m_line << ": " << data.m_expr << '\n';
    std::exit(1);
  });
  std::cout << bench::conditions(options.data) << std::flush;
  if (options.has("throughput")) throughput(options);
  if (options.has("failover")) failover(options);
  if (options.has("memory") && options.entries > 0) memory(options);
  return 0;
}
