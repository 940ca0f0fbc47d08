#include "http/refusals.hpp"

#include "http/json.hpp"

#include <utility>

namespace hansard::http {

namespace {

Problem unavailable(std::string_view type, std::string detail) {
  Problem problem;
  problem.status = 503;
  problem.type = type;
  problem.detail = std::move(detail);
  problem.retry_after_ms = 1'000;
  return problem;
}

std::string with_reason(std::string detail, const Status& status) {
  if (!status.waiting_for.empty()) detail += ": " + status.waiting_for;
  return detail;
}

}  // namespace

Problem busy() { return unavailable("busy", "large requests and answers fill the memory set aside for them"); }

Problem stopping() { return unavailable("stopping", "this islander stops: ask another"); }

Problem no_government(const Status& status) {
  return unavailable("no-government", with_reason("this islander knows no government yet", status));
}

Problem no_quorum(const Status& status) {
  return unavailable("no-quorum", with_reason("no quorum confirmed the leader within the timeout", status));
}

Problem not_found(std::string detail) {
  Problem problem;
  problem.status = 404;
  problem.type = "not-found";
  problem.detail = std::move(detail);
  return problem;
}

Problem other_republic(const Republic& republic) {
  Problem problem;
  problem.status = 409;
  problem.type = "other-republic";
  problem.detail = "the position is of another republic: this log may hold other entries at it";
  problem.members = R"(,"republic":")";
  append_republic(problem.members, republic);
  problem.members += '"';
  return problem;
}

Problem trimmed(const Status& status) {
  Problem problem;
  problem.status = 410;
  problem.type = "trimmed";
  problem.detail = "entries after this position were trimmed: begin again at `first`, or at 0/0";
  problem.members = R"(,"first":)";
  if (status.oldest_client.is_zero())
    problem.members += "null";
  else
    append_json_promise(problem.members, status.oldest_client);
  return problem;
}

Problem behind(std::string detail) { return unavailable("behind", std::move(detail)); }

Problem unread(const Error& error, const Status& status) {
  if (error.code == Errc::behind) return behind(error.what);
  return error.code == Errc::trimmed ? trimmed(status) : internal(error);
}

Problem internal(const Error& error) {
  // A disk that failed stops the islander; what goes on and says this has too much to do.
  if (error.code == Errc::io) return unavailable("busy", error.what);
  Problem problem;
  problem.status = 500;
  problem.type = "internal";
  problem.detail = error.what;
  return problem;
}

}  // namespace hansard::http
