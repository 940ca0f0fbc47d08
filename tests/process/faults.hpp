// tests/process/faults.hpp - lists of faults, as a text to compare with ""; and how much slower a sanitized island is.
#pragma once

#include <string>
#include <vector>

namespace process {

inline std::string joined(const std::vector<std::string>& lines) {
  std::string all;
  for (const std::string& line : lines) all += line + "\n";
  return all;
}

// Factor for limits of time.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr int slowness = 5;
#else
inline constexpr int slowness = 1;
#endif

}  // namespace process
