// What log/store.hpp promises, held against every Store there is.
#include "log/store.hpp"

#include "tests/log/disks.hpp"
#include "tests/log/model.hpp"
#include "tests/log/samples.hpp"

#include <doctest/doctest.h>

#include <algorithm>

namespace hansard {
namespace {

using samples::bytes_of;
using samples::end;
using samples::Model;
using samples::plenty;
using samples::Random;
using samples::Tail;

TEST_CASE("store: a new one is empty and counts its starts") {
  on_every_disk([](Disk& disk) {
    for (std::uint64_t start = 1; start <= 3; ++start) {
      auto opened = disk.open("a", {start, 7});
      REQUIRE(opened);
      const Recovered& found = (*opened)->recovered();
      CHECK(found.identity.id == "a");
      CHECK(found.identity.cookie == Cookie{1, 7});
      CHECK(found.identity.start == start);
      CHECK(found.promised == 0);
      CHECK(found.committed == Committed{});
      CHECK(found.first.is_zero());
      CHECK(found.last == Position{});
      CHECK(found.notes.empty());
      CHECK(found.remarks.empty());
      CHECK(must_read(**opened).empty());
      CHECK(error_of((*opened)->find({1, 0})) == Errc::not_found);
      CHECK((*opened)->read_last(end, 5, "", plenty)->empty());
    }
  });
}

TEST_CASE("store: refuses a second store and another id and an id that is no name") {
  on_every_disk([](Disk& disk) {
    {
      const auto store = disk.open();
      CHECK(error_of(disk.open("a", {})) == Errc::in_use);
    }
    CHECK(error_of(disk.open("b", {})) == Errc::wrong_identity);
    CHECK(error_of(disk.open("A b", {})) == Errc::invalid);
    CHECK(disk.open()->recovered().identity.start == 2);
  });
}

TEST_CASE("store: what was written is read and is there after opening again") {
  on_every_disk([](Disk& disk) {
    Tail tail;
    const auto entries = small_log(tail);
    {
      const auto store = disk.open();
      Write write = appending(entries);
      write.promised = 9;
      write.committed = Committed{{{1, 4}, 1}, 2};
      write.notes = {{"republic", "r"}, {"founder", "f"}};
      must_write(*store, write);
      CHECK(bytes_of(must_read(*store)) == bytes_of(entries));
      CHECK(store->figures().groups == 1);
      CHECK(store->figures().bytes > 0);
      CHECK(store->figures().disk_bytes > 0);
    }
    const auto store = disk.open();
    const Recovered& found = store->recovered();
    CHECK(found.promised == 9);
    CHECK(found.committed == Committed{{{1, 4}, 1}, 2});
    CHECK(found.first == Promise{1, 0});
    CHECK(found.last == tail.last);
    CHECK(found.notes.at("republic") == "r");
    CHECK(found.notes.size() == 2);
    CHECK(bytes_of(must_read(*store)) == bytes_of(entries));
  });
}

TEST_CASE("store: reads begin after and end with what was asked") {
  on_every_disk([](Disk& disk) {
    Tail tail;
    const auto entries = small_log(tail);
    const auto store = disk.open();
    must_write(*store, appending(entries));
    const auto count = [&](Promise after, Promise upto) { return must_read(*store, after, upto).size(); };
    CHECK(count({}, {1, 0}) == 1);
    CHECK(count({1, 0}, end) == 5);
    CHECK(count({1, 1}, end) == 4);
    CHECK(count({1, 3}, end) == 4);  // A batch that straddles is whole.
    CHECK(must_read(*store, {1, 3}).front()->first() == Promise{1, 2});
    CHECK(count({1, 4}, end) == 3);
    CHECK(count({1, 99}, end) == 3);  // No entry bears it; the next ones come.
    CHECK(count({2, 2}, end) == 0);
    CHECK(count({9, 9}, end) == 0);
    CHECK(count({1, 1}, {1, 1}) == 0);
    CHECK(count({}, {1, 2}) == 3);
    CHECK(count({}, {1, 3}) == 3);
    CHECK(count({}, {1, 99}) == 3);

    const std::size_t two = entries[0]->bytes().size() + entries[1]->bytes().size();
    CHECK(must_read(*store, {}, end, two).size() == 2);
    CHECK(must_read(*store, {}, end, two - 1).size() == 1);
    CHECK(must_read(*store, {}, end, 0).size() == 1);  // At least one.
    CHECK(must_read(*store, {}, end, plenty, 4).size() == 4);
    CHECK(must_read(*store, {}, end, plenty, 0).size() == 1);
  });
}

TEST_CASE("store: finds the entry that holds a promise") {
  on_every_disk([](Disk& disk) {
    Tail tail;
    const auto store = disk.open();
    must_write(*store, appending(small_log(tail)));
    const auto found = [&](Promise promise) { return (*store->find(promise))->first(); };
    CHECK(found({1, 0}) == Promise{1, 0});
    CHECK(found({1, 2}) == Promise{1, 2});
    CHECK(found({1, 3}) == Promise{1, 2});
    CHECK(found({1, 4}) == Promise{1, 2});
    CHECK(found({2, 2}) == Promise{2, 2});
    for (const Promise promise :
         {Promise{}, Promise{0, 5}, Promise{1, 5}, Promise{1, 99}, Promise{2, 3}, Promise{7, 0}}) {
      CAPTURE(to_string(promise));
      CHECK(error_of(store->find(promise)) == Errc::not_found);
    }
  });
}

TEST_CASE("store: the last so many items of a channel are found from the end") {
  on_every_disk([](Disk& disk) {
    Tail tail;
    const auto store = disk.open();
    const auto entries = small_log(tail);
    must_write(*store, appending(entries));
    const auto last = [&](Promise upto, std::size_t items, std::string_view channel, std::size_t bytes_max = plenty) {
      auto read = store->read_last(upto, items, channel, bytes_max);
      if (!read) FAIL(read.error().what);
      std::string promises;
      for (const EntryPtr& entry : *read) promises += to_string(entry->first()) + ' ';
      return promises;
    };
    CHECK(last(end, 0, "").empty());
    CHECK(last(end, 1, "") == "2/2 ");
    CHECK(last(end, 2, "") == "2/1 2/2 ");
    CHECK(last(end, 3, "") == "1/2 2/1 2/2 ");  // No governments; a batch whole.
    CHECK(last(end, 5, "") == "1/2 2/1 2/2 ");
    CHECK(last(end, 6, "") == "1/1 1/2 2/1 2/2 ");
    CHECK(last(end, 999, "") == "1/1 1/2 2/1 2/2 ");
    CHECK(last(end, 2, "red") == "1/2 2/2 ");
    CHECK(last(end, 9, "blue") == "2/1 ");
    CHECK(last(end, 9, "green").empty());
    CHECK(last({2, 1}, 1, "") == "2/1 ");
    CHECK(last({2, 0}, 1, "") == "1/2 ");
    CHECK(last({1, 3}, 1, "") == "1/2 ");
    CHECK(last({1, 1}, 9, "") == "1/1 ");
    CHECK(last({0, 9}, 9, "").empty());
    CHECK(last(end, 9, "", entries[5]->bytes().size() + entries[4]->bytes().size()) == "2/1 2/2 ");
    CHECK(last(end, 9, "", 1) == "2/2 ");
  });
}

TEST_CASE("store: a dropped tail gives way to another") {
  on_every_disk([](Disk& disk) {
    Tail tail;
    auto store = disk.open();
    const auto entries = small_log(tail);
    must_write(*store, appending(entries));
    Tail other;
    other.last = entries[2]->position();
    other.chain = entries[2]->chain();
    other.ballot = 5;
    Write write = appending({other.append({1, 5}, "other"), other.append("more")});
    write.drop_after = Promise{1, 4};
    must_write(*store, write);
    const auto check = [&] {
      const auto read = must_read(*store);
      REQUIRE(read.size() == 5);
      CHECK(read[2]->bytes() == entries[2]->bytes());
      CHECK(read[3]->body() == "other");
      CHECK(read[4]->position() == Position{{1, 6}, 5});
      CHECK(error_of(store->find({2, 0})) == Errc::not_found);
    };
    check();
    store.reset();
    store = disk.open();
    CHECK(store->recovered().last == Position{{1, 6}, 5});
    check();
  });
}

TEST_CASE("store: a drop that names no entry drops what is above it") {
  on_every_disk([](Disk& disk) {
    Tail tail;
    const auto store = disk.open();
    must_write(*store, appending(small_log(tail)));
    Write write;
    write.drop_after = Promise{1, 99};
    must_write(*store, write);
    CHECK(must_read(*store).size() == 3);
    must_write(*store, write);  // Again: nothing is above it.
    CHECK(must_read(*store).size() == 3);
    write.drop_after = Promise{};
    must_write(*store, write);
    CHECK(must_read(*store).empty());
  });
}

TEST_CASE("store: a write that does not continue the log is invalid and changes nothing") {
  on_every_disk([](Disk& disk) {
    Tail tail;
    auto store = disk.open();
    const auto entries = small_log(tail);
    must_write(*store, appending(entries));
    Tail ahead = tail;
    static_cast<void>(ahead.append("skipped"));
    CHECK(error_of(store->write(appending({ahead.append("too far")}))) == Errc::invalid);
    CHECK(error_of(store->write(appending({entries[5]}))) == Errc::invalid);
    Write inside;
    inside.drop_after = Promise{1, 3};
    CHECK(error_of(store->write(inside)) == Errc::invalid);
    Tail first = tail;
    const EntryPtr next = first.append("next");
    Tail second = ahead;
    CHECK(error_of(store->write(appending({next, second.append("gap")}))) == Errc::invalid);
    CHECK(bytes_of(must_read(*store)) == bytes_of(entries));
    must_write(*store, appending({next}));  // The store goes on.
    store.reset();
    CHECK(must_read(*disk.open()).size() == 7);
  });
}

TEST_CASE("store: what was trimmed is gone and said to be") {
  on_every_disk([](Disk& disk) {
    Tail tail;
    auto store = disk.open();
    must_write(*store, appending(small_log(tail)));
    Write write;
    write.trim_before = Promise{1, 3};  // Inside the batch: it stays.
    must_write(*store, write);
    const auto check = [&] {
      CHECK(must_read(*store).front()->first() == Promise{1, 2});
      CHECK(must_read(*store).size() == 4);
      CHECK(must_read(*store, {1, 1}).size() == 4);  // Nothing between 1/1 and the oldest is missing.
      CHECK(error_of(store->read({1, 0}, end, plenty, plenty)) == Errc::trimmed);
      CHECK(error_of(store->find({1, 1})) == Errc::trimmed);
      CHECK(error_of(store->find({1, 0})) == Errc::trimmed);
      CHECK((*store->find({1, 2}))->count() == 3);
      CHECK(store->read_last(end, 99, "", plenty)->size() == 3);
    };
    check();
    store.reset();
    store = disk.open();
    CHECK(store->recovered().first == Promise{1, 2});
    check();
    write.trim_before = Promise{1, 0};  // Less than before: nothing happens.
    must_write(*store, write);
    check();
  });
}

TEST_CASE("store: a log may be trimmed to nothing and go on") {
  on_every_disk([](Disk& disk) {
    Tail tail;
    auto store = disk.open();
    must_write(*store, appending(small_log(tail)));
    Write write;
    write.trim_before = Promise{9, 0};  // Above what comes next, too.
    must_write(*store, write);
    for (int i = 0; i < 2; ++i) {
      CHECK(must_read(*store).empty());
      CHECK(must_read(*store, {2, 2}).empty());
      CHECK(error_of(store->read({2, 1}, end, plenty, plenty)) == Errc::trimmed);
      CHECK(error_of(store->find({2, 2})) == Errc::trimmed);
      CHECK(error_of(store->find({2, 3})) == Errc::not_found);
      store.reset();
      store = disk.open();
      CHECK(store->recovered().first.is_zero());
      CHECK(store->recovered().last == Position{});
    }
    const EntryPtr next = tail.append("next");
    must_write(*store, appending({next}));
    store.reset();
    store = disk.open();
    CHECK(store->recovered().first == next->first());
    CHECK(bytes_of(must_read(*store, {2, 2})) == bytes_of({next}));
    CHECK(error_of(store->read({2, 1}, end, plenty, plenty)) == Errc::trimmed);
  });
}

TEST_CASE("store: a snapshot replaces the log with one that begins elsewhere") {
  on_every_disk([](Disk& disk) {
    for (const Promise at : {Promise{7, 30}, Promise{1, 3}}) {  // Ahead of what was held; and behind its end.
      auto store = disk.open();
      Write wipe;
      wipe.drop_after = Promise{};
      must_write(*store, wipe);
      Tail tail;
      must_write(*store, appending(small_log(tail)));
      Tail after_snapshot;
      after_snapshot.last = {at, 1};
      const EntryPtr next = after_snapshot.append({at.government, at.entry + 1}, "next");
      Write write = appending({next});
      write.drop_after = Promise{};
      write.committed = Committed{{at, 1}, 1};
      must_write(*store, write);
      CHECK(bytes_of(must_read(*store)) == bytes_of({next}));
      store.reset();
      store = disk.open();
      CHECK(bytes_of(must_read(*store)) == bytes_of({next}));
      CHECK(store->recovered().committed.position.promise == at);
      CHECK(error_of(store->find({1, 1})) == Errc::trimmed);
      CHECK(bytes_of(must_read(*store, at)) == bytes_of({next}));
    }
  });
}

TEST_CASE("store: a log that is begun anew holds nothing and goes on after that") {  // protocol 6, Snapshots
  on_every_disk([](Disk& disk) {
    // Ahead of what was held; behind its end; behind its beginning; in the middle of what was a batch.
    for (const Promise at : {Promise{7, 30}, Promise{2, 1}, Promise{0, 5}, Promise{1, 3}}) {
      CAPTURE(to_string(at));
      auto store = disk.open();
      Write wipe;
      wipe.drop_after = Promise{};
      must_write(*store, wipe);
      Tail tail;
      must_write(*store, appending(small_log(tail)));
      Write write;
      write.restart_after = at;
      write.committed = Committed{{at, 1}, 4};
      write.promised = 4;
      write.notes = {{"checkpoint", "x"}};
      must_write(*store, write);
      const auto check = [&] {
        CHECK(must_read(*store).empty());
        CHECK(must_read(*store, at).empty());
        CHECK(must_read(*store, {9, 9}).empty());
        const Promise before{at.government, at.entry - 1};
        CHECK(error_of(store->read(before, end, plenty, plenty)) == Errc::trimmed);
        CHECK(error_of(store->find(at)) == Errc::trimmed);
        CHECK(error_of(store->find({at.government, at.entry + 1})) == Errc::not_found);
        CHECK(store->read_last(end, 9, "", plenty)->empty());
      };
      check();
      store.reset();
      store = disk.open();
      CHECK(store->recovered().first.is_zero());
      CHECK(store->recovered().last == Position{});
      CHECK(store->recovered().committed == *write.committed);
      CHECK(store->recovered().promised == 4);
      CHECK(store->recovered().notes.at("checkpoint") == "x");
      check();
      Tail after_snapshot;
      after_snapshot.last = {at, 1};
      const EntryPtr next = after_snapshot.append({at.government, at.entry + 1}, "next");
      const EntryPtr more = after_snapshot.append("more");
      must_write(*store, appending({next, more}));
      for (int i = 0; i < 2; ++i) {
        CHECK(bytes_of(must_read(*store)) == bytes_of({next, more}));
        CHECK(bytes_of(must_read(*store, at)) == bytes_of({next, more}));
        CHECK(error_of(store->find(at)) == Errc::trimmed);
        CHECK(bytes_of(*store->read_last(end, 9, "", plenty)) == bytes_of({next, more}));
        store.reset();
        store = disk.open();
      }
      Write trim;
      trim.trim_before = more->first();
      must_write(*store, trim);
      for (int i = 0; i < 2; ++i) {
        CHECK(bytes_of(must_read(*store)) == bytes_of({more}));
        CHECK(error_of(store->read(at, end, plenty, plenty)) == Errc::trimmed);
        CHECK(store->recovered().committed == *write.committed);
        store.reset();
        store = disk.open();
      }
    }
  });
}

TEST_CASE("store: a log is begun anew with entries in one write and again and after a trim") {
  on_every_disk([](Disk& disk) {
    auto store = disk.open();
    Tail tail;
    must_write(*store, appending(small_log(tail)));
    Write trim;
    trim.trim_before = Promise{2, 1};
    must_write(*store, trim);
    for (const Promise at : {Promise{5, 5}, Promise{3, 1}, Promise{1, 1}, Promise{8, 0}}) {
      CAPTURE(to_string(at));
      Tail after_snapshot;
      after_snapshot.last = {at, 1};
      const EntryPtr next = after_snapshot.append({at.government, at.entry + 1}, "next");
      const EntryPtr more = after_snapshot.append("more");
      Write write = appending({next, more});
      write.restart_after = at;
      must_write(*store, write);
      for (int i = 0; i < 2; ++i) {
        CHECK(bytes_of(must_read(*store)) == bytes_of({next, more}));
        CHECK(store->recovered().last == (i == 0 ? store->recovered().last : more->position()));
        CHECK(error_of(store->find(at)) == Errc::trimmed);
        store.reset();
        store = disk.open();
      }
      Write both = appending({after_snapshot.append("third")});
      both.restart_after.reset();
      both.trim_before = more->first();
      must_write(*store, both);
      CHECK(must_read(*store).size() == 2);
    }
  });
}

TEST_CASE("store: what a snapshot left out is put before what is held") {
  on_every_disk([](Disk& disk) {
    auto store = disk.open();
    Tail tail;
    const auto left_out = small_log(tail);
    const auto some = [&](std::size_t from, std::size_t upto) {
      const auto at = [&](std::size_t i) { return left_out.begin() + static_cast<std::ptrdiff_t>(i); };
      return std::vector<EntryPtr>(at(from), at(upto));
    };
    const std::size_t size = left_out.size();
    Write write;
    write.restart_after = tail.last.promise;
    must_write(*store, write);
    Write older;
    older.older = some(size - 2, size - 1);  // not up to where the log begins
    CHECK(error_of(store->write(older)) == Errc::invalid);
    older.older = some(size - 1, size);
    must_write(*store, older);
    CHECK(bytes_of(must_read(*store)) == bytes_of(some(size - 1, size)));
    Write both = appending({tail.append("next")});
    both.older = some(size - 3, size - 1);
    must_write(*store, both);
    for (int i = 0; i < 2; ++i) {
      const auto held = must_read(*store);
      CHECK(held.size() == 4);
      CHECK(bytes_of(must_read(*store, left_out[size - 4]->last())) == bytes_of(held));
      CHECK(error_of(store->read(left_out[0]->last(), end, plenty, plenty)) == Errc::trimmed);
      store.reset();
      store = disk.open();
      CHECK(store->recovered().first == left_out[size - 3]->first());
    }
    older.older = some(size - 5, size - 4);  // a gap
    // With a trim in the same write that takes some of it at once.
    older.older = some(0, size - 3);
    older.trim_before = left_out[1]->first();
    must_write(*store, older);
    for (int i = 0; i < 2; ++i) {
      CHECK(must_read(*store).size() == size);
      CHECK(error_of(store->find(left_out[0]->last())) == Errc::trimmed);
      store.reset();
      store = disk.open();
    }
  });
}

TEST_CASE("store: entries that do not follow each other begin no log anew") {
  on_every_disk([](Disk& disk) {
    Tail tail;
    const auto store = disk.open();
    const auto entries = small_log(tail);
    must_write(*store, appending(entries));
    Tail ahead;
    ahead.last = {{7, 1}, 1};
    const EntryPtr next = ahead.append("next");
    static_cast<void>(ahead.append("skipped"));
    Write write = appending({next, ahead.append("gap")});
    write.restart_after = Promise{7, 1};
    CHECK(error_of(store->write(write)) == Errc::invalid);
    CHECK(bytes_of(must_read(*store)) == bytes_of(entries));
  });
}

TEST_CASE("store: trimming and appending in one write keeps what is not before the trim") {
  on_every_disk([](Disk& disk) {
    Tail tail;
    auto store = disk.open();
    must_write(*store, appending(small_log(tail)));
    Write write = appending({tail.append("seven"), tail.append("eight"), tail.append("nine")});
    write.trim_before = Promise{2, 4};
    must_write(*store, write);
    for (int i = 0; i < 2; ++i) {
      const auto read = must_read(*store);
      REQUIRE(read.size() == 2);
      CHECK(read[0]->first() == Promise{2, 4});
      store.reset();
      store = disk.open();
    }
  });
}

TEST_CASE("store: committed is kept through appends and drops and trims") {
  on_every_disk([](Disk& disk) {
    Tail tail;
    auto store = disk.open();
    Write write;
    const auto reopened = [&] {
      store.reset();
      store = disk.open();
      return store->recovered().committed;
    };
    write.committed = Committed{{{0, 7}, 1}, 1};  // In an empty log: a snapshot's point.
    must_write(*store, write);
    CHECK(reopened() == *write.committed);

    must_write(*store, appending(small_log(tail)));
    CHECK(reopened() == *write.committed);  // Nothing newer was said.
    Write newer;
    newer.committed = Committed{{{1, 4}, 1}, 3};
    must_write(*store, newer);
    CHECK(reopened() == *newer.committed);
    must_write(*store, appending({tail.append("seven")}));
    CHECK(reopened() == *newer.committed);

    Write drop;
    drop.drop_after = Promise{2, 0};
    must_write(*store, drop);
    CHECK(reopened() == *newer.committed);
    Write trim;
    trim.trim_before = Promise{2, 0};
    must_write(*store, trim);
    CHECK(reopened() == *newer.committed);
    trim.trim_before = Promise{3, 0};
    must_write(*store, trim);
    CHECK(reopened() == *newer.committed);
  });
}

TEST_CASE("store: a note is replaced by name and removed by an empty value") {
  on_every_disk([](Disk& disk) {
    auto store = disk.open();
    Write write;
    write.notes = {{"a", "1"}, {"b", std::string("\0\xff", 2)}, {"c", "3"}};
    must_write(*store, write);
    write.notes = {{"a", "2"}, {"c", ""}, {"d", ""}};
    write.promised = 4;
    must_write(*store, write);
    store.reset();
    store = disk.open();
    CHECK(store->recovered().notes.size() == 2);
    CHECK(store->recovered().notes.at("a") == "2");
    CHECK(store->recovered().notes.at("b") == std::string("\0\xff", 2));
    CHECK(store->recovered().promised == 4);
  });
}

TEST_CASE("store: random writes give what a naive store gives") {
  for (const NamedDisk& named : all_disks()) {
    CAPTURE(named.name);
    const bool is_slow = std::string(named.name) == "leveldb";
    for (std::uint64_t seed = 1; seed <= (is_slow ? 2 : 30); ++seed) {
      CAPTURE(seed);
      Random random(seed);
      const auto disk = named.make();
      auto store = disk->open();
      Model model;
      Tail tail;
      for (int step = 0; step < 60; ++step) {
        CAPTURE(step);
        const Write write = random_write(random, model, tail);
        must_write(*store, write);
        model.apply(write);
        if (samples::below(random, 3) == 0) {
          store.reset();
          store = disk->open();
          CHECK(store->recovered().committed == model.committed);
          CHECK(store->recovered().first == (model.log.empty() ? Promise{} : model.log.front()->first()));
          CHECK(store->recovered().last == (model.log.empty() ? Position{} : model.log.back()->position()));
        }
        const Promise after{samples::below(random, tail.last.promise.government + 1), samples::below(random, 20)};
        const Promise upto{samples::below(random, tail.last.promise.government + 2), samples::below(random, 20)};
        for (const auto& [from, to] : {std::pair{Promise{}, end}, std::pair{after, upto}, std::pair{after, end}}) {
          const auto expected = model.read(from, to);
          const auto read = store->read(from, to, plenty, plenty);
          REQUIRE(read.has_value() == expected.has_value());
          if (read) {
            CHECK(bytes_of(*read) == *expected);
          } else {
            CHECK(read.error().code == Errc::trimmed);
          }
        }
        const std::size_t some = samples::below(random, 2) == 0 ? plenty : samples::below(random, 300);
        const auto back = store->read_back(after, upto, some);
        REQUIRE(back.has_value());
        CHECK(bytes_of(*back) == model.read_back(after, upto, some));
        const auto found = store->find(upto);
        const auto holds = [&](const EntryPtr& e) { return e->first() <= upto && upto <= e->last(); };
        CHECK(found.has_value() == std::any_of(model.log.begin(), model.log.end(), holds));
      }
    }
  }
}

}  // namespace
}  // namespace hansard
