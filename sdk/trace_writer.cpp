// sdk/trace_writer.cpp - see trace_writer.hpp.
#include "sdk/trace_writer.hpp"

#include "sdk/build_id.hpp"
#include "sdk/moment.hpp"

#include <algorithm>
#include <cerrno>
#include <condition_variable>
#include <cstdio>
#include <cstring>
#include <deque>
#include <fcntl.h>
#include <filesystem>
#include <mutex>
#include <optional>
#include <pthread.h>
#include <signal.h>
#include <spdlog/logger.h>
#include <sys/uio.h>
#include <system_error>
#include <thread>
#include <unistd.h>
#include <utility>
#include <vector>

namespace hansard {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view suffix = ".trace";
constexpr std::size_t digits = 6;                               // of a file's number, at least
constexpr std::size_t spares_max = 4;                           // buffers that are kept
constexpr std::size_t spare_bytes_max = std::size_t{4} << 20U;  // a larger one is given back to the system

std::string file_name(const std::string& id, std::uint64_t number) {
  std::string text = std::to_string(number);
  if (text.size() < digits) text.insert(0, digits - text.size(), '0');
  return id + "-" + text.append(suffix);
}

// The number in the name of a file of that id.
std::optional<std::uint64_t> number_of(std::string_view name, std::string_view id) {
  if (!name.starts_with(id) || !name.ends_with(suffix)) return std::nullopt;
  name.remove_prefix(id.size());
  name.remove_suffix(std::min(name.size(), suffix.size()));
  if (name.size() < 1 + digits || name.size() > 16 || name.front() != '-') return std::nullopt;
  name.remove_prefix(1);
  std::uint64_t number = 0;
  for (const char c : name) {
    if (c < '0' || c > '9') return std::nullopt;
    number = number * 10 + static_cast<std::uint64_t>(c - '0');
  }
  return number;
}

// Those of that id, oldest first.
Result<std::vector<std::uint64_t>> numbers_in(const fs::path& directory, const std::string& id) {
  std::vector<std::uint64_t> numbers;
  std::error_code wrong;
  for (fs::directory_iterator i{directory, wrong}, end; !wrong && i != end; i.increment(wrong)) {
    if (const auto number = number_of(i->path().filename().string(), id)) numbers.push_back(*number);
  }
  if (wrong) return Error{Errc::io, directory.string() + ": " + wrong.message()};
  std::sort(numbers.begin(), numbers.end());
  return numbers;
}

}  // namespace

// The only one who touches files, from its own thread.
class TraceWriter::Worker {
 public:
  Worker(fs::path directory, std::string id, std::size_t files, std::vector<std::uint64_t> numbers,
         std::shared_ptr<spdlog::logger> log)
      : directory_(std::move(directory)),
        id_(std::move(id)),
        files_(files),
        log_(std::move(log)),
        numbers_(std::move(numbers)),
        thread_([this] { work(); }) {
    pthread_setname_np(thread_.native_handle(), "hansard-trace");
  }

  ~Worker() {
    {
      const std::lock_guard lock(mutex_);
      stop_ = true;
    }
    wake_.notify_one();
    thread_.join();
    if (descriptor_ >= 0) ::close(descriptor_);
  }

  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  [[nodiscard]] Backlog look() {
    const std::lock_guard lock(mutex_);
    return {waiting_, has_failed_};
  }

  // Takes the payload, and leaves an empty one, perhaps with room. A block of type begin opens the next file. Says what
  // waits now, this included.
  Backlog push(TraceBlock type, std::string& payload) {
    Backlog backlog;
    std::string spare;
    {
      const std::lock_guard lock(mutex_);
      waiting_ += payload.size();
      backlog = {waiting_, has_failed_};
      queue_.push_back({type, std::move(payload)});
      if (!spares_.empty()) {
        spare = std::move(spares_.back());
        spares_.pop_back();
      }
    }
    payload = std::move(spare);
    wake_.notify_one();
    return backlog;
  }

 private:
  struct Item {
    TraceBlock type;
    std::string payload;
  };

  void work() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, nullptr);  // Signals are the application's, and go to its threads.
    std::unique_lock lock(mutex_);
    while (true) {
      wake_.wait(lock, [this] { return !queue_.empty() || stop_; });
      if (queue_.empty()) return;
      Item item = std::move(queue_.front());
      queue_.pop_front();
      lock.unlock();
      if (!failed_) write(item);
      const std::size_t size = item.payload.size();
      item.payload.clear();
      lock.lock();
      waiting_ -= size;
      has_failed_ = failed_;
      if (spares_.size() < spares_max && item.payload.capacity() <= spare_bytes_max) {
        spares_.push_back(std::move(item.payload));
      }
    }
  }

  void write(const Item& item) {
    if (item.type == TraceBlock::begin && !open_next()) return;
    std::string head = trace_block_head(item.type, item.payload);
    if (item.type == TraceBlock::begin) head.insert(0, trace_magic);
    put(head, item.payload);
    if (item.type != TraceBlock::end || failed_) return;
    ::close(std::exchange(descriptor_, -1));
  }

  bool open_next() {
    if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
    while (numbers_.size() >= files_) {
      std::error_code ignored;  // Removed by somebody else, most likely.
      fs::remove(directory_ / file_name(id_, numbers_.front()), ignored);
      numbers_.erase(numbers_.begin());
    }
    numbers_.push_back(numbers_.empty() ? 1 : numbers_.back() + 1);
    path_ = directory_ / file_name(id_, numbers_.back());
    descriptor_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR);
    if (descriptor_ < 0) fail(errno);
    return descriptor_ >= 0;
  }

  void put(const std::string& head, const std::string& payload) {
    std::size_t done = 0;
    const std::size_t all = head.size() + payload.size();
    while (done < all) {
      ::ssize_t wrote = 0;
      if (done < head.size()) {
        iovec parts[2] = {{const_cast<char*>(head.data()) + done, head.size() - done},
                          {const_cast<char*>(payload.data()), payload.size()}};
        wrote = ::writev(descriptor_, parts, 2);
      } else {
        wrote = ::write(descriptor_, payload.data() + (done - head.size()), all - done);
      }
      if (wrote < 0 && errno == EINTR) continue;
      if (wrote <= 0) return fail(wrote < 0 ? errno : ENOSPC);
      done += static_cast<std::size_t>(wrote);
    }
  }

  void fail(int error) {
    failed_ = true;
    log_->warn("recording ends: {}: {}", path_.string(), std::generic_category().message(error));
  }

  const fs::path directory_;
  const std::string id_;
  const std::size_t files_;
  const std::shared_ptr<spdlog::logger> log_;

  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Item> queue_;
  std::vector<std::string> spares_;
  std::size_t waiting_ = 0;  // bytes that are not written yet
  bool has_failed_ = false;
  bool stop_ = false;

  // The thread's.
  std::vector<std::uint64_t> numbers_;  // of the files that are there
  fs::path path_;
  int descriptor_ = -1;
  bool failed_ = false;

  std::thread thread_;
};

Result<std::unique_ptr<TraceWriter>> TraceWriter::open(const TraceSettings& settings, const Identity& identity,
                                                       std::shared_ptr<spdlog::logger> log) {
  using S = TraceSettings;
  if (settings.file_bytes < S::file_bytes_least || settings.file_bytes > S::file_bytes_most) {
    return Error{Errc::invalid, "a file of a recording takes from 64 KiB to 1 GiB"};
  }
  if (settings.files < S::files_least || settings.files > S::files_most) {
    return Error{Errc::invalid, "from 2 to 10000 files of a recording can be kept"};
  }
  std::error_code wrong;
  fs::create_directories(settings.directory, wrong);
  if (wrong) return Error{Errc::io, settings.directory + ": " + wrong.message()};
  auto numbers = numbers_in(settings.directory, identity.id);
  if (!numbers) return numbers.error();
  auto worker =
      std::make_unique<Worker>(settings.directory, identity.id, settings.files, std::move(*numbers), std::move(log));
  return std::unique_ptr<TraceWriter>(new TraceWriter(settings, identity, std::move(worker)));
}

TraceWriter::TraceWriter(const TraceSettings& settings, const Identity& identity, std::unique_ptr<Worker> worker)
    : settings_(settings), identity_(identity), worker_(std::move(worker)) {}

TraceWriter::~TraceWriter() = default;

void TraceWriter::begin(Legislator& core) { open_file(core, TraceBegin::Cause::start); }

void TraceWriter::look(Legislator& core) {
  if (is_gapped_) {
    const Backlog backlog = worker_->look();
    if (backlog.has_failed) is_gapped_ = false;
    if (is_gapped_ && backlog.bytes == 0) open_file(core, TraceBegin::Cause::gap);
    return;
  }
  const Backlog backlog = hand_over();
  if (backlog.has_failed || backlog.bytes > settings_.memory_bytes) {
    core.tap(nullptr);
    is_recording_ = false;
    is_gapped_ = !backlog.has_failed;
    if (is_gapped_) close_file(TraceEnd::Cause::gap);
  } else if (file_bytes_ > file_bytes_most_) {
    close_file(TraceEnd::Cause::rotation);
    open_file(core, TraceBegin::Cause::rotation);
  }
}

TraceWriter::Backlog TraceWriter::hand_over() {
  encoder_.check();
  handed_at_ = encoder_.at().now;
  file_bytes_ += trace_block_head_bytes + buffer_.size();
  return worker_->push(TraceBlock::records, buffer_);
}

void TraceWriter::open_file(Legislator& core, TraceBegin::Cause cause) {
  TraceBegin begin;
  begin.cause = cause;
  begin.build = build_id();
  begin.identity = identity_;
  begin.file = ++file_;
  begin.wall_us = moment_now().wall_us;
  begin.first_input = first_input_ = encoder_.inputs() + 1;
  begin.clock = encoder_.at();
  begin.hash = encoder_.hash();
  std::string head;
  encode(begin, head);
  std::string state;
  core.save(state);
  file_bytes_ = head.size() + state.size();
  file_bytes_most_ = std::max(settings_.file_bytes, 2 * file_bytes_);
  worker_->push(TraceBlock::begin, head);
  worker_->push(TraceBlock::state, state);
  core.tap(&encoder_);
  is_recording_ = true;
  is_gapped_ = false;
}

void TraceWriter::close_file(TraceEnd::Cause cause) {
  std::string payload;
  encode(TraceEnd{cause, encoder_.inputs() + 1 - first_input_}, payload);
  worker_->push(TraceBlock::end, payload);
}

void TraceWriter::end(Legislator& core) {
  core.tap(nullptr);
  if (!std::exchange(is_recording_, false)) return;
  if (!buffer_.empty()) hand_over();
  close_file(TraceEnd::Cause::stop);
}

}  // namespace hansard
