// sdk/node.hpp - Node: one islander inside a process: legislator + LevelDB on its own disk thread + pulses over TCP.
//
// Threads: every method is called, and every handler runs, on the thread that runs the io_context given (one thread).
// The node owns one more thread, the disk's; nothing of it shows here.
// Order: construct, on_socket(), start(), ... stop(); destroy after stop()'s handler ran (or after the io_context is
// done). Errors: start() refuses with one clear line. A failing disk is fail-stop: the node says so through on_halt and
// does nothing more.
#pragma once

#include "government/legislator.hpp"
#include "log/error.hpp"
#include "sdk/handlers.hpp"
#include "sdk/trace_writer.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace spdlog {
class logger;
}

namespace hansard {

struct NodeOptions {
  std::string id;
  std::string data;                       // directory
  std::string listen = "127.0.0.1:8101";  // host:port; port 0 picks one
  std::string url;                        // where others reach us; empty: http:// + listen
  std::vector<Listed> island;             // founding list, in order; empty: see join
  std::vector<std::string> join;          // urls; empty together with island: an island of one
  Settings settings;
  std::size_t memory_tail_bytes = std::size_t{16} << 20U;        // committed entries held in memory for readers
  std::uint64_t disk_reserve_bytes = std::uint64_t{128} << 20U;  // kept free for trims, see disk.hpp; 0: nothing is
  TraceSettings trace;                                           // recording; see trace_writer.hpp
  bool moved = false;          // `data` is a copy, and the original is gone for good (see leveldb_store.hpp)
  bool hold_unsynced = false;  // tests: what was not synced is really lost at kill -9 (see leveldb_env.hpp)
};

// Counts since start(); cheap to copy.
struct NodeFigures {
  std::uint64_t appends = 0;  // committed appends of this islander's clients
  std::uint64_t groups = 0;   // disk groups written
  std::uint64_t syncs = 0;
  std::uint64_t pulses_sent = 0;
  std::uint64_t pulses_failed = 0;
  std::uint64_t bytes_sent = 0;
  std::uint64_t bytes_received = 0;
  std::uint64_t disk_bytes = 0;
};

class Node {
 public:
  // A socket that did not ask for a pulse upgrade, with the bytes read from it so far.
  using SocketHandler = std::function<void(boost::asio::ip::tcp::socket, std::string)>;

  Node(boost::asio::io_context& io, NodeOptions options, std::shared_ptr<spdlog::logger> log);
  ~Node();
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;

  // These three may be set and taken away (nullptr) at any time, also from inside themselves.
  void on_socket(SocketHandler handler);  // without one: 426 and closed
  // Once: the disk failed, or the core cannot go on. Everybody who waited was told; what is in memory can still be
  // read.
  void on_halt(std::function<void(const Error&)> handler);
  // Called once per pump after newly committed entries are readable, before the handlers of appends. For subscriptions.
  // At most one listener.
  void on_committed(std::function<void()> listener);

  // Opens the directory, replays what is after the checkpoint, listens. Blocks while it reads the disk.
  [[nodiscard]] Result<void> start();
  // Orderly: hands over office (at most `patience_ms`), finishes what is in flight, closes the disk; then `done`.
  void stop(unsigned patience_ms, std::function<void()> done);

  // Appends of clients. nullopt: the queue is full, nothing happened, the handler will not run.
  // Else a ticket for give_up().
  [[nodiscard]] std::optional<std::uint64_t> append(Submission submission, AppendHandler handler);
  // The client waits no longer; the handler will not run. What is known: not_appended or unknown.
  [[nodiscard]] Appended give_up(std::uint64_t ticket);
  // Linearizable read point: confirmed within the caller's patience, or give it up.
  std::uint64_t read_point(ReadPointHandler handler);
  void give_up_read(std::uint64_t ticket);
  // Of the leader, whoever that is: until it is done, refused, given up (it may be done yet, then), or the node stops.
  // What is done shows here when the handler runs.
  std::uint64_t operate(Operation operation, OperationHandler handler);
  void give_up_operation(std::uint64_t ticket);

  // Committed entries after a promise, see Store::read; never beyond what is committed here. From memory where held
  // (the common case for followers of the log's end), else from disk in bounded pieces that do not delay writes.
  // read_held answers at once: nullopt where memory does not hold what follows `after`; an empty vector where nothing
  // follows yet. What takes entries that are still on their way here (Status::backfilling) ends with Errc::behind.
  [[nodiscard]] std::optional<std::vector<EntryPtr>> read_held(Promise after, std::size_t bytes_max,
                                                               std::size_t count_max);
  void read(Promise after, std::size_t bytes_max, std::size_t count_max, EntriesHandler handler);
  void read_last(std::size_t items, std::string channel, std::size_t bytes_max, EntriesHandler handler);
  // One entry (perhaps a batch that holds the promise); Errc::not_found, Errc::trimmed.
  void find(Promise promise, std::function<void(Result<EntryPtr>)> handler);

  [[nodiscard]] Status status() const;
  [[nodiscard]] Promise committed() const;
  [[nodiscard]] std::size_t queued() const;
  // stop() was called, or the node halted: it takes no more appends.
  [[nodiscard]] bool stopping() const;
  // Cheap looks for response headers, no copy of a whole Status.
  struct Brief {
    Promise government;         // committed
    const std::string* leader;  // id, empty where none; valid until the next call on the node
    Promise newest_client;
    Republic republic;
    std::uint64_t max_entry_bytes = 0;  // the log's
    bool has_government = false;
  };
  [[nodiscard]] Brief brief() const;
  // The committed append of that idempotency key here, or null; valid until the next call on the node. After a read
  // point it is linearizable.
  [[nodiscard]] const KeyRow* find_key(std::string_view key) const;
  // Since when status().waiting_for stands, as far as was noticed, microseconds since 1970; 0: it waits for nothing.
  [[nodiscard]] std::int64_t waiting_since_us() const;
  [[nodiscard]] NodeFigures figures() const;
  [[nodiscard]] const Islander& self() const;
  [[nodiscard]] const std::string& url() const;
  [[nodiscard]] std::string listening_on() const;  // "127.0.0.1:8101", the real port
  [[nodiscard]] boost::asio::io_context& io();
  [[nodiscard]] spdlog::logger& log();

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace hansard
