#include "tests/government/network.hpp"

#include "government/message_codec.hpp"
#include "log/codec.hpp"

#include <algorithm>
#include <array>

namespace hansard::testing {

namespace {

constexpr std::size_t story_max = 400;

}  // namespace

Network::Network(std::uint64_t seed, std::size_t islanders, Faults faults, Settings settings)
    : seed_(seed), random_(Cookie{seed, 7}, 1), faults_(faults), settings_(settings), founders_(islanders) {
  settings_.parliament = static_cast<std::uint32_t>(islanders % 2 == 0 ? islanders - 1 : islanders);
  for (std::size_t i = 0; i < islanders; ++i) {
    auto one = std::make_unique<One>();
    one->id = std::string(1, static_cast<char>('a' + i));
    one->url = "http://" + one->id;
    one->cookie = Cookie{seed + 1, i + 1};
    islanders_.push_back(std::move(one));
  }
}

Network::~Network() = default;

void Network::violated(const std::string& what) const {
  std::string text = what + "\n  seed " + std::to_string(seed_) + ", step " + std::to_string(steps_) + ", at " +
                     std::to_string(now_) + " us; the last events:\n";
  const std::size_t from = story_.size() > 60 ? story_.size() - 60 : 0;
  for (std::size_t i = from; i < story_.size(); ++i) text += "    " + story_[i] + "\n";
  for (const auto& one : islanders_) {
    if (one->legislator == nullptr) continue;
    const Status status = one->legislator->status();
    text += "  " + one->id + ": " + to_string(status.role) + ", committed " + to_string(status.committed) + ", last " +
            to_string(status.last) + ", promised " + std::to_string(status.promised) + ", leader '" + status.leader +
            "', waiting: " + status.waiting_for + "\n";
  }
  throw Violation(text);
}

void Network::say(const std::string& line) {
  if (story_.size() >= story_max * 2) story_.erase(story_.begin(), story_.begin() + story_max);
  story_.push_back(std::to_string(now_ / 1000) + "." + std::to_string(now_ % 1000) + " ms " + line);
  trace_hash_ = trace_hash_ * 1099511628211ULL ^ checksum64(story_.back());
}

Moment Network::moment(std::size_t who) const {
  return {now_, static_cast<std::int64_t>(1'700'000'000'000'000 + now_ + who * 1000)};
}

void Network::later(Tick delay, std::function<void()> what) { queue_.push({now_ + delay, ++order_, std::move(what)}); }

void Network::on(std::size_t who, std::uint64_t run, std::function<void()> what) {
  One& one = *islanders_[who];
  if (one.run != run || one.legislator == nullptr) return;
  if (one.frozen_until > now_) {
    later(std::min<Tick>(one.frozen_until - now_, 50'000),
          [this, who, run, what = std::move(what)]() mutable { on(who, run, std::move(what)); });
    return;
  }
  what();
}

std::optional<std::size_t> Network::leader() const {
  std::optional<std::size_t> best;
  for (std::size_t i = 0; i < islanders_.size(); ++i) {
    if (!up(i) || islanders_[i]->legislator->role() != Role::leader) continue;
    if (!best || islanders_[i]->legislator->promised() > islanders_[*best]->legislator->promised()) best = i;
  }
  return best;
}

std::size_t Network::islander_named(const std::string& id) const {
  for (std::size_t i = 0; i < islanders_.size(); ++i) {
    if (islanders_[i]->id == id) return i;
  }
  throw std::logic_error("nobody is named " + id);
}

bool Network::told(const std::string& event_name) const { return told_.contains(event_name); }

void Network::open(std::size_t who) {
  One& one = *islanders_[who];
  auto store = one.disk.open(one.id, one.cookie);
  if (!store) violated("the disk of " + one.id + " does not open: " + store.error().what);
  one.store = std::move(*store);
  Recovered recovered = one.store->recovered();
  if (planted_.forget_start) recovered.identity.start = 1;
  one.legislator = std::make_unique<Legislator>(settings_, recovered, one.url, Republic{one.cookie.high + 98, who + 1});
  ++one.run;
  one.writing = false;
  one.timer.reset();
  one.tokens.clear();
  one.reads.clear();
  one.operations.clear();
  Promise after = one.legislator->replay_after();
  while (true) {
    auto entries = one.store->read(after, Promise{~std::uint64_t{0}, ~std::uint64_t{0}}, 1 << 16, 1000);
    if (!entries) violated("reading the log of " + one.id + ": " + entries.error().what);
    if (entries->empty()) break;
    one.legislator->replay(*entries);
    after = entries->back()->last();
  }
  if (on_open_) on_open_(*one.legislator);
  one.legislator->start(moment(who));
  one.committed = one.legislator->committed();
}

void Network::begin(std::size_t who) {
  One& one = *islanders_[who];
  open(who);
  std::vector<Listed> list;
  std::vector<std::string> urls;
  for (std::size_t i = 0; i < founders_; ++i) {
    list.push_back({islanders_[i]->id, islanders_[i]->url});
    urls.push_back(islanders_[i]->url);
  }
  if (who < founders_ && founders_ == 1 && one.was_wiped && islanders_.size() > 1) {
    // Alone on its list it would found another island; whoever starts it says that there is one.
    one.legislator->join(moment(who), {islanders_[1]->url, islanders_.back()->url});
  } else if (who < founders_) {
    one.legislator->bootstrap(moment(who), list);
  } else {
    one.legislator->join(moment(who), urls);
  }
  pump(who);
}

void Network::start_all() {
  for (std::size_t i = 0; i < founders_; ++i) begin(i);
}

void Network::add_joiner(const std::string& id) {
  auto one = std::make_unique<One>();
  one->id = id;
  one->url = "http://" + id;
  one->cookie = Cookie{seed_ + 1, islanders_.size() + 1};
  islanders_.push_back(std::move(one));
  begin(islanders_.size() - 1);
}

Tick Network::delay() {
  Tick span = faults_.delay_max;
  if (chance(faults_.slow_percent)) span *= 100;
  return faults_.delay_min + random_.below(span - faults_.delay_min + 1);
}

bool Network::connected(std::size_t a, std::size_t b) const {
  const auto found = cuts_.find({std::min(a, b), std::max(a, b)});
  return found == cuts_.end() || found->second <= now_;
}

std::optional<std::size_t> Network::find(const Islander& to, const std::string& url) const {
  for (std::size_t i = 0; i < islanders_.size(); ++i) {
    const One& one = *islanders_[i];
    if (one.url != url || !up(i)) continue;
    if (!to.cookie.is_zero() && to.cookie != one.cookie) return std::nullopt;
    if (!to.id.empty() && to.id != one.id) return std::nullopt;
    return i;
  }
  return std::nullopt;
}

void Network::send(std::size_t from, Pulse pulse) {
  const std::uint64_t run = islanders_[from]->run;
  const PulseId id = pulse.id;
  const auto fail = [this, from, run, id](Tick after) {
    later(after, [this, from, run, id] {
      on(from, run, [this, from, id] {
        islanders_[from]->legislator->sent(moment(from), id, std::nullopt);
        pump(from);
      });
    });
  };
  const auto to = find(pulse.to, pulse.url);
  if (!to || !connected(from, *to)) return fail(to ? random_.below(1'000'000) : delay());
  if (chance(faults_.lose_percent)) return fail(random_.below(1'000'000));
  std::string bytes;
  encode(pulse.republic, pulse.request, bytes);
  const Islander sender{islanders_[from]->id, islanders_[from]->cookie};
  const std::uint64_t to_run = islanders_[*to]->run;
  const std::size_t who = *to;
  const int times = chance(faults_.double_percent) ? 2 : 1;
  auto answered = std::make_shared<bool>(false);
  std::erase_if(outstanding_, [](const auto& o) { return *o.second.answered; });
  outstanding_[++order_] = {who, answered, fail};
  for (int i = 0; i < times; ++i) {
    later(delay(), [this, who, to_run, bytes, sender, from, run, id, answered, fail] {
      One& one = *islanders_[who];
      if (one.run != to_run || one.legislator == nullptr) {
        if (!*answered) fail(delay());
        *answered = true;
        return;
      }
      on(who, to_run, [this, who, to_run, bytes, sender, from, run, id, answered] {
        auto request = decode_request(bytes);
        if (!request) violated("a request does not survive the codec: " + request.error().what);
        plant_at_arrival(who, request->message);
        const RequestId request_id = next_request_++;
        answers_[request_id] = {
            who, to_run, [this, who, from, run, id, answered](std::string answer) {
              if (*answered) return;
              *answered = true;
              const bool lost = chance(faults_.lose_percent) || !connected(from, who);
              later(lost ? random_.below(1'000'000) : delay(), [this, who, from, run, id, answer, lost] {
                on(from, run, [this, who, from, id, answer, lost] {
                  std::optional<Reply> reply;
                  if (!lost) {
                    auto decoded = decode_answer(answer);
                    if (!decoded) violated("an answer does not survive the codec: " + decoded.error().what);
                    reply = Reply{
                        {islanders_[who]->id, islanders_[who]->cookie}, decoded->republic, std::move(decoded->message)};
                  }
                  islanders_[from]->legislator->sent(moment(from), id, std::move(reply));
                  pump(from);
                });
              });
            }};
        islanders_[who]->legislator->request(moment(who), request_id, sender, request->republic,
                                             std::move(request->message));
        pump(who);
      });
    });
  }
}

void Network::pump(std::size_t who) {
  One& one = *islanders_[who];
  Legislator& legislator = *one.legislator;
  const std::uint64_t run = one.run;
  while (auto pulse = legislator.outbox()) send(who, std::move(*pulse));
  while (auto response = legislator.response()) {
    const auto found = answers_.find(response->request);
    if (found == answers_.end()) violated("an answer to nothing");
    std::string bytes;
    plant_in_answer(one, response->answer);
    encode(response->republic, response->answer, bytes);
    found->second.take(std::move(bytes));
    answers_.erase(found);
  }
  while (auto want = legislator.wanted()) {
    const Want w = *want;
    later(random_.below(2'000), [this, who, run, w] {
      on(who, run, [this, who, w] {
        Store& store = *islanders_[who]->store;
        auto entries = w.newest ? store.read_back(w.after, w.upto, w.bytes_max)
                                : store.read(w.after, w.upto, w.bytes_max, 100'000);
        islanders_[who]->legislator->supplied(moment(who), w.id, entries ? *entries : std::vector<EntryPtr>{});
        pump(who);
      });
    });
  }
  if (const Write* write = legislator.journal()) {
    one.write = *write;
    plant_in_write(one);
    one.writing = true;
    const Tick took = faults_.sync_min + random_.below(faults_.sync_max - faults_.sync_min + 1);
    const bool lie = planted_.answer_before_disk;
    later(lie ? 0 : took, [this, who, run] {
      on(who, run, [this, who] {
        One& o = *islanders_[who];
        if (!planted_.answer_before_disk) {
          if (auto written = o.store->write(o.write); !written) violated("a write failed: " + written.error().what);
          o.writing = false;
          made_durable(who, o.write);
        }
        o.legislator->persisted(moment(who), o.write.id);
        if (planted_.answer_before_disk) {
          // The bug: what was written is only in the disk's cache, and is lost with the next crash.
          o.disk.hold_syncs(true);
          if (auto written = o.store->write(o.write); !written) violated("a write failed: " + written.error().what);
          o.writing = false;
        }
        pump(who);
      });
    });
  }
  look(who);
  if (at_rest_) at_rest_(one.legislator);
  if (const auto next = one.legislator->next_event();
      next && (!one.timer || *one.timer > *next || *one.timer <= now_)) {
    one.timer = std::max(*next, now_ + 1);
    const Tick at = *one.timer;
    later(at - now_, [this, who, run, at] {
      on(who, run, [this, who, at] {
        if (islanders_[who]->timer != at) return;
        islanders_[who]->timer.reset();
        islanders_[who]->legislator->event(moment(who));
        pump(who);
      });
    });
  }
}

void Network::look(std::size_t who) {
  One& one = *islanders_[who];
  Legislator& legislator = *one.legislator;
  for (const Event& event : legislator.take_events()) {
    std::string line = one.id + ": " + event.name;
    for (const auto& [key, value] : event.facts) line += std::string(" ") + key + "=" + value;
    told_.insert(event.name);
    if (event.name != std::string("fetch")) say(line);
  }
  if (const auto halt = legislator.take_halt()) violated(one.id + " halts: " + halt->what);
  if (legislator.role() == Role::leader) {
    const auto [known, fresh] = leaders_.try_emplace(legislator.promised(), one.id);
    if (known->second != one.id) {
      violated("election safety: ballot " + std::to_string(known->first) + " has leaders " + known->second + " and " +
               one.id);
    }
  }
  for (const EntryPtr& entry : legislator.take_committed()) {
    if (entry->first() <= one.committed)
      violated("monotonic: " + one.id + " commits " + to_string(entry->position()) + " again");
    one.committed = entry->last();
    const auto [decided, fresh] = decided_.try_emplace(entry->last(), entry);
    if (decided->second->chain() != entry->chain()) {
      violated("agreement: " + one.id + " commits " + to_string(entry->position()) + " where " +
               to_string(decided->second->position()) + " was committed");
    }
    if (!fresh) continue;
    // The first to commit it: it must stand right after the newest decided.
    const Promise before = decided == decided_.begin() ? Promise{} : std::prev(decided)->first;
    if (std::next(decided) != decided_.end() || entry->previous().promise != before) {
      violated("agreement: " + to_string(entry->position()) + " is committed beside the log that was decided");
    }
    if (entry->kind() != Kind::client) continue;
    for (std::size_t i = 0; i < entry->count(); ++i) {
      const std::string body(entry->item(i).body);
      const auto [at, once] = bodies_.try_emplace(body, entry->promise_of(i));
      if (!once)
        violated("once: " + body + " stands at " + to_string(at->second) + " and at " +
                 to_string(entry->promise_of(i)));
    }
  }
  for (const Appended& appended : legislator.take_appended()) {
    const auto found = one.tokens.find(appended.token);
    if (found == one.tokens.end()) violated("an outcome for no append");
    const Append& append = appends_[found->second];
    if (appended.outcome == Appended::Outcome::committed) {
      for (const Acknowledged& earlier : acknowledged_) {
        if (earlier.step < append.sent_step && earlier.last >= appended.first) {
          violated("order: " + append.body + " at " + to_string(appended.first) + " was sent after " +
                   appends_[earlier.append].body + " was acknowledged at " + to_string(earlier.last));
        }
      }
      for (std::size_t i = 0; i < append.items; ++i) {
        const auto body = bodies_.find(append.body + "." + std::to_string(i));
        if (body == bodies_.end() || body->second != Promise{appended.first.government, appended.first.entry + i}) {
          violated("durability: " + append.body + " is acknowledged at " + to_string(appended.first) +
                   " and does not stand there");
        }
      }
      check_durable(appended.last);
      acknowledged_.push_back({found->second, appended.first, appended.last, steps_});
      newest_acknowledged_ = std::max(newest_acknowledged_, appended.last);
    } else if (bodies_.contains(append.body + ".0") && appended.outcome == Appended::Outcome::not_appended) {
      violated("outcome: " + append.body + " is said not to have been appended, and stands");
    }
    one.tokens.erase(found);
  }
  for (const Operated& operated : legislator.take_operated()) {
    const auto found = one.operations.find(operated.token);
    if (found == one.operations.end()) violated("the end of no operation");
    say(one.id + ": operation " + std::to_string(operated.token) + (operated.done ? " is done" : " is refused: ") +
        operated.why);
    const auto next = std::move(found->second);
    one.operations.erase(found);
    if (!operated.done) continue;
    ++operations_done_;
    if (next) later(0, next);
  }
  for (const ReadReady& read : legislator.take_reads()) {
    const auto found = one.reads.find(read.token);
    if (found == one.reads.end()) violated("a read point for no read");
    if (read.confirmed && (read.point < found->second || legislator.committed() < read.point)) {
      violated("linearizable reads: " + one.id + " reads at " + to_string(read.point) + " what was acknowledged at " +
               to_string(found->second) + " before it asked");
    }
    one.reads.erase(found);
  }
}

void Network::made_durable(std::size_t who, const Write& write) {
  auto& durable = islanders_[who]->durable;
  if (write.drop_after) durable.erase(durable.upper_bound(*write.drop_after), durable.end());
  for (const EntryPtr& entry : write.entries) durable[entry->last()] = entry->chain();
}

// No answer before the disk: f+1 of the parliament hold on disk what is acknowledged, at the moment it is.
void Network::check_durable(Promise acknowledged) {
  // Those who decide an entry are the parliament of the last government before it.
  const auto entry = decided_.find(acknowledged);
  const Chain chain = entry->second->chain();
  auto before = entry;
  while (before->second->kind() != Kind::government) --before;
  const auto government = *decode_government(before->second->body(), before->second->position());
  std::size_t holders = 0;
  for (const std::string& id : government.parliament()) {
    const One& one = *islanders_[islander_named(id)];
    const auto holds = [&](const std::map<Promise, Chain>& disk) {
      const auto held = disk.find(acknowledged);
      return held != disk.end() && held->second == chain;
    };
    holders += holds(one.durable) || holds(one.lost) ? 1U : 0U;
  }
  if (holders < government.quorum()) {
    violated("no answer before the disk: " + to_string(acknowledged) + " is acknowledged and on " +
             std::to_string(holders) + " disks of " + std::to_string(government.seats));
  }
}

void Network::append_at(std::size_t who, std::size_t items) {
  One& one = *islanders_[who];
  if (!up(who) || one.frozen_until > now_) return;
  Append append;
  append.body = one.id + std::to_string(appends_.size());
  append.items = items;
  append.sent_step = steps_;
  Submission submission;
  for (std::size_t i = 0; i < items; ++i) submission.items.push_back({"", append.body + "." + std::to_string(i)});
  const std::uint64_t token = next_token_++;
  if (!one.legislator->enqueue(moment(who), std::move(submission), token)) return;
  one.tokens[token] = appends_.size();
  appends_.push_back(std::move(append));
  pump(who);
}

void Network::read_at(std::size_t who) {
  One& one = *islanders_[who];
  if (!up(who) || one.frozen_until > now_) return;
  const std::uint64_t token = next_token_++;
  one.reads[token] = newest_acknowledged_;
  one.legislator->read(moment(who), token);
  pump(who);
}

void Network::operate(const Operation& operation, std::function<void()> done) {
  const auto who = leader();
  if (!who || islanders_[*who]->frozen_until > now_) return;
  const std::uint64_t token = next_token_++;
  constexpr std::array names{"exile", "transfer", "aim"};
  say(islanders_[*who]->id + ": operation " + std::to_string(token) + ": " +
      names.at(static_cast<std::size_t>(operation.what)) + " " + operation.id + std::to_string(operation.seats));
  islanders_[*who]->operations[token] = std::move(done);
  islanders_[*who]->legislator->operate(moment(*who), operation, token);
  pump(*who);
}

void Network::crash(std::size_t who) {
  One& one = *islanders_[who];
  if (!up(who)) return;
  say(one.id + ": crashes");
  // A write under way is durable whole, or not at all.
  if (one.writing && random_.below(2) == 0 && !planted_.answer_before_disk) {
    if (auto written = one.store->write(one.write); !written) violated("a write failed: " + written.error().what);
    made_durable(who, one.write);
  }
  one.legislator.reset();
  one.store.reset();
  if (planted_.answer_before_disk) {
    one.disk.crash(0);
    one.disk.hold_syncs(false);
  }
  // What it was to answer is answered by the closed connection; everybody connected sees that close.
  for (auto it = answers_.begin(); it != answers_.end();) {
    it = it->second.who == who ? answers_.erase(it) : std::next(it);
  }
  for (auto& [order, pulse] : outstanding_) {
    if (pulse.to != who || *pulse.answered) continue;
    *pulse.answered = true;
    pulse.fail(delay());
  }
  for (std::size_t i = 0; i < islanders_.size(); ++i) {
    if (i == who || !up(i) || !connected(i, who)) continue;
    const std::uint64_t run = islanders_[i]->run;
    // A connection closes after what was sent on it has arrived.
    later(faults_.delay_max, [this, i, run, gone = Islander{one.id, one.cookie}] {
      on(i, run, [this, i, gone] {
        islanders_[i]->legislator->disconnected(moment(i), gone);
        pump(i);
      });
    });
  }
}

void Network::restart(std::size_t who) {
  if (up(who)) return;
  say(islanders_[who]->id + ": starts");
  begin(who);
}

void Network::freeze(std::size_t who, Tick duration) {
  say(islanders_[who]->id + ": freezes");
  islanders_[who]->frozen_until = now_ + duration;
}

void Network::cut(std::size_t a, std::size_t b, Tick duration) {
  say(islanders_[a]->id + " and " + islanders_[b]->id + ": cut off");
  cuts_[{std::min(a, b), std::max(a, b)}] = now_ + duration;
}

void Network::fault() {
  std::size_t down = 0;
  for (std::size_t i = 0; i < islanders_.size(); ++i) down += !up(i) || islanders_[i]->frozen_until > now_ ? 1U : 0U;
  const std::size_t who = random_.below(islanders_.size());
  const auto per_million = [&](std::uint64_t n) { return n != 0 && random_.below(1'000'000) < n; };
  if (per_million(faults_.crash_per_million) && down < faults_.down_max && up(who)) {
    crash(who);
    const std::uint64_t run = islanders_[who]->run;
    later(random_.below(3'000'000), [this, who, run] {
      if (islanders_[who]->run == run) restart(who);
    });
  }
  if (per_million(faults_.freeze_per_million) && down < faults_.down_max && up(who))
    freeze(who, random_.below(4'000'000));
  if (per_million(faults_.cut_per_million)) {
    const std::size_t other = random_.below(islanders_.size());
    if (other != who) cut(who, other, random_.below(4'000'000));
  }
}

void Network::step() {
  if (queue_.empty()) violated("nothing is left to happen");
  Happening next = queue_.top();
  queue_.pop();
  now_ = std::max(now_, next.at);
  ++steps_;
  next.what();
  fault();
  if (chance(traffic_percent_)) {
    const std::size_t who = random_.below(islanders_.size());
    if (random_.below(4) == 0) {
      read_at(who);
    } else {
      append_at(who, random_.below(8) == 0 ? 1 + random_.below(5) : 1);
    }
  }
}

void Network::until(const std::function<bool()>& condition, Tick patience, const std::string& what) {
  const Tick deadline = now_ + patience;
  while (!condition()) {
    if (now_ > deadline)
      violated("progress: " + what + " did not come about in " + std::to_string(patience / 1000) + " ms");
    step();
  }
}

void Network::run_for(Tick duration) {
  const Tick end = now_ + duration;
  while (now_ < end) step();
}

}  // namespace hansard::testing
