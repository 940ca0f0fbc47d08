// tests/fuzz/main.cpp - the one function that libFuzzer's main calls, for the target this program is built for.
#include "tests/fuzz/target.hpp"

#include <cstddef>
#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  hansard::fuzz::HANSARD_FUZZ_TARGET({reinterpret_cast<const char*>(data), size});
  return 0;
}
