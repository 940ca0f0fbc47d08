// tests/process/history.cpp - the checker.
#include "tests/process/history.hpp"

#include <algorithm>
#include <set>
#include <unordered_map>

namespace process {

namespace {

using hansard::Promise;
using hansard::to_string;

class Checker {
 public:
  Checker(const std::vector<Attempt>& history, std::size_t faults_max) : history_(history), faults_max_(faults_max) {}

  std::vector<std::string> run(const std::map<std::string, HeldLog>& logs) {
    for (const auto& [id, log] : logs) check_form(id, log);
    check_agreement(logs);
    for (const auto& [id, log] : logs) {
      check_contents(id, log);
      check_real_time(id);
    }
    return std::move(faults_);
  }

 private:
  void blame(const std::string& what) {
    if (faults_.size() < faults_max_) faults_.push_back(what);
  }

  void check_form(const std::string& id, const HeldLog& log) {
    for (std::size_t i = 1; i < log.size(); ++i) {
      if (log[i - 1].promise >= log[i].promise) {
        blame(id + ": " + to_string(log[i].promise) + " stands after " + to_string(log[i - 1].promise));
      }
    }
  }

  void check_agreement(const std::map<std::string, HeldLog>& logs) {
    for (const auto& [id, log] : logs) {
      const auto& [first_id, first] = *logs.begin();
      const auto [here, there] = std::ranges::mismatch(log, first);
      if (here == log.end() && there == first.end()) continue;
      const auto text = [](const auto& at, const auto& end) {
        return at == end ? std::string("nothing more") : to_string(at->promise) + " '" + at->body + "'";
      };
      blame(id + " has " + text(here, log.end()) + " where " + first_id + " has " + text(there, first.end()));
    }
  }

  // Finds each attempt in the log; leaves its promises there for check_real_time().
  void check_contents(const std::string& id, const HeldLog& log) {
    std::unordered_map<std::string, std::vector<std::size_t>> places;
    for (std::size_t i = 0; i < log.size(); ++i) places[log[i].body].push_back(i);
    found_.assign(history_.size(), Found{});
    for (std::size_t i = 0; i < history_.size(); ++i) {
      check_attempt(id, log, places, i);
      for (const std::string& body : history_[i].bodies) places.erase(body);
    }
    for (const auto& [body, at] : places) {
      blame(id + ": '" + body + "' at " + to_string(log[at.front()].promise) + " was appended by nobody");
    }
  }

  void check_attempt(const std::string& id, const HeldLog& log,
                     const std::unordered_map<std::string, std::vector<std::size_t>>& places, std::size_t number) {
    const Attempt& attempt = history_[number];
    std::vector<std::size_t> at;
    for (const std::string& body : attempt.bodies) {
      const auto place = places.find(body);
      if (place == places.end()) continue;
      at.push_back(place->second.front());
      if (place->second.size() > 1) blame(id + ": '" + body + "' is there twice");
    }
    const std::string name = "'" + attempt.bodies.front() + "'";
    if (at.empty()) {
      if (attempt.outcome == Attempt::Outcome::acknowledged) blame(id + ": lost " + name + ", acknowledged");
      return;
    }
    if (attempt.outcome == Attempt::Outcome::refused) blame(id + ": " + name + " is there, but was refused");
    if (at.size() != attempt.bodies.size()) return blame(id + ": half of the batch of " + name);
    for (std::size_t i = 1; i < at.size(); ++i) {
      if (at[i] != at[i - 1] + 1) return blame(id + ": the batch of " + name + " is torn apart");
    }
    found_[number] = Found{true, log[at.front()].promise, log[at.back()].promise};
    if (attempt.outcome != Attempt::Outcome::acknowledged) return;
    if (found_[number].first != attempt.first || found_[number].last != attempt.last) {
      blame(id + ": " + name + " was acknowledged at " + to_string(attempt.first) + ", but is at " +
            to_string(found_[number].first));
    }
  }

  // Sweeps over beginnings in time: the greatest promise acknowledged before each must be below its own.
  void check_real_time(const std::string& id) {
    std::vector<std::size_t> by_begin;
    std::vector<std::size_t> by_end;
    for (std::size_t i = 0; i < history_.size(); ++i) {
      if (!found_[i].is_there) continue;
      by_begin.push_back(i);
      if (history_[i].outcome == Attempt::Outcome::acknowledged) by_end.push_back(i);
    }
    std::ranges::sort(by_begin, {}, [this](std::size_t i) { return history_[i].begin; });
    std::ranges::sort(by_end, {}, [this](std::size_t i) { return history_[i].end; });
    auto ended = by_end.begin();
    const std::size_t none = history_.size();
    std::size_t latest = none;
    for (const std::size_t i : by_begin) {
      for (; ended != by_end.end() && history_[*ended].end < history_[i].begin; ++ended) {
        if (latest == none || found_[latest].last < found_[*ended].last) latest = *ended;
      }
      if (latest != none && found_[latest].last >= found_[i].first) {
        blame(id + ": '" + history_[i].bodies.front() + "' at " + to_string(found_[i].first) + " was begun after '" +
              history_[latest].bodies.front() + "' at " + to_string(found_[latest].last) + " had been acknowledged");
      }
    }
  }

  struct Found {
    bool is_there = false;
    Promise first;
    Promise last;
  };

  const std::vector<Attempt>& history_;
  std::size_t faults_max_;
  std::vector<Found> found_;  // of each attempt, in the log that is being checked
  std::vector<std::string> faults_;
};

}  // namespace

std::vector<std::string> find_faults(const std::vector<Attempt>& history, const std::map<std::string, HeldLog>& logs,
                                     std::size_t faults_max) {
  return Checker{history, faults_max}.run(logs);
}

}  // namespace process
