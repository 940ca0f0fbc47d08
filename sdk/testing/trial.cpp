// sdk/testing/trial.cpp - see trial.hpp.
#include "sdk/testing/trial.hpp"

#include "sdk/testing/clients.hpp"
#include "sdk/testing/misfortunes.hpp"
#include "sdk/testing/process.hpp"
#include "sdk/testing/simulation.hpp"

#include <algorithm>
#include <tuple>
#include <vector>

namespace hansard::testing {

namespace {

// How long it may take until all is well, in simulated time.
constexpr Tick patience = 30'000'000;
constexpr Tick chores_every = 2'000'000;

void demand_an_append(Simulation& sim, const std::vector<std::size_t>& of, const std::string& what) {
  const std::size_t before = sim.acknowledged();
  Tick next = 0;
  sim.until(
      [&] {
        if (sim.now() >= next) {
          next = sim.now() + 1'000'000;
          for (const std::size_t who : of) sim.append_at(who);
        }
        return sim.acknowledged() > before;
      },
      patience, "an append of those whom it takes:" + what);
}

// All but one move, perhaps all but the leader.
bool run_without_one(Simulation& sim, Misfortunes& misfortunes) {
  sim.heal();
  const auto spared = misfortunes.one_to_spare();
  if (!spared) return false;
  sim.pause(*spared, patience * 4);
  std::vector<std::size_t> others;
  for (std::size_t i = 0; i < sim.size(); ++i) {
    if (i != *spared) others.push_back(i);
  }
  demand_an_append(sim, others, " all but " + sim.id_of(*spared));
  return true;
}

// Everybody crashes, and only those come back who are needed. What was not written is forgotten by all.
void run_with_enough(Simulation& sim, Misfortunes& misfortunes) {
  for (std::size_t i = 0; i < sim.size(); ++i) sim.crash(i, sim.chance().below(3) == 0);
  const auto enough = misfortunes.enough_to_go_on();
  if (enough.empty()) return;
  sim.mend();
  std::string text;
  for (const std::size_t who : enough) text += " " + sim.id_of(who);
  sim.say("only these come back:" + text);
  for (const std::size_t who : enough) sim.start(who);
  demand_an_append(sim, enough, text);
}

// Its citizenship is known to itself and to the leader: what it appends before that would end as unknown.
bool belongs(Simulation& sim, std::size_t who, const Government& last) {
  const Government& own = sim.at(who).government();
  const auto citizen = last.citizens.find(sim.id_of(who));
  const auto known = own.citizens.find(sim.id_of(who));
  return citizen != last.citizens.end() && citizen->second.cookie == sim.site(who).fresh_cookie &&
         known != own.citizens.end() && known->second.arrived == citizen->second.arrived;
}

// Who slept through its exile, and knows nobody whose directory is still the same, cannot hear of it. An operator who
// reads for whom it waits begins it anew.
void replace_strays(Simulation& sim) {
  const Government& last = sim.at(*sim.leader()).government();
  for (std::size_t who = 0; who < sim.size(); ++who) {
    const Legislator& core = sim.at(who);
    const bool exiled = !last.citizens.contains(sim.id_of(who)) && core.government().citizens.contains(sim.id_of(who));
    if (!exiled || !core.leader().empty()) continue;
    sim.wipe(who);
    sim.start(who);
    return;
  }
}

template <class Holds>
bool all_of(const Simulation& sim, const Holds& holds) {
  for (std::size_t i = 0; i < sim.size(); ++i) {
    if (!holds(i)) return false;
  }
  return true;
}

}  // namespace

void come_to_rest(Simulation& sim, Misfortunes& misfortunes, bool quorum_alone) {
  misfortunes.end();
  misfortunes.replace_damaged();
  if (quorum_alone) {
    const bool spared = sim.chance().below(3) == 0 && run_without_one(sim, misfortunes);
    if (!spared) run_with_enough(sim, misfortunes);
  }
  sim.heal();
  sim.until([&] { return sim.leader().has_value(); }, patience, "a leader");
  const Tick begun = sim.now();
  Tick next = 0;
  const auto all_belong = [&] {
    if (!sim.leader()) return false;
    if (sim.now() >= next) {
      next = sim.now() + chores_every;
      misfortunes.chores();
      if (sim.now() - begun > patience) replace_strays(sim);
    }
    const Government& last = sim.at(*sim.leader()).government();
    return sim.operations_open() == 0 &&
           all_of(sim, [&](std::size_t who) { return sim.up(who) && belongs(sim, who, last); });
  };
  sim.until(all_belong, patience * 2, "everybody's citizenship");
  // Each until one is acknowledged: it may be refused while too many wait.
  std::vector<bool> appended(sim.size());
  next = 0;
  sim.until(
      [&] {
        if (sim.now() >= next) {
          next = sim.now() + 1'000'000;
          for (std::size_t i = 0; i < sim.size(); ++i) {
            if (appended[i]) continue;
            sim.append_at(i, 1, [&appended, i](const Appended& end) {
              appended[i] = appended[i] || end.outcome == Appended::Outcome::committed;
            });
          }
        }
        return std::find(appended.begin(), appended.end(), false) == appended.end();
      },
      patience, "an append of every islander");
  const auto knows_all = [&](std::size_t who) {
    return sim.up(who) && sim.at(who).committed() == sim.checker().decided_end() &&
           sim.at(who).durable() >= sim.checker().decided_end();
  };
  sim.until([&] { return all_of(sim, knows_all); }, patience, "everybody learning everything");
  for (std::size_t who = 0; who < sim.size(); ++who) {
    const auto& log = sim.checker().log_of(sim.site(who).directory);
    const bool all_went = log.empty() && sim.checker().floor_of(sim.site(who).directory) >= sim.checker().decided_end();
    if (all_went) continue;  // trimmed
    sim.checker().holds_everything(sim.id_of(who), log.empty() ? Promise{} : log.front()->first(), log);
  }
  // Where all that hold the oldest were lost, the others are alike, too.
  const auto floor = [&](std::size_t who) { return sim.checker().floor_of(sim.site(who).directory); };
  const auto holds_as_much = [&] {
    return all_of(sim, [&](std::size_t who) { return sim.up(who) && floor(who) == floor(0); });
  };
  sim.until(holds_as_much, patience, "everybody holding all that was not trimmed");
  // Log state is a function of the log: all count alike.
  const auto counts = [&](std::size_t who) {
    const Status status = sim.at(who).status();
    return std::tuple(status.client_entries, status.client_bytes, status.oldest_client, status.newest_client,
                      status.trimmed, status.keys, status.settings == sim.at(0).status().settings);
  };
  sim.until(
      [&] {
        return all_of(sim, [&](std::size_t who) { return sim.up(who) && sim.up(0) && counts(who) == counts(0); });
      },
      patience, "everybody's log state being the same");
}

Trial run_plan(const Plan& plan, Bug planted, bool told, const Story::Teller& teller) {
  Simulation::Options options;
  options.seed = plan.seed;
  options.founders = plan.founders;
  options.settings = plan.settings;
  options.faults = plan.faults;
  options.planted = planted;
  options.tail_bytes = plan.tail_bytes;
  plant_in_core(planted);
  Simulation sim(options);
  if (told) sim.story().tell(teller);
  Misfortunes misfortunes(sim);
  Clients clients(sim, plan.habits);
  Trial trial;
  try {
    sim.say(plan.text());
    sim.start_all();
    clients.begin();
    sim.run_for(plan.founding + 1);
    misfortunes.begin();
    sim.run_for(plan.duration);
    clients.end();
    come_to_rest(sim, misfortunes, plan.quorum_alone);
  } catch (const Violation& violation) {
    trial.violation = violation.what();
    trial.standing = sim.standing();
  }
  for (const std::string& line : sim.story().last()) trial.last += "    " + line + "\n";
  trial.step = sim.steps();
  trial.hash = sim.story().hash();
  trial.inputs = sim.inputs();
  trial.simulated = sim.now();
  trial.acknowledged = sim.acknowledged();
  trial.elections = sim.checker().elections();
  trial.governments = sim.checker().governments();
  return trial;
}

std::optional<std::string> check_seed(std::uint64_t seed, Bug planted, Trial* figures) {
  const Plan plan = draw_plan(seed);
  const Trial first = run_plan(plan, planted);
  if (figures != nullptr) *figures = first;
  const Trial second = run_plan(plan, planted);
  std::string violation = first.violation;
  if (first.hash != second.hash || first.step != second.step) {
    violation = "determinism: two runs of one seed differ" + (violation.empty() ? "" : "; " + violation);
  }
  if (violation.empty()) return std::nullopt;
  const Trial third = run_plan(plan, planted, true);
  std::string report = violation + "\n  seed " + std::to_string(seed) + ", step " + std::to_string(first.step) +
                       ", after " + std::to_string(first.simulated / 1'000) + " ms\n  " + plan.text() +
                       "\n  the last events:\n" + third.last + first.standing +
                       "  to repeat it: hansard_simulate --trace --seed " + std::to_string(seed);
  if (planted != no_bug) report += " --plant " + std::string(name_of(planted));
  return report + "\n";
}

}  // namespace hansard::testing
