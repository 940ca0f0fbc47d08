#include "http/confirmed_work.hpp"

#include "http/limits.hpp"
#include "http/refusals.hpp"

#include <algorithm>
#include <chrono>

namespace hansard::http {

namespace {

constexpr std::chrono::milliseconds retry_after{50};

}  // namespace

Consistency take_consistency(Query& query) {
  Consistency consistency;
  const std::optional<std::string> word = query.take("consistency");
  consistency.linearizable = !word || *word == "linearizable";
  if (word && *word != "linearizable" && *word != "local") query.blame("`consistency` is linearizable or local");
  consistency.timeout = query.take_duration("timeout", Limits::timeout_usual, Limits::timeout_max);
  return consistency;
}

ConfirmedWork::ConfirmedWork(Session& session, Consistency consistency)
    : session_(session), consistency_(consistency), patience_end_(session.began() + consistency.timeout) {}

ConfirmedWork::~ConfirmedWork() {
  if (waiting_for_ == For::an_answer) session_.node().give_up_read(ticket_);
}

void ConfirmedWork::confirm() {
  session_.set_deadline(patience_end_);
  ask();
}

void ConfirmedWork::ask() {
  waiting_for_ = For::an_answer;
  ticket_ = session_.node().read_point([this](const ReadReady& ready) { on_ready(ready); });
}

void ConfirmedWork::on_ready(const ReadReady& ready) {
  if (ready.confirmed) {
    waiting_for_ = For::nothing;
    return confirmed();
  }
  waiting_for_ = For::the_next_try;
  session_.set_deadline(std::min(patience_end_, Session::Clock::now() + retry_after));
}

void ConfirmedWork::expired() {
  if (waiting_for_ == For::nothing) return deadline();
  if (Session::Clock::now() < patience_end_) return confirm();
  session_.fail(no_quorum(session_.node().status()));
}

}  // namespace hansard::http
