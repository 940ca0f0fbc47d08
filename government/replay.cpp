// government/replay.cpp - see replay.hpp. The Legislator that is run again is recorded too: the two recordings are
// compared, record by record.
#include "government/replay.hpp"

#include "government/chamber.hpp"

#include <utility>

namespace hansard {

namespace {

template <class... F>
struct Overloaded : F... {
  using F::operator()...;
};
template <class... F>
Overloaded(F...) -> Overloaded<F...>;

void enter(Legislator& core, Input&& input) {
  const Moment at = input.moment;
  std::visit(Overloaded{
                 [&](input::Start&&) { core.start(at); },
                 [&](input::Bootstrap&& i) { core.bootstrap(at, std::move(i.list)); },
                 [&](input::Join&& i) { core.join(at, std::move(i.urls)); },
                 [&](input::Enqueue&& i) { static_cast<void>(core.enqueue(at, std::move(i.submission), i.token)); },
                 [&](input::GiveUp&& i) { static_cast<void>(core.give_up(at, i.token)); },
                 [&](input::Read&& i) { core.read(at, i.token); },
                 [&](input::GiveUpRead&& i) { core.give_up_read(i.token); },
                 [&](input::Operate&& i) { core.operate(at, std::move(i.operation), i.token); },
                 [&](input::GiveUpOperation&& i) { core.give_up_operation(i.token); },
                 [&](input::Requested&& i) { core.request(at, i.id, i.from, i.republic, std::move(i.request)); },
                 [&](input::Sent&& i) { core.sent(at, i.id, std::move(i.reply)); },
                 [&](input::Disconnected&& i) { core.disconnected(at, i.who); },
                 [&](input::Persisted&& i) { core.persisted(at, i.write); },
                 [&](input::Supplied&& i) { core.supplied(at, i.want, std::move(i.entries)); },
                 [&](input::Timer&&) { core.event(at); },
                 [&](input::Resign&&) { core.resign(at); },
                 [&](input::Room&& i) { core.room(at, i.has_room); },
             },
             std::move(input.what));
}

std::string numbered(std::size_t count, const char* what) { return std::to_string(count) + " " + what; }

std::string text_of(const Pulse& pulse) {
  return "pulse " + std::to_string(pulse.id) + " to " + (pulse.to.id.empty() ? pulse.url : pulse.to.id) + ": " +
         name_of(pulse.request);
}

std::string text_of(const Response& response) {
  return "answer to request " + std::to_string(response.request) + ": " + name_of(response.answer);
}

std::string text_of(const Write& write) {
  return "write " + std::to_string(write.id) + " of " + numbered(write.entries.size(), "entries");
}

std::string text_of(const Want& want) {
  return "want " + std::to_string(want.id) + " of entries after " + to_string(want.after);
}

std::string text_of(const std::vector<EntryPtr>& entries) {
  return numbered(entries.size(), "committed entries, the last ") + to_string(entries.back()->position());
}

std::string text_of(const std::vector<Appended>& ended) {
  return numbered(ended.size(), "ended appends, the first of token ") + std::to_string(ended.front().token);
}

std::string text_of(const std::vector<ReadReady>& ready) {
  return numbered(ready.size(), "read points, the first of token ") + std::to_string(ready.front().token);
}

std::string text_of(const std::vector<Operated>& ended) {
  return numbered(ended.size(), "ended operations, the first of token ") + std::to_string(ended.front().token);
}

std::string text_of(const std::vector<Event>& events) {
  return numbered(events.size(), "events, the first ") + events.front().name;
}

std::string text_of(const Error& error) { return "halt: " + error.what; }

}  // namespace

Replay::Replay(std::unique_ptr<Legislator> core, TraceClock clock, Id128 hash, std::uint64_t first_input,
               Witness* witness)
    : core_(std::move(core)),
      witness_(witness),
      decoder_(clock),
      encoder_(actual_, clock, hash),
      first_input_(first_input) {
  core_->tap(&encoder_);
}

Replay::~Replay() = default;

Result<bool> Replay::run(std::string_view records) {
  Result<bool> result = run_all(records);
  if (!last_bytes_.empty()) last_input_ = last_input();
  last_bytes_ = {};
  return result;
}

Result<bool> Replay::run_all(std::string_view records) {
  if (difference_) return false;
  while (!records.empty()) {
    const std::string_view before = records;
    Result<TraceRecord> record = decoder_.next(records);
    if (!record) return record.error();
    actual_.clear();
    if (auto* input = std::get_if<Input>(&*record)) {
      Result<bool> brought = bring(std::move(*input), before.substr(0, before.size() - records.size()));
      if (!brought) return brought;
    } else if (const auto* output = std::get_if<OutputRecord>(&*record)) {
      if (!pull(*output)) return false;
    } else if (!check(std::get<CheckRecord>(*record))) {
      return false;
    }
  }
  return true;
}

// Bytes are not to be trusted: what a host never does, and the core asserts, is no input.
bool Replay::is_possible(const input::Any& input) const {
  const Chamber& c = core_->chamber();
  if (std::holds_alternative<input::Start>(input)) return !c.started;
  if (const auto* persisted = std::get_if<input::Persisted>(&input)) {
    return persisted->write != 0 && persisted->write == c.journal.under_way();
  }
  return c.started;
}

Result<bool> Replay::bring(Input&& input, std::string_view bytes) {
  last_bytes_ = bytes;
  pulls_ = 0;
  ++inputs_;
  if (!is_possible(input.what)) {
    return Error{Errc::corrupt, "trace: input " + std::to_string(first_input_ + inputs_ - 1) + " (" +
                                    describe(input.what) + ") cannot be: no host does that here"};
  }
  if (witness_ != nullptr) witness_->input(first_input_ + inputs_ - 1, input);
  enter(*core_, std::move(input));
  if (!std::string_view(actual_).starts_with(bytes)) {
    return Error{Errc::corrupt, "trace: input " + std::to_string(first_input_ + inputs_ - 1) + " (" + last_input() +
                                    ") is not preceded by the check of the outputs before it"};
  }
  returned_.assign(actual_, bytes.size());
  return true;
}

bool Replay::check(const CheckRecord& expected) {
  encoder_.check();
  expected_.clear();
  encode(expected, expected_);
  if (actual_ == expected_) return true;
  difference_ = {first_input_ + inputs_ - 1, last_input(), pulls_, "outputs of hash " + to_string(expected.hash),
                 "outputs of hash " + to_string(encoder_.hash())};
  return false;
}

template <class Describe>
bool Replay::same(const OutputRecord& expected, Describe describe) {
  expected_.clear();
  encode(expected, expected_);
  ++pulls_;
  if (actual_ == expected_) {
    outputs_ += expected.present ? 1U : 0U;
    return true;
  }
  const std::string kind = to_string(expected.kind);
  std::string got = describe();
  std::string_view bytes = actual_;
  if (!bytes.empty()) {
    const Result<TraceRecord> record = TraceDecoder{}.next(bytes);
    const auto* output = record ? std::get_if<OutputRecord>(&*record) : nullptr;
    if (output != nullptr && output->present) got += " (" + numbered(output->size, "bytes") + ")";
  }
  difference_ = {first_input_ + inputs_ - 1, last_input(), pulls_,
                 expected.present ? kind + " of " + numbered(expected.size, "bytes") : "no " + kind, got};
  return false;
}

bool Replay::pull(const OutputRecord& expected) {
  const std::string none = std::string("no ") + to_string(expected.kind);
  // One that is an optional.
  const auto one = [&](const auto& output, auto see) {
    if (!same(expected, [&] { return output ? text_of(*output) : none; })) return false;
    if (output && witness_ != nullptr) see(*output);
    return true;
  };
  // Those that are taken together.
  const auto all = [&](const auto& outputs, auto see) {
    if (!same(expected, [&] { return outputs.empty() ? none : text_of(outputs); })) return false;
    if (!outputs.empty() && witness_ != nullptr) see(outputs);
    return true;
  };
  const auto unseen = [](const auto& /*output*/) {};
  switch (expected.kind) {
    case Output::enqueued:
    case Output::gave_up:
      actual_ = std::exchange(returned_, {});
      return same(expected, [&] { return std::string("another ") + to_string(expected.kind); });
    case Output::pulse:
      return one(core_->outbox(), [&](const Pulse& pulse) { witness_->pulse(pulse); });
    case Output::response:
      return one(core_->response(), unseen);
    case Output::write: {
      const Write* write = core_->journal();
      if (!same(expected, [&] { return write == nullptr ? none : text_of(*write); })) return false;
      if (write != nullptr && witness_ != nullptr) witness_->write(*write);
      return true;
    }
    case Output::want:
      return one(core_->wanted(), [&](const Want& want) { witness_->want(want); });
    case Output::committed:
      return all(core_->take_committed(), [&](const std::vector<EntryPtr>& entries) { witness_->committed(entries); });
    case Output::appended:
      return all(core_->take_appended(), [&](const std::vector<Appended>& ended) { witness_->appended(ended); });
    case Output::reads:
      return all(core_->take_reads(), unseen);
    case Output::operated:
      return all(core_->take_operated(), unseen);
    case Output::events:
      return all(core_->take_events(), [&](const std::vector<Event>& events) { witness_->events(events); });
    case Output::halt:
      return one(core_->take_halt(), [&](const Error& error) { witness_->halt(error); });
    case Output::next_event: {
      const std::optional<Tick> at = core_->next_event();
      return same(expected, [&] { return at ? "next event at " + std::to_string(*at) : none; });
    }
    case Output::resigned: {
      const bool resigned = core_->resigned();
      return same(expected, [&] { return std::string(resigned ? "resigned" : "not resigned"); });
    }
  }
  return false;
}

std::string Replay::last_input() const {
  if (last_bytes_.empty()) return last_input_;
  std::string_view bytes = last_bytes_;
  const Result<TraceRecord> record = TraceDecoder{}.next(bytes);
  return record ? describe(std::get<Input>(*record).what) : std::string("unreadable");
}

}  // namespace hansard
