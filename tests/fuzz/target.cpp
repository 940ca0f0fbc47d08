// tests/fuzz/target.cpp - see target.hpp.
#include "tests/fuzz/target.hpp"

#include "log/codec.hpp"

namespace hansard::fuzz {

bool is_spoilt = false;

void demand(bool holds, const char* what) {
  if (!holds) throw Finding(what);
}

void demand_same(std::string_view value, std::string again, const char* what) {
  if (is_spoilt) {
    if (again.empty()) again += '\0';
    again.back() = static_cast<char>(again.back() ^ 1);
  }
  demand(value == again, what);
}

void demand_agree(bool value, bool again, const char* what) { demand(value == (again != is_spoilt), what); }

std::string sealed_entry(std::string_view content) {
  std::string bytes(content);
  Encoder writer(bytes);
  writer.id128(hash128(content));
  writer.fixed64(checksum64(bytes));
  return bytes;
}

}  // namespace hansard::fuzz
