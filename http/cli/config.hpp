// http/cli/config.hpp - flags from a JSON file: --config FILE, or $HANSARD_CONFIG.
//
// The file is one object, its keys the names of flags without dashes: {"id": "a", "island":
// ["a=http://h1:8101", "b=http://h2:8101"], "insecure": true, "ping": "100ms"}. Where a flag is
// given several times over, the command line wins, then its variable, then the file.
#pragma once

#include <string>
#include <vector>

namespace CLI {  // NOLINT(readability-identifier-naming)
class App;
}

namespace hansard::cli {

// The arguments, and after them those that the file adds. Only where the verb has a flag --config.
// Throws CLI::ParseError where the file cannot be read or names what is no flag.
std::vector<std::string> with_config(const CLI::App& app, std::vector<std::string> arguments);

}  // namespace hansard::cli
