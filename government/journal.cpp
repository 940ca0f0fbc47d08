#include "government/journal.hpp"

#include "government/planted.hpp"
#include "log/assert.hpp"

#include <algorithm>
#include <utility>

namespace hansard {

void Journal::begin(const Position& last, std::uint64_t promised, const Committed& committed) {
  durable_ = under_way_end_ = last;
  durable_promised_ = under_way_promised_ = promised;
  written_committed_ = committed;
}

void Journal::promise(std::uint64_t ballot) {
  if (planted('f')) return;
  pending_.promised = std::max(ballot, pending_.promised.value_or(0));
}

void Journal::append(const EntryPtr& entry) { pending_.entries.push_back(entry); }

void Journal::drop_after(const Position& position) {
  auto& entries = pending_.entries;
  bool popped = false;
  while (!entries.empty() && entries.back()->last() > position.promise) {
    entries.pop_back();
    popped = true;
  }
  // What this or an earlier write put on the disk beyond the point goes with the next write.
  const bool on_disk = durable_.promise > position.promise || (busy_ && under_way_end_.promise > position.promise);
  // A write that was promised to somebody (a ticket) is made even where all of it was dropped again.
  if (on_disk || (popped && pending_.empty())) {
    pending_.drop_after = std::min(position.promise, pending_.drop_after.value_or(position.promise));
    if (durable_.promise > position.promise) durable_ = position;
    if (under_way_end_.promise > position.promise) under_way_end_ = position;
  }
}

void Journal::restart_after(const Position& position) {
  pending_.older.clear();
  pending_.entries.clear();
  pending_.drop_after.reset();
  pending_.trim_before.reset();
  pending_.restart_after = position.promise;
  // Nothing that was durable is what it was, until this is written.
  durable_ = under_way_end_ = Position{};
}

void Journal::prepend(std::vector<EntryPtr> older) {
  older.insert(older.end(), pending_.older.begin(), pending_.older.end());
  pending_.older = std::move(older);
}

void Journal::trim(Promise before) {
  pending_.trim_before = std::max(before, pending_.trim_before.value_or(Promise{}));
}

void Journal::note(std::string name, std::string value) { pending_.notes[std::move(name)] = std::move(value); }

const Write* Journal::next(const Position& last, const Committed& committed, bool flush) {
  const bool moved = committed.position.promise > written_committed_.position.promise;
  if (busy_ || (pending_.empty() && !(flush && moved))) return nullptr;
  if (moved) {
    pending_.committed = committed;
    written_committed_ = committed;
  }
  under_way_ = std::exchange(pending_, Write{});
  under_way_.id = next_id_++;
  under_way_end_ = last;
  under_way_promised_ = std::max(durable_promised_, under_way_.promised.value_or(0));
  busy_ = true;
  return &under_way_;
}

void Journal::done(std::uint64_t write_id) {
  HANSARD_ASSERT(busy_ && write_id == under_way_.id, "one write is under way, and it is this one");
  busy_ = false;
  durable_id_ = write_id;
  durable_ = under_way_end_;
  durable_promised_ = under_way_promised_;
  under_way_ = Write{};
}

}  // namespace hansard
