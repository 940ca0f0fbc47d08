#include "sdk/admission.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace hansard;

namespace {

const Republic ours{1, 1};
const Republic theirs{2, 2};

Speaker self() { return {{"a", {10, 0}}, ours, 1, {100, 0}}; }
Speaker other() { return {{"b", {11, 0}}, ours, 4, {200, 0}}; }

std::string why(const std::optional<Refusal>& refusal) { return refusal ? refusal->why : "welcome"; }

}  // namespace

TEST_CASE("admission: another republic is refused where both are known") {
  Admission admission(self());
  Speaker stranger = other();
  stranger.republic = theirs;
  CHECK(admission.judge(stranger, "b")->status == 409);
  CHECK(why(admission.judge(stranger, "b")).find(to_string(theirs)) != std::string::npos);
  stranger.republic = {};
  CHECK(why(admission.judge(stranger, "b")) == "welcome");

  Speaker young = self();
  young.republic = {};
  Admission open(young);
  stranger.republic = theirs;
  CHECK(why(open.judge(stranger, "b")) == "welcome");
  open.republic(ours);
  CHECK(open.judge(stranger, "b")->status == 409);
}

TEST_CASE("admission: an id other than the one asked for is refused") {
  Admission admission(self());
  CHECK(why(admission.judge(other(), "c")) == "islander b answers where c was asked for");
  CHECK(why(admission.judge(other(), "")) == "welcome");
  Greeting greeting{other(), "c", "http://b:1"};
  CHECK(why(admission.judge(greeting)) == "this is islander a, not c");
  greeting.to = "a";
  CHECK(why(admission.judge(greeting)) == "welcome");
  greeting.to.clear();
  CHECK(why(admission.judge(greeting)) == "welcome");
}

TEST_CASE("admission: a start under two nonces is a copied directory") {
  Admission admission(self());
  Speaker run = other();
  CHECK_FALSE(admission.judge(run, ""));
  CHECK_FALSE(admission.judge(run, ""));
  run.nonce = {201, 0};
  CHECK(admission.judge(run, "")->status == 409);
  CHECK(why(admission.judge(run, "")).find("copied") != std::string::npos);
  run.start = 5;  // A restart.
  CHECK_FALSE(admission.judge(run, ""));
  CHECK(admission.judge(other(), "")->status == 409);  // The first one, still at start 4.
  Speaker wiped = other();
  wiped.islander.cookie = {12, 0};
  wiped.start = 1;
  CHECK_FALSE(admission.judge(wiped, ""));
}

TEST_CASE("admission: what somebody claims in a greeting is not remembered") {
  Admission admission(self());
  Greeting claim{other(), "a", "http://b:1"};
  claim.from.start = ~std::uint64_t{0};
  CHECK_FALSE(admission.judge(claim));
  CHECK_FALSE(admission.judge(other(), "b"));
  // What was seen where it was asked for counts against a claim.
  claim.from = other();
  claim.from.nonce = {201, 0};
  CHECK(why(admission.judge(claim)).find("copied") != std::string::npos);
}

TEST_CASE("admission: oneself and copies of oneself are refused") {
  Admission admission(self());
  CHECK(why(admission.judge(self(), "")) == "islander a speaks to itself");
  Speaker copy = self();
  copy.nonce = {101, 0};
  copy.islander.id = "b";
  CHECK(why(admission.judge(copy, "")).find("copy of the data directory") != std::string::npos);
}

TEST_CASE("admission: what it remembers is bounded") {
  Admission admission(self());
  CHECK_FALSE(admission.judge(other(), ""));
  for (std::uint64_t i = 0; i < 5'000; ++i) {
    Speaker one = other();
    one.islander.cookie = {1'000, i};
    CHECK_FALSE(admission.judge(one, ""));
  }
  Speaker forgotten = other();
  forgotten.nonce = {201, 0};
  CHECK_FALSE(admission.judge(forgotten, ""));
}
