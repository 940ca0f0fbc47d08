// tests/government/lone_islander.hpp - LoneIslander: one real Legislator; its clock, disk and everybody else are the
// test's.
//
// After every input it runs the host's loop (government/legislator.hpp). What comes out is kept until the test looks:
// pulses, to be answered by hand or by obey(), and answers by request. Writes reach the MemoryDisk at once unless the
// test withholds them. At every write it holds that `committed` is not ahead of the log on that disk (planted bug r).
#pragma once

#include "government/legislator.hpp"
#include "log/memory_store.hpp"
#include "tests/government/values.hpp"

#include <doctest/doctest.h>

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace hansard::tests {

inline constexpr Republic republic{7, 7};
inline constexpr Promise end_of_time{~std::uint64_t{0}, ~std::uint64_t{0}};

inline Islander islander(const std::string& id, std::uint64_t life = 1) { return {id, cookie_of(id, life)}; }

// A log that a test writes entry by entry. A copy is a fork.
class Scroll {
 public:
  Position govern(Government government, std::uint64_t number, std::uint64_t ballot, Promise settled = {}) {
    return keep(chain_.govern(std::move(government), {number, 0}, ballot, settled));
  }
  Position append(const std::string& body, const Author& author = {}, Promise settled = {}) {
    return keep(chain_.append({body}, author, settled));
  }
  Position batch(const std::vector<std::string>& bodies) { return keep(chain_.append(bodies)); }
  Position append_under(const std::string& key, const std::string& body, const Author& author = {}) {
    return keep(chain_.append_under(key, {body}, author));
  }
  Position settle(Promise settled) { return keep(chain_.settle(settled)); }
  Position trim(const Trim& trim) { return keep(chain_.trim(trim)); }
  Position set(const LogSettings& settings) { return keep(chain_.set(settings)); }
  void pass(std::int64_t us) { chain_.pass(us); }  // of the log's time
  // What somebody else wrote.
  Position take(EntryPtr entry) {
    chain_ = ChainOfEntries(*entry);
    return keep(std::move(entry));
  }

  [[nodiscard]] Position at() const { return entries_.empty() ? Position{} : entries_.back()->position(); }
  [[nodiscard]] Position at(Promise promise) const;  // 0/0: before the first
  [[nodiscard]] std::vector<EntryPtr> after(Promise promise, Promise upto = end_of_time) const;
  [[nodiscard]] std::string text() const;

 private:
  Position keep(EntryPtr entry) {
    entries_.push_back(std::move(entry));
    return entries_.back()->position();
  }
  ChainOfEntries chain_;
  std::vector<EntryPtr> entries_;
};

// "1/0@1 1/1@1"
std::string text_of(const std::vector<EntryPtr>& entries);

// What a leader of `ballot` sends of `log` after `after`.
Register register_of(const Scroll& log, Promise after, std::uint64_t ballot, const Committed& committed = {},
                     Promise upto = end_of_time);
// What a member answers that took it.
Received received(const Register& message, const Report& report = {});
// The same for a representative; the last of it was counted by the leader of `counted`.
Synchronize synchronize_of(const Scroll& log, Promise after, std::uint64_t counted, Promise upto = end_of_time);

template <class M>
struct Sent {
  PulseId id = 0;
  Islander to;
  std::string url;
  Republic republic;
  bool urgent = false;
  M message;
};

class LoneIslander {
 public:
  explicit LoneIslander(const std::string& id, const Settings& settings = {});
  ~LoneIslander();
  [[nodiscard]] Legislator* operator->() { return legislator_.get(); }
  [[nodiscard]] Moment moment() const { return {now_, wall_base_ + static_cast<std::int64_t>(now_)}; }
  [[nodiscard]] Position last() const { return legislator_->status().last; }

  // ---- Time and life ---------------------------------------------------------------------------------------------
  void wait(Tick duration);  // every timer that is due on the way is called
  void wait_until(const std::function<bool()>& condition, Tick patience = 20'000'000);
  void shift_wall(std::int64_t by_us) { wall_base_ += by_us; }
  void crash();  // a write under way is lost
  void restart();
  void wipe();  // crash; the directory is gone, and the next cookie is of the next life

  // ---- Disk ------------------------------------------------------------------------------------------------------
  void withhold_writes() { withheld_ = true; }
  [[nodiscard]] const Write* under_way() const { return writing_ ? &write_ : nullptr; }
  void finish_write();    // the one under way; the next may begin
  void release_writes();  // all, and from now on at once
  [[nodiscard]] const std::vector<Write>& written() const { return written_; }
  [[nodiscard]] std::string on_disk();  // text_of the log
  [[nodiscard]] std::vector<EntryPtr> entries_on_disk();
  [[nodiscard]] std::uint64_t promised_on_disk() const { return promised_; }
  [[nodiscard]] Store& store() { return *store_; }
  void withhold_reads() { reads_withheld_ = true; }
  [[nodiscard]] std::deque<Want>& wants() { return wants_; }
  void supply(const Want& want, std::vector<EntryPtr> entries);

  // ---- Requests of others ----------------------------------------------------------------------------------------
  RequestId request(const Islander& from, Request request, const Republic& of = republic);
  [[nodiscard]] bool answered(RequestId id) const { return answers_.contains(id); }
  template <class A>
  A answer(RequestId id) const {
    REQUIRE(answers_.contains(id));
    const Answer& answer = answers_.at(id).answer;
    INFO("the answer is: " << std::string(name_of(answer)));
    REQUIRE(std::holds_alternative<A>(answer));
    return std::get<A>(answer);
  }
  template <class A>
  A ask(const Islander& from, Request message, const Republic& of = republic) {
    return answer<A>(request(from, std::move(message), of));
  }

  // ---- Its clients -----------------------------------------------------------------------------------------------
  // Gives the token.
  std::uint64_t append(const std::string& body);
  std::uint64_t append_batch(const std::vector<std::string>& bodies);
  std::uint64_t append(Submission submission);
  [[nodiscard]] Appended give_up(std::uint64_t token);
  std::uint64_t read();
  std::map<std::uint64_t, Appended> appended;  // by token
  std::map<std::uint64_t, ReadReady> reads;
  std::vector<EntryPtr> committed;  // handed out, in order

  // ---- Its pulses ------------------------------------------------------------------------------------------------
  // How many of that kind wait for an answer; to anybody where `to` is empty.
  template <class M>
  [[nodiscard]] std::size_t count(const std::string& to = "") const {
    std::size_t n = 0;
    for (const Pulse& pulse : pulses_) n += is<M>(pulse, to) ? 1U : 0U;
    return n;
  }
  // The oldest of that kind. REQUIRES: there is one.
  template <class M>
  Sent<M> take(const std::string& to = "") {
    for (auto pulse = pulses_.begin(); pulse != pulses_.end(); ++pulse) {
      if (!is<M>(*pulse, to)) continue;
      Sent<M> sent{pulse->id,       pulse->to,     pulse->url,
                   pulse->republic, pulse->urgent, std::get<M>(std::move(pulse->request))};
      pulses_.erase(pulse);
      return sent;
    }
    FAIL("no such pulse to '" << to << "'; there are: " << waiting());
    return {};
  }
  template <class M>
  void reply(const Sent<M>& to, Answer answer) {
    // To a url, or to whoever bears an id: it is that islander's first life.
    const Islander known = to.to.cookie.is_zero() ? islander(to.url.substr(std::string("http://").size())) : to.to;
    sent(to.id, Reply{known, republic, std::move(answer)});
  }
  template <class M>
  void reply_as(const Islander& from, const Sent<M>& to, Answer answer) {
    sent(to.id, Reply{from, republic, std::move(answer)});
  }
  template <class M>
  void fail(const Sent<M>& to) {
    sent(to.id, std::nullopt);
  }
  void forget_pulses() { pulses_.clear(); }  // they are never answered
  void fail_pulses(const std::string& ids);  // all that wait, to any of these
  // Those named do whatever they are asked, as members that lack nothing and have lost the leader too; until nothing is
  // asked of them.
  void obey(const std::string& ids);
  // From now on it reports these below it.
  void represents(const std::string& id, std::vector<Downstream> below) { followers_[id].below = std::move(below); }
  void ails(const std::string& id, bool ill) { followers_[id].ill = ill; }  // says that its disk is not well
  [[nodiscard]] std::string waiting() const;
  void disconnected(const Islander& who);
  void input(const std::function<void(Legislator&, Moment)>& what);  // and the host's loop after it

  // ---- Events ----------------------------------------------------------------------------------------------------
  [[nodiscard]] bool told(const std::string& name) const;
  [[nodiscard]] std::string fact(const std::string& name, const std::string& key) const;  // of the newest of that name
  void forget_events() { events_.clear(); }
  std::optional<Error> halt;

 private:
  struct Follower {  // as obey() plays it
    Position last;
    Committed committed;
    std::vector<Downstream> below;
    bool ill = false;
  };

  template <class M>
  [[nodiscard]] static bool is(const Pulse& pulse, const std::string& to) {
    return std::holds_alternative<M>(pulse.request) && (to.empty() || pulse.to.id == to);
  }
  [[nodiscard]] Answer obedient(const std::string& id, const Request& request);
  void open();
  void run();
  void sent(PulseId id, std::optional<Reply> reply);

  std::string id_;
  std::uint64_t life_ = 1;
  Settings settings_;
  MemoryDisk disk_;
  std::unique_ptr<Store> store_;
  std::unique_ptr<Legislator> legislator_;
  Tick now_ = 1'000'000;
  std::int64_t wall_base_ = 1'700'000'000'000'000;
  bool withheld_ = false;
  bool reads_withheld_ = false;
  bool writing_ = false;
  Write write_;
  std::vector<Write> written_;
  std::uint64_t promised_ = 0;
  RequestId next_request_ = 1;
  std::uint64_t next_token_ = 1;
  std::map<RequestId, Response> answers_;
  std::deque<Pulse> pulses_;
  std::deque<Want> wants_;
  std::vector<Event> events_;
  std::map<std::string, Follower> followers_;
};

// What log state says after the whole log.
LogState state_of(const Scroll& log);
// The pieces of a snapshot of it, the last of it counted by the leader of `counted`.
std::vector<FetchedState> pieces_of(const LogState& state, std::uint64_t counted);

// An island of a b c, or another, with nothing but its founding government.
Scroll founded(const Government& government);
Scroll founded();
// Leader a of `ballot` registers the log, of which what is up to `committed` is known committed.
void teach(LoneIslander& one, const Scroll& log, std::uint64_t ballot, Promise committed = {1, 0});

// Lets time pass until it prepares; those named say that they have lost the leader too. Gives the ballot.
std::uint64_t until_prepare(LoneIslander& one, const std::string& yes);
// Makes it run for office, helped by those named, who hold what it holds; gives its ballot. Its own government entry is
// written and not yet registered with anybody.
std::uint64_t win(LoneIslander& one, const std::string& helpers);
// Goes on until everything in its log is committed, its own government too.
std::uint64_t lead(LoneIslander& one, const std::string& helpers);

}  // namespace hansard::tests
