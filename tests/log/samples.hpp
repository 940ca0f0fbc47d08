// tests/log/samples.hpp - entries for tests: a log that grows by one call an entry, and random ones from a seed.
#pragma once

#include "log/entry.hpp"

#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace hansard::samples {

using Random = std::mt19937_64;

// [0, limit). The same on every platform, unlike std::uniform_int_distribution.
inline std::uint64_t below(Random& random, std::uint64_t limit) { return random() % limit; }

inline std::string random_bytes(Random& random, std::size_t count) {
  std::string bytes(count, '\0');
  for (char& c : bytes) c = static_cast<char>(random());
  return bytes;
}

// The end of a log that grows.
struct Tail {
  Position last;
  Chain chain;
  std::uint64_t ballot = 1;
  std::vector<EntryPtr> left_out;  // by the last snapshot: what it stands for, up to its place

  struct More {
    Kind kind = Kind::client;
    std::string_view channel;
    std::size_t items = 1;
  };

  EntryPtr append(Promise first, std::string_view body) { return append(first, body, More{}); }
  EntryPtr append(Promise first, std::string_view body, const More& more) {
    const std::vector<Item> items(more.items, Item{"text/plain", body});
    Draft draft;
    draft.first = first;
    draft.ballot = ballot;
    draft.previous = last;
    draft.previous_chain = chain;
    draft.kind = more.kind;
    draft.time_us = 1'700'000'000'000'000;
    draft.author = {"a", {1, 0}, 1, first.entry};
    draft.channel = more.channel;
    draft.items = items;
    EntryPtr entry = Entry::make(draft);
    last = entry->position();
    chain = entry->chain();
    return entry;
  }
  // Under the government of the last entry, 1/0 in an empty log.
  EntryPtr append(std::string_view body) { return append(body, More{}); }
  EntryPtr append(std::string_view body, const More& more) {
    if (last.promise.is_zero()) return append({1, 0}, body, {.kind = Kind::government, .channel = {}, .items = 1});
    return append({last.promise.government, last.promise.entry + 1}, body, more);
  }
  EntryPtr append_government() {
    ballot += 1;
    return append({last.promise.government + 1, 0}, "government",
                  {.kind = Kind::government, .channel = {}, .items = 1});
  }
};

// `count` entries that continue `tail`: governments, batches, bodies of 0 to `body_bytes_max` bytes.
inline std::vector<EntryPtr> random_entries(Tail& tail, Random& random, std::size_t count,
                                            std::size_t body_bytes_max = 200) {
  std::vector<EntryPtr> entries;
  for (std::size_t i = 0; i < count; ++i) {
    if (!tail.last.promise.is_zero() && below(random, 10) == 0) {
      entries.push_back(tail.append_government());
      continue;
    }
    const std::string body = random_bytes(random, below(random, body_bytes_max + 1));
    const std::string channel = below(random, 2) == 0 ? "" : below(random, 2) == 0 ? "red" : "blue";
    const std::size_t items = below(random, 4) == 0 ? 1 + below(random, 5) : 1;
    entries.push_back(tail.append(body, {.kind = Kind::client, .channel = channel, .items = items}));
  }
  return entries;
}

inline std::vector<std::string> bytes_of(const std::vector<EntryPtr>& entries) {
  std::vector<std::string> all;
  all.reserve(entries.size());
  for (const EntryPtr& entry : entries) all.emplace_back(entry->bytes());
  return all;
}

}  // namespace hansard::samples
