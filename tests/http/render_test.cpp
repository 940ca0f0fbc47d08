// HTTP API, Read: how an entry, a government and a log's status look.
#include "http/render.hpp"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace {

using hansard::Draft;
using hansard::Entry;
using hansard::EntryPtr;
using hansard::Government;
using hansard::Item;
using hansard::Kind;
using hansard::http::append_entry;
using nlohmann::json;

EntryPtr entry_of(const std::vector<Item>& items, std::string_view channel = "", Kind kind = Kind::client,
                  hansard::Promise first = {3, 42}) {
  Draft draft;
  draft.first = first;
  draft.ballot = 7;
  draft.kind = kind;
  draft.time_us = 1'795'238'700'123'456;
  draft.channel = channel;
  draft.items = items;
  return Entry::make(draft);
}

std::string text_of(const Entry& entry, std::size_t index = 0) {
  std::string out;
  append_entry(out, entry, index);
  return out;
}

std::string text_of(std::string_view content_type, std::string_view body) {
  const std::string text = text_of(*entry_of({{content_type, body}}));
  CHECK(json::accept(text));
  CHECK(text.find('\n') == std::string::npos);
  return text.substr(text.find(R"(,"content_type")") + 1);
}

}  // namespace

TEST_CASE("render: an entry bears promise time channel and content type") {
  CHECK(
      text_of(*entry_of({{"text/plain", "hi"}}, "room.1")) ==
      R"({"promise":"3/42","time":"2026-11-21T05:25:00.123456Z","channel":"room.1","content_type":"text/plain","data":"hi"})");
}

TEST_CASE("render: JSON is the value itself with its numbers as they were written") {
  CHECK(text_of("application/json", R"({"n":1.50,"big":12345678901234567890123,"e":1E2})") ==
        R"("content_type":"application/json","data":{"n":1.50,"big":12345678901234567890123,"e":1E2}})");
  CHECK(text_of("application/ld+json; v=1", "[1,\n 2,\r\n 3]") ==
        R"("content_type":"application/ld+json; v=1","data":[1,  2,   3]})");
  CHECK(text_of("application/json", "\"line\\n\"") == R"("content_type":"application/json","data":"line\n"})");
}

TEST_CASE("render: what does not parse is a string and what is no UTF-8 is base64") {
  CHECK(text_of("application/json", "{oops") == R"("content_type":"application/json","data":"{oops"})");
  CHECK(text_of("application/json", "") == R"("content_type":"application/json","data":""})");
  CHECK(text_of("application/json", "1e999") == R"("content_type":"application/json","data":"1e999"})");
  CHECK(text_of("application/json", "\xFF") == R"("content_type":"application/json","data_base64":"/w=="})");
  CHECK(text_of("", "hello") == R"("content_type":"application/octet-stream","data":"hello"})");
  CHECK(text_of("text/plain", "5") == R"("content_type":"text/plain","data":"5"})");
  CHECK(text_of("image/png", "\x89PNG") == R"("content_type":"image/png","data_base64":"iVBORw=="})");
}

TEST_CASE("render: a content type that could break a header is served as octets") {
  CHECK(hansard::http::content_type_of({"text/plain\r\nX: y", ""}) == "application/octet-stream");
  CHECK(hansard::http::content_type_of({"", ""}) == "application/octet-stream");
  CHECK(hansard::http::content_type_of({"text/plain; charset=utf-8", ""}) == "text/plain; charset=utf-8");
}

TEST_CASE("render: every item of a batch bears its own promise") {
  const EntryPtr batch = entry_of({{"application/json", "1"}, {"text/plain", "two"}, {"", "\xFE"}});
  CHECK(json::parse(text_of(*batch, 0))["promise"] == "3/42");
  CHECK(json::parse(text_of(*batch, 1))["promise"] == "3/43");
  CHECK(json::parse(text_of(*batch, 1))["data"] == "two");
  CHECK(json::parse(text_of(*batch, 2))["promise"] == "3/44");
  CHECK(json::parse(text_of(*batch, 2))["data_base64"] == "/g==");
}

TEST_CASE("render: a government entry bears its kind and its government") {
  Government government;
  government.promise = {4, 0};
  government.ballot = 7;
  government.seats = 3;
  government.majority = {"a", "b"};
  government.minority = {"c"};
  for (const char* id : {"a", "b", "c"}) {
    hansard::Citizen citizen;
    citizen.cookie = {1, 2};
    citizen.url = std::string("http://") + id;
    citizen.arrived = {1, 0};
    citizen.acclimated = true;
    government.citizens.emplace(id, citizen);
  }
  government.why = "c came back";
  const std::string body = hansard::encode(government);
  const json shown = json::parse(text_of(*entry_of({{"", body}}, "", Kind::government, {4, 0})));
  CHECK(shown["kind"] == "government");
  CHECK(shown["promise"] == "4/0");
  CHECK(shown["data"]["majority"] == json{"a", "b"});
  CHECK(shown["data"]["leader"] == "a");
  CHECK(shown["data"]["acclimated"] == json{"a", "b", "c"});
  CHECK(shown["data"]["citizens"]["c"] == json{{"url", "http://c"}, {"arrived", "1/0"}});
  CHECK(shown["data"]["why"] == "c came back");
}

TEST_CASE("render: a log that never had an entry has nulls where promises would be") {
  hansard::Status status;
  std::string out;
  hansard::http::append_log_status(out, "main", status, "a", 0);
  CHECK(json::parse(out) ==
        json{{"name", "main"},
             {"first", nullptr},
             {"last", nullptr},
             {"entries", 0},
             {"bytes", 0},
             {"committed", nullptr},
             {"government", nullptr},
             {"leader", nullptr},
             {"role", nullptr},
             {"disk", "well"},
             {"backfilling", nullptr},
             {"trim_held_for", nullptr},
             {"waiting_for", nullptr},
             {"waiting_since", nullptr},
             {"settings",
              {{"max_entry_bytes", 1'048'576}, {"idempotency_keys", 1'000'000}, {"idempotency_window", "10m"}}}});
}

TEST_CASE("render: a role is that in the committed government") {
  hansard::Status status;
  status.government.majority = {"a", "b"};
  status.government.minority = {"c"};
  status.government.constituents = {"d"};
  CHECK(hansard::http::role_of(status, "a") == "majority");  // Named first, but not in office.
  status.leader_in_office = true;
  CHECK(hansard::http::role_of(status, "a") == "leader");
  status.leader_in_office = false;
  CHECK(hansard::http::role_of(status, "b") == "majority");
  CHECK(hansard::http::role_of(status, "c") == "minority");
  CHECK(hansard::http::role_of(status, "d") == "constituent");
  CHECK(hansard::http::role_of(status, "e").empty());
}
