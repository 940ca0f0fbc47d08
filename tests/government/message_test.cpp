// tests/government/message_test.cpp - names and heft.
#include "government/message.hpp"

#include <doctest/doctest.h>

#include <set>
#include <string>
#include <utility>
#include <variant>

namespace hansard {
namespace {

template <class Variant, std::size_t... Index>
std::set<std::string> names(std::index_sequence<Index...> /*all*/) {
  return {name_of(Variant{std::in_place_index<Index>})...};
}

TEST_CASE("message: each kind has a name of its own") {
  const auto requests = names<Request>(std::make_index_sequence<std::variant_size_v<Request>>{});
  const auto answers = names<Answer>(std::make_index_sequence<std::variant_size_v<Answer>>{});
  CHECK(requests.size() == std::variant_size_v<Request>);
  CHECK(answers.size() == std::variant_size_v<Answer>);
}

TEST_CASE("message: names stand in the order of the variants") {
  CHECK(std::string{name_of(Request{Found{}})} == "found");
  CHECK(std::string{name_of(Request{Register{}})} == "register");
  CHECK(std::string{name_of(Request{Nominate{}})} == "nominate");
  CHECK(std::string{name_of(Answer{FoundAnswer{}})} == "found answer");
  CHECK(std::string{name_of(Answer{Promised{}})} == "promised");
  CHECK(std::string{name_of(Answer{Rejected{}})} == "rejected");
  CHECK(std::string{name_of(Request{Operate{}})} == "operate");
  CHECK(std::string{name_of(Answer{OperateAnswer{}})} == "operate answer");
  CHECK(std::string{name_of(Answer{Nominated{}})} == "nominated");
}

TEST_CASE("message: heft of a submission grows with every byte and item") {
  Submission submission{"c", "key", {{"text/plain", "body"}}};
  CHECK(submission.heft() == 128 + 1 + 3 + 64 + 10 + 4);
  submission.items.push_back({"", "12"});
  CHECK(submission.heft() == 128 + 1 + 3 + 64 + 10 + 4 + 64 + 2);
}

}  // namespace
}  // namespace hansard
