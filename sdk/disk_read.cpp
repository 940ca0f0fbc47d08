// sdk/disk_read.cpp - see disk_read.hpp.
#include "sdk/disk_read.hpp"

#include <algorithm>
#include <utility>

namespace hansard {

namespace {

class RangeRead final : public DiskRead {
 public:
  RangeRead(Promise after, Promise upto, std::size_t bytes_max, std::size_t count_max, ReadHandler handler)
      : DiskRead(std::move(handler)), after_(after), upto_(upto), bytes_(bytes_max), count_(count_max) {}

  bool step(Store& store, const DiskSettings& settings) override {
    const std::size_t bytes = std::min(bytes_, settings.piece_bytes);
    const std::size_t count = std::min(count_, settings.piece_entries);
    auto piece = store.read(after_, upto_, bytes, count);
    if (!piece) {
      // What was read before the bad place is good: the asker gets it, and meets the error if it goes on from there.
      if (result_->empty()) fail(piece.error());
      return true;
    }
    for (EntryPtr& entry : *piece) {
      // Every piece gives one entry at least; all of them together keep to the bound like one read.
      if (!result_->empty() && entry->bytes().size() > bytes_) return true;
      bytes_ -= std::min(bytes_, entry->bytes().size());
      count_ -= std::min<std::size_t>(count_, 1);
      after_ = entry->last();
      result_->push_back(std::move(entry));
    }
    return piece->empty() || bytes_ == 0 || count_ == 0 || after_ >= upto_;
  }

 private:
  Promise after_;
  Promise upto_;
  std::size_t bytes_;
  std::size_t count_;
};

// Looks at all channels piece by piece, newest first, and keeps what is asked for: a store that looked for a rare
// channel itself would be at it for long.
class LastRead final : public DiskRead {
 public:
  LastRead(Promise upto, std::size_t items, std::string channel, std::size_t bytes_max, ReadHandler handler)
      : DiskRead(std::move(handler)), upto_(upto), items_(items), channel_(std::move(channel)), bytes_(bytes_max) {}

  bool step(Store& store, const DiskSettings& settings) override {
    auto piece = store.read_last(upto_, settings.piece_entries, {}, settings.piece_bytes);
    if (!piece) {
      if (found_.empty()) {
        fail(piece.error());
        return true;
      }
      return done();
    }
    if (piece->empty()) return done();
    upto_ = piece->front()->previous().promise;
    for (auto entry = piece->rbegin(); entry != piece->rend(); ++entry) {
      const std::size_t bytes = (*entry)->bytes().size();
      looked_at_ += bytes;
      if (!channel_.empty() && (*entry)->channel() != channel_) continue;
      if (!found_.empty() && bytes > bytes_) return done();
      bytes_ -= std::min(bytes_, bytes);
      items_ -= std::min(items_, (*entry)->count());
      found_.push_back(std::move(*entry));
      if (items_ == 0) return done();
    }
    return upto_.is_zero() || looked_at_ >= Store::scan_bytes_max ? done() : false;
  }

 private:
  bool done() {
    std::ranges::reverse(found_);
    result_ = std::move(found_);
    return true;
  }

  Promise upto_;
  std::size_t items_;
  std::string channel_;
  std::size_t bytes_;
  std::size_t looked_at_ = 0;
  std::vector<EntryPtr> found_;  // newest first
};

class BackRead final : public DiskRead {
 public:
  BackRead(Promise after, Promise upto, std::size_t bytes_max, ReadHandler handler)
      : DiskRead(std::move(handler)), after_(after), upto_(upto), bytes_(bytes_max) {}

  bool step(Store& store, const DiskSettings& settings) override {
    auto piece = store.read_back(after_, upto_, std::min(bytes_, settings.piece_bytes));
    if (!piece) {
      if (found_.empty()) {
        fail(piece.error());
        return true;
      }
      return done();
    }
    if (piece->empty()) return done();
    upto_ = piece->front()->previous().promise;
    for (auto entry = piece->rbegin(); entry != piece->rend(); ++entry) {
      const std::size_t bytes = (*entry)->bytes().size();
      if (!found_.empty() && bytes > bytes_) return done();
      bytes_ -= std::min(bytes_, bytes);
      found_.push_back(std::move(*entry));
    }
    return bytes_ == 0 || upto_ <= after_ ? done() : false;
  }

 private:
  bool done() {
    std::ranges::reverse(found_);
    result_ = std::move(found_);
    return true;
  }

  Promise after_;
  Promise upto_;
  std::size_t bytes_;
  std::vector<EntryPtr> found_;  // newest first
};

class OneRead final : public DiskRead {
 public:
  OneRead(Promise promise, ReadHandler handler) : DiskRead(std::move(handler)), promise_(promise) {}

  bool step(Store& store, const DiskSettings& /*settings*/) override {
    auto found = store.find(promise_);
    if (!found) {
      fail(found.error());
    } else {
      result_ = std::vector<EntryPtr>{std::move(*found)};
    }
    return true;
  }

 private:
  Promise promise_;
};

}  // namespace

std::unique_ptr<DiskRead> read_range(Promise after, Promise upto, std::size_t bytes_max, std::size_t count_max,
                                     ReadHandler handler) {
  return std::make_unique<RangeRead>(after, upto, bytes_max, count_max, std::move(handler));
}

std::unique_ptr<DiskRead> read_last(Promise upto, std::size_t items, std::string channel, std::size_t bytes_max,
                                    ReadHandler handler) {
  return std::make_unique<LastRead>(upto, items, std::move(channel), bytes_max, std::move(handler));
}

std::unique_ptr<DiskRead> read_back(Promise after, Promise upto, std::size_t bytes_max, ReadHandler handler) {
  return std::make_unique<BackRead>(after, upto, bytes_max, std::move(handler));
}

std::unique_ptr<DiskRead> read_one(Promise promise, ReadHandler handler) {
  return std::make_unique<OneRead>(promise, std::move(handler));
}

}  // namespace hansard
