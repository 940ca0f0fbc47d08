#include "log/memory_store.hpp"

#include "log/store.hpp"

#include <algorithm>
#include <deque>
#include <optional>
#include <set>
#include <utility>
#include <vector>

namespace hansard {
namespace {

// What a disk holds at one time.
struct Image {
  std::optional<Identity> identity;
  std::uint64_t promised = 0;
  Committed committed;
  std::deque<EntryPtr> log;
  Promise floor;  // newest promise that trimming took; see Store
  std::map<std::string, std::string, std::less<>> notes;
  std::set<Promise> damaged;  // last() of entries with a flipped bit

  [[nodiscard]] Position last() const { return log.empty() ? Position{} : log.back()->position(); }

  // The first entry with last() > `after`.
  [[nodiscard]] std::size_t index_after(Promise after) const {
    const auto found = std::upper_bound(log.begin(), log.end(), after,
                                        [](Promise promise, const EntryPtr& entry) { return promise < entry->last(); });
    return static_cast<std::size_t>(found - log.begin());
  }

  [[nodiscard]] Result<void> drop_after(Promise after) {
    const std::size_t index = index_after(after);
    if (index < log.size() && log[index]->first() <= after) {
      return Error{Errc::invalid, "drop after " + to_string(after) + " falls inside the batch " +
                                      to_string(log[index]->first()) + " to " + to_string(log[index]->last())};
    }
    log.resize(index);
    damaged.erase(damaged.upper_bound(after), damaged.end());
    return {};
  }

  // REQUIRES: checked.
  void append(const std::vector<EntryPtr>& entries) {
    if (entries.empty()) return;
    if (log.empty()) floor = entries.front()->previous().promise;
    log.insert(log.end(), entries.begin(), entries.end());
  }

  // REQUIRES: checked.
  void prepend(const std::vector<EntryPtr>& older) {
    if (older.empty()) return;
    floor = older.front()->previous().promise;
    log.insert(log.begin(), older.begin(), older.end());
  }

  void trim_before(Promise before) {
    while (!log.empty() && log.front()->last() < before) {
      floor = log.front()->last();
      damaged.erase(floor);
      log.pop_front();
    }
  }

  void restart_after(Promise promise) {
    log.clear();
    damaged.clear();
    floor = promise;
  }

  [[nodiscard]] Result<void> apply(const Write& write) {
    if (write.restart_after) restart_after(*write.restart_after);
    if (write.drop_after) {
      if (auto dropped = drop_after(*write.drop_after); !dropped) return dropped;
    }
    prepend(write.older);
    append(write.entries);
    if (write.promised) promised = *write.promised;
    if (write.committed) committed = *write.committed;
    if (write.trim_before) trim_before(*write.trim_before);
    for (const auto& [name, value] : write.notes) {
      if (value.empty()) {
        notes.erase(name);
      } else {
        notes[name] = value;
      }
    }
    return {};
  }
};

}  // namespace

struct MemoryDisk::State {
  Image durable;
  Image current;  // durable and, on top, what is unsynced
  std::vector<Write> unsynced;
  bool hold = false;
  std::optional<Error> next_error;
  StoreFigures figures;          // since the disk was made
  std::uint64_t generation = 0;  // of the store that may use the disk
  bool in_use = false;
  bool is_copy = false;

  void sync_first(std::size_t groups) {
    for (std::size_t i = 0; i < groups; ++i) static_cast<void>(durable.apply(unsynced[i]));
    if (groups > 0) figures.syncs += 1;
    unsynced.erase(unsynced.begin(), unsynced.begin() + static_cast<std::ptrdiff_t>(groups));
  }

  void end_store() {
    generation += 1;
    in_use = false;
  }
};

class MemoryStore : public Store {
 public:
  MemoryStore(std::shared_ptr<MemoryDisk::State> state, Recovered recovered)
      : state_(std::move(state)), recovered_(std::move(recovered)), generation_(state_->generation) {}

  ~MemoryStore() override {
    if (state_->generation == generation_) state_->end_store();
  }

  [[nodiscard]] const Recovered& recovered() const override { return recovered_; }

  [[nodiscard]] Result<void> write(const Write& write) override {
    if (failed_) return *failed_;
    if (auto error = gone()) return *error;
    if (state_->next_error) {
      failed_ = std::exchange(state_->next_error, std::nullopt);
      return *failed_;
    }
    if (auto checked = check(write); !checked) return checked;
    if (auto applied = image().apply(write); !applied) return applied;
    state_->unsynced.push_back(write);
    if (!state_->hold) state_->sync_first(state_->unsynced.size());  // Those held before go with it, in order.
    state_->figures.groups += 1;
    for (const EntryPtr& entry : write.older) state_->figures.bytes += entry->bytes().size();
    for (const EntryPtr& entry : write.entries) state_->figures.bytes += entry->bytes().size();
    return {};
  }

  [[nodiscard]] Result<std::vector<EntryPtr>> read(Promise after, Promise upto, std::size_t bytes_max,
                                                   std::size_t count_max) override {
    if (auto error = gone()) return *error;
    if (!after.is_zero() && after < image().floor) return trimmed(after);
    std::vector<EntryPtr> found;
    std::size_t bytes = 0;
    for (std::size_t i = image().index_after(after); i < image().log.size(); ++i) {
      const EntryPtr& entry = image().log[i];
      if (entry->first() > upto) break;
      bytes += entry->bytes().size();
      if (!found.empty() && (bytes > bytes_max || found.size() >= count_max)) break;
      if (auto error = damage(*entry)) return *error;
      found.push_back(entry);
    }
    return found;
  }

  [[nodiscard]] Result<std::vector<EntryPtr>> read_last(Promise upto, std::size_t items, std::string_view channel,
                                                        std::size_t bytes_max) override {
    if (auto error = gone()) return *error;
    std::vector<EntryPtr> found;
    std::size_t bytes = 0;
    std::size_t scanned = 0;
    std::size_t missing = items;
    for (std::size_t i = image().log.size(); i-- > 0 && missing > 0 && scanned < scan_bytes_max;) {
      const EntryPtr& entry = image().log[i];
      if (entry->first() > upto) continue;
      if (auto error = damage(*entry)) return *error;
      scanned += entry->bytes().size();
      if (entry->kind() != Kind::client || (!channel.empty() && entry->channel() != channel)) continue;
      bytes += entry->bytes().size();
      if (!found.empty() && bytes > bytes_max) break;
      found.push_back(entry);
      missing -= std::min(missing, entry->count());
    }
    std::reverse(found.begin(), found.end());
    return found;
  }

  [[nodiscard]] Result<std::vector<EntryPtr>> read_back(Promise after, Promise upto, std::size_t bytes_max) override {
    if (auto error = gone()) return *error;
    std::vector<EntryPtr> found;
    std::size_t bytes = 0;
    for (std::size_t i = image().log.size(); i-- > 0;) {
      const EntryPtr& entry = image().log[i];
      if (entry->last() > upto) continue;
      if (entry->last() <= after) break;
      if (auto error = damage(*entry)) return *error;
      bytes += entry->bytes().size();
      if (!found.empty() && bytes > bytes_max) break;
      found.push_back(entry);
    }
    std::reverse(found.begin(), found.end());
    return found;
  }

  [[nodiscard]] Result<EntryPtr> find(Promise promise) override {
    if (auto error = gone()) return *error;
    if (!promise.is_zero() && promise <= image().floor) return trimmed(promise);
    std::size_t index = image().index_after(promise);
    if (index > 0 && image().log[index - 1]->last() == promise) index -= 1;
    if (index == image().log.size() || image().log[index]->first() > promise) {
      return Error{Errc::not_found, "no entry holds " + to_string(promise)};
    }
    if (auto error = damage(*image().log[index])) return *error;
    return image().log[index];
  }

  [[nodiscard]] StoreFigures figures() const override {
    StoreFigures figures = state_->figures;
    for (const EntryPtr& entry : state_->current.log) figures.disk_bytes += entry->bytes().size();
    return figures;
  }

 private:
  [[nodiscard]] Image& image() { return state_->current; }

  [[nodiscard]] std::optional<Error> gone() const {
    if (state_->generation == generation_) return std::nullopt;
    return Error{Errc::io, "memory disk: it crashed or was wiped under this store"};
  }

  [[nodiscard]] Result<void> check(const Write& write) {
    Position last = write.restart_after ? Position{} : image().last();
    if (write.drop_after && !write.restart_after) {
      const std::size_t kept = image().index_after(*write.drop_after);
      last = kept == 0 ? Position{} : image().log[kept - 1]->position();
    }
    const auto& log = image().log;
    const bool is_empty = last.promise.is_zero();
    const Promise floor = write.restart_after.value_or(image().floor);
    const Position before = is_empty ? Position{floor, 0} : log.front()->previous();
    if (auto checked = check_precedes(write, before, !is_empty); !checked) return checked;
    if (is_empty && !write.older.empty()) last = write.older.back()->position();
    return check_continues(write, last);
  }

  [[nodiscard]] std::optional<Error> damage(const Entry& entry) {
    if (!image().damaged.contains(entry.last())) return std::nullopt;
    return Error{Errc::corrupt, "memory disk: entry " + to_string(entry.last()) + " is damaged"};
  }

  [[nodiscard]] Error trimmed(Promise promise) {
    return {Errc::trimmed, to_string(promise) + " is trimmed: the log begins after " + to_string(image().floor)};
  }

  std::shared_ptr<MemoryDisk::State> state_;
  Recovered recovered_;
  std::uint64_t generation_;
  std::optional<Error> failed_;
};

MemoryDisk::MemoryDisk() : state_(std::make_shared<State>()) {}
MemoryDisk::~MemoryDisk() = default;

Result<std::unique_ptr<Store>> MemoryDisk::open(const std::string& id, Cookie fresh_cookie, bool moved) {
  if (!is_name(id)) return Error{Errc::invalid, "'" + id + "' is no islander's id"};
  if (state_->in_use) return Error{Errc::in_use, "memory disk: it is in use by another store"};
  auto& identity = state_->current.identity;
  if (identity && identity->id != id) {
    return Error{Errc::wrong_identity, "memory disk: it belongs to islander '" + identity->id + "', not '" + id + "'"};
  }
  if (state_->is_copy && !moved) {
    return Error{Errc::wrong_identity,
                 "memory disk: it is a copy; where the original is gone for good, say that it moved"};
  }
  state_->is_copy = false;
  if (!identity) identity = Identity{id, fresh_cookie, 0};
  identity->start += 1;
  state_->durable.identity = identity;
  state_->in_use = true;

  const Image& image = state_->current;
  Recovered recovered;
  recovered.identity = *identity;
  recovered.promised = image.promised;
  recovered.committed = image.committed;
  if (!image.log.empty()) recovered.first = image.log.front()->first();
  recovered.last = image.last();
  recovered.notes = image.notes;
  return std::unique_ptr<Store>(std::make_unique<MemoryStore>(state_, std::move(recovered)));
}

void MemoryDisk::hold_syncs(bool hold) { state_->hold = hold; }

void MemoryDisk::sync() { state_->sync_first(state_->unsynced.size()); }

void MemoryDisk::crash(std::size_t groups_kept) {
  state_->sync_first(std::min(groups_kept, state_->unsynced.size()));
  state_->unsynced.clear();
  state_->current = state_->durable;
  state_->end_store();
}

void MemoryDisk::fail_next_write(Error error) { state_->next_error = std::move(error); }

std::size_t MemoryDisk::unsynced() const { return state_->unsynced.size(); }

void MemoryDisk::flip_bit(Promise promise) {
  for (Image* image : {&state_->durable, &state_->current}) {
    for (const EntryPtr& entry : image->log) {
      if (entry->first() <= promise && promise <= entry->last()) image->damaged.insert(entry->last());
    }
  }
}

void MemoryDisk::become_copy() { state_->is_copy = true; }

void MemoryDisk::wipe() {
  state_->is_copy = false;
  state_->durable = Image{};
  state_->current = Image{};
  state_->unsynced.clear();
  state_->end_store();
}

}  // namespace hansard
