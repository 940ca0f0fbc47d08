// tests/process/child.cpp - fork, exec, pidfd; folders and free ports.
#include "tests/process/child.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <fstream>
#include <iostream>
#include <iterator>
#include <netinet/in.h>
#include <poll.h>
#include <random>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

extern char** environ;  // NOLINT(readability-identifier-naming)

namespace process {

namespace {

namespace fs = std::filesystem;

fs::path current_folder;

void print_end_of(const fs::path& path) {
  constexpr std::size_t bytes_max = 6'000;
  const std::string text = read_file(path);
  const std::size_t begin = text.size() > bytes_max ? text.find('\n', text.size() - bytes_max) + 1 : 0;
  std::cerr << "---- " << path.filename().string() << (begin > 0 ? ", its end" : "") << '\n' << text.substr(begin);
}

// Gives each test case its folder, and prints what the processes wrote where it failed.
class Folders final : public doctest::IReporter {
 public:
  explicit Folders(const doctest::ContextOptions& /*options*/) {}

  void test_case_start(const doctest::TestCaseData& /*data*/) override { make_folder(fs::temp_directory_path()); }
  void test_case_end(const doctest::CurrentTestCaseStats& stats) override {
    if (stats.failure_flags == 0) {
      std::error_code ignored;
      fs::remove_all(current_folder, ignored);
      return;
    }
    for (const fs::directory_entry& entry : fs::directory_iterator(current_folder)) {
      if (entry.is_regular_file() && entry.path().extension() == ".log") print_end_of(entry.path());
    }
    std::cerr << "---- kept: " << current_folder.string() << '\n';
  }
  void report_query(const doctest::QueryData& /*data*/) override {}
  void test_run_start() override {}
  void test_run_end(const doctest::TestRunStats& /*stats*/) override {}
  void test_case_reenter(const doctest::TestCaseData& /*data*/) override {}
  void test_case_exception(const doctest::TestCaseException& /*exception*/) override {}
  void subcase_start(const doctest::SubcaseSignature& /*signature*/) override {}
  void subcase_end() override {}
  void log_assert(const doctest::AssertData& /*data*/) override {}
  void log_message(const doctest::MessageData& /*data*/) override {}
  void test_case_skipped(const doctest::TestCaseData& /*data*/) override {}
};

REGISTER_LISTENER("folders", 1, Folders);

std::vector<std::string> environment_of(const Start& start) {
  std::vector<std::string> all;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string text = *entry;
    const bool is_own = start.environment.contains(text.substr(0, text.find('=')));
    if (!text.starts_with("HANSARD_") && !is_own) all.push_back(text);
  }
  for (const auto& [name, value] : start.environment) all.push_back(name + "=" + value);
  return all;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> all;
  for (std::string& text : texts) all.push_back(text.data());
  all.push_back(nullptr);
  return all;
}

// In the child: only calls that are safe after the fork of a program with threads.
void redirect(const char* path, int flags, int to) {
  const int fd = ::open(path, flags, 0644);
  if (fd < 0) ::_exit(126);
  ::dup2(fd, to);
  ::close(fd);
}

bool is_free(std::uint16_t port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const bool is_bound = ::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  ::close(fd);
  return is_bound;
}

}  // namespace

const fs::path& folder() { return current_folder; }

void make_folder(const fs::path& below) {
  std::string name = (below / "hansard-process-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) std::abort();
  current_folder = name;
}

std::string read_file(const fs::path& path) {
  std::ifstream file{path, std::ios::binary};
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

void write_file(const fs::path& path, const std::string& text) {
  std::ofstream file{path, std::ios::binary};
  file << text;
  file.flush();
  REQUIRE(file.good());
}

Child::Child(const Start& start) {
  std::vector<std::string> arguments = start.arguments;
  arguments.insert(arguments.begin(), start.program);
  std::vector<std::string> environment = environment_of(start);
  const std::vector<char*> argv = pointers(arguments);
  const std::vector<char*> envp = pointers(environment);
  const std::string input = start.input.string();
  const std::string output = start.output.string();
  const std::string errors = start.errors.empty() ? output : start.errors.string();
  leads_group_ = start.leads_group;
  pid_ = ::fork();
  REQUIRE(pid_ >= 0);
  if (pid_ == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (start.leads_group) ::setpgid(0, 0);
    redirect(input.c_str(), O_RDONLY, STDIN_FILENO);
    redirect(output.c_str(), O_WRONLY | O_CREAT | O_APPEND, STDOUT_FILENO);
    redirect(errors.c_str(), O_WRONLY | O_CREAT | O_APPEND, STDERR_FILENO);
    ::execve(argv[0], argv.data(), envp.data());
    ::_exit(127);
  }
  if (leads_group_) ::setpgid(pid_, pid_);  // Here too: it may be killed before it gets to it.
  handle_ = static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0));
  REQUIRE(handle_ >= 0);
}

Child::Child(Child&& other) noexcept
    : pid_(other.pid_), leads_group_(other.leads_group_), handle_(other.handle_), status_(other.status_) {
  other.pid_ = 0;
  other.handle_ = -1;
}

Child::~Child() {
  if (pid_ != 0 && leads_group_) ::kill(-pid_, SIGKILL);
  if (pid_ != 0 && !status_) {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  if (handle_ >= 0) ::close(handle_);
}

void Child::signal(int number) const {
  if (!status_) ::kill(pid_, number);
}

std::optional<int> Child::wait(Milliseconds limit) {
  if (status_) return status_;
  pollfd ended{handle_, POLLIN, 0};
  if (::poll(&ended, 1, static_cast<int>(limit.count())) <= 0) return std::nullopt;
  int status = 0;
  ::waitpid(pid_, &status, 0);
  status_ = status;
  return status_;
}

Ran run_hansard(const std::vector<std::string>& arguments, const std::string& input, Milliseconds limit,
                const std::map<std::string, std::string>& environment) {
  static int count = 0;
  const std::string name = "run-" + std::to_string(++count);
  Start start;
  start.arguments = arguments;
  start.environment = environment;
  start.input = folder() / (name + ".in");
  start.output = folder() / (name + ".out.log");
  start.errors = folder() / (name + ".err.log");
  write_file(start.input, input);
  Child child{start};
  const std::optional<int> status = child.wait(limit);
  REQUIRE_MESSAGE(status.has_value(), "hansard ", arguments.front(), " has not ended");
  Ran ran;
  ran.code = WIFEXITED(*status) ? WEXITSTATUS(*status) : 128 + WTERMSIG(*status);
  ran.output = read_file(start.output);
  ran.errors = read_file(start.errors);
  return ran;
}

std::vector<std::uint16_t> free_ports(std::size_t count) {
  constexpr int first = 20'000;
  constexpr int last = 31'999;  // Outgoing connections take theirs from 32,768 on.
  std::mt19937 chance{std::random_device{}()};
  std::uniform_int_distribution<int> draw{first, last};
  std::vector<std::uint16_t> ports;
  for (int tries = 0; ports.size() < count && tries < 10'000; ++tries) {
    const auto port = static_cast<std::uint16_t>(draw(chance));
    if (std::ranges::find(ports, port) == ports.end() && is_free(port)) ports.push_back(port);
  }
  REQUIRE(ports.size() == count);
  return ports;
}

std::uint16_t free_base_port() {
  for (int tries = 0; tries < 1'000; ++tries) {
    const std::uint16_t base = free_ports(1).front();
    if (is_free(static_cast<std::uint16_t>(base + 1)) && is_free(static_cast<std::uint16_t>(base + 2))) return base;
  }
  FAIL("no three adjacent ports are free");
  return 0;
}

std::uint64_t seed() {
  const char* given = std::getenv("HANSARD_TEST_SEED");
  return given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device{}();
}

bool is_full_size() { return std::getenv("HANSARD_FULL_SIZE") != nullptr; }

}  // namespace process
