// log/memory_store.hpp - the Store in memory: a disk for tests and simulations.
//
// MemoryDisk is the platter; it outlives the stores opened on it. write() is durable at once, unless the disk is
// told to hold syncs: then groups gather unsynced, and crash() drops them all, or keeps a whole prefix of them
// (what a real disk may have written on its own). What is gathered is read like the rest until then.
//
// One store at a time: a second open() is Errc::in_use. crash() and wipe() are the end of the store that is open:
// whatever it is still asked is Errc::io, and the disk may be opened again.
#pragma once

#include "log/error.hpp"
#include "log/store.hpp"

#include <cstddef>
#include <memory>
#include <string>

namespace hansard {

class MemoryDisk {
 public:
  // Opens as LevelDbStore would: creates, counts the start, refuses another id, and a copy unless it is said to be
  // `moved`.
  [[nodiscard]] Result<std::unique_ptr<Store>> open(const std::string& id, Cookie fresh_cookie, bool moved = false);

  void hold_syncs(bool hold);           // true: write() returns without having made anything durable
  void sync();                          // what is gathered becomes durable
  void crash(std::size_t groups_kept);  // forget unsynced groups but the first `groups_kept`; open again afterwards
  void fail_next_write(Error error);    // the next write() returns it and changes nothing; open again afterwards
  [[nodiscard]] std::size_t unsynced() const;
  void flip_bit(Promise promise);  // the entry that holds it is corrupt from now on
  void wipe();                     // an empty directory, of nobody
  void become_copy();              // it is at another place now than where it was made

  MemoryDisk();
  ~MemoryDisk();
  MemoryDisk(const MemoryDisk&) = delete;
  MemoryDisk& operator=(const MemoryDisk&) = delete;

 private:
  friend class MemoryStore;
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace hansard
