// http/cli/logging.hpp - the log of `serve`: lines on stderr, for people or for machines.
#pragma once

#include <memory>
#include <string>

namespace spdlog {
class logger;
}

namespace hansard::cli {

// `format`: "text", a line with time, level and message; "json", an object a line with "time",
// "level", "message". `level`: debug, info, warning, error.
[[nodiscard]] std::shared_ptr<spdlog::logger> make_logger(const std::string& format, const std::string& level);

}  // namespace hansard::cli
