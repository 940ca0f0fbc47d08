// http/lines.hpp - Lines: entries as subscribers get them, formatted once and shared by all who want the same form.
//
// Why it exists: a hundred subscribers at the end of the log get the same entries at the same time; formatting is most
// of what an event costs. Entries read from disk by those who lag do not come here.
// Limits: bytes_max of text; the oldest goes first. Threads: one.
#pragma once

#include "http/media.hpp"
#include "log/entry.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace hansard::http {

// Appends item `index` of an entry, as a line (ndjson) or an event (sse). REQUIRES: form is one of the two.
void append_line(std::string& out, const Entry& entry, std::size_t index, Form form, const Republic& republic);

class Lines {
 public:
  static constexpr std::size_t bytes_max = std::size_t{8} << 20U;

  // The text of item `index`; valid until the next call.
  [[nodiscard]] std::string_view line(const EntryPtr& entry, std::size_t index, Form form, const Republic& republic);
  [[nodiscard]] std::size_t formatted() const { return formatted_; }  // how many entries were not found here

 private:
  struct Text {
    EntryPtr entry;    // held, so that its address stays its name
    std::string text;  // of all its items
    std::vector<std::size_t> ends;
  };
  using Texts = std::unordered_map<const Entry*, Text>;
  [[nodiscard]] Texts& texts(Form form) { return form == Form::sse ? events_ : lines_; }

  Texts events_;
  Texts lines_;
  std::deque<std::pair<Form, const Entry*>> oldest_first_;
  std::size_t bytes_ = 0;
  std::size_t formatted_ = 0;
};

}  // namespace hansard::http
