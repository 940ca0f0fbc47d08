// tests/fuzz/route.cpp - the path of a request; the first byte says which method.
#include "http/route.hpp"

#include "tests/fuzz/target.hpp"

namespace hansard::fuzz {
namespace {

using http::Call;
using http::Method;

std::string percent_encode(std::string_view text) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    out += {'%', digits[byte >> 4U], digits[byte & 15U]};
  }
  return out;
}

std::string path_of(const http::Route& route) {
  const std::string log = "/v1/logs/" + percent_encode(route.log);
  switch (route.call) {
    case Call::none:
      return "/";
    case Call::append:
    case Call::read:
      return log + "/entries";
    case Call::entry:
      return log + "/entries/" + percent_encode(route.promise);
    case Call::batch:
      return log + "/batch";
    case Call::subscribe:
      return log + "/subscribe";
    case Call::key:
      return log + "/keys/" + percent_encode(route.key);
    case Call::government:
      return log + "/government";
    case Call::trim:
      return log + "/trim";
    case Call::transfer:
      return log + "/transfer";
    case Call::exile:
      return "/v1/islanders/" + percent_encode(route.id);
    case Call::log:
    case Call::set:
      return log;
    case Call::logs:
      return "/v1/logs";
    case Call::healthz:
      return "/healthz";
    case Call::readyz:
      return "/readyz";
    case Call::version:
      return "/version";
  }
  return {};
}

}  // namespace

void route(std::string_view input) {
  if (input.empty()) return;
  const auto method = static_cast<Method>(static_cast<unsigned char>(input.front()) % 7);
  input.remove_prefix(1);
  const http::Route found = http::route(method, input);
  demand((found.call == Call::none) == found.allow.empty(), "a path without methods, or methods without a path");
  if (method == Method::head) {
    demand(http::route(Method::get, input).call == found.call, "HEAD is not routed as GET");
  }
  if (found.malformed) return;
  const http::Route again = http::route(method, path_of(found));
  demand(again.call == found.call && again.wrong_method == found.wrong_method && again.allow == found.allow &&
             !again.malformed,
         "a path is not routed as it was written");
  demand(again.log == found.log, "a log's name changes when its path is written");
  demand_same(found.promise, again.promise, "a promise changes when its path is written");
  demand_same(found.key, again.key, "a key changes when its path is written");
}

}  // namespace hansard::fuzz
