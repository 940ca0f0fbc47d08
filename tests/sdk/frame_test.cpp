#include "sdk/frame.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

using namespace hansard;

namespace {

struct Got {
  std::uint64_t stream;
  bool answer;
  bool urgent;
  std::string bytes;
  friend bool operator==(const Got&, const Got&) = default;
};

std::string patterned(std::size_t size, std::uint64_t seed) {
  std::string bytes(size, '\0');
  for (char& c : bytes) {
    seed = seed * 6'364'136'223'846'793'005U + 1'442'695'040'888'963'407U;
    c = static_cast<char>(seed >> 56U);
  }
  return bytes;
}

std::string take(FrameQueue& queue) {
  std::string bytes;
  for (const std::string_view piece : queue.take()) bytes += piece;
  queue.written();
  return bytes;
}

std::string take_all(FrameQueue& queue) {
  std::string bytes;
  while (!queue.empty()) bytes += take(queue);
  return bytes;
}

// Feeds `bytes` in reads of at most `step`; false on garbage.
bool feed(FrameParser& parser, std::string_view bytes, std::vector<Got>& got, std::size_t step = 1'000'000) {
  while (true) {
    FramedMessage message;
    while (true) {
      const auto status = parser.next(message);
      if (status == FrameParser::Status::garbage) return false;
      if (status == FrameParser::Status::more) break;
      got.push_back({message.stream, message.answer, message.urgent, std::string(message.bytes)});
    }
    if (bytes.empty()) return true;
    const auto space = parser.space();
    const std::size_t fits = std::min({space.size(), bytes.size(), step});
    bytes.copy(space.data(), fits);
    parser.commit(fits);
    bytes.remove_prefix(fits);
  }
}

std::string frame(std::uint32_t length, int flags, std::uint64_t stream, std::string_view chunk) {
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(length >> shift & 0xffU);
  bytes += static_cast<char>(flags);
  for (int shift = 56; shift >= 0; shift -= 8) bytes += static_cast<char>(stream >> shift & 0xffU);
  return bytes + std::string(chunk);
}

std::string frame(int flags, std::uint64_t stream, std::string_view chunk) {
  return frame(static_cast<std::uint32_t>(chunk.size()), flags, stream, chunk);
}

constexpr int first = frame_flag::first;
constexpr int last = frame_flag::last;
constexpr int whole = first | last;

}  // namespace

TEST_CASE("frame: messages of every size arrive as they were sent") {
  constexpr std::size_t chunk = FrameLimits::chunk_bytes_max;
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{2'047}, std::size_t{2'048},
                                 std::size_t{2'049}, chunk - 1, chunk, chunk + 1, 2 * chunk, 5 * chunk + 3}) {
    CAPTURE(size);
    for (const bool urgent : {false, true}) {
      FrameQueue queue;
      const std::string sent = patterned(size, size);
      queue.push(7, true, urgent, sent);
      queue.push(8, false, false, "after");
      CHECK(queue.bytes() == size + 5);
      const std::string wire = take_all(queue);
      CHECK(queue.bytes() == 0);
      FrameParser parser;
      std::vector<Got> got;
      REQUIRE(feed(parser, wire, got));
      REQUIRE(got.size() == 2);
      std::ranges::sort(got, {}, &Got::stream);  // A large urgent one lets others in between.
      CHECK(got[0] == Got{7, true, urgent, sent});
      CHECK(got[1] == Got{8, false, false, "after"});
      CHECK(parser.streams() == 0);
    }
  }
}

TEST_CASE("frame: however the bytes are cut the messages are the same") {
  FrameQueue queue;
  std::vector<Got> sent;
  for (std::uint64_t i = 0; i < 20; ++i) {
    sent.push_back({i, i % 3 == 0, false, patterned(i * i * 431, i)});
    queue.push(i, i % 3 == 0, false, sent.back().bytes);
  }
  const std::string wire = take_all(queue);
  for (const std::size_t step : {1U, 2U, 13U, 14U, 1'000U, 65'549U, 1'000'000U}) {
    CAPTURE(step);
    FrameParser parser;
    std::vector<Got> got;
    REQUIRE(feed(parser, wire, got, step));
    CHECK(got == sent);
  }
}

TEST_CASE("frame: a cut wire gives a prefix of the messages and never garbage") {
  FrameQueue queue;
  std::vector<Got> sent;
  for (std::uint64_t i = 0; i < 5; ++i) {
    sent.push_back({i, false, false, patterned(i * 9, i)});
    queue.push(i, false, false, sent.back().bytes);
  }
  const std::string wire = take_all(queue);
  for (std::size_t cut = 0; cut <= wire.size(); ++cut) {
    FrameParser parser;
    std::vector<Got> got;
    REQUIRE(feed(parser, std::string_view(wire).substr(0, cut), got));
    REQUIRE(got.size() <= sent.size());
    for (std::size_t i = 0; i < got.size(); ++i) CHECK(got[i] == sent[i]);
    CHECK((cut < wire.size() || got.size() == sent.size()));
  }
}

TEST_CASE("frame: an urgent message overtakes what of a large one is not yet taken") {
  FrameQueue queue;
  queue.push(1, false, false, patterned(std::size_t{4} << 20U, 1));
  std::string wire = take(queue);
  CHECK(wire.size() < 400'000);
  queue.push(2, false, true, "ping");
  queue.push(3, false, false, "behind");
  wire += take_all(queue);
  FrameParser parser;
  std::vector<Got> got;
  REQUIRE(feed(parser, wire, got));
  REQUIRE(got.size() == 3);
  CHECK(got[0].stream == 2);
  CHECK(got[0].urgent);
  CHECK(got[1].stream == 1);
  CHECK(got[1].bytes == patterned(std::size_t{4} << 20U, 1));
  CHECK(got[2].stream == 3);
}

TEST_CASE("frame: a flood of urgent messages does not hold the others up") {
  FrameQueue queue;
  queue.push(1, false, false, "bulk");
  for (std::uint64_t i = 2; i < 100; ++i) queue.push(i, false, true, patterned(30'000, i));
  FrameParser parser;
  std::vector<Got> got;
  REQUIRE(feed(parser, take(queue), got));
  CHECK(std::ranges::find(got, std::uint64_t{1}, &Got::stream) != got.end());
  CHECK_FALSE(queue.empty());
}

TEST_CASE("frame: what waits can be taken back until a part of it is taken") {
  FrameQueue queue;
  queue.push(1, false, false, patterned(std::size_t{1} << 20U, 1));
  queue.push(2, false, false, "two");
  queue.push(3, false, true, "three");
  CHECK(queue.drop(3));
  CHECK_FALSE(queue.drop(3));
  std::string wire = take(queue);
  CHECK_FALSE(queue.drop(1));
  CHECK(queue.drop(2));
  CHECK_FALSE(queue.drop(4));
  wire += take_all(queue);
  CHECK(queue.bytes() == 0);
  FrameParser parser;
  std::vector<Got> got;
  REQUIRE(feed(parser, wire, got));
  REQUIRE(got.size() == 1);
  CHECK(got[0].stream == 1);
}

TEST_CASE("frame: many small messages become few pieces") {
  FrameQueue queue;
  for (std::uint64_t i = 0; i < 1'000; ++i) queue.push(i, true, i % 2 == 0, "a small answer");
  CHECK(queue.take().size() == 1);
  CHECK(queue.empty());
}

TEST_CASE("frame: garbage is found and stays garbage") {
  const std::map<std::string, std::string> wires{
      {"a chunk over its limit", frame(0xffffffffU, whole, 1, "")},
      {"a chunk over its limit ", frame(static_cast<std::uint32_t>(FrameLimits::chunk_bytes_max + 1), whole, 1, "")},
      {"unknown flags", frame(whole | 16, 1, "x")},
      {"unknown flags ", frame(whole | 128, 1, "x")},
      {"an empty chunk", frame(first, 1, "")},
      {"an empty chunk ", frame(first, 1, "x") + frame(last, 1, "")},
      {"a chunk of a stream that did not begin", frame(0, 1, "x")},
      {"a chunk of a stream that did not begin ", frame(last, 1, "x")},
      {"a stream that begins twice", frame(first, 1, "x") + frame(first, 1, "x")},
      {"a stream that begins twice ", frame(first, 1, "x") + frame(whole, 1, "x")},
      {"flags that change within a stream", frame(first, 1, "x") + frame(last | frame_flag::answer, 1, "x")},
      {"flags that change within a stream ", frame(first, 1, "x") + frame(last | frame_flag::urgent, 1, "x")},
      {"an HTTP request", "GET / HTTP/1.1\r\n\r\n"},
  };
  for (const auto& row : wires) {
    const std::string& name = row.first;
    const std::string& wire = row.second;
    CAPTURE(name);
    FrameParser parser;
    std::vector<Got> got;
    CHECK_FALSE(feed(parser, wire + frame(whole, 9, "good"), got));
    CHECK(got.empty());
    REQUIRE(parser.why() != nullptr);
    if (name != "an HTTP request") CHECK(name.starts_with(parser.why()));
    CHECK(parser.streams() == 0);
    FramedMessage message;
    CHECK(parser.next(message) == FrameParser::Status::garbage);
  }
}

TEST_CASE("frame: messages and streams are bounded") {
  FrameLimits limits;
  limits.message_bytes_max = 100;
  limits.streams_max = 3;
  limits.assembly_bytes_max = 150;
  std::vector<Got> got;
  const std::string half(50, 'x');
  {
    FrameParser parser(limits);
    CHECK(feed(parser, frame(first, 1, half) + frame(last, 1, half), got));
    CHECK(got.size() == 1);
    CHECK_FALSE(feed(parser, frame(first, 2, half) + frame(0, 2, half) + frame(last, 2, "x"), got));
    CHECK(std::string(parser.why()) == "a message over its limit");
  }
  {
    FrameParser parser(limits);
    CHECK(feed(parser, frame(first, 1, "x") + frame(first, 2, "x") + frame(first, 3, "x"), got));
    CHECK(feed(parser, frame(whole, 4, "a whole one needs no room"), got));
    CHECK_FALSE(feed(parser, frame(first, 5, "x"), got));
    CHECK(std::string(parser.why()) == "too many streams at once");
  }
  {
    FrameParser parser(limits);
    const std::string wire = frame(first, 1, half) + frame(0, 1, half) + frame(first, 2, half) + frame(0, 2, half);
    CHECK_FALSE(feed(parser, wire, got));
    CHECK(std::string(parser.why()) == "too much half-assembled at once");
  }
  const std::string over(101, 'x');  // A first chunk is held to the limits as later ones are.
  for (const int flags : {first, whole}) {
    FrameParser parser(limits);
    CHECK_FALSE(feed(parser, frame(flags, 1, over), got));
    CHECK(std::string(parser.why()) == "a message over its limit");
  }
  {
    FrameParser parser(limits);
    CHECK_FALSE(feed(parser, frame(first, 1, over.substr(1)) + frame(first, 2, over.substr(1)), got));
    CHECK(std::string(parser.why()) == "too much half-assembled at once");
  }
}
