// http/session.hpp - Session: one connection. Reads requests, hands each to its handler, writes the answers in order.
//
// One request at a time: while it is being answered the next ones wait in the buffer (pipelining), and one read is kept
// under way so that a client that leaves is noticed. Answers are gathered and written together where the next request
// is already here. A write is first tried at once; only what the socket does not take waits for it.
//
//   process(): parse -> dispatch -> (handler) -> answer() ... -> flush() -> read_more() -> on_read() -> process()
//
// Handlers (handlers.hpp) answer at once, or hold() a Work that answers later. Deadlines are looked at by the server's
// sweep, so that a request costs no timer.
// Threads: the node's. Ownership: the server owns sessions; asynchronous operations hold them too.
// Limits: see limits.hpp and HttpOptions; one answer at a time is in memory, and the backlog of pipelined ones is
// bounded. Errors: a malformed request is answered 400 and the connection closes; a failing socket only ends the
// session.
#pragma once

#include "http/problem.hpp"
#include "http/request.hpp"
#include "http/route.hpp"
#include "http/service.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace hansard::http {

// What goes on for one request until it is answered. Its destructor gives up whatever it asked of the node.
class Work {
 public:
  Work() = default;
  Work(const Work&) = delete;
  Work& operator=(const Work&) = delete;
  virtual ~Work() = default;
  virtual void expired() = 0;   // the deadline has come: answer, or set another
  virtual void stopping() = 0;  // the server stops: answer soon, or now
  virtual void left() {}        // the client sent its end of file: whoever only waits need not
  virtual void writable() {}    // all of a stream's bytes that did not go at once have gone
};

class Session : public std::enable_shared_from_this<Session> {
 public:
  using Clock = std::chrono::steady_clock;
  using Goodbye = std::function<void(Session&)>;

  // `bytes`: what was read from the socket before. `goodbye` is called once, when nothing more will happen here.
  Session(std::shared_ptr<Service> service, boost::asio::ip::tcp::socket socket, std::string_view bytes,
          Goodbye goodbye);
  ~Session();

  // ---- For the server -------------------------------------------------------------------------------------------
  void start();
  void refuse_at_once(const Problem& problem);  // instead of start(): answers this to whatever comes, and closes
  void sweep(Clock::time_point now);
  void stop();   // orderly: what is in flight is answered, then the connection closes
  void abort();  // at once

  // ---- For handlers ---------------------------------------------------------------------------------------------
  [[nodiscard]] Service& service() { return *service_; }
  [[nodiscard]] Node& node() { return service_->node; }
  [[nodiscard]] Request& request() { return request_; }
  [[nodiscard]] const Route& route() const { return route_; }
  // That an entry of its log may have.
  [[nodiscard]] std::size_t entry_bytes_max() const { return entry_bytes_max_; }
  [[nodiscard]] Clock::time_point began() const { return began_; }  // when the request was here in whole

  // Each of these three ends the request, and with it the Work: it must be the last thing that a Work's method does.
  void answer(const Answer& answer);
  void fail(const Problem& given);
  void end_stream();

  // The request goes on; the session owns the work. REQUIRES: not yet answered.
  void hold(std::unique_ptr<Work> work);
  void set_deadline(Clock::time_point deadline) { deadline_ = deadline; }

  // A body of unknown length. For HEAD only the head goes out and the request ends (false).
  [[nodiscard]] bool open_stream(std::string_view content_type, std::string_view headers);
  void stream(std::string_view bytes);
  // The answer cannot be finished: the connection breaks off, soon, so that the client sees it torn.
  void cut();
  // Nothing of the answer waits for the socket (and the socket is well).
  [[nodiscard]] bool drained() const { return phase_ == Phase::open && !writing_ && next_.empty(); }

  // Wraps a handler for the node: it is called only while this request is being worked on.
  template <class F>
  [[nodiscard]] auto guarded(F f) {
    return [weak = weak_from_this(), turn = turn_, f = std::move(f)](auto&&... arguments) {
      const std::shared_ptr<Session> self = weak.lock();
      if (self && self->turn_ == turn && self->work_) f(std::forward<decltype(arguments)>(arguments)...);
    };
  }
  // Calls `f` in a turn of its own, if this request is still being worked on: for work that would hold the thread long.
  template <class F>
  void later(F f) {
    post(guarded(std::move(f)));
  }

 private:
  // open: requests come. draining: the last answer is out, what still comes is thrown away until the client closes (a
  // closed socket with unread bytes would take the answer from the client). broken: abort() is on its way.
  enum class Phase : std::uint8_t { open, draining, broken, closed };

  void prepare();
  void process();
  [[nodiscard]] bool ready() const;
  [[nodiscard]] bool parse();
  [[nodiscard]] bool header_done();
  [[nodiscard]] std::optional<Problem> judge() const;
  void dispatch();
  void refuse(const Problem& problem);
  void refuse_malformed(const boost::beast::error_code& ec);
  void finish(bool close);
  void write_head(unsigned status, std::string_view content_type, std::size_t length, bool close);
  void write_log_headers(std::optional<Promise> promise);
  [[nodiscard]] bool closing() const { return close_after_ || stopping_ || left_; }

  void read_more();
  void on_read(const boost::beast::error_code& ec, std::size_t bytes);
  void flush();
  void do_write();
  void on_write(const boost::beast::error_code& ec, std::size_t bytes);
  void wrote_all();
  void drain();
  void on_drained(const boost::beast::error_code& ec, std::size_t bytes);
  void post(std::function<void()> f);
  [[nodiscard]] std::size_t unwritten() const { return out_.size() - written_ + next_.size(); }

  const std::shared_ptr<Service> service_;
  boost::asio::ip::tcp::socket socket_;
  Goodbye goodbye_;

  boost::beast::flat_buffer buffer_;
  Request request_;
  std::optional<RequestParser> parser_;  // a request is being read
  Route route_;
  std::size_t entry_bytes_max_ = 0;  // of the log that the request is about
  Node* log_ = nullptr;              // that the request is about; null: none, or there is none of that name
  std::unique_ptr<Work> work_;
  std::string out_;          // being written
  std::string next_;         // to be written after it
  std::size_t written_ = 0;  // of out_
  Charge body_charge_;
  Charge answer_charge_;

  std::uint64_t turn_ = 0;  // counts requests and their ends
  Clock::time_point began_;
  Clock::time_point deadline_;
  Clock::time_point write_progress_;
  Clock::time_point drain_until_;
  Clock::duration linger_{};
  Phase phase_ = Phase::open;
  bool processing_ = false;
  bool busy_ = false;  // a request is with its handler
  bool streaming_ = false;
  bool reading_ = false;
  bool writing_ = false;
  bool last_ = false;         // no request after this one
  bool close_after_ = false;  // this request's connection closes after its answer
  bool served_ = false;       // a whole request came before
  bool left_ = false;         // the client's end of file came
  bool stopping_ = false;
};

}  // namespace hansard::http
