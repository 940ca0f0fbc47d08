// sdk/slots.hpp - Slots: values under tickets that are never given twice; no look-up in a map, no allocation per value
// once the table has grown to what is open at once.
//
// A ticket is the slot's index and how often the slot was used. It is never 0. Threads: none.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace hansard {

template <class T>
class Slots {
 public:
  [[nodiscard]] std::uint64_t add(T value) {
    if (free_.empty()) {
      free_.push_back(static_cast<std::uint32_t>(slots_.size()));
      slots_.emplace_back();
    }
    const std::uint32_t index = free_.back();
    free_.pop_back();
    Slot& slot = slots_[index];
    slot.value.emplace(std::move(value));
    return std::uint64_t{slot.use} << 32U | index;
  }

  // Null where the ticket is not open (any more).
  [[nodiscard]] T* find(std::uint64_t ticket) {
    const std::size_t index = ticket & 0xffffffffU;
    if (index >= slots_.size()) return nullptr;
    Slot& slot = slots_[index];
    return slot.value && slot.use == ticket >> 32U ? &*slot.value : nullptr;
  }

  // Closes the ticket.
  std::optional<T> take(std::uint64_t ticket) {
    if (find(ticket) == nullptr) return std::nullopt;
    const auto index = static_cast<std::uint32_t>(ticket & 0xffffffffU);
    Slot& slot = slots_[index];
    std::optional<T> value = std::move(slot.value);
    slot.value.reset();
    ++slot.use;
    free_.push_back(index);
    return value;
  }

  // Open tickets, in no particular order.
  [[nodiscard]] std::vector<std::uint64_t> tickets() const {
    std::vector<std::uint64_t> open;
    for (std::size_t index = 0; index < slots_.size(); ++index) {
      if (slots_[index].value) open.push_back(std::uint64_t{slots_[index].use} << 32U | index);
    }
    return open;
  }

  [[nodiscard]] std::size_t size() const { return slots_.size() - free_.size(); }

 private:
  struct Slot {
    std::uint32_t use = 1;
    std::optional<T> value;
  };
  std::vector<Slot> slots_;
  std::vector<std::uint32_t> free_;
};

}  // namespace hansard
