// http/island_handler.cpp - what an islander says of itself, its logs and its government. Answered at once.
#include "http/handlers.hpp"
#include "http/json.hpp"
#include "http/query.hpp"
#include "http/refusals.hpp"
#include "http/render.hpp"
#include "http/session.hpp"
#include "http/version.hpp"

#include <string>

namespace hansard::http {

namespace {

// Further behind than this, an islander's local answers are old news.
constexpr std::uint64_t lag_entries_max = 10'000;

// None of these calls has parameters. False: refused.
bool without_parameters(Session& session) {
  Query query(session.request().query());
  if (query.fault().empty()) return true;
  session.fail(bad_request(query.fault()));
  return false;
}

void answer_json(Session& session, std::string_view body) {
  Answer answer;
  answer.body = body;
  session.answer(answer);
}

}  // namespace

void handle_logs(Session& session) {
  if (!without_parameters(session)) return;
  std::string body = R"({"logs":[)";
  append_log_status(body, "main", session.node().status(), session.node().self().id, session.node().waiting_since_us());
  body += "]}";
  answer_json(session, body);
}

void handle_log(Session& session) {
  if (!without_parameters(session)) return;
  std::string body;
  append_log_status(body, session.route().log, session.node().status(), session.node().self().id,
                    session.node().waiting_since_us());
  answer_json(session, body);
}

void handle_government(Session& session) {
  if (!without_parameters(session)) return;
  const Status status = session.node().status();
  if (status.government.majority.empty()) return session.fail(no_government(status));
  std::string body;
  append_government(body, status.government, &status);
  answer_json(session, body);
}

void handle_healthz(Session& session) {
  if (without_parameters(session)) answer_json(session, R"({"status":"ok"})");
}

void handle_readyz(Session& session) {
  if (!without_parameters(session)) return;
  const Status status = session.node().status();
  if (status.government.majority.empty()) return session.fail(no_government(status));
  if (status.leader.empty()) {
    Problem problem = no_government(status);
    problem.detail = "no leader is heard";
    if (!status.waiting_for.empty()) problem.detail += ": " + status.waiting_for;
    return session.fail(problem);
  }
  if (status.lag_entries > lag_entries_max) {
    return session.fail(behind("this islander is " + std::to_string(status.lag_entries) + " entries behind"));
  }
  if (!status.backfilling.is_zero()) {
    return session.fail(
        behind("older entries, up to " + to_string(status.backfilling) + ", are still on their way to this islander"));
  }
  if (status.disk != Status::Disk::well || status.disks_full) {
    Problem problem = no_government(status);
    problem.type = status.disk == Status::Disk::stalled ? "disk-stalled" : "disk-full";
    problem.detail = "this islander waits " + status.waiting_for;
    return session.fail(problem);
  }
  answer_json(session, R"({"status":"ready"})");
}

void handle_version(Session& session) {
  if (!without_parameters(session)) return;
  std::string body = R"({"name":"hansard","version":)";
  append_json_string(body, version());
  body += '}';
  answer_json(session, body);
}

}  // namespace hansard::http
