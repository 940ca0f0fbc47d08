// http/subscription.cpp - GET subscribe: entries after a position, then every new one, until the client leaves.
//
//            +----------- writable -----------+
//            v                                |
//   --> advance() -- the socket takes no more +
//        |  |  ^
//        |  |  +-- on_disk() <-- memory does not hold what follows: read from disk
//        |  +--- woken() <------ the end of the log: wait at the hub
//        +------ later() <------ a full piece went out: others have a turn
//
// Memory: what one piece formats to (HttpOptions::stream_bytes, or one item), and the entries it came from. A
// subscriber whose socket does not take it keeps no entry that memory's budget has no room for: it is read again later.
// A batch gives one event for each of its items, and resuming inside it works, because position_ counts items.
#include "http/bookmark.hpp"
#include "http/handlers.hpp"
#include "http/json.hpp"
#include "http/limits.hpp"
#include "http/lines.hpp"
#include "http/refusals.hpp"
#include "http/selection.hpp"
#include "http/session.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace hansard::http {

namespace {

constexpr std::size_t piece_bytes = std::size_t{64} << 10U;
constexpr std::size_t piece_entries = 1'000;

constexpr std::chrono::milliseconds read_again_after{100};

struct Asked {
  Promise after;
  std::optional<std::uint64_t> limit;
  Selection selection;
  Form form = Form::sse;
};

class Subscription final : public Work, public Waiter {
 public:
  Subscription(Session& session, Asked asked)
      : session_(session),
        asked_(std::move(asked)),
        position_(asked_.after),
        republic_(session.node().brief().republic),
        charge_(session.service().budget) {
    ++session_.service().subscribers;
  }
  ~Subscription() override { --session_.service().subscribers; }

  void advance() {
    if (reading_disk_) return;
    std::string& out = session_.service().scratch;
    out.clear();
    const After after = gather(out);
    const bool something = after != After::disk || !out.empty();
    if (!opened_ && something && !open()) return;
    if (!out.empty()) {
      session_.stream(out);
      sign_of_life();
    }
    if (after == After::limit) return session_.end_stream();
    if (!session_.drained()) return stalled();
    switch (after) {
      case After::more:
        return session_.later([this] { advance(); });
      case After::end:
        return session_.service().hub->wait(*this);
      case After::disk:
        return read_disk();
      case After::room:
        return wait_for_room();
      case After::limit:
        return;
    }
  }

  void writable() override { advance(); }
  void woken() override { advance(); }
  void left() override {
    if (opened_) session_.end_stream();
  }
  void stopping() override {
    if (opened_)
      session_.end_stream();
    else
      session_.fail(http::stopping());
  }
  void expired() override {
    if (again_) {
      again_ = false;
      return advance();
    }
    if (opened_ && session_.drained()) session_.stream(asked_.form == Form::sse ? ":\n\n" : "\n");
    sign_of_life();
  }

 private:
  enum class After { more, end, disk, room, limit };

  // Formats what follows position_, up to a piece's size. Says why it stopped.
  After gather(std::string& out) {
    const bool scarce = session_.service().budget.exhausted();
    const std::size_t bytes_max = scarce ? Budget::small : session_.service().options.stream_bytes;
    while (out.size() < bytes_max) {
      if (next_ == held_.size()) {
        release();
        auto held = session_.node().read_held(position_, piece_bytes, piece_entries);
        if (!held) return std::exchange(nothing_on_disk_, false) ? After::end : After::disk;
        if (held->empty()) return After::end;
        held_ = std::move(*held);
        from_memory_ = true;
      }
      if (scarce && held_[next_]->heft() > Budget::small) return out.empty() ? After::room : After::more;
      if (take(held_[next_], out)) ++next_;
      if (asked_.limit && sent_ == *asked_.limit) return After::limit;
    }
    return After::more;
  }

  // True: nothing of this entry is left.
  bool take(const EntryPtr& entry, std::string& out) {
    if (asked_.selection.shows(*entry)) {
      for (std::size_t i = 0; i < entry->count(); ++i) {
        const Promise promise = entry->promise_of(i);
        if (promise <= position_) continue;
        if (out.size() >= session_.service().options.stream_bytes) return false;
        if (asked_.limit && sent_ == *asked_.limit) return false;
        format(entry, i, out);
        position_ = promise;
        ++sent_;
      }
    }
    position_ = entry->last();
    return true;
  }

  // The newest entries are wanted by all subscribers at the same time.
  void format(const EntryPtr& entry, std::size_t index, std::string& out) {
    Service& service = session_.service();
    if (from_memory_ && service.subscribers > 1)
      out += service.lines.line(entry, index, asked_.form, republic_);
    else
      append_line(out, *entry, index, asked_.form, republic_);
  }

  // False: the request was HEAD and is answered.
  bool open() {
    opened_ = true;
    sign_of_life();
    const bool events = asked_.form == Form::sse;
    return session_.open_stream(events ? "text/event-stream" : "application/x-ndjson", "Cache-Control: no-cache\r\n");
  }

  // Others hold all the memory there is for large entries: small ones go on, this one later.
  void wait_for_room() {
    release();
    again_ = true;
    session_.set_deadline(Session::Clock::now() + read_again_after);
  }

  // The client is slower than the log.
  void stalled() {
    if (next_ == held_.size() || !charge_.try_set(held_[next_]->heft())) release();
  }

  void release() {
    held_.clear();
    next_ = 0;
    charge_.set(0);
  }

  void read_disk() {
    reading_disk_ = true;
    session_.node().read(position_, piece_bytes, piece_entries,
                         session_.guarded([this](Result<std::vector<EntryPtr>> entries) {
                           reading_disk_ = false;
                           if (!entries) return failed(entries.error());
                           held_ = std::move(*entries);
                           next_ = 0;
                           from_memory_ = false;
                           nothing_on_disk_ = held_.empty();
                           advance();
                         }));
  }

  void failed(const Error& error) {
    if (error.code == Errc::io) {  // Too many read from the disk.
      again_ = true;
      return session_.set_deadline(Session::Clock::now() + read_again_after);
    }
    const Status status = session_.node().status();
    if (!opened_) return session_.fail(unread(error, status));
    if (error.code != Errc::trimmed) return session_.cut();
    std::string gone = R"({"first":)";
    if (status.oldest_client.is_zero())
      gone += "null";
    else
      append_json_promise(gone, status.oldest_client);
    gone += '}';
    session_.stream(asked_.form == Form::sse ? "event: gone\ndata: " + gone + "\n\n" : R"({"gone":)" + gone + "}\n");
    session_.end_stream();
  }

  void sign_of_life() { session_.set_deadline(Session::Clock::now() + session_.service().options.keep_alive); }

  Session& session_;
  const Asked asked_;
  Promise position_;  // everything up to it was sent, or is not wanted
  const Republic republic_;
  Charge charge_;
  std::vector<EntryPtr> held_;  // from next_ on, still to be formatted
  std::size_t next_ = 0;
  std::uint64_t sent_ = 0;
  bool from_memory_ = false;  // held_ came from memory
  bool opened_ = false;
  bool again_ = false;  // the disk is to be asked again when the deadline comes
  bool reading_disk_ = false;
  bool nothing_on_disk_ = false;  // the last read from disk found nothing
};

}  // namespace

void handle_subscribe(Session& session) {
  const Request& request = session.request();
  Query query(request.query());
  Asked asked;
  if (query.has("limit")) asked.limit = query.take_count("limit", 1, std::numeric_limits<std::uint64_t>::max());
  asked.selection = take_selection(query);
  asked.form = negotiate(request.accept, Form::sse);
  const std::optional<std::string> text = query.take("after");
  std::optional<Bookmark> after;
  const bool resumes = request.has_last_event_id && !request.last_event_id.empty();
  if (resumes || (text && *text != "latest")) {
    after = parse_bookmark(resumes ? request.last_event_id : *text);
    if (!after) query.blame(resumes ? "Last-Event-ID is no promise" : "`after` is neither a promise nor `latest`");
  }
  if (!query.fault().empty()) return session.fail(bad_request(query.fault()));

  const Node::Brief brief = session.node().brief();
  if (!brief.has_government) return session.fail(no_government(session.node().status()));
  if (after && !after->belongs_to(brief.republic)) return session.fail(other_republic(brief.republic));
  if (session.service().budget.exhausted()) return session.fail(busy());
  asked.after = after ? after->promise : session.node().committed();

  auto work = std::make_unique<Subscription>(session, std::move(asked));
  Subscription& begun = *work;
  session.hold(std::move(work));
  begun.advance();
}

}  // namespace hansard::http
