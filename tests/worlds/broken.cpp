// Stands for log/assert.cpp.
#include "tests/worlds/broken.hpp"

#include "log/assert.hpp"

#include <string>

namespace hansard {

void assertion_failed(const char* expression, const char* /*file*/, int /*line*/, const char* why) {
  throw worlds::Broken(std::string("assertion failed: ") + why + " (" + expression + ")");
}

}  // namespace hansard
