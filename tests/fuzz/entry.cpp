// tests/fuzz/entry.cpp - an entry as it stands in a log or a pulse, and, since no fuzzer guesses a checksum, the input
// as an entry's content.
#include "log/entry.hpp"

#include "tests/fuzz/target.hpp"

namespace hansard::fuzz {
namespace {

constexpr std::size_t trailer_bytes = 24;  // chain and checksum

void check(std::string_view bytes) {
  const Result<EntryPtr> parsed = Entry::parse(bytes);
  if (!parsed) return;
  const Entry& read = **parsed;
  demand(read.bytes() == bytes, "an entry is not the bytes it was read from");
  std::vector<Item> items;
  for (std::size_t i = 0; i < read.count(); ++i) items.push_back(read.item(i));
  demand(read.promise_of(read.count() - 1) == read.last(), "the last item does not bear the last promise");
  Draft draft;
  draft.first = read.first();
  draft.ballot = read.ballot();
  draft.previous = read.previous();
  draft.kind = read.kind();
  draft.settled = read.settled();
  draft.time_us = read.time_us();
  draft.author = read.author();
  draft.channel = read.channel();
  draft.key = read.key();
  draft.items = items;
  const EntryPtr written = Entry::make(draft);  // Asserts what parse() must have refused.
  demand_same(bytes.substr(0, bytes.size() - trailer_bytes),
              std::string(written->bytes().substr(0, written->bytes().size() - trailer_bytes)),
              "an entry changes when it is written");
}

}  // namespace

void entry(std::string_view input) {
  check(input);
  check(sealed_entry(input));
}

}  // namespace hansard::fuzz
