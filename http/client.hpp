// http/client.hpp - calling an island over HTTP: one connection, and a client that knows several
// islanders.
//
// Why it exists: the command line and the tests need calls whose outcome is said exactly: answered,
// surely not received in whole, or unknown. An append is repeated elsewhere only where it is known
// not to have happened. Blocking: every call returns within the patience given (a name to resolve
// is the one exception). Threads: none. One owner, one caller at a time; any number of objects.
// Limits: a head of 64 KiB, an answer of 128 MiB, a line of a stream of 128 MiB.
// Errors: values, never exceptions. `why` names the URL.
#pragma once

#include "log/error.hpp"
#include "sdk/address.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hansard::client {

// Where an islander is: http://host:port, nothing after it.
struct Url {
  HostPort address;

  friend bool operator==(const Url&, const Url&) = default;
};
[[nodiscard]] std::string to_string(const Url& url);
// As sdk/address.hpp; Errc::invalid says what is wrong.
[[nodiscard]] Result<Url> parse_url(std::string_view text);
// At least one, separated by commas.
[[nodiscard]] Result<std::vector<Url>> parse_urls(std::string_view text);
// For the value of a query parameter.
[[nodiscard]] std::string percent_encode(std::string_view text);

using Headers = std::vector<std::pair<std::string, std::string>>;
// The first of that name, whatever its case; empty where there is none.
[[nodiscard]] std::string_view find_header(const Headers& headers, std::string_view name);

struct Call {
  std::string method = "GET";
  std::string target = "/";
  Headers headers;  // Host and Content-Length are added
  std::string body;
};

struct Answer {
  int status = 0;
  Headers headers;
  std::string body;
};

// answered: see the answer, whatever its status.
// not_sent: the islander cannot have got the whole request, so nothing happened.
// unknown: it may have got it; what it did with it is not known.
enum class Fate : std::uint8_t { answered, not_sent, unknown };

struct Outcome {
  Fate fate = Fate::not_sent;
  Answer answer;    // of answered
  std::string why;  // of the others: one line

  [[nodiscard]] bool is(int status) const { return fate == Fate::answered && answer.status == status; }
};

enum class Line : std::uint8_t { got, ended, failed, timed_out };

using Patience = std::chrono::milliseconds;

// One connection, opened at need and kept alive between calls. A kept connection that the islander
// has closed meanwhile is noticed before anything is sent on it.
class Connection {
 public:
  explicit Connection(Url url);
  ~Connection();
  Connection(Connection&&) noexcept;
  Connection& operator=(Connection&&) noexcept;

  [[nodiscard]] Outcome exchange(const Call& call, Patience patience);
  // Reads the head of the answer only where the status is 200, the whole answer where it is
  // anything else.
  [[nodiscard]] Outcome open(const Call& call, Patience patience);
  // The next line of the body that open() left, without its end of line. ended: the body is over;
  // failed: it was cut off; timed_out: none came within `patience`, and the connection is closed.
  [[nodiscard]] Line read_line(std::string& line, Patience patience);
  void close();
  // It is kept alive from an earlier call, as far as is known here.
  [[nodiscard]] bool is_open();
  [[nodiscard]] const Url& url() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

// Repeat: the call may safely be made twice (a read). Once: only where the first is known not to
// have happened.
enum class Safety : std::uint8_t { once, repeat };

// Tries one islander after the other, beginning with the one that answered last. One that is frozen takes a request and
// says nothing: where there are others, it gets only `brief` to answer at first, or, before a call that may be made but
// once, to say that it is there.
class Client {
 public:
  // REQUIRES: at least one.
  explicit Client(std::vector<Url> urls);

  static constexpr Patience brief{1'500};

  // Each islander gets `patience`, after none answered briefly. 429, 502, 503 and 504 send a call on to the next where
  // it may be repeated, or where the problem says that it did not happen. The outcome of the last one tried that
  // answered, else of the last one.
  [[nodiscard]] Outcome call(const Call& call, Patience patience, Safety safety);
  // Leaves the stream open in connection().
  [[nodiscard]] Outcome open(const Call& call, Patience patience);
  [[nodiscard]] Connection& connection() { return connections_[at_]; }
  // Begin with the next one.
  void move_on();

 private:
  [[nodiscard]] bool answers(Connection& at, Outcome& outcome) const;
  template <class Make>
  Outcome try_each(Safety safety, const Make& make);

  std::vector<Connection> connections_;
  std::size_t at_ = 0;
};

}  // namespace hansard::client
