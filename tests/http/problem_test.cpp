// HTTP API, Conventions: errors are application/problem+json (RFC 9457).
#include "http/problem.hpp"

#include "http/refusals.hpp"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

using hansard::http::Problem;
using hansard::http::to_json;
using nlohmann::json;

TEST_CASE("problem: it is one JSON object with its five members and those of its own") {
  Problem problem = hansard::http::bad_request("a \"quoted\" line\nand one more");
  problem.retry_after_ms = 250;
  problem.members = R"(,"first":"3/10")";
  CHECK(json::parse(to_json(problem)) == json{{"type", "bad-request"},
                                              {"title", "The request is malformed"},
                                              {"status", 400},
                                              {"detail", "a \"quoted\" line\nand one more"},
                                              {"retry_after_ms", 250},
                                              {"first", "3/10"}});
}

TEST_CASE("problem: every refusal has a title and a reason") {
  const hansard::Status status;
  for (const Problem& problem :
       {hansard::http::busy(), hansard::http::stopping(), hansard::http::no_government(status),
        hansard::http::no_quorum(status), hansard::http::not_found("x"), hansard::http::other_republic({1, 2}),
        hansard::http::trimmed(status), hansard::http::internal({}), hansard::http::not_implemented("x")}) {
    CAPTURE(problem.type);
    CHECK_FALSE(hansard::http::title_of(problem.type).empty());
    CHECK_FALSE(hansard::http::reason_of(problem.status).empty());
    CHECK(json::accept(to_json(problem)));
  }
}

TEST_CASE("problem: what somebody needs to go on is a member of its own") {
  hansard::Status status;
  CHECK(json::parse(to_json(hansard::http::trimmed(status)))["first"].is_null());
  status.oldest_client = {3, 10};
  CHECK(json::parse(to_json(hansard::http::trimmed(status)))["first"] == "3/10");
  CHECK(json::parse(to_json(hansard::http::other_republic({1, 2})))["republic"] == "00000000000000010000000000000002");
  status.waiting_for = "waits for b and c";
  CHECK(hansard::http::no_government(status).detail == "this islander knows no government yet: waits for b and c");
}
