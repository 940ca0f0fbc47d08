// The head of an answer. HTTP API: every answer about a log bears four headers.
#include "http/response.hpp"

#include "http/version.hpp"

#include <doctest/doctest.h>

#include <string>

using hansard::http::append_head;
using hansard::http::Ending;
using hansard::http::LogHeaders;

TEST_CASE("response: a head says how its body ends") {
  const std::string server =
      "\r\nServer: hansard/" + std::string(hansard::version()) + "\r\nContent-Type: text/plain\r\n";
  std::string out;
  append_head(out, 201, "text/plain", 18, Ending::keep_alive);
  CHECK(out == "HTTP/1.1 201 Created" + server + "Content-Length: 18\r\n");
  out.clear();
  append_head(out, 200, "text/plain", hansard::http::chunked, Ending::close);
  CHECK(out == "HTTP/1.1 200 OK" + server + "Transfer-Encoding: chunked\r\nConnection: close\r\n");
  out.clear();
  append_head(out, 200, "text/plain", hansard::http::to_the_end, Ending::close);
  CHECK(out == "HTTP/1.1 200 OK" + server + "Connection: close\r\n");
  out.clear();
  append_head(out, 200, "text/plain", 0, Ending::keep_alive_1_0);
  CHECK(out == "HTTP/1.1 200 OK" + server + "Content-Length: 0\r\nConnection: keep-alive\r\n");
}

TEST_CASE("response: the log's headers follow every change of government leader and republic") {
  LogHeaders headers;
  const auto text = [&headers](hansard::Promise promise, hansard::Promise government, const char* leader,
                               hansard::Republic republic) {
    std::string out;
    headers.append(out, promise, government, leader, republic);
    return out;
  };
  const std::string zero(16, '0');
  const auto expected = [&zero](const char* promise, const char* government, const char* leader, const char* last) {
    return std::string("Hansard-Promise: ") + promise + "\r\nHansard-Government: " + government +
           "\r\nHansard-Leader: " + leader + "\r\nHansard-Republic: " + zero + "000000000000000" + last + "\r\n";
  };
  CHECK(text({}, {}, "", {}) == expected("0/0", "0/0", "", "0"));
  CHECK(text({3, 42}, {3, 0}, "a", {0, 7}) == expected("3/42", "3/0", "a", "7"));
  CHECK(text({3, 43}, {3, 0}, "a", {0, 7}) == expected("3/43", "3/0", "a", "7"));
  CHECK(text({3, 43}, {4, 0}, "a", {0, 7}) == expected("3/43", "4/0", "a", "7"));
  CHECK(text({3, 43}, {4, 0}, "b", {0, 7}) == expected("3/43", "4/0", "b", "7"));
  CHECK(text({3, 43}, {4, 0}, "b", {0, 8}) == expected("3/43", "4/0", "b", "8"));
}
