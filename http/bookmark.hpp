// http/bookmark.hpp - Bookmark: a promise as clients keep it, with a mark of the republic it belongs to.
//
// Text: `3/42`, or `3/42@9f2c81ab` with the first 8 hex digits of the republic. Whoever resumes with the marked form
// against another island, or against this one restored from a backup, is told so instead of getting other entries.
// Contract: "Positions" of the HTTP API.
#pragma once

#include "log/identity.hpp"
#include "log/promise.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace hansard::http {

struct Bookmark {
  Promise promise;
  std::optional<std::uint32_t> mark;  // none: the client does not say

  // False: it is of another republic.
  [[nodiscard]] bool belongs_to(const Republic& republic) const;
  friend bool operator==(const Bookmark&, const Bookmark&) = default;
};

// Accepts canonical promises and exactly 8 lower-case hex digits; anything else is nullopt.
[[nodiscard]] std::optional<Bookmark> parse_bookmark(std::string_view text);
// Marked: `3/42@9f2c81ab`.
void append_bookmark(std::string& out, Promise promise, const Republic& republic);

}  // namespace hansard::http
