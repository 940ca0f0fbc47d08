// http/cli/local.cpp - `hansard local`: a whole island on this machine, a process each.
//
// An islander that dies is reported and, without --restart, left dead, so that one can see what kill -9 does. Each has
// a process group of its own: Ctrl-C reaches this process alone, which then stops them one after the other.
#include "http/cli/flags.hpp"
#include "http/cli/probe.hpp"
#include "http/cli/verbs.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

namespace hansard::cli {

namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using Milliseconds = std::chrono::milliseconds;

constexpr const char* who = "hansard local";
constexpr std::uint64_t islanders_max = 26;  // a to z
constexpr Milliseconds probe_every{100};
constexpr Milliseconds restart_after{1'000};
constexpr Milliseconds stop_patience{10'000};  // for each; then it is killed

struct Options {
  std::uint64_t islanders = 3;
  std::uint64_t base_port = 8101;
  std::string data = "hansard-data";
  std::string trace;  // empty: not recorded
  bool restart = false;
};

struct Child {
  std::string id;
  client::Url url;
  std::vector<std::string> arguments;
  pid_t pid = 0;  // 0: not running
  std::chrono::steady_clock::time_point since;
  std::optional<asio::posix::stream_descriptor> output;
  std::array<char, 4'096> piece{};
  std::string line;  // what came of a line that is not yet whole
};

// The most that may vote: an odd number, but three where there are two, one seat vacant.
std::uint64_t seats(std::uint64_t islanders) {
  if (islanders < 3) return 3;
  return std::min<std::uint64_t>(islanders - (islanders + 1) % 2, 7);
}

std::string cause_of_death(int status) {
  if (WIFSIGNALED(status)) {
    const int signal = WTERMSIG(status);
    return "was killed by signal " + std::to_string(signal) + " (" + ::strsignal(signal) + ")";
  }
  return "ended with exit code " + std::to_string(WEXITSTATUS(status));
}

class Island {
 public:
  explicit Island(const Options& options) : options_(options) {
    std::string list;
    for (std::size_t i = 0; i < options.islanders; ++i) {
      auto child = std::make_unique<Child>();
      child->id = std::string(1, static_cast<char>('a' + i));
      child->url.address = {"127.0.0.1", static_cast<std::uint16_t>(options.base_port + i)};
      list += (list.empty() ? "" : ",") + child->id + "=" + to_string(child->url);
      children_.push_back(std::move(child));
    }
    for (const auto& child : children_) {
      child->arguments = {"hansard",  "serve",
                          "--id",     child->id,
                          "--data",   options.data + "/" + child->id,
                          "--listen", to_string(child->url.address)};
      if (!options.trace.empty()) child->arguments.insert(child->arguments.end(), {"--trace", options.trace});
      if (children_.size() == 1) continue;
      child->arguments.insert(child->arguments.end(),
                              {"--island", list, "--parliament", std::to_string(seats(children_.size()))});
    }
  }

  int run() {
    signals_.add(SIGCHLD);
    wait_for_signal();
    for (const auto& child : children_) {
      if (!start(*child)) return code_;
    }
    probe();
    io_.run();
    return code_;
  }

 private:
  // ---- a child's life -------------------------------------------------------------------------

  bool start(Child& child) {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) return give_up("no pipe is to be had");
    const pid_t parent = ::getpid();
    const pid_t pid = ::fork();
    if (pid < 0) return give_up("no process is to be had");
    if (pid == 0) become(child, ends[1], parent);
    ::close(ends[1]);
    child.pid = pid;
    child.since = std::chrono::steady_clock::now();
    child.output.emplace(io_, ends[0]);
    read(child);
    return true;
  }

  // In the child: only calls that are safe after a fork.
  [[noreturn]] static void become(Child& child, int output, pid_t parent) {
    ::setpgid(0, 0);
    ::prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (::getppid() != parent) ::_exit(1);  // It died before it could be asked to tell us.
    ::dup2(output, STDOUT_FILENO);
    ::dup2(output, STDERR_FILENO);
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    std::vector<char*> argv;
    for (std::string& argument : child.arguments) argv.push_back(argument.data());
    argv.push_back(nullptr);
    ::execv("/proc/self/exe", argv.data());
    ::_exit(127);
  }

  bool give_up(const char* why) {
    code_ = fail(who, why);
    stop();
    return false;
  }

  void read(Child& child) {
    child.output->async_read_some(asio::buffer(child.piece), [this, &child](error_code ec, std::size_t got) {
      if (ec == asio::error::operation_aborted) return;
      child.line.append(child.piece.data(), got);
      for (std::size_t end = 0; (end = child.line.find('\n')) != std::string::npos; child.line.erase(0, end + 1)) {
        print(child, std::string_view(child.line).substr(0, end));
      }
      if (!ec) return read(child);
      if (!child.line.empty()) print(child, child.line);
      child.line.clear();
    });
  }

  static void print(const Child& child, std::string_view line) {
    std::printf("%s | %.*s\n", child.id.c_str(), static_cast<int>(line.size()), line.data());
    std::fflush(stdout);
  }

  static void say(const std::string& what) {
    std::printf("%s: %s\n", who, what.c_str());
    std::fflush(stdout);
  }

  void on_death(Child& child, int status) {
    child.pid = 0;
    if (is_stopping_) return stop_next();
    const bool all_are_dead = std::ranges::none_of(children_, [](const auto& one) { return one->pid != 0; });
    say(child.id + " " + cause_of_death(status) + (options_.restart ? "; it is started again" : ""));
    if (options_.restart) return restart(child);
    if (!all_are_dead) return;
    code_ = fail(who, "no islander is left");
    finish();
  }

  // Not more than once a second.
  void restart(Child& child) {
    auto timer = std::make_shared<asio::steady_timer>(io_, child.since + restart_after);
    timer->async_wait([this, &child, timer](error_code) {
      if (!is_stopping_ && child.pid == 0) start(child);
    });
  }

  // ---- the island -----------------------------------------------------------------------------

  void probe() {
    probe_timer_.expires_after(probe_every);
    probe_timer_.async_wait([this](error_code ec) {
      if (ec) return;
      cli::probe(io_, children_[ready_]->url, "/readyz", Milliseconds{1'000}, [this](const Probed& said) {
        if (is_stopping_) return;
        if (said.status == 200 && ++ready_ == children_.size()) return announce();
        probe();
      });
    });
  }

  void announce() {
    std::string urls;
    for (const auto& child : children_) {
      say(child->id + " answers at " + to_string(child->url));
      urls += (urls.empty() ? "" : ",") + to_string(child->url);
    }
    const std::string first = to_string(children_.front()->url);
    say("try: curl -d 'hello world' -H 'Content-Type: text/plain' " + first + "/v1/logs/main/entries");
    say("     curl " + first + "/v1/logs/main/entries");
    say("     hansard tail -f --url " + urls);
    say("Ctrl-C stops the island");
  }

  // ---- signals and the end --------------------------------------------------------------------

  void wait_for_signal() {
    signals_.async_wait([this](error_code ec, int signal) {
      if (ec) return;
      if (signal == SIGCHLD) {
        reap();
      } else if (is_stopping_) {
        for (const auto& child : children_) kill(*child, SIGKILL);
      } else {
        stop();
      }
      if (!is_finished_) wait_for_signal();
    });
  }

  void reap() {
    for (const auto& child : children_) {
      int status = 0;
      if (child->pid != 0 && ::waitpid(child->pid, &status, WNOHANG) == child->pid) on_death(*child, status);
    }
  }

  static void kill(const Child& child, int signal) {
    if (child.pid != 0) ::kill(child.pid, signal);
  }

  void stop() {
    is_stopping_ = true;
    probe_timer_.cancel();
    stop_next();
  }

  // The last of the list first: the founder, who most likely leads, keeps its office longest.
  void stop_next() {
    for (auto child = children_.rbegin(); child != children_.rend(); ++child) {
      if ((*child)->pid == 0) continue;
      if (stopping_ == child->get()) return;  // Another one died meanwhile; this one is still at it.
      stopping_ = child->get();
      kill(**child, SIGTERM);
      kill(**child, SIGCONT);  // A frozen one could not obey.
      stop_timer_.expires_after(stop_patience);
      stop_timer_.async_wait([this](error_code ec) {
        if (ec || stopping_ == nullptr) return;
        say(stopping_->id + " does not stop; it is killed");
        kill(*stopping_, SIGKILL);
      });
      return;
    }
    finish();
  }

  // What the children said last is still in their pipes; they are dead, so each ends.
  void finish() {
    is_stopping_ = true;
    is_finished_ = true;
    stopping_ = nullptr;
    stop_timer_.cancel();
    probe_timer_.cancel();
    signals_.cancel();
    signals_.clear();
  }

  const Options& options_;
  asio::io_context io_{1};
  asio::signal_set signals_{io_, SIGINT, SIGTERM};
  asio::steady_timer probe_timer_{io_};
  asio::steady_timer stop_timer_{io_};
  std::vector<std::unique_ptr<Child>> children_;
  std::size_t ready_ = 0;  // so many, from the first, were seen ready
  Child* stopping_ = nullptr;
  bool is_stopping_ = false;
  bool is_finished_ = false;
  int code_ = 0;
};

}  // namespace

void add_local(CLI::App& app, Action& action) {
  CLI::App* verb = app.add_subcommand("local", "Run a whole island on this machine, a process each");
  auto options = std::make_shared<Options>();
  add(*verb, "--islanders", options->islanders, count_form(1, islanders_max), "How many");
  add(*verb, "--base-port", options->base_port, count_form(1, 65'535), "The first's port; the next follow");
  add(*verb, "--data", options->data, path_form(), "Where each has its directory, named as it is: a, b, c");
  add(*verb, "--trace", options->trace, path_form(), "Record what happens to each in files there; see hansard replay");
  verb->add_flag("--restart", options->restart, "Start again one that died");
  add_variables(*verb);
  verb->callback([options, &action] {
    if (options->base_port + options->islanders - 1 > 65'535) refuse("--base-port leaves no room for so many ports");
    action = [options] { return Island{*options}.run(); };
  });
}

}  // namespace hansard::cli
