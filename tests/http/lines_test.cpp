// HTTP API, Subscribe: the form of an event. Users' wish 11 (peers.md): many subscribers are cheap.
#include "http/lines.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace {

using hansard::Entry;
using hansard::EntryPtr;
using hansard::Item;
using hansard::http::Form;
using hansard::http::Lines;

const hansard::Republic republic{0x9f2c81ab00000000, 1};

EntryPtr entry_of(std::uint64_t number, const std::vector<Item>& items) {
  hansard::Draft draft;
  draft.first = {3, number};
  draft.items = items;
  return Entry::make(draft);
}

}  // namespace

TEST_CASE("lines: an event has an id a name and one line of data") {
  Lines lines;
  const EntryPtr entry = entry_of(42, {{"text/plain", "a\nb"}});
  CHECK(lines.line(entry, 0, Form::sse, republic) ==
        "id: 3/42@9f2c81ab\nevent: entry\ndata: "
        R"({"promise":"3/42","time":"1970-01-01T00:00:00.000000Z","content_type":"text/plain","data":"a\nb"})"
        "\n\n");
  CHECK(lines.line(entry, 0, Form::ndjson, republic) ==
        R"({"promise":"3/42","time":"1970-01-01T00:00:00.000000Z","content_type":"text/plain","data":"a\nb"})"
        "\n");
}

TEST_CASE("lines: an entry is formatted once for each form however many ask") {
  Lines lines;
  const EntryPtr batch = entry_of(1, {{"", "x"}, {"", "y"}, {"", "z"}});
  for (int subscriber = 0; subscriber < 100; ++subscriber) {
    CHECK(lines.line(batch, 0, Form::sse, republic).starts_with("id: 3/1@"));
    CHECK(lines.line(batch, 1, Form::sse, republic).starts_with("id: 3/2@"));
    CHECK(lines.line(batch, 2, Form::sse, republic).find(R"("data":"z")") != std::string::npos);
    CHECK(lines.line(batch, 1, Form::ndjson, republic).starts_with(R"({"promise":"3/2")"));
  }
  CHECK(lines.formatted() == 2);
}

TEST_CASE("lines: what is kept is bounded and the oldest goes first") {
  Lines lines;
  const std::string body(1'000'000, 'x');
  std::vector<std::weak_ptr<const Entry>> seen;
  for (std::uint64_t number = 1; number <= 30; ++number) {
    const EntryPtr entry = entry_of(number, {{"", body}});
    seen.push_back(entry);
    CHECK(lines.line(entry, 0, Form::ndjson, republic).size() > body.size());
  }
  std::size_t kept = 0;
  for (const auto& entry : seen) kept += entry.expired() ? 0U : 1U;
  CHECK(kept == Lines::bytes_max / 1'000'100);
  CHECK(seen.front().expired());
  CHECK_FALSE(seen.back().expired());
  const std::string larger(2 * Lines::bytes_max, 'x');
  const EntryPtr giant = entry_of(31, {{"", larger}});
  CHECK(lines.line(giant, 0, Form::ndjson, republic).size() > larger.size());
}
