// sdk/testing/clients.hpp - Clients: those who append, read and follow the log of a simulated island.
//
// Each talks to one islander, and to another one when that does not answer. It appends items and batches, gives up now
// and then, tries again what did not happen, asks for linearizable read points, and follows the committed log, also
// across islanders: what it sees must be the decided log, each entry once.
#pragma once

#include "government/random.hpp"
#include "sdk/testing/simulation.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace hansard::testing {

struct ClientHabits {
  std::size_t clients = 3;
  Tick think = 20'000;                // mean time between two deeds of one client
  std::size_t appends_max = 100'000;  // of all clients together
  std::size_t open_max = 16;          // appends of one client under way at a time
  std::uint64_t read_percent = 20;
  std::uint64_t follow_percent = 10;
  std::uint64_t batch_percent = 10;
  std::uint64_t impatient_percent = 5;  // appends are given up after a while
  std::uint64_t move_percent = 2;       // before a deed, to another islander
  std::uint64_t key_percent = 0;        // of appends bear a key, and are tried again blindly where it is not known
  std::uint64_t condition_percent = 0;  // are to follow what the client knows as the newest
};

class Clients {
 public:
  Clients(Simulation& simulation, const ClientHabits& habits);

  void begin();
  void end() { going_ = false; }

 private:
  struct Client {
    std::size_t at = 0;
    std::size_t open = 0;
    Promise seen;          // followed so far
    std::size_t next = 0;  // the same, as its place in the decided log
  };

  void act(std::size_t number);
  struct Wish {  // one append, however often it is tried
    Checker::Append number = 0;
    std::size_t items = 1;
    bool keyed = false;
    std::optional<Promise> condition;
    bool doubtful = false;  // one try ended as unknown: what a later one is told is not all there is to know
    unsigned tries = 0;
  };
  using WishPtr = std::shared_ptr<Wish>;

  void append(Client& client, const WishPtr& wish);
  void ended(Client& client, const WishPtr& wish, const Appended& appended);
  void follow(Client& client);

  Simulation& sim_;
  ClientHabits habits_;
  Random random_;
  std::vector<Client> clients_;
  bool going_ = false;
};

}  // namespace hansard::testing
