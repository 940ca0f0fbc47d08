// sdk/testing/story.cpp - see story.hpp.
#include "sdk/testing/story.hpp"

#include "log/codec.hpp"

namespace hansard::testing {

namespace {

constexpr std::size_t digits = 3;

std::string milliseconds(Tick now) {
  const std::string part = std::to_string(now % 1'000);
  return std::to_string(now / 1'000) + "." + std::string(digits - part.size(), '0') + part;
}

}  // namespace

void Story::say(Tick now, const std::string& line) {
  if (!telling_) return;
  last_.push_back(milliseconds(now) + " ms  " + line);
  if (teller_) teller_(last_.back());
  if (last_.size() > last_max) last_.pop_front();
}

void Story::mix(std::string_view bytes) { mix(checksum64(bytes)); }

}  // namespace hansard::testing
