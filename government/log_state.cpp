// government/log_state.cpp - one entry further; and the bytes of a checkpoint.
#include "government/log_state.hpp"

#include "log/assert.hpp"
#include "log/codec.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace hansard {

namespace {

constexpr std::uint8_t version = 2;  // 1: without settings, keys, trims
constexpr std::uint8_t trim_version = 1;
constexpr std::uint64_t item_heft = 64;

void apply_government(LogState& state, const Entry& entry) {
  Result<Government> next = decode_government(entry.body(), entry.position());
  HANSARD_ASSERT(next.has_value(), "a government was decoded before its entry was accepted");
  state.government = std::move(*next);
  // Nothing is taken any more from an arrival that is gone (section 3, Enqueue), so its row is not needed.
  std::erase_if(state.citizens, [&](const auto& row) {
    const auto citizen = state.government.citizens.find(row.first);
    return citizen == state.government.citizens.end() || citizen->second.arrived != row.second.arrived;
  });
}

// Cumulative counts now.
Milestone counted(const LogState& state) {
  return {state.at.promise, state.client_entries + state.trimmed.entries, state.client_bytes + state.trimmed.bytes,
          state.time_us};
}

std::uint64_t heft_between(const Milestone& a, const Milestone& b) {
  return b.bytes - a.bytes + (b.entries - a.entries) * item_heft;
}

void add_milestone(LogState& state, const Entry& entry) {
  Milestone now = counted(state);
  now.last = entry.last();
  now.time_us = entry.time_us();
  const Milestone newest = state.milestones.empty() ? state.milestone_before(entry.first()) : state.milestones.back();
  if (heft_between(newest, now) < state.milestone_every) return;
  state.milestones.push_back(now);
  if (state.milestones.size() <= LogState::milestones_max) return;
  std::vector<Milestone> rarer;
  for (std::size_t i = 1; i < state.milestones.size(); i += 2) rarer.push_back(state.milestones[i]);
  state.milestones = std::move(rarer);
  state.milestone_every *= 2;
}

void apply_trim(LogState& state, const Entry& entry, const Trim& trim) {
  // The leader counted it in this very log. Were it wrong, all would be wrong alike, and nobody would stop for it.
  if (trim.before <= state.trimmed.before || trim.before > entry.first()) return;
  const Milestone now = counted(state);
  state.trimmed = trim;
  state.trimmed.entries = std::clamp(trim.entries, now.entries - state.client_entries, now.entries);
  state.trimmed.bytes = std::clamp(trim.bytes, now.bytes - state.client_bytes, now.bytes);
  state.client_entries = now.entries - state.trimmed.entries;
  state.client_bytes = now.bytes - state.trimmed.bytes;
  state.oldest_client = std::min(trim.oldest_client, state.newest_client);
  std::erase_if(state.milestones, [&](const Milestone& milestone) { return milestone.last < trim.before; });
  const bool are_few = state.milestones.size() < LogState::milestones_max / 4;
  if (are_few && state.milestone_every > LogState::milestone_heft)
    state.milestone_every = std::max(state.milestone_every / 2, LogState::milestone_heft);
}

void apply_client(LogState& state, const Entry& entry) {
  state.newest_client = entry.last();
  if (state.oldest_client.is_zero()) state.oldest_client = entry.first();
  state.client_entries += entry.count();
  for (std::size_t i = 0; i < entry.count(); ++i) state.client_bytes += entry.item(i).body.size();
  add_milestone(state, entry);
  if (!entry.key().empty()) {
    // A leader takes no key twice within its window; whatever took place, all islanders hold the same.
    if (state.keys.find(entry.key()) == nullptr) {
      state.keys.add({std::string(entry.key()), body_hash(entry), entry.first(), entry.last(), entry.time_us()});
    }
  }
  const Author& author = entry.author();
  if (author.id.empty()) return;
  // The greater, not the later: that numbers increase is for the leader to see to and for the checkers to hold.
  Appends& row = state.citizens[author.id];
  row = std::max(row, Appends{author.arrived, author.start, author.sequence});
}

}  // namespace

void LogState::apply(const Entry& entry) {
  if (!at.promise.is_zero()) {
    HANSARD_ASSERT(entry.previous() == at, "a log has no hole");
    HANSARD_ASSERT(entry.continues(chain), "a log goes on as it began");
  }
  // Before the entry itself: a key that it bears may have expired just now.
  constexpr std::int64_t earliest = std::numeric_limits<std::int64_t>::min();
  const bool is_absurd = entry.time_us() < earliest + settings.idempotency_window_us;
  keys.expire(is_absurd ? earliest : entry.time_us() - settings.idempotency_window_us);
  switch (entry.kind()) {
    case Kind::government:
      apply_government(*this, entry);
      break;
    case Kind::client:
      apply_client(*this, entry);
      break;
    case Kind::trim: {
      const Result<Trim> trim = decode_trim(entry.body());
      HANSARD_ASSERT(trim.has_value(), "a trim was decoded before its entry was accepted");
      apply_trim(*this, entry, *trim);
      break;
    }
    case Kind::settings: {
      Result<LogSettings> next = decode_log_settings(entry.body());
      HANSARD_ASSERT(next.has_value(), "settings were decoded before their entry was accepted");
      settings = *next;
      break;
    }
    case Kind::settling:  // Only for its `settled`.
      break;
  }
  settled = std::max(settled, entry.settled());
  time_us = entry.time_us();
  at = entry.position();
  chain = entry.chain();
}

Appends LogState::appends_of(std::string_view id, Promise arrived) const {
  const auto row = citizens.find(id);
  if (row == citizens.end() || row->second.arrived != arrived) return {arrived, 0, 0};
  return row->second;
}

Milestone LogState::milestone_before(Promise promise) const {
  const auto after = std::lower_bound(milestones.begin(), milestones.end(), promise,
                                      [](const Milestone& milestone, Promise p) { return milestone.last < p; });
  if (after != milestones.begin()) return *std::prev(after);
  return {{}, trimmed.entries, trimmed.bytes, 0};
}

void encode(Encoder& out, const Milestone& milestone) {
  out.promise(milestone.last);
  out.number(milestone.entries);
  out.number(milestone.bytes);
  out.signed_number(milestone.time_us);
}

Milestone decode_milestone(Decoder& in) {
  Milestone milestone;
  milestone.last = in.promise();
  milestone.entries = in.number();
  milestone.bytes = in.number();
  milestone.time_us = in.signed_number();
  return milestone;
}

std::string encode(const Trim& trim) {
  std::string out;
  Encoder writer{out};
  writer.byte(trim_version);
  writer.promise(trim.before);
  writer.promise(trim.oldest_client);
  writer.number(trim.entries);
  writer.number(trim.bytes);
  return out;
}

Result<Trim> decode_trim(std::string_view bytes) {
  Decoder reader{bytes};
  const std::uint8_t found = reader.byte();
  if (!reader.failed() && found != trim_version) {
    return Error{Errc::unsupported, "trim: format version " + std::to_string(found)};
  }
  Trim trim;
  trim.before = reader.promise();
  trim.oldest_client = reader.promise();
  trim.entries = reader.number();
  trim.bytes = reader.number();
  if (!reader.finished() || trim.before.is_zero()) return Error{Errc::corrupt, "trim: malformed"};
  return trim;
}

std::string encode(const LogState& state) {
  std::string out;
  Encoder writer{out};
  writer.byte(version);
  writer.position(state.at);
  writer.id128(state.chain);
  const bool has_government = !state.government.majority.empty();
  writer.boolean(has_government);
  if (has_government) {
    writer.position({state.government.promise, state.government.ballot});
    writer.text(encode(state.government));
  }
  writer.promise(state.settled);
  writer.signed_number(state.time_us);
  writer.promise(state.newest_client);
  writer.promise(state.oldest_client);
  writer.number(state.client_entries);
  writer.number(state.client_bytes);
  writer.number(state.citizens.size());
  for (const auto& [id, row] : state.citizens) {
    writer.text(id);
    writer.promise(row.arrived);
    writer.number(row.start);
    writer.number(row.sequence);
  }
  writer.text(encode(state.settings));
  writer.boolean(!state.trimmed.before.is_zero());
  if (!state.trimmed.before.is_zero()) writer.text(encode(state.trimmed));
  writer.number(state.milestone_every);
  writer.number(state.milestones.size());
  for (const Milestone& milestone : state.milestones) {
    encode(writer, milestone);
  }
  state.keys.encode(writer);
  return out;
}

namespace {

// What follows the citizens; false where it is malformed.
bool decode_retention(Decoder& reader, LogState& state) {
  constexpr std::size_t small = 256;
  auto settings = decode_log_settings(reader.text(small));
  if (!settings) return false;
  state.settings = *settings;
  if (reader.boolean()) {
    const auto trim = decode_trim(reader.text(small));
    if (!trim) return false;
    state.trimmed = *trim;
  }
  state.milestone_every = reader.number();
  const std::uint64_t count = reader.number_at_most(LogState::milestones_max);
  for (std::uint64_t i = 0; i < count && !reader.failed(); ++i) {
    const Milestone milestone = decode_milestone(reader);
    const Milestone before = state.milestone_before({~std::uint64_t{0}, ~std::uint64_t{0}});
    if (milestone.last <= before.last || milestone.entries < before.entries || milestone.bytes < before.bytes)
      return false;
    state.milestones.push_back(milestone);
  }
  // What was counted can be added up.
  constexpr std::uint64_t most = std::numeric_limits<std::uint64_t>::max();
  const bool adds_up =
      state.client_entries <= most - state.trimmed.entries && state.client_bytes <= most - state.trimmed.bytes;
  return !reader.failed() && adds_up && state.milestone_every >= LogState::milestone_heft;
}

}  // namespace

Result<LogState> decode_log_state(std::string_view bytes, std::span<const std::string_view> segments) {
  Decoder reader{bytes};
  const std::uint8_t found = reader.byte();
  if (!reader.failed() && found != version) {
    return Error{Errc::unsupported, "log state: format version " + std::to_string(found)};
  }
  LogState state;
  state.at = reader.position();
  state.chain = reader.id128();
  if (reader.boolean()) {
    const Position position = reader.position();
    const std::string_view body = reader.text(EntryLimits::body_bytes_max);
    if (!reader.failed()) {
      Result<Government> government = decode_government(body, position);
      if (!government) return Error{government.error().code, "log state: " + government.error().what};
      state.government = std::move(*government);
    }
  }
  state.settled = reader.promise();
  state.time_us = reader.signed_number();
  state.newest_client = reader.promise();
  state.oldest_client = reader.promise();
  state.client_entries = reader.number();
  state.client_bytes = reader.number();
  const std::uint64_t count = reader.number_at_most(GovernmentLimits::citizens_max);
  for (std::uint64_t i = 0; i < count && !reader.failed(); ++i) {
    std::string id{reader.text(EntryLimits::name_bytes_max)};
    if (!is_name(id) || (!state.citizens.empty() && state.citizens.rbegin()->first >= id)) reader.fail();
    Appends row;
    row.arrived = reader.promise();
    row.start = reader.number();
    row.sequence = reader.number();
    state.citizens.emplace_hint(state.citizens.end(), std::move(id), row);
  }
  if (reader.failed() || !decode_retention(reader, state)) return Error{Errc::corrupt, "log state: malformed"};
  Result<KeyTable> keys = KeyTable::decode(reader, segments);
  if (!keys) return keys.error();
  state.keys = std::move(*keys);
  if (!reader.finished()) return Error{Errc::corrupt, "log state: malformed"};
  const Promise at = state.at.promise;
  if (state.government.promise > at || state.settled > at || state.newest_client > at ||
      state.oldest_client > state.newest_client || state.trimmed.before > at ||
      (!state.milestones.empty() && state.milestones.back().last > at)) {
    return Error{Errc::corrupt, "log state: speaks of what is after it"};
  }
  return state;
}

}  // namespace hansard
