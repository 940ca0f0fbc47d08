// tests/fuzz/government.cpp - the position of a government's entry, then its body.
#include "government/government.hpp"

#include "log/codec.hpp"
#include "tests/fuzz/target.hpp"

namespace hansard::fuzz {

void government(std::string_view input) {
  Decoder reader(input);
  const Position position = reader.position();
  const std::string_view body = reader.raw(reader.remaining());
  const Result<Government> parsed = decode_government(body, position);
  if (!parsed) return;
  demand(parsed->fault() == nullptr, "an unsound government was taken");
  demand(parsed->same_parliament(*parsed), "a parliament differs from itself");
  demand(parsed->seated(parsed->leader()), "a leader without a seat");
  demand_same(body, encode(*parsed), "a government changes when it is written");
}

}  // namespace hansard::fuzz
