// http/cli/progress.cpp - one line on the terminal, overwritten in place.
#include "http/cli/progress.hpp"

#include <cstdio>
#include <unistd.h>

namespace hansard::cli {

Progress::Progress(bool prints) : on_(::isatty(STDERR_FILENO) != 0 && !(prints && ::isatty(STDOUT_FILENO) != 0)) {}

Progress::~Progress() {
  if (shown_) std::fputs("\r\033[K", stderr);
}

void Progress::show(const std::string& text) {
  const auto now = std::chrono::steady_clock::now();
  if (!on_ || now < next_) return;
  next_ = now + std::chrono::milliseconds{200};
  shown_ = true;
  std::fprintf(stderr, "\r\033[K%s", text.c_str());
}

}  // namespace hansard::cli
