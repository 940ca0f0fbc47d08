#include "tests/scenarios/script.hpp"

#include "tests/government/values.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <sstream>

namespace hansard::scenarios {

namespace {

using Words = std::vector<std::string>;

[[noreturn]] void mistake(const std::string& what) { throw Mistake(what); }

std::uint64_t number_of(const std::string& word) {
  if (word.empty() || word.find_first_not_of("0123456789") != std::string::npos) mistake("a number, not " + word);
  return std::stoull(word);
}

Position position_of(const std::string& word) {
  const auto at = word.find('@');
  const auto promise = parse_promise(word.substr(0, at));
  if (!promise) mistake("a promise, not " + word);
  return {*promise, at == std::string::npos ? 0 : number_of(word.substr(at + 1))};
}

// "2s", "300ms"
Tick duration_of(const std::string& word) {
  if (word.ends_with("ms")) return number_of(word.substr(0, word.size() - 2)) * 1'000;
  if (word.ends_with("s")) return number_of(word.substr(0, word.size() - 1)) * 1'000'000;
  mistake("a duration, as 2s or 300ms, not " + word);
}

std::string joined(Words::const_iterator from, Words::const_iterator to) {
  std::string text;
  for (; from != to; ++from) text += (text.empty() ? "" : " ") + *from;
  return text;
}

// One telling of a script.
class Telling {
 public:
  explicit Telling(const std::set<std::string>& planted) : stage_(planted) {}

  void step(const std::string& line) {
    words_ = tests::words(line);
    if (expects()) return;
    if (sets_up() || moves() || lives()) return;
    mistake("what is \"" + line + "\"?");
  }
  Stage& stage() { return stage_; }

 private:
  // The words so far are these; then `rest_` is what follows.
  bool says(const std::string& pattern) {
    const Words wanted = tests::words(pattern);
    if (words_.size() < wanted.size()) return false;
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      if (wanted[i] == "*") continue;
      if (words_[i] != wanted[i]) return false;
    }
    rest_.assign(words_.begin() + static_cast<std::ptrdiff_t>(wanted.size()), words_.end());
    return true;
  }
  // The same, and nothing follows.
  bool is(const std::string& pattern) { return says(pattern) && rest_.empty(); }

  [[nodiscard]] const std::string& who(std::size_t word) const {
    if (word >= words_.size() || !stage_.knows(words_[word])) {
      mistake("nobody is named " + (word < words_.size() ? words_[word] : "nothing"));
    }
    return words_[word];
  }

  struct Message {
    std::string kind;
    std::string from;
    Words to;
    std::string with;
  };
  // "register a -> x y with entries 5/1@5", from word `begin`.
  [[nodiscard]] Message message(std::size_t begin) const {
    const auto from = words_.begin() + static_cast<std::ptrdiff_t>(begin);
    const auto arrow = std::find(from, words_.end(), "->");
    if (arrow == words_.end() || arrow - from < 2) mistake("<message> <from> -> <to>");
    const auto with = std::find(arrow, words_.end(), "with");
    Message result;
    result.kind = joined(from, arrow - 1);
    result.from = *(arrow - 1);
    result.to.assign(arrow + 1, with);
    if (with != words_.end()) result.with = joined(with + 1, words_.end());
    if (!stage_.knows(result.from)) mistake("nobody is named " + result.from);
    for (const std::string& id : result.to) {
      if (!stage_.knows(id)) mistake("nobody is named " + id);
    }
    if (result.to.empty()) mistake("to whom?");
    if (!kinds().contains(result.kind)) mistake("there is no message " + result.kind);
    return result;
  }
  static const std::set<std::string>& kinds();

  bool sets_up();
  bool moves();
  bool lives();
  void append();
  static void set(LogSettings& settings, const std::string& name, const std::string& value);
  bool expects();
  void expect_outcome(const std::string& label, std::size_t begin);
  bool expect_of(const std::string& id);
  void expect_event();

  static void unmet(const std::string& instead) { throw Unmet("it is " + instead); }
  static void unless(bool met, const std::string& instead) {
    if (!met) unmet(instead);
  }

  Stage stage_;
  Words words_;
  Words rest_;
};

const std::set<std::string>& Telling::kinds() {
  static const std::set<std::string> names = [] {
    std::set<std::string> result;
    const auto add_request = [&](const Request& request) { result.insert(name_of(request)); };
    const auto add_answer = [&](const Answer& answer) { result.insert(name_of(answer)); };
    add_request(Found{}), add_request(Embark{}), add_request(Canvass{}), add_request(Prepare{}), add_request(Fetch{});
    add_request(Register{}), add_request(Ping{}), add_request(Synchronize{}), add_request(Forward{});
    add_request(ReadPoint{}), add_request(Nominate{}), add_request(FetchState{}), add_request(FetchBack{});
    add_request(Operate{});
    add_answer(FoundAnswer{}), add_answer(EmbarkAnswer{}), add_answer(CanvassAnswer{}), add_answer(Promised{});
    add_answer(Fetched{}), add_answer(Received{}), add_answer(Rejected{}), add_answer(Pong{});
    add_answer(Synchronized{}), add_answer(Forwarded{}), add_answer(ReadPointAnswer{}), add_answer(Nominated{});
    add_answer(FetchedState{}), add_answer(OperateAnswer{});
    return result;
  }();
  return names;
}

bool Telling::sets_up() {
  // island of 5 at 4/0@4: a b c | x y | +d
  if (says("island of * at *")) {
    std::string at = words_[4];
    if (!at.ends_with(":")) mistake("island of 3 at 1/0@1: a b | c");
    at.pop_back();
    std::vector<std::string> lists(3);
    std::size_t list = 0;
    for (const std::string& word : rest_) {
      if (word != "|") {
        lists[list] += word + " ";
      } else if (++list == lists.size()) {
        mistake("majority | minority | constituents");
      }
    }
    Government founded =
        tests::government(static_cast<std::uint32_t>(number_of(words_[2])), lists[0], lists[1], lists[2]);
    founded.promise = {};
    if (const char* fault = founded.fault()) mistake(std::string("no such island: ") + fault);
    stage_.island(std::move(founded), position_of(at));
    return true;
  }
  if (says("* founds with")) {
    stage_.founds(words_[0], joined(rest_.begin(), rest_.end()));
    return true;
  }
  if (says("* joins through *") && rest_.empty()) {
    stage_.joins(words_[0], who(3));
    return true;
  }
  if (is("pulses carry one entry")) {
    stage_.split_pulses();
    return true;
  }
  if (is("disks forget what is committed")) {
    stage_.forget_committed();
    return true;
  }
  if (is("disks write at once")) {
    stage_.disks(Stage::DiskMode::quick);
    return true;
  }
  return false;
}

bool Telling::moves() {
  const std::string& verb = words_[0];
  const bool sends = verb == "deliver" || verb == "lose" || verb == "fail" || verb == "double" || verb == "exchange";
  if (sends) {
    const Message m = message(1);
    for (const std::string& to : m.to) {
      if (verb == "deliver") stage_.deliver(m.kind, m.from, to, m.with);
      if (verb == "lose") stage_.lose(m.kind, m.from, to, m.with);
      if (verb == "fail") stage_.fail(m.kind, m.from, to, m.with);
      if (verb == "double") stage_.copy(m.kind, m.from, to, m.with);
      if (verb == "exchange") stage_.exchange(m.kind, m.from, to, m.with);
    }
    return true;
  }
  if (is("disk of * finishes")) {
    stage_.finish(who(2));
  } else if (is("disk of * stalls")) {
    stage_.disk(who(2), Stage::DiskMode::stalled);
  } else if (is("disk of * waits")) {
    stage_.disk(who(2), Stage::DiskMode::held);
  } else if (is("disk of * writes at once")) {
    stage_.disk(who(2), Stage::DiskMode::quick);
  } else if (says("time passes *")) {
    std::set<std::string> among = stage_.everybody();
    if (says("time passes * at")) among = {rest_.begin(), rest_.end()};
    for (const std::string& id : among) static_cast<void>(stage_.at(id));
    stage_.pass(duration_of(words_[2]), among);
  } else if (says("everything flows")) {
    std::set<std::string> among = stage_.everybody();
    Tick duration = 0;
    const auto until = std::find(rest_.begin(), rest_.end(), "for");
    if (until != rest_.end()) {
      if (until + 2 != rest_.end()) mistake("everything flows among a b for 2s");
      duration = duration_of(*(until + 1));
    }
    if (until != rest_.begin()) {
      if (rest_.front() != "among") mistake("everything flows among a b for 2s");
      among = {rest_.begin() + 1, until};
      for (const std::string& id : among) {
        if (!stage_.knows(id)) mistake("nobody is named " + id);
      }
    }
    stage_.flow(among, duration);
  } else {
    return false;
  }
  return true;
}

bool Telling::lives() {
  if (is("crash *")) {
    stage_.crash(who(1));
  } else if (is("restart *")) {
    stage_.restart(who(1));
  } else if (is("wipe *")) {
    stage_.wipe(who(1));
  } else if (is("* runs")) {
    stage_.run(who(0), std::nullopt);
  } else if (is("* runs under *")) {
    stage_.run(who(0), number_of(words_[3]));
  } else if (says("* appends *")) {
    append();
  } else if (is("* gives up *")) {
    stage_.give_up(who(0), words_[3]);
  } else if (is("* reads *")) {
    stage_.read(who(0), words_[2]);
  } else if (is("* exiles *")) {
    stage_.operate(who(0), {Operation::What::exile, words_[2], 0}, "exile of " + words_[2]);
  } else if (is("* trims before *")) {
    stage_.operate(who(0), {Operation::What::trim, "", 0, position_of(words_[3]).promise, {}}, "trim");
  } else if (says("* sets * *")) {
    LogSettings settings;
    if (words_.size() % 2 != 0) mistake("a sets max_entries 3 idempotency_keys 1");
    for (std::size_t i = 2; i < words_.size(); i += 2) set(settings, words_[i], words_[i + 1]);
    stage_.operate(who(0), {Operation::What::settings, "", 0, {}, change_to(settings)}, "settings");
  } else if (is("* hands office to *")) {
    stage_.operate(who(0), {Operation::What::transfer, words_[4], 0}, "transfer to " + words_[4]);
  } else if (is("* aims at * seats")) {
    stage_.operate(who(0), {Operation::What::aim, "", static_cast<std::uint32_t>(number_of(words_[3]))}, "aim");
  } else if (is("* sees * disconnected")) {
    stage_.disconnect(who(0), who(2));
  } else {
    return false;
  }
  return true;
}

bool Telling::expects() {
  if (words_[0] != "expect") return false;
  if (is("expect no leader")) {
    for (const std::string& id : stage_.everybody()) {
      if (stage_.up(id)) unless(stage_.at(id).role() != Role::leader, id);
    }
  } else if (std::find(words_.begin(), words_.end(), "->") != words_.end()) {
    const bool no = words_[1] == "no";
    const Message m = message(no ? 2 : 1);
    for (const std::string& to : m.to) {
      unless(stage_.waits(m.kind, m.from, to, m.with) != no, no ? "there" : "not there");
    }
  } else if (says("expect append *") || says("expect read *")) {
    expect_outcome(words_[2], 3);
  } else if (says("expect trim") || says("expect settings")) {
    expect_outcome(words_[1], 2);
  } else if (says("expect log of *")) {
    std::string id = words_[3];
    if (!id.ends_with(":")) mistake("expect log of x: 1/0@1 1/1@1=foo");
    id.pop_back();
    if (!stage_.knows(id)) mistake("nobody is named " + id);
    const std::string there = describe(stage_.disk_of(id));
    unless(there == joined(rest_.begin(), rest_.end()), there);
  } else if (says("expect no event *")) {
    unless(stage_.told(who(3), joined(rest_.begin(), rest_.end())) == nullptr, "told");
  } else if (says("expect chain chosen by *") || says("expect event")) {
    expect_event();
  } else if (words_.size() > 2) {
    return expect_of(who(1));
  } else {
    return false;
  }
  return true;
}

// y appends foo | y appends foo+bar under key-1 as again | y appends foo if 5/2 is newest
void Telling::append() {
  Submission submission;
  std::istringstream items{words_[2]};
  for (std::string body; std::getline(items, body, '+');) submission.items.push_back({"", body});
  std::string label = words_[2];
  for (std::size_t i = 3; i < words_.size();) {
    const bool has_one = i + 1 < words_.size();
    if (has_one && words_[i] == "under") {
      submission.key = words_[i + 1];
      i += 2;
    } else if (has_one && words_[i] == "as") {
      label = words_[i + 1];
      i += 2;
    } else if (i + 3 < words_.size() && words_[i] == "if" && words_[i + 2] == "is" && words_[i + 3] == "newest") {
      submission.if_match = position_of(words_[i + 1]).promise;
      i += 4;
    } else {
      mistake("appends foo+bar under key as label if 5/2 is newest");
    }
  }
  stage_.append(who(0), label, std::move(submission));
}

// a sets max_entries 3 idempotency_keys 1; what is not named is as a log begins with.
void Telling::set(LogSettings& settings, const std::string& name, const std::string& value) {
  const std::uint64_t number = number_of(value);
  if (name == "max_entry_bytes") {
    settings.max_entry_bytes = number;
  } else if (name == "idempotency_keys") {
    settings.idempotency_keys = number;
  } else if (name == "max_entries") {
    settings.max_entries = number;
  } else if (name == "max_bytes") {
    settings.max_bytes = number;
  } else {
    mistake("there is no setting " + name);
  }
}

// expect append foo committed 5/1 | expect read r is open | expect append foo unknown | expect trim done
void Telling::expect_outcome(const std::string& label, std::size_t begin) {
  const auto* outcome = stage_.outcome(label);
  if (outcome == nullptr) mistake("nobody asked for " + label);
  const std::string wanted = joined(words_.begin() + static_cast<std::ptrdiff_t>(begin), words_.end());
  const std::string there = outcome->text.empty() ? "open" : outcome->text;
  unless(there == wanted || "is " + there == wanted, there);
}

bool Telling::expect_of(const std::string& id) {
  if (is("expect * down")) {
    unless(!stage_.up(id), "up");
    return true;
  }
  if (is("expect * writing")) {
    unless(stage_.writing(id), "idle");
    return true;
  }
  Legislator& legislator = stage_.at(id);
  const Status status = legislator.status();
  const std::string role = to_string(status.role);
  if (is("expect * promised *")) {
    unless(status.promised == number_of(words_[3]), std::to_string(status.promised));
  } else if (is("expect * last *")) {
    unless(to_string(status.last) == words_[3], to_string(status.last));
  } else if (is("expect * committed *")) {
    const Position wanted = position_of(words_[3]);
    const auto there = stage_.committed_of(id);
    const std::string instead = there ? to_string(*there) : to_string(status.committed);
    unless(status.committed == wanted.promise, instead);
    unless(wanted.ballot == 0 || !there || there->ballot == wanted.ballot, instead);
  } else if (is("expect * leads")) {
    unless(status.role == Role::leader, role);
  } else if (is("expect * leads established")) {
    unless(status.role == Role::leader && status.leader_in_office,
           role + (status.leader_in_office ? "" : ", not established"));
  } else if (is("expect * leads unestablished")) {
    unless(status.role == Role::leader && !status.leader_in_office,
           role + (status.leader_in_office ? ", established" : ""));
  } else if (is("expect * records")) {
    unless(status.role == Role::recorder, role);
  } else if (is("expect * runs")) {
    unless(status.role == Role::candidate, role);
  } else if (is("expect * steps down")) {
    unless(stage_.stepped_down(id) && status.role != Role::leader && status.role != Role::candidate, role);
  } else if (is("expect * hears *")) {
    unless(status.leader == words_[3] || (status.leader.empty() && words_[3] == "nobody"),
           status.leader.empty() ? "nobody" : status.leader);
  } else if (says("expect * parliament")) {
    std::string there = std::to_string(status.government.seats) + ":";
    for (const std::string& member : status.government.parliament()) there += " " + member;
    unless(there == joined(rest_.begin(), rest_.end()), there);
  } else if (is("expect * republic of *")) {
    unless(status.republic == stage_.at(who(4)).republic() && !status.republic.is_zero(), to_string(status.republic));
  } else if (is("expect * halts")) {
    unless(stage_.halted(id).has_value(), "going on");
  } else {
    return false;
  }
  return true;
}

// expect chain chosen by c from x, last 5/0@5 | expect event a transfer, to x: the newest event of that name has these.
void Telling::expect_event() {
  std::string id;
  std::string name = "chain chosen";
  Words facts = rest_;
  if (words_[1] == "chain") {
    id = who(4);
  } else {
    id = who(2);
    const auto end =
        std::find_if(rest_.begin() + 1, rest_.end(), [](const std::string& w) { return w.ends_with(","); });
    name = joined(rest_.begin() + 1, end);
    facts.clear();
    if (end != rest_.end()) {
      name += (name.empty() ? "" : " ") + end->substr(0, end->size() - 1);
      facts.assign(end + 1, rest_.end());
    }
  }
  const Event* event = stage_.told(id, name);
  if (event == nullptr) throw Unmet(id + " told of no \"" + name + "\"");
  std::string there;
  for (const auto& [key, value] : event->facts) there += (there.empty() ? "" : ", ") + std::string(key) + " " + value;
  unless(there.find(joined(facts.begin(), facts.end())) != std::string::npos, there);
}

}  // namespace

Script parse(const std::string& name, const std::string& text) {
  Script script;
  script.name = name;
  std::istringstream in{text};
  int number = 0;
  for (std::string line; std::getline(in, line);) {
    ++number;
    line = line.substr(0, line.find('#'));
    const Words found = tests::words(line);
    if (found.empty()) continue;
    if (found[0] == "catches") {
      script.catches.insert(found.begin() + 1, found.end());
    } else {
      script.lines.push_back({number, joined(found.begin(), found.end())});
    }
  }
  if (script.lines.empty()) throw Mistake(name + ": tells nothing");
  return script;
}

Script load(const std::string& path) {
  std::ifstream in{path};
  if (!in) throw Mistake(path + ": cannot be read");
  const std::string text{std::istreambuf_iterator<char>{in}, {}};
  return parse(path, text);
}

void play(const Script& script, const std::set<std::string>& planted) {
  Telling telling{planted};
  std::string story;
  for (const Line& line : script.lines) {
    const std::string place = script.name + ":" + std::to_string(line.number) + ": " + line.text;
    try {
      telling.step(line.text);
    } catch (const Mistake& error) {
      throw Mistake(place + "\n  a mistake in the script: " + error.what());
    } catch (const Unmet& error) {
      for (const std::string& news : telling.stage().news) story += "        " + news + "\n";
      throw Unmet(place + "\n  " + error.what() + "\n  the story so far:\n" + story + "    " +
                  std::to_string(line.number) + ": " + line.text + "\n  what waits:\n" + telling.stage().waiting() +
                  "  the islanders:\n" + telling.stage().everyone());
    }
    story += "    " + std::to_string(line.number) + ": " + line.text + "\n";
    for (const std::string& news : telling.stage().news) story += "        " + news + "\n";
    telling.stage().news.clear();
  }
}

}  // namespace hansard::scenarios
