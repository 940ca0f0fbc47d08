// sdk/disk.cpp - see disk.hpp.
#include "sdk/disk.hpp"

#include "log/assert.hpp"
#include "sdk/disk_read.hpp"
#include "sdk/moment.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <pthread.h>
#include <signal.h>
#include <thread>
#include <utility>

namespace hansard {

namespace asio = boost::asio;

namespace {

// Looking at what a directory takes is not free.
constexpr Tick figures_every = 1'000'000;
constexpr Tick never = ~Tick{0};
constexpr Tick look_for_room_every = 250'000;                      // while there is none
constexpr Tick tidy_after = 200'000;                               // without anything else to do
constexpr std::uint64_t reserve_part = 8;                          // of the file system, at most
constexpr std::uint64_t reserve_least = std::uint64_t{64} << 20U;  // but what LevelDB may need to write its tables
constexpr std::uint64_t reopen_room = std::uint64_t{4} << 20U;     // a store is opened anew with this much free

Error closed_error() { return {Errc::io, "the log of this islander is closed"}; }

}  // namespace

class Disk::Worker : public std::enable_shared_from_this<Worker> {
 public:
  Worker(asio::io_context& io, std::unique_ptr<Store> store, const DiskSettings& settings, Handlers handlers)
      : io_(io),
        settings_(settings),
        handlers_(std::move(handlers)),
        figures_(store->figures()),
        store_(std::move(store)) {}

  void run() {
    thread_ = std::thread([this] { work(); });
    pthread_setname_np(thread_.native_handle(), "hansard-disk");
  }

  void write(const Write* write) {
    HANSARD_ASSERT(!writing_, "one write at a time");
    writing_ = true;
    hold();
    {
      const std::lock_guard lock(mutex_);
      write_ = write;
    }
    wake_.notify_one();
  }

  [[nodiscard]] bool writing() const { return writing_; }
  [[nodiscard]] const StoreFigures& figures() const { return figures_; }

  bool read(std::unique_ptr<DiskRead> read, bool first) {
    if (!first && reads_open_ >= settings_.reads_max) return false;
    ++reads_open_;
    hold();
    {
      const std::lock_guard lock(mutex_);
      (first ? first_reads_ : reads_).push_back(std::move(read));
    }
    wake_.notify_one();
    return true;
  }

  void close(std::function<void()> done) {
    HANSARD_ASSERT(!closing_, "closed once");
    closing_ = true;
    hold();
    {
      const std::lock_guard lock(mutex_);
      stop_ = true;
      done_ = std::move(done);
    }
    wake_.notify_one();
  }

  // No handler runs any more; waits for what the thread is doing.
  void abandon() {
    abandoned_ = true;
    {
      const std::lock_guard lock(mutex_);
      stop_ = true;
      write_ = nullptr;  // Not begun: the caller goes away, and the write with it.
    }
    wake_.notify_one();
    thread_.join();
    work_.reset();
  }

 private:
  // ---- On the io_context's thread ----

  // Keeps io_context::run() from ending while an answer of ours is to come.
  void hold() {
    if (held_++ == 0) work_.emplace(io_.get_executor());
  }
  void release() {
    if (--held_ == 0) work_.reset();
  }

  void on_written(std::uint64_t id, const std::optional<StoreFigures>& figures) {
    if (abandoned_) return;
    writing_ = false;
    release();
    ++figures_.groups;
    if (figures) figures_ = *figures;
    handlers_.on_written(id);
  }

  void on_failed(const Error& error) {
    if (abandoned_) return;
    release();
    handlers_.on_failed(error);
  }

  void on_room(bool has_room) {
    if (!abandoned_ && handlers_.on_room) handlers_.on_room(has_room);
  }

  void on_read(DiskRead& read) {
    if (abandoned_) return;
    --reads_open_;
    release();
    read.finish();
  }

  void on_closed(const std::function<void()>& done) {
    if (abandoned_) return;
    release();
    done();
  }

  // ---- On the disk's thread ----

  void work() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, nullptr);  // Signals are the application's, and go to its threads.
    std::unique_lock lock(mutex_);
    while (true) {
      const auto wanted = [this] { return write_ != nullptr || reading() || stop_; };
      if (const Tick due = next_due(); due == never) {
        wake_.wait(lock, wanted);
      } else if (const Tick now = tick_now(); due > now) {
        wake_.wait_for(lock, std::chrono::microseconds(due - now), wanted);
      }
      if (write_ != nullptr) {
        const Write* write = std::exchange(write_, nullptr);
        lock.unlock();
        do_write(*write);
      } else if (retry_ != nullptr && !stop_ && tick_now() >= look_at_) {
        lock.unlock();
        retry();
      } else if (reading()) {
        auto& queue = first_reads_.empty() ? reads_ : first_reads_;
        std::unique_ptr<DiskRead> read = std::move(queue.front());
        queue.pop_front();
        const bool stopping = stop_;
        lock.unlock();
        read = do_read(std::move(read), stopping);
        lock.lock();
        if (read) queue.push_back(std::move(read));  // The others take their turn.
        continue;
      } else if (stop_) {
        break;
      } else {
        lock.unlock();
        idle();
      }
      lock.lock();
    }
    std::function<void()> done = std::move(done_);
    lock.unlock();
    store_.reset();
    if (done) {
      asio::post(io_, [self = shared_from_this(), done = std::move(done)] { self->on_closed(done); });
    }
  }

  [[nodiscard]] bool reading() const { return !first_reads_.empty() || !reads_.empty(); }

  [[nodiscard]] Tick next_due() const {
    return std::min(has_room_ && retry_ == nullptr ? never : look_at_, failed_ ? never : tidy_at_);
  }

  void do_write(const Write& write) {
    if (failed_) return;
    const std::uint64_t id = write.id;
    const Result<void> result = store_->write(write);
    if (!result && result.error().code == Errc::no_space && store_->reopens()) {
      retry_ = &write;
      look_at_ = tick_now() + look_for_room_every;
      tidy_at_ = never;
      return set_room(false);
    }
    retry_ = nullptr;
    if (!result) {
      failed_ = result.error();
      asio::post(io_, [self = shared_from_this(), error = *failed_] { self->on_failed(error); });
      return;
    }
    std::optional<StoreFigures> figures;
    const Tick now = tick_now();
    tidy_at_ = now + tidy_after;
    if (now - figures_at_ >= figures_every) {
      figures_at_ = now;
      figures = store_->figures();
    }
    asio::post(io_, [self = shared_from_this(), id, figures] { self->on_written(id, figures); });
    look_for_room();
    if (figures) static_cast<void>(store_->tidy());  // There may never be a quiet moment.
  }

  void retry() {
    look_at_ = tick_now() + look_for_room_every;
    const auto room = store_->room();
    if (room && room->free < reopen_room) return;
    if (auto opened = store_->reopen(); !opened) return;
    do_write(*retry_);
  }

  void idle() {
    const Tick now = tick_now();
    if (!has_room_ && now >= look_at_) look_for_room();
    if (now < tidy_at_) return;
    const bool more = retry_ == nullptr && store_->tidy();
    tidy_at_ = more ? now : never;
    if (!more) look_for_room();
  }

  [[nodiscard]] std::uint64_t reserve(const Room& room) const {
    return std::min(settings_.reserve_bytes, std::max(room.all / reserve_part, std::min(reserve_least, room.all / 2)));
  }

  void look_for_room() {
    look_at_ = tick_now() + look_for_room_every;
    if (settings_.reserve_bytes == 0) return set_room(retry_ == nullptr);
    const auto room = store_->room();
    if (!room) return set_room(retry_ == nullptr);
    // Not at the edge, where each trim would open the door for a moment.
    const std::uint64_t needed = has_room_ ? reserve(*room) : reserve(*room) / 4 * 5;
    set_room(retry_ == nullptr && room->free >= needed);
  }

  void set_room(bool has_room) {
    if (std::exchange(has_room_, has_room) == has_room) return;
    asio::post(io_, [self = shared_from_this(), has_room] { self->on_room(has_room); });
  }

  // Gives it back where there is more to do.
  std::unique_ptr<DiskRead> do_read(std::unique_ptr<DiskRead> read, bool stopping) {
    if (failed_) {
      read->fail(*failed_);
    } else if (stopping) {
      read->fail(closed_error());
    } else if (!read->step(*store_, settings_)) {
      return read;
    }
    asio::post(
        io_, [self = shared_from_this(), done = std::shared_ptr<DiskRead>(std::move(read))] { self->on_read(*done); });
    return nullptr;
  }

  asio::io_context& io_;
  const DiskSettings settings_;

  // The io_context's thread's.
  Handlers handlers_;
  StoreFigures figures_;
  std::size_t reads_open_ = 0;
  std::size_t held_ = 0;
  std::optional<asio::executor_work_guard<asio::io_context::executor_type>> work_;
  bool writing_ = false;
  bool closing_ = false;
  bool abandoned_ = false;

  // Handed over under the mutex.
  std::mutex mutex_;
  std::condition_variable wake_;
  const Write* write_ = nullptr;
  std::deque<std::unique_ptr<DiskRead>> first_reads_;
  std::deque<std::unique_ptr<DiskRead>> reads_;
  std::function<void()> done_;
  bool stop_ = false;

  // The disk thread's.
  std::unique_ptr<Store> store_;
  std::optional<Error> failed_;
  const Write* retry_ = nullptr;  // the disk was full
  bool has_room_ = true;          // as told last
  Tick look_at_ = never;          // whether there is room, while there is none
  Tick tidy_at_ = never;
  Tick figures_at_ = 0;

  std::thread thread_;
};

Disk::Disk(asio::io_context& io, std::unique_ptr<Store> store, const DiskSettings& settings, Handlers handlers)
    : worker_(std::make_shared<Worker>(io, std::move(store), settings, std::move(handlers))) {
  worker_->run();
}

Disk::~Disk() { worker_->abandon(); }

void Disk::write(const Write* write) { worker_->write(write); }
bool Disk::writing() const { return worker_->writing(); }

bool Disk::read(Promise after, Promise upto, std::size_t bytes_max, std::size_t count_max, bool first,
                ReadHandler handler) {
  return worker_->read(read_range(after, upto, bytes_max, count_max, std::move(handler)), first);
}

bool Disk::read_last(Promise upto, std::size_t items, std::string channel, std::size_t bytes_max, ReadHandler handler) {
  return worker_->read(hansard::read_last(upto, items, std::move(channel), bytes_max, std::move(handler)), false);
}

void Disk::read_back(Promise after, Promise upto, std::size_t bytes_max, ReadHandler handler) {
  static_cast<void>(worker_->read(hansard::read_back(after, upto, bytes_max, std::move(handler)), true));
}

bool Disk::find(Promise promise, ReadHandler handler) {
  return worker_->read(read_one(promise, std::move(handler)), false);
}

void Disk::close(std::function<void()> done) { worker_->close(std::move(done)); }
const StoreFigures& Disk::figures() const { return worker_->figures(); }

}  // namespace hansard
