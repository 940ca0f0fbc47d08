#include "government/trimmer.hpp"

#include "government/clerk.hpp"
#include "government/judge.hpp"
#include "government/writer.hpp"
#include "log/assert.hpp"

#include <algorithm>
#include <utility>

namespace hansard {

namespace {

constexpr std::uint64_t held_is_news = std::uint64_t{1} << 20U;  // bytes that somebody is behind
constexpr Tick policy_pings = 10;                                // settings are looked at this often, in ping intervals

std::uint64_t beyond(std::uint64_t all, std::uint64_t most) { return most != 0 && all > most ? all - most : 0; }

}  // namespace

Trimmer::Hold Trimmer::hold() const {
  const Chamber& c = chamber_;
  const LogState& state = c.state;
  Hold hold{state.newest_client, {}};
  for (const auto& [id, citizen] : state.government.citizens) {
    if (id == c.self.id || !c.writer->reachable(id)) continue;
    const Promise after = c.writer->needs_after(id);
    // What is trimmed already it gets by a snapshot, and says then where that ends.
    if (after < hold.after && after >= state.trimmed.before) hold = {after, id};
  }
  const std::uint64_t all = state.trimmed.bytes + state.client_bytes;
  const std::uint64_t behind = hold.id.empty() ? 0 : all - state.milestone_before(hold.after).bytes;
  if (behind > c.settings.trim_hold_bytes) return {state.newest_client, {}};
  if (behind < held_is_news) hold.id.clear();
  return hold;
}

Trimmer::Goal Trimmer::goal() const {
  const Chamber& c = chamber_;
  Goal goal;
  goal.before = c.clerk->trim_before();
  if (c.moment.now < policy_at_) return goal;
  const LogSettings& settings = c.state.settings;
  goal.newest = c.state.newest_client;
  if (beyond(c.state.client_entries, settings.max_entries) > 0) {
    goal.entries = c.state.trimmed.entries + beyond(c.state.client_entries, settings.max_entries);
  }
  if (beyond(c.state.client_bytes, settings.max_bytes) > 0) {
    goal.bytes = c.state.trimmed.bytes + beyond(c.state.client_bytes, settings.max_bytes);
  }
  // By the log's time: what an entry written now would bear.
  if (settings.max_age_us != 0 && c.state.client_entries > 1)
    goal.upto_us = c.writer->entry_time() - settings.max_age_us;
  return goal;
}

bool Trimmer::is_due(const Goal& goal) const {
  if (goal.before > chamber_.state.trimmed.before) return true;
  if (goal.entries != 0 || goal.bytes != 0) return true;
  return goal.upto_us && (!oldest_us_ || *goal.upto_us >= *oldest_us_);
}

void Trimmer::consider() {
  const Chamber& c = chamber_;
  // One at a time; and what an earlier one took is known when it is committed.
  if (!c.writer->established() || c.resigning || count_ || written_ > c.log.committed().position.promise) return;
  Goal wanted = goal();
  const bool looks = c.moment.now >= policy_at_;
  if (looks) policy_at_ = c.moment.now + policy_pings * c.settings.ping;
  Hold held;
  if (looks && is_due(wanted)) {
    held = hold();
    wanted.newest = held.after;
  }
  if (looks) held_for_ = std::move(held.id);
  if (is_due(wanted)) begin(wanted);
}

void Trimmer::office_left() {
  count_.reset();
  written_ = Promise{};
  policy_at_ = 0;
  oldest_us_.reset();
  held_for_.clear();
}

void Trimmer::begin(const Goal& goal) {
  const LogState& state = chamber_.state;
  Count count;
  count.goal = goal;
  count.entries = state.trimmed.entries;
  count.bytes = state.trimmed.bytes;
  // On from the last milestone that goes. What stands after it is counted one by one.
  const auto skip = [&](const Milestone& milestone) {
    // As goes() says of each entry up to it. What is no goal is 0, and a milestone's bytes may be 0 too.
    const bool is_gone =
        milestone.last < goal.before ||
        (milestone.last < goal.newest && (milestone.entries <= goal.entries || milestone.bytes < goal.bytes ||
                                          (goal.upto_us && milestone.time_us <= *goal.upto_us)));
    if (is_gone && milestone.last >= count.after) {
      count.after = milestone.last;
      count.entries = milestone.entries;
      count.bytes = milestone.bytes;
    }
    return is_gone;
  };
  for (const Milestone& milestone : state.milestones) {
    if (!skip(milestone)) break;
  }
  // What is before that is not here to be counted.
  const Milestone& begins = chamber_.begins;
  if (begins.last > state.trimmed.before && !skip(begins)) return;
  count_ = count;
  go_on();
}

bool Trimmer::goes(const Count& count, const Entry& entry) const {
  const Goal& goal = count.goal;
  if (entry.last() < goal.before) return true;
  if (goal.newest.is_zero() || entry.last() >= goal.newest) return false;
  return count.entries < goal.entries || count.bytes < goal.bytes || (goal.upto_us && entry.time_us() <= *goal.upto_us);
}

bool Trimmer::count(const Entry& entry) {
  Count& count = *count_;
  count.after = entry.last();
  // Memory may hold what an earlier trim took: that is counted already.
  if (entry.last() < chamber_.state.trimmed.before) return false;
  const bool is_client = entry.kind() == Kind::client;
  if (!count.before && goes(count, entry)) {
    if (!is_client) return false;
    count.entries += entry.count();
    for (std::size_t i = 0; i < entry.count(); ++i) count.bytes += entry.item(i).body.size();
    return false;
  }
  if (!count.before) {
    count.before = std::max(entry.first(), count.goal.before);
    count.stays_us = entry.time_us();
  }
  return is_client;
}

void Trimmer::go_on() {
  Chamber& c = chamber_;
  Count& count = *count_;
  // Where all that memory does not hold is gone, there is nothing to be read.
  if (count.after < c.log.base().promise && c.state.trimmed.before <= c.log.base().promise) {
    count.want = c.want(*this, count.after, c.log.base().promise, c.settings.pulse_bytes);
    return;
  }
  for (std::size_t i = c.log.index_after(count.after); i < c.log.entries().size(); ++i) {
    const Entry& entry = *c.log.entries()[i];
    if (this->count(entry)) return finish(entry.first());
  }
  finish(Promise{});  // no client entry stays
}

void Trimmer::supplied(std::uint64_t want, std::vector<EntryPtr>&& entries) {
  if (!count_ || count_->want != want) return;
  count_->want.reset();
  if (!chamber_.writer->established() || entries.empty()) return count_.reset();  // again, when it is considered again
  for (const EntryPtr& entry : entries) {
    if (count(*entry)) return finish(entry->first());
  }
  go_on();
}

void Trimmer::finish(Promise oldest_client) {
  Chamber& c = chamber_;
  const Count count = *std::exchange(count_, std::nullopt);
  Trim trim;
  trim.before = count.before.value_or(count.goal.before);
  trim.oldest_client = oldest_client;
  trim.entries = count.entries;
  trim.bytes = count.bytes;
  oldest_us_ = count.before ? std::optional(count.stays_us) : std::nullopt;
  const bool takes_more = trim.before > c.state.trimmed.before;
  const bool by_word = count.goal.before > c.state.trimmed.before;
  if (!takes_more || (!by_word && trim.entries == c.state.trimmed.entries)) return;
  c.note("trim", true,
         {{"before", to_string(trim.before)}, {"why", by_word ? "an operator asks" : "the log's settings"}});
  c.writer->write_trim(trim);
  written_ = c.log.last().promise;
}

}  // namespace hansard
