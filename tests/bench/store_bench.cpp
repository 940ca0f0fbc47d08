// tests/bench/store_bench.cpp - groups a second of LevelDbStore::write() on this disk, and what it keeps in memory.
//
//   ninja hansard_store_bench; bin/hansard_store_bench [directory] [entries]
//
// The directory is made and removed; entries are for the memory part, 1000000 by default.
#include "log/leveldb_store.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>
#include <string>
#include <vector>

namespace hansard {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point begin) { return std::chrono::duration<double>(Clock::now() - begin).count(); }

double resident_megabytes() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmRSS:")) return std::atof(line.c_str() + 6) / 1024;
  }
  return 0;
}

std::unique_ptr<Store> open(const std::string& directory) {
  auto store = open_leveldb_store({.directory = directory, .id = "bench", .fresh_cookie = {1, 1}});
  if (!store) {
    std::fprintf(stderr, "%s\n", store.error().what.c_str());
    std::exit(1);
  }
  return std::move(*store);
}

class Log {
 public:
  explicit Log(Store& store) : store_(store) {}

  void write_group(std::size_t entries, std::size_t body_bytes) {
    Write write;
    std::string body(body_bytes, '\0');
    const std::vector<Item> items{{"", body}};
    for (std::size_t i = 0; i < entries; ++i) {
      for (char& c : body) c = static_cast<char>(random_());  // Not to be compressed.
      Draft draft;
      draft.first = {1, last_.promise.entry + 1};
      draft.ballot = 1;
      draft.previous = last_;
      draft.previous_chain = chain_;
      draft.time_us = 1'700'000'000'000'000 + static_cast<std::int64_t>(last_.promise.entry);
      draft.author = {"bench", {1, 0}, 1, draft.first.entry};
      draft.items = items;
      write.entries.push_back(Entry::make(draft));
      last_ = write.entries.back()->position();
      chain_ = write.entries.back()->chain();
    }
    write.committed = Committed{last_, 1};
    if (const auto written = store_.write(write); !written) {
      std::fprintf(stderr, "%s\n", written.error().what.c_str());
      std::exit(1);
    }
  }

 private:
  Store& store_;
  std::minstd_rand random_;
  Position last_;
  Chain chain_;
};

void measure_groups(const std::string& directory, std::size_t entries) {
  std::filesystem::remove_all(directory);
  const auto store = open(directory);
  Log log(*store);
  std::vector<double> micros;
  const auto begin = Clock::now();
  while (seconds_since(begin) < 3) {
    const auto group = Clock::now();
    log.write_group(entries, 256);
    micros.push_back(seconds_since(group) * 1e6);
  }
  const double rate = static_cast<double>(micros.size()) / seconds_since(begin);
  std::sort(micros.begin(), micros.end());
  std::printf("%8zu %12.0f %12.0f %10.0f %10.0f\n", entries, rate, rate * static_cast<double>(entries),
              micros[micros.size() / 2], micros[micros.size() * 99 / 100]);
}

void measure_memory(const std::string& directory, std::size_t entries) {
  std::filesystem::remove_all(directory);
  {
    const auto store = open(directory);
    Log log(*store);
    const auto begin = Clock::now();
    for (std::size_t i = 0; i < entries; i += 256) log.write_group(256, 300);
    std::printf("%zu entries of 300 bytes: written in %.1f s, RSS %.0f MB", entries, seconds_since(begin),
                resident_megabytes());
  }
  const auto begin = Clock::now();
  const auto store = open(directory);
  std::printf(", opened again in %.2f s", seconds_since(begin));
  const auto reading = Clock::now();
  std::size_t count = 0;
  for (Promise after; true;) {
    const auto read = store->read(after, {~std::uint64_t{0}, 0}, std::size_t{1} << 20U, 10'000);
    if (!read || read->empty()) break;
    after = read->back()->last();
    count += read->size();
  }
  std::printf(", %zu read in %.1f s, RSS %.0f MB, disk %.0f MB\n", count, seconds_since(reading), resident_megabytes(),
              static_cast<double>(store->figures().disk_bytes) / 1e6);
}

}  // namespace
}  // namespace hansard

int main(int argc, char** argv) {
  const std::string directory = argc > 1 ? argv[1] : "store_bench.data";
  const std::size_t entries = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 1'000'000;
  std::printf("entries/group    groups/s    entries/s     p50 us     p99 us\n");
  for (const std::size_t group : {std::size_t{1}, std::size_t{16}, std::size_t{256}})
    hansard::measure_groups(directory, group);
  hansard::measure_memory(directory, entries);
  std::filesystem::remove_all(directory);
}
