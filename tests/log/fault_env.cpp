#include "tests/log/fault_env.hpp"

#include <algorithm>
#include <utility>

namespace hansard {
namespace {

using leveldb::Slice;
using leveldb::Status;
using Guard = std::lock_guard<std::mutex>;

class Sequential : public leveldb::SequentialFile {
 public:
  Sequential(FaultEnv& env, std::shared_ptr<FaultEnv::File> file) : env_(env), file_(std::move(file)) {}
  Status Read(std::size_t n, Slice* result, char* scratch) override {
    Status status = env_.read(*file_, offset_, n, result, scratch);
    offset_ += result->size();
    return status;
  }
  Status Skip(std::uint64_t n) override {
    offset_ += n;
    return Status::OK();
  }

 private:
  FaultEnv& env_;
  const std::shared_ptr<FaultEnv::File> file_;
  std::uint64_t offset_ = 0;
};

class RandomAccess : public leveldb::RandomAccessFile {
 public:
  RandomAccess(FaultEnv& env, std::shared_ptr<FaultEnv::File> file) : env_(env), file_(std::move(file)) {}
  Status Read(std::uint64_t offset, std::size_t n, Slice* result, char* scratch) const override {
    return env_.read(*file_, offset, n, result, scratch);
  }

 private:
  FaultEnv& env_;
  const std::shared_ptr<FaultEnv::File> file_;
};

class Writable : public leveldb::WritableFile {
 public:
  Writable(FaultEnv& env, std::shared_ptr<FaultEnv::File> file) : env_(env), file_(std::move(file)) {}
  Status Append(const Slice& data) override { return env_.append(*file_, data); }
  Status Close() override { return Status::OK(); }
  Status Flush() override { return Status::OK(); }
  Status Sync() override { return env_.sync(*file_); }

 private:
  FaultEnv& env_;
  const std::shared_ptr<FaultEnv::File> file_;
};

class Lock : public leveldb::FileLock {
 public:
  explicit Lock(std::string locked) : name(std::move(locked)) {}
  const std::string name;
};

Status missing(const std::string& name) { return Status::NotFound(name, "No such file or directory"); }

// Counts down; true once it has come to nothing, and from then on.
bool strikes(FaultEnv::Fault& fault) {
  if (!fault.after) return false;
  if (*fault.after > 0) *fault.after -= 1;
  return *fault.after == 0;
}

}  // namespace

FaultEnv::FaultEnv() : EnvWrapper(leveldb::Env::Default()) {}
FaultEnv::~FaultEnv() = default;

void FaultEnv::kill_at_sync(std::uint64_t syncs_from_now, bool takes_effect) {
  const Guard guard(mutex_);
  kill_at_ = syncs_ + syncs_from_now;
  last_takes_effect_ = takes_effect;
}

void FaultEnv::crash(samples::Random& random) {
  const Guard guard(mutex_);
  for (auto& [name, file] : files_) {
    const std::size_t unsynced = file->bytes.size() - file->synced;
    std::size_t kept = 0;
    if (unsynced > 0 && samples::below(random, 2) == 0) kept = samples::below(random, unsynced + 1);
    file->bytes.resize(file->synced + kept);
    if (name.ends_with(".log") && samples::below(random, 2) == 0) {
      file->bytes.append(samples::below(random, 40'000), '\0');
    }
    file->synced = file->bytes.size();
  }
  locks_.clear();
  kill_at_.reset();
  killed_ = false;
}

bool FaultEnv::is_killed() const {
  const Guard guard(mutex_);
  return killed_;
}

std::uint64_t FaultEnv::syncs() const {
  const Guard guard(mutex_);
  return syncs_;
}

std::uint64_t FaultEnv::bytes_appended() const {
  const Guard guard(mutex_);
  return bytes_appended_;
}

void FaultEnv::fail_appends(std::uint64_t appends_from_now, Status status) {
  const Guard guard(mutex_);
  append_fault_ = Fault{appends_from_now, std::move(status)};
}

void FaultEnv::fail_syncs(std::uint64_t syncs_from_now, Status status) {
  const Guard guard(mutex_);
  sync_fault_ = Fault{syncs_from_now, std::move(status)};
}

void FaultEnv::recover() {
  const Guard guard(mutex_);
  append_fault_.after.reset();
  sync_fault_.after.reset();
}

FaultEnv::Image FaultEnv::image() const {
  const Guard guard(mutex_);
  Image image;
  for (const auto& [name, file] : files_) image[name] = file->bytes;
  return image;
}

void FaultEnv::restore(const Image& image) {
  const Guard guard(mutex_);
  files_.clear();
  for (const auto& [name, bytes] : image) files_[name] = std::make_shared<File>(File{bytes, bytes.size()});
}

void FaultEnv::flip_bit(const std::string& name, std::uint64_t bit) {
  const Guard guard(mutex_);
  char& byte = files_.at(name)->bytes.at(bit / 8);
  byte = static_cast<char>(byte ^ (1 << (bit % 8)));
}

void FaultEnv::truncate(const std::string& name, std::uint64_t bytes) {
  const Guard guard(mutex_);
  files_.at(name)->bytes.resize(bytes);
}

void FaultEnv::remove(const std::string& name) {
  const Guard guard(mutex_);
  files_.erase(name);
}

Status FaultEnv::dead() const { return killed_ ? Status::IOError("the process was killed") : Status::OK(); }

Status FaultEnv::append(File& file, const Slice& data) {
  const Guard guard(mutex_);
  if (killed_) return dead();
  if (strikes(append_fault_)) {
    file.bytes.append(data.data(), data.size() / 2);  // As far as the disk had room.
    return append_fault_.status;
  }
  file.bytes.append(data.data(), data.size());
  bytes_appended_ += data.size();
  return Status::OK();
}

Status FaultEnv::sync(File& file) {
  const Guard guard(mutex_);
  if (killed_) return dead();
  if (strikes(sync_fault_)) return sync_fault_.status;
  syncs_ += 1;
  killed_ = kill_at_ == syncs_;
  if (!killed_ || last_takes_effect_) file.synced = file.bytes.size();
  return dead();
}

Status FaultEnv::read(const File& file, std::uint64_t offset, std::size_t n, Slice* result, char* scratch) {
  const Guard guard(mutex_);
  *result = Slice(scratch, 0);
  if (killed_) return dead();
  if (offset >= file.bytes.size()) return Status::OK();
  const std::size_t count = std::min(n, file.bytes.size() - offset);
  std::copy_n(file.bytes.begin() + static_cast<std::ptrdiff_t>(offset), count, scratch);
  *result = Slice(scratch, count);
  return Status::OK();
}

Status FaultEnv::NewSequentialFile(const std::string& name, leveldb::SequentialFile** result) {
  const Guard guard(mutex_);
  *result = nullptr;
  if (killed_) return dead();
  const auto found = files_.find(name);
  if (found == files_.end()) return missing(name);
  *result = new Sequential(*this, found->second);
  return Status::OK();
}

Status FaultEnv::NewRandomAccessFile(const std::string& name, leveldb::RandomAccessFile** result) {
  const Guard guard(mutex_);
  *result = nullptr;
  if (killed_) return dead();
  const auto found = files_.find(name);
  if (found == files_.end()) return missing(name);
  *result = new RandomAccess(*this, found->second);
  return Status::OK();
}

Status FaultEnv::NewWritableFile(const std::string& name, leveldb::WritableFile** result) {
  const Guard guard(mutex_);
  *result = nullptr;
  if (killed_) return dead();
  auto& file = files_[name];
  file = std::make_shared<File>();
  *result = new Writable(*this, file);
  return Status::OK();
}

Status FaultEnv::NewAppendableFile(const std::string& name, leveldb::WritableFile** result) {
  const Guard guard(mutex_);
  *result = nullptr;
  if (killed_) return dead();
  auto& file = files_[name];
  if (file == nullptr) file = std::make_shared<File>();
  *result = new Writable(*this, file);
  return Status::OK();
}

bool FaultEnv::FileExists(const std::string& name) {
  const Guard guard(mutex_);
  return !killed_ && files_.contains(name);
}

Status FaultEnv::GetChildren(const std::string& directory, std::vector<std::string>* result) {
  const Guard guard(mutex_);
  result->clear();
  if (killed_) return dead();
  const std::string prefix = directory + '/';
  for (const auto& [name, file] : files_) {
    if (name.starts_with(prefix)) result->push_back(name.substr(prefix.size()));
  }
  return Status::OK();
}

Status FaultEnv::RemoveFile(const std::string& name) {
  const Guard guard(mutex_);
  if (killed_) return dead();
  return files_.erase(name) == 1 ? Status::OK() : missing(name);
}

Status FaultEnv::CreateDir(const std::string&) { return Status::OK(); }
Status FaultEnv::RemoveDir(const std::string&) { return Status::OK(); }

Status FaultEnv::GetFileSize(const std::string& name, std::uint64_t* size) {
  const Guard guard(mutex_);
  *size = 0;
  if (killed_) return dead();
  const auto found = files_.find(name);
  if (found == files_.end()) return missing(name);
  *size = found->second->bytes.size();
  return Status::OK();
}

Status FaultEnv::RenameFile(const std::string& from, const std::string& to) {
  const Guard guard(mutex_);
  if (killed_) return dead();
  const auto found = files_.find(from);
  if (found == files_.end()) return missing(from);
  files_[to] = found->second;
  files_.erase(from);
  return Status::OK();
}

Status FaultEnv::LockFile(const std::string& name, leveldb::FileLock** lock) {
  const Guard guard(mutex_);
  *lock = nullptr;
  if (killed_) return dead();
  if (!locks_.insert(name).second) return Status::IOError("lock " + name, "already held by process");
  *lock = new Lock(name);
  return Status::OK();
}

Status FaultEnv::UnlockFile(leveldb::FileLock* lock) {
  const Guard guard(mutex_);
  const std::unique_ptr<Lock> held(static_cast<Lock*>(lock));
  locks_.erase(held->name);
  return Status::OK();
}

}  // namespace hansard
