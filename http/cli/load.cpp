// http/cli/load.cpp - the epoll loop of the load generator.
#include "http/cli/load.hpp"

#include "http/cli/response_scanner.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <optional>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

namespace hansard::cli {

namespace {

using Clock = std::chrono::steady_clock;
using Time = Clock::time_point;
using std::chrono::microseconds;
using std::chrono::milliseconds;

constexpr milliseconds tick{100};           // how often deadlines are looked at
constexpr milliseconds rest{10};            // before another try where one was refused
constexpr milliseconds answer_max{12'000};  // the islander's own limit is 10 s
constexpr std::size_t receive_bytes = std::size_t{16} << 10U;
constexpr int events_max = 256;

struct Target {
  client::Url url;
  sockaddr_storage address{};
  socklen_t address_bytes = 0;
  std::string request;
};

struct Line {
  enum class State : unsigned char { resting, connecting, writing, reading };
  State state = State::resting;
  bool watches_writing = false;
  int fd = -1;
  std::size_t target = 0;
  std::size_t written = 0;
  std::string received;
  Time since;  // of the state; of writing and reading: when the append began
};

double cpu_seconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

// Printable, and not to be compressed away.
std::string body_of(std::size_t size) {
  std::string body(size, ' ');
  std::uint64_t state = 0x9e3779b97f4a7c15U;
  for (char& c : body) {
    state ^= state << 13U;
    state ^= state >> 7U;
    state ^= state << 17U;
    c = static_cast<char>('0' + state % 75);
  }
  return body;
}

Result<Target> make_target(const client::Url& url, const LoadOptions& options) {
  Target target;
  target.url = url;
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const std::string port = std::to_string(url.address.port);
  const int failed = ::getaddrinfo(url.address.host.c_str(), port.c_str(), &hints, &found);
  if (failed != 0) return Error{Errc::invalid, to_string(url) + ": " + ::gai_strerror(failed)};
  std::memcpy(&target.address, found->ai_addr, found->ai_addrlen);
  target.address_bytes = found->ai_addrlen;
  ::freeaddrinfo(found);
  target.request = "POST /v1/logs/" + options.log + "/entries HTTP/1.1\r\nHost: " + to_string(url.address) +
                   "\r\nContent-Length: " + std::to_string(options.size) + "\r\n\r\n" + body_of(options.size);
  return target;
}

class Load {
 public:
  Load(const LoadOptions& options, std::vector<Target> targets)
      : options_(options), targets_(std::move(targets)), lines_(options.connections) {
    for (std::size_t i = 0; i < lines_.size(); ++i) lines_[i].target = i % targets_.size();
  }
  ~Load() {
    for (const Line& line : lines_) {
      if (line.fd >= 0) ::close(line.fd);
    }
    if (epoll_ >= 0) ::close(epoll_);
  }
  Load(const Load&) = delete;
  Load& operator=(const Load&) = delete;

  Result<LoadFigures> run(const std::function<void(const LoadFigures&)>& progress) {
    epoll_ = ::epoll_create1(EPOLL_CLOEXEC);
    if (epoll_ < 0) return Error{Errc::io, "epoll is not to be had"};
    const double cpu_before = cpu_seconds();
    const Time begin = Clock::now();
    const Time end = begin + options_.duration;
    now_ = begin;
    for (Line& line : lines_) connect(line);
    for (Time next_tick = begin + tick; now_ < end;) {
      wait();
      if (now_ < next_tick) continue;
      next_tick = now_ + tick;
      look_at_deadlines();
      figures_.seconds = seconds_since(begin);
      progress(figures_);
    }
    figures_.seconds = seconds_since(begin);
    figures_.cpu_seconds = cpu_seconds() - cpu_before;
    note_gap();
    return std::move(figures_);
  }

 private:
  [[nodiscard]] double seconds_since(Time begin) const { return std::chrono::duration<double>(now_ - begin).count(); }

  void wait() {
    std::array<epoll_event, events_max> events;
    const milliseconds patience = resting_ > 0 ? rest : tick;
    const int count = ::epoll_wait(epoll_, events.data(), events_max, static_cast<int>(patience.count()));
    now_ = Clock::now();
    for (int i = 0; i < count; ++i) {
      Line& line = lines_[events[static_cast<std::size_t>(i)].data.u64];
      switch (line.state) {
        case Line::State::connecting:
          on_connected(line);
          break;
        case Line::State::writing:
          write(line);
          break;
        case Line::State::reading:
          read(line);
          break;
        case Line::State::resting:
          break;
      }
    }
    if (resting_ == 0) return;
    for (Line& line : lines_) {
      if (line.state == Line::State::resting && now_ >= line.since + rest) resume(line);
    }
  }

  void look_at_deadlines() {
    for (Line& line : lines_) {
      if (line.state != Line::State::resting && now_ > line.since + answer_max) {
        lose(line, "no answer in time");
      }
    }
  }

  void watch(Line& line, std::uint32_t events, int operation = EPOLL_CTL_MOD) {
    epoll_event event{};
    event.events = events;
    event.data.u64 = static_cast<std::uint64_t>(&line - lines_.data());
    ::epoll_ctl(epoll_, operation, line.fd, &event);
    line.watches_writing = events == EPOLLOUT;
  }

  void enter(Line& line, Line::State state) {
    if (line.state == Line::State::resting) --resting_;
    if (state == Line::State::resting) ++resting_;
    line.state = state;
  }

  void connect(Line& line) {
    const Target& target = targets_[line.target];
    line.since = now_;
    line.fd = ::socket(target.address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (line.fd < 0) return lose(line, "no socket is to be had");
    const int on = 1;
    ::setsockopt(line.fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    enter(line, Line::State::connecting);
    watch(line, EPOLLOUT, EPOLL_CTL_ADD);
    sockaddr_storage address = target.address;
    const int failed = ::connect(line.fd, reinterpret_cast<sockaddr*>(&address), target.address_bytes);
    if (failed != 0 && errno != EINPROGRESS) lose(line, std::strerror(errno));
  }

  void on_connected(Line& line) {
    int error = 0;
    socklen_t bytes = sizeof error;
    ::getsockopt(line.fd, SOL_SOCKET, SO_ERROR, &error, &bytes);
    if (error != 0) return lose(line, std::strerror(error));
    begin_append(line);
  }

  void begin_append(Line& line) {
    line.written = 0;
    line.received.clear();
    line.since = now_;
    write(line);
  }

  // Almost always one write; the socket is watched for reading all the time, and for writing only
  // where the request did not fit.
  void write(Line& line) {
    const std::string& request = targets_[line.target].request;
    const ssize_t sent = ::send(line.fd, request.data() + line.written, request.size() - line.written, MSG_NOSIGNAL);
    if (sent < 0 && errno != EAGAIN) return lose(line, std::strerror(errno));
    if (sent > 0) line.written += static_cast<std::size_t>(sent);
    const bool is_whole = line.written == request.size();
    if (is_whole == line.watches_writing) watch(line, is_whole ? EPOLLIN : EPOLLOUT);
    enter(line, is_whole ? Line::State::reading : Line::State::writing);
  }

  void read(Line& line) {
    const ssize_t got = ::recv(line.fd, buffer_.data(), buffer_.size(), 0);
    if (got < 0 && errno == EAGAIN) return;
    if (got < 0) return lose(line, std::strerror(errno));
    if (got == 0) return lose(line, "the connection was closed");
    std::string_view bytes{buffer_.data(), static_cast<std::size_t>(got)};
    if (!line.received.empty()) {
      line.received += bytes;
      bytes = line.received;
    }
    const Scan scan = scan_response(bytes);
    switch (scan.state) {
      case Scan::State::partial:
        if (line.received.empty()) line.received = bytes;
        return;
      case Scan::State::malformed:
        return lose(line, "the answer is not to be understood");
      case Scan::State::whole:
        break;
    }
    if (scan.bytes != bytes.size()) return lose(line, "an answer that was not asked for");
    if (scan.status != 201) return refuse(line, scan.status);
    succeed(line);
    if (scan.closes) return close(line);
    begin_append(line);
  }

  void succeed(Line& line) {
    now_ = Clock::now();
    ++figures_.appends;
    figures_.latency.record(
        static_cast<std::uint64_t>(std::chrono::duration_cast<microseconds>(now_ - line.since).count()));
    note_gap();
    last_success_ = now_;
  }

  void note_gap() {
    if (!last_success_) return;
    const auto gap = std::chrono::duration_cast<microseconds>(now_ - *last_success_);
    figures_.longest_gap = std::max(figures_.longest_gap, gap);
  }

  void count(std::uint64_t& errors, const Line& line, const std::string& what) {
    ++errors;
    if (!figures_.first_error.empty()) return;
    figures_.first_error = to_string(targets_[line.target].url) + ": " + what;
  }

  // Answered, but not with success: the same connection again, after a rest.
  void refuse(Line& line, int status) {
    count(figures_.errors, line, "answered " + std::to_string(status));
    line.since = now_;
    enter(line, Line::State::resting);
  }

  void lose(Line& line, const std::string& what) {
    const bool had_append = line.state == Line::State::writing || line.state == Line::State::reading;
    count(had_append ? figures_.errors : figures_.failed_connects, line, what);
    close(line);
  }

  void close(Line& line) {
    if (line.fd >= 0) ::close(line.fd);
    line.fd = -1;
    line.target = (line.target + 1) % targets_.size();
    line.since = now_;
    enter(line, Line::State::resting);
  }

  void resume(Line& line) {
    if (line.fd < 0) return connect(line);
    begin_append(line);
  }

  const LoadOptions& options_;
  std::vector<Target> targets_;
  std::vector<Line> lines_;
  std::size_t resting_ = lines_.size();
  int epoll_ = -1;
  Time now_;
  std::optional<Time> last_success_;
  LoadFigures figures_;
  std::array<char, receive_bytes> buffer_;
};

}  // namespace

Result<LoadFigures> run_load(const LoadOptions& options, const std::function<void(const LoadFigures&)>& progress) {
  std::vector<Target> targets;
  for (const client::Url& url : options.urls) {
    Result<Target> target = make_target(url, options);
    if (!target) return target.error();
    targets.push_back(std::move(*target));
  }
  return Load{options, std::move(targets)}.run(progress);
}

}  // namespace hansard::cli
