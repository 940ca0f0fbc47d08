// http/query.hpp - Query: the parameters of a request, taken by name and checked to the letter.
//
// Use: take every parameter that the call knows, then look at fault(). Durations are `250ms 10s 5m 24h`, counts are
// decimal; a bare number, leading zeros, anything over its limit, a parameter given twice or one that nobody took is a
// fault: nothing is clamped or ignored. After a fault the take functions go on answering defaults.
// Errors: the first fault, as a line for the client; the request is then 400.
#pragma once

#include "http/bookmark.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hansard::http {

// `%41` to `A`; nullopt where a percent sign is not followed by two hex digits. `+` stays a plus.
[[nodiscard]] std::optional<std::string> percent_decode(std::string_view text);
// nullopt: not of the form `<digits><unit>`, or over 876,000 hours.
[[nodiscard]] std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);
// An idempotency key: 1 to 255 visible characters of ASCII. `bad_key` says so to who brings another.
[[nodiscard]] bool is_key(std::string_view text);
inline constexpr const char* bad_key = "an idempotency key is 1 to 255 visible characters of ASCII";
// Decimal without sign or leading zero, at most 64 bits.
[[nodiscard]] std::optional<std::uint64_t> parse_count(std::string_view text);

class Query {
 public:
  // `text`: what follows the question mark.
  explicit Query(std::string_view text);

  [[nodiscard]] bool has(std::string_view name) const;
  [[nodiscard]] std::optional<std::string> take(std::string_view name);
  [[nodiscard]] std::vector<std::string> take_all(std::string_view name);
  [[nodiscard]] std::chrono::milliseconds take_duration(std::string_view name, std::chrono::milliseconds usual,
                                                        std::chrono::milliseconds max);
  // From 1 to max.
  [[nodiscard]] std::uint64_t take_count(std::string_view name, std::uint64_t usual, std::uint64_t max);
  [[nodiscard]] bool take_flag(std::string_view name);  // `true` or `false`; absent: false
  [[nodiscard]] std::optional<Bookmark> take_bookmark(std::string_view name);

  void blame(std::string fault);  // keeps the first
  // Empty where all is well. Call it last: what was not taken by then is unknown.
  [[nodiscard]] const std::string& fault();

 private:
  struct Parameter {
    std::string name;
    std::string value;
    bool taken = false;
  };
  std::vector<Parameter> parameters_;
  std::string fault_;
};

}  // namespace hansard::http
