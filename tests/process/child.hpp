// tests/process/child.hpp - real processes: started, signalled, waited for; and the files they leave.
//
// Ownership: a Child that is destroyed while it runs is killed; children die with the test program too. Their output
// goes to files in the test's folder, which lives until the test case has ended; where it failed, the end of each file
// is printed and the folder is kept. Threads: start children on the main thread only: they die with the thread that
// started them.
#pragma once

#include "tests/process/waiting.hpp"

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

namespace process {

// The folder of the test case that runs, empty at its beginning.
const std::filesystem::path& folder();
// A new one, which is then folder(). For programs that are no tests; nobody removes it.
void make_folder(const std::filesystem::path& below);
std::string read_file(const std::filesystem::path& path);
void write_file(const std::filesystem::path& path, const std::string& text);

struct Start {
  std::string program = HANSARD_BINARY;
  std::vector<std::string> arguments;
  std::map<std::string, std::string> environment;  // beside the test's own, from which HANSARD_... are taken away
  std::filesystem::path input = "/dev/null";
  std::filesystem::path output;  // appended to
  std::filesystem::path errors;  // empty: the same as output
  bool leads_group = false;      // a shell: whatever it started is killed with it
};

class Child {
 public:
  explicit Child(const Start& start);
  ~Child();
  Child(Child&& other) noexcept;
  Child& operator=(Child&&) = delete;

  void signal(int number) const;
  // As waitpid() gives it; nullopt where it still runs after `limit`. May be asked again.
  [[nodiscard]] std::optional<int> wait(Milliseconds limit);
  [[nodiscard]] bool is_running() { return !wait(Milliseconds{0}).has_value(); }
  [[nodiscard]] pid_t pid() const { return pid_; }

 private:
  pid_t pid_ = 0;
  bool leads_group_ = false;
  int handle_ = -1;  // a pidfd
  std::optional<int> status_;
};

// Runs `hansard` with these arguments to its end. REQUIREs that it ends within `limit`.
struct Ran {
  int code = -1;  // 128 + signal where one ended it
  std::string output;
  std::string errors;
};
Ran run_hansard(const std::vector<std::string>& arguments, const std::string& input = {},
                Milliseconds limit = Milliseconds{60'000}, const std::map<std::string, std::string>& environment = {});

// Free now, and outside the range from which the kernel takes ports for outgoing connections: an islander that was
// killed finds its own again.
std::vector<std::uint16_t> free_ports(std::size_t count);
// The first of three adjacent ones.
std::uint16_t free_base_port();

// $HANSARD_TEST_SEED, or one drawn anew. CAPTURE it.
std::uint64_t seed();
// $HANSARD_FULL_SIZE is set: a test that has a greater size than fits into every run takes that.
bool is_full_size();

}  // namespace process
