// sdk/log_reader.hpp - LogReader: committed entries for readers, from memory where held, else from disk in pieces.
//
// Threads: the io_context's. Handlers are called once, never from inside the call that asked. Where too many reads wait
// for the disk, a read ends with Errc::io and says so.
#pragma once

#include "log/entry.hpp"
#include "log/error.hpp"
#include "sdk/disk.hpp"
#include "sdk/tail.hpp"

#include <boost/asio/io_context.hpp>

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace hansard {

class LogReader {
 public:
  // `disk` may be null: then everything that is not in memory ends with an error. `lacks`: as Legislator::backfilling;
  // what takes entries up to there ends with Errc::behind.
  LogReader(boost::asio::io_context& io, const Tail& tail, Disk* disk, Promise lacks = {})
      : io_(io), tail_(tail), disk_(disk), lacks_(lacks) {}

  // As the methods of Node.
  [[nodiscard]] std::optional<std::vector<EntryPtr>> read_held(Promise after, std::size_t bytes_max,
                                                               std::size_t count_max) const;
  void read(Promise after, std::size_t bytes_max, std::size_t count_max, ReadHandler handler);
  void read_last(std::size_t items, std::string channel, std::size_t bytes_max, ReadHandler handler);
  void find(Promise promise, std::function<void(Result<EntryPtr>)> handler);

 private:
  void give(Result<std::vector<EntryPtr>> result, ReadHandler handler);
  void refuse(ReadHandler handler);
  [[nodiscard]] bool gone(Promise after) const;
  [[nodiscard]] Error trimmed() const;
  [[nodiscard]] Error behind() const;

  boost::asio::io_context& io_;
  const Tail& tail_;
  Disk* disk_;
  Promise lacks_;
};

}  // namespace hansard
