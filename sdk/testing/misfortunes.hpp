// sdk/testing/misfortunes.hpp - Misfortunes: what befalls an island now and then, and what its operators do about it.
//
// What no rule could help is never done: a directory is lost (wiped, or a bit on it flipped) only while the latest
// government is settled and all others of its parliament are whole, and after an exile only once it is settled
// (protocol section 5). Operators bring back who is down, wipe and exile who lost its disk, and now and then exile,
// transfer and change the size aimed at for no reason.
#pragma once

#include "government/random.hpp"
#include "sdk/testing/simulation.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace hansard::testing {

class Misfortunes {
 public:
  explicit Misfortunes(Simulation& simulation);

  // From now on, as simulation.faults() say.
  void begin();
  // No more; operators go on with what must be done, see chores().
  void end() { going_ = false; }
  // Who lost its disk is wiped and exiled, for it to come back as a newcomer. Called now and then.
  void chores();
  // Who lost its disk will need a new one.
  void replace_damaged();

  // One may stand still for good and the island must go on: nobody where that is not so.
  [[nodiscard]] std::optional<std::size_t> one_to_spare();
  // Those that must be up for the island to go on (property 10), chosen at random: f+1 of the latest settled parliament
  // and of every government after it that somebody holds. Empty: there is no such choice.
  [[nodiscard]] std::vector<std::size_t> enough_to_go_on();

 private:
  using Deed = void (Misfortunes::*)();
  void often(Tick every, Deed deed);
  [[nodiscard]] std::size_t somebody() { return random_.below(sim_.size()); }
  [[nodiscard]] std::size_t hurt() const;
  [[nodiscard]] bool may_hurt(std::size_t who) const;
  // May this site lose its directory now?
  [[nodiscard]] bool may_lose_disk(std::size_t who) const;
  // An operator who knows of a lost disk does not send away those whom the rest then needs.
  [[nodiscard]] bool may_exile(std::size_t who) const;
  // Governments that are not decided, on disks and in memories.
  [[nodiscard]] std::vector<Government> governments_held() const;
  [[nodiscard]] bool whole(const Government& government, const std::string& id) const;
  void start_later(std::size_t who, Tick most);
  void start_once_stopped(std::size_t who, std::uint32_t run, Tick patience);

  void crash();
  void stop();
  void pause();
  void cut();
  void break_connection();
  void slow_link();
  void stall();
  void fill_disk();
  void flip();
  void wipe();
  void strand();
  void copy();
  void move_clock();
  void transfer();
  void exile();
  void trim();
  void set();
  void aim();
  void join();

  Simulation& sim_;
  Random random_;
  bool going_ = false;
  std::size_t joined_ = 0;
  bool wiped_before_government_ = false;
  Tick disk_lost_at_ = 0;  // by wipe(); 0: never
};

}  // namespace hansard::testing
