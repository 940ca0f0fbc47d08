// tests/worlds/broken.hpp - Broken: what must hold does not. In these programs a failed assertion of the core throws it
// as well (broken.cpp), so that a search goes on to tell how it came to that.
#pragma once

#include <stdexcept>

namespace hansard::worlds {

struct Broken : std::runtime_error {
  using std::runtime_error::runtime_error;
};

}  // namespace hansard::worlds
