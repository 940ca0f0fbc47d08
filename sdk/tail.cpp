// sdk/tail.cpp - see tail.hpp.
#include "sdk/tail.hpp"

#include <algorithm>
#include <utility>

namespace hansard {

void Tail::begin(Promise after) {
  entries_.clear();
  bytes_ = 0;
  begins_after_ = newest_ = after;
}

void Tail::push(EntryPtr entry) {
  if (entry->previous().promise != newest_) jump(entry->previous().promise);
  newest_ = entry->last();
  bytes_ += entry->heft();
  entries_.push_back(std::move(entry));
  let_go();
}

void Tail::jump(Promise to) {
  begin(to);
  detached_ = durable_ < begins_after_;
}

void Tail::durable(Promise upto) {
  durable_ = upto;
  detached_ = detached_ && durable_ < begins_after_;
  let_go();
}

void Tail::trim(Promise before) {
  while (!entries_.empty() && entries_.front()->last() < before) pop();
}

void Tail::let_go() {
  while (bytes_ > bytes_max_ && entries_.front()->last() <= durable_) pop();
}

void Tail::pop() {
  bytes_ -= entries_.front()->heft();
  begins_after_ = entries_.front()->last();
  entries_.pop_front();
}

std::deque<EntryPtr>::const_iterator Tail::following(Promise promise) const {
  return std::ranges::partition_point(entries_, [promise](const EntryPtr& entry) { return entry->last() <= promise; });
}

std::optional<std::vector<EntryPtr>> Tail::read(Promise after, std::size_t bytes_max, std::size_t count_max) const {
  if (after < begins_after_) return std::nullopt;
  std::vector<EntryPtr> found;
  std::size_t bytes = 0;
  for (auto next = following(after); next != entries_.end() && found.size() < count_max; ++next) {
    bytes += (*next)->bytes().size();
    if (!found.empty() && bytes > bytes_max) break;
    found.push_back(*next);
  }
  return found;
}

EntryPtr Tail::find(Promise promise) const {
  const auto found =
      std::ranges::partition_point(entries_, [promise](const EntryPtr& entry) { return entry->last() < promise; });
  if (found == entries_.end() || promise < (*found)->first()) return nullptr;
  return *found;
}

std::vector<EntryPtr> Tail::last(std::size_t& items, std::string_view channel, std::size_t& bytes_max) const {
  std::vector<EntryPtr> found;
  for (auto entry = entries_.rbegin(); entry != entries_.rend() && items > 0; ++entry) {
    if ((*entry)->kind() != Kind::client) continue;
    if (!channel.empty() && (*entry)->channel() != channel) continue;
    const std::size_t bytes = (*entry)->bytes().size();
    if (!found.empty() && bytes > bytes_max) {
      items = 0;
      break;
    }
    bytes_max -= std::min(bytes_max, bytes);
    items -= std::min(items, (*entry)->count());
    found.push_back(*entry);
  }
  if (bytes_max == 0) items = 0;
  return found;
}

}  // namespace hansard
