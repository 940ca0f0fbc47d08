// sdk/disk_read.hpp - DiskRead: one read of the store, in pieces, so that a write between them waits for little.
//
// Threads: step() and fail() on the disk's thread, then finish() on the io_context's; never at once.
#pragma once

#include "log/store.hpp"
#include "sdk/disk.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace hansard {

class DiskRead {
 public:
  explicit DiskRead(ReadHandler handler) : handler_(std::move(handler)) {}
  DiskRead(const DiskRead&) = delete;
  DiskRead& operator=(const DiskRead&) = delete;
  virtual ~DiskRead() = default;

  // Does a piece. True: there is nothing more to do.
  [[nodiscard]] virtual bool step(Store& store, const DiskSettings& settings) = 0;
  void fail(Error error) { result_ = std::move(error); }
  // Calls the handler.
  void finish() { handler_(std::move(result_)); }

 protected:
  Result<std::vector<EntryPtr>> result_ = std::vector<EntryPtr>{};

 private:
  ReadHandler handler_;
};

// The four kinds; as the methods of Disk with these names.
[[nodiscard]] std::unique_ptr<DiskRead> read_range(Promise after, Promise upto, std::size_t bytes_max,
                                                   std::size_t count_max, ReadHandler handler);
[[nodiscard]] std::unique_ptr<DiskRead> read_last(Promise upto, std::size_t items, std::string channel,
                                                  std::size_t bytes_max, ReadHandler handler);
[[nodiscard]] std::unique_ptr<DiskRead> read_back(Promise after, Promise upto, std::size_t bytes_max,
                                                  ReadHandler handler);
[[nodiscard]] std::unique_ptr<DiskRead> read_one(Promise promise, ReadHandler handler);

}  // namespace hansard
