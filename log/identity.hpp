// log/identity.hpp - who an islander is: id, cookie, republic. Values only.
//
// Cookie (incarnation): 128 random bits drawn when a data directory is created. Same id with another cookie is another
// islander: it never votes with the old one's promises. Republic (cluster id): 128 random bits drawn at bootstrap.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace hansard {

// 128 bits, zero meaning "none". Text: 32 lower-case hex digits.
struct Id128 {
  std::uint64_t high = 0;
  std::uint64_t low = 0;

  friend constexpr auto operator<=>(const Id128&, const Id128&) = default;
  [[nodiscard]] constexpr bool is_zero() const { return high == 0 && low == 0; }
};

using Cookie = Id128;
using Republic = Id128;
using Chain = Id128;

[[nodiscard]] std::string to_string(const Id128& id);
[[nodiscard]] std::optional<Id128> parse_id128(std::string_view hex);

// Islander ids, log names and channel names: `[a-z0-9][a-z0-9._-]{0,62}`.
[[nodiscard]] bool is_name(std::string_view text);

}  // namespace hansard
