// government/judge.hpp - Judge: keys, conditions and limits of appends, in the leader. Protocol section 3, Conditions.
//
// Judged against the whole log, uncommitted chain included, when an append would be made. What is judged is told only
// when it can no longer be wrong: when everything it was judged against is committed, and the office is confirmed by a
// round begun after the question came, or by the commit of an entry appended after it. (A fallen leader, or one whose
// own tail will lose, would tell a client "did not happen" of an append that will.)
// Judgments are remembered while this office lasts, and given again as often as asked.
// Bounds: as many judgments as the citizens have appends whose outcome is open (Settings::queue_count each).
#pragma once

#include "government/chamber.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace hansard {

class Judge : public Part {
 public:
  explicit Judge(Chamber& chamber) : chamber_(chamber) {}

  void take_office();
  void office_left();  // who waits is told to ask the next leader

  // What speaks against making an entry of it now; nullopt: nothing. `time_us` is what the entry would bear.
  [[nodiscard]] std::optional<Judgment> judge(const Submission& submission, std::int64_t time_us) const;
  void appended(const Entry& entry);                  // to the leader's log
  [[nodiscard]] const LogSettings& settings() const;  // as the whole log has them

  void note(const Author& author, Judgment judgment);
  [[nodiscard]] const Judgment* judgment_of(const Author& author) const;
  // Its author knows of everything before `open_from`.
  void forget(const Author& author, std::uint64_t open_from);

  // Gives the answer once its judgments are final.
  void hold(RequestId id, Forwarded answer);
  void hold(const Judgment& ours);

  void committed();  // the log's committed moved
  void confirm();    // a member answered a round

  void sent(PulseId, const Reply*) override {}
  void event() override {}
  [[nodiscard]] Tick next_event() const override { return never; }
  void pull() override;

  template <class Archive>
  void members(Archive& a) {
    a(keys_, newest_client_, settings_, given_, next_, under_way_, confirmed_, round_);
  }

 private:
  struct Held {
    RequestId request = 0;  // 0: our own, answer.judgments is the judgment
    Forwarded answer;
    Promise judged;  // end of the log when it was judged

    template <class Archive>
    void members(Archive& a) {
      a(as_request(request), answer, judged);
    }
  };
  struct Given {  // to one start of one citizen
    Promise arrived;
    std::uint64_t start = 0;
    std::map<std::uint64_t, Judgment> judgments;  // by sequence

    template <class Archive>
    void members(Archive& a) {
      a(arrived, start, judgments);
    }
  };

  [[nodiscard]] const KeyRow* key_row(const std::string& key, std::int64_t expired_us) const;
  void release(std::vector<Held>& list, const auto& is_final);

  Chamber& chamber_;
  // Of the uncommitted chain, what log state does not say yet.
  std::map<std::string, KeyRow, std::less<>> keys_;
  Promise newest_client_;
  std::vector<std::pair<Promise, LogSettings>> settings_;

  std::map<std::string, Given, std::less<>> given_;  // by citizen
  std::vector<Held> next_;                           // came since the round under way began
  std::vector<Held> under_way_;                      // wait for round_
  std::vector<Held> confirmed_;                      // wait for the commit of what they were judged against
  std::uint64_t round_ = 0;
};

}  // namespace hansard
