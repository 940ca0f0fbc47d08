// tests/fuzz/batch.cpp - a batch's body; the first byte says in which format.
#include "http/batch.hpp"

#include "http/cli/batch.hpp"
#include "http/json_check.hpp"
#include "tests/fuzz/target.hpp"

namespace hansard::fuzz {
namespace {

using Items = std::vector<Submission::Body>;

constexpr std::size_t entry_bytes_max = std::size_t{1} << 20U;

void lines(std::string_view body) {
  constexpr std::string_view type = "application/x-ndjson";
  const http::Batch parsed = http::parse_batch(type, body, entry_bytes_max);
  const auto* items = std::get_if<Items>(&parsed);
  if (items == nullptr) return;
  std::string text;
  for (const auto& item : *items) {
    demand(http::is_json(item.bytes), "a line of a batch is not JSON");
    demand(item.bytes.find('\n') == std::string::npos, "a line of a batch is two");
    text += item.bytes + "\r\n";
  }
  const http::Batch again = http::parse_batch(type, text, entry_bytes_max);
  const auto* same = std::get_if<Items>(&again);
  demand(same != nullptr && same->size() == items->size(), "lines are not read as they were written");
  for (std::size_t i = 0; i < items->size(); ++i) {
    demand_same((*items)[i].bytes, (*same)[i].bytes, "a line changes when it is written");
  }
}

void lengths(std::string_view body) {
  const http::Batch parsed = http::parse_batch("application/vnd.hansard.batch", body, entry_bytes_max);
  const auto* items = std::get_if<Items>(&parsed);
  if (items == nullptr) return;
  cli::Batch written;
  for (const auto& item : *items) {
    demand(written.has_room(item.bytes.size()), "a batch over its limits was taken");
    written.add(item.bytes);
  }
  demand_same(body, written.take(), "a batch changes when it is written");
}

}  // namespace

void batch(std::string_view input) {
  if (input.empty()) return;
  const bool in_lines = input.front() % 2 != 0;
  input.remove_prefix(1);
  in_lines ? lines(input) : lengths(input);
}

}  // namespace hansard::fuzz
