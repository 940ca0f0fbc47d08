// log/assert.hpp - HANSARD_ASSERT: what must hold, checked in every build.
//
// A failed assertion is a bug of ours, never bad input: it prints the expression and the place, then stops the process,
// because going on with a broken invariant could acknowledge what is not safe.
#pragma once

namespace hansard {

// Prints to standard error and aborts.
[[noreturn]] void assertion_failed(const char* expression, const char* file, int line, const char* why);

}  // namespace hansard

#define HANSARD_ASSERT(condition, why) \
  ((condition) ? static_cast<void>(0) : ::hansard::assertion_failed(#condition, __FILE__, __LINE__, why))
