#include "log/identity.hpp"

namespace hansard {
namespace {

constexpr std::string_view digits = "0123456789abcdef";
constexpr std::size_t name_bytes_max = 63;

bool is_letter_or_digit(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

void append_hex(std::string& out, std::uint64_t value) {
  for (int shift = 60; shift >= 0; shift -= 4) out += digits[value >> static_cast<unsigned>(shift) & 15U];
}

}  // namespace

std::string to_string(const Id128& id) {
  std::string text;
  text.reserve(32);
  append_hex(text, id.high);
  append_hex(text, id.low);
  return text;
}

std::optional<Id128> parse_id128(std::string_view hex) {
  if (hex.size() != 32) return std::nullopt;
  Id128 id;
  for (std::size_t i = 0; i < hex.size(); ++i) {
    const std::size_t digit = digits.find(hex[i]);
    if (digit == std::string_view::npos) return std::nullopt;
    std::uint64_t& half = i < 16 ? id.high : id.low;
    half = half << 4U | digit;
  }
  return id;
}

bool is_name(std::string_view text) {
  if (text.empty() || text.size() > name_bytes_max || !is_letter_or_digit(text.front())) return false;
  for (const char c : text) {
    if (!is_letter_or_digit(c) && c != '.' && c != '_' && c != '-') return false;
  }
  return true;
}

}  // namespace hansard
