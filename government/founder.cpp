#include "government/founder.hpp"

#include "government/librarian.hpp"
#include "government/proposer.hpp"
#include "government/writer.hpp"
#include "log/assert.hpp"
#include "log/codec.hpp"

#include <algorithm>

namespace hansard {

namespace {

constexpr std::size_t id_bytes_max = 63;
constexpr std::size_t lost_asks = 8;  // of the citizens, by chance: an island may have a thousand, and all be lost
constexpr std::size_t list_max = 64;  // of those whose lists are told to differ

std::string encode(const Islander& who) {
  std::string out;
  hansard::Encoder writer(out);
  writer.text(who.id);
  writer.id128(who.cookie);
  return out;
}

}  // namespace

Founder::Founder(Chamber& chamber, const std::string& noted) : chamber_(chamber) {
  if (noted.empty()) return;
  hansard::Decoder reader(noted);
  Islander who;
  who.id = std::string(reader.text(id_bytes_max));
  who.cookie = reader.id128();
  HANSARD_ASSERT(reader.finished(), "we wrote this note");
  promised_to_ = who;
}

bool Founder::citizen() const {
  const Chamber& c = chamber_;
  const auto found = c.state.government.citizens.find(c.self.id);
  return found != c.state.government.citizens.end() && found->second.cookie == c.self.cookie &&
         found->second.url == c.url;
}

void Founder::bootstrap(std::vector<Listed> list) {
  list_ = std::move(list);
  next_ = chamber_.moment.now;
}

void Founder::join(std::vector<std::string> urls) {
  urls_ = std::move(urls);
  next_ = chamber_.moment.now;
}

void Founder::promise_to(const Islander& founder) {
  promised_to_ = founder;
  chamber_.journal.note(notes::founder, encode(founder));
}

void Founder::compare_lists(const std::string& with, bool same) {
  if (same) {
    unlike_.erase(with);
  } else if (unlike_.size() < list_max && unlike_.insert(with).second) {
    chamber_.note("founding lists differ", true, {{"with", with}});
  }
}

void Founder::receive(RequestId id, const Islander& from, const Found& message) {
  Chamber& c = chamber_;
  FoundAnswer answer;
  answer.same_list = !list_.empty() && message.list == list_;
  answer.has_government = c.last_government() != nullptr || !c.republic.is_zero();
  answer.republic = c.republic;
  answer.url = c.url;
  const bool first = !message.list.empty() && message.list.front().id == from.id;
  if (!answer.has_government && answer.same_list && first) {
    // Only one founder, and only that incarnation of it; what passes on does so when everyone was asked (section 5).
    const bool free = !promised_to_ || (promised_to_->id == from.id && message.everyone);
    if (free && promised_to_ != from) {
      c.note("founder promised", true, {{"to", from.id}});
      promise_to(from);
    }
    answer.granted = promised_to_ == from;
  }
  // Who names no list only asks where we belong.
  if (!answer.has_government && !message.list.empty()) compare_lists(from.id, answer.same_list);
  if (promised_to_) answer.promised_to = *promised_to_;
  c.answer(id, std::move(answer), c.journal.ticket());
}

void Founder::receive(RequestId id, const Islander& from, const Embark& message) {
  Chamber& c = chamber_;
  if (c.writer->in_office()) return c.writer->embark(id, from, message);
  EmbarkAnswer answer;
  answer.republic = c.republic;
  answer.verdict = EmbarkAnswer::Verdict::later;
  if (!c.has_government()) {
    answer.republic = Republic{};
    answer.why = "there is no government yet";
  } else if (const auto known = c.state.government.citizens.find(from.id); known != c.state.government.citizens.end() &&
                                                                           known->second.cookie == from.cookie &&
                                                                           known->second.url == message.url) {
    answer.verdict = EmbarkAnswer::Verdict::welcome;
  } else if (const Citizen* leader = c.leader.id.empty() ? nullptr : c.citizen(c.leader.id)) {
    answer.verdict = EmbarkAnswer::Verdict::ask;
    answer.leader = {c.leader.id, leader->url};
  } else {
    answer.why = "there is no leader now";
  }
  c.answer(id, std::move(answer));
}

void Founder::heard_republic(const Republic& republic, const std::string& where) {
  Chamber& c = chamber_;
  if (republic.is_zero() || c.republic.is_zero() || republic == c.republic) return;
  const std::string what =
      where + " belongs to another republic, " + to_string(republic) + ", not " + to_string(c.republic);
  if (c.has_government() || !promised_to_) {
    c.note("another republic", true, {{"where", where}, {"republic", to_string(republic)}});
    answers_[where] = "belongs to another republic";
  } else {
    c.halt(Errc::wrong_identity, what);
  }
}

void Founder::event() {
  Chamber& c = chamber_;
  if (c.moment.now < next_) return;
  if (c.role == Role::leader || (citizen() && !lost_)) {
    next_ = never;
    return;
  }
  const Tick wait = citizen() ? c.settings.timeout * lost_timeouts : std::max(c.settings.ping * 2, patience_);
  next_ = c.moment.now + wait + c.random.below(c.settings.ping);
  ask_all();
  lost_ = false;
  if (founds()) found_if_promised();
}

void Founder::ask_all() {
  Chamber& c = chamber_;
  // What has not been answered by now is asked again: forget it, a late answer is not waited for.
  asked_.clear();
  const bool rooted = c.last_government() != nullptr || !c.republic.is_zero();
  std::set<std::string> urls(urls_.begin(), urls_.end());
  for (const Listed& listed : list_) {
    if (listed.id == c.self.id) continue;
    urls.insert(listed.url);
    if (!founds() || rooted) continue;
    const bool everyone = std::all_of(list_.begin(), list_.end(), [&](const Listed& l) {
      const auto heard = heard_.find(l.id);
      return l.id == c.self.id || (heard != heard_.end() && heard->second.same_list && !heard->second.has_government);
    });
    const PulseId found =
        c.post(*this, Islander{listed.id, Cookie{}}, listed.url, Found{list_, everyone}, true, c.journal.ticket());
    asked_[found] = listed.id;
  }
  const bool others_found = founds() && !rooted && std::none_of(heard_.begin(), heard_.end(), [](const auto& h) {
                              return h.second.has_government;
                            });
  if (others_found) return;  // it is we who found, unless somebody has a government already
  if (!ask_url_.empty()) urls.insert(ask_url_);
  // Who was a citizen knows where the parliament is, or was: then anybody may know where it is now.
  const auto& citizens = c.state.government.citizens;
  const std::size_t first = lost_ ? static_cast<std::size_t>(c.random.below(citizens.size())) : 0;
  std::size_t place = 0;
  for (const auto& [id, known] : citizens) {
    const std::size_t turn = (place++ + citizens.size() - first) % citizens.size();
    if (id != c.self.id && ((lost_ && turn < lost_asks) || c.state.government.seated(id))) urls.insert(known.url);
  }
  // Of several that might be of several islands each says first where it belongs, and then only one is entered.
  const bool unsure = !founds() && c.republic.is_zero() && urls.size() > 1;
  for (const std::string& url : urls) {
    Request request = Embark{c.url, {}};
    if (unsure && !republics_.contains(url)) request = Found{};
    asked_[c.post(*this, Islander{}, url, std::move(request), true)] = url;
  }
}

void Founder::sent(PulseId id, const Reply* reply) {
  Chamber& c = chamber_;
  const auto asked = asked_.find(id);
  if (asked == asked_.end()) {
    if (reply != nullptr) patience_ = std::min(std::max(c.settings.ping * 2, patience_) * 2, c.settings.pulse_timeout);
    return;
  }
  const std::string whom = asked->second;
  asked_.erase(asked);
  if (reply == nullptr) {
    heard_.erase(whom);
    answers_[whom] = "does not answer";
    return;
  }
  if (const auto* found = std::get_if<FoundAnswer>(&reply->answer);
      found != nullptr && whom.find("://") != std::string::npos) {
    if (!found->has_government || found->republic.is_zero()) {
      answers_[whom] = "has no government yet";
      return;
    }
    republics_[whom] = found->republic;
    somewhere_ = true;
    for (const auto& [other, republic] : republics_) {
      if (republic != found->republic && c.republic.is_zero()) {
        std::string what = "asked to enter two islands: ";
        what.append(other).append(" is of republic ").append(to_string(republic));
        what.append(", ").append(whom).append(" of ").append(to_string(found->republic));
        return c.halt(Errc::wrong_identity, std::move(what));
      }
    }
    if (asked_.empty()) next_ = c.moment.now;  // all have answered
    return;
  }
  if (const auto* found = std::get_if<FoundAnswer>(&reply->answer)) {
    if (reply->from.id != whom || reply->from.cookie.is_zero()) {
      heard_.erase(whom);
      return;
    }
    Heard heard;
    heard.who = reply->from;
    heard.same_list = found->same_list;
    heard.granted = found->granted;
    heard.has_government = found->has_government;
    heard.earlier_cookie = found->promised_to.id == c.self.id && found->promised_to.cookie != c.self.cookie;
    heard.promised_to = found->promised_to.id;
    heard.republic = found->republic;
    if (!heard.has_government) compare_lists(whom, heard.same_list);
    heard_[whom] = heard;
    // From now on everybody's promise is needed, also when this one has passed on and is not told any more.
    if (heard.earlier_cookie && !promised_to_) promise_to(Islander{c.self.id, Cookie{}});
    // Two republics among those listed: we cannot know which is meant.
    for (const auto& [other, said] : heard_) {
      if (!said.republic.is_zero() && !heard.republic.is_zero() && said.republic != heard.republic &&
          c.republic.is_zero()) {
        std::string what = "those listed belong to different republics: ";
        what.append(other).append(" to ").append(to_string(said.republic));
        what.append(", ").append(whom).append(" to ").append(to_string(heard.republic));
        return c.halt(Errc::wrong_identity, std::move(what));
      }
    }
    if (founds()) found_if_promised();
    return;
  }
  if (const auto* embarked = std::get_if<EmbarkAnswer>(&reply->answer)) {
    heard_republic(embarked->republic, whom);
    somewhere_ = somewhere_ || !embarked->republic.is_zero();
    switch (embarked->verdict) {
      case EmbarkAnswer::Verdict::welcome:
        answers_[whom] = "lets us in";
        if (c.republic.is_zero()) c.adopt_republic(embarked->republic);
        c.librarian->welcomed(reply->from, whom);
        return;
      case EmbarkAnswer::Verdict::ask:
        ask_url_ = embarked->leader.url;
        answers_[whom] = "names " + embarked->leader.id + " as leader";
        return;
      case EmbarkAnswer::Verdict::refused:
        if (answers_[whom] != embarked->why)
          c.note("embarkation refused", true, {{"by", whom}, {"why", embarked->why}});
        answers_[whom] = embarked->why;
        return;
      case EmbarkAnswer::Verdict::later:
        answers_[whom] = embarked->why;
        return;
    }
  }
}

void Founder::found_if_promised() {
  Chamber& c = chamber_;
  if (c.last_government() != nullptr || !c.republic.is_zero() || c.role == Role::leader) return;
  const std::size_t others = list_.size() - 1;
  std::size_t granted = 0;
  for (const auto& [id, heard] : heard_) {
    if (heard.has_government) return;
    granted += heard.granted ? 1 : 0;
  }
  // Where a promise to an earlier life of ours had to pass on, everybody's is needed.
  const bool earlier = promised_to_ && promised_to_->cookie != c.self.cookie;
  const std::size_t needed = others == 0 ? 0 : (earlier ? others : others / 2 + 1);
  if (granted < needed) return;
  if (promised_to_ != c.self) promise_to(c.self);
  found();
}

void Founder::found() {
  Chamber& c = chamber_;
  c.adopt_republic(c.fresh_republic);
  c.raise_promised(1);
  Government government;
  government.promise = {1, 0};
  government.ballot = 1;
  // As many seats as aimed at, at most the largest odd number within the list; but three where the list has two.
  const std::size_t listed = list_.size();
  std::size_t seats = listed == 2 ? 3 : (listed % 2 == 0 ? listed - 1 : listed);
  if (listed > 1) seats = std::min(seats, std::max<std::size_t>(3, c.settings.parliament));
  seats = std::min<std::size_t>(seats, GovernmentLimits::seats_max);
  government.seats = static_cast<std::uint32_t>(seats);
  government.aim = std::max(government.seats, c.settings.parliament);
  government.why = listed == 1 ? "an island of one" : "founded by " + c.self.id;
  for (const Listed& listed_one : list_) {
    Citizen citizen;
    citizen.url = listed_one.url;
    citizen.arrived = government.promise;
    citizen.acclimated = true;
    if (listed_one.id == c.self.id) {
      citizen.cookie = c.self.cookie;
      citizen.url = c.url;
    } else {
      const auto heard = heard_.find(listed_one.id);
      if (heard == heard_.end() || !heard->second.granted) continue;
      citizen.cookie = heard->second.who.cookie;
    }
    if (government.majority.size() < government.quorum()) {
      government.majority.push_back(listed_one.id);
    } else if (government.majority.size() + government.minority.size() < seats) {
      government.minority.push_back(listed_one.id);
    } else {
      citizen.acclimated = false;
      government.constituents.push_back(listed_one.id);
    }
    government.citizens.emplace(listed_one.id, std::move(citizen));
  }
  HANSARD_ASSERT(government.fault() == nullptr, "a founded government is sound");
  c.note(
      "found", true,
      {{"republic", to_string(c.republic)}, {"seats", std::to_string(seats)}, {"aim", std::to_string(government.aim)}});
  next_ = never;
  c.writer->take_office(1, government, {});
}

void Founder::governed() {
  if (citizen()) {
    next_ = never;
  } else if (next_ == never) {
    next_ = chamber_.moment.now;  // exiled: as who was silent for long it comes back by itself
  }
}

void Founder::lost() {
  if (next_ != never) return;
  lost_ = true;
  next_ = chamber_.moment.now;
}

std::string Founder::waiting_for() const {
  const Chamber& c = chamber_;
  if (citizen()) return {};
  std::string who;
  const auto add = [&](const std::string& line) { who += (who.empty() ? "" : ", ") + line; };
  // Somebody has a government: what they say to our coming matters then.
  const bool comes = somewhere_ && !answers_.empty();
  if (founds() && c.republic.is_zero() && !comes) {
    for (const Listed& listed : list_) {
      if (listed.id == c.self.id) continue;
      const auto heard = heard_.find(listed.id);
      if (heard == heard_.end()) {
        add(listed.id + " (does not answer)");
      } else if (heard->second.has_government) {
        add(listed.id + " (has a government already)");
      } else if (!heard->second.same_list) {
        add(listed.id + " (its --island list differs)");
      } else if (!heard->second.granted) {
        add(listed.id + " (promised to " +
            (heard->second.earlier_cookie ? "an earlier life of ours" : heard->second.promised_to) + ")");
      }
    }
    return who.empty() ? std::string{} : "to found the island: " + who;
  }
  if (!list_.empty() && c.republic.is_zero() && !comes) {
    return "for " + list_.front().id + " to found the island" + (promised_to_ ? " (promised to it)" : "");
  }
  for (const auto& [where, what] : answers_) {
    std::string line = where;
    add(line.append(": ").append(what));
  }
  return "to be let in" + (who.empty() ? std::string{} : ": " + who);
}

}  // namespace hansard
