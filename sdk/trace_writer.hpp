// sdk/trace_writer.hpp - TraceWriter: what happens to a Legislator, into files (sdk/trace_file.hpp) that a replay
// reads.
//
// Files are <id>-<number>.trace in one directory, which islanders may share; numbers rise over all runs. Each begins
// with the Legislator's whole state, so it can be replayed alone; the oldest beyond `files` are removed, of this id
// only. They hold every entry that passes and are readable by their owner alone.
// What was recorded is handed to a thread of its own, at the end of a round, every 50 ms or 256 KiB: so much is lost
// where the process is killed. It is written, never synced. Where that thread does not keep up (memory_bytes wait), or
// a write fails, the islander does not wait: the file ends with a gap, or where it was, and what follows is not
// recorded; once all that waited is written a new file begins with a fresh state. After a failed write that is not
// tried again in this run, and the log says so.
// Threads: all methods are called on one thread, the Legislator's. Lifetime: the Legislator must not be used after this
// is gone, unless end() was called.
#pragma once

#include "government/legislator.hpp"
#include "government/trace.hpp"
#include "log/error.hpp"
#include "log/record.hpp"
#include "sdk/trace_file.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace spdlog {
class logger;
}

namespace hansard {

struct TraceSettings {
  static constexpr std::size_t file_bytes_least = std::size_t{64} << 10U;
  static constexpr std::size_t file_bytes_most = std::size_t{1} << 30U;
  static constexpr std::size_t files_least = 2;
  static constexpr std::size_t files_most = 10'000;

  std::string directory;  // empty: nothing is recorded; made where it is missing
  std::size_t file_bytes = std::size_t{64}
                           << 20U;  // a file ends beyond this, or beyond twice its state, if that is more
  std::size_t files = 8;            // of this islander that are kept, the one being written included
  std::size_t memory_bytes = std::size_t{64} << 20U;  // may wait for the disk, beside one state
};

class TraceWriter {
 public:
  // Errc::io where the directory is not to be had, Errc::invalid where a setting is beyond its bounds.
  [[nodiscard]] static Result<std::unique_ptr<TraceWriter>> open(const TraceSettings& settings,
                                                                 const Identity& identity,
                                                                 std::shared_ptr<spdlog::logger> log);
  // Waits until all that was recorded is written.
  ~TraceWriter();
  TraceWriter(const TraceWriter&) = delete;
  TraceWriter& operator=(const TraceWriter&) = delete;

  // Records `core` from now on. REQUIRES: all its outputs were pulled.
  void begin(Legislator& core);
  // At the end of a round. REQUIRES: all outputs of `core` were pulled.
  void rest(Legislator& core) {
    if (is_recording_ ? is_due() : is_gapped_) look(core);
  }
  // No more of `core`: the islander stops. Does not wait for the disk.
  void end(Legislator& core);

 private:
  class Worker;
  struct Backlog {  // of the worker
    std::size_t bytes = 0;
    bool has_failed = false;
  };
  static constexpr std::size_t piece_bytes = std::size_t{256} << 10U;
  static constexpr Tick piece_every = 50'000;

  TraceWriter(const TraceSettings& settings, const Identity& identity, std::unique_ptr<Worker> worker);
  [[nodiscard]] bool is_due() const {
    return !buffer_.empty() && (buffer_.size() >= piece_bytes || encoder_.at().now - handed_at_ >= piece_every);
  }
  void look(Legislator& core);
  Backlog hand_over();
  void open_file(Legislator& core, TraceBegin::Cause cause);
  void close_file(TraceEnd::Cause cause);

  TraceSettings settings_;
  Identity identity_;
  std::string buffer_;  // records that are not handed over yet
  TraceEncoder encoder_{buffer_};
  std::unique_ptr<Worker> worker_;
  bool is_recording_ = false;
  bool is_gapped_ = false;  // to go on once the worker has caught up
  Tick handed_at_ = 0;
  std::uint64_t file_ = 0;           // of this run, the present one
  std::uint64_t first_input_ = 1;    // of that file
  std::size_t file_bytes_ = 0;       // handed over for it
  std::size_t file_bytes_most_ = 0;  // beyond this it ends
};

}  // namespace hansard
