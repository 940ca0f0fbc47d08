#include "log/leveldb_store.hpp"

#include "log/leveldb_check.hpp"
#include "log/leveldb_cursor.hpp"
#include "log/leveldb_env.hpp"
#include "log/leveldb_keys.hpp"
#include "log/leveldb_log.hpp"

#include <leveldb/cache.h>
#include <leveldb/db.h>
#include <leveldb/write_batch.h>

#include <algorithm>
#include <chrono>
#include <future>
#include <utility>

namespace hansard {
namespace {

namespace keys = leveldb_keys;
using leveldb::Status;

constexpr std::uint32_t main_log = 0;
constexpr std::size_t block_cache_bytes = std::size_t{8} << 20U;
constexpr int open_files_max = 74;  // LevelDB keeps 10 of them for itself
constexpr std::size_t cached_read_bytes_max = std::size_t{256} << 10U;

std::string_view view(const leveldb::Slice& slice) { return {slice.data(), slice.size()}; }

leveldb::WriteOptions synced() {
  leveldb::WriteOptions options;
  options.sync = true;
  return options;
}

class LevelDbStore : public Store {
 public:
  LevelDbStore(LevelDbOptions options, std::unique_ptr<LevelDbEnv> env)
      : options_(std::move(options)), env_(std::move(env)), cache_(leveldb::NewLRUCache(block_cache_bytes)) {}

  // Second half of construction. The store is not to be used where it fails.
  [[nodiscard]] Result<void> open();

  [[nodiscard]] const Recovered& recovered() const override { return recovered_; }
  [[nodiscard]] Result<void> write(const Write& write) override;
  [[nodiscard]] Result<std::vector<EntryPtr>> read(Promise after, Promise upto, std::size_t bytes_max,
                                                   std::size_t count_max) override;
  [[nodiscard]] Result<std::vector<EntryPtr>> read_last(Promise upto, std::size_t items, std::string_view channel,
                                                        std::size_t bytes_max) override;
  [[nodiscard]] Result<std::vector<EntryPtr>> read_back(Promise after, Promise upto, std::size_t bytes_max) override;
  [[nodiscard]] Result<EntryPtr> find(Promise promise) override;
  [[nodiscard]] StoreFigures figures() const override;
  [[nodiscard]] std::optional<Room> room() const override { return env_->room(options_.directory); }
  [[nodiscard]] bool tidy() override;
  [[nodiscard]] bool reopens() const override { return true; }
  [[nodiscard]] Result<void> reopen() override;

 private:
  [[nodiscard]] Result<void> put(const Write& write);
  template <class Visit>
  [[nodiscard]] Result<void> walk_back(Promise upto, std::size_t bytes_max, Visit visit);
  void reclaim();
  [[nodiscard]] Result<void> open_database();
  [[nodiscard]] Result<void> recover_identity();
  [[nodiscard]] Result<void> check_place(leveldb::WriteBatch& batch);
  [[nodiscard]] Result<void> recover_values();
  [[nodiscard]] bool may_read() const { return db_ != nullptr && (!failed_ || failed_->code == Errc::no_space); }
  [[nodiscard]] Error trimmed(Promise promise) const {
    return {Errc::trimmed, to_string(promise) + " is trimmed: the log begins after " + to_string(extent_.floor)};
  }

  const LevelDbOptions options_;
  const std::unique_ptr<LevelDbEnv> env_;
  const std::unique_ptr<leveldb::Cache> cache_;
  std::unique_ptr<leveldb::DB> db_;  // Closed first: it uses the others.
  std::optional<LogPlace> place_;
  Recovered recovered_;
  LogExtent extent_;
  StoreFigures figures_;
  std::optional<Error> failed_;
  struct Attempt {
    Position before;  // ends of the log
    Position after;
  };
  std::optional<Attempt> attempt_;  // of the write that failed
  bool attempt_stands_ = false;     // all of it was found when the store was opened anew
  Promise reclaimed_;               // what was trimmed up to here gave its space back
  std::future<void> reclaiming_;    // ended first: it uses the database
};

// --- opening --------------------------------------------------------------------------------------

void create_directories(LevelDbEnv& env, const std::string& directory) {
  for (std::size_t slash = directory.find('/', 1); slash != std::string::npos; slash = directory.find('/', slash + 1)) {
    static_cast<void>(env.CreateDir(directory.substr(0, slash)));
  }
  static_cast<void>(env.CreateDir(directory));  // A failure shows when the lock is taken.
}

Result<void> LevelDbStore::open() {
  const std::string& directory = options_.directory;
  if (!env_->FileExists(path_in(directory, "CURRENT"))) {
    if (!options_.create) {
      const auto checked = check_directory(*env_, directory);
      if (!checked && checked.error().code == Errc::corrupt) return checked.error();
      return Error{Errc::not_found, "directory " + directory + " holds no log"};
    }
    create_directories(*env_, directory);
  }
  if (const Status status = env_->lock_directory(directory); !status.ok()) {
    const bool is_lock = status.ToString().starts_with("IO error: lock ");
    if (is_lock) return Error{Errc::in_use, "directory " + directory + " is in use by another process"};
    return to_error(status, "directory " + directory);
  }
  auto remarks = check_directory(*env_, directory);
  if (!remarks) return remarks.error();
  recovered_.remarks = std::move(*remarks);
  if (auto opened = open_database(); !opened) return opened;
  place_.emplace(LogPlace{*env_, *db_, directory, main_log});
  if (auto read = recover_identity(); !read) return read;
  if (auto read = recover_values(); !read) return read;
  auto extent = recover_extent(*place_);
  if (!extent) return extent.error();
  extent_ = *extent;
  recovered_.committed = extent_.committed;
  recovered_.first = extent_.oldest_first;
  recovered_.last = extent_.last;
  for (std::string& remark : recovered_.remarks) remark += "; the log ends at " + to_string(extent_.last.promise);

  leveldb::WriteBatch batch;
  if (auto checked = check_place(batch); !checked) return checked;
  recovered_.identity.start += 1;
  if (recovered_.identity.start == 1) {
    batch.Put(keys::format(), keys::encode(keys::format_version));
    batch.Put(keys::identity(), keys::encode(recovered_.identity));
  }
  batch.Put(keys::start(), keys::encode(recovered_.identity.start));
  if (const Status status = db_->Write(synced(), &batch); !status.ok()) return to_error(status, directory);
  return {};
}

Result<void> LevelDbStore::open_database() {
  leveldb::Options options;
  options.create_if_missing = options_.create;
  options.paranoid_checks = true;
  options.env = env_.get();
  options.info_log = env_->info_log();
  options.write_buffer_size = options_.write_buffer_bytes;
  options.max_open_files = open_files_max;
  options.block_cache = cache_.get();
  options.compression = leveldb::kSnappyCompression;
  leveldb::DB* opened = nullptr;
  const Status status = leveldb::DB::Open(options, options_.directory, &opened);
  db_.reset(opened);
  if (!status.ok()) return to_error(status, "directory " + options_.directory);
  return {};
}

Result<void> LevelDbStore::recover_identity() {
  std::uint64_t format = 0;
  const auto has_format = read_value(*place_, keys::format(), format);
  if (!has_format) return has_format.error();
  if (!*has_format) {
    const std::unique_ptr<leveldb::Iterator> any(db_->NewIterator(verified(true)));
    any->SeekToFirst();
    if (any->Valid() || !any->status().ok()) {
      return Error{Errc::corrupt, "directory " + options_.directory + " holds a database, but not of ours"};
    }
    recovered_.identity = {options_.id, options_.fresh_cookie, 0};
    return {};
  }
  if (format != keys::format_version) {
    return Error{Errc::unsupported, "directory " + options_.directory + " has format " + std::to_string(format) +
                                        "; this build reads " + std::to_string(keys::format_version)};
  }
  const auto has_identity = read_value(*place_, keys::identity(), recovered_.identity);
  if (!has_identity) return has_identity.error();
  const auto has_start = read_value(*place_, keys::start(), recovered_.identity.start);
  if (!has_start) return has_start.error();
  if (!*has_identity || !*has_start) {
    return Error{Errc::corrupt, "directory " + options_.directory + " is damaged: it does not say whose it is"};
  }
  if (recovered_.identity.id != options_.id) {
    return Error{Errc::wrong_identity, "directory " + options_.directory + " belongs to islander '" +
                                           recovered_.identity.id + "', not '" + options_.id + "'"};
  }
  return {};
}

// A copy has another inode; what is renamed keeps it.
Result<void> LevelDbStore::check_place(leveldb::WriteBatch& batch) {
  const std::uint64_t here = env_->inode(options_.directory);
  if (here == 0) return {};
  std::uint64_t made_at = 0;
  const auto has_place = read_value(*place_, keys::place(), made_at);
  if (!has_place) return has_place.error();
  if (*has_place && made_at == here) return {};
  if (*has_place && !options_.moved) {
    return Error{Errc::wrong_identity, "directory " + options_.directory +
                                           " is a copy; where the original is gone for good, say so with --moved"};
  }
  batch.Put(keys::place(), keys::encode(here));
  return {};
}

Result<void> LevelDbStore::recover_values() {
  if (auto read = read_value(*place_, keys::promised(main_log), recovered_.promised); !read) return read.error();
  const std::unique_ptr<leveldb::Iterator> each(db_->NewIterator(verified(true)));
  const std::string prefix = keys::notes_prefix(main_log);
  for (each->Seek(prefix); each->Valid() && each->key().starts_with(prefix); each->Next()) {
    recovered_.notes.emplace(view(each->key()).substr(prefix.size()), view(each->value()));
  }
  if (!each->status().ok()) return read_error(*place_, each->status());
  return {};
}

// --- writing --------------------------------------------------------------------------------------

Result<void> LevelDbStore::write(const Write& write) {
  if (auto written = put(write); !written) return written;
  figures_.groups += 1;
  for (const EntryPtr& entry : write.older) figures_.bytes += entry->bytes().size();
  for (const EntryPtr& entry : write.entries) figures_.bytes += entry->bytes().size();
  return {};
}

Result<void> LevelDbStore::put(const Write& write) {
  if (failed_) return *failed_;
  leveldb::WriteBatch batch;
  if (std::exchange(attempt_stands_, false)) {
    // It is there, but perhaps not on the disk itself: what is synced after it makes it so.
    batch.Put(keys::start(), keys::encode(recovered_.identity.start));
    if (const Status status = db_->Write(synced(), &batch); !status.ok()) {
      attempt_stands_ = true;
      failed_ = to_error(status, options_.directory);
      return *failed_;
    }
    return {};
  }
  auto planned = plan_write(*place_, extent_, write, batch);
  if (!planned) {
    if (planned.error().code != Errc::invalid) failed_ = planned.error();
    return planned.error();
  }
  // Always synced: LevelDB does not sync the log it leaves when it begins a new one, so a group that is not synced and
  // is followed by one that is could leave a hole.
  if (const Status status = db_->Write(synced(), &batch); !status.ok()) {
    failed_ = to_error(status, options_.directory);
    attempt_ = Attempt{extent_.last, planned->last};
    return *failed_;
  }
  extent_ = *planned;
  return {};
}

Result<void> LevelDbStore::reopen() {
  if (reclaiming_.valid()) reclaiming_.wait();
  place_.reset();
  db_.reset();
  const std::string& directory = options_.directory;
  if (const Status status = env_->lock_directory(directory); !status.ok()) {
    return to_error(status, "directory " + directory);
  }
  if (auto remarks = check_directory(*env_, directory); !remarks) return remarks.error();
  if (auto opened = open_database(); !opened) return opened;
  place_.emplace(LogPlace{*env_, *db_, directory, main_log});
  auto extent = recover_extent(*place_);
  if (!extent) return extent.error();
  extent_ = *extent;
  // A batch is there whole or not at all. One that does not move the log's end is harmless when it is put again.
  if (const auto attempt = std::exchange(attempt_, std::nullopt)) {
    attempt_stands_ = attempt->after != attempt->before && extent_.last == attempt->after;
  }
  failed_.reset();
  return {};
}

// --- room -----------------------------------------------------------------------------------------

bool LevelDbStore::tidy() {
  if (failed_ || attempt_stands_ || db_ == nullptr) return false;
  if (extent_.trimmed.swept < extent_.trimmed.bound) return put(Write{}).has_value();
  reclaim();
  return false;
}

// LevelDB gives space back when it merges tables, which it may never do with those that nobody adds to.
void LevelDbStore::reclaim() {
  const Promise upto = extent_.trimmed.swept;
  if (upto <= reclaimed_) return;
  if (reclaiming_.valid() && reclaiming_.wait_for(std::chrono::seconds(0)) != std::future_status::ready) return;
  const std::string from = keys::entry(main_log, Promise{});
  const std::string to = keys::entry(main_log, upto);
  const leveldb::Range range(from, to);
  std::uint64_t bytes = 0;
  db_->GetApproximateSizes(&range, 1, &bytes);
  if (bytes < std::max<std::uint64_t>(options_.write_buffer_bytes, 1)) return;
  reclaimed_ = upto;
  reclaiming_ = std::async(std::launch::async, [db = db_.get(), from, to] {
    const leveldb::Slice begin(from);
    const leveldb::Slice end(to);
    db->CompactRange(&begin, &end);
  });
}

// --- reading --------------------------------------------------------------------------------------

Result<std::vector<EntryPtr>> LevelDbStore::read(Promise after, Promise upto, std::size_t bytes_max,
                                                 std::size_t count_max) {
  if (!may_read()) return *failed_;
  if (!after.is_zero() && after < extent_.floor) return trimmed(after);
  std::vector<EntryPtr> found;
  if (extent_.last.promise <= after) return found;
  EntryCursor cursor(*place_, bytes_max <= cached_read_bytes_max);
  cursor.seek(std::max(after, extent_.trimmed.bound));
  if (cursor.valid() && cursor.key() == after) cursor.next();
  std::size_t bytes = 0;
  for (Position before{std::max(after, extent_.floor), 0}; before != extent_.last; cursor.next()) {
    if (!cursor.valid()) return cursor.damage(before.promise);
    auto entry = cursor.entry();
    if (!entry) return entry.error();
    const Position previous = (*entry)->previous();
    // The first may begin below `after`, in a batch; each other one must name the one before.
    if (found.empty() ? previous.promise > before.promise : previous != before) return cursor.damage(before.promise);
    if ((*entry)->first() > upto) break;
    bytes += (*entry)->bytes().size();
    if (!found.empty() && (bytes > bytes_max || found.size() >= count_max)) break;
    before = (*entry)->position();
    found.push_back(std::move(*entry));
  }
  return found;
}

// From the entry that `upto` is in, or the newest below it, to the oldest, as long as `visit` returns true.
template <class Visit>
Result<void> LevelDbStore::walk_back(Promise upto, std::size_t bytes_max, Visit visit) {
  if (extent_.is_empty() || upto < extent_.oldest_first) return {};
  const Promise from = std::min(upto, extent_.last.promise);
  EntryCursor cursor(*place_, bytes_max <= cached_read_bytes_max);
  cursor.seek(std::max(from, extent_.trimmed.bound));
  for (std::optional<Position> expected;; cursor.previous()) {
    if (!cursor.valid()) return cursor.damage(expected ? expected->promise : from);
    auto entry = cursor.entry();
    if (!entry) return entry.error();
    const bool is_expected = expected ? (*entry)->position() == *expected : (*entry)->previous().promise < from;
    if (!is_expected) return cursor.damage(expected ? expected->promise : from);
    expected = (*entry)->previous();
    const bool is_oldest = (*entry)->last() == extent_.oldest_last;
    if (!visit(std::move(*entry)) || is_oldest) return {};
  }
}

Result<std::vector<EntryPtr>> LevelDbStore::read_last(Promise upto, std::size_t items, std::string_view channel,
                                                      std::size_t bytes_max) {
  if (!may_read()) return *failed_;
  std::vector<EntryPtr> found;
  if (items == 0) return found;
  std::size_t bytes = 0;
  std::size_t scanned = 0;
  std::size_t missing = items;
  const auto walked = walk_back(upto, bytes_max, [&](EntryPtr entry) {
    scanned += entry->bytes().size();
    const bool is_asked_for =
        entry->first() <= upto && entry->kind() == Kind::client && (channel.empty() || entry->channel() == channel);
    if (is_asked_for) {
      bytes += entry->bytes().size();
      if (!found.empty() && bytes > bytes_max) return false;
      missing -= std::min(missing, entry->count());
      found.push_back(std::move(entry));
    }
    return missing > 0 && scanned < scan_bytes_max;
  });
  if (!walked) return walked.error();
  std::reverse(found.begin(), found.end());
  return found;
}

Result<std::vector<EntryPtr>> LevelDbStore::read_back(Promise after, Promise upto, std::size_t bytes_max) {
  if (!may_read()) return *failed_;
  std::vector<EntryPtr> found;
  std::size_t bytes = 0;
  const auto walked = walk_back(upto, bytes_max, [&](EntryPtr entry) {
    if (entry->last() > upto) return true;  // a batch that ends later
    bytes += entry->bytes().size();
    if (entry->last() <= after || (!found.empty() && bytes > bytes_max)) return false;
    found.push_back(std::move(entry));
    return true;
  });
  if (!walked) return walked.error();
  std::reverse(found.begin(), found.end());
  return found;
}

Result<EntryPtr> LevelDbStore::find(Promise promise) {
  if (!may_read()) return *failed_;
  if (!promise.is_zero() && promise <= extent_.floor) return trimmed(promise);
  const Error none{Errc::not_found, "no entry holds " + to_string(promise)};
  if (promise < extent_.oldest_first || promise > extent_.last.promise) return none;
  EntryCursor cursor(*place_, true);
  cursor.seek(promise);
  if (!cursor.valid()) return cursor.damage(promise);
  auto entry = cursor.entry();
  if (!entry) return entry;
  if ((*entry)->first() <= promise) return entry;
  if ((*entry)->previous().promise >= promise) return cursor.damage(promise);
  return none;
}

StoreFigures LevelDbStore::figures() const {
  StoreFigures figures = figures_;
  figures.syncs = env_->syncs();
  std::vector<std::string> names;
  if (!env_->GetChildren(options_.directory, &names).ok()) return figures;
  for (const std::string& name : names) {
    std::uint64_t bytes = 0;
    if (env_->GetFileSize(path_in(options_.directory, name), &bytes).ok()) figures.disk_bytes += bytes;
  }
  return figures;
}

}  // namespace

Result<std::unique_ptr<Store>> open_leveldb_store(const LevelDbOptions& options) {
  if (!is_name(options.id)) return Error{Errc::invalid, "'" + options.id + "' is no islander's id"};
  auto store =
      std::make_unique<LevelDbStore>(options, std::make_unique<LevelDbEnv>(options.env, options.hold_unsynced));
  if (auto opened = store->open(); !opened) return opened.error();
  return std::unique_ptr<Store>(std::move(store));
}

}  // namespace hansard
