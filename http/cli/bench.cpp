// http/cli/bench.cpp - `hansard bench`: closed-loop appends, and what came of them.
#include "http/cli/flags.hpp"
#include "http/cli/load.hpp"
#include "http/cli/progress.hpp"
#include "http/cli/verbs.hpp"
#include "http/query.hpp"

#include <chrono>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

namespace hansard::cli {

namespace {

constexpr const char* who = "hansard bench";

struct Options {
  Target target;
  std::uint64_t connections = 64;
  std::uint64_t size = 256;
  std::string duration = "10";
  bool gaps = false;
};

struct Share {
  const char* name;
  double share;
};
constexpr Share shares[] = {{"p50", 0.5}, {"p90", 0.9}, {"p99", 0.99}, {"p99.9", 0.999}};

// A bare number is seconds.
std::optional<std::chrono::milliseconds> parse_seconds(const std::string& text) {
  const bool is_bare = text.find_first_not_of("0123456789") == std::string::npos;
  return http::parse_duration(is_bare ? text + "s" : text);
}

Form seconds_form() {
  const auto check = [](std::string& text) {
    const auto duration = parse_seconds(text);
    const bool is_good = duration && duration->count() > 0 && *duration <= std::chrono::hours{24};
    return is_good ? std::string() : "'" + text + "' is not a time from 1ms to 24h";
  };
  return Form{"SECONDS", CLI::Validator{check, ""}};
}

double per_append(double seconds, std::uint64_t appends) {
  return appends == 0 ? 0 : seconds * 1e6 / static_cast<double>(appends);
}

void print_json(const Options& options, const LoadFigures& figures) {
  nlohmann::ordered_json answer;
  for (const client::Url& url : options.target.urls()) answer["urls"].push_back(to_string(url));
  answer["connections"] = options.connections;
  answer["size"] = options.size;
  answer["seconds"] = figures.seconds;
  answer["appends"] = figures.appends;
  answer["per_second"] = static_cast<double>(figures.appends) / figures.seconds;
  answer["errors"] = figures.errors;
  answer["failed_connects"] = figures.failed_connects;
  if (!figures.first_error.empty()) answer["first_error"] = figures.first_error;
  for (const Share& one : shares) {
    answer["latency_us"][one.name] = figures.latency.percentile(one.share);
  }
  answer["latency_us"]["max"] = figures.latency.max();
  answer["client_cpu_us_per_append"] = per_append(figures.cpu_seconds, figures.appends);
  if (options.gaps) {
    answer["longest_gap_ms"] = static_cast<double>(figures.longest_gap.count()) / 1e3;
  }
  std::puts(answer.dump().c_str());
}

void print_row(const char* name, double value, int digits, const char* unit) {
  std::printf("%-14s %12.*f%s\n", name, digits, value, unit);
}

void print_table(const Options& options, const LoadFigures& figures) {
  const auto milliseconds = [](std::uint64_t us) { return static_cast<double>(us) / 1e3; };
  print_row("connections", static_cast<double>(options.connections), 0, "");
  print_row("entry bytes", static_cast<double>(options.size), 0, "");
  print_row("seconds", figures.seconds, 1, "");
  print_row("appends", static_cast<double>(figures.appends), 0, "");
  print_row("per second", static_cast<double>(figures.appends) / figures.seconds, 0, "");
  for (const Share& one : shares) {
    print_row(one.name, milliseconds(figures.latency.percentile(one.share)), 3, " ms");
  }
  print_row("max", milliseconds(figures.latency.max()), 3, " ms");
  print_row("errors", static_cast<double>(figures.errors), 0, "");
  if (!figures.first_error.empty()) {
    std::printf("%-14s %s\n", "first error", figures.first_error.c_str());
  }
  if (options.gaps) {
    print_row("longest gap", static_cast<double>(figures.longest_gap.count()) / 1e3, 1, " ms");
  }
  print_row("client CPU", per_append(figures.cpu_seconds, figures.appends), 2, " us per append");
}

int bench(const Options& options) {
  LoadOptions load;
  load.urls = options.target.urls();
  load.log = options.target.log;
  load.connections = options.connections;
  load.size = options.size;
  load.duration = *parse_seconds(options.duration);
  Result<LoadFigures> figures = [&] {
    Progress progress{false};
    return run_load(load, [&progress](const LoadFigures& now) {
      progress.show(std::to_string(static_cast<int>(now.seconds)) + " s, " + std::to_string(now.appends) +
                    " appends, " + std::to_string(now.errors) + " errors");
    });
  }();
  if (!figures) return fail(who, figures.error().what);
  if (figures->appends == 0) return fail(who, "nothing was appended: " + figures->first_error);
  if (options.target.json) {
    print_json(options, *figures);
  } else {
    print_table(options, *figures);
  }
  return 0;
}

}  // namespace

void add_bench(CLI::App& app, Action& action) {
  CLI::App* verb = app.add_subcommand("bench", "Append without pause on many connections; several URLs share them");
  auto options = std::make_shared<Options>();
  add(*verb, "--connections", options->connections, count_form(1, 10'000),
      "Connections, each with one append under way");
  add(*verb, "--size", options->size, count_form(0, std::uint64_t{64} << 20U), "Bytes of an entry");
  add(*verb, "--duration", options->duration, seconds_form(), "How long (a bare number: seconds)");
  verb->add_flag("--gaps", options->gaps, "Also print the longest time without an append");
  add_target(*verb, options->target);
  verb->callback([options, &action] { action = [options] { return bench(*options); }; });
}

}  // namespace hansard::cli
