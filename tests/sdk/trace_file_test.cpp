// tests/sdk/trace_file_test.cpp - files of recordings: whole, cut anywhere, with any bit flipped.
#include "sdk/trace_file.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace hansard {
namespace {

TraceBegin beginning() {
  TraceBegin begin;
  begin.cause = TraceBegin::Cause::rotation;
  begin.build = "0.1.0 core 0123456789abcdef";
  begin.identity = {"a", {1, 2}, 3};
  begin.file = 4;
  begin.wall_us = -5;
  begin.first_input = 6;
  begin.clock = {7, ~std::uint64_t{0}};
  begin.hash = {8, 9};
  return begin;
}

void add(std::string& file, TraceBlock type, const std::string& payload) {
  file += trace_block_head(type, payload) + payload;
}

std::string encoded(const auto& value) {
  std::string bytes;
  encode(value, bytes);
  return bytes;
}

const std::vector<std::string>& pieces() {
  static const std::vector<std::string> all{"one", "", std::string(300, 'x')};
  return all;
}

std::string whole_file() {
  std::string file{trace_magic};
  add(file, TraceBlock::begin, encoded(beginning()));
  add(file, TraceBlock::state, "the state");
  for (const std::string& piece : pieces()) add(file, TraceBlock::records, piece);
  add(file, TraceBlock::end, encoded(TraceEnd{TraceEnd::Cause::gap, 10}));
  return file;
}

struct Seen {
  bool is_damaged = false;
  bool is_torn = false;
  bool is_ended = false;
  std::vector<std::string> records;
};

Seen read(const std::string& file) {
  Seen seen;
  Result<TraceReader> reader = TraceReader::open(file);
  if (!reader) {
    seen.is_damaged = true;
    return seen;
  }
  while (reader->has_state()) {
    const auto piece = reader->next();
    if (!piece) {
      seen.is_damaged = true;
      return seen;
    }
    if (!*piece) break;
    seen.records.emplace_back(**piece);
  }
  seen.is_torn = reader->is_torn();
  seen.is_ended = reader->end().has_value();
  return seen;
}

}  // namespace

TEST_CASE("trace file: what is written is read") {
  const std::string file = whole_file();
  Result<TraceReader> reader = TraceReader::open(file);
  REQUIRE(reader);
  REQUIRE(reader->has_begin());
  CHECK(reader->begin() == beginning());
  REQUIRE(reader->has_state());
  CHECK(reader->state() == "the state");
  for (const std::string& piece : pieces()) {
    const auto read = reader->next();
    REQUIRE(read);
    REQUIRE(read->has_value());
    CHECK(**read == piece);
  }
  const auto last = reader->next();
  REQUIRE(last);
  CHECK_FALSE(last->has_value());
  REQUIRE(reader->end().has_value());
  CHECK(*reader->end() == TraceEnd{TraceEnd::Cause::gap, 10});
  CHECK_FALSE(reader->is_torn());
}

TEST_CASE("trace file: cut anywhere it is torn and never damaged") {
  const std::string file = whole_file();
  for (std::size_t size = 0; size < file.size(); ++size) {
    CAPTURE(size);
    const Seen seen = read(file.substr(0, size));
    CHECK(seen.is_torn);
    CHECK_FALSE(seen.is_damaged);
    CHECK_FALSE(seen.is_ended);
    for (std::size_t i = 0; i < seen.records.size(); ++i) CHECK(seen.records[i] == pieces()[i]);
  }
}

TEST_CASE("trace file: a flipped bit anywhere is damage") {
  const std::string file = whole_file();
  for (std::size_t at = 0; at < file.size(); ++at) {
    for (unsigned bit = 0; bit < 8; ++bit) {
      CAPTURE(at);
      CAPTURE(bit);
      std::string spoilt = file;
      spoilt[at] = static_cast<char>(static_cast<unsigned char>(spoilt[at]) ^ 1U << bit);
      const Seen seen = read(spoilt);
      CHECK(seen.is_damaged);
    }
  }
}

TEST_CASE("trace file: what is out of its order is damage") {
  const auto of = [](const std::vector<TraceBlock>& types) {
    std::string file{trace_magic};
    for (const TraceBlock type : types) {
      add(file, type,
          type == TraceBlock::begin ? encoded(beginning())
          : type == TraceBlock::end ? encoded(TraceEnd{})
                                    : std::string("x"));
    }
    return read(file);
  };
  using B = TraceBlock;
  CHECK(of({B::begin, B::state, B::end}).is_ended);
  CHECK(of({B::state}).is_damaged);
  CHECK(of({B::begin, B::records}).is_damaged);
  CHECK(of({B::begin, B::state, B::state}).is_damaged);
  CHECK(of({B::begin, B::state, B::records, B::begin}).is_damaged);
  CHECK(of({B::begin, B::state, B::end, B::records}).is_damaged);
  CHECK(of({static_cast<B>(5)}).is_damaged);
}

TEST_CASE("trace file: another format and what is no recording are told apart") {
  const auto other = TraceReader::open("hansard trace 2\nwhatever");
  REQUIRE_FALSE(other);
  CHECK(other.error().code == Errc::unsupported);
  CHECK(other.error().what == "a recording of format 2; this build reads 1");
  const auto none = TraceReader::open("#!/bin/sh\n");
  REQUIRE_FALSE(none);
  CHECK(none.error().code == Errc::corrupt);
  const auto empty = TraceReader::open("");
  REQUIRE(empty);
  CHECK(empty->is_torn());
  CHECK_FALSE(empty->has_begin());
}

}  // namespace hansard
