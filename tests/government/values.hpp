// tests/government/values.hpp - governments in short hand, chains of entries, and random values by seed.
#pragma once

#include "government/government.hpp"
#include "government/log_state.hpp"
#include "government/random.hpp"
#include "log/entry.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace hansard::tests {

// A cookie of its own for each id and life.
inline Cookie cookie_of(const std::string& id, std::uint64_t life = 1) {
  std::uint64_t sum = 0;
  for (const char c : id) sum = sum * 131 + static_cast<unsigned char>(c);
  return {life, sum};
}

inline std::vector<std::string> words(const std::string& text) {
  std::istringstream in{text};
  std::vector<std::string> result;
  for (std::string word; in >> word;) result.push_back(word);
  return result;
}

// government(3, "a b", "c", "d +e"): d is not acclimated, e is. It has no fault() if the numbers are right.
inline Government government(std::uint32_t seats, const std::string& majority, const std::string& minority = "",
                             const std::string& constituents = "") {
  Government result;
  result.promise = {1, 0};
  result.ballot = 1;
  result.seats = result.aim = seats;
  const auto settle = [&](const std::string& id, bool acclimated) {
    result.citizens[id] = Citizen{cookie_of(id), "http://" + id, {1, 0}, acclimated, {}};
  };
  result.majority = words(majority);
  result.minority = words(minority);
  for (const std::string& id : result.parliament()) settle(id, true);
  for (std::string id : words(constituents)) {
    const bool acclimated = id.front() == '+';
    if (acclimated) id.erase(0, 1);
    result.constituents.push_back(id);
    settle(id, acclimated);
  }
  return result;
}

// The same, back to text: "3: a b | c | d +e".
inline std::string text_of(const Government& government) {
  std::string text = std::to_string(government.seats) + ":";
  for (const std::string& id : government.majority) text += " " + id;
  text += " |";
  for (const std::string& id : government.minority) text += " " + id;
  text += " |";
  for (const std::string& id : government.constituents) {
    text += government.citizens.at(id).acclimated ? " +" + id : " " + id;
  }
  return text;
}

inline std::string random_text(Random& random, std::size_t bytes_max) {
  std::string text(random.below(bytes_max + 1), '\0');
  for (char& c : text) c = static_cast<char>(random.below(256));
  return text;
}

inline std::string random_name(Random& random) {
  std::string name(1 + random.below(5), 'a');
  for (char& c : name) c = static_cast<char>('a' + random.below(26));
  return name;
}

// Of any number of bits, so that varints of every length are met.
inline std::uint64_t random_number(Random& random) { return random.next64() >> random.below(64); }

inline Promise random_promise(Random& random) {
  const std::uint64_t government = random_number(random);
  return {government, random_number(random)};
}

inline Position random_position(Random& random) {
  const Promise promise = random_promise(random);
  return {promise, random_number(random)};
}

// A sound government with one to seven seats, some vacant, and a few constituents.
inline Government random_government(Random& random) {
  const auto f = static_cast<std::uint32_t>(random.below(4));
  const std::uint64_t minority = random.below(f + 1);
  const std::uint64_t constituents = random.below(6);
  std::vector<std::string> lists(3);
  for (std::uint64_t i = 0; i < f + 1 + minority + constituents; ++i) {
    const std::string id = "n" + std::to_string(i);
    if (i < f + 1)
      lists[0] += id + " ";
    else if (i < f + 1 + minority)
      lists[1] += id + " ";
    else
      lists[2] += (random.below(2) == 0 ? "+" : "") + id + " ";
  }
  Government result = government(2 * f + 1, lists[0], lists[1], lists[2]);
  result.promise = {5 + random.below(10), 0};
  result.ballot = random_number(random);
  result.why = random_text(random, 40);
  for (auto& [id, citizen] : result.citizens) {
    citizen.arrived = {1 + random.below(5), 0};
    citizen.url = random_text(random, 30);
    for (std::uint64_t i = random.below(3); i > 0; --i) {
      const std::string name = random_text(random, 10);
      citizen.properties[name] = random_text(random, 10);
    }
  }
  return result;
}

// Writes entries that follow each other.
class ChainOfEntries {
 public:
  ChainOfEntries() = default;
  // As if an entry at `start` stood before.
  explicit ChainOfEntries(const Position& start) : at_(start) {}
  // After an entry that somebody wrote.
  explicit ChainOfEntries(const Entry& last) : at_(last.position()), chain_(last.chain()), time_us_(last.time_us()) {}

  EntryPtr govern(Government government, Promise promise, std::uint64_t ballot, Promise settled = {}) {
    place_at(government, {promise, ballot});
    const std::string body = encode(government);
    const Item item{"", body};
    Draft draft;
    draft.first = promise;
    draft.ballot = ballot;
    draft.kind = Kind::government;
    draft.settled = settled;
    draft.items = {&item, 1};
    return add(draft);
  }

  // The next entries under the same government and ballot.
  EntryPtr append(const std::vector<std::string>& bodies, const Author& author = {}, Promise settled = {}) {
    std::vector<Item> items;
    for (const std::string& body : bodies) items.push_back({"text/plain", body});
    Draft draft = next();
    draft.settled = settled;
    draft.author = author;
    draft.items = items;
    return add(draft);
  }

  // The same under an idempotency key.
  EntryPtr append_under(const std::string& key, const std::vector<std::string>& bodies, const Author& author = {}) {
    std::vector<Item> items;
    for (const std::string& body : bodies) items.push_back({"text/plain", body});
    Draft draft = next();
    draft.author = author;
    draft.key = key;
    draft.items = items;
    return add(draft);
  }

  EntryPtr settle(Promise settled) {
    const Item nothing{};
    Draft draft = next();
    draft.kind = Kind::settling;
    draft.settled = settled;
    draft.items = {&nothing, 1};
    return add(draft);
  }

  EntryPtr trim(const Trim& trim) { return own(Kind::trim, encode(trim)); }
  EntryPtr set(const LogSettings& settings) { return own(Kind::settings, encode(settings)); }

  void pass(std::int64_t us) { time_us_ += us; }  // of the log's time

  [[nodiscard]] const Position& at() const { return at_; }

 private:
  [[nodiscard]] Draft next() const {
    Draft draft;
    draft.first = {at_.promise.government, at_.promise.entry + 1};
    draft.ballot = at_.ballot;
    return draft;
  }

  EntryPtr own(Kind kind, const std::string& body) {
    const Item item{"", body};
    Draft draft = next();
    draft.kind = kind;
    draft.items = {&item, 1};
    return add(draft);
  }

  EntryPtr add(Draft draft) {
    draft.previous = at_;
    draft.previous_chain = chain_;
    draft.time_us = ++time_us_;
    EntryPtr entry = Entry::make(draft);
    at_ = entry->position();
    chain_ = entry->chain();
    return entry;
  }

  Position at_;
  Chain chain_;
  std::int64_t time_us_ = 0;
};

}  // namespace hansard::tests
