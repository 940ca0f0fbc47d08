#include "government/held_log.hpp"

#include "log/assert.hpp"

#include <algorithm>

namespace hansard {

void HeldLog::begin(const Position& base, Chain chain, std::int64_t time_us, std::uint64_t counted) {
  entries_.clear();
  later_.clear();
  base_ = base;
  base_chain_ = chain;
  base_time_ = time_us;
  committed_ = {base, counted};
  ballot_seen_ = std::max(base.ballot, counted);
  bytes_ = committed_bytes_ = 0;
}

std::size_t HeldLog::index_after(Promise promise) const {
  const auto found = std::upper_bound(entries_.begin(), entries_.end(), promise,
                                      [](Promise p, const EntryPtr& e) { return p < e->last(); });
  return static_cast<std::size_t>(found - entries_.begin());
}

const EntryPtr* HeldLog::find(Promise last) const {
  const auto found = std::lower_bound(entries_.begin(), entries_.end(), last,
                                      [](const EntryPtr& e, Promise p) { return e->last() < p; });
  return found != entries_.end() && (*found)->last() == last ? &*found : nullptr;
}

bool HeldLog::holds_exactly(const Position& position) const {
  if (position == base_) return true;
  const EntryPtr* entry = find(position.promise);
  return entry != nullptr && (*entry)->ballot() == position.ballot;
}

bool HeldLog::holds(const Position& position) const {
  return position.promise <= committed_.position.promise || holds_exactly(position);
}

std::vector<EntryPtr> HeldLog::copy(Promise after, Promise upto, std::size_t bytes_max) const {
  HANSARD_ASSERT(after >= base_.promise, "only what memory holds can be copied from it");
  std::vector<EntryPtr> result;
  std::size_t bytes = 0;
  for (std::size_t i = index_after(after); i < entries_.size() && entries_[i]->last() <= upto; ++i) {
    bytes += entries_[i]->bytes().size();
    if (bytes > bytes_max && !result.empty()) break;
    result.push_back(entries_[i]);
  }
  return result;
}

void HeldLog::append(EntryPtr entry) {
  HANSARD_ASSERT(entry->previous() == last(), "an entry continues the log: no holes");
  HANSARD_ASSERT(entry->first() > last().promise, "promises strictly increase");
  HANSARD_ASSERT(entry->continues(last_chain()), "the chain hash continues: else two logs have diverged");
  ballot_seen_ = std::max(ballot_seen_, entry->ballot());
  bytes_ += entry->bytes().size();
  if (entry->kind() == Kind::government) {
    auto government = decode_government(entry->body(), entry->position());
    HANSARD_ASSERT(government.has_value(), "a government entry was checked where it came in");
    later_.push_back(std::move(*government));
  }
  entries_.push_back(std::move(entry));
}

void HeldLog::drop_after(Promise promise) {
  HANSARD_ASSERT(promise >= committed_.position.promise, "nothing committed is ever dropped");
  while (!entries_.empty() && entries_.back()->last() > promise) {
    bytes_ -= entries_.back()->bytes().size();
    entries_.pop_back();
  }
  while (!later_.empty() && later_.back().promise > promise) later_.pop_back();
}

void HeldLog::commit(const Committed& committed) {
  HANSARD_ASSERT(committed.position.promise >= committed_.position.promise, "committed never goes back");
  HANSARD_ASSERT(holds_exactly(committed.position), "only what is held is committed");
  for (std::size_t i = index_after(committed_.position.promise);
       i < entries_.size() && entries_[i]->last() <= committed.position.promise; ++i) {
    committed_bytes_ += entries_[i]->bytes().size();
  }
  std::erase_if(later_, [&](const Government& g) { return g.promise <= committed.position.promise; });
  const std::uint64_t counted = std::max(committed.counted, committed_.counted);
  committed_ = {committed.position, counted};
  ballot_seen_ = std::max(ballot_seen_, counted);
}

bool HeldLog::is_sound() const {
  Position at = base_;
  Chain chain = base_chain_;
  bool committed = committed_.position == base_;
  std::size_t bytes = 0;
  std::size_t committed_bytes = 0;
  auto government = later_.begin();
  for (const EntryPtr& entry : entries_) {
    if (entry->previous() != at || entry->first() <= at.promise || !entry->continues(chain)) return false;
    at = entry->position();
    chain = entry->chain();
    committed = committed || committed_.position == at;
    bytes += entry->bytes().size();
    if (at.promise <= committed_.position.promise) {
      committed_bytes += entry->bytes().size();
    } else if (entry->kind() == Kind::government) {
      const auto decoded = decode_government(entry->body(), at);
      if (!decoded || government == later_.end() || *decoded != *government++) return false;
    }
  }
  return committed && government == later_.end() && bytes == bytes_ && committed_bytes == committed_bytes_;
}

void HeldLog::shrink(std::size_t bytes_max, Promise durable) {
  while (committed_bytes_ > bytes_max && entries_.front()->last() <= durable) {
    const Entry& oldest = *entries_.front();
    HANSARD_ASSERT(oldest.last() <= committed_.position.promise, "uncommitted entries stay in memory");
    base_ = oldest.position();
    base_chain_ = oldest.chain();
    base_time_ = oldest.time_us();
    bytes_ -= oldest.bytes().size();
    committed_bytes_ -= oldest.bytes().size();
    entries_.pop_front();
  }
}

}  // namespace hansard
