// tests/government/message_codec_test.cpp - every message there and back, cut short, and spoilt.
//
// Messages are compared by their bytes: every value has one encoding. That no field is left out is held by comparing
// the encodings of messages that differ in one field (see "every field travels").
#include "government/message_codec.hpp"

#include "tests/government/messages.hpp"
#include "tests/government/values.hpp"

#include <doctest/doctest.h>

#include <functional>
#include <set>
#include <string>
#include <vector>

namespace hansard {
namespace {

using tests::AnswerRow;
using tests::answers;
using tests::coin;
using tests::random_cookie;
using tests::random_text;
using tests::RequestRow;
using tests::requests;

std::string bytes_of(const Republic& republic, const Request& message) {
  std::string out;
  encode(republic, message, out);
  return out;
}
std::string bytes_of(const Republic& republic, const Answer& message) {
  std::string out;
  encode(republic, message, out);
  return out;
}

Result<Addressed<Request>> decode(std::string_view bytes, const Request& /*kind*/) { return decode_request(bytes); }
Result<Addressed<Answer>> decode(std::string_view bytes, const Answer& /*kind*/) { return decode_answer(bytes); }

// Calls `each(message, random)` with `count` random values of every message.
template <class Each>
void for_every_message(std::uint64_t count, Each each) {
  for (std::uint64_t seed = 0; seed < count; ++seed) {
    for (const RequestRow& row : requests()) {
      Random random{{row.tag, 1}, seed};
      const Request message = row.make(random);
      CAPTURE(seed);
      CAPTURE(name_of(message));
      each(message, row.tag, random);
    }
    for (const AnswerRow& row : answers()) {
      Random random{{row.tag, 1}, seed};
      const Answer message = row.make(random);
      CAPTURE(seed);
      CAPTURE(name_of(message));
      each(message, row.tag, random);
    }
  }
}

TEST_CASE("message codec: every message goes there and back under its tag") {
  CHECK(requests().size() == std::variant_size_v<Request>);
  CHECK(answers().size() == std::variant_size_v<Answer>);
  for_every_message(100, [](const auto& message, std::uint8_t tag, Random& random) {
    const Republic republic = random_cookie(random);
    const std::string bytes = bytes_of(republic, message);
    CHECK(bytes[0] == 5);
    CHECK(static_cast<std::uint8_t>(bytes[1]) == tag);
    const auto back = decode(bytes, message);
    REQUIRE(back);
    CHECK(back->republic == republic);
    CHECK(back->message.index() == message.index());
    CHECK(bytes_of(republic, back->message) == bytes);
  });
}

TEST_CASE("message codec: every truncation and every addition is refused") {
  for_every_message(20, [](const auto& message, std::uint8_t /*tag*/, Random& /*random*/) {
    const std::string bytes = bytes_of({}, message);
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      const auto back = decode(std::string_view{bytes}.substr(0, size), message);
      REQUIRE_FALSE(back);
      REQUIRE(back.error().code == Errc::corrupt);
    }
    REQUIRE_FALSE(decode(bytes + '\0', message));
  });
}

TEST_CASE("message codec: spoilt bytes are an error or another message of these bytes") {
  for_every_message(400, [](const auto& message, std::uint8_t /*tag*/, Random& random) {
    std::string bytes = bytes_of({1, 2}, message);
    for (std::uint64_t i = 1 + random.below(4); i > 0; --i) {
      const std::uint64_t where = random.below(bytes.size());
      const auto old = static_cast<unsigned char>(bytes[where]);
      bytes[where] = static_cast<char>(coin(random) ? random.below(256) : old ^ (std::uint64_t{1} << random.below(8)));
    }
    const auto back = decode(bytes, message);
    if (back) REQUIRE(bytes_of(back->republic, back->message) == bytes);
  });
}

TEST_CASE("message codec: garbage is refused") {
  for (std::uint64_t seed = 0; seed < 20'000; ++seed) {
    CAPTURE(seed);
    Random random{{5, 5}, seed};
    std::string bytes = random_text(random, 80);
    if (bytes.size() > 2 && coin(random)) {
      bytes[0] = 1;
      bytes[1] = static_cast<char>(random.below(80));
    }
    const auto request = decode_request(bytes);
    if (request) REQUIRE(bytes_of(request->republic, request->message) == bytes);
    const auto answer = decode_answer(bytes);
    if (answer) REQUIRE(bytes_of(answer->republic, answer->message) == bytes);
  }
}

TEST_CASE("message codec: a request is no answer and another version is said to be one") {
  const std::string request = bytes_of({}, Request{ReadPoint{1}});
  const std::string answer = bytes_of({}, Answer{Nominated{true}});
  CHECK(decode_answer(request).error().code == Errc::corrupt);
  CHECK(decode_request(answer).error().code == Errc::corrupt);
  std::string newer = request;
  newer[0] = 6;
  CHECK(decode_request(newer).error().code == Errc::unsupported);
}

// What a message's bytes are after one field is changed: all must differ from each other.
template <class Message>
void check_fields(const Message& base, const std::vector<std::function<void(Message&)>>& changes) {
  using Variant = std::conditional_t<std::is_constructible_v<Request, Message>, Request, Answer>;
  std::set<std::string> seen{bytes_of({}, Variant{base})};
  CAPTURE(name_of(Variant{base}));
  for (const auto& change : changes) {
    Message other = base;
    change(other);
    const std::string bytes = bytes_of({}, Variant{other});
    CHECK(seen.insert(bytes).second);
    const auto back = decode(bytes, Variant{base});
    REQUIRE(back);
    CHECK(bytes_of({}, back->message) == bytes);
  }
}

TEST_CASE("message codec: every field travels") {
  const Position position{{8, 9}, 7};
  const Committed committed{position, 6};
  const Cookie cookie{3, 4};
  check_fields<Found>({}, {[](Found& m) {
                             m.list = {{"a", ""}};
                           },
                           [](Found& m) {
                             m.list = {{"", "u"}};
                           },
                           [](Found& m) { m.everyone = true; }});
  check_fields<Embark>({}, {[](Embark& m) { m.url = "u"; }, [](Embark& m) { m.properties["a"] = "b"; },
                            [](Embark& m) { m.properties["b"] = "a"; }});
  check_fields<Canvass>({}, {[](Canvass& m) { m.ballot = 1; }, [&](Canvass& m) { m.committed.counted = 1; },
                             [&](Canvass& m) { m.committed.position = position; }});
  check_fields<Prepare>({}, {[](Prepare& m) { m.ballot = 1; }, [&](Prepare& m) { m.committed = position; }});
  check_fields<Fetch>({}, {[&](Fetch& m) { m.after = position; }, [](Fetch& m) { m.upto = {1, 2}; }});
  check_fields<Register>({},
                         {[](Register& m) { m.ballot = 1; },
                          [](Register& m) {
                            m.government = {1, 0};
                          },
                          [&](Register& m) { m.previous = position; }, [&](Register& m) { m.committed = committed; },
                          [](Register& m) {
                            m.minimum = {1, 0};
                          },
                          [](Register& m) { m.round = 1; },
                          [](Register& m) {
                            m.entries = {tests::ChainOfEntries{}.govern(tests::government(1, "a"), {1, 0}, 1)};
                          }});
  check_fields<Ping>({}, {[](Ping& m) { m.ballot = 1; }, [&](Ping& m) { m.committed = committed; },
                          [](Ping& m) {
                            m.minimum = {1, 0};
                          },
                          [](Ping& m) { m.round = 1; },
                          [](Ping& m) {
                            m.census = {{"a", {1, 0}, true}};
                          }});
  check_fields<Synchronize>({}, {[](Synchronize& m) { m.counted = 1; }, [&](Synchronize& m) { m.previous = position; },
                                 [](Synchronize& m) {
                                   m.minimum = {1, 0};
                                 },
                                 [](Synchronize& m) {
                                   m.government = {1, 0};
                                 },
                                 [](Synchronize& m) { m.leader_heard = true; },
                                 [](Synchronize& m) {
                                   m.census = {{"a", {1, 0}, true}};
                                 },
                                 [](Synchronize& m) {
                                   m.entries = {tests::ChainOfEntries{}.govern(tests::government(1, "a"), {1, 0}, 1)};
                                 }});
  const auto submission = [](Submission s) { return std::make_shared<const Submission>(std::move(s)); };
  check_fields<Forward>({}, {[](Forward& m) { m.ballot = 1; },
                             [](Forward& m) {
                               m.arrived = {1, 0};
                             },
                             [](Forward& m) { m.start = 1; },
                             [&](Forward& m) {
                               m.appends = {{2, 0, submission({"", "", {{"", ""}}})}};
                             },
                             [&](Forward& m) {
                               m.appends = {{3, 0, submission({"", "", {{"", ""}}})}};
                             },
                             [&](Forward& m) {
                               m.appends = {{3, 1, submission({"", "", {{"", ""}}})}};
                             },
                             [&](Forward& m) {
                               m.appends = {{2, 0, submission({"a", "", {{"", ""}}})}};
                             },
                             [&](Forward& m) {
                               m.appends = {{2, 0, submission({"", "a", {{"", ""}}})}};
                             },
                             [&](Forward& m) {
                               m.appends = {{2, 0, submission({"", "", {{"a", ""}}})}};
                             },
                             [&](Forward& m) {
                               m.appends = {{2, 0, submission({"", "", {{"", "a"}}})}};
                             },
                             [&](Forward& m) {
                               m.appends = {{2, 0, submission({"", "", {{"", ""}, {"", ""}}})}};
                             },
                             [&](Forward& m) {
                               m.appends = {{2, 0, submission({"", "", {{"", ""}}, Promise{}})}};
                             },
                             [&](Forward& m) {
                               m.appends = {{2, 0, submission({"", "", {{"", ""}}, Promise{1, 1}})}};
                             },
                             [](Forward& m) { m.open_from = 1; }});
  check_fields<FetchBack>({}, {[&](FetchBack& m) { m.upto = position; }});
  check_fields<FetchState>({}, {[&](FetchState& m) { m.at = position; }, [](FetchState& m) { m.piece = 1; }});
  check_fields<ReadPoint>({}, {[](ReadPoint& m) { m.ballot = 1; }});
  check_fields<Operate>(
      {},
      {[](Operate& m) { m.ballot = 1; }, [](Operate& m) { m.operation.what = Operation::What::aim; },
       [](Operate& m) { m.operation.id = "a"; }, [](Operate& m) { m.operation.seats = 3; },
       [](Operate& m) {
         m.operation.before = {1, 1};
       },
       [](Operate& m) { m.operation.settings.max_entry_bytes = 1; },
       [](Operate& m) { m.operation.settings.idempotency_keys = 1; },
       [](Operate& m) { m.operation.settings.idempotency_window_us = 1; },
       [](Operate& m) { m.operation.settings.max_entries = 1; }, [](Operate& m) { m.operation.settings.max_bytes = 1; },
       [](Operate& m) { m.operation.settings.max_age_us = 1; },
       [](Operate& m) {
         m.operation.cookie = Cookie{3, 4};
       }});
  check_fields<Nominate>({}, {[](Nominate& m) { m.ballot = 1; }, [&](Nominate& m) { m.last = position; }});

  check_fields<FoundAnswer>(
      {}, {[](FoundAnswer& m) { m.same_list = true; }, [](FoundAnswer& m) { m.granted = true; },
           [](FoundAnswer& m) { m.has_government = true; }, [&](FoundAnswer& m) { m.republic = cookie; },
           [](FoundAnswer& m) { m.promised_to.id = "a"; }, [&](FoundAnswer& m) { m.promised_to.cookie = cookie; },
           [](FoundAnswer& m) { m.url = "a"; }});
  check_fields<EmbarkAnswer>({},
                             {[](EmbarkAnswer& m) { m.verdict = EmbarkAnswer::Verdict::ask; },
                              [](EmbarkAnswer& m) { m.verdict = EmbarkAnswer::Verdict::welcome; },
                              [&](EmbarkAnswer& m) { m.republic = cookie; }, [](EmbarkAnswer& m) { m.leader.id = "a"; },
                              [](EmbarkAnswer& m) { m.leader.url = "a"; }, [](EmbarkAnswer& m) { m.why = "a"; }});
  check_fields<CanvassAnswer>({}, {[](CanvassAnswer& m) { m.lost = true; }, [](CanvassAnswer& m) { m.promised = 1; },
                                   [&](CanvassAnswer& m) { m.committed = committed; }});
  const auto entry = tests::ChainOfEntries{}.govern(tests::government(1, "a"), {1, 0}, 1);
  check_fields<Promised>({}, {[](Promised& m) { m.granted = true; }, [](Promised& m) { m.ballot = 1; },
                              [&](Promised& m) { m.committed = committed; },
                              [](Promised& m) {
                                m.first = {1, 0};
                              },
                              [&](Promised& m) { m.last = position; }, [&](Promised& m) { m.tail = {entry}; }});
  check_fields<Fetched>({}, {[](Fetched& m) { m.held = true; }, [&](Fetched& m) { m.committed = committed; },
                             [&](Fetched& m) { m.last = position; }, [&](Fetched& m) { m.entries = {entry}; },
                             [](Fetched& m) { m.leader_heard = true; }, [](Fetched& m) { m.trimmed = true; },
                             [](Fetched& m) {
                               m.census = {{"a", {1, 0}, true}};
                             }});
  const std::vector<std::function<void(Report&)>> reports{
      [&](Report& m) { m.committed = committed; },
      [&](Report& m) { m.durable = position; },
      [](Report& m) { m.wall_us = -5; },
      [](Report& m) { m.disk_ill = true; },
      [](Report& m) {
        m.downstream = {{"a", {}, false}};
      },
      [](Report& m) {
        m.downstream = {{"a", {1, 0}, false}};
      },
      [](Report& m) {
        m.downstream = {{"a", {}, true}};
      },
  };
  const auto with_reports = [&]<class Message>(std::vector<std::function<void(Message&)>> changes) {
    for (const auto& change : reports) changes.push_back([&](Message& m) { change(m.report); });
    check_fields<Message>({}, changes);
  };
  with_reports(std::vector<std::function<void(Received&)>>{
      [](Received& m) { m.ballot = 1; }, [&](Received& m) { m.last = position; }, [](Received& m) { m.round = 1; }});
  with_reports(std::vector<std::function<void(Pong&)>>{[](Pong& m) { m.promised = 1; }, [](Pong& m) { m.ballot = 1; },
                                                       [](Pong& m) { m.round = 1; },
                                                       [&](Pong& m) { m.last = position; }});
  with_reports(std::vector<std::function<void(Synchronized&)>>{[](Synchronized& m) { m.held = true; },
                                                               [&](Synchronized& m) { m.committed = committed; }});
  check_fields<Rejected>({}, {[](Rejected& m) { m.promised = 1; }, [&](Rejected& m) { m.committed = committed; },
                              [&](Rejected& m) { m.last = position; }});
  check_fields<Forwarded>({}, {[](Forwarded& m) { m.verdict = Forwarded::Verdict::taken; },
                               [](Forwarded& m) { m.ballot = 1; }, [](Forwarded& m) { m.upto = 1; },
                               [](Forwarded& m) {
                                 m.judgments = {{1, Objection::none, {}, {}}};
                               },
                               [](Forwarded& m) {
                                 m.judgments = {{2, Objection::none, {}, {}}};
                               },
                               [](Forwarded& m) {
                                 m.judgments = {{1, Objection::not_matched, {}, {}}};
                               },
                               [](Forwarded& m) {
                                 m.judgments = {{1, Objection::none, {1, 1}, {1, 1}}};
                               },
                               [](Forwarded& m) {
                                 m.judgments = {{1, Objection::none, {1, 1}, {1, 2}}};
                               }});
  check_fields<FetchedState>({false, {}, 2, 0, ""},
                             {[](FetchedState& m) { m.held = true; }, [&](FetchedState& m) { m.committed = committed; },
                              [](FetchedState& m) { m.pieces = 3; }, [](FetchedState& m) { m.piece = 1; },
                              [](FetchedState& m) { m.bytes = "a"; }});
  check_fields<ReadPointAnswer>({}, {[](ReadPointAnswer& m) { m.confirmed = true; },
                                     [](ReadPointAnswer& m) {
                                       m.committed = {1, 0};
                                     }});
  check_fields<Nominated>({}, {[](Nominated& m) { m.runs = true; }});
  check_fields<OperateAnswer>({}, {[](OperateAnswer& m) { m.verdict = OperateAnswer::Verdict::done; },
                                   [](OperateAnswer& m) {
                                     m.at = {1, 1};
                                   },
                                   [](OperateAnswer& m) { m.why = "no"; }});
}

TEST_CASE("message codec: what a receiver relies on is refused otherwise") {
  const auto fails = [](const Request& request) {
    const auto back = decode_request(bytes_of({}, request));
    return back ? std::string{} : back.error().what;
  };
  tests::ChainOfEntries log;
  const EntryPtr first = log.govern(tests::government(1, "a"), {1, 0}, 1);
  const EntryPtr second = log.append({"x"});
  const EntryPtr third = log.append({"y"});
  Register message;
  message.entries = {first, second, third};
  CHECK(fails(message).empty());
  message.entries = {first, third};
  CHECK(fails(message) == "register: entries that do not follow each other");
  message.entries = {second, third};
  CHECK(fails(message) == "register: entries that do not follow `previous`");
  message.previous = first->position();
  CHECK(fails(message).empty());

  Synchronize down;
  down.entries = {second};
  CHECK(fails(down) == "synchronize: entries that do not follow `previous`");
  down.previous = first->position();
  CHECK(fails(down).empty());

  const auto one = std::make_shared<const Submission>(Submission{"", "", {{"", ""}}});
  Forward forward;
  forward.appends = {{1, 0, one}, {2, 1, one}};
  CHECK(fails(forward).empty());
  forward.appends = {{2, 0, one}, {2, 1, one}};
  CHECK(fails(forward) == "forward: appends out of order");
  forward.appends = {{0, 0, one}};
  CHECK(fails(forward) == "forward: appends out of order");
  forward.appends = {{1, 1, one}};
  CHECK(fails(forward) == "forward: an append that waits for a later one");
  forward.appends = {{1, 0, std::make_shared<const Submission>()}};
  CHECK(fails(forward) == "forward: an append of nothing");
  forward.appends = {{1, 0, std::make_shared<const Submission>(Submission{"A b", "", {{"", ""}}})}};
  CHECK(fails(forward) == "forward: a channel that is no name");
  CHECK(fails(Found{{{"A b", "u"}}, false}) == "found: an id that is no name");

  std::string swapped = bytes_of({}, Embark{"", {{"name-x", ""}, {"name-y", ""}}});
  swapped[swapped.find("name-x") + 5] = 'y';
  swapped[swapped.rfind("name-y") + 5] = 'x';
  REQUIRE_FALSE(decode_request(swapped));
  CHECK(decode_request(swapped).error().what == "embark: properties out of order");

  Submission large;
  large.items.resize(2);
  for (auto& body : large.items) body.bytes.assign(std::size_t{40} << 20U, 'x');
  forward.appends = {{1, 0, std::make_shared<const Submission>(std::move(large))}};
  CHECK(fails(forward) == "forward: an append that is too large");
  Found crowd;
  crowd.list.resize(MessageLimits::list_max + 1);
  CHECK(fails(crowd) == "found: malformed");
}

TEST_CASE("message codec: a register of many entries is written into one allocation") {
  tests::ChainOfEntries log;
  Register message;
  message.entries.push_back(log.govern(tests::government(1, "a"), {1, 0}, 1));
  std::size_t bytes = 0;
  for (int i = 0; i < 1000; ++i) {
    message.entries.push_back(log.append({std::string(100, 'x')}));
    bytes += message.entries.back()->bytes().size();
  }
  std::string out;
  encode({}, Request{message}, out);
  CHECK(out.size() > bytes);
  // Grown by doubling it would have much more room than asked for.
  CHECK(out.capacity() < bytes + 1001 * 10 + 1024);
  const auto back = decode_request(out);
  REQUIRE(back);
  const auto& entries = std::get<Register>(back->message).entries;
  REQUIRE(entries.size() == 1001);
  CHECK(entries[1000]->bytes() == message.entries[1000]->bytes());
}

TEST_CASE("message codec: encoding appends to what is there") {
  std::string out = "head";
  encode({}, Request{ReadPoint{7}}, out);
  CHECK(out.substr(0, 4) == "head");
  CHECK(decode_request(std::string_view{out}.substr(4)));
}

}  // namespace
}  // namespace hansard
