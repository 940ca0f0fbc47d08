// tests/process/load_test.cpp - the parts of the load generator: its histogram, and what it knows of HTTP.
#include "http/cli/histogram.hpp"
#include "http/cli/response_scanner.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

using hansard::cli::Histogram;
using hansard::cli::Scan;
using hansard::cli::scan_response;

TEST_CASE("histogram: percentiles are within one bucket of the exact ones") {
  std::mt19937_64 chance{7};
  for (const std::uint64_t most : {10ULL, 1'000ULL, 1'000'000ULL, 1'000'000'000'000ULL}) {
    CAPTURE(most);
    Histogram histogram;
    std::vector<std::uint64_t> values;
    for (int i = 0; i < 10'000; ++i) values.push_back(chance() % most);
    for (const std::uint64_t value : values) histogram.record(value);
    std::ranges::sort(values);
    for (const double share : {0.0001, 0.5, 0.9, 0.99, 0.999, 1.0}) {
      CAPTURE(share);
      const std::uint64_t exact = values[static_cast<std::size_t>(share * 10'000) - 1];
      const std::uint64_t told = histogram.percentile(share);
      CHECK(told >= exact);
      CHECK(told <= exact + exact / 64 + 1);
    }
    CHECK(histogram.count() == 10'000);
    CHECK(histogram.max() == values.back());
  }
}

TEST_CASE("histogram: nothing recorded and values beyond all bounds are no trouble") {
  Histogram histogram;
  CHECK(histogram.percentile(0.5) == 0);
  histogram.record(UINT64_MAX);
  CHECK(histogram.max() == UINT64_MAX);
  CHECK(histogram.percentile(1.0) >= (std::uint64_t{1} << 40U) - 1);
}

TEST_CASE("response scanner: an answer is known to its last byte and not before") {
  const std::string answer =
      "HTTP/1.1 201 Created\r\nHansard-Promise: 1/2\r\ncontent-LENGTH: 5\r\nConnection: close\r\n\r\nhello";
  for (std::size_t size = 0; size < answer.size(); ++size) {
    CAPTURE(size);
    CHECK(scan_response(answer.substr(0, size)).state == Scan::State::partial);
  }
  for (const std::string after : {"", "HTTP/1.1 200"}) {
    const Scan scan = scan_response(answer + after);
    CHECK(scan.state == Scan::State::whole);
    CHECK(scan.status == 201);
    CHECK(scan.bytes == answer.size());
    CHECK(scan.closes);
  }
}

TEST_CASE("response scanner: what is no bounded answer is malformed") {
  const auto is_malformed = [](const std::string& text) { return scan_response(text).state == Scan::State::malformed; };
  CHECK(is_malformed("HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n"));
  CHECK(is_malformed("HTTP/1.1 2x0 OK\r\nContent-Length: 0\r\n\r\n"));
  CHECK(is_malformed("HTTP/1.1 20\r\n\r\n"));
  CHECK(is_malformed("HTTP/1.1 200 OK\r\n\r\n"));
  CHECK(is_malformed("HTTP/1.1 200 OK\r\nContent-Length: \r\n\r\n"));
  CHECK(is_malformed("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n"));
  CHECK(is_malformed("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n"));
  CHECK(is_malformed("HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n"));
  CHECK(is_malformed("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n"));
  CHECK(is_malformed(std::string(10'000, 'x')));
  CHECK(is_malformed("\r\n\r\n"));
}

TEST_CASE("response scanner: a status is three digits") {
  const auto scan = [](const std::string& status) {
    return scan_response("HTTP/1.1 " + status + "\r\nContent-Length: 2\r\n\r\nok");
  };
  CHECK(scan("200 OK").status == 200);
  CHECK(scan("503").state == Scan::State::whole);
  for (const std::string status : {"", "2", "20", "-20", "-1 ", "099", "2000", "20x", " 20", "+20"}) {
    CAPTURE(status);
    CHECK(scan(status).state == Scan::State::malformed);
  }
}
