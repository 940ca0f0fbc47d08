// government/founder.hpp - Founder: how an island begins, and how a newcomer is let in. Protocol section 5, found and
// embark.
//
// An islander without a government promises itself, durably, to one founder: the first of its own list. The founder
// founds once a majority of the *others* on the list has promised it and nobody who answers has a government. While
// someone needed is missing nothing starts, and waiting_for() says for whom.
#pragma once

#include "government/chamber.hpp"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace hansard {

class Founder : public Part {
 public:
  // `noted`: the note of an earlier run, empty where there is none.
  Founder(Chamber& chamber, const std::string& noted);

  void bootstrap(std::vector<Listed> list);
  void join(std::vector<std::string> urls);
  void receive(RequestId id, const Islander& from, const Found& message);
  void receive(RequestId id, const Islander& from, const Embark& message);
  void governed();
  // For lost_timeouts nobody we know of has brought us the log, or had it for us: ask around once, though we are a
  // citizen.
  void lost();
  static constexpr Tick lost_timeouts = 3;
  // Is this another life of the founder that we are promised to?
  [[nodiscard]] bool passed_on_from(const Islander& who) const {
    return promised_to_ && promised_to_->id == who.id && promised_to_->cookie != who.cookie;
  }
  [[nodiscard]] std::string waiting_for() const;

  void sent(PulseId id, const Reply* reply) override;
  void event() override;
  [[nodiscard]] Tick next_event() const override { return next_; }

  template <class Archive>
  void members(Archive& a) {
    a(list_, urls_, promised_to_, heard_, as_pulse(asked_), answers_, republics_, ask_url_, somewhere_, as_time(next_),
      as_duration(patience_), lost_, unlike_);
  }

 private:
  [[nodiscard]] bool founds() const { return !list_.empty() && list_.front().id == chamber_.self.id; }
  [[nodiscard]] bool citizen() const;  // of the committed government, at this address: nothing is left to do
  void promise_to(const Islander& founder);
  void ask_all();
  void found_if_promised();
  void found();
  void compare_lists(const std::string& with, bool same);
  void heard_republic(const Republic& republic, const std::string& where);

  Chamber& chamber_;
  std::vector<Listed> list_;       // founding list, or empty
  std::vector<std::string> urls_;  // of an island to join
  std::optional<Islander> promised_to_;
  struct Heard {
    Islander who;
    bool same_list = false;
    bool granted = false;
    bool has_government = false;
    bool earlier_cookie = false;  // promised to an earlier cookie of ours
    std::string promised_to;      // for people
    Republic republic;

    template <class Archive>
    void members(Archive& a) {
      a(who, same_list, granted, has_government, earlier_cookie, promised_to, republic);
    }
  };
  std::map<std::string, Heard> heard_;          // by id, of those listed who answered last time
  std::map<PulseId, std::string> asked_;        // Found and Embark under way: whom, by id or url
  std::map<std::string, std::string> answers_;  // embark: what each said last, for people
  std::map<std::string, Republic> republics_;   // by url, as they said before we asked to be let in
  std::string ask_url_;                         // whom to ask for embarkation, as somebody said
  bool somewhere_ = false;                      // somebody told us of a government
  Tick next_ = never;
  bool lost_ = false;             // lost(), and nobody has been asked since
  Tick patience_ = 0;             // an answer came too late to count: wait so long for the next
  std::set<std::string> unlike_;  // whose lists differ from ours, as noted
};

}  // namespace hansard
