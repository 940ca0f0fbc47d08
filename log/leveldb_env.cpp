#include "log/leveldb_env.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <new>
#include <string_view>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>
#include <utility>

namespace hansard {
namespace {

using leveldb::Slice;
using leveldb::Status;

using SharedName = std::shared_ptr<const std::string>;

// The files that a thread read last. A corrupt block is skipped by LevelDB's iterators before we hear of it, so the
// damaged file may be the one before the last.
class RecentFiles {
 public:
  void note(const SharedName& name) {
    if (names_.front() == name) return;
    const auto place = std::find(names_.begin(), names_.end() - 1, name);  // Its own, or the oldest's.
    std::rotate(names_.begin(), place, place + 1);
    names_.front() = name;
  }
  [[nodiscard]] const auto& names() const { return names_; }

 private:
  std::array<SharedName, 8> names_;
};

thread_local RecentFiles recent_files;

Status posix_error(const std::string& name, int error) {
  if (error == ENOENT) return Status::NotFound(name, std::strerror(error));
  return Status::IOError(name, std::strerror(error));
}

class PreadFile : public leveldb::RandomAccessFile {
 public:
  PreadFile(std::string name, int descriptor) : name_(std::move(name)), descriptor_(descriptor) {}
  ~PreadFile() override { ::close(descriptor_); }

  Status Read(std::uint64_t offset, std::size_t n, Slice* result, char* scratch) const override {
    std::size_t done = 0;
    while (done < n) {
      const ::ssize_t got = ::pread(descriptor_, scratch + done, n - done, static_cast<::off_t>(offset + done));
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) {
        *result = Slice(scratch, 0);
        return posix_error(name_, errno);
      }
      if (got == 0) break;
      done += static_cast<std::size_t>(got);
    }
    *result = Slice(scratch, done);
    return Status::OK();
  }

 private:
  const std::string name_;
  const int descriptor_;
};

class NotedFile : public leveldb::RandomAccessFile {
 public:
  NotedFile(const std::string& name, leveldb::RandomAccessFile* target)
      : name_(std::make_shared<const std::string>(name)), target_(target) {}

  Status Read(std::uint64_t offset, std::size_t n, Slice* result, char* scratch) const override {
    recent_files.note(name_);
    return target_->Read(offset, n, result, scratch);
  }

 private:
  const SharedName name_;
  const std::unique_ptr<leveldb::RandomAccessFile> target_;
};

Status sync_directory_of(const std::string& name) {
  const std::size_t slash = name.rfind('/');
  const std::string directory = slash == std::string::npos ? "." : name.substr(0, slash + 1);
  const int descriptor = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return posix_error(directory, errno);
  const int result = ::fsync(descriptor);
  Status status = result == 0 ? Status::OK() : posix_error(directory, errno);
  ::close(descriptor);
  return status;
}

// Whole blocks of memory, as direct writes need them.
class BlockBuffer {
 public:
  static constexpr std::size_t block_bytes = 4096;

  [[nodiscard]] const char* data() const { return bytes_.get(); }
  [[nodiscard]] std::size_t size() const { return size_; }
  void append(const char* bytes, std::size_t count) {
    reserve(size_ + count);
    std::memcpy(bytes_.get() + size_, bytes, count);
    size_ += count;
  }
  void append_zeroes(std::size_t count) {
    reserve(size_ + count);
    std::memset(bytes_.get() + size_, 0, count);
    size_ += count;
  }
  void shrink(std::size_t size) { size_ = size; }
  void erase_front(std::size_t count) {
    std::memmove(bytes_.get(), bytes_.get() + count, size_ - count);
    size_ -= count;
  }

 private:
  struct Free {
    void operator()(char* bytes) const { std::free(bytes); }
  };

  void reserve(std::size_t size) {
    if (size <= capacity_) return;
    const std::size_t capacity = (std::max(size, capacity_ * 2) + block_bytes - 1) / block_bytes * block_bytes;
    std::unique_ptr<char, Free> bytes(static_cast<char*>(std::aligned_alloc(block_bytes, capacity)));
    if (bytes == nullptr) throw std::bad_alloc();
    if (size_ != 0) std::memcpy(bytes.get(), bytes_.get(), size_);
    bytes_ = std::move(bytes);
    capacity_ = capacity;
  }

  std::unique_ptr<char, Free> bytes_;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

// A write-ahead log of the real file system, made for cheap syncs of small groups. Syncing bytes that lengthen a file
// costs a journal's commit too, so small groups are written over zeroes put there before, many groups' worth at once; a
// reader takes zeroes for the end. And whole blocks go to the disk past the page cache, where the file system lets
// them: the last block again with each group, filled up with zeroes. Nothing is written before Sync or Close.
class WalFile final : public leveldb::WritableFile {
 public:
  WalFile(std::string name, int descriptor) : name_(std::move(name)), descriptor_(descriptor) {
    set_direct(true);  // Where it cannot be, writes say so, or are as they always were.
  }
  ~WalFile() override {
    if (descriptor_ >= 0) static_cast<void>(Close());
  }

  Status Append(const Slice& data) override {
    blocks_.append(data.data(), data.size());
    return Status::OK();
  }
  Status Flush() override { return Status::OK(); }
  Status Sync() override {
    const bool is_small = size() - written_ <= small_group_bytes_max;
    if (Status status = write(is_small && size() > zeroed_ ? zeroed_bytes : 0); !status.ok()) return status;
    return ::fdatasync(descriptor_) == 0 ? Status::OK() : posix_error(name_, errno);
  }
  Status Close() override {
    Status status = write(0);
    if (status.ok() && written_ < zeroed_ && ::ftruncate(descriptor_, static_cast<::off_t>(written_)) != 0) {
      status = posix_error(name_, errno);
    }
    if (::close(std::exchange(descriptor_, -1)) != 0 && status.ok()) status = posix_error(name_, errno);
    return status;
  }

 private:
  static constexpr std::size_t small_group_bytes_max = std::size_t{16} << 10U;
  static constexpr std::size_t zeroed_bytes = std::size_t{256} << 10U;

  [[nodiscard]] std::size_t size() const { return blocks_at_ + blocks_.size(); }

  void set_direct(bool on) {
    const int flags = ::fcntl(descriptor_, F_GETFL);
    if (flags < 0 || ((flags & O_DIRECT) != 0) == on) return;
    static_cast<void>(::fcntl(descriptor_, F_SETFL, on ? flags | O_DIRECT : flags & ~O_DIRECT));
  }

  // What is unwritten, in whole blocks, and `zeroes` after it.
  Status write(std::size_t zeroes) {
    if (written_ == size()) return Status::OK();
    const std::size_t ours = blocks_.size();
    const std::size_t needed =
        (ours + BlockBuffer::block_bytes - 1) / BlockBuffer::block_bytes * BlockBuffer::block_bytes;
    blocks_.append_zeroes(needed - ours + zeroes);
    for (std::size_t done = 0; done < blocks_.size();) {
      const ::ssize_t wrote =
          ::pwrite(descriptor_, blocks_.data() + done, blocks_.size() - done, static_cast<::off_t>(blocks_at_ + done));
      if (wrote > 0) done += static_cast<std::size_t>(wrote);
      if (wrote >= 0 || errno == EINTR) continue;
      const int error = errno;
      if (error == EINVAL && is_direct()) {
        set_direct(false);
        continue;
      }
      if (done >= ours) {  // There is room for what matters. Short of more, the next groups lengthen the file.
        blocks_.shrink(done);
        break;
      }
      blocks_.shrink(ours);
      return posix_error(name_, error);
    }
    zeroed_ = std::max(zeroed_, blocks_at_ + blocks_.size());
    blocks_.shrink(ours);
    written_ = size();
    const std::size_t whole = ours / BlockBuffer::block_bytes * BlockBuffer::block_bytes;
    blocks_.erase_front(whole);
    blocks_at_ += whole;
    return Status::OK();
  }

  [[nodiscard]] bool is_direct() const { return (::fcntl(descriptor_, F_GETFL) & O_DIRECT) != 0; }

  const std::string name_;
  int descriptor_;
  BlockBuffer blocks_;         // the last block, as far as it is filled, and what is unwritten
  std::size_t blocks_at_ = 0;  // where in the file they belong
  std::size_t written_ = 0;    // bytes of ours in the file
  std::size_t zeroed_ = 0;     // and up to here zeroes, or ours
};

// Counts syncs, makes the name of a new file durable with its first bytes, and holds what is unsynced where told to.
class CountedFile : public leveldb::WritableFile {
 public:
  struct Options {
    bool sync_directory = false;
    bool hold_unsynced = false;
  };
  CountedFile(std::string name, leveldb::WritableFile* target, Options options, std::atomic<std::uint64_t>& syncs)
      : name_(std::move(name)), target_(target), options_(options), syncs_(syncs) {}

  // LevelDB deletes some files without closing them; what is held goes the way of any written byte.
  ~CountedFile() override { static_cast<void>(pass_on()); }

  Status Append(const Slice& data) override {
    if (!options_.hold_unsynced) return target_->Append(data);
    held_.append(data.data(), data.size());
    return Status::OK();
  }
  Status Flush() override { return options_.hold_unsynced ? Status::OK() : target_->Flush(); }
  Status Close() override {
    if (Status status = pass_on(); !status.ok()) return status;
    return target_->Close();
  }
  Status Sync() override {
    if (Status status = pass_on(); !status.ok()) return status;
    syncs_.fetch_add(1, std::memory_order_relaxed);
    if (Status status = target_->Sync(); !status.ok()) return status;
    if (!std::exchange(options_.sync_directory, false)) return Status::OK();
    return sync_directory_of(name_);
  }

 private:
  Status pass_on() {
    if (held_.empty()) return Status::OK();
    Status status = target_->Append(held_);
    held_.clear();
    return status;
  }

  const std::string name_;
  const std::unique_ptr<leveldb::WritableFile> target_;
  Options options_;
  std::atomic<std::uint64_t>& syncs_;
  std::string held_;
};

class SilentLogger : public leveldb::Logger {
 public:
  void Logv(const char*, std::va_list) override {}
};

}  // namespace

LevelDbEnv::LevelDbEnv(leveldb::Env* target, bool hold_unsynced)
    : EnvWrapper(target != nullptr ? target : leveldb::Env::Default()),
      is_real_(target == nullptr),
      hold_unsynced_(hold_unsynced),
      info_log_(std::make_unique<SilentLogger>()) {}

LevelDbEnv::~LevelDbEnv() {
  if (held_lock_ != nullptr) target()->UnlockFile(held_lock_);
}

Status LevelDbEnv::lock_directory(const std::string& directory) {
  const std::lock_guard<std::mutex> guard(mutex_);
  locked_name_ = path_in(directory, "LOCK");
  if (held_lock_ != nullptr) return Status::OK();  // since an open that failed before LevelDB asked
  return target()->LockFile(locked_name_, &held_lock_);
}

std::uint64_t LevelDbEnv::inode(const std::string& directory) const {
  struct ::stat status {};
  return is_real_ && ::stat(directory.c_str(), &status) == 0 ? static_cast<std::uint64_t>(status.st_ino) : 0;
}

std::optional<Room> LevelDbEnv::room(const std::string& directory) const {
  struct ::statvfs status {};
  if (!is_real_ || ::statvfs(directory.c_str(), &status) != 0) return std::nullopt;
  return Room{std::uint64_t{status.f_bavail} * status.f_frsize, std::uint64_t{status.f_blocks} * status.f_frsize};
}

std::vector<std::string> LevelDbEnv::recently_read(const std::string& directory) {
  std::vector<std::string> found;
  for (const SharedName& name : recent_files.names()) {
    if (name != nullptr && name->starts_with(path_in(directory, ""))) found.push_back(*name);
  }
  return found;
}

Status LevelDbEnv::NewRandomAccessFile(const std::string& name, leveldb::RandomAccessFile** result) {
  *result = nullptr;
  leveldb::RandomAccessFile* file = nullptr;
  if (is_real_) {
    const int descriptor = ::open(name.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) return posix_error(name, errno);
    file = new PreadFile(name, descriptor);
  } else if (Status status = target()->NewRandomAccessFile(name, &file); !status.ok()) {
    return status;
  }
  *result = new NotedFile(name, file);
  return Status::OK();
}

leveldb::WritableFile* LevelDbEnv::wrap(const std::string& name, leveldb::WritableFile* file) {
  return new CountedFile(name, file, {.sync_directory = is_real_, .hold_unsynced = hold_unsynced_}, syncs_);
}

Status LevelDbEnv::NewWritableFile(const std::string& name, leveldb::WritableFile** result) {
  *result = nullptr;
  leveldb::WritableFile* file = nullptr;
  if (is_real_ && name.ends_with(".log")) {
    const int descriptor = ::open(name.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (descriptor < 0) return posix_error(name, errno);
    file = new WalFile(name, descriptor);
  } else if (Status status = target()->NewWritableFile(name, &file); !status.ok()) {
    return status;
  }
  *result = wrap(name, file);
  return Status::OK();
}

Status LevelDbEnv::NewAppendableFile(const std::string& name, leveldb::WritableFile** result) {
  *result = nullptr;
  leveldb::WritableFile* file = nullptr;
  if (Status status = target()->NewAppendableFile(name, &file); !status.ok()) return status;
  *result = wrap(name, file);
  return Status::OK();
}

Status LevelDbEnv::CreateDir(const std::string& name) {
  Status status = target()->CreateDir(name);
  return status.ok() && is_real_ ? sync_directory_of(name) : status;
}

Status LevelDbEnv::RenameFile(const std::string& from, const std::string& to) {
  Status status = target()->RenameFile(from, to);
  return status.ok() && is_real_ ? sync_directory_of(to) : status;
}

Status LevelDbEnv::NewLogger(const std::string&, leveldb::Logger** result) {
  *result = new SilentLogger;
  return Status::OK();
}

Status LevelDbEnv::LockFile(const std::string& name, leveldb::FileLock** lock) {
  const std::lock_guard<std::mutex> guard(mutex_);
  if (held_lock_ == nullptr || name != locked_name_) return target()->LockFile(name, lock);
  *lock = std::exchange(held_lock_, nullptr);
  return Status::OK();
}

Status LevelDbEnv::UnlockFile(leveldb::FileLock* lock) { return target()->UnlockFile(lock); }

Error to_error(const Status& status, const std::string& where) {
  const std::string text = status.ToString();
  const auto says = [&](int error) { return text.find(std::strerror(error)) != std::string::npos; };
  const bool is_io = status.IsIOError() || status.IsNotFound();
  const Errc code = !is_io ? Errc::corrupt : says(ENOSPC) || says(EDQUOT) ? Errc::no_space : Errc::io;
  return {code, where + ": " + text};
}

std::string path_in(const std::string& directory, const std::string& name) { return directory + '/' + name; }

}  // namespace hansard
