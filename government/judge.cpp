#include "government/judge.hpp"

#include "government/forwarder.hpp"
#include "government/planted.hpp"
#include "government/writer.hpp"
#include "log/assert.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

namespace hansard {

void Judge::take_office() {
  const Chamber& c = chamber_;
  keys_.clear();
  settings_.clear();
  given_.clear();
  newest_client_ = Promise{};
  const auto& entries = c.log.entries();
  for (std::size_t i = c.log.index_after(c.log.committed().position.promise); i < entries.size(); ++i) {
    appended(*entries[i]);
  }
}

void Judge::appended(const Entry& entry) {
  if (entry.kind() == Kind::settings) {
    if (auto settings = decode_log_settings(entry.body())) settings_.emplace_back(entry.last(), *settings);
    return;
  }
  if (entry.kind() != Kind::client) return;
  newest_client_ = entry.last();
  if (entry.key().empty()) return;
  std::string key(entry.key());
  KeyRow row{key, body_hash(entry), entry.first(), entry.last(), entry.time_us()};
  keys_.insert_or_assign(std::move(key), std::move(row));
}

const LogSettings& Judge::settings() const {
  return settings_.empty() ? chamber_.state.settings : settings_.back().second;
}

const KeyRow* Judge::key_row(const std::string& key, std::int64_t expired_us) const {
  const auto ahead = keys_.find(key);
  const KeyRow* row = ahead != keys_.end() ? &ahead->second : chamber_.state.keys.find(key);
  return row == nullptr || row->time_us <= expired_us ? nullptr : row;
}

std::optional<Judgment> Judge::judge(const Submission& submission, std::int64_t time_us) const {
  const Chamber& c = chamber_;
  const LogSettings& settings = this->settings();
  const std::int64_t expired_us = time_us - settings.idempotency_window_us;
  Judgment judgment;
  const auto refuse = [&](Objection why) {
    judgment.objection = why;
    return judgment;
  };
  // First of all: what was done once stays done, whatever holds now.
  if (!submission.key.empty()) {
    if (const KeyRow* row = key_row(submission.key, expired_us)) {
      std::vector<std::string_view> bodies;
      bodies.reserve(submission.items.size());
      for (const auto& item : submission.items) bodies.emplace_back(item.bytes);
      if (body_hash(bodies) != row->body) return refuse(Objection::key_reused);
      judgment.first = row->first;
      judgment.last = row->last;
      return judgment;
    }
  }
  if (c.writer->disks_full()) return refuse(Objection::disk_full);
  for (const auto& item : submission.items) {
    if (item.bytes.size() > settings.max_entry_bytes) return refuse(Objection::too_large);
  }
  if (submission.if_match) {
    const Promise newest = newest_client_.is_zero() ? c.state.newest_client : newest_client_;
    if (newest != *submission.if_match) {
      judgment.first = judgment.last = newest;
      return refuse(Objection::not_matched);
    }
  }
  if (!submission.key.empty()) {
    const auto ahead =
        std::count_if(keys_.begin(), keys_.end(), [&](const auto& k) { return k.second.time_us > expired_us; });
    if (c.state.keys.size_after(expired_us) + static_cast<std::size_t>(ahead) >= settings.idempotency_keys) {
      return refuse(Objection::keys_full);
    }
  }
  return std::nullopt;
}

void Judge::note(const Author& author, Judgment judgment) {
  Given& given = given_[author.id];
  if (given.arrived != author.arrived || given.start != author.start) given = {author.arrived, author.start, {}};
  judgment.sequence = author.sequence;
  given.judgments[author.sequence] = judgment;
}

const Judgment* Judge::judgment_of(const Author& author) const {
  const auto given = given_.find(author.id);
  if (given == given_.end() || given->second.arrived != author.arrived || given->second.start != author.start) {
    return nullptr;
  }
  const auto judgment = given->second.judgments.find(author.sequence);
  return judgment == given->second.judgments.end() ? nullptr : &judgment->second;
}

void Judge::forget(const Author& author, std::uint64_t open_from) {
  const auto given = given_.find(author.id);
  if (given == given_.end() || given->second.start != author.start || given->second.arrived != author.arrived) return;
  auto& judgments = given->second.judgments;
  judgments.erase(judgments.begin(), judgments.lower_bound(open_from));
}

void Judge::release(std::vector<Held>& list, const auto& is_final) {
  std::vector<Held> waiting;
  std::vector<Held> done;
  for (Held& held : list) (is_final(held) ? done : waiting).push_back(std::move(held));
  list = std::move(waiting);
  for (Held& held : done) {
    if (held.request != 0) {
      chamber_.answer(held.request, std::move(held.answer));
    } else {
      chamber_.forwarder->judged(held.answer.judgments.front());
    }
  }
}

void Judge::hold(RequestId id, Forwarded answer) {
  next_.push_back({id, std::move(answer), chamber_.log.last().promise});
  if (planted('t')) release(next_, [](const Held&) { return true; });
}

void Judge::hold(const Judgment& ours) {
  Forwarded answer;
  answer.judgments.push_back(ours);
  hold(0, std::move(answer));
}

void Judge::committed() {
  const Promise committed = chamber_.log.committed().position.promise;
  std::erase_if(keys_, [&](const auto& row) { return row.second.last <= committed; });
  std::erase_if(settings_, [&](const auto& change) { return change.first <= committed; });
  if (newest_client_ <= committed) newest_client_ = Promise{};
  if (!chamber_.writer->established()) return;
  // What was appended after the question, and is committed now, confirms the office as well as a round.
  const auto appended_after = [&](const Held& held) { return committed > held.judged; };
  release(next_, appended_after);
  release(under_way_, appended_after);
  release(confirmed_, [&](const Held& held) { return committed >= held.judged; });
}

void Judge::confirm() {
  const Chamber& c = chamber_;
  if (under_way_.empty() || !c.writer->established() || !c.writer->confirmed(round_)) return;
  for (Held& held : std::exchange(under_way_, {})) confirmed_.push_back(std::move(held));
  const Promise committed = c.log.committed().position.promise;
  release(confirmed_, [&](const Held& held) { return committed >= held.judged; });
}

void Judge::pull() {
  Chamber& c = chamber_;
  if (next_.empty() || !under_way_.empty() || !c.writer->established()) return;
  under_way_ = std::exchange(next_, {});
  round_ = c.writer->begin_round();
  confirm();  // an island of one needs nobody
}

void Judge::office_left() {
  for (auto* list : {&next_, &under_way_, &confirmed_}) {
    for (const Held& held : std::exchange(*list, {})) {
      if (held.request == 0) continue;  // it goes to the next leader with all that is open
      Forwarded answer;
      answer.ballot = held.answer.ballot;
      answer.verdict = Forwarded::Verdict::not_leader;
      chamber_.answer(held.request, std::move(answer));
    }
  }
  keys_.clear();
  settings_.clear();
  given_.clear();
  newest_client_ = Promise{};
}

}  // namespace hansard
