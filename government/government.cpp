// government/government.cpp - the value's own rules, and its bytes: version, seats, aim, the three lists, citizens,
// why.
#include "government/government.hpp"

#include "log/assert.hpp"
#include "log/codec.hpp"
#include "log/entry.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace hansard {

namespace {

constexpr std::uint8_t version = 2;

bool contains(const std::vector<std::string>& ids, std::string_view id) {
  return std::find(ids.begin(), ids.end(), id) != ids.end();
}

// Members by id and cookie: what a quorum is counted over.
std::set<std::pair<std::string, Cookie>> members(const Government& government) {
  std::set<std::pair<std::string, Cookie>> result;
  for (const std::string& id : government.parliament()) {
    const auto citizen = government.citizens.find(id);
    result.emplace(id, citizen == government.citizens.end() ? Cookie{} : citizen->second.cookie);
  }
  return result;
}

// What must hold of one citizen, whatever the lists say.
const char* fault_of(const Citizen& citizen, Promise now) {
  if (citizen.cookie.is_zero()) return "a citizen without a cookie";
  if (citizen.url.size() > GovernmentLimits::url_bytes_max) return "a url that is too long";
  if (citizen.properties.size() > GovernmentLimits::properties_max) return "a citizen with too many properties";
  for (const auto& [name, value] : citizen.properties) {
    if (name.size() > GovernmentLimits::property_bytes_max) return "a property with too long a name";
    if (value.size() > GovernmentLimits::property_bytes_max) return "a property that is too long";
  }
  // A government that has no place in the log yet may hold newcomers whose arrival place_at() will name.
  if (now.is_zero()) return nullptr;
  if (!citizen.arrived.is_government()) return "a citizen without an arrival";
  if (citizen.arrived > now) return "a citizen that arrives after this government";
  return nullptr;
}

void write_ids(Encoder& writer, const std::vector<std::string>& ids) {
  writer.number(ids.size());
  for (const std::string& id : ids) writer.text(id);
}

std::vector<std::string> read_ids(Decoder& reader) {
  std::vector<std::string> ids;
  const std::uint64_t count = reader.number_at_most(GovernmentLimits::citizens_max);
  for (std::uint64_t i = 0; i < count && !reader.failed(); ++i) {
    ids.emplace_back(reader.text(EntryLimits::name_bytes_max));
  }
  return ids;
}

void write_citizen(Encoder& writer, const Citizen& citizen) {
  writer.id128(citizen.cookie);
  writer.text(citizen.url);
  writer.promise(citizen.arrived);
  writer.boolean(citizen.acclimated);
  writer.number(citizen.properties.size());
  for (const auto& [name, value] : citizen.properties) {
    writer.text(name);
    writer.text(value);
  }
}

Citizen read_citizen(Decoder& reader) {
  Citizen citizen;
  citizen.cookie = reader.id128();
  citizen.url = reader.text(GovernmentLimits::url_bytes_max);
  citizen.arrived = reader.promise();
  citizen.acclimated = reader.boolean();
  const std::uint64_t count = reader.number_at_most(GovernmentLimits::properties_max);
  for (std::uint64_t i = 0; i < count && !reader.failed(); ++i) {
    std::string name{reader.text(GovernmentLimits::property_bytes_max)};
    std::string value{reader.text(GovernmentLimits::property_bytes_max)};
    // One value has one encoding: names increase.
    if (!citizen.properties.empty() && citizen.properties.rbegin()->first >= name) reader.fail();
    citizen.properties.emplace_hint(citizen.properties.end(), std::move(name), std::move(value));
  }
  return citizen;
}

}  // namespace

bool Government::seated(std::string_view id) const { return contains(majority, id) || contains(minority, id); }

std::vector<std::string> Government::parliament() const {
  std::vector<std::string> ids = majority;
  ids.insert(ids.end(), minority.begin(), minority.end());
  return ids;
}

std::size_t Government::vacant() const {
  const std::size_t taken = majority.size() + minority.size();
  return taken < seats ? seats - taken : 0;
}

bool Government::same_parliament(const Government& other) const {
  return seats == other.seats && members(*this) == members(other);
}

const char* Government::fault() const {
  if (!is_parliament_size(seats)) return "seats are not 1, 3, 5 or 7";
  if (!is_parliament_size(aim)) return "seats aimed at are not 1, 3, 5 or 7";
  if (majority.empty()) return "no majority";
  if (majority.size() != quorum()) return "a majority that is not f+1";
  if (majority.size() + minority.size() > seats) return "more members than seats";
  if (citizens.size() > GovernmentLimits::citizens_max) return "too many citizens";
  if (why.size() > GovernmentLimits::why_bytes_max) return "a reason that is too long";
  std::set<std::string_view> listed;
  for (const auto* list : {&majority, &minority, &constituents}) {
    for (const std::string& id : *list) {
      if (!is_name(id)) return "an id that is no name";
      if (!listed.insert(id).second) return "an id that is listed twice";
      const auto citizen = citizens.find(id);
      if (citizen == citizens.end()) return "a listed id that is no citizen";
      if (list != &constituents && !citizen->second.acclimated) return "a member that is not acclimated";
    }
  }
  // All listed ids are different citizens, so equal numbers mean that every citizen is listed.
  if (listed.size() != citizens.size()) return "a citizen that is not listed";
  for (const auto& [id, citizen] : citizens) {
    if (const char* why_not = fault_of(citizen, promise)) return why_not;
  }
  return nullptr;
}

void place_at(Government& government, const Position& position) {
  government.promise = position.promise;
  government.ballot = position.ballot;
  for (auto& [id, citizen] : government.citizens) {
    if (citizen.arrived.is_zero()) citizen.arrived = position.promise;
  }
}

std::string encode(const Government& government) {
  HANSARD_ASSERT(government.fault() == nullptr, "only a sound government is written");
  std::string out;
  Encoder writer{out};
  writer.byte(version);
  writer.number(government.seats);
  writer.number(government.aim);
  write_ids(writer, government.majority);
  write_ids(writer, government.minority);
  write_ids(writer, government.constituents);
  writer.number(government.citizens.size());
  for (const auto& [id, citizen] : government.citizens) {
    writer.text(id);
    write_citizen(writer, citizen);
  }
  writer.text(government.why);
  return out;
}

Result<Government> decode_government(std::string_view body, const Position& position) {
  Decoder reader{body};
  const auto corrupt = [&](const char* what) {
    return Error{Errc::corrupt, "government " + to_string(position) + ": " + what};
  };
  const std::uint8_t found = reader.byte();
  if (!reader.failed() && found != version) {
    return Error{Errc::unsupported, "government " + to_string(position) + ": format version " + std::to_string(found)};
  }
  Government government;
  government.promise = position.promise;
  government.ballot = position.ballot;
  government.seats = static_cast<std::uint32_t>(reader.number_at_most(GovernmentLimits::seats_max));
  government.aim = static_cast<std::uint32_t>(reader.number_at_most(GovernmentLimits::seats_max));
  government.majority = read_ids(reader);
  government.minority = read_ids(reader);
  government.constituents = read_ids(reader);
  const std::uint64_t count = reader.number_at_most(GovernmentLimits::citizens_max);
  for (std::uint64_t i = 0; i < count && !reader.failed(); ++i) {
    std::string id{reader.text(EntryLimits::name_bytes_max)};
    if (!government.citizens.empty() && government.citizens.rbegin()->first >= id) reader.fail();
    government.citizens.emplace_hint(government.citizens.end(), std::move(id), read_citizen(reader));
  }
  government.why = reader.text(GovernmentLimits::why_bytes_max);
  if (!reader.finished()) return corrupt("malformed");
  if (!position.promise.is_government()) return corrupt("not at the promise of a government");
  if (const char* fault = government.fault()) return corrupt(fault);
  return government;
}

}  // namespace hansard
