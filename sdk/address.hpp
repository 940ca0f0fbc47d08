// sdk/address.hpp - where an islander is reached: "host:port" to listen on, "http://host:port" for others. Pure.
//
// IPv6 hosts stand in brackets, [::1]:8101; `host` is without them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace hansard {

struct HostPort {
  std::string host;
  std::uint16_t port = 0;

  friend bool operator==(const HostPort&, const HostPort&) = default;
};

// Exactly `host:port`, the port decimal; nullopt for anything else.
[[nodiscard]] std::optional<HostPort> parse_host_port(std::string_view text);
// `host:port`, with brackets where the host holds a colon.
[[nodiscard]] std::string to_string(const HostPort& address);

struct Url {
  bool tls = false;
  HostPort address;
};

// `http://host[:port]` or `https://host[:port]`, a single slash may follow; nullopt for anything else.
[[nodiscard]] std::optional<Url> parse_url(std::string_view text);

}  // namespace hansard
