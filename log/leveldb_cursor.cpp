#include "log/leveldb_cursor.hpp"

#include "log/leveldb_check.hpp"
#include "log/leveldb_env.hpp"
#include "log/leveldb_keys.hpp"

namespace hansard {
namespace {

namespace keys = leveldb_keys;

std::string_view view(const leveldb::Slice& slice) { return {slice.data(), slice.size()}; }

}  // namespace

leveldb::ReadOptions verified(bool fill_cache) {
  leveldb::ReadOptions options;
  options.verify_checksums = true;
  options.fill_cache = fill_cache;
  return options;
}

Error read_error(const LogPlace& place, const leveldb::Status& status) {
  return to_error(status, name_damaged_table(place.env, place.directory) + " is damaged");
}

EntryCursor::EntryCursor(const LogPlace& place, bool fill_cache)
    : place_(place), iterator_(place.db.NewIterator(verified(fill_cache))) {}

void EntryCursor::seek(Promise promise) {
  iterator_->Seek(keys::entry(place_.log, promise));
  settle(Direction::forward);
}

void EntryCursor::seek_to_newest() {
  iterator_->Seek(keys::end_of_entries(place_.log));
  if (iterator_->Valid()) {
    iterator_->Prev();
  } else {
    iterator_->SeekToLast();
  }
  settle(Direction::backward);
}

void EntryCursor::next() {
  iterator_->Next();
  settle(Direction::forward);
}

void EntryCursor::previous() {
  iterator_->Prev();
  settle(Direction::backward);
}

void EntryCursor::settle(Direction direction) {
  for (key_.reset(); iterator_->Valid();) {
    const auto key = keys::parse(place_.log, view(iterator_->key()));
    if (!key) return;
    if (!key->is_marker) {
      key_ = key->last;
      return;
    }
    if (direction == Direction::forward) {
      iterator_->Next();
    } else {
      iterator_->Prev();
    }
  }
}

Result<EntryPtr> EntryCursor::entry() const {
  auto entry = Entry::parse(view(iterator_->value()));
  if (entry && (*entry)->last() == *key_) return entry;
  const std::string why = entry ? "it holds " + to_string((*entry)->last()) : entry.error().what;
  return Error{Errc::corrupt,
               name_damaged_table(place_.env, place_.directory) + " is damaged at " + to_string(*key_) + ": " + why};
}

bool EntryCursor::is_sound() const { return iterator_->status().ok(); }

Error EntryCursor::damage(Promise near) const {
  const leveldb::Status status = iterator_->status();
  if (status.IsIOError()) return read_error(place_, status);
  const std::string where = " is damaged at or next to " + to_string(near);
  if (status.ok()) return {Errc::corrupt, place_.directory + where + ": an entry is missing"};
  return to_error(status, name_damaged_table(place_.env, place_.directory) + where);
}

}  // namespace hansard
