// sdk/testing/process.hpp - Process: one run of an islander in a simulation: the shipped Host in a simulated World.
#pragma once

#include "log/store.hpp"
#include "sdk/host.hpp"
#include "sdk/testing/simulation.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace hansard::testing {

// Committed entries that the host does not hold in memory.
[[nodiscard]] Result<std::vector<EntryPtr>> read_disk(const Host& host, Store& store, Promise after,
                                                      std::size_t bytes_max, std::size_t count_max);

class Process final : public World {
 public:
  // Opens the disk and recovers; nullptr where the disk is damaged.
  [[nodiscard]] static std::unique_ptr<Process> start(Simulation& simulation, std::size_t who);
  ~Process() override;

  [[nodiscard]] Host& host() { return *host_; }
  [[nodiscard]] Store& store() { return *store_; }
  // Founds or joins, as its site says.
  void enter();
  // The process is gone. What its disk was at is done, or not at all.
  void die();
  void fail_next_write(bool fails = true) { fail_next_ = fails; }
  // Looks whether an orderly stop has come to its end.
  void stop();
  [[nodiscard]] const Write* writing() const { return writing_; }

 private:
  Process(Simulation& simulation, std::size_t who, std::unique_ptr<Store> store, std::unique_ptr<Legislator> core);

  [[nodiscard]] Moment moment() override;
  void wake() override;
  void send(const Pulse& pulse) override { sim_.wire().send(who_, pulse); }
  void answer(const Response& response) override { sim_.wire().answer(who_, response); }
  void flush() override {}
  void republic(const Republic& republic) override { sim_.wire().republic(who_, republic); }
  void write(const Write* write) override;
  void read(const Want& want) override;
  void arm(Tick at) override;
  void committed() override;
  void tell(const Event& event) override;
  void tell_waiting(const std::string& what) override;
  void close() override {}
  void halted(const Error& error) override;

  void finish_write();
  void put(const Write& write);
  void look();

  Simulation& sim_;
  const std::size_t who_;
  std::unique_ptr<Store> store_;
  std::unique_ptr<Host> host_;
  const Write* writing_ = nullptr;
  std::vector<Write> cached_;  // of a planted bug
  bool fail_next_ = false;
  bool dead_ = false;
  std::uint64_t armed_ = 0;  // counts, so that an earlier timer is told from the present one
  Promise seen_;             // committed entries up to it were given to the checker
  std::size_t decided_ = 0;  // the same, as its place in the decided log
  std::uint64_t led_ = 0;    // the newest ballot under which it was seen to lead
  Tick stop_until_ = 0;
};

}  // namespace hansard::testing
