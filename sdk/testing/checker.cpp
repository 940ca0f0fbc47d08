// sdk/testing/checker.cpp - see checker.hpp.
#include "sdk/testing/checker.hpp"

#include <algorithm>
#include <charconv>
#include <iterator>

namespace hansard::testing {

namespace {

[[noreturn]] void violated(const std::string& what) { throw Violation(what); }

// "12.3" of an append and its item.
std::pair<std::size_t, std::size_t> parse_body(std::string_view body) {
  std::size_t append = 0;
  std::size_t item = 0;
  const char* end = body.data() + body.size();
  const auto dot = std::from_chars(body.data(), end, append).ptr;
  if (dot == end || *dot != '.' || std::from_chars(dot + 1, end, item).ptr != end) {
    violated("once: nobody sent what was decided: " + std::string(body));
  }
  return {append, item};
}

}  // namespace

std::size_t Checker::PositionHash::operator()(const Position& position) const {
  std::uint64_t hash = position.promise.government * 0x9e3779b97f4a7c15U;
  hash = (hash ^ position.promise.entry) * 0xbf58476d1ce4e5b9U;
  hash = (hash ^ position.ballot) * 0x94d049bb133111ebU;
  return hash ^ hash >> 31U;
}

// ---- What islanders hold --------------------------------------------------------------------------

Checker::Disk Checker::add_disk(const std::string& id, const Cookie& cookie) {
  DiskState disk;
  disk.id = id;
  disk.cookie = cookie;
  disk.first_of_cookie =
      std::none_of(disks_.begin(), disks_.end(), [&](const DiskState& other) { return other.cookie == cookie; });
  disks_.push_back(std::move(disk));
  disks_of_[id].push_back(disks_.size() - 1);
  return disks_.size() - 1;
}

void Checker::forget_founding(Disk lost) {
  for (Disk disk = 0; disk < disks_.size(); ++disk) {
    if (disk != lost && !disks_[disk].log.empty()) return;
  }
  if (!decided_.empty()) return;
  disks_[lost].log.clear();
  chains_.clear();
  leaders_.clear();
}

void Checker::wrote(Disk number, const Write& write) {
  DiskState& disk = disks_[number];
  if (write.restart_after) {
    disk.log.clear();
    disk.floor = *write.restart_after;
  }
  if (write.drop_after) {
    while (!disk.log.empty() && disk.log.back()->last() > *write.drop_after) disk.log.pop_back();
  }
  Position begins{disk.floor, 0};
  if (!disk.log.empty()) begins = disk.log.front()->previous();
  for (auto older = write.older.rbegin(); older != write.older.rend(); ++older) {
    const Position last = (*older)->position();
    const bool fits = disk.log.empty() ? last.promise == disk.floor : last == begins;
    const auto known = chains_.find(last);
    if (!fits || known == chains_.end() || known->second != (*older)->chain()) {
      violated("log matching: the disk of " + disk.id + " takes " + to_string(last) + " before " + to_string(begins) +
               ", and it does not belong there");
    }
    begins = (*older)->previous();
    disk.floor = begins.promise;
    disk.log.insert(disk.log.begin(), *older);
  }
  for (const EntryPtr& entry : write.entries) {
    const Position end = disk.log.empty() ? entry->previous() : disk.log.back()->position();
    if (disk.log.empty() && entry->previous().promise < disk.floor) {
      violated("monotonic: the disk of " + disk.id + " takes " + to_string(entry->position()) + " after " +
               to_string(disk.floor));
    }
    if (entry->previous() != end || entry->first() <= end.promise) {
      violated("monotonic: the disk of " + disk.id + " takes " + to_string(entry->position()) + " after " +
               to_string(end));
    }
    const auto [known, fresh] = chains_.try_emplace(entry->position(), entry->chain());
    if (known->second != entry->chain()) {
      violated("log matching: two logs hold " + to_string(entry->position()) + ", one of them on the disk of " +
               disk.id + ", and are not the same up to it");
    }
    if (disk.log.empty()) disk.floor = std::max(disk.floor, entry->previous().promise);
    disk.log.push_back(entry);
  }
  if (write.promised) {
    if (*write.promised < disk.promised) {
      violated("promised: on the disk of " + disk.id + " it sinks from " + std::to_string(disk.promised) + " to " +
               std::to_string(*write.promised));
    }
    disk.promised = *write.promised;
  }
  const Promise end = disk.log.empty() ? disk.floor : disk.log.back()->last();
  if (write.committed && write.committed->position.promise > end) {
    violated("committed: the disk of " + disk.id + " knows " + to_string(write.committed->position) +
             " committed and holds its log up to " + to_string(end));
  }
  if (write.committed && write.committed->counted > disk.promised) {
    violated("promised: the disk of " + disk.id + " knows " + to_string(write.committed->position) +
             " counted committed under ballot " + std::to_string(write.committed->counted) +
             ", and has promised only " + std::to_string(disk.promised));
  }
  if (write.trim_before) {
    const auto kept = std::partition_point(disk.log.begin(), disk.log.end(),
                                           [&](const EntryPtr& entry) { return entry->last() < *write.trim_before; });
    if (kept != disk.log.begin()) disk.floor = (*std::prev(kept))->last();
    disk.log.erase(disk.log.begin(), kept);
  }
}

std::size_t Checker::index_after(Promise promise) const {
  const auto found = std::partition_point(decided_.begin(), decided_.end(),
                                          [&](const Decided& d) { return d.entry->last() <= promise; });
  return static_cast<std::size_t>(found - decided_.begin());
}

bool Checker::has_decided(Promise promise) const {
  const std::size_t next = index_after(promise);
  return (next == 0 ? Promise{} : decided_[next - 1].entry->last()) == promise;
}

std::size_t Checker::started(const std::string& who, Promise committed) const {
  const std::size_t next = index_after(committed);
  const Promise end = next == 0 ? Promise{} : decided_[next - 1].entry->last();
  if (end != committed) {
    violated("agreement: " + who + " starts with " + to_string(committed) + " committed, which was never decided");
  }
  return next;
}

void Checker::committed(const std::string& who, std::size_t& next, const EntryPtr& entry) {
  if (next < decided_.size() && decided_[next].entry->last() != entry->last()) {
    next = index_after(entry->previous().promise);  // it went on after a snapshot
  }
  if (next == decided_.size()) {
    decide(who, entry);
  } else if (decided_[next].entry->chain() != entry->chain()) {
    violated("agreement: " + who + " commits " + to_string(entry->position()) + " where " +
             to_string(decided_[next].entry->position()) + " was decided");
  }
  ++next;
}

void Checker::decide(const std::string& who, const EntryPtr& entry) {
  const Entry* before = decided_.empty() ? nullptr : decided_.back().entry.get();
  if (entry->previous() != (before == nullptr ? Position{} : before->position())) {
    violated("agreement: " + who + " commits " + to_string(entry->position()) + " after " +
             to_string(entry->previous()) + ", and " + to_string(before == nullptr ? Position{} : before->position()) +
             " was decided last");
  }
  if (before != nullptr && entry->first() <= before->last()) {
    violated("monotonic: " + to_string(entry->position()) + " is decided after " + to_string(before->position()));
  }
  if (before != nullptr && entry->time_us() < before->time_us()) {
    violated("monotonic: the time of " + to_string(entry->position()) + " is less than that of " +
             to_string(before->position()));
  }
  if (entry->kind() == Kind::government) {
    auto government = decode_government(entry->body(), entry->position());
    if (!government) violated("agreement: a government that is none is decided: " + government.error().what);
    governments_.push_back(std::move(*government));
  }
  settled_ = std::max(settled_, entry->settled());
  decided_.push_back({entry, governments_.size()});
  if (entry->kind() == Kind::client) decide_client(entry);
}

void Checker::decide_client(const EntryPtr& entry) {
  const Author& author = entry->author();
  if (!numbers_
           .insert(author.id + " " + to_string(author.arrived) + " " + std::to_string(author.start) + " " +
                   std::to_string(author.sequence))
           .second) {
    violated("once: append " + std::to_string(author.sequence) + " of start " + std::to_string(author.start) + " of " +
             author.id + " is decided again at " + to_string(entry->first()));
  }
  const auto number = parse_body(entry->body()).first;
  if (number >= appends_.size()) violated("once: nobody sent append " + std::to_string(number));
  AppendState& append = appends_[number];
  bool whole = entry->count() == append.items;
  for (std::size_t i = 0; whole && i < entry->count(); ++i) {
    whole = parse_body(entry->item(i).body) == std::pair(number, i);
  }
  if (!whole) {
    violated("once: the batch of append " + std::to_string(number) + " at " + to_string(entry->first()) +
             " is not whole");
  }
  if (!append.first.is_zero()) {
    violated("once: append " + std::to_string(number) + " stands at " + to_string(append.first) + " and at " +
             to_string(entry->first()));
  }
  if (append.refused) {
    violated("outcome: append " + std::to_string(number) + " was said not to have happened, and stands at " +
             to_string(entry->first()));
  }
  if (entry->first() <= append.after) {
    violated("order: append " + std::to_string(number) + " stands at " + to_string(entry->first()) +
             " and was sent after one was acknowledged at " + to_string(append.after));
  }
  if (append.condition && *append.condition != newest_client_) {
    violated("condition: append " + std::to_string(number) + " was to follow " + to_string(*append.condition) +
             " and stands after " + to_string(newest_client_));
  }
  newest_client_ = entry->last();
  append.first = entry->first();
}

// How many seats of a government are taken by one whose directory counts. A seat is its id's and its cookie's, and of
// two directories with one cookie only the first may count: the other one forgot what it promised.
template <class Counts>
std::size_t Checker::members(const Government& government, const Counts& counts) const {
  std::size_t found = 0;
  for (const std::string& id : government.parliament()) {
    const auto citizen = government.citizens.find(id);
    const auto disks = disks_of_.find(id);
    if (citizen == government.citizens.end() || disks == disks_of_.end()) continue;
    const bool counted = std::any_of(disks->second.begin(), disks->second.end(), [&](Disk number) {
      const DiskState& disk = disks_[number];
      return disk.first_of_cookie && disk.cookie == citizen->second.cookie && counts(disk);
    });
    found += counted ? 1U : 0U;
  }
  return found;
}

void Checker::leads(const std::string& who, std::uint64_t ballot, const Government& government) {
  const auto [known, fresh] = leaders_.try_emplace(ballot, who);
  if (known->second != who) {
    violated("election safety: ballot " + std::to_string(ballot) + " has leaders " + known->second + " and " + who);
  }
  if (!fresh || government.majority.empty()) return;  // The founder needs no vote.
  // By the government that it knows, or by a later one that it learned of as committed.
  const auto elected = [&](const Government& by) {
    return members(by, [&](const DiskState& disk) { return disk.promised >= ballot; }) >= by.quorum();
  };
  bool is_elected = elected(government);
  for (const Government& later : governments_) {
    is_elected = is_elected || (later.promise > government.promise && elected(later));
  }
  if (!is_elected) {
    violated("incarnation: " + who + " leads under ballot " + std::to_string(ballot) +
             ", which no quorum of the disks named in " + to_string(government.promise) + " has promised");
  }
}

bool Checker::holds(const DiskState& disk, const Entry& entry) const {
  if (entry.last() <= disk.floor) return true;
  const auto found = std::partition_point(disk.log.begin(), disk.log.end(),
                                          [&](const EntryPtr& held) { return held->last() < entry.last(); });
  return found != disk.log.end() && (*found)->chain() == entry.chain();
}

void Checker::holds_everything(const std::string& who, Promise first, const std::vector<EntryPtr>& log) const {
  std::size_t next = first.is_zero() ? 0 : index_after(first);
  if (next > 0 && decided_[next - 1].entry->last() >= first) --next;
  for (const EntryPtr& entry : log) {
    if (next == decided_.size()) break;  // What follows is on its way.
    if (decided_[next].entry->chain() != entry->chain()) {
      violated("agreement: the disk of " + who + " holds " + to_string(entry->position()) + " in the end");
    }
    ++next;
  }
  if (next != decided_.size()) {
    violated("durability: the disk of " + who + " holds nothing after " +
             to_string(log.empty() ? Promise{} : log.back()->last()) + " in the end");
  }
}

std::vector<Government> Checker::governments_held() const {
  const Promise latest = governments_.empty() ? Promise{} : governments_.back().promise;
  std::vector<Government> held;
  for (const DiskState& disk : disks_) {
    for (auto entry = disk.log.rbegin(); entry != disk.log.rend() && (*entry)->first() > latest; ++entry) {
      if ((*entry)->kind() != Kind::government) continue;
      if (auto government = decode_government((*entry)->body(), (*entry)->position()))
        held.push_back(std::move(*government));
    }
  }
  return held;
}

std::vector<Government> Checker::governments_since_settled() const {
  std::vector<Government> since;
  for (const Government& government : governments_) {
    if (government.promise >= settled_) since.push_back(government);
  }
  return since;
}

// ---- What clients saw -----------------------------------------------------------------------------

Checker::Append Checker::sends(std::size_t items, std::optional<Promise> condition) {
  AppendState append;
  append.items = items;
  append.condition = condition;
  append.after = newest_acknowledged_;
  appends_.push_back(append);
  return appends_.size() - 1;
}

std::string Checker::body_of(Append append, std::size_t item) {
  return std::to_string(append) + "." + std::to_string(item);
}

void Checker::acknowledged(Append number, Promise first, Promise last) {
  const AppendState& append = appends_[number];
  const std::string name = "append " + std::to_string(number);
  if (append.first != first || last != Promise{first.government, first.entry + append.items - 1}) {
    violated("durability: " + name + " is acknowledged at " + to_string(first) + " to " + to_string(last) +
             " and stands at " + to_string(append.first));
  }
  const Decided& decided = decided_[index_after(last) - 1];
  const Entry& entry = *decided.entry;
  // Those who decide an entry are the parliament of the last government before it.
  const Government& government = governments_[decided.government - 1];
  const std::size_t holders = members(government, [&](const DiskState& disk) { return holds(disk, entry); });
  if (holders < government.quorum()) {
    violated("durability: " + name + " is acknowledged at " + to_string(first) + " and is on " +
             std::to_string(holders) + " disks of " + std::to_string(government.seats));
  }
  newest_acknowledged_ = std::max(newest_acknowledged_, last);
  ++acknowledgements_;
}

void Checker::refused(Append number) {
  AppendState& append = appends_[number];
  append.refused = true;
  if (!append.first.is_zero()) {
    violated("outcome: append " + std::to_string(number) + " is said not to have happened, and stands at " +
             to_string(append.first));
  }
}

void Checker::not_matched(Append number, Promise must_see, Promise newest) const {
  const std::size_t at = index_after(newest);
  const bool stands = newest.is_zero() || (at > 0 && decided_[at - 1].entry->last() == newest &&
                                           decided_[at - 1].entry->kind() == Kind::client);
  if (!stands || newest < must_see || newest == appends_[number].condition) {
    violated("condition: append " + std::to_string(number) + " is told that " + to_string(newest) +
             " is the newest, after " + to_string(must_see) + " was acknowledged");
  }
}

void Checker::reads(const std::string& who, Promise must_see, Promise point, Promise committed) const {
  if (point < must_see || committed < point) {
    violated("linearizable reads: " + who + " reads at " + to_string(point) + ", with " + to_string(committed) +
             " committed, what was acknowledged at " + to_string(must_see) + " before it asked");
  }
}

void Checker::sees(const std::string& who, std::size_t& next, const EntryPtr& entry) const {
  if (next < decided_.size() && decided_[next].entry->last() < entry->first()) {
    next = index_after(entry->previous().promise);  // what lay between was trimmed
  }
  if (next == decided_.size() || decided_[next].entry->chain() != entry->chain()) {
    violated("agreement: a client at " + who + " sees " + to_string(entry->position()) +
             ", which is not what was decided there");
  }
  ++next;
}

}  // namespace hansard::testing
