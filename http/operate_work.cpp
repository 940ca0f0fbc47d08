#include "http/operate_work.hpp"

#include "http/confirmed_work.hpp"
#include "http/limits.hpp"
#include "http/query.hpp"
#include "http/refusals.hpp"
#include "http/session.hpp"

#include <cstdint>
#include <memory>
#include <utility>

namespace hansard::http {

namespace {

Problem refused(std::string why) {
  Problem problem;
  problem.status = 409;
  problem.type = "refused";
  problem.detail = std::move(why);
  return problem;
}

Problem not_done(const std::string& why) {
  Problem problem;
  problem.status = 503;
  problem.type = "not-done";
  problem.detail = "whether it is done yet is not known" + (why.empty() ? "" : ": " + why);
  problem.retry_after_ms = 1'000;
  problem.members = R"(,"outcome":"unknown")";
  return problem;
}

class OperateWork final : public ConfirmedWork {
 public:
  OperateWork(Session& session, Consistency consistency, Operation operation, Judge judge, Render render)
      : ConfirmedWork(session, consistency),
        operation_(std::move(operation)),
        judge_(std::move(judge)),
        render_(std::move(render)) {}
  ~OperateWork() override {
    if (ticket_) session_.node().give_up_operation(*ticket_);
  }

  void begin() { confirm(); }

 protected:
  void confirmed() override {
    if (judge_) {
      const std::optional<Problem> problem = judge_(session_.node().status());
      if (problem) return session_.fail(*problem);
    }
    ticket_ = session_.node().operate(std::move(operation_), [this](const Operated& operated) {
      ticket_.reset();
      ended(operated);
    });
  }
  void deadline() override { session_.fail(not_done(session_.node().status().waiting_for)); }

 private:
  void ended(const Operated& operated) {
    if (!operated.done) return session_.fail(operated.doubtful ? not_done(operated.why) : refused(operated.why));
    std::string body;
    render_(body, session_.node().status());
    Answer answer;
    answer.body = body;
    session_.answer(answer);
  }

  Operation operation_;
  const Judge judge_;
  const Render render_;
  std::optional<std::uint64_t> ticket_;  // while the node has it
};

}  // namespace

void operate(Session& session, Operation operation, Judge judge, Render render) {
  Query query(session.request().query());
  Consistency consistency;
  consistency.timeout = query.take_duration("timeout", Limits::timeout_usual, Limits::timeout_max);
  if (!query.fault().empty()) return session.fail(bad_request(query.fault()));
  if (!session.node().brief().has_government) return session.fail(no_government(session.node().status()));
  auto work =
      std::make_unique<OperateWork>(session, consistency, std::move(operation), std::move(judge), std::move(render));
  OperateWork& begun = *work;
  session.hold(std::move(work));
  begun.begin();
}

}  // namespace hansard::http
