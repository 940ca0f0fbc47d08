// sdk/handshake.hpp - how a pulse connection is opened: an HTTP/1.1 upgrade on the port that clients use. Texts only.
//
//   GET /v1/pulse HTTP/1.1                        HTTP/1.1 101 Switching Protocols
//   Connection: upgrade                           Connection: upgrade
//   Upgrade: hansard-pulse/1                      Upgrade: hansard-pulse/1
//   Hansard-Id, Hansard-Cookie, Hansard-Republic, Hansard-Start, Hansard-Nonce       (both: who is speaking)
//   Hansard-To: id asked for (empty: whoever answers)
//   Hansard-Url: where the opener is reached
//
// A refusal is an ordinary HTTP answer (400, 409, 426, 503) with a problem document, its line also in Hansard-Refusal.
// What comes from the other side is bounded and checked; nothing of it is echoed but ids, numbers and hex.
#pragma once

#include "government/message.hpp"
#include "log/error.hpp"
#include "log/identity.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

namespace hansard {

constexpr std::string_view pulse_request_prefix = "GET /v1/pulse ";
constexpr std::size_t handshake_bytes_max = std::size_t{16} << 10U;

// Who is speaking.
struct Speaker {
  Islander islander;
  Republic republic;        // zero: of none yet
  std::uint64_t start = 0;  // how many times its directory was opened
  Id128 nonce;              // drawn in this run: two under one start are a copied directory
};

// The request of the opener.
struct Greeting {
  Speaker from;
  std::string to;   // empty: whoever answers
  std::string url;  // of the opener
};

// Why a connection is refused.
struct Refusal {
  int status = 400;
  std::string why;
};

// `host` is for the Host header. The result ends with the empty line.
[[nodiscard]] std::string write_greeting(const Greeting& greeting, std::string_view host);
[[nodiscard]] std::string write_welcome(const Speaker& speaker);
[[nodiscard]] std::string write_refusal(const Refusal& refusal);

// `head` ends with the empty line.
[[nodiscard]] std::variant<Greeting, Refusal> parse_greeting(std::string_view head);
// A refusal bears the status of the answer, 0 where the answer was no HTTP.
[[nodiscard]] std::variant<Speaker, Refusal> parse_welcome(std::string_view head);

}  // namespace hansard
