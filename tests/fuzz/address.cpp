// tests/fuzz/address.cpp - "host:port" and urls.
#include "sdk/address.hpp"

#include "tests/fuzz/target.hpp"

namespace hansard::fuzz {

void address(std::string_view input) {
  if (const auto parsed = parse_host_port(input)) {
    const auto again = parse_host_port(to_string(*parsed));
    demand(again.has_value(), "an address is not read as it was written");
    demand_same(to_string(*parsed), to_string(*again), "an address changes when it is written");
    demand(*again == *parsed, "an address changes when it is written");
  }
  if (const auto url = parse_url(input)) {
    const std::string text = (url->tls ? "https://" : "http://") + to_string(url->address);
    const auto again = parse_url(text);
    demand(again.has_value(), "a url is not read as it was written");
    demand(again->tls == url->tls && again->address == url->address, "a url changes when it is written");
  }
}

}  // namespace hansard::fuzz
