#include "http/json_check.hpp"

#include <bitset>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>

namespace hansard::http {

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Longer numbers, and those with an exponent, may be beyond a double.
constexpr std::size_t digits_surely_finite = 300;

class Checker {
 public:
  explicit Checker(std::string_view text) : at_(text.data()), end_(text.data() + text.size()) {}

  bool document() {
    skip_space();
    for (;;) {
      bool opened = false;
      if (!value(opened)) return false;
      if (opened) continue;  // The first value inside comes next.
      for (;;) {
        skip_space();
        if (depth_ == 0) return at_ == end_;
        if (at_ == end_) return false;
        const bool in_object = objects_[depth_ - 1];
        if (*at_ == ',') {
          ++at_;
          skip_space();
          if (in_object && !key()) return false;
          break;
        }
        if (*at_ != (in_object ? '}' : ']')) return false;
        ++at_;
        --depth_;
      }
    }
  }

 private:
  // Reads a whole value, or the opening of an array or object that is not empty (`opened`).
  bool value(bool& opened) {
    if (at_ == end_) return false;
    switch (*at_) {
      case '{':
      case '[': {
        const bool object = *at_ == '{';
        if (depth_ == json_depth_max) return false;
        ++at_;
        skip_space();
        if (at_ != end_ && *at_ == (object ? '}' : ']')) {
          ++at_;
          return true;
        }
        objects_[depth_++] = object;
        opened = true;
        return !object || key();
      }
      case '"':
        return string();
      case 't':
        return word("true");
      case 'f':
        return word("false");
      case 'n':
        return word("null");
      default:
        return number();
    }
  }

  bool key() {
    if (at_ == end_ || *at_ != '"' || !string()) return false;
    skip_space();
    if (at_ == end_ || *at_ != ':') return false;
    ++at_;
    skip_space();
    return true;
  }

  bool string() {
    ++at_;  // The opening quote.
    for (;;) {
      while (at_ != end_ && static_cast<unsigned char>(*at_) >= 0x20 && static_cast<unsigned char>(*at_) < 0x80 &&
             *at_ != '"' && *at_ != '\\') {
        ++at_;
      }
      if (at_ == end_) return false;
      if (*at_ == '"') {
        ++at_;
        return true;
      }
      if (*at_ == '\\') {
        ++at_;
        if (!escape()) return false;
        continue;
      }
      if (static_cast<unsigned char>(*at_) < 0x20) return false;
      const std::size_t length = utf8_length({at_, static_cast<std::size_t>(end_ - at_)});
      if (length == 0) return false;
      at_ += length;
    }
  }

  bool escape() {
    if (at_ == end_) return false;
    const char c = *at_++;
    if (c != 'u') return std::strchr("\"\\/bfnrt", c) != nullptr && c != '\0';
    unsigned unit = 0;
    if (!hex4(unit)) return false;
    if (unit >= 0xDC00 && unit <= 0xDFFF) return false;
    if (unit < 0xD800 || unit > 0xDBFF) return true;
    if (end_ - at_ < 2 || at_[0] != '\\' || at_[1] != 'u') return false;
    at_ += 2;
    return hex4(unit) && unit >= 0xDC00 && unit <= 0xDFFF;
  }

  bool hex4(unsigned& unit) {
    if (end_ - at_ < 4) return false;
    unit = 0;
    for (int i = 0; i < 4; ++i) {
      const char c = *at_++;
      unsigned digit = 0;
      if (is_digit(c))
        digit = static_cast<unsigned>(c - '0');
      else if (c >= 'a' && c <= 'f')
        digit = static_cast<unsigned>(c - 'a') + 10;
      else if (c >= 'A' && c <= 'F')
        digit = static_cast<unsigned>(c - 'A') + 10;
      else
        return false;
      unit = unit << 4U | digit;
    }
    return true;
  }

  bool number() {
    const char* const start = at_;
    if (*at_ == '-') ++at_;
    if (at_ == end_ || !is_digit(*at_)) return false;
    if (*at_ == '0')
      ++at_;
    else
      skip_digits();
    if (at_ != end_ && *at_ == '.') {
      ++at_;
      if (!skip_digits()) return false;
    }
    bool exponent = false;
    if (at_ != end_ && (*at_ == 'e' || *at_ == 'E')) {
      exponent = true;
      ++at_;
      if (at_ != end_ && (*at_ == '+' || *at_ == '-')) ++at_;
      if (!skip_digits()) return false;
    }
    const auto length = static_cast<std::size_t>(at_ - start);
    if (!exponent && length <= digits_surely_finite) return true;
    return std::isfinite(std::strtod(std::string(start, length).c_str(), nullptr));
  }

  bool skip_digits() {
    const char* const start = at_;
    while (at_ != end_ && is_digit(*at_)) ++at_;
    return at_ != start;
  }

  bool word(std::string_view text) {
    if (static_cast<std::size_t>(end_ - at_) < text.size() || std::memcmp(at_, text.data(), text.size()) != 0)
      return false;
    at_ += text.size();
    return true;
  }

  void skip_space() {
    while (at_ != end_ && (*at_ == ' ' || *at_ == '\n' || *at_ == '\r' || *at_ == '\t')) ++at_;
  }

  const char* at_;
  const char* const end_;
  std::size_t depth_ = 0;
  std::bitset<json_depth_max> objects_;  // At each depth: an object, else an array.
};

}  // namespace

bool is_json(std::string_view text) { return Checker(text).document(); }

std::size_t utf8_length(std::string_view text) {
  if (text.empty()) return 0;
  const auto byte = [&text](std::size_t i) -> unsigned {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
  };
  const auto follows = [&byte](std::size_t i) { return (byte(i) & 0xC0U) == 0x80U; };
  const unsigned lead = byte(0);
  if (lead < 0x80) return 1;
  if (lead < 0xC2) return 0;
  if (lead < 0xE0) return follows(1) ? 2 : 0;
  if (lead < 0xF0) {
    if (!follows(1) || !follows(2)) return 0;
    if (lead == 0xE0 && byte(1) < 0xA0) return 0;  // Overlong.
    if (lead == 0xED && byte(1) > 0x9F) return 0;  // Surrogate.
    return 3;
  }
  if (lead > 0xF4 || !follows(1) || !follows(2) || !follows(3)) return 0;
  if (lead == 0xF0 && byte(1) < 0x90) return 0;
  if (lead == 0xF4 && byte(1) > 0x8F) return 0;
  return 4;
}

bool is_utf8(std::string_view text) {
  std::size_t at = 0;
  while (at < text.size()) {
    std::uint64_t eight = 0;
    while (text.size() - at >= sizeof eight) {  // Most text is ASCII: eight bytes at a time.
      std::memcpy(&eight, text.data() + at, sizeof eight);
      if ((eight & 0x8080808080808080U) != 0) break;
      at += sizeof eight;
    }
    if (at == text.size()) break;
    const std::size_t length = utf8_length(text.substr(at));
    if (length == 0) return false;
    at += length;
  }
  return true;
}

}  // namespace hansard::http
