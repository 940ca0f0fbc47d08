// sdk/testing/planting.hpp - where planted bugs are put in: what a host, a disk or a message does wrong on purpose.
//
// Each is called at its place in a simulation and does nothing unless its bug is planted.
#pragma once

#include "government/pulse.hpp"
#include "log/store.hpp"
#include "sdk/testing/simulation.hpp"

#include <cstddef>
#include <memory>

namespace hansard::testing {

[[nodiscard]] std::unique_ptr<Store> plant_in_store(Simulation& simulation, std::unique_ptr<Store> store);
void plant_before_write(Simulation& simulation, std::size_t who, Store& store, const Write& write);
void plant_in_write(const Simulation& simulation, Write& write);
void plant_after_request(Simulation& simulation, std::size_t to, const Request& request);
void plant_in_answer(const Simulation& simulation, Answer& answer);

}  // namespace hansard::testing
