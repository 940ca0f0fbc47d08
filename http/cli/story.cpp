// http/cli/story.cpp - see story.hpp.
#include "http/cli/story.hpp"

#include "government/government.hpp"
#include "http/json.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

namespace hansard::cli {

namespace {

using Facts = std::vector<std::pair<std::string, std::string>>;

std::string list_of(const std::vector<std::string>& ids) {
  std::string text;
  for (const std::string& id : ids) text += (text.empty() ? "" : " ") + id;
  return text.empty() ? "-" : text;
}

// "1.234 s", "12.3 ms", "85 us".
std::string duration(Tick us) {
  std::array<char, 32> text{};
  const auto value = static_cast<double>(us);
  if (us >= 1'000'000) {
    std::snprintf(text.data(), text.size(), "%.3f s", value / 1e6);
  } else if (us >= 1'000) {
    std::snprintf(text.data(), text.size(), "%.1f ms", value / 1e3);
  } else {
    std::snprintf(text.data(), text.size(), "%.0f us", value);
  }
  return text.data();
}

std::string spread(const Histogram& times) {
  return "median " + duration(times.percentile(0.5)) + ", p99 " + duration(times.percentile(0.99)) + ", slowest " +
         duration(times.max());
}

nlohmann::ordered_json spread_json(const Histogram& times) {
  nlohmann::ordered_json json;
  json["count"] = times.count();
  json["p50_us"] = times.percentile(0.5);
  json["p99_us"] = times.percentile(0.99);
  json["max_us"] = times.max();
  return json;
}

std::string counted(std::uint64_t count, const char* one, const char* many) {
  return std::to_string(count) + " " + (count == 1 ? one : many);
}

std::string text_of(const Event& event) {
  std::string text = event.name;
  for (const auto& [name, value] : event.facts) text.append(", ").append(name).append(" ").append(value);
  return text;
}

}  // namespace

void Story::say(std::string what, Facts facts, const std::string& text) {
  if (print_) print_({now_.wall_us, std::move(what), std::move(facts), text});
}

void Story::input(std::uint64_t number, const Input& input) {
  if (inputs_ == 0) begun_ = now_ = input.moment;
  if (input.moment.now > now_.now) {
    const Tick pause = input.moment.now - now_.now;
    now_ = input.moment;
    longest_pause_ = std::max(longest_pause_, pause);
    if (pause >= options_.slow) {
      say("pause", {{"us", std::to_string(pause)}, {"input", std::to_string(number)}},
          "nothing came for " + duration(pause) + ", not even a timer's turn, until " + describe(input.what));
    }
  }
  ++inputs_;
  if (const auto* sent = std::get_if<input::Sent>(&input.what)) {
    ended(sent->id, sent->reply);
  } else if (std::holds_alternative<input::Persisted>(input.what)) {
    persisted();
  } else if (const auto* append = std::get_if<input::Enqueue>(&input.what)) {
    open_[append->token] = now_.now;
  } else if (const auto* given_up = std::get_if<input::GiveUp>(&input.what)) {
    given_up_ += open_.erase(given_up->token);
  } else if (const auto* gone = std::get_if<input::Disconnected>(&input.what)) {
    say("disconnected", {{"who", gone->who.id}}, gone->who.id + " closed its last connection");
  } else if (const auto* operate = std::get_if<input::Operate>(&input.what)) {
    const std::string asked = describe(input.what);
    say("operation", {{"token", std::to_string(operate->token)}, {"asked", asked}}, "an operator asks: " + asked);
  } else if (std::holds_alternative<input::Resign>(input.what)) {
    say("resign", {}, "told to stop: hands over office");
  } else if (const auto* room = std::get_if<input::Room>(&input.what)) {
    say("disk", {{"room", room->has_room ? "true" : "false"}}, describe(input.what));
  } else if (std::holds_alternative<input::Start>(input.what)) {
    say("start", {}, "starts");
  }
}

// ---- Who answers ---------------------------------------------------------------------------------------------------

void Story::pulse(const Pulse& pulse) {
  const std::string& to = pulse.to.id.empty() ? pulse.url : pulse.to.id;
  flights_[pulse.id] = {to, name_of(pulse.request), now_.now, pulse.to.id.empty()};
  Fellow& fellow = fellows_[to];
  if (!fellow.asked_at) fellow.asked_at = now_.now;
}

void Story::ended(PulseId id, const std::optional<Reply>& reply) {
  const auto found = flights_.find(id);
  if (found == flights_.end()) return;  // Of before the recording.
  const Flight flight = found->second;
  flights_.erase(found);
  // Who is asked by a url is nobody yet.
  if (flight.is_url) fellows_[flight.to].asked_at.reset();
  if (!reply) {
    ++fellows_[flight.to].failed;
    return;
  }
  const std::string& who = reply->from.id;
  Fellow& fellow = fellows_[who];
  const Tick took = now_.now - flight.at;
  fellow.answers.record(took);
  if (fellow.asked_at) tell_silence(who, now_.now - *fellow.asked_at, true);
  // It lives now; what else it owes an answer is counted from here.
  const auto owes = [&](const auto& row) { return row.second.to == who; };
  fellow.asked_at.reset();
  if (std::any_of(flights_.begin(), flights_.end(), owes)) fellow.asked_at = now_.now;
  if (took >= options_.slow) {
    say("slow answer", {{"from", who}, {"pulse", flight.name}, {"us", std::to_string(took)}},
        who + " took " + duration(took) + " to answer: " + flight.name);
  }
}

void Story::tell_silence(const std::string& id, Tick lasted, bool is_over) {
  Fellow& fellow = fellows_[id];
  fellow.longest_silence = std::max(fellow.longest_silence, lasted);
  if (lasted < options_.slow) return;
  say(is_over ? "silence" : "silent", {{"who", id}, {"us", std::to_string(lasted)}},
      is_over ? id + " answers again after " + duration(lasted)
              : id + " has not answered for " + duration(lasted) + " when the recording ends");
}

// ---- The disk ------------------------------------------------------------------------------------------------------

void Story::write(const Write& write) {
  written_at_ = now_.now;
  write_id_ = write.id;
  write_entries_ = write.entries.size();
  entries_written_ += write.entries.size();
}

void Story::persisted() {
  if (!written_at_) return;
  const Tick took = now_.now - *written_at_;
  written_at_.reset();
  writes_.record(took);
  if (took < options_.slow) return;
  say("slow write",
      {{"write", std::to_string(write_id_)}, {"entries", std::to_string(write_entries_)}, {"us", std::to_string(took)}},
      "the disk of " + self_ + " took " + duration(took) + " for a write of " +
          counted(write_entries_, "entry", "entries"));
}

// ---- The log -------------------------------------------------------------------------------------------------------

void Story::committed(const std::vector<EntryPtr>& entries) {
  entries_ += entries.size();
  for (const EntryPtr& entry : entries) {
    if (entry->kind() != Kind::government) continue;
    ++governments_;
    const Result<Government> read = decode_government(entry->body(), entry->position());
    if (!read) continue;  // It was accepted, so it reads.
    const Government& g = *read;
    const std::string majority = list_of(g.majority);
    const std::string minority = list_of(g.minority);
    const std::string constituents = list_of(g.constituents);
    std::string line = "government " + to_string(g.promise) + " (ballot " + std::to_string(g.ballot);
    line += ", " + counted(g.seats, "seat", "seats");
    line += "): " + g.leader();
    line += " leads; majority " + majority;
    line += ", minority " + minority;
    line += ", constituents " + constituents;
    line += ": " + g.why;
    say("government",
        {{"promise", to_string(g.promise)},
         {"ballot", std::to_string(g.ballot)},
         {"seats", std::to_string(g.seats)},
         {"majority", majority},
         {"minority", minority},
         {"constituents", constituents},
         {"why", g.why}},
        line);
  }
}

void Story::appended(const std::vector<Appended>& ended) {
  for (const Appended& one : ended) {
    const auto found = open_.find(one.token);
    if (found == open_.end()) continue;
    const Tick took = now_.now - found->second;
    open_.erase(found);
    if (one.outcome == Appended::Outcome::committed) {
      ++committed_;
      appends_.record(took);
    } else {
      ++(one.outcome == Appended::Outcome::unknown ? unknown_ : not_appended_);
    }
  }
}

void Story::events(const std::vector<Event>& events) {
  for (const Event& event : events) {
    ++told_[event.name];
    // A government was told with all its seats when it was committed.
    if ((!event.important && !options_.everything) || event.name == std::string_view("government")) continue;
    Facts facts;
    for (const auto& [name, value] : event.facts) facts.emplace_back(name, value);
    say(event.name, std::move(facts), text_of(event));
  }
}

void Story::halt(const Error& error) { say("halt", {{"why", error.what}}, "must stop: " + error.what); }

// ---- The end -------------------------------------------------------------------------------------------------------

void Story::finish() {
  std::vector<std::pair<std::string, Tick>> silent;
  for (const auto& [id, fellow] : fellows_) {
    if (fellow.asked_at) silent.emplace_back(id, now_.now - *fellow.asked_at);
  }
  for (const auto& [id, lasted] : silent) tell_silence(id, lasted, false);
  if (!written_at_ || now_.now - *written_at_ < options_.slow) return;
  say("slow write", {{"write", std::to_string(write_id_)}, {"us", std::to_string(now_.now - *written_at_)}},
      "the disk of " + self_ + " is at a write for " + duration(now_.now - *written_at_) + " when the recording ends");
}

std::vector<std::string> Story::figures() const {
  std::vector<std::string> lines;
  lines.push_back(counted(inputs_, "input", "inputs") + " in " + duration(now_.now - begun_.now) +
                  ", the longest time between two " + duration(longest_pause_));
  lines.push_back("log: " + counted(entries_, "entry", "entries") + " committed, " +
                  counted(governments_, "government", "governments"));
  if (committed_ + not_appended_ + unknown_ + given_up_ + open_.size() > 0) {
    lines.push_back("appends of its clients: " + std::to_string(committed_) + " committed (" + spread(appends_) +
                    "), " + std::to_string(not_appended_) + " not appended, " + std::to_string(unknown_) +
                    " unknown, " + std::to_string(given_up_) + " given up, " + std::to_string(open_.size()) + " open");
  }
  lines.push_back("disk: " + counted(writes_.count(), "write", "writes") + " of " +
                  counted(entries_written_, "entry", "entries") + ", " + spread(writes_));
  for (const auto& [id, fellow] : fellows_) {
    if (fellow.answers.count() + fellow.failed == 0 && !fellow.asked_at) continue;
    lines.push_back("answers of " + id + ": " + std::to_string(fellow.answers.count()) + " (" + spread(fellow.answers) +
                    "), " + std::to_string(fellow.failed) + " failed, longest silence " +
                    duration(fellow.longest_silence));
  }
  std::string told;
  for (const auto& [name, count] : told_) {
    told += (told.empty() ? "" : ", ") + name + (count == 1 ? "" : " x" + std::to_string(count));
  }
  if (!told.empty()) lines.push_back("told: " + told);
  return lines;
}

nlohmann::ordered_json Story::json() const {
  nlohmann::ordered_json json;
  json["inputs"] = inputs_;
  json["duration_us"] = now_.now - begun_.now;
  json["longest_pause_us"] = longest_pause_;
  json["entries"] = entries_;
  json["governments"] = governments_;
  json["appends"] = spread_json(appends_);
  json["appends"]["not_appended"] = not_appended_;
  json["appends"]["unknown"] = unknown_;
  json["appends"]["given_up"] = given_up_;
  json["appends"]["open"] = open_.size();
  json["writes"] = spread_json(writes_);
  json["writes"]["entries"] = entries_written_;
  json["fellows"] = nlohmann::ordered_json::object();
  for (const auto& [id, fellow] : fellows_) {
    json["fellows"][id] = spread_json(fellow.answers);
    json["fellows"][id]["failed"] = fellow.failed;
    json["fellows"][id]["longest_silence_us"] = fellow.longest_silence;
  }
  json["told"] = nlohmann::ordered_json::object();
  for (const auto& [name, count] : told_) json["told"][name] = count;
  return json;
}

}  // namespace hansard::cli
