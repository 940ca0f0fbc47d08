// tests/bench/conditions.hpp - where a measurement was made, and what /proc says of a process.
#pragma once

#include <filesystem>
#include <string>
#include <sys/types.h>

namespace bench {

// A few lines: processors, memory, kernel, compiler, load before the start, what a sync costs in this folder.
std::string conditions(const std::filesystem::path& folder);

double cpu_seconds(pid_t pid);  // user and system, so far
double resident_mb(pid_t pid);  // now
double resident_peak_mb(pid_t pid);

}  // namespace bench
