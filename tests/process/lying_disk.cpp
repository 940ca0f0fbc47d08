// tests/process/lying_disk.cpp - a library to be preloaded into an islander, whose disk then lies while a file exists.
//
// While the file named by $LYING_DISK exists, what is written to the store's *.log files goes nowhere and is reported
// as written and synced. An islander on such a disk is what an islander is that answers before its disk: its
// acknowledgements mean nothing once it is killed. It shows that the crash tests would notice one, without a switch for
// it in the program.
#include <array>
#include <cstdlib>
#include <dlfcn.h>
#include <string_view>
#include <sys/types.h>
#include <unistd.h>

namespace {

bool is_lying() {
  static const char* const path = std::getenv("LYING_DISK");
  return path != nullptr && ::access(path, F_OK) == 0;
}

// Below a directory, and named *.log.
bool is_of_the_store(int fd) {
  std::array<char, 64> link{"/proc/self/fd/"};
  std::array<char, 32> digits{};
  std::size_t count = 0;
  for (unsigned rest = static_cast<unsigned>(fd); rest > 0 || count == 0; rest /= 10) {
    digits[count++] = static_cast<char>('0' + rest % 10);
  }
  for (std::size_t at = 14; count > 0;) link[at++] = digits[--count];
  std::array<char, 4'096> path{};
  const ssize_t length = ::readlink(link.data(), path.data(), path.size());
  const std::string_view name{path.data(), length > 0 ? static_cast<std::size_t>(length) : 0};
  return fd > STDERR_FILENO && name.ends_with(".log");
}

}  // namespace

extern "C" ssize_t write(int fd, const void* bytes, size_t count) {
  using Write = ssize_t (*)(int, const void*, size_t);
  static const Write real = reinterpret_cast<Write>(::dlsym(RTLD_NEXT, "write"));
  if (is_lying() && is_of_the_store(fd)) return static_cast<ssize_t>(count);
  return real(fd, bytes, count);
}

extern "C" ssize_t pwrite(int fd, const void* bytes, size_t count, off_t offset) {
  using Write = ssize_t (*)(int, const void*, size_t, off_t);
  static const Write real = reinterpret_cast<Write>(::dlsym(RTLD_NEXT, "pwrite"));
  if (is_lying() && is_of_the_store(fd)) return static_cast<ssize_t>(count);
  return real(fd, bytes, count, offset);
}
