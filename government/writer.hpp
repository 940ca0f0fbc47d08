// government/writer.hpp - Writer: the leader in office. Queue, pipeline, hedge, commit, fiats. Protocol sections 3
// and 5.
//
// A copy counts only if it was acknowledged in this ballot and reaches this leader's own government entry; the leader's
// own copy counts when its own disk has it. The named majority is whom it writes to first; when one of them is late by
// the hedge delay it writes to the minority directly, and soon swaps the late one out by fiat.
#pragma once

#include "government/chamber.hpp"
#include "government/shaper.hpp"

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace hansard {

class Writer : public Part {
 public:
  explicit Writer(Chamber& chamber) : chamber_(chamber) {}

  // Writes `government` (promise and ballot set) as the next entry and leads. `known`: what members said they hold.
  void take_office(std::uint64_t ballot, const Government& government,
                   const std::map<Islander, std::pair<Position, Committed>>& known);
  void leave_office(const char* why);
  [[nodiscard]] bool in_office() const { return chamber_.role == Role::leader; }
  // In office, and the own government entry is committed: linearizable reads may be served (section 7).
  [[nodiscard]] bool established() const;
  [[nodiscard]] std::uint64_t ballot() const { return ballot_; }

  enum class Taken { yes, full, not_leader, stranger, again, later, judged };
  // Appends it, or says why not. `again`: it is in the log already; `later`: one before it is missing; `judged`: it is
  // not appended, the judge knows why.
  Taken take(const Author& author, std::uint64_t after, const Submission& submission);
  // The newest (start, sequence) of that citizen in the whole log.
  [[nodiscard]] Appends appended_by(const std::string& id, Promise arrived) const;
  [[nodiscard]] bool full() const;

  void receive(RequestId id, const Islander& from, const Forward& message);
  // REQUIRES: established().
  void write_trim(const Trim& trim);
  Promise write_settings(const LogSettings& settings);  // where it stands
  void embark(RequestId id, const Islander& from, const Embark& message);
  // From now on every answer to a pulse of round() or later confirms office for what was asked before.
  std::uint64_t begin_round(const std::vector<Downstream>& census = {});
  [[nodiscard]] bool confirmed(std::uint64_t round) const;

  void committed(bool governed);  // the log's committed moved
  void persisted() { count(); }   // our own copy got further
  void disconnected(const Islander& who);
  void resign();
  // What is known of the citizens, for the shaper.
  [[nodiscard]] Facts facts() const;
  void reconsider() { consider_shape(); }
  // May a fiat be written now? One that changes the parliament waits for facts().membership_allowed as well.
  [[nodiscard]] bool may_shape() const;
  void decree(Change change);  // writes it; REQUIRES: may_shape()
  // Hands office over: false where that member does not answer or does not hold the whole log yet.
  bool nominate(Part& owner, const std::string& id, const char* why);

  void sent(PulseId id, const Reply* reply) override;
  void event() override;
  [[nodiscard]] Tick next_event() const override;
  void pull() override;
  void supplied(std::uint64_t want, std::vector<EntryPtr>&& entries) override;

  [[nodiscard]] bool reachable(const std::string& id) const;
  [[nodiscard]] Promise committed_of(const std::string& id) const;
  // What it needs of the log comes after this: its committed, or the point of a snapshot that it fetches.
  [[nodiscard]] Promise needs_after(const std::string& id) const;
  // Too few disks of the parliament are well: what is appended now would not be durable, or use up what is in reserve.
  [[nodiscard]] bool disks_full() const;
  [[nodiscard]] std::int64_t entry_time() const;  // what an entry written now bears

  template <class Archive>
  void members(Archive& a) {
    a(ballot_, own_government_, last_government_, settled_, as_ticket(founding_), members_, as_pulse(pulses_),
      as_pulse(pings_), as_want(wants_), appends_, arrivals_, as_time(silent_since_), as_time(next_ping_),
      as_time(office_since_), round_, minimum_, hedging_, caught_up_mark_, resigning_, nominated_);
  }

 private:
  struct Flight {
    PulseId id = 0;
    Tick at = 0;
    std::size_t bytes = 0;

    template <class Archive>
    void members(Archive& a) {
      a(as_pulse(id), as_time(at), bytes);
    }
  };
  struct Member {
    std::string url;
    bool known = false;  // `sent` is a position that it holds, or will when what is in flight arrives
    Position sent;
    std::optional<Position> refused_at;  // where we stepped back to last, until it accepts something
    Promise match;                       // acknowledged in this ballot
    std::deque<Flight> flights;
    Tick answered_at = 0;  // or taken up at
    bool heard = false;    // in this office, or when it was elected
    bool failed = false;   // its last pulse failed: nobody is there
    Tick not_before = 0;   // after a failure
    Tick smoothed = 0;     // answer time; 0: not measured yet
    Promise told;          // committed as last told
    Position end;          // of its log, as it said last
    Report report;
    std::uint64_t round = 0;
    std::optional<std::uint64_t> want;
    std::vector<EntryPtr> supply;  // from disk, to go next

    template <class Archive>
    void members(Archive& a) {
      a(url, known, sent, refused_at, match, flights, as_time(answered_at), heard, failed, as_time(not_before),
        as_duration(smoothed), told, end, report, round, as_want(want), supply);
    }
  };
  using Members = std::map<Islander, Member>;

  void refresh_members();
  [[nodiscard]] std::vector<Islander> targets() const;
  void send_to(const Islander& who, Member& member);
  void post_register(const Islander& who, Member& member, std::vector<EntryPtr> entries);
  void ping_all();
  void count();
  void step_back(Member& member, const Position& end, const Committed& committed);
  [[nodiscard]] Tick hedge_delay(const Member& member) const;
  [[nodiscard]] bool late(const Member& member) const;
  void watch_hedge();
  void watch_quorum();
  void consider_shape();
  void settle_if_needed();
  void hand_over();
  [[nodiscard]] bool is_well(const std::string& id, const Cookie& cookie) const;
  void spare_disk();
  [[nodiscard]] bool others_well() const;
  void note_silence();
  void write(Kind kind, const Author& author, std::string_view channel, std::string_view key,
             std::span<const Item> items);
  void write_government(const Government& government);
  [[nodiscard]] Promise minimum() const;

  Chamber& chamber_;
  std::uint64_t ballot_ = 0;
  Promise own_government_;   // of take_office()
  Promise last_government_;  // it, or the latest fiat
  Promise settled_;          // as we saw it last
  Ticket founding_ = 0;      // the write of an island's first government: nothing leaves before it (section 5, found)
  Members members_;          // of every counted parliament, but ourselves
  std::map<PulseId, Islander> pulses_;  // registers and pings under way
  std::map<PulseId, Tick> pings_;       // when they were sent
  std::map<std::uint64_t, Islander> wants_;
  std::map<std::string, Appends, std::less<>> appends_;  // newest of each citizen in the whole log
  std::map<Islander, Arrival> arrivals_;
  std::map<std::string, Tick, std::less<>> silent_since_;  // citizens that do not answer
  Tick next_ping_ = never;
  Tick office_since_ = 0;
  std::uint64_t round_ = 0;
  Promise minimum_;  // of all citizens, as of the last ping
  bool hedging_ = false;
  Promise caught_up_mark_;  // committed at an earlier ping: who has it has caught up
  bool resigning_ = false;
  bool nominated_ = false;
};

}  // namespace hansard
