// http/cli/pages.cpp - reads a log page by page, and prints its entries.
#include "http/cli/pages.hpp"

#include "http/cli/entry_line.hpp"

#include <algorithm>
#include <cstdio>
#include <optional>

namespace hansard::cli {

namespace {

std::string_view last_line(std::string_view lines) {
  while (lines.ends_with('\n')) lines.remove_suffix(1);
  return lines.substr(lines.rfind('\n') + 1);
}

std::uint64_t count_lines(std::string_view lines) {
  std::uint64_t count = 0;
  for (std::size_t begin = 0; begin < lines.size();) {
    const std::size_t end = std::min(lines.find('\n', begin), lines.size());
    if (end > begin) ++count;
    begin = end + 1;
  }
  return count;
}

}  // namespace

Pages::Pages(client::Client& client, const Target& target, const std::vector<std::string>& channels)
    : client_(client), target_(target), channels_(channels) {}

client::Outcome Pages::next(std::uint64_t limit) {
  return get("?after=" + client::percent_encode(after_) + "&limit=" + std::to_string(limit));
}

client::Outcome Pages::newest(std::uint64_t count) { return get("?last=" + std::to_string(count)); }

client::Outcome Pages::get(const std::string& query) {
  client::Call call;
  call.target = target_.path("/entries" + query + channel_query(channels_));
  call.headers.emplace_back("Accept", "application/x-ndjson");
  client::Outcome outcome = client_.call(call, patience_for(http::Limits::timeout_usual), client::Safety::repeat);
  count_ = 0;
  if (!outcome.is(200)) return outcome;
  count_ = count_lines(outcome.answer.body);
  const client::Headers& headers = outcome.answer.headers;
  const std::optional<EntryLine> newest = parse_entry_line(last_line(outcome.answer.body));
  if (newest) {
    after_ = with_republic(to_string(newest->promise), headers);
  } else if (query.starts_with("?last=")) {  // None to show: go on from where the log now ends.
    const std::string_view end = client::find_header(headers, "Hansard-Promise");
    after_ = with_republic(end.empty() ? "0/0" : end, headers);
  }
  return outcome;
}

std::string channel_query(const std::vector<std::string>& channels) {
  std::string query;
  for (const std::string& channel : channels) query += "&channel=" + channel;
  return query;
}

void add_channels(CLI::App& verb, std::vector<std::string>& channels) {
  add(verb, "--channel", channels, name_form(), "Only entries of this channel; may be repeated")
      ->default_str("")
      ->allow_extra_args(false)
      ->delimiter(',');
}

std::string with_republic(std::string_view promise, const client::Headers& headers) {
  constexpr std::size_t republic_digits = 8;
  const std::string_view republic = client::find_header(headers, "Hansard-Republic");
  std::string text{promise};
  if (promise == "0/0" || republic.size() < republic_digits) return text;
  if (text.find('@') != std::string::npos) return text;
  return text + "@" + std::string(republic.substr(0, republic_digits));
}

bool print_entries(std::string_view lines, bool json) {
  for (std::size_t begin = 0; begin < lines.size();) {
    const std::size_t end = std::min(lines.find('\n', begin), lines.size());
    if (end > begin && !print_entry(lines.substr(begin, end - begin), json)) return false;
    begin = end + 1;
  }
  std::fflush(stdout);
  return true;
}

bool print_entry(std::string_view line, bool json) {
  std::optional<EntryLine> entry;
  if (!json) {
    entry = parse_entry_line(line);
    if (!entry) return false;
    line = entry->body;
  }
  std::fwrite(line.data(), 1, line.size(), stdout);
  std::fputc('\n', stdout);
  return true;
}

}  // namespace hansard::cli
