#include "http/lines.hpp"

#include "http/bookmark.hpp"
#include "http/render.hpp"
#include "log/assert.hpp"

#include <utility>

namespace hansard::http {

void append_line(std::string& out, const Entry& entry, std::size_t index, Form form, const Republic& republic) {
  HANSARD_ASSERT(form != Form::json, "a document is not made of lines");
  if (form == Form::sse) {
    out += "id: ";
    append_bookmark(out, entry.promise_of(index), republic);
    out += entry.kind() == Kind::government ? "\nevent: government\ndata: " : "\nevent: entry\ndata: ";
  }
  append_entry(out, entry, index);
  out += form == Form::sse ? "\n\n" : "\n";
}

std::string_view Lines::line(const EntryPtr& entry, std::size_t index, Form form, const Republic& republic) {
  Texts& texts = this->texts(form);
  auto found = texts.find(entry.get());
  if (found == texts.end()) {
    Text text;
    text.entry = entry;
    text.ends.reserve(entry->count());
    for (std::size_t i = 0; i < entry->count(); ++i) {
      append_line(text.text, *entry, i, form, republic);
      text.ends.push_back(text.text.size());
    }
    ++formatted_;
    // The newest stays whatever its size: somebody is about to read it.
    while (!oldest_first_.empty() && bytes_ + text.text.size() > bytes_max) {
      const auto [old_form, old_entry] = oldest_first_.front();
      oldest_first_.pop_front();
      const auto old = this->texts(old_form).find(old_entry);
      bytes_ -= old->second.text.size();
      this->texts(old_form).erase(old);
    }
    bytes_ += text.text.size();
    oldest_first_.emplace_back(form, entry.get());
    found = texts.emplace(entry.get(), std::move(text)).first;
  }
  const Text& text = found->second;
  const std::size_t begin = index == 0 ? 0 : text.ends[index - 1];
  return std::string_view(text.text).substr(begin, text.ends[index] - begin);
}

}  // namespace hansard::http
