// tests/process/appenders.cpp - closed-loop clients.
#include "tests/process/appenders.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace process {

namespace {

namespace client = hansard::client;

// Longer than any fail-over: an append at an islander that lives is to be acknowledged, however long it takes.
constexpr const char* append_timeout = "40s";
constexpr Milliseconds answer_limit{50'000};

std::string batch_of(const std::vector<std::string>& bodies) {
  std::string batch;
  for (const std::string& body : bodies) {
    for (const unsigned shift : {24U, 16U, 8U, 0U}) batch += static_cast<char>((body.size() >> shift) & 0xffU);
    batch += body;
  }
  return batch;
}

hansard::Promise promise_in(const nlohmann::json& answer, const char* member) {
  return hansard::parse_promise(answer.value(member, std::string())).value_or(hansard::Promise{});
}

}  // namespace

Appenders::Appenders(const AppendersOptions& options) : options_(options) {
  for (std::size_t i = 0; i < options_.clients; ++i) {
    threads_.emplace_back([this, i] { work(i, options_.urls[i % options_.urls.size()]); });
  }
}

Appenders::~Appenders() { finish(); }

void Appenders::work(std::size_t number, const client::Url& url) {
  client::Connection connection{url};
  for (std::uint64_t count = 0; !stops_.load(); ++count) {
    std::vector<std::string> bodies;
    for (std::size_t i = 0; i < options_.batch; ++i) {
      bodies.push_back(options_.name + "-" + std::to_string(number) + "-" + std::to_string(count) + "-" +
                       std::to_string(i));
    }
    std::string trouble;
    Attempt done = attempt(connection, std::move(bodies), trouble);
    const bool goes_on = done.outcome == Attempt::Outcome::acknowledged;
    note(std::move(done), url, trouble);
    if (!goes_on) return;
  }
}

Attempt Appenders::attempt(client::Connection& connection, std::vector<std::string> bodies, std::string& trouble) {
  const bool is_batch = options_.batch > 1;
  client::Call call{"POST", std::string("/v1/logs/main/") + (is_batch ? "batch" : "entries"), {}, {}};
  call.target += std::string("?timeout=") + append_timeout;
  if (is_batch) call.headers.emplace_back("Content-Type", "application/vnd.hansard.batch");
  call.body = is_batch ? batch_of(bodies) : bodies.front();
  Attempt attempt;
  attempt.bodies = std::move(bodies);
  attempt.begin = Clock::now();
  const client::Outcome outcome = connection.exchange(call, answer_limit);
  attempt.end = Clock::now();
  const nlohmann::json answer = nlohmann::json::parse(outcome.answer.body, nullptr, false);
  if (outcome.is(201)) {
    attempt.outcome = Attempt::Outcome::acknowledged;
    attempt.first = promise_in(answer, is_batch ? "first" : "promise");
    attempt.last = promise_in(answer, is_batch ? "last" : "promise");
    return attempt;
  }
  const bool is_known = outcome.fate == client::Fate::not_sent || outcome.is(429) ||
                        (answer.is_object() && answer.value("outcome", std::string()) == "not-appended");
  attempt.outcome = is_known ? Attempt::Outcome::refused : Attempt::Outcome::unknown;
  trouble = "'" + attempt.bodies.front() + "': ";
  trouble += outcome.fate == client::Fate::answered ? std::to_string(outcome.answer.status) + " " + outcome.answer.body
                                                    : outcome.why;
  return attempt;
}

void Appenders::note(Attempt attempt, const client::Url& url, const std::string& trouble) {
  const bool is_good = attempt.outcome == Attempt::Outcome::acknowledged;
  const std::lock_guard lock{mutex_};
  history_.push_back(std::move(attempt));
  if (!is_good) troubles_[to_string(url)].push_back(trouble);
  if (is_good) ++acknowledged_;
}

bool Appenders::wait_for(std::uint64_t more, Milliseconds limit) {
  const std::uint64_t goal = acknowledged_ + more;
  return eventually(limit, [this, goal] { return acknowledged_ >= goal; });
}

std::vector<Attempt> Appenders::finish() {
  stops_ = true;
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
  return history_;
}

const std::vector<std::string>& Appenders::troubles(const client::Url& url) { return troubles_[to_string(url)]; }

Milliseconds Appenders::longest_gap(Moment from, Moment to) const {
  std::vector<Moment> successes{from, to};
  for (const Attempt& attempt : history_) {
    const bool counts = attempt.outcome == Attempt::Outcome::acknowledged && attempt.end > from && attempt.end < to;
    if (counts) successes.push_back(attempt.end);
  }
  std::ranges::sort(successes);
  Clock::duration longest{0};
  for (std::size_t i = 1; i < successes.size(); ++i) longest = std::max(longest, successes[i] - successes[i - 1]);
  return std::chrono::duration_cast<Milliseconds>(longest);
}

}  // namespace process
