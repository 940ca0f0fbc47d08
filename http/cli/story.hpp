// http/cli/story.hpp - Story: what a replay tells of an islander: who governed and why, who was silent, where time
// went.
//
// A line as it happens for what an operator asks about: governments, what the core told as important, and whatever
// took as long as `slow`: a write, an answer, a silence, a time without any input. Then the figures of the whole.
// Times are the islander's clock as recorded, UTC. Text or JSON, an object a line.
#pragma once

#include "government/replay.hpp"
#include "http/cli/histogram.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hansard::cli {

struct StoryOptions {
  Tick slow = 500'000;      // microseconds
  bool everything = false;  // also events that are of no importance
};

class Story final : public Witness {
 public:
  // One thing that happened.
  struct Line {
    std::int64_t wall_us = 0;
    std::string what;                                        // "government", "slow write" ...
    std::vector<std::pair<std::string, std::string>> facts;  // in order
    std::string text;                                        // all of it, for people
  };
  using Print = std::function<void(const Line&)>;

  Story(std::string self, const StoryOptions& options, Print print)
      : self_(std::move(self)), options_(options), print_(std::move(print)) {}

  void input(std::uint64_t number, const Input& input) override;
  void pulse(const Pulse& pulse) override;
  void write(const Write& write) override;
  void want(const Want& /*want*/) override {}
  void committed(const std::vector<EntryPtr>& entries) override;
  void appended(const std::vector<Appended>& ended) override;
  void events(const std::vector<Event>& events) override;
  void halt(const Error& error) override;
  // The recording ended here: what is open is told.
  void finish();

  [[nodiscard]] std::vector<std::string> figures() const;  // lines for people
  [[nodiscard]] nlohmann::ordered_json json() const;

 private:
  struct Flight {
    std::string to;
    const char* name = "";
    Tick at = 0;
    bool is_url = false;  // `to` is
  };
  struct Fellow {  // another islander
    Histogram answers;
    std::uint64_t failed = 0;
    std::optional<Tick> asked_at;  // the first pulse to it since it answered last
    Tick longest_silence = 0;
  };

  void say(std::string what, std::vector<std::pair<std::string, std::string>> facts, const std::string& text);
  void tell_silence(const std::string& id, Tick lasted, bool is_over);
  void ended(PulseId id, const std::optional<Reply>& reply);
  void persisted();

  std::string self_;
  StoryOptions options_;
  Print print_;
  Moment begun_;
  Moment now_;
  std::uint64_t inputs_ = 0;
  Tick longest_pause_ = 0;

  std::map<PulseId, Flight> flights_;
  std::map<std::string, Fellow> fellows_;

  std::optional<Tick> written_at_;  // the write under way was handed out
  std::uint64_t write_id_ = 0;
  std::size_t write_entries_ = 0;
  std::uint64_t entries_written_ = 0;
  Histogram writes_;

  std::map<std::uint64_t, Tick> open_;  // appends, by token
  Histogram appends_;
  std::uint64_t committed_ = 0;
  std::uint64_t not_appended_ = 0;
  std::uint64_t unknown_ = 0;
  std::uint64_t given_up_ = 0;

  std::uint64_t governments_ = 0;
  std::uint64_t entries_ = 0;  // committed
  std::map<std::string, std::uint64_t> told_;
};

}  // namespace hansard::cli
