// http/cli/batch.hpp - the body of one batch append, application/vnd.hansard.batch: per entry a
// 32-bit big-endian length and the bytes.
//
// Limits: those of the API, 8 MiB and 10,000 entries.
#pragma once

#include "http/limits.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace hansard::cli {

class Batch {
 public:
  static constexpr std::size_t bytes_max = http::Limits::batch_bytes;
  static constexpr std::size_t entries_max = http::Limits::batch_items;
  static constexpr std::size_t length_bytes = 4;
  static constexpr std::size_t entry_bytes_max = bytes_max - length_bytes;

  [[nodiscard]] bool has_room(std::size_t entry_bytes) const {
    return count_ < entries_max && body_.size() + length_bytes + entry_bytes <= bytes_max;
  }
  // REQUIRES: has_room(entry.size()).
  void add(std::string_view entry) {
    for (unsigned shift = 32; shift > 0; shift -= 8) {
      body_ += static_cast<char>((entry.size() >> (shift - 8)) & 0xffU);
    }
    body_ += entry;
    ++count_;
  }
  [[nodiscard]] std::size_t count() const { return count_; }
  // Moves the body out; the batch is empty again.
  [[nodiscard]] std::string take() {
    std::string body = std::move(body_);
    body_.clear();
    count_ = 0;
    return body;
  }

 private:
  std::string body_;
  std::size_t count_ = 0;
};

}  // namespace hansard::cli
