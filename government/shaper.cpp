// government/shaper.cpp - one function per change, tried in the order of `steps`.
//
// To add one: a function here, an enumerator in Change::What, a place in `steps`.
#include "government/shaper.hpp"

#include "log/assert.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace hansard {

namespace {

using Ids = std::vector<std::string>;

bool is_reachable(const Government& government, const Facts& facts, const std::string& id) {
  return id == government.leader() || (facts.reachable.contains(id) && !facts.unreachable.contains(id));
}

// Section 5: "proposed only while f+1 of the new parliament are reachable and acclimated".
bool can_decide(const Government& next, const Facts& facts) {
  std::size_t count = 0;
  for (const std::string& id : next.parliament()) {
    if (is_reachable(next, facts, id) && next.citizens.at(id).acclimated) ++count;
  }
  return count >= next.quorum();
}

// "a, b and 7 more": short however many there are.
std::string joined(const Ids& ids) {
  constexpr std::size_t named_max = 4;
  std::string text;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (i == named_max) return text + " and " + std::to_string(ids.size() - named_max) + " more";
    if (i > 0) text += ", ";
    text += ids[i];
  }
  return text;
}

// `next` began as a copy of `current` and has been changed.
Change changed(Change::What what, const Government& current, Government next, std::string why) {
  next.promise = {};
  next.ballot = 0;
  next.why = why;
  // An assertion and not an answer: `current` was sound, and every step keeps it so.
  HANSARD_ASSERT(next.fault() == nullptr, "the shaper makes sound governments");
  HANSARD_ASSERT(next.leader() == current.leader(), "a fiat never removes its own leader");
  const bool membership = !next.same_parliament(current);
  return {what, std::move(next), membership, std::move(why)};
}

// Unreachable members of the majority change places with reachable ones of the minority. Safe at any time: the named
// majority has no part in safety. Who comes back later stays in the minority, so nothing flaps.
std::optional<Change> swap(const Government& current, const Facts& facts) {
  Government next = current;
  std::string why;
  auto spare = next.minority.begin();
  for (std::size_t i = 1; i < next.majority.size(); ++i) {
    if (!facts.unreachable.contains(next.majority[i])) continue;
    spare = std::find_if(spare, next.minority.end(),
                         [&](const std::string& id) { return is_reachable(current, facts, id); });
    if (spare == next.minority.end()) break;
    why += (why.empty() ? "" : "; ") + *spare + " for " + next.majority[i];
    std::swap(*spare, next.majority[i]);
    ++spare;
  }
  if (why.empty()) return std::nullopt;
  return changed(Change::What::swap, current, std::move(next), "swap " + why + ", unreachable");
}

// All who wait arrive together. A known one comes back from a restart, perhaps at another address.
std::optional<Change> embark(const Government& current, const Facts& facts) {
  Government next = current;
  Ids ids;
  for (const Arrival& arrival : facts.arrivals) {
    if (embark_refusal(next, arrival) != nullptr) continue;
    const auto found = next.citizens.find(arrival.id);
    if (found == next.citizens.end()) {
      next.citizens.emplace(arrival.id, Citizen{arrival.cookie, arrival.url, {}, false, arrival.properties});
      next.constituents.push_back(arrival.id);
    } else if (found->second.url != arrival.url || found->second.properties != arrival.properties) {
      found->second.url = arrival.url;
      found->second.properties = arrival.properties;
    } else {
      continue;
    }
    ids.push_back(arrival.id);
  }
  if (ids.empty()) return std::nullopt;
  return changed(Change::What::embark, current, std::move(next), "embark " + joined(ids));
}

std::optional<Change> acclimate(const Government& current, const Facts& facts) {
  Government next = current;
  Ids ids;
  for (const std::string& id : current.constituents) {
    Citizen& citizen = next.citizens.find(id)->second;
    if (citizen.acclimated || !facts.caught_up.contains(id)) continue;
    citizen.acclimated = true;
    ids.push_back(id);
  }
  if (ids.empty()) return std::nullopt;
  return changed(Change::What::acclimate, current, std::move(next), "acclimate " + joined(ids));
}

void take_away(Ids& ids, const std::string& id) { ids.erase(std::remove(ids.begin(), ids.end(), id), ids.end()); }

// Gives the majority its f+1 again after seats or members have gone: the reachable of the minority first.
void refit_majority(Government& government, const Facts& facts) {
  while (government.majority.size() > government.quorum()) {
    // The silent go first, else the last; never the leader.
    auto least = government.majority.end() - 1;
    for (auto id = government.majority.begin() + 1; id != government.majority.end(); ++id) {
      if (!is_reachable(government, facts, *id)) least = id;
    }
    government.minority.insert(government.minority.begin(), *least);
    government.majority.erase(least);
  }
  while (government.majority.size() < government.quorum() && !government.minority.empty()) {
    auto best = std::find_if(government.minority.begin(), government.minority.end(),
                             [&](const std::string& id) { return is_reachable(government, facts, id); });
    if (best == government.minority.end()) best = government.minority.begin();
    government.majority.push_back(*best);
    government.minority.erase(best);
  }
}

// Its seat stands vacant until another takes it: the quorums that remain are some of the old ones (section 5).
std::optional<Government> without(const Government& current, const Facts& facts, const std::string& id) {
  Government next = current;
  for (Ids* list : {&next.majority, &next.minority, &next.constituents}) take_away(*list, id);
  next.citizens.erase(id);
  refit_majority(next, facts);
  if (next.fault() != nullptr || !can_decide(next, facts)) return std::nullopt;
  return next;
}

std::optional<Change> exile(const Government& current, const Facts& facts) {
  for (const auto& [id, cookie] : facts.exiles) {
    const auto citizen = current.citizens.find(id);
    if (citizen == current.citizens.end() || citizen->second.cookie != cookie || id == current.leader()) continue;
    if (current.seated(id) && !facts.membership_allowed) continue;
    auto next = without(current, facts, id);
    if (next) return changed(Change::What::exile, current, std::move(*next), "exile " + id);
  }
  return std::nullopt;
}

std::optional<Change> aim(const Government& current, const Facts& facts) {
  if (facts.aim == 0 || facts.aim == current.aim) return std::nullopt;
  Government next = current;
  next.aim = facts.aim;
  return changed(Change::What::aim, current, std::move(next), "aim at " + std::to_string(facts.aim) + " seats");
}

// Two seats fewer: vacant ones go first, then those of the silent, then the last of the minority, then of the majority.
std::optional<Government> smaller(const Government& current, const Facts& facts) {
  Government next = current;
  next.seats -= 2;
  while (next.majority.size() + next.minority.size() > next.seats) {
    Ids members = next.parliament();
    std::reverse(members.begin(), members.end());
    members.pop_back();  // the leader
    auto least = std::find_if(members.begin(), members.end(),
                              [&](const std::string& id) { return !is_reachable(current, facts, id); });
    if (least == members.end()) least = members.begin();
    take_away(next.majority, *least);
    take_away(next.minority, *least);
    next.constituents.push_back(*least);
  }
  refit_majority(next, facts);
  if (next.fault() != nullptr || !can_decide(next, facts)) return std::nullopt;
  return next;
}

std::optional<Change> shrink(const Government& current, const Facts& facts) {
  if (!facts.membership_allowed || current.aim >= current.seats) return std::nullopt;
  auto next = smaller(current, facts);
  if (!next) return std::nullopt;
  std::string why = "shrink to " + std::to_string(next->seats) + " seats";
  return changed(Change::What::shrink, current, std::move(*next), std::move(why));
}

// Constituents that may take a seat, those longest in the island first.
Ids fit_for_seat(const Government& current, const Facts& facts) {
  Ids fit;
  for (const std::string& id : current.constituents) {
    if (current.citizens.at(id).acclimated && is_reachable(current, facts, id)) fit.push_back(id);
  }
  return fit;
}

// It joins the minority: the writer's path stays as it is.
std::optional<Change> fill_vacant_seat(const Government& current, const Facts& facts) {
  if (!facts.membership_allowed || current.vacant() == 0 || current.aim < current.seats) return std::nullopt;
  const Ids fit = fit_for_seat(current, facts);
  if (fit.empty()) return std::nullopt;
  Government next = current;
  take_away(next.constituents, fit.front());
  next.minority.push_back(fit.front());
  if (!can_decide(next, facts)) return std::nullopt;
  return changed(Change::What::fill_vacant_seat, current, std::move(next), "seat " + fit.front());
}

// Two at a time: one more would leave a parliament that no number of its members can lose better than the one before.
std::optional<Change> grow(const Government& current, const Facts& facts) {
  if (!facts.membership_allowed || current.vacant() != 0 || current.aim <= current.seats) return std::nullopt;
  const Ids fit = fit_for_seat(current, facts);
  if (fit.size() < 2) return std::nullopt;
  Government next = current;
  next.seats += 2;
  for (std::size_t i = 0; i < 2; ++i) {
    take_away(next.constituents, fit[i]);
    next.minority.push_back(fit[i]);
  }
  refit_majority(next, facts);
  if (!can_decide(next, facts)) return std::nullopt;
  return changed(Change::What::grow, current, std::move(next), "grow by " + fit[0] + ", " + fit[1]);
}

// A member that was silent for long loses its seat to a constituent, not its citizenship.
std::optional<Change> heal(const Government& current, const Facts& facts) {
  if (!facts.membership_allowed) return std::nullopt;
  const Ids fit = fit_for_seat(current, facts);
  if (fit.empty()) return std::nullopt;
  for (const std::string& id : current.parliament()) {
    if (id == current.leader() || !facts.long_silent.contains(id) || is_reachable(current, facts, id)) continue;
    Government next = current;
    std::replace(next.majority.begin(), next.majority.end(), id, fit.front());
    std::replace(next.minority.begin(), next.minority.end(), id, fit.front());
    std::replace(next.constituents.begin(), next.constituents.end(), fit.front(), id);
    if (can_decide(next, facts)) {
      return changed(Change::What::heal, current, std::move(next), "seat " + fit.front() + " for " + id + ", silent");
    }
  }
  return std::nullopt;
}

// The most urgent first.
constexpr std::array<std::optional<Change> (*)(const Government&, const Facts&), 9> steps{
    swap, embark, acclimate, exile, aim, shrink, fill_vacant_seat, grow, heal};

}  // namespace

const char* to_string(Change::What what) {
  switch (what) {
    case Change::What::swap:
      return "swap";
    case Change::What::embark:
      return "embark";
    case Change::What::acclimate:
      return "acclimate";
    case Change::What::exile:
      return "exile";
    case Change::What::aim:
      return "aim";
    case Change::What::shrink:
      return "shrink";
    case Change::What::fill_vacant_seat:
      return "fill vacant seat";
    case Change::What::grow:
      return "grow";
    case Change::What::heal:
      return "heal";
  }
  return "?";
}

std::optional<Change> shape(const Government& current, const Facts& facts) {
  HANSARD_ASSERT(current.fault() == nullptr, "only a sound government is shaped");
  for (const auto step : steps) {
    if (std::optional<Change> change = step(current, facts)) return change;
  }
  return std::nullopt;
}

const char* exile_refusal(const Government& current, const Facts& facts, std::string_view id) {
  const auto citizen = current.citizens.find(id);
  if (citizen == current.citizens.end()) return "there is no such islander";
  if (current.seated(id) && current.parliament().size() == 1) return "it is the only member of the parliament";
  if (!without(current, facts, std::string(id))) return "too few of the remaining seats answer";
  return nullptr;
}

const char* aim_refusal(const Government& current, const Facts& facts, std::uint32_t seats) {
  if (!is_parliament_size(seats)) return "a parliament has 1, 3, 5 or 7 seats";
  if (seats < current.seats && !smaller(current, facts)) return "too few of the remaining seats answer";
  return nullptr;
}

EmbarkVerdict embark_verdict(const Government& current, std::string_view id, const Cookie& cookie) {
  const auto found = current.citizens.find(id);
  if (found != current.citizens.end()) {
    return found->second.cookie == cookie ? EmbarkVerdict::known : EmbarkVerdict::refused;
  }
  const bool has_room = current.citizens.size() < GovernmentLimits::citizens_max;
  return has_room && is_name(id) && !cookie.is_zero() ? EmbarkVerdict::fresh : EmbarkVerdict::refused;
}

const char* embark_refusal(const Government& current, const Arrival& arrival) {
  if (!is_name(arrival.id)) return "the id is no name";
  if (arrival.cookie.is_zero()) return "there is no cookie";
  if (arrival.url.empty()) return "there is no url";
  if (arrival.url.size() > GovernmentLimits::url_bytes_max) return "the url is too long";
  if (arrival.properties.size() > GovernmentLimits::properties_max) return "there are too many properties";
  for (const auto& [name, value] : arrival.properties) {
    if (std::max(name.size(), value.size()) > GovernmentLimits::property_bytes_max) return "a property is too long";
  }
  if (embark_verdict(current, arrival.id, arrival.cookie) != EmbarkVerdict::refused) return nullptr;
  if (current.citizens.contains(arrival.id)) {
    return "the id belongs to another islander (another data directory), which must depart first";
  }
  return "the island is full";
}

}  // namespace hansard
