#include "government/state_transfer.hpp"

#include "government/librarian.hpp"
#include "government/planted.hpp"
#include "log/assert.hpp"

#include <algorithm>
#include <string_view>
#include <tuple>
#include <utility>

namespace hansard {

namespace {

constexpr std::size_t patience = 3;       // so many failures in a row, then another islander is asked
constexpr Tick fresh_enough = 1'000'000;  // a snapshot is not made anew for each asker
constexpr Tick patient_pulses = 4;        // nor while somebody is at it, who went on within so many pulse time-outs

}  // namespace

// ---- Giving --------------------------------------------------------------------------------------------------------

const StateTransfer::Serving* StateTransfer::serving(const Position& at) {
  const Chamber& c = chamber_;
  const bool is_that = serving_ && serving_->at.position == at;
  if (!at.promise.is_zero()) {
    if (!is_that) return nullptr;
    serving_->went_on_at = c.moment.now;
    return &*serving_;
  }
  if (c.log.committed().position.promise.is_zero()) return nullptr;
  // What follows an old one may be trimmed by now.
  const auto good_until = [&] {
    return std::max(serving_->made_at + fresh_enough, serving_->went_on_at + patient_pulses * c.settings.pulse_timeout);
  };
  const bool is_good = serving_ && serving_->at.position.promise >= c.floor() && c.moment.now < good_until();
  // Two who are behind would else take it from each other by turns, and neither would come to its end.
  if (!is_good) serving_ = Serving{c.log.committed(), encode(c.state), c.state.keys.full_segments(), c.moment.now};
  return &*serving_;
}

void StateTransfer::receive(RequestId id, const FetchState& message) {
  FetchedState answer;
  const Serving* serving = this->serving(message.at);
  if (serving == nullptr || message.piece > serving->segments.size()) return chamber_.answer(id, std::move(answer));
  answer.held = true;
  answer.committed = serving->at;
  answer.pieces = serving->segments.size() + 1;
  answer.piece = message.piece;
  answer.bytes = message.piece == 0 ? serving->base : encode(*serving->segments[message.piece - 1]);
  chamber_.answer(id, std::move(answer));
}

// ---- Asking --------------------------------------------------------------------------------------------------------

void StateTransfer::begin(const Islander& from, const std::string& url) {
  if (busy_ || from == chamber_.self) return;
  busy_ = true;
  from_ = from;
  url_ = url;
  failures_ = 0;
  chamber_.note("snapshot wanted", true,
                {{"from", from.id}, {"committed", to_string(chamber_.log.committed().position)}});
  ask();
}

void StateTransfer::ask() {
  ask_again_at_ = never;
  asked_at_ = chamber_.moment.now;
  asked_ = chamber_.post(*this, from_, url_, FetchState{at_.position, held_.size()}, false);
}

void StateTransfer::turn() {
  const Chamber& c = chamber_;
  failures_ = 0;
  const auto sources = c.sources();
  if (!sources.empty()) std::tie(from_, url_) = sources[turn_++ % sources.size()];
}

void StateTransfer::sent(PulseId id, const Reply* reply) {
  if (asked_ != id) return;
  asked_.reset();
  const Chamber& c = chamber_;
  if (at_.position.promise <= c.log.committed().position.promise && !at_.position.promise.is_zero()) {
    return drop();  // it was brought to us meanwhile
  }
  const bool is_theirs = reply != nullptr && (from_.cookie.is_zero() || reply->from == from_);
  const auto* fetched = is_theirs ? std::get_if<FetchedState>(&reply->answer) : nullptr;
  if (fetched == nullptr) {
    ++failures_;
    // Who can't be asked any more: the librarian begins anew, where it finds somebody.
    if (failures_ > patience && c.state.government.majority.empty()) return drop();
    if (failures_ > patience) turn();
    ask_again_at_ = c.moment.now + c.settings.ping;
    return;
  }
  failures_ = 0;
  if (!fetched->held) {
    const bool had_begun = !held_.empty();
    held_.clear();
    held_bytes_ = 0;
    at_ = Committed{};
    pieces_ = 0;
    if (!had_begun) return drop();  // it has none at all
    return ask();
  }
  take(*fetched);
}

void StateTransfer::take(const FetchedState& fetched) {
  if (held_.empty() && fetched.piece == 0) {
    pace_.begin(chamber_.moment.now);
    at_ = fetched.committed;
    pieces_ = fetched.pieces;
  }
  held_bytes_ += fetched.bytes.size();
  const bool is_next = fetched.committed.position == at_.position && fetched.pieces == pieces_ &&
                       fetched.piece == held_.size() && held_bytes_ <= transfer_bytes_max &&
                       fetched.committed.counted <= ballot_max;
  if (!is_next) {
    chamber_.note("snapshot refused", true, {{"from", from_.id}, {"why", "its pieces do not fit"}});
    return drop();
  }
  at_.counted = std::max(at_.counted, fetched.committed.counted);
  held_.push_back(fetched.bytes);
  pace_.add(fetched.bytes.size());
  if (held_.size() == pieces_) return finish();
  // Not all at once: others use the network, too.
  const Tick due = pace_.due(chamber_.settings.transfer_bytes_per_second);
  if (chamber_.moment.now >= due) return ask();
  ask_again_at_ = due;
}

void StateTransfer::finish() {
  const std::vector<std::string> pieces = std::exchange(held_, {});
  const Committed at = at_;
  const Islander from = from_;
  drop();
  const std::vector<std::string_view> segments(pieces.begin() + 1, pieces.end());
  auto state = decode_log_state(pieces.front(), segments);
  const bool is_sound = state && state->at == at.position && !state->government.majority.empty();
  if (!is_sound) {
    chamber_.note("snapshot refused", true,
                  {{"from", from.id}, {"why", state ? "it is of another place" : state.error().what}});
    return;
  }
  if (planted('v')) state->keys = KeyTable{};
  chamber_.install(std::move(*state), at.counted, from.id);
}

void StateTransfer::drop() {
  busy_ = false;
  asked_.reset();
  ask_again_at_ = never;
  held_.clear();
  held_bytes_ = 0;
  at_ = Committed{};
  pieces_ = 0;
}

Tick StateTransfer::next_event() const {
  if (!busy_) return never;
  return asked_ ? std::max(asked_at_ + 2 * chamber_.settings.pulse_timeout, chamber_.moment.now + 1) : ask_again_at_;
}

void StateTransfer::event() {
  const Chamber& c = chamber_;
  if (!busy_) return;
  // A large piece takes its time, but not for ever: it may be frozen.
  if (asked_ && c.moment.now >= asked_at_ + 2 * c.settings.pulse_timeout) {
    asked_.reset();
    turn();
    ask();
  } else if (!asked_ && c.moment.now >= ask_again_at_) {
    ask();
  }
}

}  // namespace hansard
