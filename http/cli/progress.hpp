// http/cli/progress.hpp - one line on the terminal that says how far long work has come.
//
// Only where stderr is a terminal (and stdout, if it is one too, is not being written to), and at
// most five times a second. The line is gone when the work is done.
#pragma once

#include <chrono>
#include <string>

namespace hansard::cli {

class Progress {
 public:
  // `prints`: the work also prints answers; then no line where these go to the terminal as well.
  explicit Progress(bool prints);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void show(const std::string& text);

 private:
  bool on_ = false;
  bool shown_ = false;
  std::chrono::steady_clock::time_point next_;
};

}  // namespace hansard::cli
