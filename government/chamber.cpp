#include "government/chamber.hpp"

#include "government/backfiller.hpp"
#include "government/clerk.hpp"
#include "government/envoy.hpp"
#include "government/forwarder.hpp"
#include "government/founder.hpp"
#include "government/judge.hpp"
#include "government/librarian.hpp"
#include "government/planted.hpp"
#include "government/proposer.hpp"
#include "government/reader.hpp"
#include "government/recorder.hpp"
#include "government/state_transfer.hpp"
#include "government/trimmer.hpp"
#include "government/writer.hpp"
#include "log/assert.hpp"

#include <algorithm>

namespace hansard {

namespace {

std::string note_of(const Recovered& recovered, const char* name) {
  const auto found = recovered.notes.find(name);
  return found == recovered.notes.end() ? std::string{} : found->second;
}

std::string segment_note(std::uint64_t number) {
  return notes::segment_prefix + to_string(Id128{0, number}).substr(16);  // in hex, so that names sort as numbers do
}

Milestone read_begins(std::string_view noted) {
  Decoder reader{noted};
  const Milestone milestone = decode_milestone(reader);
  HANSARD_ASSERT(reader.finished(), "we wrote this note");
  return milestone;
}

// May it stand in a log? Whoever applies it relies on that.
bool is_readable(const Entry& entry) {
  switch (entry.kind()) {
    case Kind::government:
      return decode_government(entry.body(), entry.position()).has_value();
    case Kind::trim:
      return decode_trim(entry.body()).has_value();
    case Kind::settings:
      return decode_log_settings(entry.body()).has_value();
    case Kind::client:
    case Kind::settling:
      return true;
  }
  return false;
}

}  // namespace

Chamber::Chamber(const Settings& settings_in, const Recovered& recovered, std::string url_in,
                 Republic fresh_republic_in)
    : settings(settings_in),
      self{recovered.identity.id, recovered.identity.cookie},
      url(std::move(url_in)),
      start_count(recovered.identity.start),
      fresh_republic(fresh_republic_in),
      random(recovered.identity.cookie, recovered.identity.start),
      recovered_committed(recovered.committed),
      promised(recovered.promised),
      ballot_seen(recovered.promised) {
  const std::string republic_text = note_of(recovered, notes::republic);
  if (!republic_text.empty()) {
    const auto parsed = parse_id128(republic_text);
    HANSARD_ASSERT(parsed.has_value(), "we wrote this note");
    republic = *parsed;
  }
  Committed from;
  const std::string checkpoint = note_of(recovered, notes::checkpoint);
  if (!checkpoint.empty()) {
    std::vector<std::string_view> segments;
    const std::string_view prefix = notes::segment_prefix;
    for (auto note = recovered.notes.lower_bound(prefix);
         note != recovered.notes.end() && note->first.starts_with(prefix); ++note) {
      segments.emplace_back(note->second);
    }
    auto decoded = decode_log_state(checkpoint, segments);
    HANSARD_ASSERT(decoded.has_value(), "the store verified this note and this build wrote it");
    state = std::move(*decoded);
    from = {state.at, state.at.ballot};
    trim_written_ = state.trimmed.before;
    for (const auto& segment : state.keys.full_segments()) segments_noted_.insert(segment->number);
  }
  if (const std::string noted = note_of(recovered, notes::begins); !noted.empty()) begins = read_begins(noted);
  log.begin(state.at, state.chain, state.time_us, std::max(from.counted, recovered.committed.counted));
  checkpoint_at_ = state.at.promise;
  // Where a snapshot was installed and nothing followed it, the disk has no entry.
  journal.begin(recovered.last.promise.is_zero() ? state.at : recovered.last, promised, recovered.committed);

  founder = std::make_unique<Founder>(*this, note_of(recovered, notes::founder));
  recorder = std::make_unique<Recorder>(*this);
  proposer = std::make_unique<Proposer>(*this);
  writer = std::make_unique<Writer>(*this);
  reader = std::make_unique<Reader>(*this);
  forwarder = std::make_unique<Forwarder>(*this);
  librarian = std::make_unique<Librarian>(*this);
  clerk = std::make_unique<Clerk>(*this);
  envoy = std::make_unique<Envoy>(*this);
  judge = std::make_unique<Judge>(*this);
  trimmer = std::make_unique<Trimmer>(*this);
  state_transfer = std::make_unique<StateTransfer>(*this);
  backfiller = std::make_unique<Backfiller>(*this);
  // Appends become entries before the writer looks what there is to send.
  parts = {founder.get(), recorder.get(),       proposer.get(),  forwarder.get(), writer.get(),
           judge.get(),   reader.get(),         librarian.get(), envoy.get(),     clerk.get(),
           trimmer.get(), state_transfer.get(), backfiller.get()};
}

Chamber::~Chamber() = default;

void Chamber::raise_promised(std::uint64_t ballot) {
  see_ballot(ballot);
  if (ballot <= promised) return;
  promised = ballot;
  journal.promise(ballot);
  if (role == Role::leader && writer->ballot() < ballot) writer->leave_office("a higher ballot was promised");
  if (role == Role::candidate && proposer->ballot() < ballot) proposer->stop("a higher ballot was promised");
}

void Chamber::append(EntryPtr entry) {
  see_ballot(entry->ballot());
  journal.append(entry);
  log.append(std::move(entry));
}

bool Chamber::adopt(const Position& previous, const std::vector<EntryPtr>& entries) {
  // Look at all of it before anything is changed: what a peer sends is never trusted to be well formed.
  Position at = previous;
  std::size_t fresh = entries.size();
  Chain chain;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const Entry& entry = *entries[i];
    if (entry.previous() != at || entry.first() <= at.promise) return false;
    at = entry.position();
    if (fresh == entries.size()) {
      if (entry.last() <= log.committed().position.promise) {
        const EntryPtr* held = log.find(entry.last());
        HANSARD_ASSERT(held == nullptr || (*held)->ballot() == entry.ballot(),
                       "nothing committed is ever dropped: another entry was sent in its place");
        continue;
      }
      if (log.holds_exactly(entry.position())) continue;
      fresh = i;
      const Position before = entry.previous();
      // Below committed only the base can be asked for its chain; a pulse that goes on from there has nothing we lack.
      const EntryPtr* held = log.find(before.promise);
      if (held != nullptr) {
        if ((*held)->ballot() != before.ballot) return false;
        chain = (*held)->chain();
      } else if (before == log.base()) {
        chain = log.base_chain();
      } else {
        return false;
      }
    }
    if (!entry.continues(chain)) {
      halt(Errc::corrupt, "the log diverges at " + to_string(entry.position()) +
                              ": the chain hash of what another islander sent does not continue ours");
      return false;
    }
    if (!is_readable(entry)) return false;
    chain = entry.chain();
  }
  if (fresh == entries.size()) return true;
  const Position keep = entries[fresh]->previous();
  if (keep.promise < log.committed().position.promise) {
    halt(Errc::corrupt, "another islander would put " + to_string(entries[fresh]->position()) +
                            " in the place of what is committed up to " + to_string(log.committed().position));
    return false;
  }
  if (log.last() != keep) {
    note("entries dropped", true,
         {{"after", to_string(keep)}, {"last", to_string(log.last())}, {"for", to_string(entries[fresh]->position())}});
    log.drop_after(keep.promise);
    journal.drop_after(log.last());
    HANSARD_ASSERT(log.last() == keep, "what is kept ends where the new entries begin");
  }
  for (std::size_t i = fresh; i < entries.size(); ++i) append(entries[i]);
  return true;
}

void Chamber::commit(const Committed& committed) {
  const Promise before = log.committed().position.promise;
  if (committed.position.promise <= before) return;
  std::size_t index = log.index_after(before);
  bool governed = false;
  const std::size_t first_index = index;
  log.commit(committed);
  const auto& entries = log.entries();
  for (; index < entries.size() && entries[index]->last() <= committed.position.promise; ++index) {
    const EntryPtr& entry = entries[index];
    state.apply(*entry);
    governed = governed || entry->kind() == Kind::government;
    bytes_since_checkpoint_ += entry->bytes().size();
    ++entries_since_checkpoint_;
    newly_committed.push_back(entry);
  }
  HANSARD_ASSERT(state.at == committed.position, "log state is at what is committed");
  // Judgments first: a number of ours that is refused would else go again, because a later one is committed.
  judge->committed();
  for (std::size_t i = first_index; i < index; ++i) forwarder->committed(*entries[i]);
  forwarder->reached();
  raise_promised(committed.counted);
  // Another leads under the ballot we run with: a quorum of other seats granted it. Who promised it to us may have
  // accepted from that leader since, and no longer says what it holds (section 1, one leader per ballot).
  if (role == Role::candidate && proposer->ballot() == committed.counted) {
    proposer->stop("its ballot was won by another");
  }
  trim();
  follow_commit(governed);
}

void Chamber::follow_commit(bool governed) {
  if (governed) {
    if (role == Role::stranger) role = Role::recorder;
    note("government", true,
         {{"promise", to_string(state.government.promise)},
          {"ballot", std::to_string(state.government.ballot)},
          {"leader", state.government.leader()},
          {"why", state.government.why}});
    librarian->governed();
    founder->governed();
    follow_government();
  }
  writer->committed(governed);
  reader->committed();
  clerk->committed();
  envoy->look();
}

void Chamber::install(LogState&& snapshot, std::uint64_t counted, const std::string& from) {
  const Position at = snapshot.at;
  if (at.promise <= log.committed().position.promise) return;  // it was brought to us meanwhile
  if (role == Role::leader) return;                            // a leader has all that is committed
  if (log.holds_exactly(at)) {
    const EntryPtr* held = log.find(at.promise);
    if (held != nullptr && (*held)->chain() != snapshot.chain) {
      return halt(Errc::corrupt, "the log diverges at " + to_string(at) + " from the snapshot of " + from);
    }
    return commit({at, counted});
  }
  note("snapshot installed", true,
       {{"from", from}, {"at", to_string(at)}, {"committed", to_string(log.committed().position)}});
  if (role == Role::candidate) proposer->stop("a snapshot is installed");
  state = std::move(snapshot);
  trim_written_ = state.trimmed.before;
  log.begin(at, state.chain, state.time_us, counted);
  journal.restart_after(at);
  begins = {at.promise, state.client_entries + state.trimmed.entries, state.client_bytes + state.trimmed.bytes,
            state.time_us};
  note_begins(begins);
  for (const std::uint64_t number : std::exchange(segments_noted_, {})) journal.note(segment_note(number), {});
  checkpoint();
  see_ballot(at.ballot);
  raise_promised(planted('z') ? at.ballot : counted);
  forwarder->installed();
  backfiller->installed();
  follow_commit(true);
}

bool Chamber::lacks_before(Promise place) const {
  if (place.is_zero()) return false;
  return planted('1') ? place > state.oldest_client : place >= state.trimmed.before;
}

void Chamber::note_begins(const Milestone& place) {
  std::string noted;
  Encoder out{noted};
  if (!place.last.is_zero()) encode(out, place);
  journal.note(notes::begins, std::move(noted));
}

void Chamber::trim() {
  if (state.trimmed.before <= trim_written_) return;
  trim_written_ = state.trimmed.before;
  // In one write with log state above it: what is trimmed is never needed to know that.
  checkpoint();
  journal.trim(state.trimmed.before);
}

void Chamber::follow_government() {
  // Constituents are not pinged: whom to forward to they know from the government itself, whose ballot is its leader's.
  const Government& government = state.government;
  if (role == Role::leader || !has_government() || government.seated(self.id)) return;
  const Islander named{government.leader(), government.citizens.find(government.leader())->second.cookie};
  if (leader == named && leader_ballot == government.ballot) return;
  leader = last_leader = named;
  leader_ballot = government.ballot;
  heard_at = moment.now;
  reset_at = never;
  forwarder->leader_changed();
  reader->leader_changed();
  envoy->leader_changed();
}

void Chamber::hear_of_leader(bool heard) {
  if (heard) return follow_government();
  if (role != Role::leader && !state.government.seated(self.id)) lose_leader("who brings us the log hears none");
}

const Government* Chamber::last_government() const {
  if (!log.later_governments().empty()) return &log.later_governments().back();
  return has_government() ? &state.government : nullptr;
}

std::vector<const Government*> Chamber::counted_governments() const {
  std::vector<const Government*> result;
  if (has_government()) result.push_back(&state.government);
  for (const Government& later : log.later_governments()) result.push_back(&later);
  return result;
}

const Citizen* Chamber::citizen(const std::string& id) const {
  const auto governments = counted_governments();
  for (auto it = governments.rbegin(); it != governments.rend(); ++it) {
    const auto found = (*it)->citizens.find(id);
    if (found != (*it)->citizens.end()) return &found->second;
  }
  return nullptr;
}

std::vector<std::pair<Islander, std::string>> Chamber::sources() const {
  std::vector<std::pair<Islander, std::string>> result;
  const auto& citizens = state.government.citizens;
  if (has_government()) {
    std::vector<std::string> ids = state.government.parliament();
    const auto heard = citizens.find(leader.id);
    const bool is_known = heard != citizens.end() && heard->second.cookie == leader.cookie;
    if (is_known && !state.government.seated(leader.id)) ids.push_back(leader.id);
    std::erase(ids, self.id);
    for (const std::string& id : ids) {
      const Citizen& known = citizens.find(id)->second;
      result.emplace_back(Islander{id, known.cookie}, known.url);
    }
  }
  const auto& host = librarian->host();
  if (!host.first.id.empty() && host.first.id != self.id) result.push_back(host);
  // Those we knew may all be gone, and who speaks to us now came after them: where it is to be found the host knows.
  const Islander& teller = librarian->teller();
  const bool is_new = std::none_of(result.begin(), result.end(), [&](const auto& one) { return one.first == teller; });
  if (is_new && !teller.id.empty() && teller != self) result.emplace_back(teller, std::string{});
  return result;
}

void Chamber::adopt_republic(const Republic& value) {
  HANSARD_ASSERT(republic.is_zero() || republic == value, "an islander never changes its republic");
  if (republic == value) return;
  republic = value;
  journal.note(notes::republic, to_string(value));
  if (role == Role::stranger) role = Role::recorder;
}

void Chamber::checkpoint_if_due() {
  if (entries_since_checkpoint_ < settings.checkpoint_every_entries &&
      bytes_since_checkpoint_ < settings.checkpoint_every_bytes) {
    return;
  }
  checkpoint();
}

void Chamber::checkpoint() {
  // The write that holds this note also holds, or follows, everything it speaks of.
  journal.note(notes::checkpoint, encode(state));
  std::set<std::uint64_t> full;
  for (const auto& segment : state.keys.full_segments()) {
    full.insert(segment->number);
    if (!segments_noted_.contains(segment->number)) journal.note(segment_note(segment->number), encode(*segment));
  }
  for (const std::uint64_t number : segments_noted_) {
    if (!full.contains(number)) journal.note(segment_note(number), {});
  }
  segments_noted_ = std::move(full);
  checkpoint_at_ = state.at.promise;
  entries_since_checkpoint_ = 0;
  bytes_since_checkpoint_ = 0;
}

void Chamber::hear_leader(const Islander& who, std::uint64_t ballot) {
  see_ballot(ballot);
  if (role == Role::leader) {
    HANSARD_ASSERT(ballot > writer->ballot(), "one leader per ballot");
    writer->leave_office("another leader of a higher ballot is heard");
  }
  if (role == Role::candidate) proposer->stop("a leader is heard");
  role = Role::recorder;
  heard_at = moment.now;
  reset_at = never;
  const bool anew = leader != who || leader_ballot != ballot;
  if (anew) {
    leader = last_leader = who;
    leader_ballot = ballot;
    note("leader heard", false, {{"leader", who.id}, {"ballot", std::to_string(ballot)}});
    clerk->leader_heard();
    forwarder->leader_changed();
    reader->leader_changed();
    envoy->leader_changed();
  }
  proposer->leader_heard(anew);
}

void Chamber::lose_leader(const char* why) {
  if (leader.id.empty()) return;
  note("collapse", true,
       {{"leader", leader.id},
        {"ballot", std::to_string(leader_ballot)},
        {"government", to_string(state.government.promise)},
        {"why", why}});
  leader = Islander{};
  forwarder->leader_changed();
  reader->leader_changed();
  envoy->leader_changed();
}

bool Chamber::leader_lost() const { return moment.now >= leader_lost_at(); }

Tick Chamber::leader_lost_at() const {
  if (role == Role::leader) return never;
  if (leader.id.empty()) return quiet_until;
  const Tick silent = heard_at + settings.timeout;
  return reset_at == never ? silent : std::min(silent, reset_at + settings.ping);
}

PulseId Chamber::post(Part& owner, const Islander& to, const std::string& to_url, Request request, bool is_urgent,
                      Ticket after) {
  Pulse pulse;
  pulse.id = next_pulse_++;
  pulse.to = to;
  pulse.url = to_url;
  pulse.republic = republic;
  pulse.request = std::move(request);
  pulse.urgent = is_urgent;
  const PulseId id = pulse.id;
  owners[id] = &owner;
  if (!journal.is_durable(after)) {
    pulses_held.emplace_back(after, std::move(pulse));
  } else {
    (is_urgent ? urgent : bulk).push_back(std::move(pulse));
  }
  return id;
}

void Chamber::answer(RequestId id, Answer answer, Ticket after) {
  Response response{id, republic, std::move(answer)};
  if (!journal.is_durable(after)) {
    responses_held.emplace_back(after, std::move(response));
  } else {
    responses.push_back(std::move(response));
  }
}

std::uint64_t Chamber::want(Part& owner, Promise after, Promise upto, std::size_t bytes_max, bool newest) {
  const std::uint64_t id = next_want_++;
  wants.push_back({id, after, upto, bytes_max, newest});
  want_owners[id] = &owner;
  return id;
}

void Chamber::note(const char* name, bool important, std::vector<std::pair<const char*, std::string>> facts) {
  events.push_back({name, important, std::move(facts)});
}

void Chamber::halt(Errc code, std::string what) {
  if (!halted) halted = Error{code, std::move(what)};
}

bool Chamber::disk_stalled() const {
  return journal.busy() && writing_since != never && moment.now >= writing_since + settings.stall_after;
}

Report Chamber::report(bool with_downstream) const {
  Report result;
  result.committed = log.committed();
  result.durable = journal.durable();
  result.wall_us = moment.wall_us;
  result.disk_ill = disk_ill();
  result.fetches = state_transfer->point();
  if (with_downstream) result.downstream = librarian->downstream();
  return result;
}

}  // namespace hansard
