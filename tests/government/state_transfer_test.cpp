// tests/government/state_transfer_test.cpp - log state, piece by piece, to whoever is behind a trim. Protocol section
// 6, Snapshots.
//
// b of the island of a b c holds 1/0 and is told of more; what it needs next is trimmed at a.
#include "government/state_transfer.hpp"

#include "tests/government/lone_islander.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace hansard {
namespace {

using namespace tests;  // the words of the fixture

const Islander a = islander("a");
const Islander c = islander("c");
using Outcome = Appended::Outcome;

// Entries 1/1 to 1/4, of which 1/3 is the first that stays, and the trim at 1/5.
Scroll trimmed_log() {
  Scroll log = founded();
  log.append_under("k", "x", {"c", {1, 0}, 1, 1});
  for (const char* body : {"y", "z", "w"}) log.append(body, {"b", {1, 0}, 1, 7});
  log.trim({{1, 3}, {1, 3}, 2, 2});
  return log;
}

// The same with a key table of `full` full segments.
LogState large_state(std::size_t full) {
  LogState state = state_of(trimmed_log());
  state.keys = KeyTable{};
  for (std::size_t i = 0; i < full * KeyTable::segment_rows + 3; ++i) {
    state.keys.add({"k" + std::to_string(i), {1, i}, {0, i + 1}, {0, i + 1}, 3});
  }
  return state;
}

// Told that c knows more committed, b asks whoever it is until it reaches `from`, which has trimmed it.
void until_behind(LoneIslander& b, const std::string& from = "a") {
  b.ask<Pong>(a, Ping{1, {{{1, 5}, 1}, 1}, {}, 0});
  b.wait_until([&] {
    while (b.count<Fetch>() > 0 && b.count<Fetch>(from) == 0) b.fail(b.take<Fetch>());
    return b.count<Fetch>(from) > 0;
  });
  Fetched trimmed;
  trimmed.trimmed = true;
  trimmed.committed = {{{1, 5}, 1}, 1};
  b.reply(b.take<Fetch>(from), trimmed);
}

// Gives what is asked for next; false where nothing is.
bool give(LoneIslander& b, const std::vector<FetchedState>& pieces) {
  if (b.count<FetchState>() == 0) return false;
  const auto asked = b.take<FetchState>();
  b.reply(asked, pieces.at(asked.message.piece));
  return true;
}

struct Behind {
  LoneIslander b;
  explicit Behind(const Settings& settings = {}) : b("b", settings) {
    teach(b, founded(), 1);
    until_behind(b);
  }
};

// ---- Giving --------------------------------------------------------------------------------------------------------

TEST_CASE("state transfer: gives what it has committed as state and segments") {
  LoneIslander b("b");
  const LogState state = large_state(2);
  teach(b, founded(), 1);
  b->chamber().install(LogState(state), 4, "a");
  const auto first = b.ask<FetchedState>(c, FetchState{});
  CHECK(first.held);
  CHECK(first.committed == Committed{state.at, 4});
  CHECK(first.pieces == 3);
  CHECK(first.piece == 0);
  const auto expected = pieces_of(state, 4);
  for (std::uint64_t piece = 0; piece < 3; ++piece) {
    const auto given = b.ask<FetchedState>(c, FetchState{state.at, piece});
    CHECK(given.held);
    CHECK(given.piece == piece);
    CHECK(given.bytes == expected[piece].bytes);
    CHECK(given.committed == expected[piece].committed);
  }
  CHECK_FALSE(b.ask<FetchedState>(c, FetchState{state.at, 3}).held);
  CHECK_FALSE(b.ask<FetchedState>(c, FetchState{{{1, 4}, 1}, 0}).held);
  CHECK_FALSE(b.ask<FetchedState>(c, FetchState{{{1, 5}, 2}, 0}).held);  // another ballot is another place
}

TEST_CASE("state transfer: who knows nothing committed has nothing to give") {
  LoneIslander b("b");
  teach(b, founded(), 1);
  LoneIslander stranger("d");
  const auto answer = stranger.request(a, FetchState{});
  CHECK_FALSE(stranger.answer<FetchedState>(answer).held);
  CHECK(b.ask<FetchedState>(c, FetchState{}).held);
}

TEST_CASE("state transfer: who began has the same snapshot to the end and who comes meanwhile too") {
  Scroll log = founded();
  LoneIslander b("b");
  teach(b, log, 1);
  const Position at = b.ask<FetchedState>(c, FetchState{}).committed.position;
  CHECK(at == log.at());
  const auto grow = [&] {
    const Promise before = log.at().promise;
    log.append("x");
    b.ask<Received>(a, register_of(log, before, 1, {log.at(), 1}));
  };
  // Two who take turns with the pieces; each pause is shorter than their patience.
  for (int turn = 0; turn < 5; ++turn) {
    grow();
    b.wait(3'000'000);
    CHECK(b.ask<FetchedState>(c, FetchState{at, 0}).held);
    CHECK(b.ask<FetchedState>(islander("d"), FetchState{}).committed.position == at);
  }
  b.wait(5'000'000);
  CHECK(b.ask<FetchedState>(c, FetchState{}).committed.position == log.at());
  CHECK_FALSE(b.ask<FetchedState>(c, FetchState{at, 0}).held);
}

TEST_CASE("state transfer: no snapshot is begun from which nobody could go on") {
  Scroll log = trimmed_log();
  LoneIslander b("b");
  teach(b, log, 1, {1, 1});
  CHECK(b.ask<FetchedState>(c, FetchState{}).committed.position == log.at({1, 1}));
  b.ask<Received>(a, register_of(log, {1, 5}, 1, {log.at(), 1}));  // what follows 1/1 is trimmed now
  CHECK(b.ask<FetchedState>(c, FetchState{}).committed.position == log.at());
}

// ---- Asking and installing -----------------------------------------------------------------------------------------

TEST_CASE("state transfer: who is behind a trim installs log state in one durable write") {
  Behind f;
  const LogState state = state_of(trimmed_log());
  const auto asked = f.b.take<FetchState>("a");
  CHECK(asked.message.at == Position{});
  CHECK(asked.message.piece == 0);
  f.b.withhold_writes();
  f.b.reply(asked, pieces_of(state, 6).at(0));
  CHECK(f.b->committed() == Promise{1, 5});
  CHECK(f.b->promised() == 6);  // of who counted it, and not 1: planted bug z
  const Write* write = f.b.under_way();
  REQUIRE(write != nullptr);
  CHECK(write->restart_after == Promise{1, 5});
  CHECK(write->promised == 6);
  CHECK(write->committed == Committed{state.at, 6});
  CHECK(*decode_log_state(write->notes.at("checkpoint")) == state);
  CHECK(f.b.on_disk() == "1/0@1");
  f.b.finish_write();
  CHECK(f.b.on_disk().empty());
  CHECK(f.b->chamber().state == state);
  CHECK(f.b.fact("snapshot installed", "from") == "a");
  CHECK(f.b->status().trimmed == Promise{1, 3});
  CHECK(f.b->find_key("k") != nullptr);  // planted bug v
  // And goes on from there.
  Scroll log = trimmed_log();
  log.append("after");
  f.b.release_writes();
  CHECK(f.b.ask<Received>(c, register_of(log, {1, 5}, 6, {log.at(), 6})).last == log.at());
  CHECK(f.b.on_disk() == "1/6@1");
  CHECK(text_of(f.b.committed) == "1/0@1 1/6@1");
}

TEST_CASE("state transfer: a restart with nothing after it begins there") {
  Behind f;
  const LogState state = state_of(trimmed_log());
  REQUIRE(give(f.b, pieces_of(state, 6)));
  for (int restarts = 0; restarts < 2; ++restarts) {
    f.b.restart();
    CHECK(f.b->committed() == Promise{1, 5});
    CHECK(f.b.last() == state.at);
    CHECK(f.b->promised() == 6);
    CHECK(f.b->chamber().state == state);
    CHECK(f.b->chamber().begins.last == Promise{1, 5});
    CHECK(f.b->chamber().log.committed().counted == 6);
  }
  CHECK(f.b.ask<Rejected>(a, register_of(trimmed_log(), {}, 5)).promised == 6);
  Scroll log = trimmed_log();
  log.append("after");
  CHECK(f.b.ask<Received>(c, register_of(log, {1, 5}, 6, {log.at(), 6})).last == log.at());
  f.b.restart();
  CHECK(f.b.on_disk() == "1/6@1");
  CHECK(f.b->committed() == Promise{1, 6});
}

TEST_CASE("state transfer: piece by piece in order and each once") {
  Behind f;
  const LogState state = large_state(3);
  const auto pieces = pieces_of(state, 1);
  REQUIRE(pieces.size() == 4);
  for (std::uint64_t piece = 0; piece < 4; ++piece) {
    CHECK(f.b->committed() == Promise{1, 0});
    CHECK(f.b->chamber().state_transfer->piece() == piece);
    const auto asked = f.b.take<FetchState>("a");
    CHECK(asked.message.piece == piece);
    CHECK(asked.message.at == (piece == 0 ? Position{} : state.at));
    CHECK(f.b.count<FetchState>() == 0);
    f.b.reply(asked, pieces[piece]);
  }
  CHECK(f.b->chamber().state == state);
  CHECK_FALSE(f.b->chamber().state_transfer->is_busy());
  f.b.restart();
  CHECK(f.b->chamber().state == state);  // the segments are notes of their own
  CHECK(f.b->status().keys == 3 * KeyTable::segment_rows + 3);
}

TEST_CASE("state transfer: it takes no more than its share of the network") {
  Settings settings;
  settings.transfer_bytes_per_second = 1'000;
  Behind behind(settings);
  const Committed at{{{1, 5}, 1}, 1};
  CHECK(give(behind.b, {{true, at, 3, 0, std::string(1'000, 'x')}}));  // what may come at once
  CHECK(give(behind.b, {{}, {true, at, 3, 1, std::string(1'000, 'x')}}));
  behind.b.wait(999'000);
  CHECK(behind.b.count<FetchState>() == 0);
  behind.b.wait(1'000);
  CHECK(behind.b.count<FetchState>() == 1);
}

TEST_CASE("state transfer: another snapshot takes the place of the first and of its segments") {
  Behind f;
  const auto first = pieces_of(large_state(3), 1);
  while (give(f.b, first)) {
  }
  REQUIRE(f.b->status().keys == 3 * KeyTable::segment_rows + 3);
  Scroll log = trimmed_log();
  log.append("x");
  log.trim({{1, 7}, {}, 5, 5});
  LogState later = large_state(1);
  for (const EntryPtr& entry : log.after({1, 5})) later.apply(*entry);
  f.b->chamber().install(LogState(later), 1, "a");
  f.b.input([](Legislator&, Moment) {});
  f.b.restart();
  CHECK(f.b->chamber().state == later);
}

TEST_CASE("state transfer: pieces that do not fit are refused and nothing is changed") {
  Behind f;
  const LogState state = large_state(2);
  auto pieces = pieces_of(state, 1);
  SUBCASE("another piece than asked for") { f.b.reply(f.b.take<FetchState>(), pieces[1]); }
  SUBCASE("another snapshot in the middle") {
    REQUIRE(give(f.b, pieces));
    pieces[1].committed.position.promise.entry += 1;
    give(f.b, pieces);
  }
  SUBCASE("another number of pieces") {
    REQUIRE(give(f.b, pieces));
    pieces[1].pieces = 9;
    give(f.b, pieces);
  }
  SUBCASE("the same piece again") {
    REQUIRE(give(f.b, pieces));
    f.b.reply(f.b.take<FetchState>(), pieces[0]);
  }
  SUBCASE("a segment in the place of another") {
    std::swap(pieces[1].bytes, pieces[2].bytes);
    while (give(f.b, pieces)) {
    }
  }
  SUBCASE("a spoilt segment") {
    pieces[2].bytes[40] = static_cast<char>(pieces[2].bytes[40] ^ 1);
    while (give(f.b, pieces)) {
    }
  }
  SUBCASE("a state that is none") {
    pieces[0].bytes = "nonsense";
    while (give(f.b, pieces)) {
    }
  }
  SUBCASE("a state of another place than was said") {
    for (FetchedState& piece : pieces) piece.committed.position.promise.entry = 9;
    while (give(f.b, pieces)) {
    }
  }
  SUBCASE("a state without a government") {
    LogState nobody;
    nobody.at = state.at;
    pieces = pieces_of(nobody, 1);
    give(f.b, pieces);
  }
  SUBCASE("a ballot that is none") {
    for (FetchedState& piece : pieces) piece.committed.counted = ~std::uint64_t{0};
    give(f.b, pieces);
  }
  CHECK(f.b.told("snapshot refused"));
  CHECK_FALSE(f.b.told("snapshot installed"));
  CHECK_FALSE(f.b->chamber().state_transfer->is_busy());
  CHECK(f.b->committed() == Promise{1, 0});
  CHECK(f.b.on_disk() == "1/0@1");
  CHECK_FALSE(f.b.halt.has_value());
  // It is begun anew, and may succeed then.
  f.b.wait_until([&] { return f.b.count<Fetch>() > 0; });
}

TEST_CASE("state transfer: goes on after failures and at another islander where the first is gone") {
  Behind f;
  const LogState state = large_state(2);
  const auto pieces = pieces_of(state, 1);
  REQUIRE(give(f.b, pieces));
  for (int failures = 0; failures < 4; ++failures) {
    const auto asked = f.b.take<FetchState>("a");
    CHECK(asked.message.piece == 1);
    f.b.fail(asked);
    CHECK(f.b.count<FetchState>() == 0);  // not at once
    f.b.wait(100'000);
  }
  std::string other;
  f.b.wait_until([&] {
    while (f.b.count<FetchState>("a") > 0) f.b.fail(f.b.take<FetchState>("a"));
    return f.b.count<FetchState>("c") > 0;
  });
  const auto elsewhere = f.b.take<FetchState>("c");
  CHECK(elsewhere.message.at == state.at);
  CHECK(elsewhere.message.piece == 1);  // from where it was
  f.b.reply(elsewhere, pieces[1]);
  REQUIRE(give(f.b, pieces));
  CHECK(f.b->chamber().state == state);
  CHECK(f.b.fact("snapshot installed", "from") == "c");
}

TEST_CASE("state transfer: one that is frozen is left after two pulse time-outs") {
  Behind f;
  const auto frozen = f.b.take<FetchState>("a");
  f.b.wait(1'999'999);
  CHECK(f.b.count<FetchState>() == 0);
  f.b.wait(1);
  REQUIRE(f.b.count<FetchState>() == 1);
  f.b.reply(frozen, pieces_of(state_of(trimmed_log()), 1)[0]);  // too late, and nobody's answer any more
  CHECK(f.b->committed() == Promise{1, 0});
  CHECK(f.b.count<FetchState>() == 1);
}

TEST_CASE("state transfer: a snapshot that nobody holds any more is begun anew") {
  Behind f;
  const auto old = pieces_of(large_state(2), 1);
  REQUIRE(give(f.b, old));
  f.b.reply(f.b.take<FetchState>(), FetchedState{});
  const auto anew = f.b.take<FetchState>("a");
  CHECK(anew.message.at == Position{});
  CHECK(anew.message.piece == 0);
  const LogState state = state_of(trimmed_log());
  f.b.reply(anew, pieces_of(state, 1)[0]);
  CHECK(f.b->chamber().state == state);
}

TEST_CASE("state transfer: who has none at all ends it and others are asked what follows") {
  Behind f;
  f.b.reply(f.b.take<FetchState>(), FetchedState{});
  CHECK_FALSE(f.b->chamber().state_transfer->is_busy());
  f.b.wait_until([&] { return f.b.count<Fetch>() > 0; });
}

TEST_CASE("state transfer: an answer of another cookie is none") {  // section 9.8; planted bug e
  Behind f;
  const auto asked = f.b.take<FetchState>();
  f.b.reply_as(islander("a", 2), asked, pieces_of(state_of(trimmed_log()), 1)[0]);
  CHECK(f.b->committed() == Promise{1, 0});
}

TEST_CASE("state transfer: what is brought meanwhile ends it") {
  Behind f;
  const Scroll log = trimmed_log();
  const auto asked = f.b.take<FetchState>();
  f.b.ask<Received>(a, register_of(log, {1, 0}, 1, {log.at(), 1}));
  REQUIRE(f.b->committed() == Promise{1, 5});
  f.b.reply(asked, pieces_of(state_of(log), 1)[0]);
  CHECK_FALSE(f.b.told("snapshot installed"));
  CHECK(f.b.on_disk() == "1/3@1 1/4@1 1/5@1");
}

TEST_CASE("state transfer: a log that holds the point keeps what follows it and only commits") {  // 6 Snapshots
  Behind f;
  Scroll log = trimmed_log();
  log.append("not committed");
  f.b.ask<Received>(a, register_of(log, {1, 0}, 1));
  REQUIRE(give(f.b, pieces_of(state_of(trimmed_log()), 6)));
  CHECK(f.b->committed() == Promise{1, 5});
  CHECK(f.b->promised() == 6);
  CHECK(f.b.last() == log.at());
  CHECK(f.b.on_disk() == "1/3@1 1/4@1 1/5@1 1/6@1");
  CHECK_FALSE(f.b.told("snapshot installed"));
  CHECK(text_of(f.b.committed).starts_with("1/0@1 1/1@1"));  // and tells its host of each
}

TEST_CASE("state transfer: a log that does not hold the point is dropped whole") {  // 6 Snapshots
  for (const std::uint64_t longer : {std::uint64_t{0}, std::uint64_t{9}}) {
    CAPTURE(longer);
    Behind f;
    Scroll other = founded();
    other.append("never committed");
    other.govern(government(3, "a b", "c"), 2, 3);
    for (std::uint64_t i = 0; i < longer; ++i) other.append("nor that");
    f.b.ask<Received>(c, register_of(other, {1, 0}, 3));
    REQUIRE(f.b.last() == other.at());
    REQUIRE(give(f.b, pieces_of(state_of(trimmed_log()), 6)));
    CHECK(f.b.last() == Position{{1, 5}, 1});
    CHECK(f.b.on_disk().empty());
    f.b.restart();
    CHECK(f.b.last() == Position{{1, 5}, 1});
  }
}

TEST_CASE("state transfer: a diverging snapshot of a point that is held is a reason to stop") {
  Behind f;
  f.b.ask<Received>(a, register_of(trimmed_log(), {1, 0}, 1));
  LogState other = state_of(trimmed_log());
  other.chain.low ^= 1;
  give(f.b, pieces_of(other, 1));
  REQUIRE(f.b.halt.has_value());
  CHECK(f.b.halt->code == Errc::corrupt);
}

TEST_CASE("state transfer: a crash on the way begins anew and loses nothing") {
  Behind f;
  const LogState state = large_state(2);
  const auto pieces = pieces_of(state, 6);
  SUBCASE("before all pieces are there") {
    REQUIRE(give(f.b, pieces));
    f.b.restart();
  }
  SUBCASE("before it is written") {
    f.b.withhold_writes();
    while (give(f.b, pieces)) {
    }
    REQUIRE(f.b->committed() == Promise{1, 5});
    f.b.restart();
  }
  CHECK(f.b->committed() == Promise{1, 0});
  CHECK(f.b->promised() == 1);
  CHECK(f.b.on_disk() == "1/0@1");
  until_behind(f.b);
  while (give(f.b, pieces)) {
  }
  CHECK(f.b->chamber().state == state);
}

TEST_CASE("state transfer: no acknowledgement leaves before the snapshot under it is written") {  // section 2; a
  Behind f;
  f.b.withhold_writes();
  REQUIRE(give(f.b, pieces_of(state_of(trimmed_log()), 6)));
  Scroll log = trimmed_log();
  log.append("after");
  const RequestId id = f.b.request(c, register_of(log, {1, 5}, 6));
  CHECK_FALSE(f.b.answered(id));
  f.b.finish_write();
  CHECK_FALSE(f.b.answered(id));  // its own entry is in the next one
  f.b.finish_write();
  CHECK(f.b.answer<Received>(id).last == log.at());
}

TEST_CASE("state transfer: a candidate stops and a leader takes none") {
  Behind f;
  const LogState state = state_of(trimmed_log());
  SUBCASE("candidate") {
    const auto asked = f.b.take<FetchState>();
    static_cast<void>(until_prepare(f.b, "c"));
    REQUIRE(f.b->role() == Role::candidate);
    f.b->chamber().install(LogState(state), 1, "a");
    CHECK(f.b->role() == Role::recorder);
    CHECK(f.b->committed() == Promise{1, 5});
  }
  SUBCASE("leader") {
    lead(f.b, "c");
    const Position last = f.b.last();
    f.b->chamber().install(LogState(state), 1, "a");
    CHECK(f.b->role() == Role::leader);
    CHECK(f.b.last() == last);
  }
}

TEST_CASE("state transfer: the disk is not asked for what a snapshot takes the place of") {
  // It still holds it, until that is written: entries of which some were never committed.
  LoneIslander b("b");
  teach(b, founded(), 1);
  Scroll other = founded();
  for (const char* body : {"never", "committed"}) other.append(body);
  b.ask<Received>(a, register_of(other, {1, 0}, 1));
  b.reply(b.take<Synchronize>("c"), Synchronized{false, {other.at({1, 0}), 1}, {}});
  until_behind(b);
  b.withhold_writes();
  b.append("y");
  LogState state = state_of(trimmed_log());
  state.at.promise = {3, 5};  // beyond what the disk has
  REQUIRE(give(b, pieces_of(state, 6)));
  REQUIRE(b->committed() == Promise{3, 5});
  REQUIRE(b.on_disk() == "1/0@1 1/1@1 1/2@1");
  const auto fetched = b.ask<Fetched>(c, Fetch{other.at({1, 0}), end_of_time});
  CHECK_FALSE(fetched.held);
  CHECK(fetched.trimmed);
  CHECK(fetched.entries.empty());
  bool is_told = false;
  for (int i = 0; i < 10; ++i) {
    b.wait(100'000);
    for (int more = 0; more < 5 && b.count<Synchronize>("c") > 0; ++more) {
      const auto told = b.take<Synchronize>("c");
      is_told = is_told || told.message.previous == state.at;
      CHECK(told.message.entries.empty());
      b.reply(told, Synchronized{false, {other.at({1, 0}), 1}, {}});
    }
  }
  CHECK(is_told);
  b.release_writes();
  CHECK(b.on_disk().empty());
  CHECK(b.ask<Fetched>(c, Fetch{other.at({1, 0}), end_of_time}).trimmed);
}

TEST_CASE("state transfer: a newcomer of a trimmed island gets log state first") {
  LoneIslander d("d");
  d.input([](Legislator& l, Moment m) { l.join(m, {"http://a"}); });
  auto embark = d.take<Embark>();
  d.reply_as(a, embark, EmbarkAnswer{EmbarkAnswer::Verdict::welcome, republic, {"a", "http://a"}, ""});
  d.wait_until([&] { return d.count<Fetch>() > 0; });
  Fetched trimmed;
  trimmed.trimmed = true;
  const auto fetch = d.take<Fetch>();
  d.reply_as(a, fetch, trimmed);
  Scroll log = founded(government(3, "a b", "c", "d"));
  log.append("x");
  log.trim({{1, 1}, {1, 1}, 0, 0});
  const LogState state = state_of(log);
  const auto asked = d.take<FetchState>();
  d.reply_as(a, asked, pieces_of(state, 1)[0]);
  CHECK(d->role() == Role::recorder);
  CHECK(d->committed() == log.at().promise);
  CHECK(d->chamber().state == state);
}

// ---- Appends under it ----------------------------------------------------------------------------------------------

TEST_CASE("state transfer: what it hides of ours is unknown and what is after that goes on") {  // 3 Enqueue
  LoneIslander b("b");
  std::vector<std::uint64_t> tokens;
  for (int n = 1; n <= 9; ++n) tokens.push_back(b.append("n" + std::to_string(n)));
  teach(b, founded(), 1);
  REQUIRE(b.take<Forward>("a").message.appends.size() == 9);
  until_behind(b);
  const auto asked = b.take<FetchState>();
  b.reply(asked, pieces_of(state_of(trimmed_log()), 1)[0]);  // says that 7 was the newest of ours
  for (int n = 1; n <= 7; ++n) {
    REQUIRE(b.appended.contains(tokens[static_cast<std::size_t>(n) - 1]));
    CHECK(b.appended.at(tokens[static_cast<std::size_t>(n) - 1]).outcome == Outcome::unknown);
  }
  CHECK(b.appended.size() == 7);
  CHECK(b->queued() == 2);
  Scroll log = trimmed_log();
  log.append("n8", {"b", {1, 0}, 1, 8});
  b.ask<Received>(a, register_of(log, {1, 5}, 1, {log.at(), 1}));
  CHECK(b.appended.at(tokens[7]).outcome == Outcome::committed);
}

TEST_CASE(
    "state transfer: a candidate behind a trim fetches log state and does not choose from a tail that hangs in the "
    "air") {  // 4.3
  Scroll log = founded();
  log.append("x");
  log.trim({{1, 1}, {1, 1}, 0, 0});
  log.append("y");
  LoneIslander b("b");
  teach(b, founded(), 1);
  b.ask<CanvassAnswer>(c, Canvass{5, {}});
  REQUIRE(until_prepare(b, "c") == 6);
  const auto grant = [&](std::uint64_t ballot) {
    return Promised{true, ballot, {log.at({1, 2}), 1}, {}, log.at(), log.after({1, 2})};
  };
  Promised promised = grant(6);
  promised.tail.clear();
  b.reply(b.take<Prepare>("c"), promised);
  const auto fetch = b.take<Fetch>("c");
  Fetched trimmed;
  trimmed.trimmed = true;
  trimmed.committed = {log.at({1, 2}), 1};
  b.reply(fetch, trimmed);
  CHECK(b->role() == Role::recorder);
  CHECK(b.on_disk() == "1/0@1");
  const auto asked = b.take<FetchState>("c");
  LogState state;
  for (const EntryPtr& entry : log.after({}, {1, 2})) state.apply(*entry);
  b.reply(asked, pieces_of(state, 1)[0]);
  CHECK(b->committed() == Promise{1, 2});
  // And is elected then, with what is after it.
  b.forget_pulses();
  const std::uint64_t ballot = until_prepare(b, "c");
  promised = grant(ballot);
  b.reply(b.take<Prepare>("c"), promised);
  CHECK(b->role() == Role::leader);
  CHECK(b.on_disk() == "1/3@1 2/0@" + std::to_string(ballot));
}

}  // namespace
}  // namespace hansard
