// http/cli/read.cpp - `hansard read`: entries after a promise, or the newest ones.
#include "http/cli/flags.hpp"
#include "http/cli/pages.hpp"
#include "http/cli/progress.hpp"
#include "http/cli/verbs.hpp"

#include <algorithm>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

namespace hansard::cli {

namespace {

constexpr const char* who = "hansard read";

struct Options {
  Target target;
  std::string after = "0/0";
  std::uint64_t limit = 100;
  std::uint64_t last = 0;  // 0: not asked for
  std::vector<std::string> channels;
};

int read(const Options& options) {
  client::Client client{options.target.urls()};
  Pages pages{client, options.target, options.channels};
  Progress progress{true};
  if (options.last > 0) {
    const client::Outcome outcome = pages.newest(options.last);
    if (!outcome.is(200)) return fail(who, outcome);
    return print_entries(outcome.answer.body, options.target.json) ? 0 : fail(who, bad_entry);
  }
  pages.begin_after(options.after);
  for (std::uint64_t left = options.limit; left > 0;) {
    const client::Outcome outcome = pages.next(std::min(left, Pages::entries_max));
    if (!outcome.is(200)) return fail(who, outcome);
    if (pages.count() == 0) return 0;
    if (!print_entries(outcome.answer.body, options.target.json)) return fail(who, bad_entry);
    left -= pages.count();
    progress.show(std::to_string(options.limit - left) + " entries read");
  }
  return 0;
}

}  // namespace

void add_read(CLI::App& app, Action& action) {
  CLI::App* verb = app.add_subcommand("read", "Print entries, oldest first");
  auto options = std::make_shared<Options>();
  CLI::Option* after =
      add(*verb, "--after", options->after, promise_form(), "Entries after this promise; 0/0: from the oldest");
  CLI::Option* limit = add(*verb, "--limit", options->limit, count_form(1, UINT64_MAX), "At most so many entries");
  CLI::Option* last = add(*verb, "--last", options->last, count_form(1, Pages::entries_max),
                          "Instead of --after and --limit: the newest so many")
                          ->default_str("");
  last->excludes(after)->excludes(limit);
  add_channels(*verb, options->channels);
  add_target(*verb, options->target);
  verb->callback([options, &action] { action = [options] { return read(*options); }; });
}

}  // namespace hansard::cli
