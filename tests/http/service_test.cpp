// Garbage on the port is no news to an operator, but once.
#include "http/service.hpp"

#include "tests/http/fake_node.hpp"
#include "tests/http/wire.hpp"

#include <doctest/doctest.h>

#include <string>

using hansard::test::FakeIslander;
using hansard::test::Wire;

namespace {

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

}  // namespace

TEST_CASE("service: bytes that are no HTTP are logged in full for debugging and once a second for operators") {
  FakeIslander islander;
  for (int i = 0; i < 20; ++i) {
    Wire wire(islander.port());
    wire.send("\x16\x03\x01 garbage\r\n\r\n");
    CHECK(wire.receive().status == 400);
  }
  Wire served(islander.port());
  CHECK(served.call("GET", "/healthz").status == 200);
  served.send("garbage\r\n\r\n");  // Of a client that knows HTTP: not for operators.
  CHECK(served.receive().status == 400);
  const std::string text = islander.logged();
  CHECK(count(text, "not HTTP from 127.0.0.1:") == 21);
  CHECK(count(text, "[info]") >= 1);
  CHECK(count(text, "[info]") <= 3);
  CHECK(count(text, "garbage") == 0);  // What strangers send stays out of the log.
}
