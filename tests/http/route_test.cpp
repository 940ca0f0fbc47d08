// HTTP API: which method and path mean which call.
#include "http/route.hpp"

#include <doctest/doctest.h>

#include <string>

using hansard::http::Call;
using hansard::http::Method;
using hansard::http::method_of;
using hansard::http::Route;
using hansard::http::route;

TEST_CASE("route: each call is found by its method and path") {
  struct Row {
    const char* method;
    const char* path;
    Call call;
    const char* log;
    const char* promise;
  };
  const Row rows[] = {
      {"POST", "/v1/logs/main/entries", Call::append, "main", ""},
      {"POST", "/v1/logs/other-log/batch", Call::batch, "other-log", ""},
      {"GET", "/v1/logs/main/entries", Call::read, "main", ""},
      {"HEAD", "/v1/logs/main/entries", Call::read, "main", ""},
      {"GET", "/v1/logs/main/entries/3/42", Call::entry, "main", "3/42"},
      {"GET", "/v1/logs/main/entries/3%2F42", Call::entry, "main", "3/42"},
      {"GET", "/v1/logs/main/entries/3%2f42%409f2c81ab", Call::entry, "main", "3/42@9f2c81ab"},
      {"GET", "/v1/logs/main/entries/3/42@9f2c81ab", Call::entry, "main", "3/42@9f2c81ab"},
      {"GET", "/v1/logs/main/subscribe", Call::subscribe, "main", ""},
      {"GET", "/v1/logs", Call::logs, "", ""},
      {"GET", "/v1/logs/main", Call::log, "main", ""},
      {"GET", "/v1/logs/m%61in", Call::log, "main", ""},
      {"GET", "/v1/logs/main/government", Call::government, "main", ""},
      {"POST", "/v1/logs/main/trim", Call::trim, "main", ""},
      {"POST", "/v1/logs/main/transfer", Call::transfer, "main", ""},
      {"PATCH", "/v1/logs/main", Call::set, "main", ""},
      {"DELETE", "/v1/islanders/b", Call::exile, "", ""},
      {"GET", "/v1/logs/main/keys/order-7", Call::key, "main", ""},
      {"GET", "/healthz", Call::healthz, "", ""},
      {"GET", "/readyz", Call::readyz, "", ""},
      {"HEAD", "/readyz", Call::readyz, "", ""},
      {"GET", "/version", Call::version, "", ""},
      {"GET", "http://127.0.0.1:8101/healthz", Call::healthz, "", ""},
  };
  for (const Row& row : rows) {
    CAPTURE(row.path);
    const Route found = route(method_of(row.method), row.path);
    CHECK(found.call == row.call);
    CHECK_FALSE(found.wrong_method);
    CHECK_FALSE(found.malformed);
    CHECK(found.log == row.log);
    CHECK(found.promise == row.promise);
  }
}

TEST_CASE("route: unknown paths are none") {
  for (const char* path : {"",
                           "*",
                           "/",
                           "/v1",
                           "/v1/",
                           "/v1/logs/",
                           "/v1/logs//entries",
                           "/v1/logs/main/",
                           "/v1/logs/main/entries/",
                           "/v1/logs/main/entries/3/42/7",
                           "/v1/logs/main/entri",
                           "/v2/logs",
                           "//v1/logs",
                           "/healthz/",
                           "healthz",
                           "/HEALTHZ",
                           "/v1/islanders",
                           "/v1/islanders/b/c",
                           "http://host",
                           "example.com:443",
                           "/v1/logs/main/subscribe/x"}) {
    CAPTURE(path);
    CHECK(route(Method::get, path).call == Call::none);
  }
}

TEST_CASE("route: a wrong method is told which are right") {
  struct Row {
    const char* method;
    const char* path;
    const char* allow;
  };
  const Row rows[] = {
      {"DELETE", "/v1/logs/main/entries", "GET, HEAD, POST"},
      {"PUT", "/v1/logs/main", "GET, HEAD, PATCH"},
      {"GET", "/v1/logs/main/trim", "POST"},
      {"GET", "/v1/islanders/b", "DELETE"},
      {"GET", "/v1/logs/main/batch", "POST"},
      {"HEAD", "/v1/logs/main/batch", "POST"},
      {"POST", "/healthz", "GET, HEAD"},
      {"OPTIONS", "/v1/logs", "GET, HEAD"},
      {"BREW", "/version", "GET, HEAD"},
      {"POST", "/v1/logs/main/entries/3/42", "GET, HEAD"},
      {"get", "/version", "GET, HEAD"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.path);
    const Route found = route(method_of(row.method), row.path);
    CHECK(found.wrong_method);
    CHECK(found.allow == row.allow);
  }
  CHECK(route(Method::get, "/v1/logs/main/entries").allow == "GET, HEAD, POST");
}

TEST_CASE("route: an islander is named by its path") {
  CHECK(route(Method::del, "/v1/islanders/b").id == "b");
  CHECK(route(Method::del, "/v1/islanders/%62").id == "b");
  CHECK(route(Method::del, "/v1/islanders/%6").malformed);
}

TEST_CASE("route: a key may hold whatever is escaped") {
  CHECK(route(Method::get, "/v1/logs/main/keys/a%2Fb%20").key == "a/b ");
  CHECK(route(Method::get, "/v1/logs/main/keys/a/b").call == Call::none);
  CHECK(route(Method::get, "/v1/logs/main/keys/").call == Call::none);
}

TEST_CASE("route: a broken percent sign is malformed") {
  CHECK(route(Method::get, "/v1/logs/main/keys/3%2").malformed);
  CHECK(route(Method::get, "/v1/logs/ma%2/entries").malformed);
  CHECK(route(Method::get, "/v1/logs/main/entries/3%2").malformed);
}

TEST_CASE("route: health is about no log and the list of logs is about main") {
  CHECK_FALSE(route(Method::get, "/healthz").about_log());
  CHECK_FALSE(route(Method::get, "/nowhere").about_log());
  CHECK(route(Method::get, "/v1/logs").about_log());
  CHECK(route(Method::post, "/v1/logs/main/entries").about_log());
}
