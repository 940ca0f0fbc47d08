// http/cli/run.cpp - the command line as a whole: its verbs, its help, and what becomes of bad
// usage.
#include "http/cli/config.hpp"
#include "http/cli/flags.hpp"
#include "http/cli/verbs.hpp"
#include "http/version.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <exception>
#include <string>
#include <utility>
#include <vector>

namespace hansard::cli {

namespace {

constexpr int bad_usage = 2;

// One line, whatever the library put into it.
std::string one_line(std::string text) {
  for (char& c : text) {
    if (c == '\n' || c == '\r') c = ' ';
  }
  while (text.ends_with(' ') || text.ends_with('.')) text.pop_back();
  return text;
}

// The verb in use, for messages: "hansard append".
std::string name_of(const CLI::App& app) {
  const std::vector<const CLI::App*> verbs = app.get_subcommands(nullptr);
  for (const CLI::App* verb : verbs) {
    if (verb->parsed()) return "hansard " + verb->get_name();
  }
  return "hansard";
}

int complain(const CLI::App& app, const std::string& what) {
  std::fprintf(stderr, "%s: %s\n", name_of(app).c_str(), one_line(what).c_str());
  return bad_usage;
}

}  // namespace

int run(int argc, const char* const* argv) {
  CLI::App app{"An atomic log service.", "hansard"};
  Action action;
  app.set_help_flag("-h,--help", "Print this help and exit");
  app.set_version_flag("--version", "hansard " + std::string(version()));
  app.require_subcommand(0, 1);
  app.footer("Exit codes: 0 success, 1 failure at work, 2 bad usage. More: hansard VERB --help");
  add_serve(app, action);
  add_local(app, action);
  add_append(app, action);
  add_read(app, action);
  add_tail(app, action);
  add_status(app, action);
  add_government(app, action);
  add_why(app, action);
  add_trim(app, action);
  add_exile(app, action);
  add_transfer(app, action);
  add_log_verbs(app, action);
  add_bench(app, action);
  add_replay(app, action);
  try {
    std::vector<std::string> arguments = with_config(app, {argv + 1, argv + argc});
    protect_texts(arguments);
    std::ranges::reverse(arguments);  // As CLI11 takes a vector.
    app.parse(std::move(arguments));
  } catch (const CLI::Success& asked) {  // --help, --version
    return app.exit(asked);
  } catch (const CLI::ParseError& error) {
    return complain(app, error.what());
  }
  if (!action) return complain(app, "a verb is missing; see hansard --help");
  try {
    const int code = action();
    // What could not be printed was not done: an answer that is lost on a full disk must not look like success.
    const bool printed = std::fflush(stdout) == 0 && std::ferror(stdout) == 0;
    return code == 0 && !printed ? fail(name_of(app), "the output could not be written") : code;
  } catch (const std::exception& error) {  // Out of memory, out of descriptors.
    return fail(name_of(app), one_line(error.what()));
  }
}

}  // namespace hansard::cli
