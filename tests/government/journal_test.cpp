// tests/government/journal_test.cpp - what must be durable next, and who waits for it: examples, and random steps on a
// disk.
#include "government/journal.hpp"

#include "tests/government/lone_islander.hpp"

#include <doctest/doctest.h>

#include <map>
#include <string>
#include <vector>

namespace hansard {
namespace {

using tests::government;
using tests::Scroll;

Scroll example() {
  Scroll log;
  log.govern(government(3, "a b", "c"), 1, 1);
  log.append("one");
  log.append("two");
  log.append("three");
  return log;
}

void append_all(Journal& journal, const std::vector<EntryPtr>& entries) {
  for (const EntryPtr& entry : entries) journal.append(entry);
}

TEST_CASE("journal: what comes while a write is under way joins the next one") {  // 3 Pipelined: group commit
  const Scroll log = example();
  Journal journal;
  CHECK(journal.next({}, {}, false) == nullptr);  // nothing to write
  append_all(journal, log.after({}, {1, 1}));
  journal.promise(4);
  journal.note("republic", "x");
  const Write* first = journal.next(log.at({1, 1}), {}, false);
  REQUIRE(first != nullptr);
  CHECK(tests::text_of(first->entries) == "1/0@1 1/1@1");
  CHECK(first->promised == 4);
  CHECK(first->notes.at("republic") == "x");
  CHECK_FALSE(first->drop_after.has_value());

  append_all(journal, log.after({1, 1}));
  CHECK(journal.next(log.at(), {}, false) == nullptr);     // one at a time
  CHECK(tests::text_of(first->entries) == "1/0@1 1/1@1");  // and it is not changed meanwhile
  CHECK(journal.durable() == Position{});
  journal.done(1);
  CHECK(journal.durable() == log.at({1, 1}));
  CHECK(journal.durable_promised() == 4);
  const Write* second = journal.next(log.at(), {}, false);
  REQUIRE(second != nullptr);
  CHECK(second->id == 2);
  CHECK(tests::text_of(second->entries) == "1/2@1 1/3@1");
  CHECK_FALSE(second->promised.has_value());
  CHECK(second->notes.empty());
  journal.done(2);
  CHECK(journal.durable() == log.at());
  CHECK(journal.durable_promised() == 4);
  CHECK(journal.idle());
}

TEST_CASE("journal: a ticket names the write that holds all that was asked for so far") {  // section 8; a
  const Scroll log = example();
  Journal journal;
  CHECK(journal.is_durable(journal.ticket()));  // nothing was asked for
  append_all(journal, log.after({}, {1, 0}));
  const Ticket first = journal.ticket();
  CHECK_FALSE(journal.is_durable(first));
  REQUIRE(journal.next(log.at({1, 0}), {}, false) != nullptr);
  CHECK(journal.ticket() == first);  // it is under way
  CHECK_FALSE(journal.is_durable(first));
  journal.promise(2);
  const Ticket second = journal.ticket();
  CHECK(second > first);
  journal.done(1);
  CHECK(journal.is_durable(first));
  CHECK_FALSE(journal.is_durable(second));
  REQUIRE(journal.next(log.at({1, 0}), {}, false) != nullptr);
  journal.done(2);
  CHECK(journal.is_durable(second));
}

TEST_CASE("journal: committed goes along and is never written for its own sake") {  // section 2, written lazily; r
  const Scroll log = example();
  Journal journal;
  append_all(journal, log.after({}));
  const Committed none;
  CHECK_FALSE(journal.next(log.at(), none, false)->committed.has_value());
  journal.done(1);
  const Committed moved{log.at({1, 1}), 1};
  CHECK(journal.next(log.at(), moved, false) == nullptr);
  journal.promise(3);
  const Write* write = journal.next(log.at(), moved, false);
  REQUIRE(write != nullptr);
  CHECK(write->committed == moved);
  journal.done(2);
  journal.promise(4);
  CHECK_FALSE(journal.next(log.at(), moved, false)->committed.has_value());  // it is there already
  journal.done(3);
  CHECK(journal.next(log.at(), moved, true) == nullptr);
  const Committed further{log.at({1, 2}), 1};
  write = journal.next(log.at(), further, true);  // unless it is asked for
  REQUIRE(write != nullptr);
  CHECK(write->committed == further);
  CHECK(write->entries.empty());
}

TEST_CASE("journal: the highest promise is written") {
  Journal journal;
  journal.promise(7);
  journal.promise(5);
  CHECK(journal.next({}, {}, false)->promised == 7);
  journal.done(1);
  CHECK(journal.durable_promised() == 7);
}

TEST_CASE("journal: entries that no disk has seen are dropped without a trace") {
  const Scroll log = example();
  Journal journal;
  append_all(journal, log.after({}));
  journal.drop_after(log.at({1, 1}));
  const Write* write = journal.next(log.at({1, 1}), {}, false);
  REQUIRE(write != nullptr);
  CHECK_FALSE(write->drop_after.has_value());
  CHECK(tests::text_of(write->entries) == "1/0@1 1/1@1");
}

TEST_CASE(
    "journal: what the disk has or is about to have goes with the next write") {  // 3 Accepting, one durable write
  Scroll log = example();
  for (const bool under_way : {false, true}) {
    CAPTURE(under_way);
    Journal journal;
    append_all(journal, log.after({}));
    REQUIRE(journal.next(log.at(), {}, false) != nullptr);
    if (!under_way) journal.done(1);
    journal.drop_after(log.at({1, 2}));
    journal.drop_after(log.at({1, 1}));
    Scroll other;
    other.govern(government(3, "b c", "a"), 2, 2);
    journal.append(other.after({}).front());
    if (under_way) {
      CHECK(journal.durable() == Position{});
      journal.done(1);
    }
    // What is durable is only what is still of the log.
    CHECK(journal.durable() == log.at({1, 1}));
    const Write* write = journal.next(other.at(), {}, false);
    REQUIRE(write != nullptr);
    CHECK(write->drop_after == Promise{1, 1});
    CHECK(tests::text_of(write->entries) == "2/0@2");
    journal.done(2);
    CHECK(journal.durable() == other.at());
  }
}

TEST_CASE("journal: a write that somebody waits for is made though all of it was dropped again") {
  const Scroll log = example();
  Journal journal;
  append_all(journal, log.after({}, {1, 1}));
  REQUIRE(journal.next(log.at({1, 1}), {}, false) != nullptr);
  journal.done(1);
  append_all(journal, log.after({1, 1}));
  const Ticket ticket = journal.ticket();
  journal.drop_after(log.at({1, 1}));
  REQUIRE(journal.next(log.at({1, 1}), {}, false) != nullptr);
  journal.done(2);
  CHECK(journal.is_durable(ticket));
}

TEST_CASE("journal: a note replaces the one before it") {
  Journal journal;
  journal.note("founder", "a");
  journal.note("founder", "b");
  journal.note("checkpoint", "c");
  const Write* write = journal.next({}, {}, false);
  REQUIRE(write != nullptr);
  CHECK(write->notes.at("founder") == "b");
  CHECK(write->notes.size() == 2);
}

TEST_CASE("journal: a log that begins elsewhere takes the place of all that was pending and of the disk") {  // 6
  const Scroll log = example();
  Journal journal;
  append_all(journal, log.after({}, {1, 1}));
  REQUIRE(journal.next(log.at({1, 1}), {}, false) != nullptr);
  append_all(journal, log.after({1, 1}));
  journal.trim({1, 1});
  journal.note("checkpoint", "x");
  journal.promise(7);
  const Ticket waits = journal.ticket();
  const Position at{{5, 3}, 4};
  journal.restart_after(at);
  CHECK_FALSE(journal.is_durable(waits));
  journal.done(1);
  CHECK(journal.durable() == Position{});  // what that wrote is no part of the log any more
  const Write* write = journal.next(at, {at, 9}, false);
  REQUIRE(write != nullptr);
  CHECK(write->restart_after == at.promise);
  CHECK(write->entries.empty());
  CHECK_FALSE(write->drop_after.has_value());
  CHECK_FALSE(write->trim_before.has_value());
  CHECK(write->promised == 7);
  CHECK(write->notes.at("checkpoint") == "x");
  CHECK(write->committed == Committed{at, 9});
  journal.done(2);
  CHECK(journal.durable() == at);
  CHECK(journal.is_durable(waits));
  CHECK(journal.idle());
}

TEST_CASE("journal: what follows the new beginning goes with it and may be dropped again") {
  Journal journal;
  journal.begin(example().at(), 1, {});
  const Position at{{5, 3}, 4};
  journal.restart_after(at);
  tests::ChainOfEntries chain{at};
  const EntryPtr one = chain.append({"one"});
  const EntryPtr two = chain.append({"two"});
  journal.append(one);
  journal.append(two);
  journal.drop_after(one->position());
  const Write* write = journal.next(one->position(), {}, false);
  REQUIRE(write != nullptr);
  CHECK(write->restart_after == at.promise);
  CHECK(tests::text_of(write->entries) == "5/4@4");
  CHECK_FALSE(write->drop_after.has_value());
  journal.drop_after(at);  // while it is under way
  journal.done(1);
  CHECK(journal.durable() == at);
  write = journal.next(at, {}, false);
  REQUIRE(write != nullptr);
  CHECK(write->drop_after == at.promise);
  CHECK_FALSE(write->restart_after.has_value());
  journal.done(2);
  CHECK(journal.durable() == at);
  // A second snapshot before the first is written.
  journal.restart_after({{6, 0}, 5});
  journal.restart_after({{7, 0}, 6});
  write = journal.next({{7, 0}, 6}, {}, false);
  REQUIRE(write != nullptr);
  CHECK(write->restart_after == Promise{7, 0});
}

TEST_CASE("journal: the greatest trim is written once") {
  Journal journal;
  journal.begin(example().at(), 1, {});
  journal.trim({1, 2});
  journal.trim({1, 1});
  const Write* write = journal.next(example().at(), {}, false);
  REQUIRE(write != nullptr);
  CHECK(write->trim_before == Promise{1, 2});
  journal.done(1);
  CHECK(journal.next(example().at(), {}, false) == nullptr);
}

TEST_CASE("journal: random steps keep the disk a part of the log and every ticket true") {  // a r
  int drops = 0;
  int overlapping = 0;
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    CAPTURE(seed);
    Random random{{31, 32}, seed};
    MemoryDisk disk;
    auto store = disk.open("a", tests::cookie_of("a"));
    REQUIRE(store.has_value());
    Journal journal;
    std::vector<Scroll> states{Scroll{}};  // states[n]: the log of n entries
    std::size_t committed = 0;
    std::uint64_t promised = 0;
    std::uint64_t ballot = 0;
    const Write* under_way = nullptr;
    Ticket newest = 0;
    struct Asked {
      std::uint64_t promised;
      std::string log;  // as it was when the ticket was drawn
    };
    std::map<Ticket, Asked> asked;  // the last of each ticket
    for (int step = 0; step < 80; ++step) {
      const std::uint64_t what = random.below(12);
      if (what < 4) {
        Scroll now = states.back();
        if (states.size() == 1 || random.below(4) == 0) {
          // One promise may come back under another ballot.
          now.govern(government(3, "a b", "c"), now.at().promise.government + 1, ++ballot);
        } else {
          now.append("x");
        }
        journal.append(now.after(states.back().at().promise).front());
        states.push_back(now);
      } else if (what < 6) {
        const std::size_t keep = committed + random.below(states.size() - committed);
        if (keep + 1 < states.size()) {
          states.resize(keep + 1);
          journal.drop_after(states.back().at());
          ++drops;
          overlapping += under_way != nullptr ? 1 : 0;
        }
      } else if (what < 7) {
        promised += 1 + random.below(3);
        journal.promise(promised);
      } else if (what < 8) {
        committed += random.below(states.size() - committed);
      } else if (under_way == nullptr) {
        under_way = journal.next(states.back().at(), {states[committed].at(), promised}, random.below(4) == 0);
        if (under_way != nullptr && under_way->committed) {
          // Never ahead of what this or an earlier write holds.
          CHECK(under_way->committed->position.promise <= states.back().at().promise);
        }
      } else {
        REQUIRE((*store)->write(*under_way).has_value());
        const std::uint64_t id = under_way->id;
        journal.done(id);
        under_way = nullptr;
        auto entries = (*store)->read({}, tests::end_of_time, 1 << 30, 100'000);
        REQUIRE(entries.has_value());
        const std::string on_disk = tests::text_of(*entries);
        if (const auto was = asked.find(id); was != asked.end()) {
          CHECK(journal.durable_promised() >= was->second.promised);
          // All that was in the log when the ticket was drawn is there, unless it was dropped since.
          if (states.back().text().starts_with(was->second.log)) CHECK(on_disk.starts_with(was->second.log));
        }
        // What counts as durable is on the disk and of the log.
        const std::string durable = tests::text_of(states.back().after({}, journal.durable().promise));
        CHECK(states.back().at(journal.durable().promise) == journal.durable());
        CHECK(on_disk.starts_with(durable));
      }
      const Ticket ticket = journal.ticket();
      CHECK(ticket >= newest);
      newest = ticket;
      if (journal.is_durable(ticket)) {
        CHECK(journal.durable() == states.back().at());
        CHECK(journal.durable_promised() == promised);
      } else {
        asked[ticket] = {promised, states.back().text()};
      }
    }
  }
  CHECK(drops > 500);
  CHECK(overlapping > 100);
}

}  // namespace
}  // namespace hansard
