// http/read_handler.cpp - GET entries: confirm (if linearizable), find where to begin (if `last`), gather a page,
// perhaps wait at the log's end for the first entry, answer.
#include "http/bookmark.hpp"
#include "http/confirmed_work.hpp"
#include "http/handlers.hpp"
#include "http/json.hpp"
#include "http/limits.hpp"
#include "http/refusals.hpp"
#include "http/render.hpp"
#include "http/selection.hpp"

#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace hansard::http {

namespace {

// What is asked of the node at a time, and how many such pieces from memory are looked at before others have a turn.
constexpr std::size_t piece_bytes = std::size_t{256} << 10U;
constexpr std::size_t piece_entries = 1'000;
constexpr int pieces_in_a_turn = 4;
// A search through a long log for few entries ends with what it found: at least this is granted.
constexpr std::chrono::milliseconds scan_patience = Limits::timeout_usual;

struct Asked {
  Promise after;
  std::uint64_t last = 0;  // 0: `after` holds
  std::uint64_t limit = 0;
  std::chrono::milliseconds wait{};
  Consistency consistency;
  Selection selection;
  Form form = Form::json;
};

class ReadWork final : public ConfirmedWork, public Waiter {
 public:
  ReadWork(Session& session, Asked asked)
      : ConfirmedWork(session, asked.consistency),
        asked_(std::move(asked)),
        wait_end_(session.began() + asked_.wait),
        charge_(session.service().budget) {}

  void begin() {
    if (asked_.consistency.linearizable)
      confirm();
    else
      confirmed();
  }
  void woken() override { scan(); }
  void left() override {
    if (is_linked()) finish();
  }
  void stopping() override { left(); }

 protected:
  void confirmed() override {
    if (asked_.form == Form::json) body_ = R"({"entries":[)";
    position_ = next_ = asked_.after;
    session_.set_deadline(scan_end());
    if (asked_.last != 0)
      locate();
    else
      scan();
  }

  void deadline() override {
    unlink_waiter();
    more_ = scanning_;  // Cut short: there may be more.
    finish();
  }

 private:
  // ---- Where the newest `last` entries begin ------------------------------------------------------------------------

  void locate() {
    upto_ = session_.node().committed();
    next_ = session_.node().brief().newest_client;
    scanning_ = true;
    locate_channel(0);
  }

  // One channel after the other; the node looks through all of them where none is named.
  void locate_channel(std::size_t index) {
    const std::vector<std::string>& channels = asked_.selection.channels;
    if (index == std::max<std::size_t>(channels.size(), 1)) return located();
    session_.node().read_last(asked_.last, channels.empty() ? std::string() : channels[index], Limits::page_bytes,
                              session_.guarded([this, index](Result<std::vector<EntryPtr>> entries) {
                                if (!entries) return fail_of(entries.error());
                                for (const EntryPtr& entry : *entries) note_newest(*entry);
                                locate_channel(index + 1);
                              }));
  }

  void note_newest(const Entry& entry) {
    if (entry.kind() != Kind::client || !asked_.selection.shows(entry)) return;
    for (std::size_t i = 0; i < entry.count(); ++i) {
      if (entry.promise_of(i) > upto_) break;
      newest_.insert(entry.promise_of(i));
      if (newest_.size() > asked_.last) newest_.erase(newest_.begin());
    }
  }

  void located() {
    if (newest_.empty()) {
      position_ = *upto_;
      upto_.reset();
      return at_end();
    }
    floor_ = *newest_.begin();
    newest_.clear();
    position_ = {floor_.government, floor_.entry - 1};
    scan();
  }

  // ---- The page -----------------------------------------------------------------------------------------------------

  [[nodiscard]] Session::Clock::time_point scan_end() const {
    return std::max(patience_end_, Session::Clock::now() + scan_patience);
  }

  [[nodiscard]] std::size_t entries_wanted() const {
    if (!asked_.selection.channels.empty()) return piece_entries;
    return std::min<std::size_t>(piece_entries, asked_.limit - count_ + 1);
  }

  void scan() {
    if (!scanning_) session_.set_deadline(scan_end());
    scanning_ = true;
    for (int piece = 0; piece < pieces_in_a_turn; ++piece) {
      if (session_.service().budget.exhausted()) return short_of_memory();
      const auto held = session_.node().read_held(position_, piece_bytes, entries_wanted());
      if (!held) return read_disk();
      if (held->empty()) return at_end();
      if (!take(*held)) return finish();
    }
    session_.later([this] { scan(); });
  }

  // Many were let in while there was room. Who has something gets that.
  void short_of_memory() {
    if (count_ == 0) return session_.fail(busy());
    more_ = true;
    finish();
  }

  void read_disk() {
    session_.node().read(position_, piece_bytes, entries_wanted(),
                         session_.guarded([this](Result<std::vector<EntryPtr>> entries) {
                           if (!entries) return fail_of(entries.error());
                           if (entries->empty()) return at_end();
                           if (!take(*entries)) return finish();
                           scan();
                         }));
  }

  void fail_of(const Error& error) {
    if (count_ != 0 && (error.code == Errc::trimmed || error.code == Errc::behind)) {
      more_ = true;
      return finish();
    }
    if (error.code != Errc::trimmed) return session_.fail(unread(error, session_.node().status()));
    if (!floor_.is_zero() && !position_.is_zero()) {  // Just before the oldest entry: begin at the oldest.
      position_ = Promise();
      return scan();
    }
    session_.fail(trimmed(session_.node().status()));
  }

  void at_end() {
    scanning_ = false;
    if (count_ != 0 || asked_.wait.count() == 0 || Session::Clock::now() >= wait_end_) return finish();
    session_.set_deadline(wait_end_);
    session_.service().hub->wait(*this);
  }

  // False: the page is complete.
  bool take(const std::vector<EntryPtr>& entries) {
    for (const EntryPtr& entry : entries) {
      const bool shown = asked_.selection.shows(*entry);
      const bool counts = shown || entry->kind() == Kind::client;  // Positions speak of these.
      for (std::size_t i = 0; counts && i < entry->count(); ++i) {
        const Promise promise = entry->promise_of(i);
        if (promise <= position_ || promise < floor_) continue;
        if (upto_ && promise > *upto_) return false;
        if (shown && !put(*entry, i)) return false;
        next_ = promise;
      }
      position_ = entry->last();
    }
    charge_.set(body_.capacity());
    return true;
  }

  // False: this one begins the next page.
  bool put(const Entry& entry, std::size_t index) {
    const std::size_t before = body_.size();
    more_ = true;
    if (count_ == asked_.limit) return false;
    if (asked_.form == Form::json && count_ != 0) body_ += ',';
    append_entry(body_, entry, index);
    if (asked_.form == Form::ndjson) body_ += '\n';
    if (count_ != 0 && body_.size() > Limits::page_bytes) {
      body_.resize(before);
      return false;
    }
    more_ = false;
    ++count_;
    return true;
  }

  void finish() {
    if (asked_.form == Form::json) {
      body_ += R"(],"next":")";
      append_bookmark(body_, next_, session_.node().brief().republic);
      body_ += more_ ? R"(","more":true})" : R"(","more":false})";
    }
    Answer answer;
    if (asked_.form == Form::ndjson) answer.content_type = "application/x-ndjson";
    answer.body = body_;
    session_.answer(answer);
  }

  void unlink_waiter() {
    if (is_linked()) unlink();
  }

  const Asked asked_;
  const Session::Clock::time_point wait_end_;
  Charge charge_;
  std::string body_;
  std::set<Promise> newest_;     // while locating
  Promise position_;             // everything up to it is dealt with
  Promise next_;                 // newest one that `after` may speak of
  Promise floor_;                // of `last`: what is below is not wanted
  std::optional<Promise> upto_;  // of `last`: what is above came later
  std::uint64_t count_ = 0;
  bool more_ = false;
  bool scanning_ = false;
};

}  // namespace

void handle_read(Session& session) {
  Query query(session.request().query());
  Asked asked;
  const bool has_after = query.has("after");
  const std::optional<Bookmark> after = query.take_bookmark("after");
  if (query.has("last")) {
    asked.last = query.take_count("last", 1, Limits::page_entries);
    if (has_after) query.blame("`after` and `last` exclude each other");
  }
  asked.limit =
      query.take_count("limit", asked.last != 0 ? asked.last : Limits::page_entries_usual, Limits::page_entries);
  asked.wait = query.take_duration("wait", std::chrono::milliseconds(0), Limits::wait_max);
  asked.consistency = take_consistency(query);
  asked.selection = take_selection(query);
  asked.form = negotiate(session.request().accept, Form::json);
  if (!query.fault().empty()) return session.fail(bad_request(query.fault()));

  const Node::Brief brief = session.node().brief();
  if (!brief.has_government) return session.fail(no_government(session.node().status()));
  if (after && !after->belongs_to(brief.republic)) return session.fail(other_republic(brief.republic));
  if (session.service().budget.exhausted()) return session.fail(busy());
  if (after) asked.after = after->promise;

  auto work = std::make_unique<ReadWork>(session, std::move(asked));
  ReadWork& begun = *work;
  session.hold(std::move(work));
  begun.begin();
}

}  // namespace hansard::http
