// http/key_handler.cpp - GET keys/{key}: what became of an append with that idempotency key.
#include "http/confirmed_work.hpp"
#include "http/handlers.hpp"
#include "http/json.hpp"
#include "http/query.hpp"
#include "http/refusals.hpp"

#include <memory>
#include <string>
#include <utility>

namespace hansard::http {

namespace {

class KeyWork final : public ConfirmedWork {
 public:
  KeyWork(Session& session, Consistency consistency, std::string key)
      : ConfirmedWork(session, consistency), key_(std::move(key)) {}

  void begin() { consistency_.linearizable ? confirm() : confirmed(); }

 protected:
  void confirmed() override {
    const KeyRow* row = session_.node().find_key(key_);
    if (row == nullptr) {
      return session_.fail(not_found("no append with this key is committed; one that is under way may still be"));
    }
    std::string body = R"({"promise":)";
    append_json_promise(body, row->last);
    body += R"(,"first":)";
    append_json_promise(body, row->first);
    body += R"(,"last":)";
    append_json_promise(body, row->last);
    body += '}';
    Answer answer;
    answer.body = body;
    answer.promise = row->last;
    session_.answer(answer);
  }
  void deadline() override {}

 private:
  const std::string key_;
};

}  // namespace

void handle_key(Session& session) {
  if (!is_key(session.route().key)) return session.fail(bad_request(bad_key));
  Query query(session.request().query());
  const Consistency consistency = take_consistency(query);
  if (!query.fault().empty()) return session.fail(bad_request(query.fault()));
  if (!session.node().brief().has_government) return session.fail(no_government(session.node().status()));
  auto work = std::make_unique<KeyWork>(session, consistency, session.route().key);
  KeyWork& begun = *work;
  session.hold(std::move(work));
  begun.begin();
}

}  // namespace hansard::http
