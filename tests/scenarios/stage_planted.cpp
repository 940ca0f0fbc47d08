// The bugs that can be planted in a Stage: what its hosts, disks and messages do wrong on purpose. The letters are
// those of protocol section 10.
//
// | answers-before-disk   a | persisted() is said when the write is handed over; a crash loses it                    |
// | tails-by-promise      c | a candidate does not see a tail that is no longer than its own, whatever its ballot     |
// | older-copies-count    b | a leader counts copies of an older ballot, its own government entry or not              |
// | cookie-kept           e | a wiped islander comes back as the old one                                             |
// | promised-forgotten    f | `promised` reaches the disk only as far as entries tell it                             |
// | previous-not-held     g | a register is acknowledged though its `previous` is not held                           |
// | office-not-confirmed  h | any answer confirms the office, whatever round it is of                                |
// | start-forgotten       i | every restart is given start 1                                                         |
// | new-parliament-counts j | a leader counts a fiat in the parliament that it makes                                 |
// | received-names-end    m | `received` names the end of the log                                                    |
// | committed-unclamped   n | `committed` moves as far as the pulse says, over whatever the log holds there          |
// | pulse-truncates       o | a pulse drops what the disk holds beyond it                                            |
// | synchronize-no-ballot p | a synchronize does not raise `promised`                                                |
// | previous-by-promise   q | a synchronize matches `previous` by promise only                                       |
// | judged-at-once        t | what a leader judges of an append that was forwarded to it is told at once             |
// | half-a-batch          u | of a batch at its end a register carries all but the last item                         |
// | half-a-tail           u | of a batch at the end of a promised tail all but the last item is taken                |
// | snapshot-without-keys v | a snapshot has no key table                                                            |
// | snapshot-without-citizens v | a snapshot has no citizen table                                                    |
// | checkpoint-without-keys v | the key table does not outlive a restart                                             |
// | refused-number-blocks w | the next number waits for the one before it though that is refused                     |
// | snapshot-raises-to-entry z | an installed snapshot raises `promised` to the ballot of its entry                  |
// | relays-count          x | what a representative brings counts as hearing the leader                              |
// | founder-forgotten     y | the promise to one founder is not written                                              |
// | register-below          | a register below `promised` is acknowledged                                            |
// | granted-twice           | an equal ballot is granted again                                                       |
// | late-refusal-counts     | a refusal by the leader of an earlier ballot counts for the present one                |
// | late-promise-counts     | a promise of an earlier ballot counts for the present one                              |
//
// And two rules of the core itself (government/planted.hpp): older-parliament-elects (d),
// older-copies-in-older-parliament (l).
#include "government/chamber.hpp"
#include "government/judge.hpp"
#include "government/planted.hpp"
#include "tests/scenarios/stage.hpp"

#include <algorithm>

namespace hansard::scenarios {

namespace {

Position end_of(const Register& message) {
  return message.entries.empty() ? message.previous : message.entries.back()->position();
}

const Entry* held_at(const std::vector<EntryPtr>& disk, Promise promise) {
  for (const EntryPtr& entry : disk) {
    if (entry->last() == promise) return entry.get();
  }
  return nullptr;
}

// All but the last item of a batch, as an entry.
EntryPtr half_of(const Entry& batch, Chain previous) {
  std::vector<Item> items;
  for (std::size_t i = 0; i + 1 < batch.count(); ++i) items.push_back(batch.item(i));
  Draft draft;
  draft.first = batch.first();
  draft.ballot = batch.ballot();
  draft.previous = batch.previous();
  draft.previous_chain = previous;
  draft.settled = batch.settled();
  draft.time_us = batch.time_us();
  draft.author = batch.author();
  draft.channel = batch.channel();
  draft.key = batch.key();
  draft.items = items;
  return Entry::make(draft);
}

// Where these end with a batch.
void halve_the_last(std::vector<EntryPtr>& entries, const std::vector<EntryPtr>& disk) {
  if (entries.empty() || entries.back()->count() < 2) return;
  const Entry* before =
      entries.size() > 1 ? entries[entries.size() - 2].get() : held_at(disk, entries.back()->previous().promise);
  if (before != nullptr) entries.back() = half_of(*entries.back(), before->chain());
}

}  // namespace

// The stage plays on the tests' own copy of the core; a child process plays one bug and no more.
void Stage::plant_in_core() {
  planted_bugs = 0;
  if (planted("older-parliament-elects")) plant('d');
  if (planted("older-copies-in-older-parliament")) plant('l');
}

void Stage::plant_in_request(One& to, Held& /*held*/, Request& request) {
  if (auto* message = std::get_if<Register>(&request); message != nullptr && planted("half-a-batch")) {
    halve_the_last(message->entries, to.durable);
  }
  if (auto* message = std::get_if<Forward>(&request); message != nullptr && planted("refused-number-blocks")) {
    for (auto& append : message->appends) append.after = append.sequence - 1;
  }
  if (auto* message = std::get_if<Synchronize>(&request)) {
    if (planted("synchronize-no-ballot")) message->counted = 0;
    const Entry* here = held_at(to.durable, message->previous.promise);
    if (planted("previous-by-promise") && here != nullptr && message->entries.empty()) {
      message->previous = here->position();
    }
  }
}

void Stage::plant_after_request(One& to, const Held& held, const Request& request) {
  if (const auto* forward = std::get_if<Forward>(&request); forward != nullptr && planted("judged-at-once")) {
    Forwarded answer;
    answer.verdict = Forwarded::Verdict::taken;
    answer.ballot = forward->ballot;
    for (const auto& append : forward->appends) {
      const Author author{held.from, forward->arrived, forward->start, append.sequence};
      const Judgment* judgment = to.legislator->chamber().judge->judgment_of(author);
      if (judgment != nullptr) answer.judgments.push_back(*judgment);
      answer.upto = append.sequence;
    }
    if (!answer.judgments.empty()) to.legislator->chamber().answer(next_request_ - 1, std::move(answer));
  }
  const std::string& leader = to.legislator->leader();
  if (planted("relays-count") && std::holds_alternative<Synchronize>(request) && !leader.empty() && leader != to.id) {
    to.legislator->request(moment(to), next_request_++, Islander{leader, one(leader).cookie}, to.legislator->republic(),
                           Ping{to.legislator->promised(), {}, {}, 0});
  }
  const auto* message = std::get_if<Register>(&request);
  if (message == nullptr || message->ballot < to.legislator->promised()) return;
  const Position end = end_of(*message);
  if (planted("committed-unclamped") && message->committed.position.promise > end.promise) {
    const Entry* here = held_at(to.durable, message->committed.position.promise);
    if (here == nullptr) return;
    Synchronize taken;
    taken.counted = message->committed.counted;
    taken.previous = here->position();
    to.legislator->request(moment(to), next_request_++, Islander{"nobody", {}}, to.legislator->republic(), taken);
  }
  if (planted("pulse-truncates") && !to.durable.empty() && to.durable.back()->last() > end.promise) {
    Write write;
    write.id = 1;
    write.drop_after = end.promise;
    static_cast<void>(to.store->write(write));
    std::erase_if(to.durable, [&](const EntryPtr& entry) { return entry->last() > end.promise; });
  }
}

void Stage::plant_in_office(One& one) {
  if (one.legislator == nullptr || one.legislator->role() != Role::leader) return;
  const std::uint64_t ballot = one.legislator->promised();
  const Promise committed = one.legislator->committed();
  std::vector<EntryPtr> candidates;
  for (const auto& [id, other] : ones_) {
    for (const EntryPtr& entry : other->durable) {
      const bool open = entry->last() > committed && entry->last() <= one.legislator->status().last.promise;
      const bool older = planted("older-copies-count") && entry->ballot() < ballot;
      const bool fiat =
          planted("new-parliament-counts") && entry->ballot() == ballot && entry->kind() == Kind::government;
      if (open && (older || fiat)) candidates.push_back(entry);
    }
  }
  for (const EntryPtr& entry : candidates) {
    Government counts = one.legislator->government();
    if (entry->ballot() == ballot) counts = *decode_government(entry->body(), entry->position());
    std::size_t copies = 0;
    for (const std::string& id : counts.parliament()) {
      const Entry* here = held_at(this->one(id).durable, entry->last());
      copies += here != nullptr && here->ballot() == entry->ballot() ? 1U : 0U;
    }
    if (copies < counts.quorum()) continue;
    Synchronize counted;
    counted.counted = ballot;
    counted.previous = entry->position();
    one.legislator->request(moment(one), next_request_++, Islander{"nobody", {}}, one.legislator->republic(), counted);
  }
}

void Stage::plant_in_write(One& one) const {
  Write& write = one.write;
  const auto noted = write.notes.find("checkpoint");
  if (noted != write.notes.end() && planted("checkpoint-without-keys")) {
    if (auto state = decode_log_state(noted->second)) {
      state->keys = KeyTable{};
      noted->second = encode(*state);
    }
  }
  if (planted("founder-forgotten")) write.notes.erase("founder");
  if (!planted("promised-forgotten")) return;
  one.promised = std::max(one.promised, one.store->recovered().promised);
  for (const EntryPtr& entry : write.entries) one.promised = std::max(one.promised, entry->ballot());
  if (write.committed) one.promised = std::max(one.promised, write.committed->counted);
  write.promised = one.promised;
}

void Stage::plant_in_answer(const One& one, const Held& held, Answer& answer) const {
  constexpr std::uint64_t far_ahead = std::uint64_t{1} << 40U;
  if (auto* fetched = std::get_if<FetchedState>(&answer); fetched != nullptr && fetched->held) {
    if (planted("snapshot-raises-to-entry")) fetched->committed.counted = fetched->committed.position.ballot;
    const bool without_keys = planted("snapshot-without-keys");
    const bool without_citizens = planted("snapshot-without-citizens");
    auto state = decode_log_state(fetched->bytes);
    if (state && (without_keys || without_citizens)) {
      if (without_keys) state->keys = KeyTable{};
      if (without_citizens) state->citizens.clear();
      fetched->bytes = encode(*state);
    }
  }
  if (auto* received = std::get_if<Received>(&answer)) {
    if (planted("received-names-end")) received->last = one.legislator->status().last;
    if (planted("office-not-confirmed")) received->round = far_ahead;
  }
  if (auto* pong = std::get_if<Pong>(&answer); pong != nullptr && planted("office-not-confirmed")) {
    pong->round = far_ahead;
  }
  const auto* asked = std::get_if<Register>(&held.request);
  if (const auto* rejected = std::get_if<Rejected>(&answer); rejected != nullptr && asked != nullptr) {
    const bool below = rejected->promised > asked->ballot;
    if (below ? planted("register-below") : planted("previous-not-held")) {
      answer = Received{asked->ballot, end_of(*asked), asked->round, {}};
    }
  }
  const auto* prepare = std::get_if<Prepare>(&held.request);
  if (auto* promised = std::get_if<Promised>(&answer); promised != nullptr && prepare != nullptr) {
    if (planted("granted-twice") && !promised->granted && promised->ballot == prepare->ballot) {
      promised->granted = true;
      promised->last = promised->committed.position;
    }
  }
}

void Stage::plant_in_reply(const One& one, const Held& held, PulseId& id, Islander& from, Answer& answer) {
  if (auto* forwarded = std::get_if<Forwarded>(&answer); forwarded != nullptr && planted("late-refusal-counts")) {
    for (const auto& [number, later] : held_) {
      const auto* forward = std::get_if<Forward>(&later.request);
      if (later.from != held.from || later.id <= id || forward == nullptr) continue;
      id = later.id;
      from = later.addressed;
      forwarded->ballot = forward->ballot;
      return;
    }
  }
  auto* promised = std::get_if<Promised>(&answer);
  if (promised == nullptr || !promised->granted) return;
  if (planted("half-a-tail") && !promised->tail.empty() && promised->tail.back()->position() == promised->last) {
    halve_the_last(promised->tail, one.durable);
    promised->last = promised->tail.back()->position();
  }
  if (planted("tails-by-promise") && promised->last.promise <= one.legislator->status().last.promise) {
    promised->last = promised->committed.position;
    promised->tail.clear();
  }
  if (!planted("late-promise-counts")) return;
  for (const auto& [number, later] : held_) {
    const auto* prepare = std::get_if<Prepare>(&later.request);
    if (later.from != held.from || later.to != held.to || later.id <= id || prepare == nullptr) continue;
    id = later.id;
    promised->ballot = prepare->ballot;
    return;
  }
}

}  // namespace hansard::scenarios
