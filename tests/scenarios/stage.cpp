#include "tests/scenarios/stage.hpp"

#include "government/chamber.hpp"
#include "government/message_codec.hpp"
#include "tests/government/values.hpp"

#include <algorithm>

namespace hansard::scenarios {

namespace {

constexpr Promise end_of_time{~std::uint64_t{0}, ~std::uint64_t{0}};
constexpr Republic republic{7, 7};

}  // namespace

Stage::Stage(std::set<std::string> planted) : planted_(std::move(planted)) {
  settings_.exile_after = never;
  plant_in_core();
}
Stage::~Stage() = default;

void Stage::violated(const std::string& what) const { throw Unmet("what must always hold does not: " + what); }

Moment Stage::moment(const One& one) const {
  return {one.now, static_cast<std::int64_t>(1'700'000'000'000'000 + one.now)};
}

Stage::One& Stage::one(const std::string& id) {
  const auto found = ones_.find(id);
  if (found == ones_.end()) throw Unmet("nobody is named " + id);
  return *found->second;
}

Stage::One& Stage::create(const std::string& id) {
  auto fresh = std::make_unique<One>();
  fresh->id = id;
  fresh->url = "http://" + id;
  fresh->cookie = tests::cookie_of(id);
  fresh->mode = mode_;
  return *ones_.emplace(id, std::move(fresh)).first->second;
}

std::set<std::string> Stage::everybody() const {
  std::set<std::string> ids;
  for (const auto& [id, one] : ones_) ids.insert(id);
  return ids;
}

bool Stage::up(const std::string& id) { return one(id).legislator != nullptr; }

Legislator& Stage::at(const std::string& id) {
  if (!up(id)) throw Unmet(id + " is down");
  return *one(id).legislator;
}

// ---- Who there is --------------------------------------------------------------------------------------------------

void Stage::island(Government founded, const Position& at) {
  for (auto& [id, citizen] : founded.citizens) citizen.arrived = at.promise;
  settings_.parliament = founded.aim;
  tests::ChainOfEntries chain;
  const EntryPtr entry = chain.govern(founded, at.promise, at.ballot);
  decided_.emplace(entry->last(), entry);
  states_[entry->last()].apply(*entry);
  for (const auto& [id, citizen] : founded.citizens) {
    One& citizen_of = create(id);
    auto store = citizen_of.disk.open(id, citizen_of.cookie);
    Write write;
    write.id = 1;
    write.promised = at.ballot;
    write.entries = {entry};
    write.committed = Committed{at, at.ballot};
    write.notes[notes::republic] = to_string(republic);
    if (!(*store)->write(write)) throw Unmet("the disk of " + id + " takes no founding government");
    citizen_of.durable = citizen_of.committed = {entry};
  }
  for (auto& [id, opened] : ones_) open(*opened);
}

void Stage::founds(const std::string& id, const std::string& list) {
  One& one = create(id);
  for (const std::string& listed : tests::words(list)) one.list.push_back({listed, "http://" + listed});
  settings_.parliament = one.list.size() % 2 == 0 ? static_cast<std::uint32_t>(one.list.size() - 1)
                                                  : static_cast<std::uint32_t>(one.list.size());
  open(one);
}

void Stage::joins(const std::string& id, const std::string& through) {
  One& one = create(id);
  one.urls.push_back("http://" + through);
  open(one);
}

void Stage::open(One& one) {
  auto store = one.disk.open(one.id, one.cookie);
  if (!store) throw Unmet("the disk of " + one.id + " does not open: " + store.error().what);
  one.store = std::move(*store);
  Recovered recovered = one.store->recovered();
  if (planted("start-forgotten")) recovered.identity.start = 1;
  one.legislator =
      std::make_unique<Legislator>(settings_, recovered, one.url, Republic{one.lives, tests::cookie_of(one.id).low});
  ++one.run;
  one.writing = false;
  one.tokens.clear();
  one.committed_in_this_run = {};
  Promise after = one.legislator->replay_after();
  while (true) {
    auto entries = one.store->read(after, end_of_time, 1 << 16, 1000);
    if (!entries) violated("reading the log of " + one.id + ": " + entries.error().what);
    if (entries->empty()) break;
    one.legislator->replay(*entries);
    after = entries->back()->last();
  }
  one.legislator->start(moment(one));
  one.committed_in_this_run = one.legislator->committed();
  one.state_looked_at.reset();
  if (!one.list.empty()) one.legislator->bootstrap(moment(one), one.list);
  if (!one.urls.empty()) one.legislator->join(moment(one), one.urls);
  input(one);
}

void Stage::crash(const std::string& id) {
  One& gone = one(id);
  if (!up(id)) throw Unmet(id + " is down already");
  gone.legislator.reset();
  gone.store.reset();
  gone.writing = false;
  gone.tokens.clear();
  if (planted("answers-before-disk")) {
    gone.disk.crash(0);
    gone.disk.hold_syncs(false);
  }
  std::erase_if(requests_, [&](const auto& request) {
    Held& held = held_.at(request.second);
    if (held.to != id) return false;
    held.state = Held::State::lost;
    return true;
  });
}

void Stage::restart(const std::string& id) {
  if (up(id)) crash(id);
  open(one(id));
}

void Stage::wipe(const std::string& id) {
  if (up(id)) crash(id);
  One& wiped = one(id);
  wiped.disk.wipe();
  wiped.durable.clear();
  wiped.floor = {};
  wiped.committed.clear();
  ++wiped.lives;
  if (!planted("cookie-kept")) wiped.cookie = tests::cookie_of(id, wiped.lives);
}

// ---- What an islander is made to do --------------------------------------------------------------------------------

void Stage::run(const std::string& id, std::optional<std::uint64_t> ballot) {
  One& runs = one(id);
  Legislator& legislator = at(id);
  runs.stepped_down = false;
  const Islander somebody{id == "a" ? "b" : "a", {}};
  // It has heard of the ballot before: a canvass changes nothing else.
  if (ballot) {
    legislator.request(moment(runs), next_request_++, somebody, legislator.republic(), Canvass{*ballot - 1, {}});
  }
  legislator.request(moment(runs), next_request_++, somebody, legislator.republic(),
                     Nominate{legislator.promised(), legislator.status().last});
  if (legislator.role() == Role::leader) throw Unmet(id + " leads already");
  if (ballot && legislator.promised() != *ballot) {
    throw Unmet(id + " runs under " + std::to_string(legislator.promised()) + ", it has seen too much");
  }
  input(runs);
}

void Stage::append(const std::string& id, const std::string& label, Submission submission) {
  One& by = one(id);
  const std::uint64_t token = next_token_++;
  by.tokens[token] = label;
  Outcome& outcome = outcomes_[label] = {id, "", ""};
  for (const auto& item : submission.items) outcome.body += (outcome.body.empty() ? "" : "+") + item.bytes;
  if (!at(id).enqueue(moment(by), std::move(submission), token)) throw Unmet("the queue of " + id + " is full");
  input(by);
}

void Stage::give_up(const std::string& id, const std::string& body) {
  One& by = one(id);
  const auto token = std::find_if(by.tokens.begin(), by.tokens.end(), [&](const auto& t) { return t.second == body; });
  if (token == by.tokens.end()) throw Unmet(id + " waits for no " + body);
  const Appended given = at(id).give_up(moment(by), token->first);
  outcomes_[body].text = given.outcome == Appended::Outcome::not_appended ? "not appended" : "unknown";
  by.tokens.erase(token);
  input(by);
}

void Stage::read(const std::string& id, const std::string& label) {
  One& by = one(id);
  const std::uint64_t token = next_token_++;
  by.tokens[token] = label;
  outcomes_[label] = {id, "", ""};
  read_floor_[label] = acknowledged_;
  at(id).read(moment(by), token);
  input(by);
}

void Stage::operate(const std::string& id, Operation operation, const std::string& label) {
  One& by = one(id);
  const std::uint64_t token = next_token_++;
  by.tokens[token] = label;
  outcomes_[label] = {id, "", ""};
  at(id).operate(moment(by), std::move(operation), token);
  input(by);
}

void Stage::disconnect(const std::string& id, const std::string& from) {
  at(id).disconnected(moment(one(id)), Islander{from, one(from).cookie});
  input(one(id));
}

// ---- The host's loop -----------------------------------------------------------------------------------------------

void Stage::input(One& one) {
  do {
    plant_in_office(one);
  } while (pump(one));
  look_at_disks();
}

void Stage::take_outputs(One& one) {
  Legislator& legislator = *one.legislator;
  while (auto pulse = legislator.outbox()) {
    Held held;
    held.from = one.id;
    held.to = !pulse->to.id.empty() ? pulse->to.id : pulse->url.substr(std::string("http://").size());
    held.from_run = one.run;
    held.id = pulse->id;
    held.sender = {one.id, one.cookie};
    held.addressed = pulse->to;
    encode(pulse->republic, pulse->request, held.request_bytes);
    held.kind = name_of(pulse->request);
    held.what = describe(pulse->request);
    held.request = std::move(pulse->request);
    held_.emplace(next_number_++, std::move(held));
  }
  while (auto response = legislator.response()) {
    const auto request = requests_.find(response->request);
    if (request == requests_.end()) continue;  // the stage's own
    Held& held = held_.at(request->second);
    plant_in_answer(one, held, response->answer);
    encode(response->republic, response->answer, held.answer_bytes);
    held.kind = name_of(response->answer);
    held.what = describe(response->answer);
    held.state = Held::State::answered;
    held.answerer = {one.id, one.cookie};
    const Number number = request->second;
    requests_.erase(request);
    if (held.copy) held_.erase(number);
  }
}

// True: there is more to be done.
bool Stage::pump(One& one) {
  if (one.legislator == nullptr) return false;
  Legislator& legislator = *one.legislator;
  take_outputs(one);
  while (auto want = legislator.wanted()) {
    auto entries = want->newest ? one.store->read_back(want->after, want->upto, want->bytes_max)
                                : one.store->read(want->after, want->upto, want->bytes_max, 100'000);
    legislator.supplied(moment(one), want->id, entries ? *entries : std::vector<EntryPtr>{});
    take_outputs(one);
  }
  if (const Write* write = legislator.journal()) {
    one.write = *write;
    if (forgets_committed_) one.write.committed.reset();
    plant_in_write(one);
    one.writing = true;
    if (planted("answers-before-disk")) {
      one.disk.hold_syncs(true);
      static_cast<void>(one.store->write(one.write));
      one.writing = false;
      legislator.persisted(moment(one), one.write.id);
      return true;
    }
  }
  look(one);
  if (!one.writing || one.mode != DiskMode::quick) return false;
  finish(one);
  return true;
}

void Stage::finish(One& one) {
  if (auto written = one.store->write(one.write); !written) {
    violated("a write of " + one.id + " failed: " + written.error().what);
  }
  if (one.write.restart_after) {
    one.durable.clear();
    one.floor = *one.write.restart_after;
  }
  if (one.write.drop_after) {
    std::erase_if(one.durable, [&](const EntryPtr& entry) { return entry->last() > *one.write.drop_after; });
  }
  one.durable.insert(one.durable.begin(), one.write.older.begin(), one.write.older.end());
  one.durable.insert(one.durable.end(), one.write.entries.begin(), one.write.entries.end());
  while (one.write.trim_before && !one.durable.empty() && one.durable.front()->last() < *one.write.trim_before) {
    one.floor = one.durable.front()->last();
    one.durable.erase(one.durable.begin());
  }
  // Never ahead of the log on the same disk (planted bug r).
  const Promise end = one.durable.empty() ? one.floor : one.durable.back()->last();
  if (one.write.committed && end < one.write.committed->position.promise) {
    violated("the disk of " + one.id + " knows more committed than it holds");
  }
  one.writing = false;
  one.legislator->persisted(moment(one), one.write.id);
}

void Stage::look(One& one) {
  Legislator& legislator = *one.legislator;
  for (Event& event : legislator.take_events()) {
    std::string line = one.id + ": " + event.name;
    for (const auto& [key, value] : event.facts) line += std::string(", ") + key + " " + value;
    const std::string name = event.name;
    if (name == "left office" || name == "candidate stopped") one.stepped_down = true;
    if (event.important || name == "promised") news.push_back(line);
    one.events.push_back(std::move(event));
  }
  if (const auto halt = legislator.take_halt()) {
    news.push_back(one.id + " halts: " + halt->what);
    one.halt = halt->what;
  }
  if (legislator.role() == Role::leader) {
    const auto [known, fresh] = leaders_.try_emplace(legislator.promised(), one.id);
    if (known->second != one.id) {
      violated("ballot " + std::to_string(known->first) + " has the leaders " + known->second + " and " + one.id);
    }
  }
  for (const EntryPtr& entry : legislator.take_committed()) look_at_committed(one, entry);
  look_at_state(one);
  for (const Appended& appended : legislator.take_appended()) look_at_appended(one, appended);
  for (const ReadReady& read : legislator.take_reads()) {
    const auto token = one.tokens.find(read.token);
    if (token == one.tokens.end()) violated("a read point for no read of " + one.id);
    outcomes_[token->second].text = read.confirmed ? "confirmed " + to_string(read.point) : "refused";
    news.push_back(one.id + " answers the read " + token->second + ": " + outcomes_[token->second].text);
    if (read.confirmed && read.point < read_floor_[token->second]) {
      violated(one.id + " reads at " + to_string(read.point) + " what was acknowledged up to " +
               to_string(read_floor_[token->second]) + " before it asked");
    }
    one.tokens.erase(token);
  }
  for (const Operated& operated : legislator.take_operated()) {
    const auto token = one.tokens.find(operated.token);
    if (token == one.tokens.end()) violated("the end of no operation of " + one.id);
    outcomes_[token->second].text = operated.done ? "done" : std::string("refused: ") + operated.why;
    news.push_back(one.id + " answers that " + token->second + " is " + outcomes_[token->second].text);
    one.tokens.erase(token);
  }
}

void Stage::look_at_committed(One& one, const EntryPtr& entry) {
  if (entry->first() <= one.committed_in_this_run) {
    violated(one.id + " commits " + to_string(entry->position()) + " again");
  }
  one.committed_in_this_run = entry->last();
  if (one.committed.empty() || one.committed.back()->last() < entry->last()) one.committed.push_back(entry);
  const auto [decided, fresh] = decided_.try_emplace(entry->last(), entry);
  if (decided->second->chain() != entry->chain()) {
    violated(one.id + " commits " + to_string(entry->position()) + " where " + to_string(decided->second->position()) +
             " was committed");
  }
  if (!fresh) return;
  const bool begins = decided == decided_.begin();
  const Promise before = begins ? Promise{} : std::prev(decided)->first;
  if (std::next(decided) != decided_.end() || entry->previous().promise != before) {
    violated(one.id + " commits " + to_string(entry->position()) + " beside what was committed");
  }
  LogState state = begins ? LogState{} : states_.at(before);
  state.apply(*entry);
  states_[entry->last()] = std::move(state);
  if (entry->kind() != Kind::client) return;
  const std::string bodies = bodies_of(*entry);
  for (const auto& [promise, other] : decided_) {
    if (other != entry && other->kind() == Kind::client && bodies_of(*other) == bodies) {
      violated(bodies + " stands at " + to_string(promise) + " and at " + to_string(entry->last()));
    }
  }
  const bool is_whole = std::any_of(outcomes_.begin(), outcomes_.end(),
                                    [&](const auto& outcome) { return outcome.second.body == bodies; });
  if (!is_whole) violated(bodies + " at " + to_string(entry->last()) + " is no append, or not all of one");
}

void Stage::look_at_appended(One& one, const Appended& appended) {
  const auto token = one.tokens.find(appended.token);
  if (token == one.tokens.end()) violated("an outcome for no append of " + one.id);
  Outcome& outcome = outcomes_[token->second];
  if (appended.outcome == Appended::Outcome::committed) {
    outcome.text = (appended.replayed ? "replayed " : "committed ") + to_string(appended.first);
    acknowledged_ = std::max(acknowledged_, appended.last);
    const auto stands = decided_.find(appended.last);
    if (stands == decided_.end() || stands->second->first() != appended.first ||
        bodies_of(*stands->second) != outcome.body) {
      violated("the append " + token->second + " is answered with " + to_string(appended.first) +
               ", where it does not stand");
    }
    check_acknowledged(appended.last);
  } else if (appended.objection != Objection::none) {
    outcome.text = std::string("refused: ") + to_string(appended.objection);
  } else {
    outcome.text = appended.outcome == Appended::Outcome::not_appended ? "not appended" : "unknown";
  }
  news.push_back(one.id + " answers that " + token->second + " is " + outcome.text);
  one.tokens.erase(token);
}

// It is a function of the log, whether it was applied, noted and read again, or came as a snapshot (planted bug v).
void Stage::look_at_state(One& one) {
  const LogState& state = one.legislator->chamber().state;
  if (one.state_looked_at == state.at.promise || state.at.promise.is_zero()) return;
  one.state_looked_at = state.at.promise;
  const auto decided = states_.find(state.at.promise);
  if (decided == states_.end()) return;  // known committed before a restart, and told by nobody
  if (state != decided->second) {
    violated("the log state of " + one.id + " at " + to_string(state.at) + " is not what the log says");
  }
}

// Two disks that hold one position hold the same up to it.
void Stage::look_at_disks() {
  chains_.clear();
  for (const auto& [id, one] : ones_) {
    for (const EntryPtr& entry : one->durable) {
      const auto [chain, fresh] = chains_.try_emplace({entry->last(), entry->ballot()}, entry->chain());
      if (chain->second != entry->chain()) {
        violated("two disks hold different entries as " + to_string(entry->position()));
      }
    }
    if (one->halt && !one->halt_is_expected) violated(id + " halts: " + *one->halt);
  }
}

void Stage::check_acknowledged(Promise acknowledged) {
  const auto entry = decided_.find(acknowledged);
  auto before = entry;
  while (before->second->kind() != Kind::government) --before;
  const auto government = decode_government(before->second->body(), before->second->position());
  std::size_t holders = 0;
  for (const std::string& id : government->parliament()) {
    const auto& disk = one(id).durable;
    const bool holds = std::any_of(disk.begin(), disk.end(), [&](const EntryPtr& held) {
      return held->last() == acknowledged && held->chain() == entry->second->chain();
    });
    holders += holds || one(id).floor >= acknowledged ? 1U : 0U;
  }
  if (holders < government->quorum()) {
    violated(to_string(acknowledged) + " is acknowledged and on " + std::to_string(holders) + " disks of " +
             std::to_string(government->seats));
  }
}

}  // namespace hansard::scenarios
