// HTTP API, Channels: `channel=` repeated, `governments=true`.
#include "http/selection.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace {

using hansard::Kind;
using hansard::http::Query;
using hansard::http::Selection;
using hansard::http::take_selection;

bool shows(const Selection& selection, Kind kind, std::string_view channel) {
  const std::vector<hansard::Item> items(1);
  hansard::Draft draft;
  draft.first = {3, kind == Kind::government ? 0U : 1U};
  draft.kind = kind;
  draft.channel = channel;
  draft.items = items;
  return selection.shows(*hansard::Entry::make(draft));
}

}  // namespace

TEST_CASE("selection: without a channel every client entry is shown and nothing else") {
  const Selection all;
  CHECK(shows(all, Kind::client, ""));
  CHECK(shows(all, Kind::client, "a"));
  CHECK_FALSE(shows(all, Kind::government, ""));
  CHECK_FALSE(shows(all, Kind::trim, ""));
  CHECK_FALSE(shows(all, Kind::settling, ""));
}

TEST_CASE("selection: with channels only theirs and governments where asked for") {
  Query query("channel=a&channel=b&channel=a&governments=true");
  const Selection selection = take_selection(query);
  CHECK(query.fault().empty());
  CHECK(selection.channels == std::vector<std::string>{"a", "b"});
  CHECK(shows(selection, Kind::client, "a"));
  CHECK(shows(selection, Kind::client, "b"));
  CHECK_FALSE(shows(selection, Kind::client, "c"));
  CHECK_FALSE(shows(selection, Kind::client, ""));
  CHECK(shows(selection, Kind::government, ""));
}

TEST_CASE("selection: bad names and too many channels are faults") {
  for (const std::string& text : {std::string("channel="), std::string("channel=A"), std::string("channel=-a"),
                                  std::string("channel=a%20b"), "channel=" + std::string(64, 'a')}) {
    CAPTURE(text);
    Query query(text);
    (void)take_selection(query);
    CHECK_FALSE(query.fault().empty());
  }
  std::string many;
  for (int i = 0; i < 101; ++i) many += "channel=c" + std::to_string(i) + "&";
  Query query(many);
  (void)take_selection(query);
  CHECK(query.fault() == "at most 100 channels in one call");
}
