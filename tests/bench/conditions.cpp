// tests/bench/conditions.cpp - reads /proc, and times fdatasync.
#include "tests/bench/conditions.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <fcntl.h>
#include <fstream>
#include <sstream>
#include <sys/utsname.h>
#include <thread>
#include <unistd.h>
#include <vector>

namespace bench {

namespace {

// What follows "name:" in a file of such lines.
std::string field(const std::string& path, const std::string& name) {
  std::ifstream in{path};
  for (std::string line; std::getline(in, line);) {
    if (!line.starts_with(name)) continue;
    const std::size_t begin = line.find_first_not_of(" \t:", name.size());
    if (begin != std::string::npos) return line.substr(begin);
  }
  return "?";
}

double kilobytes(pid_t pid, const char* name) {
  std::istringstream in{field("/proc/" + std::to_string(pid) + "/status", name)};
  double value = 0;
  in >> value;
  return value;
}

// Median, in microseconds, of an append of 4 KiB with its sync.
double sync_cost(const std::filesystem::path& folder) {
  constexpr int count = 500;
  const std::string path = (folder / "sync").string();
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  const std::array<char, 4'096> page{};
  std::vector<double> costs;
  for (int i = 0; i < count && fd >= 0; ++i) {
    const auto begin = std::chrono::steady_clock::now();
    if (::write(fd, page.data(), page.size()) < 0 || ::fdatasync(fd) != 0) break;
    costs.push_back(std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - begin).count());
  }
  ::close(fd);
  ::unlink(path.c_str());
  if (costs.empty()) return 0;
  std::ranges::nth_element(costs, costs.begin() + static_cast<std::ptrdiff_t>(costs.size() / 2));
  return costs[costs.size() / 2];
}

}  // namespace

std::string conditions(const std::filesystem::path& folder) {
  utsname system{};
  ::uname(&system);
  std::string load;
  std::getline(std::ifstream{"/proc/loadavg"}, load);
  std::array<char, 400> text{};
  std::snprintf(text.data(), text.size(),
                "%u processors (%s), %s of memory, %s %s, g++ %s\n"
                "load before the start %s; 4 KiB and fdatasync in %s: %.0f us\n",
                std::thread::hardware_concurrency(), field("/proc/cpuinfo", "model name").c_str(),
                field("/proc/meminfo", "MemTotal").c_str(), system.sysname, system.release, __VERSION__,
                load.substr(0, load.find(' ')).c_str(), folder.c_str(), sync_cost(folder));
  return text.data();
}

double cpu_seconds(pid_t pid) {
  std::ifstream in{"/proc/" + std::to_string(pid) + "/stat"};
  std::string stat;
  std::getline(in, stat);
  const std::size_t end_of_name = stat.rfind(')');
  if (end_of_name == std::string::npos) return 0;
  std::istringstream fields{stat.substr(end_of_name + 2)};
  std::string skipped;
  for (int i = 0; i < 11; ++i) fields >> skipped;  // Up to cmajflt; then utime, stime.
  double user = 0;
  double kernel = 0;
  fields >> user >> kernel;
  return (user + kernel) / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

double resident_mb(pid_t pid) { return kilobytes(pid, "VmRSS") / 1'024; }
double resident_peak_mb(pid_t pid) { return kilobytes(pid, "VmHWM") / 1'024; }

}  // namespace bench
