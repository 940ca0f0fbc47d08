// tests/sdk/log_reader_test.cpp - committed entries from memory and disk, where the two meet.
#include "sdk/log_reader.hpp"

#include "log/memory_store.hpp"
#include "tests/government/values.hpp"

#include <boost/asio/io_context.hpp>
#include <doctest/doctest.h>

#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace hansard {
namespace {

using tests::ChainOfEntries;

TEST_CASE("log reader: who joined a trimmed log by a snapshot finds from 0/0 what memory holds") {
  ChainOfEntries log;
  log.govern(tests::government(1, "a"), {1, 0}, 1);
  log.append({"trimmed"});
  const EntryPtr kept = log.append({"kept"});
  const EntryPtr next = log.append({"next"});

  MemoryDisk disk;
  auto store = disk.open("b", tests::cookie_of("b"));
  REQUIRE(store);
  Write write;
  write.restart_after = kept->previous().promise;
  write.entries = {kept, next};
  REQUIRE((*store)->write(write));

  Tail tail(std::size_t{1} << 20U);
  tail.begin({});
  tail.durable(next->last());
  tail.push(kept);
  tail.push(next);
  REQUIRE(tail.begins_after() == kept->previous().promise);

  boost::asio::io_context io;
  Disk worker(io, std::move(*store), DiskSettings{}, {[](std::uint64_t) {}, [](const Error&) {}});
  LogReader reader(io, tail, &worker);
  const auto read = [&](Promise after) {
    std::optional<Result<std::vector<EntryPtr>>> got;
    reader.read(after, 1'000, 10, [&](Result<std::vector<EntryPtr>> found) { got = std::move(found); });
    io.restart();
    io.run();
    REQUIRE(got);
    return *got;
  };
  const auto all = read({});
  REQUIRE(all);
  REQUIRE(all->size() == 2);
  CHECK(all->front()->last() == kept->last());
  CHECK(read({1, 0}).error().code == Errc::trimmed);  // what it held is gone, and that is said

  // The same while what was not trimmed is still on its way here.
  LogReader incomplete(io, tail, &worker, kept->previous().promise);
  std::optional<Error> error;
  const auto error_of = [&](const auto& ask) {
    error.reset();
    ask();
    io.restart();
    io.run();
    return error ? std::optional(error->code) : std::nullopt;
  };
  const ReadHandler handler = [&](Result<std::vector<EntryPtr>> found) {
    if (!found) error = found.error();
  };
  const auto one = [&](Result<EntryPtr> found) {
    if (!found) error = found.error();
  };
  for (const Promise after : {Promise{}, Promise{1, 0}}) {
    CHECK(error_of([&] { incomplete.read(after, 1'000, 10, handler); }) == Errc::behind);
    CHECK_FALSE(incomplete.read_held(after, 1'000, 10));
  }
  CHECK_FALSE(error_of([&] { incomplete.read({1, 1}, 1'000, 10, handler); }));
  CHECK(incomplete.read_held({1, 1}, 1'000, 10)->size() == 2);
  CHECK_FALSE(error_of([&] { incomplete.read_last(2, "", 1'000, handler); }));
  CHECK(error_of([&] { incomplete.read_last(3, "", 1'000, handler); }) == Errc::behind);
  CHECK(error_of([&] { incomplete.find({1, 1}, one); }) == Errc::behind);
  CHECK_FALSE(error_of([&] { incomplete.find({1, 2}, one); }));
}

}  // namespace
}  // namespace hansard
