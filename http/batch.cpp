#include "http/batch.hpp"

#include "http/json_check.hpp"
#include "http/limits.hpp"
#include "http/media.hpp"

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>

namespace hansard::http {

namespace {

Problem too_large(std::string detail) {
  Problem problem;
  problem.status = 413;
  problem.type = "too-large";
  problem.detail = std::move(detail);
  return problem;
}

Problem too_many() { return too_large("a batch has at most " + std::to_string(Limits::batch_items) + " entries"); }

Problem too_large_at(const char* what, std::size_t number, std::size_t entry_bytes_max) {
  return too_large(std::string(what) + ' ' + std::to_string(number) + " is over " + std::to_string(entry_bytes_max) +
                   " bytes");
}

Batch parse_lines(std::string_view body, std::size_t entry_bytes_max) {
  std::vector<Submission::Body> items;
  while (!body.empty()) {
    const std::size_t end = std::min(body.find('\n'), body.size());
    std::string_view line = body.substr(0, end);
    body.remove_prefix(std::min(end + 1, body.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (items.size() == Limits::batch_items) return too_many();
    if (line.size() > entry_bytes_max) return too_large_at("line", items.size() + 1, entry_bytes_max);
    if (!is_json(line)) return bad_request("line " + std::to_string(items.size() + 1) + " is not a JSON value");
    items.push_back({"application/json", std::string(line)});
  }
  return items;
}

Batch parse_lengths(std::string_view body, std::size_t entry_bytes_max) {
  std::vector<Submission::Body> items;
  while (!body.empty()) {
    const std::string number = std::to_string(items.size() + 1);
    if (items.size() == Limits::batch_items) return too_many();
    if (body.size() < 4) return bad_request("the batch is torn in the length of entry " + number);
    std::uint32_t length = 0;
    for (std::size_t i = 0; i < 4; ++i) length = length << 8U | static_cast<unsigned char>(body[i]);
    body.remove_prefix(4);
    if (length > entry_bytes_max) return too_large_at("entry", items.size() + 1, entry_bytes_max);
    if (length > body.size()) return bad_request("the batch is torn in entry " + number);
    items.push_back({std::string(), std::string(body.substr(0, length))});
    body.remove_prefix(length);
  }
  return items;
}

}  // namespace

Batch parse_batch(std::string_view content_type, std::string_view body, std::size_t entry_bytes_max) {
  const bool lines = is_media_type(content_type, "application/x-ndjson");
  if (!lines && !is_media_type(content_type, "application/vnd.hansard.batch")) {
    Problem problem;
    problem.status = 415;
    problem.type = "unsupported-media-type";
    problem.detail = "a batch is application/x-ndjson or application/vnd.hansard.batch";
    return problem;
  }
  if (body.empty()) return bad_request("the batch is empty");
  return lines ? parse_lines(body, entry_bytes_max) : parse_lengths(body, entry_bytes_max);
}

}  // namespace hansard::http
