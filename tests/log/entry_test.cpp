#include "log/entry.hpp"

#include "log/codec.hpp"
#include "tests/log/samples.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace hansard {
namespace {

using samples::Random;
using samples::Tail;

// A draft with every field filled, and what its views need to live.
struct Sample {
  std::vector<Item> items;
  Draft draft;

  explicit Sample(std::vector<Item> of = {{"text/plain", "hello"}}) : items(std::move(of)) {
    draft.first = {3, 42};
    draft.ballot = 7;
    draft.previous = {{3, 40}, 6};
    draft.previous_chain = {11, 12};
    draft.settled = {3, 0};
    draft.time_us = -1;
    draft.author = {"ann", {2, 5}, 4, 99};
    draft.channel = "room";
    draft.key = "once";
    draft.items = items;
  }
};

void check_equal(const Entry& a, const Entry& b) {
  CHECK(a.bytes() == b.bytes());
  CHECK(a.first() == b.first());
  CHECK(a.last() == b.last());
  CHECK(a.position() == b.position());
  CHECK(a.previous() == b.previous());
  CHECK(a.kind() == b.kind());
  CHECK(a.settled() == b.settled());
  CHECK(a.time_us() == b.time_us());
  CHECK(a.author() == b.author());
  CHECK(a.channel() == b.channel());
  CHECK(a.key() == b.key());
  CHECK(a.chain() == b.chain());
  REQUIRE(a.count() == b.count());
  for (std::size_t i = 0; i < a.count(); ++i) {
    CHECK(a.item(i).content_type == b.item(i).content_type);
    CHECK(a.item(i).body == b.item(i).body);
  }
}

TEST_CASE("entry: has the fields of its draft") {
  const Sample sample;
  const EntryPtr entry = Entry::make(sample.draft);
  CHECK(entry->first() == Promise{3, 42});
  CHECK(entry->last() == Promise{3, 42});
  CHECK(entry->position() == Position{{3, 42}, 7});
  CHECK(entry->previous() == Position{{3, 40}, 6});
  CHECK(entry->kind() == Kind::client);
  CHECK(entry->settled() == Promise{3, 0});
  CHECK(entry->time_us() == -1);
  CHECK(entry->author() == sample.draft.author);
  CHECK(entry->channel() == "room");
  CHECK(entry->key() == "once");
  CHECK(entry->count() == 1);
  CHECK(entry->item(0).content_type == "text/plain");
  CHECK(entry->body() == "hello");
  CHECK(entry->heft() > entry->bytes().size());
}

TEST_CASE("entry: a batch bears a promise an item and one key") {
  const Sample sample({{"", "one"}, {"text/plain", ""}, {"x/y", "three"}});
  const EntryPtr entry = Entry::make(sample.draft);
  CHECK(entry->first() == Promise{3, 42});
  CHECK(entry->last() == Promise{3, 44});
  REQUIRE(entry->count() == 3);
  CHECK(entry->promise_of(2) == Promise{3, 44});
  CHECK(entry->item(0).body == "one");
  CHECK(entry->item(1).content_type == "text/plain");
  CHECK(entry->item(2).body == "three");
  const auto parsed = Entry::parse(entry->bytes());
  REQUIRE(parsed);
  check_equal(**parsed, *entry);
}

TEST_CASE("entry: goes to bytes and back") {
  constexpr std::uint64_t seed = 11;
  CAPTURE(seed);
  Random random(seed);
  Tail tail;
  for (const EntryPtr& entry : samples::random_entries(tail, random, 500)) {
    const auto parsed = Entry::parse(entry->bytes());
    REQUIRE(parsed);
    check_equal(**parsed, *entry);
  }
}

TEST_CASE("entry: its views are into its own bytes") {
  const EntryPtr entry = Entry::make(Sample().draft);
  const auto parsed = Entry::parse(std::string(entry->bytes()));  // the argument is gone after this line
  REQUIRE(parsed);
  const std::string_view bytes = (*parsed)->bytes();
  for (const std::string_view view : {(*parsed)->channel(), (*parsed)->key(), (*parsed)->body()}) {
    CHECK(view.data() >= bytes.data());
    CHECK(view.data() + view.size() <= bytes.data() + bytes.size());
  }
}

TEST_CASE("entry: the chain names all before it") {
  const Sample sample;
  const EntryPtr entry = Entry::make(sample.draft);
  CHECK(entry->continues({11, 12}));
  CHECK_FALSE(entry->continues({11, 13}));
  CHECK_FALSE(entry->continues({}));

  // Chain = XXH3_128(previous chain, XXH3_128(content)): a promise about bytes that other islanders and tools compute
  // too.
  const std::string_view bytes = entry->bytes();
  const std::string_view content = bytes.substr(0, bytes.size() - 24);
  std::string both;
  Encoder writer(both);
  writer.id128({11, 12});
  writer.id128(hash128(content));
  CHECK(entry->chain() == hash128(both));
  Decoder checksum(bytes.substr(bytes.size() - 8));
  CHECK(checksum.fixed64() == checksum64(bytes.substr(0, bytes.size() - 8)));
}

TEST_CASE("entry: two logs that differ once differ in chain for ever") {
  Tail a;
  Tail b;
  a.append("government");
  b.append("government");
  CHECK(a.chain == b.chain);
  a.append("x");
  b.append("y");
  a.append("same");
  b.append("same");
  CHECK(a.last == b.last);
  CHECK(a.chain != b.chain);
}

TEST_CASE("entry: a truncated or lengthened encoding is corrupt") {
  const EntryPtr entry = Entry::make(Sample({{"", "one"}, {"", "two"}}).draft);
  const std::string bytes(entry->bytes());
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    CAPTURE(size);
    const auto parsed = Entry::parse(std::string_view(bytes).substr(0, size));
    REQUIRE_FALSE(parsed);
    CHECK(parsed.error().code == Errc::corrupt);
  }
  CHECK_FALSE(Entry::parse(bytes + '\0'));
  CHECK_FALSE(Entry::parse(bytes + bytes));
}

TEST_CASE("entry: any flipped bit is corrupt") {
  const std::string bytes(Entry::make(Sample().draft)->bytes());
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    CAPTURE(bit);
    std::string flipped = bytes;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
    CHECK_FALSE(Entry::parse(flipped));
  }
}

// Gives `content` the checksum that it needs, so that a mutation gets past it.
std::string with_checksum(std::string content_and_chain) {
  const std::uint64_t checksum = checksum64(content_and_chain);
  Encoder(content_and_chain).fixed64(checksum);
  return content_and_chain;
}

TEST_CASE("entry: mutated bytes with a right checksum are refused or are an entry in its one form") {
  constexpr std::uint64_t seed = 12;
  CAPTURE(seed);
  Random random(seed);
  Tail tail;
  const std::vector<EntryPtr> entries = samples::random_entries(tail, random, 50, 20);
  std::size_t accepted = 0;
  for (int i = 0; i < 40'000; ++i) {
    const EntryPtr& entry = entries[random() % entries.size()];
    std::string bytes(entry->bytes().substr(0, entry->bytes().size() - 8));
    for (std::uint64_t n = 1 + random() % 3; n > 0; --n) {
      const std::size_t at = random() % bytes.size();
      switch (random() % 3) {
        case 0:
          bytes[at] = static_cast<char>(random());
          break;
        case 1:
          bytes.erase(at, random() % 3);
          break;
        default:
          bytes.insert(at, 1, static_cast<char>(random()));
          break;
      }
    }
    const std::string mutated = with_checksum(bytes);
    const auto parsed = Entry::parse(mutated);
    if (!parsed) continue;
    accepted += 1;
    const Entry& e = **parsed;
    CHECK(e.bytes() == mutated);
    CHECK(e.previous().promise < e.first());
    CHECK(e.first() <= e.last());
    // One form: writing what was read gives the same bytes, whatever chain it had.
    std::vector<Item> items;
    for (std::size_t k = 0; k < e.count(); ++k) items.push_back(e.item(k));
    Draft draft{e.first(),   e.ballot(), e.previous(), {},      e.kind(), e.settled(),
                e.time_us(), e.author(), e.channel(),  e.key(), items};
    const EntryPtr written = Entry::make(draft);
    const std::string_view again = written->bytes();
    CHECK(again.substr(0, again.size() - 24) == e.bytes().substr(0, e.bytes().size() - 24));
  }
  CHECK(accepted > 1000);
}

TEST_CASE("entry: random bytes are corrupt") {
  constexpr std::uint64_t seed = 13;
  CAPTURE(seed);
  Random random(seed);
  for (int i = 0; i < 40'000; ++i) {
    std::string bytes = samples::random_bytes(random, random() % 120);
    CHECK_FALSE(Entry::parse(bytes));
    if (bytes.empty()) continue;
    bytes[0] = 1;
    if (bytes.size() > 1) bytes[1] = static_cast<char>(1 + random() % 5);
    const auto parsed = Entry::parse(with_checksum(bytes));  // Must not crash; hardly ever an entry.
    if (parsed) CHECK((*parsed)->bytes().size() == bytes.size() + 8);
  }
}

TEST_CASE("entry: a count or length over its limit is refused before anything is allocated for it") {
  std::string bytes;
  Encoder writer(bytes);
  writer.byte(1);
  writer.byte(2);
  writer.promise({1, 1});
  writer.number(EntryLimits::items_max + 1);
  bytes.append(64, '\0');
  CHECK_FALSE(Entry::parse(with_checksum(bytes)));
}

TEST_CASE("entry: every kind has a name") {
  CHECK(to_string(Kind::government) == std::string("government"));
  CHECK(to_string(Kind::client) == std::string("client"));
  CHECK(to_string(Kind::trim) == std::string("trim"));
  CHECK(to_string(Kind::settings) == std::string("settings"));
  CHECK(to_string(Kind::settling) == std::string("settling"));
}

}  // namespace
}  // namespace hansard
