// tests/log/model.hpp - a naive store, and random writes for it: what every real one must equal.
#pragma once

#include "log/record.hpp"
#include "tests/log/samples.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

namespace hansard::samples {

constexpr Promise end{~std::uint64_t{0}, 0};
constexpr std::size_t plenty = std::size_t{1} << 40U;

struct Model {
  std::vector<EntryPtr> log;
  Promise floor;
  Committed committed;
  std::uint64_t promised = 0;
  std::map<std::string, std::string, std::less<>> notes;

  void apply(const Write& write) {
    if (write.restart_after) {
      log.clear();
      floor = *write.restart_after;
    }
    if (write.drop_after) std::erase_if(log, [&](const EntryPtr& e) { return e->last() > *write.drop_after; });
    if (!write.older.empty()) {
      floor = write.older.front()->previous().promise;
      log.insert(log.begin(), write.older.begin(), write.older.end());
    }
    for (const EntryPtr& entry : write.entries) {
      if (log.empty()) floor = entry->previous().promise;
      log.push_back(entry);
    }
    if (write.promised) promised = *write.promised;
    if (write.committed) committed = *write.committed;
    for (const auto& [name, value] : write.notes) {
      notes[name] = value;
      if (value.empty()) notes.erase(name);
    }
    if (!write.trim_before) return;
    for (const EntryPtr& entry : log) {
      if (entry->last() < *write.trim_before) floor = entry->last();
    }
    std::erase_if(log, [&](const EntryPtr& e) { return e->last() < *write.trim_before; });
  }

  [[nodiscard]] std::optional<std::vector<std::string>> read(Promise after, Promise upto) const {
    if (!after.is_zero() && after < floor) return std::nullopt;
    std::vector<EntryPtr> found;
    for (const EntryPtr& entry : log) {
      if (entry->last() > after && entry->first() <= upto) found.push_back(entry);
    }
    return bytes_of(found);
  }

  [[nodiscard]] std::vector<std::string> read_back(Promise after, Promise upto, std::size_t bytes_max) const {
    std::vector<EntryPtr> found;
    std::size_t bytes = 0;
    for (auto entry = log.rbegin(); entry != log.rend(); ++entry) {
      if ((*entry)->last() > upto) continue;
      bytes += (*entry)->bytes().size();
      if ((*entry)->last() <= after || (!found.empty() && bytes > bytes_max)) break;
      found.insert(found.begin(), *entry);
    }
    return bytes_of(found);
  }

  // What a store that was just opened says and holds.
  [[nodiscard]] bool equals(const Recovered& found, const std::vector<EntryPtr>& entries) const {
    return bytes_of(entries) == bytes_of(log) && found.committed == committed && found.promised == promised &&
           found.notes == notes && found.first == (log.empty() ? Promise{} : log.front()->first()) &&
           found.last == (log.empty() ? Position{} : log.back()->position());
  }
};

// A write that the model allows; `tail` follows it.
inline Write random_write(Random& random, const Model& model, Tail& tail, std::size_t body_bytes_max = 40) {
  Write write;
  const std::size_t size = model.log.size();
  if (below(random, 12) == 0) {
    // A snapshot: of a place ahead of the log, behind its end, or in the middle of a batch that it does not hold.
    const std::uint64_t government = 1 + below(random, tail.last.promise.government + 3);
    tail.last = {{government, below(random, 20)}, tail.ballot};
    tail.left_out = random_entries(tail, random, 1 + below(random, 9), body_bytes_max);
    tail.ballot += 1;
    write.restart_after = tail.last.promise;
  } else if (below(random, 6) == 0) {
    const std::size_t kept = size == 0 ? 0 : below(random, size + 1);
    write.drop_after = kept == 0 ? Promise{} : model.log[kept - 1]->last();
    if (kept > 0) {
      tail.last = model.log[kept - 1]->position();
      tail.chain = model.log[kept - 1]->chain();
    } else if (below(random, 2) == 0) {
      tail.last.promise.government = below(random, 50);
      tail.last.promise.entry = below(random, 9);
    } else if (size > 0) {
      tail.last = model.log.front()->previous();
    }
    tail.ballot += 1;
    tail.last.ballot = tail.ballot - 1;
    if (kept > 0) tail.last = model.log[kept - 1]->position();
  }
  // Some of what the last snapshot left out.
  const bool is_empty = size == 0 || write.restart_after || write.drop_after;
  const auto upto = std::find_if(tail.left_out.begin(), tail.left_out.end(), [&](const EntryPtr& entry) {
    if (!is_empty) return entry->position() == model.log.front()->previous();
    return entry->last() == write.restart_after.value_or(model.floor) && entry->position() == tail.last;
  });
  if (upto != tail.left_out.end() && !write.drop_after && below(random, 3) == 0) {
    const auto some = 1 + below(random, static_cast<std::uint64_t>(upto - tail.left_out.begin()) + 1);
    write.older.assign(upto + 1 - static_cast<std::ptrdiff_t>(some), upto + 1);
  }
  if (below(random, 8) != 0) write.entries = random_entries(tail, random, below(random, 6), body_bytes_max);
  if (below(random, 2) == 0) write.committed = Committed{tail.last, tail.ballot};
  if (below(random, 5) == 0) write.promised = tail.ballot + below(random, 3);
  if (below(random, 5) == 0)
    write.notes[std::string(1, static_cast<char>('a' + below(random, 3)))] = random_bytes(random, below(random, 3));
  if (below(random, 9) == 0 && !tail.last.promise.is_zero()) {
    write.trim_before = Promise{tail.last.promise.government, below(random, tail.last.promise.entry + 3)};
  }
  return write;
}

}  // namespace hansard::samples
