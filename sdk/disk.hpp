// sdk/disk.hpp - Disk: the only thread that touches the Store. Writes go first, reads are served between them.
//
// One write at a time, as the core gives them: while it is under way the next one gathers (group commit). A read is cut
// into pieces of about `piece_bytes`, and several reads take turns, so a write waits for one piece at most.
// Threads: all methods are called, and all handlers run, on the io_context's thread; the store is used by the disk's
// own thread alone, from the constructor on. Each handler is called once, never from inside the call that asked.
// Errors: a write that finds the disk full is given again, now and then, to a store that reopens, until it is done. Any
// other failing write is reported once through on_failed; after that nothing is done, and every read ends with that
// error. What a read finds wrong is its asker's alone.
#pragma once

#include "log/entry.hpp"
#include "log/error.hpp"
#include "log/record.hpp"
#include "log/store.hpp"

#include <boost/asio/io_context.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace hansard {

struct DiskSettings {
  std::size_t piece_bytes = std::size_t{256} << 10U;  // a larger single entry is one piece
  std::size_t piece_entries = 2'048;
  std::size_t reads_max = 1'024;  // waiting or begun; more are refused
  // Kept for trims and what must be written: with less free on the file system there is no room. Of a small one less is
  // kept: an eighth of it, but 64 MiB (or half of it) at least. 0: the file system is not looked at.
  std::uint64_t reserve_bytes = 0;
};

// Gets what was read, or why not.
using ReadHandler = std::function<void(Result<std::vector<EntryPtr>>)>;

class Disk {
 public:
  // `on_written` gets the id of the write; `on_failed` why there will be no more.
  struct Handlers {
    std::function<void(std::uint64_t)> on_written;
    std::function<void(const Error&)> on_failed;
    std::function<void(bool)> on_room = nullptr;  // there is none any more, or again; at first there is
  };

  Disk(boost::asio::io_context& io, std::unique_ptr<Store> store, const DiskSettings& settings, Handlers handlers);
  // Finishes the write under way, drops everything else; no handler runs any more.
  ~Disk();
  Disk(const Disk&) = delete;
  Disk& operator=(const Disk&) = delete;

  // REQUIRES: no write is under way; `*write` stays valid and unchanged until on_written, or the Disk is gone.
  void write(const Write* write);
  [[nodiscard]] bool writing() const;

  // As Store::read and Store::read_last. False: too many wait, the handler will not run. `first`: before other reads
  // and beyond their bound (the core's own, which it bounds itself).
  [[nodiscard]] bool read(Promise after, Promise upto, std::size_t bytes_max, std::size_t count_max, bool first,
                          ReadHandler handler);
  [[nodiscard]] bool read_last(Promise upto, std::size_t items, std::string channel, std::size_t bytes_max,
                               ReadHandler handler);
  // As Store::read_back, and before other reads: the core's own.
  void read_back(Promise after, Promise upto, std::size_t bytes_max, ReadHandler handler);
  // As Store::find; one entry.
  [[nodiscard]] bool find(Promise promise, ReadHandler handler);

  // Orderly: finishes the write under way and closes the store; reads that wait end with an error. Then `done`.
  void close(std::function<void()> done);

  // As of the last write.
  [[nodiscard]] const StoreFigures& figures() const;

 private:
  class Worker;
  std::shared_ptr<Worker> worker_;
};

}  // namespace hansard
