#include "log/assert.hpp"

#include <cstdio>
#include <cstdlib>

namespace hansard {

void assertion_failed(const char* expression, const char* file, int line, const char* why) {
  std::fprintf(stderr, "hansard: assertion failed: %s (%s) at %s:%d\n", expression, why, file, line);
  std::abort();
}

}  // namespace hansard
