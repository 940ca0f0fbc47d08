// http/cli/tail.cpp - `hansard tail`: the newest entries and, with -f, every one that follows.
//
// Following survives the loss of an islander: it goes on at the next URL after the last promise
// that was printed, so that no entry is left out and none is printed twice.
#include "http/cli/entry_line.hpp"
#include "http/cli/flags.hpp"
#include "http/cli/pages.hpp"
#include "http/cli/verbs.hpp"

#include <chrono>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace hansard::cli {

namespace {

constexpr const char* who = "hansard tail";
constexpr std::uint64_t newest_shown = 10;
constexpr client::Patience open_patience{5'000};
// An islander sends something every 15 s; one that was silent for this long is gone.
constexpr client::Patience silence_max{35'000};
constexpr client::Patience back_off_min{50};
constexpr client::Patience back_off_max{1'000};

struct Options {
  Target target;
  bool follow = false;
  std::string after;  // empty: the newest ten
  std::vector<std::string> channels;
};

class Follower {
 public:
  Follower(const Options& options, client::Client& client, std::string after)
      : options_(options), client_(client), after_(std::move(after)) {
    last_ = parse_promise(std::string_view(after_).substr(0, after_.find('@'))).value_or(Promise{});
  }

  // Ends only with a failure that another try would not mend.
  int run() {
    client::Patience back_off = back_off_min;
    for (bool was_open = false;;) {
      const client::Outcome outcome = client_.open(call(), open_patience);
      if (outcome.is(200)) {
        if (was_open) say("goes on at " + to_string(client_.connection().url()));
        was_open = true;
        back_off = back_off_min;
        headers_ = outcome.answer.headers;
        if (const std::optional<int> code = follow()) return *code;
        client_.move_on();
        continue;
      }
      const bool is_final =
          outcome.fate == client::Fate::answered && outcome.answer.status < 500 && outcome.answer.status != 429;
      if (is_final || !was_open) return fail(who, outcome);
      std::this_thread::sleep_for(back_off);
      back_off = std::min(back_off * 2, back_off_max);
    }
  }

 private:
  [[nodiscard]] client::Call call() const {
    client::Call call;
    call.target =
        options_.target.path("/subscribe?after=" + client::percent_encode(after_) + channel_query(options_.channels));
    call.headers.emplace_back("Accept", "application/x-ndjson");
    return call;
  }

  // Prints what comes until the connection is lost (nullopt), or until it is no use to go on.
  std::optional<int> follow() {
    const std::string url = to_string(client_.connection().url());
    for (std::string line;;) {
      switch (client_.connection().read_line(line, silence_max)) {
        case client::Line::got:
          if (!line.empty()) {
            if (const std::optional<int> code = take(line)) return code;
          }
          break;
        case client::Line::ended:
          say(url + " ended the stream");
          return std::nullopt;
        case client::Line::failed:
          say("lost " + url);
          return std::nullopt;
        case client::Line::timed_out:
          say(url + " is silent");
          return std::nullopt;
      }
    }
  }

  std::optional<int> take(const std::string& line) {
    const std::optional<EntryLine> entry = parse_entry_line(line);
    if (!entry) {
      if (!raw_member(line, "gone")) return fail(who, bad_entry);
      const auto gone = nlohmann::json::parse(line, nullptr, false);
      return fail(who, "entries after " + to_string(last_) +
                           " were trimmed; what is left: " + (gone.is_object() ? gone["gone"].dump() : line));
    }
    if (entry->promise <= last_) return std::nullopt;  // Had before the connection was lost.
    if (!print_entry(line, options_.target.json)) return fail(who, bad_entry);
    std::fflush(stdout);
    last_ = entry->promise;
    after_ = with_republic(to_string(last_), headers_);
    return std::nullopt;
  }

  static void say(const std::string& what) { std::fprintf(stderr, "%s: %s\n", who, what.c_str()); }

  const Options& options_;
  client::Client& client_;
  client::Headers headers_;  // of the stream that is open
  std::string after_;
  Promise last_;
};

int tail(const Options& options) {
  client::Client client{options.target.urls()};
  Pages pages{client, options.target, options.channels};
  if (options.after.empty()) {
    const client::Outcome outcome = pages.newest(newest_shown);
    if (!outcome.is(200)) return fail(who, outcome);
    if (!print_entries(outcome.answer.body, options.target.json)) return fail(who, bad_entry);
  } else {
    pages.begin_after(options.after);
  }
  if (options.follow) return Follower{options, client, pages.after()}.run();
  if (options.after.empty()) return 0;
  do {
    const client::Outcome outcome = pages.next(Pages::entries_max);
    if (!outcome.is(200)) return fail(who, outcome);
    if (!print_entries(outcome.answer.body, options.target.json)) return fail(who, bad_entry);
  } while (pages.count() > 0);
  return 0;
}

}  // namespace

void add_tail(CLI::App& app, Action& action) {
  CLI::App* verb = app.add_subcommand("tail", "Print the newest entries; follow what is appended");
  auto options = std::make_shared<Options>();
  verb->add_flag("-f,--follow", options->follow, "Go on with every new entry; at the next URL when an islander fails");
  add(*verb, "--after", options->after, promise_form(),
      "Entries after this promise (0/0: from the oldest); without it the newest 10");
  add_channels(*verb, options->channels);
  add_target(*verb, options->target);
  verb->callback([options, &action] { action = [options] { return tail(*options); }; });
}

}  // namespace hansard::cli
