// http/cli/verbs.hpp - the verbs of `hansard`, one file each.
//
// Each function adds its verb to the command line. Where the verb is the one given and its flags
// agree with each other, it leaves in `action` what is to be done; the action returns the exit
// code. Bad usage is thrown as CLI::ParseError while the command line is read, never later.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace CLI {  // NOLINT(readability-identifier-naming)
class App;
}

namespace hansard::cli {

using Action = std::function<int()>;

void add_serve(CLI::App& app, Action& action);
void add_local(CLI::App& app, Action& action);
void add_append(CLI::App& app, Action& action);
void add_read(CLI::App& app, Action& action);
void add_tail(CLI::App& app, Action& action);
void add_status(CLI::App& app, Action& action);
void add_government(CLI::App& app, Action& action);
void add_why(CLI::App& app, Action& action);
void add_trim(CLI::App& app, Action& action);
void add_exile(CLI::App& app, Action& action);
void add_transfer(CLI::App& app, Action& action);
void add_log_verbs(CLI::App& app, Action& action);
void add_bench(CLI::App& app, Action& action);
void add_replay(CLI::App& app, Action& action);

// CLI11 takes a positional argument "[a,b]" for a list of two, and gives up on `--` in a verb; this keeps the texts of
// `append` as they are. Called before the arguments are read.
void protect_texts(std::vector<std::string>& arguments);

// All of it: reads the arguments, does what they say, returns the exit code.
int run(int argc, const char* const* argv);

}  // namespace hansard::cli
