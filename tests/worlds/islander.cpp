#include "tests/worlds/islander.hpp"

#include "government/message_codec.hpp"
#include "government/planted.hpp"
#include "log/codec.hpp"
#include "tests/government/values.hpp"
#include "tests/worlds/broken.hpp"
#include "tests/worlds/normal.hpp"

#include <algorithm>
#include <utility>

namespace hansard::worlds {

namespace {

constexpr Republic republic{7, 7};
constexpr Moment moment{now, 1'700'000'000'000'000};

std::uint64_t number_of(std::uint8_t byte) { return byte; }

}  // namespace

Islanders::Islanders(Rules rules) : rules_(std::move(rules)) {
  settings_.exile_after = never;
  settings_.heal_after = never;
  settings_.parliament = rules_.founded.aim;
  settings_.pulses_in_flight = rules_.pulses_in_flight;
  if (rules_.split_pulses) settings_.pulse_bytes = 1;
  tests::ChainOfEntries chain;
  founding_ = chain.govern(rules_.founded, {1, 0}, 1);
}

Islander Islanders::islander(std::uint8_t who) const {
  return {rules_.ids[who], rules_.founded.citizens.at(rules_.ids[who]).cookie};
}

std::uint8_t Islanders::index(const std::string& id) const {
  const auto found = std::find(rules_.ids.begin(), rules_.ids.end(), id);
  HANSARD_ASSERT(found != rules_.ids.end(), "a world knows all its islanders");
  return static_cast<std::uint8_t>(found - rules_.ids.begin());
}

// ---- Disks ---------------------------------------------------------------------------------------------------------

void Islanders::apply(Disk& disk, const Write& write) const {
  if (write.drop_after) {
    std::erase_if(disk.entries, [&](const EntryPtr& entry) { return entry->last() > *write.drop_after; });
  }
  for (const EntryPtr& entry : write.entries) {
    const Position end = disk.entries.empty() ? Position{} : disk.entries.back()->position();
    if (entry->previous() != end) throw Broken("a write leaves a hole before " + to_string(entry->position()));
    disk.entries.push_back(entry);
    // Not even where a planted bug forgets promises: else it could not start again.
    if (planted('f')) disk.promised = std::max(disk.promised, entry->ballot());
  }
  disk.promised = std::max(disk.promised, write.promised.value_or(0));
  if (write.committed && !rules_.forgets_committed) disk.committed = *write.committed;
  for (const auto& [name, value] : write.notes) disk.notes[name] = value;
}

std::unique_ptr<Legislator> Islanders::start(std::uint8_t who, const Disk& disk) const {
  const Islander self = islander(who);
  Recovered recovered;
  recovered.identity = {self.id, self.cookie, disk.start};
  recovered.promised = disk.promised;
  recovered.committed = disk.committed;
  recovered.first = disk.entries.front()->first();
  recovered.last = disk.entries.back()->position();
  recovered.notes = disk.notes;
  auto legislator = std::make_unique<Legislator>(settings_, recovered, "http://" + self.id, Republic{9, 9});
  legislator->replay(disk.entries);
  legislator->start(moment);
  return legislator;
}

Step Islanders::first(std::uint8_t who) {
  Local local;
  local.who = who;
  local.disk.entries = {founding_};
  local.disk.promised = 1;
  local.disk.committed = {founding_->position(), 1};
  local.disk.notes[notes::republic] = to_string(republic);
  Step step;
  const auto legislator = start(who, local.disk);
  rest(*legislator, local, 0, 0, step);
  step.after = keep(std::move(local));
  return step;
}

// ---- Steps ---------------------------------------------------------------------------------------------------------

std::unique_ptr<Legislator> Islanders::legislator(LocalId id, const Settings& settings) const {
  const Local& local = locals_[id];
  const Islander self = islander(local.who);
  Recovered recovered;
  recovered.identity = {self.id, self.cookie, local.disk.start};
  auto chamber = std::make_unique<Chamber>(settings, recovered, "http://" + self.id, Republic{9, 9});
  ArchiveReader reader(local.memory, chamber->parts);
  chamber->members(reader);
  HANSARD_ASSERT(reader.finished(), "we wrote this state");
  return std::make_unique<Legislator>(std::move(chamber));
}

void Islanders::rest(Legislator& legislator, Local& local, std::uint64_t pulses_before, std::uint64_t requests_before,
                     Step& step) {
  std::vector<std::pair<std::uint64_t, Step::Sent>> sent;
  while (true) {
    while (auto pulse = legislator.outbox())
      sent.push_back({pulse->id, {index(pulse->to.id), 0, keep(pulse->request)}});
    while (auto response = legislator.response()) {
      step.answered.push_back({static_cast<std::uint8_t>(response->request), keep(response->answer)});
    }
    HANSARD_ASSERT(!legislator.wanted(), "memory holds the whole log of a small world");
    if (const Write* write = legislator.journal()) local.writing = *write;
    static_cast<void>(legislator.take_committed());
    for (const Appended& appended : legislator.take_appended()) {
      if (appended.outcome == Appended::Outcome::committed)
        step.acknowledged.push_back({appended.token, appended.last});
    }
    static_cast<void>(legislator.take_reads());
    static_cast<void>(legislator.take_operated());
    static_cast<void>(legislator.take_events());
    if (const auto halt = legislator.take_halt()) throw Broken(rules_.ids[local.who] + " halts: " + halt->what);
    if (!local.writing || rules_.disks_wait.find(rules_.ids[local.who]) != std::string::npos) break;
    apply(local.disk, *local.writing);
    legislator.persisted(moment, std::exchange(local.writing, std::nullopt)->id);
  }
  Chamber& chamber = legislator.chamber();
  const Renamed names = normalise(chamber);
  if (local.writing) local.writing->id = 1;
  step.pulses.assign(pulses_before + 1, 0);
  for (std::uint64_t id = 1; id <= pulses_before; ++id) {
    step.pulses[id] = static_cast<std::uint8_t>(renamed(names.pulses, id));
  }
  step.requests.assign(requests_before + 1, 0);
  for (std::uint64_t id = 1; id <= requests_before; ++id) {
    step.requests[id] = static_cast<std::uint8_t>(renamed(names.requests, id));
  }
  for (auto& [id, pulse] : sent) {
    pulse.pulse = static_cast<std::uint8_t>(renamed(names.pulses, id));
    step.sent.push_back(pulse);
  }

  local.pulses = names.pulses.size();
  local.requests = names.requests.size();
  local.role = chamber.role;
  local.promised = chamber.promised;
  local.established = chamber.writer->established();
  local.busy = local.writing.has_value();
  local.log.assign(chamber.log.entries().begin(), chamber.log.entries().end());
  local.committed = chamber.log.index_after(chamber.log.committed().position.promise);
  local.counted = chamber.log.committed().counted;
  local.fiats.clear();
  for (std::size_t i = 0; i < rules_.fiats.size() && chamber.writer->may_shape(); ++i) {
    const auto change = fiat(chamber.state.government, i);
    if (change && (!change->membership || chamber.writer->facts().membership_allowed)) {
      local.fiats.push_back(static_cast<std::uint8_t>(i));
    }
  }
  local.memory.clear();
  ArchiveWriter writer(local.memory, chamber.parts);
  chamber.members(writer);
}

std::optional<Change> Islanders::fiat(const Government& current, std::size_t number) const {
  const std::vector<std::string> members = tests::words(rules_.fiats[number]);
  const auto sits = [&](const std::string& id) {
    return std::find(members.begin(), members.end(), id) != members.end();
  };
  if (!sits(current.leader())) return std::nullopt;  // a fiat never removes its own leader
  Government next = current;
  next.seats = next.aim = static_cast<std::uint32_t>(members.size());
  next.majority = {current.leader()};
  next.minority.clear();
  next.constituents.clear();
  for (const std::string& id : members) {
    if (id == current.leader()) continue;
    (next.majority.size() < next.quorum() ? next.majority : next.minority).push_back(id);
  }
  for (const auto& [id, citizen] : current.citizens) {
    if (!sits(id)) next.constituents.push_back(id);
  }
  if (next.same_parliament(current)) return std::nullopt;
  next.promise = {};
  next.ballot = 0;
  next.why = "the world says so";
  HANSARD_ASSERT(next.fault() == nullptr, "a world's fiats are sound");
  return Change{Change::What::heal, next, true, next.why};
}

Step Islanders::work_out(LocalId before, const Input& input) {
  Local local = locals_[before];
  Step step;
  const std::uint64_t pulses = local.pulses;
  const std::uint64_t requests = local.requests + (input.what == Do::request ? 1 : 0);
  try {
    std::unique_ptr<Legislator> legislator;
    const bool crashes = input.what == Do::crash || input.what == Do::crash_late || input.what == Do::crash_ahead;
    if (crashes) {
      if (local.writing && input.what == Do::crash_late) apply(local.disk, *local.writing);
      if (local.writing && local.writing->committed && input.what == Do::crash_ahead) {
        local.disk.committed = *local.writing->committed;
        local.disk.promised = std::max(local.disk.promised, local.writing->committed->counted);
      }
      local.writing.reset();
      ++local.disk.start;
      legislator = start(local.who, local.disk);
    } else {
      legislator = this->legislator(before, settings_);
    }
    Chamber& chamber = legislator->chamber();
    switch (input.what) {
      case Do::request:
        legislator->request(moment, requests, islander(input.from), republic, contents_[input.content].request);
        break;
      case Do::answer:
        legislator->sent(moment, number_of(input.pulse),
                         Reply{islander(input.from), republic, contents_[input.content].answer});
        break;
      case Do::fail:
        legislator->sent(moment, number_of(input.pulse), std::nullopt);
        break;
      case Do::persisted:
        apply(local.disk, *local.writing);
        local.writing.reset();
        legislator->persisted(moment, 1);
        break;
      case Do::run:
        chamber.proposer->run_at_once("the world says so");
        break;
      case Do::append: {
        Submission submission;
        submission.items.push_back({"", "x" + std::to_string(input.content)});
        static_cast<void>(legislator->enqueue(moment, std::move(submission), input.content));
        break;
      }
      case Do::tick:
        legislator->event(moment);
        break;
      case Do::fiat:
        chamber.writer->decree(*fiat(chamber.state.government, input.content));
        break;
      case Do::crash:
      case Do::crash_late:
      case Do::crash_ahead:
        break;
    }
    rest(*legislator, local, pulses, requests, step);
    step.after = keep(std::move(local));
  } catch (const Broken& broken) {
    step.fault = broken.what();
  }
  return step;
}

const Step& Islanders::step(LocalId before, const Input& input) {
  const Key key{before, static_cast<std::uint64_t>(input.what) << 48U | std::uint64_t{input.from} << 40U |
                            std::uint64_t{input.pulse} << 32U | input.content};
  const auto [known, fresh] = step_ids_.try_emplace(key, static_cast<std::uint32_t>(steps_.size()));
  if (fresh) steps_.push_back(work_out(before, input));
  return steps_[known->second];
}

// ---- What is kept once ---------------------------------------------------------------------------------------------

LocalId Islanders::keep(Local local) {
  std::string bytes = local.memory;
  const std::vector<Part*> nobody;
  ArchiveWriter writer(bytes, nobody);
  Disk& disk = local.disk;
  Chain chain = disk.entries.back()->chain();
  Position end = disk.entries.back()->position();
  writer(local.who, disk.promised, disk.committed, disk.notes, disk.start, chain, end, local.writing);
  const Id128 hash = hash128(bytes);
  const auto [known, fresh] = local_ids_.try_emplace(Key{hash.high, hash.low}, static_cast<LocalId>(locals_.size()));
  if (fresh) locals_.push_back(std::move(local));
  return known->second;
}

ContentId Islanders::keep(const Request& request) {
  std::string bytes;
  encode(Republic{}, request, bytes);
  const Id128 hash = hash128(bytes);
  const auto [known, fresh] =
      content_ids_.try_emplace(Key{hash.high, hash.low}, static_cast<ContentId>(contents_.size()));
  if (fresh) contents_.push_back({request, {}});
  return known->second;
}

ContentId Islanders::keep(const Answer& answer) {
  std::string bytes;
  encode(Republic{}, answer, bytes);
  const Id128 hash = hash128(bytes);
  const auto [known, fresh] =
      content_ids_.try_emplace(Key{hash.high, hash.low}, static_cast<ContentId>(contents_.size()));
  if (fresh) contents_.push_back({{}, answer});
  return known->second;
}

}  // namespace hansard::worlds
