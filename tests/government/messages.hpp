// tests/government/messages.hpp - random values of every message by seed, each with the tag that it bears on the wire.
#pragma once

#include "government/message.hpp"
#include "tests/government/values.hpp"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace hansard::tests {

inline bool coin(Random& random) { return random.below(2) == 0; }

inline Cookie random_cookie(Random& random) {
  const std::uint64_t high = random.next64();
  return {high, random.next64()};
}

inline std::string name_or_none(Random& random) { return coin(random) ? random_name(random) : ""; }

inline Committed random_committed(Random& random) {
  const Position position = random_position(random);
  return {position, random_number(random)};
}

inline Listed random_listed(Random& random) {
  std::string id = name_or_none(random);
  return {std::move(id), random_text(random, 40)};
}

inline Report random_report(Random& random) {
  Report report;
  report.committed = random_committed(random);
  report.durable = random_position(random);
  report.wall_us = static_cast<std::int64_t>(random.next64() >> random.below(64));
  report.disk_ill = coin(random);
  for (std::uint64_t i = random.below(4); i > 0; --i) {
    Downstream downstream;
    downstream.id = random_name(random);
    downstream.committed = random_promise(random);
    downstream.reachable = coin(random);
    if (coin(random)) downstream.fetches = random_promise(random);
    report.downstream.push_back(downstream);
  }
  if (coin(random)) report.fetches = random_promise(random);
  return report;
}

// A piece of a log; `previous` is what stands before it.
inline std::vector<EntryPtr> random_entries(Random& random, Position& previous) {
  previous = {{1 + random.below(1000), random.below(1000)}, 1 + random.below(1000)};
  ChainOfEntries log{previous};
  std::vector<EntryPtr> entries;
  for (std::uint64_t i = random.below(5); i > 0; --i) {
    std::vector<std::string> bodies(1 + random.below(3));
    for (std::string& body : bodies) body = random_text(random, 60);
    entries.push_back(log.append(bodies, {"a", {1, 0}, 1, i}));
  }
  return entries;
}

inline std::shared_ptr<const Submission> random_submission(Random& random) {
  auto submission = std::make_shared<Submission>();
  submission->channel = name_or_none(random);
  submission->key = random_text(random, 20);
  submission->items.resize(1 + random.below(3));
  if (coin(random)) submission->if_match = random_promise(random);
  for (Submission::Body& body : submission->items) {
    body.content_type = random_text(random, 20);
    body.bytes = random_text(random, 60);
  }
  return submission;
}

using MakeRequest = std::function<Request(Random&)>;
using MakeAnswer = std::function<Answer(Random&)>;

// One row a message, in the order of the tags.
struct RequestRow {
  std::uint8_t tag;
  MakeRequest make;
};
struct AnswerRow {
  std::uint8_t tag;
  MakeAnswer make;
};

inline const std::vector<RequestRow>& requests() {
  static const std::vector<RequestRow> rows{
      {1,
       [](Random& random) {
         Found m;
         for (std::uint64_t i = random.below(4); i > 0; --i) m.list.push_back(random_listed(random));
         m.everyone = coin(random);
         return m;
       }},
      {2,
       [](Random& random) {
         Embark m;
         m.url = random_text(random, 40);
         for (std::uint64_t i = random.below(4); i > 0; --i) {
           const std::string name = random_text(random, 10);
           m.properties[name] = random_text(random, 10);
         }
         return m;
       }},
      {3,
       [](Random& random) {
         Canvass m;
         m.ballot = random_number(random);
         m.committed = random_committed(random);
         return m;
       }},
      {4,
       [](Random& random) {
         Prepare m;
         m.ballot = random_number(random);
         m.committed = random_position(random);
         return m;
       }},
      {5,
       [](Random& random) {
         Fetch m;
         m.after = random_position(random);
         m.upto = random_promise(random);
         return m;
       }},
      {6,
       [](Random& random) {
         Register m;
         m.ballot = random_number(random);
         m.government = random_promise(random);
         m.entries = random_entries(random, m.previous);
         m.committed = random_committed(random);
         m.minimum = random_promise(random);
         m.round = random_number(random);
         return m;
       }},
      {7,
       [](Random& random) {
         Ping m;
         m.ballot = random_number(random);
         m.committed = random_committed(random);
         m.minimum = random_promise(random);
         m.round = random_number(random);
         return m;
       }},
      {8,
       [](Random& random) {
         Synchronize m;
         m.counted = random_number(random);
         m.entries = random_entries(random, m.previous);
         m.minimum = random_promise(random);
         m.government = random_promise(random);
         return m;
       }},
      {9,
       [](Random& random) {
         Forward m;
         m.ballot = random_number(random);
         m.arrived = random_promise(random);
         m.start = random_number(random);
         std::uint64_t sequence = 0;
         for (std::uint64_t i = random.below(4); i > 0; --i) {
           const std::uint64_t after = sequence;
           sequence += 1 + random.below(1000);
           m.appends.push_back({sequence, after, random_submission(random)});
         }
         m.open_from = random_number(random);
         return m;
       }},
      {10, [](Random& random) { return ReadPoint{random_number(random)}; }},
      {13,
       [](Random& random) {
         Operate m;
         m.ballot = random_number(random);
         m.operation.what = static_cast<Operation::What>(random.below(5));
         m.operation.id = coin(random) ? random_name(random) : std::string{};
         m.operation.seats = static_cast<std::uint32_t>(random.below(9));
         m.operation.before = random_promise(random);
         if (coin(random)) m.operation.settings.max_entries = random_number(random);
         if (coin(random)) m.operation.settings.max_age_us = -static_cast<std::int64_t>(random.below(1'000));
         m.operation.cookie = random_cookie(random);
         return m;
       }},
      {11,
       [](Random& random) {
         Nominate m;
         m.ballot = random_number(random);
         m.last = random_position(random);
         return m;
       }},
      {12,
       [](Random& random) {
         FetchState m;
         m.at = random_position(random);
         m.piece = random_number(random);
         return m;
       }},
      {14, [](Random& random) { return FetchBack{random_position(random)}; }},
  };
  return rows;
}

inline const std::vector<AnswerRow>& answers() {
  static const std::vector<AnswerRow> rows{
      {65,
       [](Random& random) {
         FoundAnswer m;
         m.same_list = coin(random);
         m.granted = coin(random);
         m.has_government = coin(random);
         m.republic = random_cookie(random);
         m.promised_to.id = name_or_none(random);
         m.promised_to.cookie = random_cookie(random);
         m.url = random_text(random, 40);
         return m;
       }},
      {66,
       [](Random& random) {
         EmbarkAnswer m;
         m.verdict = static_cast<EmbarkAnswer::Verdict>(1 + random.below(4));
         m.republic = random_cookie(random);
         m.leader = random_listed(random);
         m.why = random_text(random, 40);
         return m;
       }},
      {67,
       [](Random& random) {
         CanvassAnswer m;
         m.lost = coin(random);
         m.promised = random_number(random);
         m.committed = random_committed(random);
         return m;
       }},
      {68,
       [](Random& random) {
         Promised m;
         m.granted = coin(random);
         m.ballot = random_number(random);
         m.committed = random_committed(random);
         m.first = random_promise(random);
         m.last = random_position(random);
         Position previous;
         m.tail = random_entries(random, previous);
         return m;
       }},
      {69,
       [](Random& random) {
         Fetched m;
         m.held = coin(random);
         m.committed = random_committed(random);
         m.last = random_position(random);
         Position previous;
         m.entries = random_entries(random, previous);
         m.trimmed = coin(random);
         return m;
       }},
      {70,
       [](Random& random) {
         Received m;
         m.ballot = random_number(random);
         m.last = random_position(random);
         m.round = random_number(random);
         m.report = random_report(random);
         return m;
       }},
      {71,
       [](Random& random) {
         Rejected m;
         m.promised = random_number(random);
         m.committed = random_committed(random);
         m.last = random_position(random);
         return m;
       }},
      {72,
       [](Random& random) {
         Pong m;
         m.promised = random_number(random);
         m.ballot = random_number(random);
         m.round = random_number(random);
         m.report = random_report(random);
         m.last = random_position(random);
         return m;
       }},
      {73,
       [](Random& random) {
         Synchronized m;
         m.held = coin(random);
         m.committed = random_committed(random);
         m.report = random_report(random);
         return m;
       }},
      {74,
       [](Random& random) {
         Forwarded m;
         m.verdict = static_cast<Forwarded::Verdict>(1 + random.below(4));
         m.ballot = random_number(random);
         m.upto = random_number(random);
         const std::uint64_t count = random.below(4);
         for (std::uint64_t i = 1; i <= count; ++i) {
           Judgment judgment;
           judgment.sequence = i * 3;
           judgment.objection = static_cast<Objection>(random.below(5));
           judgment.first = random_promise(random);
           judgment.last = std::max(judgment.first, random_promise(random));
           m.judgments.push_back(judgment);
         }
         return m;
       }},
      {78,
       [](Random& random) {
         OperateAnswer m;
         m.verdict = static_cast<OperateAnswer::Verdict>(1 + random.below(4));
         m.at = random_promise(random);
         m.why = random_text(random, 40);
         return m;
       }},
      {75,
       [](Random& random) {
         ReadPointAnswer m;
         m.confirmed = coin(random);
         m.committed = random_promise(random);
         return m;
       }},
      {76, [](Random& random) { return Nominated{coin(random)}; }},
      {77,
       [](Random& random) {
         FetchedState m;
         m.held = coin(random);
         m.committed = random_committed(random);
         m.pieces = 1 + random.below(5);
         m.piece = random.below(m.pieces);
         m.bytes = random_text(random, 60);
         return m;
       }},
  };
  return rows;
}

}  // namespace hansard::tests
