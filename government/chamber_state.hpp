// government/chamber_state.hpp - Chamber::members(): the whole state of a Legislator, listed; and the bytes of it.
//
// For whoever saves, restores or looks at all of it; see archive.hpp.
#pragma once

#include "government/archive.hpp"
#include "government/backfiller.hpp"
#include "government/chamber.hpp"
#include "government/clerk.hpp"
#include "government/envoy.hpp"
#include "government/forwarder.hpp"
#include "government/founder.hpp"
#include "government/judge.hpp"
#include "government/librarian.hpp"
#include "government/proposer.hpp"
#include "government/reader.hpp"
#include "government/recorder.hpp"
#include "government/state_transfer.hpp"
#include "government/trimmer.hpp"
#include "government/writer.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace hansard {

template <class Archive>
void Chamber::origins(Archive& a) {
  a(settings, self, url, start_count, fresh_republic);
}

template <class Archive>
void Chamber::members(Archive& a) {
  a(republic, random, moment, started, resigning, recovered_committed, as_due(flush_at), as_time(writing_since),
    has_room);
  a(log, state, journal, promised, ballot_seen);
  a.choice(role, Role::leader);
  a(leader, leader_ballot, last_leader, as_time(heard_at), as_time(quiet_until), as_time(reset_at), census);
  a.pulled(urgent, bulk);
  a(as_ticket(pulses_held));
  a.pulled(responses);
  a(as_ticket(responses_held));
  a.pulled(wants);
  a(as_pulse(owners), as_want(want_owners));
  a.pulled(newly_committed, appended, reads, operated, events, halted);
  a(*founder, *recorder, *proposer, *writer, *reader, *forwarder, *librarian, *envoy, *clerk, *judge, *trimmer,
    *state_transfer, *backfiller);
  a(as_pulse(next_pulse_), as_want(next_want_), checkpoint_at_, trim_written_, bytes_since_checkpoint_,
    entries_since_checkpoint_, segments_noted_, begins);
}

// The bytes of Legislator::save().
void save(Chamber& chamber, std::string& out);
[[nodiscard]] Result<std::unique_ptr<Chamber>> restore_chamber(std::string_view bytes);

}  // namespace hansard
