#include "log/leveldb_check.hpp"

#include "log/codec.hpp"
#include "log/leveldb_env.hpp"
#include "log/leveldb_wal.hpp"
#include "log/promise.hpp"

#include <leveldb/options.h>
#include <leveldb/table.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string_view>

namespace hansard {
namespace {

using leveldb::Status;

constexpr std::string_view manifest_prefix = "MANIFEST-";

// The number of `000123.log`; nullopt for other names.
std::optional<std::uint64_t> number_of(std::string_view name, std::string_view suffix) {
  if (!name.ends_with(suffix)) return std::nullopt;
  name.remove_suffix(suffix.size());
  if (name.empty() || name.size() > 19) return std::nullopt;
  std::uint64_t number = 0;
  for (const char c : name) {
    if (c < '0' || c > '9') return std::nullopt;
    number = number * 10 + static_cast<std::uint64_t>(c - '0');
  }
  return number;
}

// The number of the oldest write-ahead log in use, where this edit of a MANIFEST (LevelDB's VersionEdit) sets it.
void read_edit(std::string_view edit, std::uint64_t& log_number) {
  enum Tag : std::uint64_t {
    comparator = 1,
    log = 2,
    next_file = 3,
    last_sequence = 4,
    compact_pointer = 5,
    deleted_file = 6,
    new_file = 7,
    previous_log = 9
  };
  Decoder reader(edit);
  while (!reader.failed() && reader.remaining() > 0) {
    switch (reader.number()) {
      case comparator:
        reader.text(edit.size());
        break;
      case log: {
        const std::uint64_t number = reader.number();
        if (!reader.failed()) log_number = number;
        break;
      }
      case next_file:
      case last_sequence:
      case previous_log:
        reader.number();
        break;
      case compact_pointer:
        reader.number();
        reader.text(edit.size());
        break;
      case deleted_file:
        reader.number();
        reader.number();
        break;
      case new_file:
        for (int i = 0; i < 3; ++i) reader.number();
        reader.text(edit.size());
        reader.text(edit.size());
        break;
      default:
        reader.fail();
    }
  }
}

Error corrupt(const std::string& file, const std::string& what) {
  return {Errc::corrupt, file + " is damaged: " + what};
}

std::string at(const WalScan& scan) { return "at byte " + std::to_string(scan.whole_bytes); }

class Check {
 public:
  Check(LevelDbEnv& env, const std::string& directory, std::vector<std::string> names)
      : env_(env), directory_(directory), names_(std::move(names)) {}

  Result<std::vector<std::string>> run() {
    if (!has("CURRENT")) {
      if (auto fresh = nothing_is_lost(); !fresh) return fresh.error();
      return std::vector<std::string>{};
    }
    if (auto manifest = check_manifest(); !manifest) return manifest.error();
    return check_logs();
  }

 private:
  struct Log {
    std::string file;
    WalScan scan;
    std::optional<Promise> newest;  // in it or the logs before
    bool has_gap = false;           // before a record after that
  };

  [[nodiscard]] bool has(std::string_view name) const {
    return std::find(names_.begin(), names_.end(), name) != names_.end();
  }

  // Without CURRENT LevelDB would begin anew and delete all it finds. Only a creation that a crash cut short looks so:
  // it had not come further than its first MANIFEST.
  [[nodiscard]] Result<void> nothing_is_lost() const {
    for (const std::string& name : names_) {
      const bool is_later_manifest = name.starts_with(manifest_prefix) && name != "MANIFEST-000001";
      if (is_later_manifest || number_of(name, ".ldb") || number_of(name, ".sst") || number_of(name, ".log")) {
        return corrupt(path_in(directory_, "CURRENT"), "it is missing, but " + name + " is there");
      }
    }
    return {};
  }

  [[nodiscard]] Result<void> check_manifest() {
    const std::string current = path_in(directory_, "CURRENT");
    std::string name;
    if (const Status status = leveldb::ReadFileToString(&env_, current, &name); !status.ok()) {
      return to_error(status, current);
    }
    if (!name.ends_with('\n')) return corrupt(current, "it does not end with a newline");
    name.pop_back();
    if (!name.starts_with(manifest_prefix) || !has(name)) return corrupt(current, "it names no MANIFEST that is there");

    const std::string manifest = path_in(directory_, name);
    const auto scan = scan_wal(env_, manifest, [&](std::string_view edit) { read_edit(edit, oldest_log_); });
    if (!scan) return scan.error();
    // An end that LevelDB will take for torn. Where it was not, and made a log obsolete, that log is gone: see below.
    if (scan->damaged && (scan->more || !scan->beyond_end)) return corrupt(manifest, at(*scan));
    // Its name was durable before the edit that names it, and it is kept as long as that is the last one.
    if (oldest_log_ != 0 && !has_log(oldest_log_)) {
      const std::string what = scan->damaged ? at(*scan) : "it is sound";
      return corrupt(manifest,
                     what + ", and the write-ahead log that it names, " + std::to_string(oldest_log_) + ", is missing");
    }
    return {};
  }

  [[nodiscard]] bool has_log(std::uint64_t number) const {
    return std::any_of(names_.begin(), names_.end(),
                       [&](const std::string& name) { return number_of(name, ".log") == number; });
  }

  [[nodiscard]] Result<std::vector<std::string>> check_logs() {
    std::vector<std::uint64_t> numbers;
    for (const std::string& name : names_) {
      const auto number = number_of(name, ".log");
      if (number && *number >= oldest_log_) numbers.push_back(*number);
    }
    std::sort(numbers.begin(), numbers.end());
    std::vector<Log> logs;
    for (const std::uint64_t number : numbers) {
      auto log = scan_log(number);
      if (!log) return log.error();
      if (log->has_gap) {
        return corrupt(log->file, "what should come before, after " + after(log->newest) + ", is missing");
      }
      logs.push_back(std::move(*log));
    }
    std::vector<std::string> remarks;
    bool written_later = false;
    for (auto log = logs.rbegin(); log != logs.rend(); ++log) {
      if (log->scan.damaged && (log->scan.more || written_later)) {
        return corrupt(log->file,
                       at(log->scan) + ", after " + after(log->newest) + ", and what was written later is whole");
      }
      written_later = written_later || log->scan.records > 0;
      if (log->scan.damaged) remarks.push_back(cut_remark(*log));
    }
    for (const Log& log : logs) {
      if (!log.scan.damaged) continue;
      if (auto cut = cut_file(env_, log.file, log.scan.whole_bytes); !cut) return cut.error();
    }
    return remarks;
  }

  [[nodiscard]] Result<Log> scan_log(std::uint64_t number) {
    Log log;
    log.newest = newest_;
    for (const std::string& name : names_) {
      if (number_of(name, ".log") == number) log.file = path_in(directory_, name);
    }
    const auto scan = scan_wal(env_, log.file, [&](std::string_view batch) {
      const auto head = head_of(batch);
      log.has_gap = log.has_gap || !head || (next_sequence_ && head->sequence != *next_sequence_);
      if (log.has_gap) return;
      next_sequence_ = head->sequence + head->count;
      if (const auto newest = newest_entry_in(batch)) log.newest = newest;
    });
    if (!scan) return scan.error();
    log.scan = *scan;
    newest_ = log.newest;
    return log;
  }

  [[nodiscard]] static std::string after(std::optional<Promise> newest) {
    return newest ? to_string(*newest) : "what the tables hold";
  }

  [[nodiscard]] static std::string cut_remark(const Log& log) {
    return log.file + ": its last write was torn or damaged " + at(log.scan) + "; the " +
           std::to_string(log.scan.file_bytes - log.scan.whole_bytes) + " bytes from there were dropped";
  }

  LevelDbEnv& env_;
  const std::string& directory_;
  const std::vector<std::string> names_;
  std::uint64_t oldest_log_ = 0;
  std::optional<Promise> newest_;  // of the logs scanned so far
  std::optional<std::uint64_t> next_sequence_;
};

bool is_whole(LevelDbEnv& env, const std::string& file) {
  leveldb::Options options;
  options.env = &env;
  options.paranoid_checks = true;
  std::uint64_t size = 0;
  leveldb::RandomAccessFile* opened = nullptr;
  if (!env.GetFileSize(file, &size).ok() || !env.NewRandomAccessFile(file, &opened).ok()) return false;
  const std::unique_ptr<leveldb::RandomAccessFile> reader(opened);
  leveldb::Table* opened_table = nullptr;
  if (!leveldb::Table::Open(options, reader.get(), size, &opened_table).ok()) return false;
  const std::unique_ptr<leveldb::Table> table(opened_table);
  leveldb::ReadOptions read;
  read.verify_checksums = true;
  read.fill_cache = false;
  const std::unique_ptr<leveldb::Iterator> each(table->NewIterator(read));
  for (each->SeekToFirst(); each->Valid();) each->Next();
  return each->status().ok();
}

}  // namespace

Result<std::vector<std::string>> check_directory(LevelDbEnv& env, const std::string& directory) {
  std::vector<std::string> names;
  if (const Status status = env.GetChildren(directory, &names); !status.ok()) return to_error(status, directory);
  return Check(env, directory, std::move(names)).run();
}

std::string name_damaged_table(LevelDbEnv& env, const std::string& directory) {
  const std::vector<std::string> files = LevelDbEnv::recently_read(directory);
  for (const std::string& file : files) {
    if (!is_whole(env, file)) return file;
  }
  return files.empty() ? directory : files.front();
}

}  // namespace hansard
