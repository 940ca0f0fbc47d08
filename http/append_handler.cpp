// http/append_handler.cpp - POST entries and POST batch: one submission to the node, one answer when its fate is known.
#include "http/batch.hpp"
#include "http/handlers.hpp"
#include "http/json.hpp"
#include "http/limits.hpp"
#include "http/query.hpp"
#include "http/refusals.hpp"
#include "http/session.hpp"
#include "log/assert.hpp"
#include "log/identity.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace hansard::http {

namespace {

// It surely did not happen. `retry_after_ms`: 0 where trying again would be refused again.
Problem not_appended(unsigned status, const char* type, const char* detail, unsigned retry_after_ms) {
  Problem problem;
  problem.status = status;
  problem.type = type;
  problem.detail = detail;
  if (retry_after_ms != 0) problem.retry_after_ms = retry_after_ms;
  problem.members = R"(,"outcome":"not-appended")";
  return problem;
}

Problem queue_full() {
  return not_appended(429, "queue-full",
                      "as many appends as this islander holds wait to be committed; this one did not happen", 250);
}

Problem stopping_now() {
  return not_appended(503, "stopping",
                      "this islander is stopping; the append did not happen, another islander will take it", 250);
}

// By the leader. `newest`: of what does not match.
Problem refused(Objection objection, Promise newest) {
  switch (objection) {
    case Objection::none:
      break;
    case Objection::too_large:
      return not_appended(413, "too-large", "a body is over the log's max_entry_bytes", 0);
    case Objection::key_reused:
      return not_appended(422, "key-reused", "this key came with another body before; the append did not happen", 0);
    case Objection::keys_full:
      return not_appended(429, "keys-full", "the log remembers as many keys as it may; the append did not happen",
                          1'000);
    case Objection::disk_full:
      return not_appended(507, "disk-full",
                          "too few disks of the parliament have room, and answer; the append did not happen", 1'000);
    case Objection::not_matched: {
      Problem problem =
          not_appended(412, "not-matched", "another entry is the log's newest; the append did not happen", 0);
      problem.promise = newest;
      problem.members += R"(,"last":)";
      append_json_promise(problem.members, newest);
      return problem;
    }
  }
  HANSARD_ASSERT(false, "an append that was refused was refused for something");
  return {};
}

Problem not_committed(const Appended& appended) {
  if (appended.objection != Objection::none) return refused(appended.objection, appended.last);
  const bool surely_not = appended.outcome == Appended::Outcome::not_appended;
  Problem problem;
  problem.status = 503;
  problem.type = "not-committed";
  problem.detail = surely_not ? "the append did not happen" : "whether the append happened is not known";
  if (appended.why != nullptr && *appended.why != '\0') problem.detail += std::string(": ") + appended.why;
  problem.retry_after_ms = 1'000;
  problem.members = surely_not ? R"(,"outcome":"not-appended")" : R"(,"outcome":"unknown")";
  return problem;
}

class AppendWork final : public Work {
 public:
  // `batch_items`: 0 for a single entry.
  AppendWork(Session& session, std::size_t batch_items) : session_(session), batch_items_(batch_items) {}
  ~AppendWork() override {
    if (ticket_) (void)session_.node().give_up(*ticket_);
  }

  void begin(Submission submission, std::chrono::milliseconds timeout) {
    session_.set_deadline(session_.began() + timeout);
    ticket_ = session_.node().append(std::move(submission), [this](const Appended& appended) {
      ticket_.reset();
      ended(appended);
    });
    if (!ticket_) session_.fail(session_.node().stopping() ? stopping_now() : queue_full());
  }

  void expired() override {
    const Appended appended = session_.node().give_up(*std::exchange(ticket_, std::nullopt));
    ended(appended);
  }
  void stopping() override {}  // The node ends what is in flight.

 private:
  void ended(const Appended& appended) {
    if (appended.outcome != Appended::Outcome::committed) return session_.fail(not_committed(appended));
    std::string& text = session_.service().scratch;  // The body, then the header lines.
    text.clear();
    if (batch_items_ == 0)
      append_body(text, appended);
    else
      append_batch_body(text, appended);
    const std::size_t body_size = text.size();
    text += "Location: /v1/logs/";
    text += session_.route().log;
    text += "/entries/";
    append_promise(text, appended.first);
    text += "\r\n";
    if (appended.replayed) text += "Idempotency-Replayed: true\r\n";
    Answer answer;
    answer.status = appended.replayed ? 200 : 201;
    answer.body = std::string_view(text).substr(0, body_size);
    answer.headers = std::string_view(text).substr(body_size);
    answer.promise = appended.last;
    session_.answer(answer);
  }

  static void append_body(std::string& out, const Appended& appended) {
    out += R"({"promise":)";
    append_json_promise(out, appended.last);
    out += '}';
  }

  void append_batch_body(std::string& out, const Appended& appended) const {
    out += R"({"first":)";
    append_json_promise(out, appended.first);
    out += R"(,"last":)";
    append_json_promise(out, appended.last);
    out += R"(,"count":)";
    append_number(out, batch_items_);
    out += '}';
  }

  Session& session_;
  const std::size_t batch_items_;
  std::optional<std::uint64_t> ticket_;  // while the node has it
};

struct Terms {
  std::chrono::milliseconds timeout{};
  std::optional<Bookmark> if_match;
  std::string fault;
};

// "3/41", with its quotes.
std::optional<Bookmark> parse_condition(std::string_view text) {
  if (text.size() < 2 || text.front() != '"' || text.back() != '"') return std::nullopt;
  return parse_bookmark(text.substr(1, text.size() - 2));
}

// What both calls demand of a request beside its body.
Terms terms_of(const Request& request) {
  Query query(request.query());
  Terms terms;
  terms.timeout = query.take_duration("timeout", Limits::timeout_usual, Limits::timeout_max);
  if (request.has_channel && !is_name(request.channel)) {
    query.blame("Hansard-Channel is not of the form [a-z0-9][a-z0-9._-]{0,62}");
  }
  if (request.content_type.size() > EntryLimits::content_type_bytes_max) {
    query.blame("Content-Type is over " + std::to_string(EntryLimits::content_type_bytes_max) + " bytes");
  }
  if (request.has_key && !is_key(request.key)) query.blame(bad_key);
  if (request.has_condition) {
    terms.if_match = parse_condition(request.condition);
    if (!terms.if_match) query.blame("If-Match is a promise in quotes: \"3/41\", or \"0/0\" for a log without entries");
  }
  terms.fault = query.fault();
  return terms;
}

void submit(Session& session, std::vector<Submission::Body> items, std::size_t batch_items, const Terms& terms) {
  if (terms.if_match) {
    const Node::Brief brief = session.node().brief();
    if (brief.has_government && !terms.if_match->belongs_to(brief.republic)) {
      return session.fail(other_republic(brief.republic));
    }
  }
  Submission submission;
  submission.channel = std::move(session.request().channel);
  submission.key = std::move(session.request().key);
  if (terms.if_match) submission.if_match = terms.if_match->promise;
  submission.items = std::move(items);
  auto work = std::make_unique<AppendWork>(session, batch_items);
  AppendWork& begun = *work;
  session.hold(std::move(work));
  begun.begin(std::move(submission), terms.timeout);
}

}  // namespace

void handle_append(Session& session) {
  Request& request = session.request();
  const Terms terms = terms_of(request);
  if (!terms.fault.empty()) return session.fail(bad_request(terms.fault));
  std::vector<Submission::Body> items(1);
  items[0].content_type = request.content_type;
  items[0].bytes = std::move(request.body);
  submit(session, std::move(items), 0, terms);
}

void handle_batch(Session& session) {
  Request& request = session.request();
  const Terms terms = terms_of(request);
  if (!terms.fault.empty()) return session.fail(bad_request(terms.fault));
  Batch batch = parse_batch(request.content_type, request.body, session.entry_bytes_max());
  request.body = std::string();
  if (const Problem* problem = std::get_if<Problem>(&batch)) return session.fail(*problem);
  auto& items = std::get<std::vector<Submission::Body>>(batch);
  const std::size_t count = items.size();
  submit(session, std::move(items), count, terms);
}

}  // namespace hansard::http
