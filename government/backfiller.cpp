#include "government/backfiller.hpp"

#include "log/assert.hpp"

#include <algorithm>
#include <iterator>
#include <tuple>
#include <utility>

namespace hansard {

namespace {

constexpr std::size_t giving_max = 16;
constexpr std::uint64_t patience_pings = 10;  // between two askings, where nobody has it
constexpr Promise end_of_time{~std::uint64_t{0}, ~std::uint64_t{0}};

void take_off(Milestone& milestone, const Entry& entry) {
  if (entry.kind() != Kind::client) return;
  milestone.entries -= std::min<std::uint64_t>(milestone.entries, entry.count());
  for (std::size_t i = 0; i < entry.count(); ++i) {
    milestone.bytes -= std::min<std::uint64_t>(milestone.bytes, entry.item(i).body.size());
  }
}

}  // namespace

// ---- Giving --------------------------------------------------------------------------------------------------------

void Backfiller::receive(RequestId id, const FetchBack& message) {
  Chamber& c = chamber_;
  const Promise upto = message.upto.promise;
  // Only what is committed: that may be told before it is durable here, others hold it.
  const bool may_hold = upto <= c.log.committed().position.promise && upto > c.begins.last;
  if (!may_hold) return give(id, {}, message.upto);
  if (upto > c.log.base().promise) {
    std::vector<EntryPtr> found;
    std::size_t bytes = 0;
    const auto& held = c.log.entries();
    for (std::size_t i = c.log.index_after(upto); i-- > 0;) {
      bytes += held[i]->bytes().size();
      if (!found.empty() && bytes > piece_bytes()) break;
      found.push_back(held[i]);
    }
    std::ranges::reverse(found);
    return give(id, std::move(found), message.upto);
  }
  if (giving_.size() >= giving_max) return give(id, {}, message.upto);  // it may ask again
  giving_[c.want(*this, c.begins.last, upto, piece_bytes(), true)] = {id, message.upto};
}

void Backfiller::give(RequestId id, std::vector<EntryPtr> entries, const Position& upto) {
  Fetched answer;
  answer.committed = chamber_.log.committed();
  answer.last = chamber_.log.last();
  answer.held = !entries.empty() && entries.back()->position() == upto;
  if (answer.held) answer.entries = std::move(entries);
  chamber_.answer(id, std::move(answer));
}

// ---- Asking --------------------------------------------------------------------------------------------------------

void Backfiller::installed() {
  const Chamber& c = chamber_;
  place_ = Place{c.state.at, {}, c.state.chain};
  locating_.reset();
  asked_.reset();
  writing_.clear();
  failures_ = 0;
  ask_again_at_ = c.moment.now;
  pace_.begin(c.moment.now);
}

// After a start: the oldest that we hold says what comes before it.
void Backfiller::locate() {
  Chamber& c = chamber_;
  const Promise begins = c.begins.last;
  pace_.begin(c.moment.now);
  if (c.state.at.promise == begins) {
    place_ = Place{c.state.at, {}, c.state.chain};
  } else if (c.log.base().promise <= begins) {
    const std::size_t oldest = c.log.index_after(begins);
    HANSARD_ASSERT(oldest < c.log.entries().size(), "what is committed beyond the snapshot is held");
    stand_at(c.log.entries()[oldest]);
  } else {
    locating_ = c.want(*this, begins, end_of_time, 1);
  }
}

std::size_t Backfiller::piece_bytes() const { return std::min(piece_bytes_max, chamber_.settings.pulse_bytes); }

const Milestone& Backfiller::reached() const { return writing_.empty() ? chamber_.begins : writing_.back().second; }

bool Backfiller::may_ask() const {
  return !locating_ && writing_.size() < writing_max && chamber_.lacks_before(reached().last);
}

void Backfiller::stand_at(const EntryPtr& oldest) { place_ = Place{oldest->previous(), {oldest}, {}}; }

void Backfiller::ask() {
  Chamber& c = chamber_;
  const auto sources = c.sources();
  ask_again_at_ = c.moment.now + c.settings.ping;
  if (sources.empty()) return;
  // The last first: it is the leader last of all.
  std::tie(from_, url_) = sources[sources.size() - 1 - turn_ % sources.size()];
  asked_at_ = c.moment.now;
  asked_ = c.post(*this, from_, url_, FetchBack{place_->upto}, false);
}

void Backfiller::fail() {
  const Chamber& c = chamber_;
  ++turn_;
  failures_ = std::min(failures_ + 1, patience_pings);
  ask_again_at_ = c.moment.now + failures_ * c.settings.ping;
}

void Backfiller::sent(PulseId id, const Reply* reply) {
  if (asked_ != id) return;
  asked_.reset();
  const bool is_theirs = reply != nullptr && (from_.cookie.is_zero() || reply->from == from_);
  const auto* fetched = is_theirs ? std::get_if<Fetched>(&reply->answer) : nullptr;
  if (fetched == nullptr || !fetched->held) return fail();
  if (!fits(fetched->entries)) {
    chamber_.note("older entries refused", true, {{"from", from_.id}, {"upto", to_string(place_->upto)}});
    return fail();
  }
  failures_ = 0;
  take(fetched->entries);
}

bool Backfiller::fits(const std::vector<EntryPtr>& older) const {
  if (older.empty() || older.back()->position() != place_->upto) return false;
  const Chain chain = older.back()->chain();
  if (place_->above.empty() ? chain != place_->chain : !place_->above.front()->continues(chain)) return false;
  return std::ranges::adjacent_find(older, [](const EntryPtr& before, const EntryPtr& next) {
           return next->previous() != before->position() || !next->continues(before->chain());
         }) == older.end();
}

void Backfiller::take(std::vector<EntryPtr> older) {
  Chamber& c = chamber_;
  // Trimmed meanwhile.
  std::erase_if(older, [&](const EntryPtr& entry) { return entry->last() < c.state.trimmed.before; });
  if (older.empty()) return;
  Milestone below = reached();
  for (const EntryPtr& entry : older) {
    take_off(below, *entry);
    pace_.add(entry->bytes().size());
  }
  below.last = older.front()->previous().promise;
  below.time_us = older.front()->time_us();
  stand_at(older.front());
  c.journal.prepend(std::move(older));
  c.note_begins(below);
  writing_.emplace_back(c.journal.ticket(), below);
  ask_again_at_ = pace_.due(c.settings.transfer_bytes_per_second);
}

void Backfiller::pull() {
  Chamber& c = chamber_;
  bool moved = false;
  for (; !writing_.empty() && c.journal.is_durable(writing_.front().first); writing_.pop_front()) {
    c.begins = writing_.front().second;
    moved = true;
  }
  if (moved) event();
}

void Backfiller::finish() {
  Chamber& c = chamber_;
  c.note("backfilled", true, {{"from", to_string(c.begins.last)}});
  c.begins = Milestone{};
  c.note_begins(c.begins);
  place_.reset();
  locating_.reset();
  asked_.reset();
}

void Backfiller::event() {
  const Chamber& c = chamber_;
  if (c.begins.last.is_zero()) return;
  if (writing_.empty() && !c.lacks_older()) return finish();
  if (!may_ask() || c.moment.now < ask_again_at_) return;
  if (!place_) locate();
  if (!place_) return;
  if (asked_ && c.moment.now < asked_at_ + 2 * c.settings.pulse_timeout) return;
  if (asked_) ++turn_;  // it may be frozen
  asked_.reset();
  ask();
}

Tick Backfiller::next_event() const {
  const Chamber& c = chamber_;
  const bool finishes = writing_.empty() && !c.lacks_older();
  if (c.begins.last.is_zero() || !(finishes || may_ask())) return never;
  const Tick due = asked_ && !finishes ? asked_at_ + 2 * c.settings.pulse_timeout : ask_again_at_;
  return std::max(due, c.moment.now + 1);
}

void Backfiller::supplied(std::uint64_t want, std::vector<EntryPtr>&& entries) {
  const Chamber& c = chamber_;
  if (locating_ == want) {
    locating_.reset();
    const bool is_oldest = !entries.empty() && entries.front()->previous().promise == c.begins.last;
    if (is_oldest) return stand_at(entries.front());
    ask_again_at_ = c.moment.now + c.settings.ping;
    return;
  }
  const auto found = giving_.find(want);
  if (found == giving_.end()) return;  // of before a snapshot came
  const Giving giving = found->second;
  giving_.erase(found);
  give(giving.id, std::move(entries), giving.upto);
}

}  // namespace hansard
