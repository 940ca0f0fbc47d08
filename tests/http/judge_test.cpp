// What is refused before a handler looks at it. HTTP API, Conventions and Append.
#include "http/judge.hpp"

#include "http/limits.hpp"

#include <boost/beast/http/error.hpp>
#include <doctest/doctest.h>

#include <string>

using hansard::http::judge_call;
using hansard::http::judge_header;
using hansard::http::Limits;
using hansard::http::Method;
using hansard::http::Request;
using hansard::http::route;
using hansard::http::Route;

TEST_CASE("judge: a header is trusted only where it can be read in one way") {
  Request request;
  request.has_host = true;
  CHECK_FALSE(judge_header(request));
  request.has_host = false;
  CHECK(judge_header(request)->status == 400);
  request.http_1_0 = true;
  CHECK_FALSE(judge_header(request));
  request.fault = "two Host fields";
  CHECK(judge_header(request)->detail == "there are two Host fields");
  request.fault = nullptr;
  request.bad_encoding = true;
  CHECK(judge_header(request)->status == 501);
  request.bad_encoding = false;
  request.bad_expect = true;
  CHECK_FALSE(judge_header(request));  // HTTP/1.0 knows no expectations.
  request.http_1_0 = false;
  request.has_host = true;
  CHECK(judge_header(request)->status == 417);
}

TEST_CASE("judge: path before method before log before what is not honoured") {
  Request request;
  request.has_upgrade = true;
  const auto status = [&request](Method method, const char* path, bool exists) {
    const auto problem = judge_call(request, route(method, path), exists);
    return problem ? problem->status : 200;
  };
  CHECK(status(Method::del, "/nowhere", true) == 404);
  CHECK(status(Method::del, "/v1/logs/UP", false) == 405);
  CHECK(status(Method::get, "/v1/logs/UP", false) == 400);
  CHECK(status(Method::get, "/v1/logs/%", true) == 400);
  CHECK(status(Method::get, "/v1/logs/up", false) == 404);
  CHECK(status(Method::get, "/v1/logs/main", true) == 200);
  request.has_condition = true;  // it means it: on a call that knows none it is not ignored
  CHECK(status(Method::post, "/v1/logs/main/entries", true) == 200);
  CHECK(status(Method::post, "/v1/logs/main/batch", true) == 200);
  CHECK(status(Method::get, "/v1/logs/main", true) == 400);
  request.has_condition = false;
  CHECK(status(Method::get, "/v1/logs/main/subscribe", true) == 501);
  CHECK(status(Method::get, "/healthz", true) == 200);
}

TEST_CASE("judge: a body's limit is that of its call and the parser's errors have their status") {
  const Route append = route(Method::post, "/v1/logs/main/entries");
  CHECK(hansard::http::body_limit(append, 1'000) == 1'000);
  CHECK(hansard::http::body_limit(route(Method::post, "/v1/logs/main/batch"), 1'000) == Limits::batch_bytes);
  CHECK(hansard::http::body_limit(route(Method::put, "/v1/logs/main/batch"), 1'000) == Limits::other_body_bytes);
  CHECK(hansard::http::body_limit(route(Method::get, "/healthz"), 1'000) == Limits::other_body_bytes);
  using boost::beast::http::error;
  CHECK(hansard::http::malformed(make_error_code(error::body_limit), append, 1'000).status == 413);
  CHECK(hansard::http::malformed(make_error_code(error::header_limit), append, 1'000).status == 431);
  CHECK(hansard::http::malformed(make_error_code(error::bad_method), append, 1'000).status == 400);
}
