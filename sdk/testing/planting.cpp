// sdk/testing/planting.cpp - see planting.hpp; what each bug is, is said in planted.hpp.
#include "sdk/testing/planting.hpp"

#include "sdk/testing/process.hpp"

#include <string>
#include <utility>
#include <vector>

namespace hansard::testing {

namespace {

// No request that is owed an answer bears it: what the core says to it goes nowhere.
constexpr RequestId unasked = 1;

// A store that is as another, but for what it says of the past.
class ForgetfulStore final : public Store {
 public:
  explicit ForgetfulStore(std::unique_ptr<Store> store) : store_(std::move(store)), recovered_(store_->recovered()) {
    recovered_.identity.start = 1;
  }
  [[nodiscard]] const Recovered& recovered() const override { return recovered_; }
  [[nodiscard]] Result<void> write(const Write& write) override { return store_->write(write); }
  [[nodiscard]] Result<std::vector<EntryPtr>> read(Promise after, Promise upto, std::size_t bytes_max,
                                                   std::size_t count_max) override {
    return store_->read(after, upto, bytes_max, count_max);
  }
  [[nodiscard]] Result<std::vector<EntryPtr>> read_last(Promise upto, std::size_t items, std::string_view channel,
                                                        std::size_t bytes_max) override {
    return store_->read_last(upto, items, channel, bytes_max);
  }
  [[nodiscard]] Result<std::vector<EntryPtr>> read_back(Promise after, Promise upto, std::size_t bytes_max) override {
    return store_->read_back(after, upto, bytes_max);
  }
  [[nodiscard]] Result<EntryPtr> find(Promise promise) override { return store_->find(promise); }
  [[nodiscard]] StoreFigures figures() const override { return store_->figures(); }

 private:
  std::unique_ptr<Store> store_;
  Recovered recovered_;
};

}  // namespace

std::unique_ptr<Store> plant_in_store(Simulation& sim, std::unique_ptr<Store> store) {
  if (!sim.planted('i')) return store;
  return std::make_unique<ForgetfulStore>(std::move(store));
}

void plant_before_write(Simulation& sim, std::size_t who, Store& store, const Write& write) {
  if (!sim.planted('r') || !write.committed) return;
  Write ahead;
  ahead.committed = write.committed;
  if (store.write(ahead)) sim.checker().wrote(sim.site(who).directory, ahead);
}

void plant_in_write(const Simulation& sim, Write& write) {
  if (sim.planted('y')) write.notes.erase("founder");
}

void plant_after_request(Simulation& sim, std::size_t to, const Request& request) {
  if (!sim.planted('x') || !std::holds_alternative<Synchronize>(request)) return;
  // As if its leader itself had spoken.
  Host& host = sim.site(to).process->host();
  const Legislator& core = host.core();
  const std::string leader = core.leader();
  const auto citizen = core.government().citizens.find(leader);
  if (leader == sim.id_of(to) || citizen == core.government().citizens.end()) return;
  host.request(unasked, Islander{leader, citizen->second.cookie}, core.republic(), Ping{core.promised(), {}, {}, 0});
}

void plant_in_answer(const Simulation& sim, Answer& answer) {
  if (!sim.planted('h')) return;
  constexpr std::uint64_t far_ahead = std::uint64_t{1} << 40U;
  if (auto* received = std::get_if<Received>(&answer)) received->round = far_ahead;
  if (auto* pong = std::get_if<Pong>(&answer)) pong->round = far_ahead;
}

}  // namespace hansard::testing
