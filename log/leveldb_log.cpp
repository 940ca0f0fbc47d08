#include "log/leveldb_log.hpp"

#include "log/assert.hpp"

#include <leveldb/db.h>
#include <leveldb/write_batch.h>

#include <algorithm>
#include <limits>
#include <memory>

namespace hansard {
namespace {

namespace keys = leveldb_keys;

// An open walks back to the newest marker of `committed`: over no more entries than this, plus a write's.
constexpr std::uint64_t entries_between_markers_max = 65'536;
// Trimming deletes so many keys with each write, so that no write is held up.
constexpr std::size_t swept_keys_max = 1024;
constexpr std::size_t swept_bytes_max = std::size_t{256} << 10U;  // of entries, which are read to be deleted
// A drop of more than that becomes a trim where it can.
constexpr std::size_t dropped_keys_max = 65'536;
constexpr std::size_t no_limit = std::numeric_limits<std::size_t>::max();

std::string_view view(const leveldb::Slice& slice) { return {slice.data(), slice.size()}; }

// The least promise after every one up to `promise`.
Promise just_after(Promise promise) {
  if (const auto entry = next_entry(promise)) return *entry;
  const auto government = next_government(promise);
  HANSARD_ASSERT(government, "the very last promise is never given");
  return *government;
}

void set_oldest(LogExtent& extent, const Entry& entry) {
  extent.oldest_first = entry.first();
  extent.oldest_last = entry.last();
  extent.oldest_previous = entry.previous();
  extent.floor = entry.previous().promise;
}

void set_empty(LogExtent& extent, Promise floor) {
  extent.oldest_first = extent.oldest_last = {};
  extent.oldest_previous = {};
  extent.last = {};
  extent.floor = floor;
}

class Plan {
 public:
  Plan(const LogPlace& place, const LogExtent& now, const Write& write, leveldb::WriteBatch& batch)
      : place_(place), now_(now), write_(write), batch_(batch), next_(now) {}

  [[nodiscard]] Result<void> run();
  [[nodiscard]] const LogExtent& next() const { return next_; }

 private:
  [[nodiscard]] Result<void> drop_after(Promise after);
  [[nodiscard]] Result<void> make_way(const Entry& front);
  [[nodiscard]] Result<void> prepend();
  [[nodiscard]] Result<void> append();
  [[nodiscard]] Result<void> trim_before(Promise before);
  [[nodiscard]] Result<void> sweep(std::size_t keys_max, std::size_t bytes_max);
  void mark_committed();
  // All keys of the range, or as many as were asked for; `reached`: the entry that the last one belongs to.
  struct Deleted {
    bool all = true;
    Promise reached;
  };
  [[nodiscard]] Result<Deleted> delete_keys(const std::string& from, const std::string& to, std::size_t keys_max,
                                            std::size_t bytes_max);

  const LogPlace& place_;
  const LogExtent& now_;
  const Write& write_;
  leveldb::WriteBatch& batch_;
  LogExtent next_;
};

Result<void> Plan::run() {
  if (write_.restart_after) {
    if (auto dropped = drop_after(Promise{}); !dropped) return dropped;
    set_empty(next_, *write_.restart_after);
  } else if (write_.drop_after) {
    if (auto dropped = drop_after(*write_.drop_after); !dropped) return dropped;
  }
  if (!write_.older.empty()) {
    if (auto prepended = prepend(); !prepended) return prepended;
  }
  if (auto continues = check_continues(write_, next_.last); !continues) return continues;
  if (!write_.entries.empty()) {
    if (auto appended = append(); !appended) return appended;
  }
  if (write_.trim_before) {
    if (auto found = trim_before(*write_.trim_before); !found) return found;
  }
  // What this same write trims is never put.
  for (const auto* entries : {&write_.older, &write_.entries}) {
    for (const EntryPtr& entry : *entries) {
      const std::string_view bytes = entry->bytes();
      if (entry->last() < next_.trimmed.bound) continue;
      batch_.Put(keys::entry(place_.log, entry->last()), {bytes.data(), bytes.size()});
    }
  }
  if (auto swept = sweep(swept_keys_max, swept_bytes_max); !swept) return swept;
  next_.trimmed.floor = next_.is_empty() ? next_.floor : Promise{};
  if (next_.trimmed != now_.trimmed) batch_.Put(keys::trimmed(place_.log), keys::encode(next_.trimmed));
  mark_committed();
  if (write_.promised) batch_.Put(keys::promised(place_.log), keys::encode(*write_.promised));
  for (const auto& [name, value] : write_.notes) {
    if (value.empty()) {
      batch_.Delete(keys::note(place_.log, name));
    } else {
      batch_.Put(keys::note(place_.log, name), value);
    }
  }
  return {};
}

Result<void> Plan::drop_after(Promise after) {
  if (next_.last.promise <= after) return {};
  EntryCursor cursor(place_, true);
  cursor.seek(std::max(after, next_.trimmed.bound));
  if (cursor.valid() && cursor.key() == after) cursor.next();
  if (!cursor.valid()) return cursor.damage(after);
  const auto first = cursor.entry();
  if (!first) return first.error();
  const Position kept = (*first)->previous();
  if (kept.promise > std::max(after, next_.floor)) return cursor.damage(after);
  if ((*first)->first() <= after) {
    return Error{Errc::invalid, "drop after " + to_string(after) + " falls inside the batch " +
                                    to_string((*first)->first()) + " to " + to_string((*first)->last())};
  }
  const Promise end = next_.last.promise;
  const bool drops_all = (*first)->last() == next_.oldest_last;
  const bool more_comes_after = write_.entries.empty() || write_.entries.front()->first() > end;
  const std::size_t keys_max = drops_all && more_comes_after ? dropped_keys_max : no_limit;
  // The markers beside what is now the last entry go too, or an old one could outrank the one that is put there next.
  const std::string from =
      drops_all ? keys::entry(place_.log, (*first)->last()) : keys::marker(place_.log, kept.promise, 0);
  const auto deleted = delete_keys(from, keys::end_of_entries(place_.log), keys_max, no_limit);
  if (!deleted) return deleted.error();
  if (!deleted->all) next_.trimmed.bound = just_after(end);  // The rest goes bit by bit, as if trimmed.
  next_.marker = {};
  if (drops_all) {
    set_empty(next_, next_.floor);
  } else {
    next_.last = kept;
  }
  return {};
}

// Left over from a trim or drop, and in the way of what comes now: a snapshot can be older than what it replaces.
Result<void> Plan::make_way(const Entry& front) {
  if (front.first() >= next_.trimmed.bound) return {};
  if (auto swept = sweep(no_limit, no_limit); !swept) return swept;
  next_.trimmed = {};
  return {};
}

Result<void> Plan::prepend() {
  const Entry& front = *write_.older.front();
  // They stand already: this write is given a second time (Store::reopen).
  if (!next_.is_empty() && next_.oldest_last == front.last()) return {};
  const Position before = next_.is_empty() ? Position{next_.floor, 0} : next_.oldest_previous;
  if (auto precedes = check_precedes(write_, before, !next_.is_empty()); !precedes) return precedes;
  if (auto made = make_way(front); !made) return made;
  if (next_.is_empty()) next_.last = write_.older.back()->position();
  set_oldest(next_, front);
  if (next_.marker.is_zero()) next_.entries_since_marker += write_.older.size();
  return {};
}

Result<void> Plan::append() {
  const Entry& front = *write_.entries.front();
  if (next_.is_empty()) {
    if (auto made = make_way(front); !made) return made;
    set_oldest(next_, front);
  }
  next_.last = write_.entries.back()->position();
  next_.entries_since_marker += write_.entries.size();
  return {};
}

Result<void> Plan::trim_before(Promise before) {
  if (next_.is_empty() || before <= next_.oldest_last) return {};
  if (before > next_.last.promise) {
    next_.trimmed.bound = just_after(next_.last.promise);
    set_empty(next_, next_.last.promise);
    return {};
  }
  next_.trimmed.bound = before;
  // Whatever this same write puts is not in the database yet.
  for (const auto* entries : {&write_.older, &write_.entries}) {
    for (const EntryPtr& entry : *entries) {
      if (entry->last() < before) continue;
      if (entry->previous().promise < before) {
        set_oldest(next_, *entry);
        return {};
      }
      break;
    }
  }
  EntryCursor cursor(place_, true);
  cursor.seek(before);
  if (!cursor.valid()) return cursor.damage(before);
  const auto oldest = cursor.entry();
  if (!oldest) return oldest.error();
  if ((*oldest)->previous().promise >= before) return cursor.damage(before);
  set_oldest(next_, **oldest);
  return {};
}

// Deletes some of what was trimmed before.
Result<void> Plan::sweep(std::size_t keys_max, std::size_t bytes_max) {
  if (next_.trimmed.swept >= next_.trimmed.bound) return {};
  const auto deleted = delete_keys(keys::entry(place_.log, next_.trimmed.swept),
                                   keys::entry(place_.log, next_.trimmed.bound), keys_max, bytes_max);
  if (!deleted) return deleted.error();
  next_.trimmed.swept = deleted->all ? next_.trimmed.bound : std::max(deleted->reached, next_.trimmed.swept);
  return {};
}

// Deletes keys from `from` up to before `to`.
Result<Plan::Deleted> Plan::delete_keys(const std::string& from, const std::string& to, std::size_t keys_max,
                                        std::size_t bytes_max) {
  const std::unique_ptr<leveldb::Iterator> each(place_.db.NewIterator(verified(false)));
  Deleted deleted;
  std::size_t count = 0;
  std::size_t bytes = 0;
  for (each->Seek(from); each->Valid() && view(each->key()) < to; each->Next()) {
    if (count >= keys_max || bytes >= bytes_max) {
      deleted.all = false;
      break;
    }
    if (const auto key = keys::parse(place_.log, view(each->key()))) deleted.reached = key->last;
    batch_.Delete(each->key());
    count += 1;
    bytes += each->value().size();
  }
  if (!each->status().ok()) return read_error(place_, each->status());
  return deleted;
}

void Plan::mark_committed() {
  if (write_.committed) next_.committed = *write_.committed;
  const bool was_marked = !now_.marker.is_zero();
  const bool marker_is_gone =
      was_marked && (next_.marker.is_zero() || next_.marker < next_.oldest_last || next_.is_empty());
  const bool marker_is_far = next_.entries_since_marker >= entries_between_markers_max;
  if (!write_.committed && !marker_is_gone && !marker_is_far) return;
  if (next_.is_empty()) {
    batch_.Put(keys::committed(place_.log), keys::encode(next_.committed));
    next_.marker = {};
  } else {
    // Not over an older marker: a key that comes again would make two tables overlap.
    next_.marker_count = next_.marker == next_.last.promise ? next_.marker_count + 1 : 0;
    next_.marker = next_.last.promise;
    batch_.Put(keys::marker(place_.log, next_.marker, next_.marker_count), keys::encode(next_.committed));
  }
  next_.entries_since_marker = 0;
}

// The ends of the log, of which `trimmed` is known.
Result<void> recover_ends(const LogPlace& place, LogExtent& extent) {
  const Promise bound = extent.trimmed.bound;
  extent.floor = extent.trimmed.floor;
  EntryCursor cursor(place, true);
  cursor.seek_to_newest();
  if (!cursor.is_sound()) return cursor.damage(cursor.valid() ? cursor.key() : bound);
  if (!cursor.valid() || cursor.key() < bound) return {};
  const auto newest = cursor.entry();
  if (!newest) return newest.error();
  cursor.seek(bound);
  if (!cursor.is_sound() || !cursor.valid()) return cursor.damage(bound);
  const auto oldest = cursor.entry();
  if (!oldest) return oldest.error();
  extent.last = (*newest)->position();
  set_oldest(extent, **oldest);
  return {};
}

// From the end back to the newest marker. Where there is none, `committed` stays what its own key says.
Result<void> recover_marker(const LogPlace& place, LogExtent& extent) {
  if (extent.is_empty()) return {};
  const std::unique_ptr<leveldb::Iterator> back(place.db.NewIterator(verified(false)));
  const std::string end = keys::end_of_entries(place.log);
  back->Seek(end);
  if (back->Valid()) {
    back->Prev();
  } else {
    back->SeekToLast();
  }
  for (; back->Valid(); back->Prev()) {
    const auto key = keys::parse(place.log, view(back->key()));
    if (!key || key->last < extent.oldest_last) break;
    if (key->is_marker) {
      extent.marker = key->last;
      extent.marker_count = key->count;
      if (keys::decode(view(back->value()), extent.committed)) break;
      return Error{Errc::corrupt, place.directory + " is damaged: no value beside " + to_string(key->last)};
    }
    extent.entries_since_marker += 1;
  }
  if (!back->status().ok()) return read_error(place, back->status());
  return {};
}

}  // namespace

Result<LogExtent> recover_extent(const LogPlace& place) {
  LogExtent extent;
  if (auto read = read_value(place, keys::trimmed(place.log), extent.trimmed); !read) return read.error();
  if (auto read = read_value(place, keys::committed(place.log), extent.committed); !read) return read.error();
  if (auto read = recover_ends(place, extent); !read) return read.error();
  if (auto read = recover_marker(place, extent); !read) return read.error();
  return extent;
}

Result<LogExtent> plan_write(const LogPlace& place, const LogExtent& now, const Write& write,
                             leveldb::WriteBatch& batch) {
  Plan plan(place, now, write, batch);
  if (auto planned = plan.run(); !planned) return planned.error();
  return plan.next();
}

}  // namespace hansard
