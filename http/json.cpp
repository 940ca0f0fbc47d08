#include "http/json.hpp"

#include "http/json_check.hpp"

#include <algorithm>
#include <charconv>

namespace hansard::http {

namespace {

constexpr char hex_digits[] = "0123456789abcdef";

bool is_plain(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= 0x20 && byte < 0x80 && c != '"' && c != '\\';
}

void append_escape(std::string& out, char c) {
  switch (c) {
    case '"':
      out += "\\\"";
      return;
    case '\\':
      out += "\\\\";
      return;
    case '\b':
      out += "\\b";
      return;
    case '\f':
      out += "\\f";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    default:
      break;
  }
  const auto byte = static_cast<unsigned char>(c);
  out += "\\u00";
  out += hex_digits[byte >> 4U];
  out += hex_digits[byte & 15U];
}

void append_padded(std::string& out, std::uint64_t number, std::size_t width) {
  char digits[20];
  const auto end = std::to_chars(digits, digits + sizeof digits, number).ptr;
  const auto size = static_cast<std::size_t>(end - digits);
  if (size < width) out.append(width - size, '0');
  out.append(digits, size);
}

}  // namespace

void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  std::size_t at = 0;
  while (at < text.size()) {
    std::size_t plain = at;
    while (plain < text.size() && is_plain(text[plain])) ++plain;
    out.append(text, at, plain - at);
    at = plain;
    if (at == text.size()) break;
    if (static_cast<unsigned char>(text[at]) < 0x80) {
      append_escape(out, text[at++]);
    } else if (const std::size_t length = utf8_length(text.substr(at)); length != 0) {
      out.append(text, at, length);
      at += length;
    } else {
      out += "\xEF\xBF\xBD";
      ++at;
    }
  }
  out += '"';
}

void append_number(std::string& out, std::uint64_t number) {
  char digits[20];
  out.append(digits, std::to_chars(digits, digits + sizeof digits, number).ptr);
}

void append_hex(std::string& out, std::uint64_t number) {
  char digits[16];
  out.append(digits, std::to_chars(digits, digits + sizeof digits, number, 16).ptr);
}

void append_promise(std::string& out, Promise promise) {
  append_number(out, promise.government);
  out += '/';
  append_number(out, promise.entry);
}

void append_json_promise(std::string& out, Promise promise) {
  out += '"';
  append_promise(out, promise);
  out += '"';
}

void append_republic(std::string& out, const Republic& republic) {
  for (const std::uint64_t half : {republic.high, republic.low}) {
    for (int shift = 60; shift >= 0; shift -= 4) out += hex_digits[(half >> static_cast<unsigned>(shift)) & 15U];
  }
}

void append_base64(std::string& out, std::string_view bytes) {
  constexpr char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  out.reserve(out.size() + (bytes.size() + 2) / 3 * 4);
  for (std::size_t at = 0; at < bytes.size(); at += 3) {
    const std::size_t here = std::min<std::size_t>(3, bytes.size() - at);
    unsigned group = 0;
    for (std::size_t i = 0; i < 3; ++i) {
      group = group << 8U | (i < here ? static_cast<unsigned char>(bytes[at + i]) : 0U);
    }
    out += digits[group >> 18U & 63U];
    out += digits[group >> 12U & 63U];
    out += here > 1 ? digits[group >> 6U & 63U] : '=';
    out += here > 2 ? digits[group & 63U] : '=';
  }
}

void append_time(std::string& out, std::int64_t time_us) {
  constexpr std::int64_t second = 1'000'000;
  constexpr std::int64_t day = 86'400 * second;
  constexpr std::int64_t year_zero = -719'528 * day;
  constexpr std::int64_t year_ten_thousand = 2'932'897 * day;
  const std::int64_t since = std::clamp(time_us, year_zero, year_ten_thousand - 1) - year_zero;
  // Days since 0000-03-01 in eras of 400 years, so that a leap day ends its year.
  const std::int64_t days = since / day - 60 + 146'097;  // One era further, so that nothing is negative.
  const std::int64_t era = days / 146'097;
  const std::int64_t day_of_era = days % 146'097;
  const std::int64_t year_of_era = (day_of_era - day_of_era / 1'460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
  const std::int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const std::int64_t month_from_march = (5 * day_of_year + 2) / 153;
  const std::int64_t day_of_month = day_of_year - (153 * month_from_march + 2) / 5 + 1;
  const std::int64_t month = month_from_march < 10 ? month_from_march + 3 : month_from_march - 9;
  const std::int64_t year = (era - 1) * 400 + year_of_era + (month <= 2 ? 1 : 0);
  const std::int64_t of_day = since % day;

  const auto put = [&out](std::int64_t number, std::size_t width, char after) {
    append_padded(out, static_cast<std::uint64_t>(number), width);
    out += after;
  };
  put(year, 4, '-');
  put(month, 2, '-');
  put(day_of_month, 2, 'T');
  put(of_day / second / 3'600, 2, ':');
  put(of_day / second / 60 % 60, 2, ':');
  put(of_day / second % 60, 2, '.');
  put(of_day % second, 6, 'Z');
}

void append_promise_or_null(std::string& out, Promise promise) {
  if (promise.is_zero())
    out += "null";
  else
    append_json_promise(out, promise);
}

void append_text_or_null(std::string& out, std::string_view text) {
  if (text.empty())
    out += "null";
  else
    append_json_string(out, text);
}

}  // namespace hansard::http
