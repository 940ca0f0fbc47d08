// http/cli/pages.hpp - reads a log page by page, and prints its entries.
//
// Used by `read` and `tail`. A page is what one call may give (10,000 entries, 8 MiB); the position
// moves on with each, and bears the republic from the first answer on: an islander of another island
// answers 409 and not with other entries.
#pragma once

#include "http/cli/flags.hpp"
#include "http/client.hpp"
#include "http/limits.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace hansard::cli {

inline constexpr const char* bad_entry = "the islander sent a line that is no entry";

class Pages {
 public:
  static constexpr std::uint64_t entries_max = http::Limits::page_entries;

  // Keeps references: all three live longer than this.
  Pages(client::Client& client, const Target& target, const std::vector<std::string>& channels);

  void begin_after(std::string promise) { after_ = std::move(promise); }
  // What follows the position, oldest first, as NDJSON; moves the position to its end.
  [[nodiscard]] client::Outcome next(std::uint64_t limit);
  // The newest entries; moves the position to the log's end at that moment.
  [[nodiscard]] client::Outcome newest(std::uint64_t count);
  // Entries in the answer that was given last.
  [[nodiscard]] std::uint64_t count() const { return count_; }
  // Where to go on: `3/42@9f2c81ab`.
  [[nodiscard]] const std::string& after() const { return after_; }

 private:
  client::Outcome get(const std::string& query);

  client::Client& client_;
  const Target& target_;
  const std::vector<std::string>& channels_;
  std::string after_ = "0/0";
  std::uint64_t count_ = 0;
};

// "&channel=a&channel=b"
[[nodiscard]] std::string channel_query(const std::vector<std::string>& channels);
void add_channels(CLI::App& verb, std::vector<std::string>& channels);
// A promise with the first digits of the republic that the answer's headers name, if they do.
[[nodiscard]] std::string with_republic(std::string_view promise, const client::Headers& headers);

// False where a line is not an entry; those before it are printed.
[[nodiscard]] bool print_entries(std::string_view lines, bool json);
[[nodiscard]] bool print_entry(std::string_view line, bool json);

}  // namespace hansard::cli
