// tests/government/trace_test.cpp - every input and output as bytes and back; bad bytes.
#include "government/trace.hpp"

#include "tests/government/messages.hpp"

#include <doctest/doctest.h>

#include <limits>

namespace hansard::tests {
namespace {

Moment random_moment(Random& random) {
  const Tick now = random.next64() >> random.below(64);
  return {now, static_cast<std::int64_t>(random.next64())};
}

// One of every kind of input.
std::vector<Input> inputs(Random& random) {
  std::vector<input::Any> all{
      input::Start{},
      input::Bootstrap{{random_listed(random), random_listed(random)}},
      input::Join{{random_text(random, 40), ""}},
      input::Enqueue{*random_submission(random), random_number(random)},
      input::GiveUp{random_number(random)},
      input::Read{random_number(random)},
      input::GiveUpRead{random_number(random)},
      input::Operate{{Operation::What::exile, random_name(random), 0}, random_number(random)},
      input::Operate{{Operation::What::aim, "", 5}, random_number(random)},
      input::Operate{{Operation::What::trim, "", 0, random_promise(random)}, random_number(random)},
      input::Operate{{Operation::What::settings, "", 0, {}, {1, 2, -3, 4, {}, -6}}, random_number(random)},
      input::GiveUpOperation{random_number(random)},
      input::Sent{random_number(random), std::nullopt},
      input::Disconnected{{random_name(random), random_cookie(random)}},
      input::Persisted{random_number(random)},
      input::Timer{},
      input::Resign{},
      input::Room{false},
      input::Room{true},
  };
  for (const auto& row : requests()) {
    all.push_back(input::Requested{
        random_number(random), {random_name(random), random_cookie(random)}, random_cookie(random), row.make(random)});
  }
  for (const auto& row : answers()) {
    Reply reply{{random_name(random), random_cookie(random)}, random_cookie(random), row.make(random)};
    all.push_back(input::Sent{random_number(random), std::move(reply)});
  }
  Position previous;
  all.push_back(input::Supplied{random_number(random), random_entries(random, previous)});
  std::vector<Input> result;
  for (auto& what : all) result.push_back({random_moment(random), std::move(what)});
  return result;
}

bool has_moment(const input::Any& what) {
  return !std::holds_alternative<input::GiveUpRead>(what) && !std::holds_alternative<input::GiveUpOperation>(what);
}

}  // namespace

TEST_CASE("trace: every input becomes bytes and comes back the same") {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    CAPTURE(seed);
    Random random{{3, 3}, seed};
    const std::vector<Input> told = inputs(random);
    std::string bytes;
    TraceEncoder encoder{bytes};
    for (const Input& input : told) tell(input, encoder);
    CHECK(encoder.inputs() == told.size());
    std::string again;
    TraceEncoder second{again};
    TraceDecoder decoder;
    std::string_view rest = bytes;
    for (const Input& input : told) {
      CAPTURE(describe(input.what));
      REQUIRE_FALSE(rest.empty());
      const Result<TraceRecord> record = decoder.next(rest);
      REQUIRE(record);
      const auto& read = std::get<Input>(*record);
      CHECK(read.what.index() == input.what.index());
      CHECK(describe(read.what) == describe(input.what));
      if (has_moment(input.what)) {
        CHECK(read.moment.now == input.moment.now);
        CHECK(read.moment.wall_us == input.moment.wall_us);
      }
      tell(read, second);
    }
    CHECK(rest.empty());
    CHECK(again == bytes);
    CHECK(second.at() == encoder.at());
  }
}

TEST_CASE("trace: moments of any distance come back") {
  constexpr Tick most = std::numeric_limits<Tick>::max();
  constexpr std::int64_t far = std::numeric_limits<std::int64_t>::max();
  const std::vector<Moment> moments{{0, 0}, {most, far}, {0, -far}, {most, -far}, {1, far}, {1, far}, {2, far - 1}};
  std::string bytes;
  TraceEncoder encoder{bytes};
  for (const Moment& moment : moments) encoder.event(moment);
  TraceDecoder decoder;
  std::string_view rest = bytes;
  for (const Moment& moment : moments) {
    const Result<TraceRecord> record = decoder.next(rest);
    REQUIRE(record);
    CHECK(std::get<Input>(*record).moment.now == moment.now);
    CHECK(std::get<Input>(*record).moment.wall_us == moment.wall_us);
  }
}

TEST_CASE("trace: a timer in a busy second takes four bytes or fewer") {
  std::string bytes;
  TraceEncoder encoder{bytes};
  encoder.event({1'000'000, 1'700'000'000'000'000});
  const std::size_t first = bytes.size();
  encoder.event({1'000'100, 1'700'000'000'000'101});
  CHECK(bytes.size() - first <= 4);
}

TEST_CASE("trace: a check follows outputs and stands before the next input") {
  std::string bytes;
  TraceEncoder encoder{bytes};
  encoder.event({1, 1});
  encoder.outbox(std::nullopt);
  encoder.event({2, 2});  // Nothing was hashed: no check.
  encoder.next_event(7);
  const Id128 after = encoder.hash();
  CHECK_FALSE(after.is_zero());
  encoder.halt(Error{Errc::io, "no"});
  encoder.event({3, 3});
  encoder.check();
  TraceDecoder decoder;
  std::string_view rest = bytes;
  const auto next = [&] {
    Result<TraceRecord> record = decoder.next(rest);
    REQUIRE(record);
    return *record;
  };
  CHECK(std::holds_alternative<Input>(next()));
  CHECK(std::get<OutputRecord>(next()) == OutputRecord{Output::pulse, false, 0, 0});
  CHECK(std::holds_alternative<Input>(next()));
  CHECK(std::get<OutputRecord>(next()) ==
        OutputRecord{Output::next_event, true, 1, static_cast<std::uint32_t>(after.low)});
  CHECK(std::get<OutputRecord>(next()).kind == Output::halt);
  CHECK(std::get<CheckRecord>(next()) == CheckRecord{encoder.hash()});
  CHECK(std::holds_alternative<Input>(next()));
  CHECK(rest.empty());
}

TEST_CASE("trace: outputs that differ in anything have another hash") {
  Random random{{4, 4}, 1};
  const auto hash_of = [](auto&& told) {
    std::string bytes;
    TraceEncoder encoder{bytes};
    told(encoder);
    return encoder.hash();
  };
  Pulse pulse{1, {"b", {1, 2}}, "http://b", {3, 4}, Ping{}, true};
  const Id128 as_it_was = hash_of([&](Tap& tap) { tap.outbox(pulse); });
  CHECK(hash_of([&](Tap& tap) { tap.outbox(pulse); }) == as_it_was);
  pulse.urgent = false;
  CHECK(hash_of([&](Tap& tap) { tap.outbox(pulse); }) != as_it_was);
  pulse.urgent = true;
  std::get<Ping>(pulse.request).round = 1;
  CHECK(hash_of([&](Tap& tap) { tap.outbox(pulse); }) != as_it_was);

  // Entries go by their trailers.
  ChainOfEntries one;
  ChainOfEntries other;
  Write write;
  write.entries = {one.append({"x"}, {"a", {1, 0}, 1, 1})};
  const Id128 of_one = hash_of([&](Tap& tap) { tap.journal(&write); });
  write.entries = {other.append({"y"}, {"a", {1, 0}, 1, 1})};
  CHECK(hash_of([&](Tap& tap) { tap.journal(&write); }) != of_one);

  // What is none in one kind is not none in another: the record tells, the hash need not.
  std::string bytes;
  TraceEncoder encoder{bytes};
  encoder.outbox(std::nullopt);
  encoder.wanted(std::nullopt);
  CHECK(bytes[0] != bytes[1]);
}

TEST_CASE("trace: no bytes crash the decoder and what it takes it would write") {
  Random random{{5, 5}, 1};
  std::string bytes;
  TraceEncoder encoder{bytes};
  for (const Input& input : inputs(random)) {
    tell(input, encoder);
    encoder.next_event(random.next64());
    encoder.outbox(std::nullopt);
  }
  std::size_t refused = 0;
  for (int round = 0; round < 3'000; ++round) {
    std::string bad = bytes;
    for (std::uint64_t n = 1 + random.below(3); n > 0; --n) {
      bad[random.below(bad.size())] = static_cast<char>(random.below(256));
    }
    bad.resize(1 + random.below(bad.size()));
    TraceDecoder decoder;
    std::string again;
    TraceEncoder second{again};
    std::string_view rest = bad;
    while (!rest.empty()) {
      const std::string_view before = rest;
      const Result<TraceRecord> record = decoder.next(rest);
      if (!record) {
        CHECK(record.error().code == Errc::corrupt);
        ++refused;
        break;
      }
      again.clear();
      if (const auto* input = std::get_if<Input>(&*record)) {
        tell(*input, second);
      } else if (const auto* output = std::get_if<OutputRecord>(&*record)) {
        encode(*output, again);
      } else {
        encode(std::get<CheckRecord>(*record), again);
      }
      REQUIRE(before.substr(0, before.size() - rest.size()) == again);
    }
  }
  CHECK(refused > 100);
}

TEST_CASE("trace: limits hold at their edges") {
  const auto read = [](const std::string& bytes) {
    std::string_view rest = bytes;
    return TraceDecoder{}.next(rest).has_value();
  };
  const auto written = [](auto&& told) {
    std::string bytes;
    TraceEncoder encoder{bytes};
    told(encoder);
    return bytes;
  };
  const auto join = [&](std::size_t count, std::size_t size) {
    return written([&](Tap& tap) { tap.join({}, std::vector<std::string>(count, std::string(size, 'u'))); });
  };
  CHECK(read(join(TraceLimits::list_max, 1)));
  CHECK_FALSE(read(join(TraceLimits::list_max + 1, 1)));
  CHECK(read(join(1, TraceLimits::text_bytes_max)));
  CHECK_FALSE(read(join(1, TraceLimits::text_bytes_max + 1)));
  const auto disconnected = [&](std::size_t size) {
    return written([&](Tap& tap) { tap.disconnected({}, {std::string(size, 'a'), {}}); });
  };
  CHECK(read(disconnected(EntryLimits::name_bytes_max)));
  CHECK_FALSE(read(disconnected(EntryLimits::name_bytes_max + 1)));
  CHECK_FALSE(read(std::string(1, '\0')));
  CHECK_FALSE(read(std::string(1, '\x7e')));
}

}  // namespace hansard::tests
