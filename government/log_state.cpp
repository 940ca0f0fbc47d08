// government/log_state.cpp - one entry further; and the bytes of a checkpoint.
#include "government/log_state.hpp"

#include "log/assert.hpp"
#include "log/codec.hpp"

#include <algorithm>
#include <utility>

namespace hansard {

namespace {

constexpr std::uint8_t version = 1;

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

void apply_client(LogState& state, const Entry& entry) {
  state.newest_client = entry.last();
  if (state.oldest_client.is_zero()) state.oldest_client = entry.first();
  state.client_entries += entry.count();
  for (std::size_t i = 0; i < entry.count(); ++i) state.client_bytes += entry.item(i).body.size();
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
  switch (entry.kind()) {
    case Kind::government:
      apply_government(*this, entry);
      break;
    case Kind::client:
      apply_client(*this, entry);
      break;
    case Kind::trim:      // TODO(trimming issue): what is retained shrinks; nobody writes one yet.
    case Kind::settings:  // TODO(settings issue).
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
  return out;
}

Result<LogState> decode_log_state(std::string_view bytes) {
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
  if (!reader.finished()) return Error{Errc::corrupt, "log state: malformed"};
  const Promise at = state.at.promise;
  if (state.government.promise > at || state.settled > at || state.newest_client > at ||
      state.oldest_client > state.newest_client) {
    return Error{Errc::corrupt, "log state: speaks of what is after it"};
  }
  return state;
}

}  // namespace hansard
