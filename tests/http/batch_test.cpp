// HTTP API, Append: a batch in both formats, all or none.
#include "http/batch.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace {

using hansard::Submission;
using hansard::http::Batch;
using hansard::http::Problem;

constexpr std::size_t entry_bytes = std::size_t{1} << 20U;
constexpr const char* lines = "application/x-ndjson";
constexpr const char* lengths = "application/vnd.hansard.batch";

Batch parse(std::string_view content_type, std::string_view body) {
  return hansard::http::parse_batch(content_type, body, entry_bytes);
}

std::string framed(std::string_view bytes) {
  std::string out;
  for (int shift = 24; shift >= 0; shift -= 8) {
    out += static_cast<char>(bytes.size() >> static_cast<unsigned>(shift) & 0xFFU);
  }
  return out.append(bytes);
}

std::vector<std::string> bodies(const Batch& batch) {
  REQUIRE(std::holds_alternative<std::vector<Submission::Body>>(batch));
  std::vector<std::string> out;
  for (const auto& item : std::get<std::vector<Submission::Body>>(batch)) out.push_back(item.bytes);
  return out;
}

unsigned status(const Batch& batch) {
  return std::holds_alternative<Problem>(batch) ? std::get<Problem>(batch).status : 201;
}

std::string repeated(std::string_view text, std::size_t times) {
  std::string out;
  for (std::size_t i = 0; i < times; ++i) out += text;
  return out;
}

}  // namespace

TEST_CASE("batch: each line is one JSON entry kept as it was written") {
  const std::string body = "{\"a\": 1.50}\n12345678901234567890\r\n\"x\"\n [ 1 ] ";
  const Batch batch = parse("Application/X-NDJSON; charset=utf-8", body);
  CHECK(bodies(batch) == std::vector<std::string>{"{\"a\": 1.50}", "12345678901234567890", "\"x\"", " [ 1 ] "});
  for (const auto& item : std::get<std::vector<Submission::Body>>(batch))
    CHECK(item.content_type == "application/json");
  CHECK(bodies(parse(lines, "1\n")).size() == 1);
}

TEST_CASE("batch: every cut through a line of more than one byte is torn") {
  const std::string body = "{\"a\":1}\n{\"b\":[2,\"x\"]}";
  for (std::size_t size = 0; size < body.size(); ++size) {
    CAPTURE(size);
    const bool between = size == 7 || size == 8;
    CHECK(status(parse(lines, body.substr(0, size))) == (between ? 201 : 400));
  }
}

TEST_CASE("batch: empty and blank lines are no JSON values") {
  for (const char* body : {"", "\n", "1\n\n2\n", "1\n\n", "\r\n", " \n", "1 2\n", "{}{}\n", "nope\n"}) {
    CAPTURE(body);
    CHECK(status(parse(lines, body)) == 400);
  }
  CHECK(std::get<Problem>(parse(lines, "1\n2\nx\n")).detail == "line 3 is not a JSON value");
}

TEST_CASE("batch: framed entries are octets and may be empty") {
  const std::string body = framed("abc") + framed("") + framed(std::string_view("\0\n", 2));
  const Batch batch = parse(lengths, body);
  CHECK(bodies(batch) == std::vector<std::string>{"abc", "", std::string("\0\n", 2)});
  for (const auto& item : std::get<std::vector<Submission::Body>>(batch)) CHECK(item.content_type.empty());
}

TEST_CASE("batch: every truncation of framed entries is torn but those between two of them") {
  const std::string body = framed("abc") + framed("") + framed("defg");
  for (std::size_t size = 0; size < body.size(); ++size) {
    CAPTURE(size);
    CHECK(status(parse(lengths, body.substr(0, size))) == (size == 7 || size == 11 ? 201 : 400));
  }
  CHECK(status(parse(lengths, std::string("\x7F\xFF\xFF\xFFx", 5))) == 413);
  CHECK(status(parse(lengths, std::string("\xFF\xFF\xFF\xFF", 4))) == 413);
}

TEST_CASE("batch: ten thousand entries are taken and one more is too many") {
  CHECK(bodies(parse(lines, repeated("1\n", 10'000))).size() == 10'000);
  CHECK(status(parse(lines, repeated("1\n", 10'001))) == 413);
  CHECK(status(parse(lines, repeated("1\n", 10'000) + "1")) == 413);
  CHECK(bodies(parse(lengths, repeated(framed("x"), 10'000))).size() == 10'000);
  CHECK(status(parse(lengths, repeated(framed("x"), 10'001))) == 413);
}

TEST_CASE("batch: an entry over its limit is too large and one at it is not") {
  const std::string at_limit = '"' + std::string(entry_bytes - 2, 'a') + '"';
  CHECK(status(parse(lines, at_limit + "\n1\n")) == 201);
  CHECK(status(parse(lines, "1\n" + at_limit + " \n")) == 413);
  CHECK(status(parse(lengths, framed(std::string(entry_bytes, 'a')))) == 201);
  CHECK(status(parse(lengths, framed(std::string(entry_bytes + 1, 'a')))) == 413);
}

TEST_CASE("batch: another content type is not supported") {
  for (const char* type :
       {"", "application/json", "text/plain", "application/x-ndjson2", "application/vnd.hansard.batch+json"}) {
    CAPTURE(type);
    CHECK(status(parse(type, "1\n")) == 415);
  }
}
