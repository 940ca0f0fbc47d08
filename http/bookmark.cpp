#include "http/bookmark.hpp"

#include "http/json.hpp"

namespace hansard::http {

namespace {

std::uint32_t mark_of(const Republic& republic) { return static_cast<std::uint32_t>(republic.high >> 32U); }

}  // namespace

bool Bookmark::belongs_to(const Republic& republic) const { return !mark || *mark == mark_of(republic); }

std::optional<Bookmark> parse_bookmark(std::string_view text) {
  Bookmark bookmark;
  const std::size_t at = text.find('@');
  const std::optional<Promise> promise = parse_promise(text.substr(0, at));
  if (!promise) return std::nullopt;
  bookmark.promise = *promise;
  if (at == std::string_view::npos) return bookmark;
  const std::string_view digits = text.substr(at + 1);
  if (digits.size() != 8) return std::nullopt;
  std::uint32_t mark = 0;
  for (const char c : digits) {
    unsigned digit = 0;
    if (c >= '0' && c <= '9')
      digit = static_cast<unsigned>(c - '0');
    else if (c >= 'a' && c <= 'f')
      digit = static_cast<unsigned>(c - 'a') + 10;
    else
      return std::nullopt;
    mark = mark << 4U | digit;
  }
  bookmark.mark = mark;
  return bookmark;
}

void append_bookmark(std::string& out, Promise promise, const Republic& republic) {
  append_promise(out, promise);
  out += '@';
  for (int shift = 28; shift >= 0; shift -= 4) {
    out += "0123456789abcdef"[(mark_of(republic) >> static_cast<unsigned>(shift)) & 15U];
  }
}

}  // namespace hansard::http
