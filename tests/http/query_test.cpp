// HTTP API, Parameters: nothing is clamped silently.
#include "http/query.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <string>

using hansard::http::parse_count;
using hansard::http::parse_duration;
using hansard::http::percent_decode;
using hansard::http::Query;
using std::chrono::milliseconds;

TEST_CASE("query: durations have a number and one of four units") {
  CHECK(parse_duration("250ms") == milliseconds(250));
  CHECK(parse_duration("10s") == milliseconds(10'000));
  CHECK(parse_duration("5m") == milliseconds(300'000));
  CHECK(parse_duration("24h") == milliseconds(86'400'000));
  CHECK(parse_duration("0s") == milliseconds(0));
  CHECK(parse_duration("876000h") == milliseconds(876'000LL * 3'600'000));
  for (const char* text : {"",
                           "10",
                           "s",
                           "ms",
                           "-1s",
                           "+1s",
                           "1.5s",
                           "1 s",
                           " 1s",
                           "1s ",
                           "010s",
                           "00s",
                           "1S",
                           "1MS",
                           "1d",
                           "1us",
                           "1sec",
                           "1m30s",
                           "876001h",
                           "18446744073709551615ms",
                           "18446744073709551616ms",
                           "99999999999999999999h",
                           "0x1s"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_duration(text));
  }
}

TEST_CASE("query: counts are decimal without sign or leading zero") {
  CHECK(parse_count("0") == 0);
  CHECK(parse_count("10000") == 10'000);
  CHECK(parse_count("18446744073709551615") == 18'446'744'073'709'551'615ULL);
  for (const char* text :
       {"", "00", "01", "-1", "+1", "1e3", "1.0", " 1", "1 ", "18446744073709551616", "0x10", "ten"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_count(text));
  }
}

TEST_CASE("query: percent signs are decoded or refused") {
  CHECK(percent_decode("3%2F42%40a") == "3/42@a");
  CHECK(percent_decode("3%2f42") == "3/42");
  CHECK(percent_decode("a+b") == "a+b");
  CHECK(percent_decode("") == "");
  CHECK(percent_decode("%00")->size() == 1);
  for (const char* text : {"%", "%2", "%2G", "a%", "%%41"}) {
    CAPTURE(text);
    CHECK_FALSE(percent_decode(text));
  }
}

TEST_CASE("query: parameters that are taken and right are no fault") {
  Query query("after=3%2F42@9f2c81ab&limit=10000&wait=60s&governments=true&channel=a&channel=b&&last=");
  CHECK(query.has("wait"));
  CHECK_FALSE(query.has("timeout"));
  CHECK(query.take_bookmark("after")->promise == hansard::Promise{3, 42});
  CHECK(query.take_count("limit", 100, 10'000) == 10'000);
  CHECK(query.take_duration("wait", milliseconds(0), milliseconds(60'000)) == milliseconds(60'000));
  CHECK(query.take_duration("timeout", milliseconds(10'000), milliseconds(60'000)) == milliseconds(10'000));
  CHECK(query.take_flag("governments"));
  CHECK(query.take_all("channel") == std::vector<std::string>{"a", "b"});
  CHECK(query.take("last") == "");
  CHECK(query.fault().empty());
  CHECK(Query("").fault().empty());
}

TEST_CASE("query: every wrong parameter is named") {
  const auto fault = [](const char* text) {
    Query query(text);
    (void)query.take_count("limit", 100, 10'000);
    (void)query.take_duration("wait", milliseconds(0), milliseconds(60'000));
    (void)query.take_bookmark("after");
    (void)query.take_flag("governments");
    return query.fault();
  };
  CHECK(fault("limit=10001") == "`limit=10001` is no count from 1 to 10000");
  CHECK(fault("limit=0") == "`limit=0` is no count from 1 to 10000");
  CHECK(fault("limit=") == "`limit=` is no count from 1 to 10000");
  CHECK(fault("limit") == "`limit=` is no count from 1 to 10000");
  CHECK(fault("limit=1&limit=1") == "`limit` is given twice");
  CHECK(fault("wait=30") == "`wait=30` is no duration: write 250ms, 10s, 5m or 24h");
  CHECK(fault("wait=61s") == "`wait=61s` is over its limit of 60000ms");
  CHECK(fault("wait=60001ms") == "`wait=60001ms` is over its limit of 60000ms");
  CHECK(fault("wait=1m").empty());
  CHECK(fault("after=3-42") == "`after=3-42` is no promise: write 3/42 or 3/42@9f2c81ab");
  CHECK(fault("governments=1") == "`governments=1` is neither true nor false");
  CHECK(fault("governments=false").empty());
  CHECK(fault("limti=10") == "`limti` is no parameter of this call");
  CHECK(fault("=10") == "`` is no parameter of this call");
  CHECK(fault("limit=1%") == "the query has a percent sign that is not followed by two hex digits");
}
