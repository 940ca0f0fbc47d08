// http/entry_handler.cpp - GET entries/3/42: one entry's body, byte for byte.
#include "http/bookmark.hpp"
#include "http/confirmed_work.hpp"
#include "http/handlers.hpp"
#include "http/refusals.hpp"
#include "http/render.hpp"

#include <optional>
#include <string>
#include <utility>

namespace hansard::http {

namespace {

// Entries are other people's bytes under our name: a browser must take none of them for a page of ours.
constexpr std::string_view as_data =
    "X-Content-Type-Options: nosniff\r\nContent-Security-Policy: default-src 'none'; sandbox\r\n";

// A committed entry never changes, so one that is here is answered at once; only "not here" must be confirmed.
class EntryWork final : public ConfirmedWork {
 public:
  EntryWork(Session& session, Consistency consistency, Promise promise)
      : ConfirmedWork(session, consistency), promise_(promise) {}

  void find() {
    session_.set_deadline(Session::Clock::time_point::max());  // A read of the local disk ends.
    session_.node().find(promise_, session_.guarded([this](Result<EntryPtr> entry) {
      if (entry) return found(**entry);
      if (entry.error().code != Errc::not_found) return session_.fail(unread(entry.error(), session_.node().status()));
      if (consistency_.linearizable && !std::exchange(asked_, true)) return confirm();
      none();
    }));
  }

 protected:
  void confirmed() override { find(); }
  void deadline() override {}

 private:
  void found(const Entry& entry) {
    if (entry.kind() != Kind::client) return none();
    const Item item = entry.item(static_cast<std::size_t>(promise_.entry - entry.first().entry));
    Answer answer;
    answer.content_type = content_type_of(item);
    answer.headers = as_data;
    answer.body = item.body;
    session_.answer(answer);
  }

  void none() { session_.fail(not_found("there is no entry at " + to_string(promise_))); }

  const Promise promise_;
  bool asked_ = false;
};

}  // namespace

void handle_entry(Session& session) {
  const std::optional<Bookmark> bookmark = parse_bookmark(session.route().promise);
  if (!bookmark) return session.fail(bad_request("this is no promise: write 3/42 or 3/42@9f2c81ab"));
  Query query(session.request().query());
  const Consistency consistency = take_consistency(query);
  if (!query.fault().empty()) return session.fail(bad_request(query.fault()));
  const Node::Brief brief = session.node().brief();
  if (!brief.has_government) return session.fail(no_government(session.node().status()));
  if (!bookmark->belongs_to(brief.republic)) return session.fail(other_republic(brief.republic));

  auto work = std::make_unique<EntryWork>(session, consistency, bookmark->promise);
  EntryWork& begun = *work;
  session.hold(std::move(work));
  begun.find();
}

}  // namespace hansard::http
