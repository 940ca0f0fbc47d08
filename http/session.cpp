#include "http/session.hpp"

#include "http/handlers.hpp"
#include "http/json.hpp"
#include "http/judge.hpp"
#include "http/refusals.hpp"
#include "log/assert.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/socket_base.hpp>
#include <boost/beast/http/error.hpp>

#include <algorithm>
#include <spdlog/spdlog.h>

namespace hansard::http {

namespace {

using boost::asio::ip::tcp;
using boost::beast::error_code;

// Unwritten answers of pipelined requests above which no further request is looked at.
constexpr std::size_t backlog_max = std::size_t{64} << 10U;
constexpr std::size_t read_bytes = std::size_t{8} << 10U;
constexpr std::size_t read_bytes_of_body = std::size_t{64} << 10U;
// What cannot be parsed with this much of it here never can: a chunk's extension, a trailer.
constexpr std::size_t unparsed_max = std::size_t{64} << 10U;
// Buffers that grew beyond this for one large request or answer are given back.
constexpr std::size_t keep_bytes = std::size_t{256} << 10U;

}  // namespace

Session::Session(std::shared_ptr<Service> service, tcp::socket socket, std::string_view bytes, Goodbye goodbye)
    : service_(std::move(service)),
      socket_(std::move(socket)),
      goodbye_(std::move(goodbye)),
      body_charge_(service_->budget),
      answer_charge_(service_->budget),
      deadline_(Clock::now() + service_->options.idle) {
  const auto room = buffer_.prepare(bytes.size());
  buffer_.commit(boost::asio::buffer_copy(room, boost::asio::buffer(bytes.data(), bytes.size())));
}

Session::~Session() = default;

// ---- For the server -------------------------------------------------------------------------------------------------

void Session::prepare() {
  error_code ec;  // None of these failing is a reason to refuse a client.
  socket_.non_blocking(true, ec);
  socket_.set_option(tcp::no_delay(true), ec);
  socket_.set_option(boost::asio::socket_base::keep_alive(true), ec);
  if (service_->options.send_buffer != 0) {
    socket_.set_option(boost::asio::socket_base::send_buffer_size(service_->options.send_buffer), ec);
  }
}

void Session::start() {
  prepare();
  process();
}

void Session::refuse_at_once(const Problem& problem) {
  prepare();
  buffer_.clear();
  refuse(problem);
}

void Session::sweep(Clock::time_point now) {
  if (phase_ == Phase::closed || phase_ == Phase::broken) return;
  const auto stall = streaming_ ? service_->options.stream_stall : service_->options.stall;
  if (writing_ && now - write_progress_ >= stall) return abort();
  if (now < deadline_) return;
  if (phase_ == Phase::draining) return abort();
  if (busy_) {
    deadline_ = Clock::time_point::max();
    if (work_) work_->expired();
    return;
  }
  if (parser_) {
    Problem problem;
    problem.status = 408;
    problem.type = "timeout";
    problem.detail = "the request was not here in whole in time";
    return refuse(problem);
  }
  if (unwritten() != 0) return;  // Of the stall's concern.
  last_ = true;
  flush();
}

void Session::stop() {
  stopping_ = true;
  if (phase_ != Phase::open) return;
  if (work_) return work_->stopping();
  if (busy_ || parser_) return;  // What is being read is still answered.
  last_ = true;
  if (unwritten() == 0) abort();
}

void Session::abort() {
  if (phase_ == Phase::closed) return;
  phase_ = Phase::closed;
  ++turn_;
  work_.reset();
  error_code ec;
  socket_.close(ec);
  boost::asio::post(service_->node.io(), [self = shared_from_this()] {});  // Not destroyed under its callers.
  const Goodbye goodbye = std::move(goodbye_);
  goodbye(*this);
}

// ---- Reading --------------------------------------------------------------------------------------------------------

void Session::process() {
  if (processing_) return;
  processing_ = true;
  bool starved = false;
  flush();
  while (!starved && ready()) {
    while (!starved && ready()) {
      if (parse())
        dispatch();
      else
        starved = true;
    }
    flush();  // What goes at once makes room for further answers.
  }
  processing_ = false;
  read_more();
}

// May the next request be looked at?
bool Session::ready() const {
  return phase_ == Phase::open && !busy_ && !last_ && !reading_ && unwritten() < backlog_max;
}

// True: a whole request is in request_.
bool Session::parse() {
  if (!parser_) {
    while (buffer_.size() >= 2 && std::string_view(static_cast<const char*>(buffer_.data().data()), 2) == "\r\n") {
      buffer_.consume(2);  // Empty lines before a request are to be ignored (RFC 9112 section 2.2).
    }
    if (buffer_.size() == 0) return false;
    request_.clear();
    route_ = Route();
    log_ = nullptr;
    deadline_ = Clock::now() + service_->options.request;
    parser_.emplace(request_);
  }
  for (;;) {
    const bool had_header = parser_->is_header_done();
    error_code ec;
    const std::size_t used = parser_->put(buffer_.data(), ec);
    buffer_.consume(used);
    if (ec && ec != boost::beast::http::error::need_more) {
      refuse_malformed(ec);
      return false;
    }
    if (!had_header && parser_->is_header_done() && !header_done()) return false;
    if (parser_->is_done()) return true;
    if (ec || used == 0) {
      if (buffer_.size() < unparsed_max) return false;
      refuse_malformed(boost::beast::http::error::header_limit);
      return false;
    }
    if (buffer_.size() == 0) return false;
  }
}

// False: refused already, nothing of the body will be read.
bool Session::header_done() {
  route_ = http::route(request_.method, request_.path());
  if (route_.about_log()) log_ = service_->find_log(route_.log.empty() ? "main" : route_.log);
  close_after_ = !parser_->keep_alive();
  const auto refuse_this = [this](const Problem& problem) {
    refuse(problem);
    return false;
  };
  if (const std::optional<Problem> problem = judge_header(request_)) return refuse_this(*problem);
  entry_bytes_max_ =
      static_cast<std::size_t>(log_ != nullptr ? log_->brief().max_entry_bytes : LogSettings{}.max_entry_bytes);
  const std::size_t bytes_max = body_limit(route_, entry_bytes_max_);
  const std::uint64_t length = parser_->content_length().value_or(0);
  if (length > bytes_max) return refuse_this(too_large(route_, entry_bytes_max_));
  if (!body_charge_.try_set(static_cast<std::size_t>(length))) return refuse_this(http::busy());
  if (request_.has_expect && !request_.http_1_0 && !parser_->is_done()) {
    // What is wrong is told before the client sends its body in vain.
    if (const std::optional<Problem> problem = judge()) return refuse_this(*problem);
    if (buffer_.size() == 0) next_ += "HTTP/1.1 100 Continue\r\n\r\n";
  }
  parser_->limit_body(bytes_max);
  parser_->eager(true);
  return true;
}

void Session::read_more() {
  if (reading_ || left_ || phase_ != Phase::open) return;
  // While a request is worked on, one read tells whether the client leaves; what it brings stays where it is.
  if (busy_ ? buffer_.size() != 0 : last_ || unwritten() >= backlog_max) return;
  reading_ = true;  // From here to on_read() nobody else touches buffer_.
  const bool body = parser_ && parser_->is_header_done();
  socket_.async_read_some(
      buffer_.prepare(body ? read_bytes_of_body : read_bytes),
      [self = shared_from_this()](const error_code& ec, std::size_t bytes) { self->on_read(ec, bytes); });
}

void Session::on_read(const error_code& ec, std::size_t bytes) {
  reading_ = false;
  if (phase_ == Phase::draining) return on_drained(ec, bytes);
  if (phase_ != Phase::open) return;
  if (ec == boost::asio::error::eof) {
    left_ = true;
    if (!busy_) {
      last_ = true;
      return flush();
    }
    if (work_) work_->left();
    return;
  }
  if (ec) return abort();
  buffer_.commit(bytes);
  if (parser_ && parser_->is_header_done()) {
    deadline_ += std::chrono::nanoseconds(1'000'000'000ULL * bytes / service_->options.request_bytes_per_second);
  }
  process();
  // A body in chunks says only as it grows how much it takes.
  if (parser_ && parser_->is_header_done() && parser_->chunked() && !body_charge_.try_set(request_.body.size())) {
    refuse(http::busy());
  }
}

// ---- Answering ------------------------------------------------------------------------------------------------------

std::optional<Problem> Session::judge() const { return judge_call(request_, route_, log_ != nullptr); }

void Session::dispatch() {
  parser_.reset();
  if (buffer_.capacity() > read_bytes_of_body) buffer_.shrink_to_fit();  // No read is under way into it.
  busy_ = true;
  served_ = true;
  ++turn_;
  began_ = Clock::now();
  deadline_ = Clock::time_point::max();
  if (const std::optional<Problem> problem = judge()) return fail(*problem);
  switch (route_.call) {
    case Call::append:
      handle_append(*this);
      break;
    case Call::batch:
      handle_batch(*this);
      break;
    case Call::read:
      handle_read(*this);
      break;
    case Call::entry:
      handle_entry(*this);
      break;
    case Call::key:
      handle_key(*this);
      break;
    case Call::subscribe:
      handle_subscribe(*this);
      break;
    case Call::logs:
      handle_logs(*this);
      break;
    case Call::log:
      handle_log(*this);
      break;
    case Call::government:
      handle_government(*this);
      break;
    case Call::trim:
      handle_trim(*this);
      break;
    case Call::set:
      handle_set(*this);
      break;
    case Call::transfer:
      handle_transfer(*this);
      break;
    case Call::exile:
      handle_exile(*this);
      break;
    case Call::healthz:
      handle_healthz(*this);
      break;
    case Call::readyz:
      handle_readyz(*this);
      break;
    case Call::version:
      handle_version(*this);
      break;
    case Call::none:
      break;
  }
  HANSARD_ASSERT(!busy_ || work_, "a handler answers or holds");
}

void Session::hold(std::unique_ptr<Work> work) {
  HANSARD_ASSERT(busy_ && !work_, "one work for each request");
  work_ = std::move(work);
}

void Session::write_head(unsigned status, std::string_view content_type, std::size_t length, bool close) {
  Ending ending = Ending::keep_alive;
  if (close)
    ending = Ending::close;
  else if (request_.http_1_0)
    ending = Ending::keep_alive_1_0;
  append_head(next_, status, content_type, length, ending);
}

void Session::write_log_headers(std::optional<Promise> promise) {
  if (log_ == nullptr) return;
  const Node::Brief brief = log_->brief();
  service_->log_headers.append(next_, promise.value_or(brief.newest_client), brief.government,
                               brief.leader == nullptr ? std::string_view() : *brief.leader, brief.republic);
}

void Session::answer(const Answer& answer) {
  HANSARD_ASSERT(busy_ && !streaming_, "one answer for each request");
  const bool close = answer.close || closing();
  write_head(answer.status, answer.content_type, answer.body.size(), close);
  write_log_headers(answer.promise);
  next_ += answer.headers;
  next_ += "\r\n";
  if (request_.method != Method::head) next_ += answer.body;
  finish(close);
}

void Session::fail(const Problem& given) {
  Problem problem = given;
  // What is refused before it was an append did not happen; who knows better has said so.
  const bool appends = route_.call == Call::append || route_.call == Call::batch;
  if (appends && problem.status == 503 && problem.members.find("outcome") == std::string::npos) {
    problem.members += R"(,"outcome":"not-appended")";
  }
  const std::string body = to_json(problem);
  std::string headers = problem.headers;
  if (problem.retry_after_ms) {
    headers += "Retry-After: ";
    append_number(headers, std::max(1U, (*problem.retry_after_ms + 999) / 1000));
    headers += "\r\n";
  }
  Answer error;
  error.status = problem.status;
  error.content_type = "application/problem+json";
  error.headers = headers;
  error.body = body;
  error.promise = problem.promise;
  error.close = problem.close;
  answer(error);
}

// Answers what is not read to its end: the connection closes after it.
void Session::refuse(const Problem& problem) {
  parser_.reset();
  busy_ = true;
  ++turn_;
  close_after_ = true;
  fail(problem);
}

void Session::refuse_malformed(const error_code& ec) {
  const Problem problem = malformed(ec, route_, entry_bytes_max_);
  if (problem.status == 400) service_->garbage(socket_, ec, served_);
  refuse(problem);
}

bool Session::open_stream(std::string_view content_type, std::string_view headers) {
  HANSARD_ASSERT(busy_ && !streaming_, "one answer for each request");
  const bool head = request_.method == Method::head;
  if (request_.http_1_0) close_after_ = true;
  write_head(200, content_type, request_.http_1_0 ? to_the_end : chunked, closing());
  write_log_headers(std::nullopt);
  next_ += headers;
  next_ += "\r\n";
  if (head) {
    finish(closing());
    return false;
  }
  streaming_ = true;
  flush();
  return true;
}

void Session::stream(std::string_view bytes) {
  HANSARD_ASSERT(streaming_ && !bytes.empty(), "an empty chunk would end the stream");
  if (request_.http_1_0) {
    next_ += bytes;
  } else {
    append_hex(next_, bytes.size());
    next_ += "\r\n";
    next_ += bytes;
    next_ += "\r\n";
  }
  flush();
}

void Session::end_stream() {
  HANSARD_ASSERT(streaming_, "only what was opened ends");
  if (!request_.http_1_0) next_ += "0\r\n\r\n";
  finish(closing());
}

void Session::finish(bool close) {
  if (close) last_ = true;
  busy_ = false;
  streaming_ = false;
  ++turn_;
  if (request_.body.capacity() > Budget::small) request_.body = std::string();
  body_charge_.set(0);
  deadline_ = Clock::now() + service_->options.idle;
  work_.reset();  // Perhaps our caller: it does nothing after this.
  process();
}

// ---- Writing --------------------------------------------------------------------------------------------------------

void Session::flush() {
  if (writing_ || phase_ != Phase::open) return;
  while (!next_.empty()) {
    out_.swap(next_);
    written_ = 0;
    error_code ec;
    written_ = socket_.write_some(boost::asio::buffer(out_), ec);
    if (ec && ec != boost::asio::error::would_block && ec != boost::asio::error::try_again) return cut();
    if (written_ < out_.size()) {
      writing_ = true;
      write_progress_ = Clock::now();
      answer_charge_.set(out_.capacity());
      return do_write();
    }
    wrote_all();
  }
  if (last_ && !busy_) drain();
}

void Session::wrote_all() {
  written_ = 0;
  out_.clear();
  if (out_.capacity() > keep_bytes) out_.shrink_to_fit();
  answer_charge_.set(0);
}

void Session::do_write() {
  socket_.async_write_some(
      boost::asio::buffer(out_) + written_,
      [self = shared_from_this()](const error_code& ec, std::size_t bytes) { self->on_write(ec, bytes); });
}

void Session::on_write(const error_code& ec, std::size_t bytes) {
  if (phase_ != Phase::open) return;
  if (ec) return abort();
  written_ += bytes;
  write_progress_ = Clock::now();
  if (written_ < out_.size()) return do_write();
  wrote_all();
  writing_ = false;
  flush();
  if (drained() && streaming_ && work_) work_->writable();
  process();
}

// The last answer is with the kernel. A socket closed with unread bytes would take it from the client, so what still
// comes is read and thrown away, for a while.
void Session::drain() {
  phase_ = Phase::draining;
  if (left_) return abort();
  error_code ec;
  socket_.shutdown(tcp::socket::shutdown_send, ec);
  if (ec) return abort();
  const Clock::time_point now = Clock::now();
  linger_ = stopping_ ? service_->options.linger / 10 : service_->options.linger;
  deadline_ = now + linger_;
  drain_until_ = now + 6 * linger_;
  if (!reading_) on_drained({}, 0);
}

void Session::on_drained(const error_code& ec, std::size_t bytes) {
  if (ec) return abort();
  if (bytes != 0) deadline_ = std::min(Clock::now() + linger_, drain_until_);
  buffer_.clear();
  reading_ = true;
  socket_.async_read_some(
      buffer_.prepare(read_bytes_of_body),
      [self = shared_from_this()](const error_code& error, std::size_t more) { self->on_read(error, more); });
}

void Session::cut() {
  if (phase_ != Phase::open) return;
  phase_ = Phase::broken;
  post([self = shared_from_this()] { self->abort(); });
}

void Session::post(std::function<void()> f) { boost::asio::post(service_->node.io(), std::move(f)); }

}  // namespace hansard::http
