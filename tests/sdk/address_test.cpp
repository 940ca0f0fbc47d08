#include "sdk/address.hpp"

#include <doctest/doctest.h>

using hansard::HostPort;
using hansard::parse_host_port;
using hansard::parse_url;

TEST_CASE("address: host and port are told apart") {
  CHECK(parse_host_port("127.0.0.1:8101") == HostPort{"127.0.0.1", 8101});
  CHECK(parse_host_port("localhost:0") == HostPort{"localhost", 0});
  CHECK(parse_host_port("[::1]:80") == HostPort{"::1", 80});
  CHECK(to_string(HostPort{"::1", 80}) == "[::1]:80");
  CHECK(to_string(HostPort{"a.example", 80}) == "a.example:80");
}

TEST_CASE("address: what is no host and port is refused") {
  for (const char* text : {"", ":", "a", "a:", ":80", "a:b", "a:-1", "a:65536", "a:80 ", " a:80", "a:+80", "::1:80",
                           "[]:80", "a\r\nb:80", "a b:80"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_host_port(text).has_value());
  }
}

TEST_CASE("address: urls name a scheme and an address and nothing else") {
  const auto plain = parse_url("http://127.0.0.1:8101");
  REQUIRE(plain);
  CHECK_FALSE(plain->tls);
  CHECK(plain->address == HostPort{"127.0.0.1", 8101});
  CHECK(parse_url("http://a.example:1/")->address == HostPort{"a.example", 1});
  CHECK(parse_url("http://a.example")->address == HostPort{"a.example", 80});
  CHECK(parse_url("https://a.example")->address == HostPort{"a.example", 443});
  CHECK(parse_url("https://a.example")->tls);
  CHECK(parse_url("http://[::1]:8101")->address == HostPort{"::1", 8101});
  CHECK(parse_url("http://[::1]")->address == HostPort{"::1", 80});
  for (const char* text : {"", "a:80", "ftp://a:80", "http://", "http://a:0", "http://a:80/x", "http://a:80?x",
                           "http://a:80//", "HTTP//a", "http://u@a:80"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_url(text).has_value());
  }
}
