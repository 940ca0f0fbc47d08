// tests/fuzz/target.hpp - a fuzz target: a function of bytes that throws a Finding where a decoder does not keep its
// word.
//
// libFuzzer calls it with what it makes up (main.cpp), the tests with the kept corpus (corpus_test.cpp). A target keeps
// no state. Words that are read before the decoder's own bytes (a position, a switch) are part of the input.
#pragma once

#include <array>
#include <stdexcept>
#include <string>
#include <string_view>

namespace hansard::fuzz {

// Uncaught it aborts, which is how libFuzzer learns of it and keeps the input.
class Finding : public std::logic_error {
 public:
  using std::logic_error::logic_error;
};

void demand(bool holds, const char* what);
// What was decoded and encoded again.
void demand_same(std::string_view value, std::string again, const char* what);
// What another implementation says. Not an overload: a literal would be a bool.
void demand_agree(bool value, bool again, const char* what);

// Flips a bit of every `again`: for the tests that show that these demands can fail.
extern bool is_spoilt;

// An entry of this content: with a chain and the checksum that no fuzzer would guess.
[[nodiscard]] std::string sealed_entry(std::string_view content);

void address(std::string_view input);
void batch(std::string_view input);
void entry(std::string_view input);
void entry_line(std::string_view input);
void frame(std::string_view input);
void government(std::string_view input);
void handshake(std::string_view input);
void json_check(std::string_view input);
void keys(std::string_view input);
void log_state(std::string_view input);
void media(std::string_view input);
void message(std::string_view input);
void query(std::string_view input);
void request(std::string_view input);
void response_scanner(std::string_view input);
void route(std::string_view input);
void state(std::string_view input);
void trace(std::string_view input);
void wal(std::string_view input);

struct Target {
  std::string_view name;
  void (*run)(std::string_view input);
};

inline constexpr std::array targets{
    Target{"address", address},
    Target{"batch", batch},
    Target{"entry", entry},
    Target{"entry_line", entry_line},
    Target{"frame", frame},
    Target{"government", government},
    Target{"handshake", handshake},
    Target{"json_check", json_check},
    Target{"keys", keys},
    Target{"log_state", log_state},
    Target{"media", media},
    Target{"message", message},
    Target{"query", query},
    Target{"request", request},
    Target{"response_scanner", response_scanner},
    Target{"route", route},
    Target{"state", state},
    Target{"trace", trace},
    Target{"wal", wal},
};

}  // namespace hansard::fuzz
