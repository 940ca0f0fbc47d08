// government/shaper.cpp - one function per change, tried in the order of `steps`.
//
// To add one (exile, shrink, grow, heal): a function here, an enumerator in Change::What, a place in `steps`.
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

// The longest-standing constituent that is fit takes the seat. It joins the minority: the writer's path stays as it is.
std::optional<Change> fill_vacant_seat(const Government& current, const Facts& facts) {
  if (!facts.membership_allowed || current.vacant() == 0) return std::nullopt;
  const auto fit = std::find_if(current.constituents.begin(), current.constituents.end(), [&](const std::string& id) {
    return current.citizens.at(id).acclimated && is_reachable(current, facts, id);
  });
  if (fit == current.constituents.end()) return std::nullopt;
  Government next = current;
  next.constituents.erase(next.constituents.begin() + (fit - current.constituents.begin()));
  next.minority.push_back(*fit);
  if (!can_decide(next, facts)) return std::nullopt;
  return changed(Change::What::fill_vacant_seat, current, std::move(next), "seat " + *fit);
}

// The most urgent first.
constexpr std::array<std::optional<Change> (*)(const Government&, const Facts&), 4> steps{swap, embark, acclimate,
                                                                                          fill_vacant_seat};

}  // namespace

const char* to_string(Change::What what) {
  switch (what) {
    case Change::What::swap:
      return "swap";
    case Change::What::embark:
      return "embark";
    case Change::What::acclimate:
      return "acclimate";
    case Change::What::fill_vacant_seat:
      return "fill vacant seat";
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
