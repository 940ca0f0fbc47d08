// government/trace.cpp - the writing of traces; see trace.hpp.
#include "government/trace.hpp"

#include "government/trace_tag.hpp"

#include <array>
#include <type_traits>
#include <utility>

namespace hansard {

namespace {

constexpr std::size_t length_bytes = 4;  // before a message

// ---- Parts ---------------------------------------------------------------------------------------------------------

void put(Encoder& writer, const Islander& who) {
  writer.text(who.id);
  writer.id128(who.cookie);
}

void put(Encoder& writer, const Committed& committed) {
  writer.position(committed.position);
  writer.number(committed.counted);
}

// A message is written in place; its length, four bytes, is known afterwards.
template <class Fill>
void put_sized(std::string& out, Fill fill) {
  const std::size_t at = out.size();
  out.append(length_bytes, '\0');
  fill();
  const std::size_t size = out.size() - at - length_bytes;
  for (std::size_t i = 0; i < length_bytes; ++i) out[at + i] = static_cast<char>(size >> (8 * (length_bytes - 1 - i)));
}

void put(Encoder& writer, const Appended& appended) {
  writer.number(appended.token);
  writer.byte(static_cast<std::uint8_t>(appended.outcome));
  writer.promise(appended.first);
  writer.promise(appended.last);
  writer.text(appended.why);
  writer.boolean(appended.replayed);
  writer.byte(static_cast<std::uint8_t>(appended.objection));
}

void put(Encoder& writer, const std::vector<EntryPtr>& entries) {
  for (const EntryPtr& entry : entries) writer.raw(entry->trailer());
}

void put(Encoder& writer, const Write& write) {
  writer.number(write.id);
  writer.boolean(write.promised.has_value());
  if (write.promised) writer.number(*write.promised);
  writer.boolean(write.restart_after.has_value());
  if (write.restart_after) writer.promise(*write.restart_after);
  writer.boolean(write.drop_after.has_value());
  if (write.drop_after) writer.promise(*write.drop_after);
  for (const auto* entries : {&write.older, &write.entries}) {
    writer.number(entries->size());
    put(writer, *entries);
  }
  writer.boolean(write.committed.has_value());
  if (write.committed) put(writer, *write.committed);
  writer.boolean(write.trim_before.has_value());
  if (write.trim_before) writer.promise(*write.trim_before);
  writer.number(write.notes.size());
  for (const auto& [name, value] : write.notes) {
    writer.text(name);
    writer.text(value);
  }
}

void put(Encoder& writer, const Event& event) {
  writer.text(event.name);
  writer.boolean(event.important);
  writer.number(event.facts.size());
  for (const auto& [name, value] : event.facts) {
    writer.text(name);
    writer.text(value);
  }
}

TraceClock clock_of(const Moment& moment) {
  return {moment.now, static_cast<std::uint64_t>(moment.wall_us) - moment.now};
}

std::int64_t difference(std::uint64_t later, std::uint64_t earlier) {
  return static_cast<std::int64_t>(later - earlier);
}

}  // namespace

const char* to_string(Output kind) {
  static constexpr std::array<const char*, output_kinds> names{"answer to an append",
                                                               "answer to a give-up",
                                                               "pulse",
                                                               "response",
                                                               "write",
                                                               "want",
                                                               "committed entries",
                                                               "ended appends",
                                                               "read points",
                                                               "operations",
                                                               "events",
                                                               "halt",
                                                               "time of event",
                                                               "resigned"};
  return names.at(static_cast<std::size_t>(kind));
}

// ---- Inputs --------------------------------------------------------------------------------------------------------

void TraceEncoder::begin(std::uint8_t tag) {
  check();
  ++inputs_;
  out_.push_back(static_cast<char>(tag));
}

void TraceEncoder::begin(std::uint8_t tag, Moment moment) {
  begin(tag);
  const TraceClock clock = clock_of(moment);
  Encoder writer{out_};
  writer.signed_number(difference(clock.now, clock_.now));
  writer.signed_number(difference(clock.wall_ahead, clock_.wall_ahead));
  clock_ = clock;
}

void TraceEncoder::start(Moment moment) { begin(trace_tag::start, moment); }

void TraceEncoder::bootstrap(Moment moment, const std::vector<Listed>& list) {
  begin(trace_tag::bootstrap, moment);
  Encoder writer{out_};
  writer.number(list.size());
  for (const Listed& listed : list) {
    writer.text(listed.id);
    writer.text(listed.url);
  }
}

void TraceEncoder::join(Moment moment, const std::vector<std::string>& urls) {
  begin(trace_tag::join, moment);
  Encoder writer{out_};
  writer.number(urls.size());
  for (const std::string& url : urls) writer.text(url);
}

void TraceEncoder::enqueue(Moment moment, const Submission& submission, std::uint64_t token) {
  begin(trace_tag::enqueue, moment);
  Encoder{out_}.number(token);
  put_sized(out_, [&] { encode(submission, out_); });
}

void TraceEncoder::give_up(Moment moment, std::uint64_t token) {
  begin(trace_tag::give_up, moment);
  Encoder{out_}.number(token);
}

void TraceEncoder::read(Moment moment, std::uint64_t token) {
  begin(trace_tag::read, moment);
  Encoder{out_}.number(token);
}

void TraceEncoder::give_up_read(std::uint64_t token) {
  begin(trace_tag::give_up_read);
  Encoder{out_}.number(token);
}

void TraceEncoder::operate(Moment moment, const Operation& operation, std::uint64_t token) {
  begin(trace_tag::operate, moment);
  Encoder{out_}.number(token);
  put_sized(out_, [&] { encode(operation, out_); });
}

void TraceEncoder::give_up_operation(std::uint64_t token) {
  begin(trace_tag::give_up_operation);
  Encoder{out_}.number(token);
}

void TraceEncoder::request(Moment moment, RequestId id, const Islander& from, const Republic& republic,
                           const Request& request) {
  begin(trace_tag::request, moment);
  Encoder writer{out_};
  writer.number(id);
  put(writer, from);
  put_sized(out_, [&] { encode(republic, request, out_); });
}

void TraceEncoder::sent(Moment moment, PulseId id, const std::optional<Reply>& reply) {
  begin(trace_tag::sent, moment);
  Encoder writer{out_};
  writer.number(id);
  writer.boolean(reply.has_value());
  if (!reply) return;
  put(writer, reply->from);
  put_sized(out_, [&] { encode(reply->republic, reply->answer, out_); });
}

void TraceEncoder::disconnected(Moment moment, const Islander& who) {
  begin(trace_tag::disconnected, moment);
  Encoder writer{out_};
  put(writer, who);
}

void TraceEncoder::persisted(Moment moment, std::uint64_t write_id) {
  begin(trace_tag::persisted, moment);
  Encoder{out_}.number(write_id);
}

void TraceEncoder::supplied(Moment moment, std::uint64_t want_id, const std::vector<EntryPtr>& entries) {
  begin(trace_tag::supplied, moment);
  Encoder writer{out_};
  writer.number(want_id);
  writer.number(entries.size());
  for (const EntryPtr& entry : entries) writer.text(entry->bytes());
}

void TraceEncoder::event(Moment moment) { begin(trace_tag::timer, moment); }
void TraceEncoder::resign(Moment moment) { begin(trace_tag::resign, moment); }

void TraceEncoder::room(Moment moment, bool has_room) {
  begin(trace_tag::room, moment);
  Encoder{out_}.byte(has_room ? 1 : 0);
}

// ---- Outputs -------------------------------------------------------------------------------------------------------

void TraceEncoder::none(Output kind) {
  out_.push_back(static_cast<char>(trace_tag::none + static_cast<std::uint8_t>(kind)));
}

template <class Fill>
void TraceEncoder::some(Output kind, Fill fill) {
  scratch_.clear();
  Encoder writer{scratch_};
  writer.id128(hash_);
  writer.byte(static_cast<std::uint8_t>(kind));
  const std::size_t before = scratch_.size();
  fill(writer);
  hash_ = hash128(scratch_);
  is_due_ = true;
  encode(OutputRecord{kind, true, scratch_.size() - before, static_cast<std::uint32_t>(hash_.low)}, out_);
}

void TraceEncoder::check() {
  if (!std::exchange(is_due_, false)) return;
  encode(CheckRecord{hash_}, out_);
}

void TraceEncoder::enqueued(bool taken) {
  some(Output::enqueued, [&](Encoder& writer) { writer.boolean(taken); });
}

void TraceEncoder::gave_up(const Appended& known) {
  some(Output::gave_up, [&](Encoder& writer) { put(writer, known); });
}

void TraceEncoder::outbox(const std::optional<Pulse>& pulse) {
  if (!pulse) return none(Output::pulse);
  some(Output::pulse, [&](Encoder& writer) {
    writer.number(pulse->id);
    put(writer, pulse->to);
    writer.text(pulse->url);
    writer.boolean(pulse->urgent);
    digest(pulse->republic, pulse->request, scratch_);
  });
}

void TraceEncoder::response(const std::optional<Response>& response) {
  if (!response) return none(Output::response);
  some(Output::response, [&](Encoder& writer) {
    writer.number(response->request);
    digest(response->republic, response->answer, scratch_);
  });
}

void TraceEncoder::journal(const Write* write) {
  if (write == nullptr) return none(Output::write);
  some(Output::write, [&](Encoder& writer) { put(writer, *write); });
}

void TraceEncoder::wanted(const std::optional<Want>& want) {
  if (!want) return none(Output::want);
  some(Output::want, [&](Encoder& writer) {
    writer.number(want->id);
    writer.promise(want->after);
    writer.promise(want->upto);
    writer.number(want->bytes_max);
    writer.boolean(want->newest);
  });
}

void TraceEncoder::committed(const std::vector<EntryPtr>& entries) {
  if (entries.empty()) return none(Output::committed);
  some(Output::committed, [&](Encoder& writer) { put(writer, entries); });
}

void TraceEncoder::appended(const std::vector<Appended>& ended) {
  if (ended.empty()) return none(Output::appended);
  some(Output::appended, [&](Encoder& writer) {
    for (const Appended& one : ended) put(writer, one);
  });
}

void TraceEncoder::reads(const std::vector<ReadReady>& ready) {
  if (ready.empty()) return none(Output::reads);
  some(Output::reads, [&](Encoder& writer) {
    for (const ReadReady& one : ready) {
      writer.number(one.token);
      writer.boolean(one.confirmed);
      writer.promise(one.point);
    }
  });
}

void TraceEncoder::operated(const std::vector<Operated>& ended) {
  if (ended.empty()) return none(Output::operated);
  some(Output::operated, [&](Encoder& writer) {
    for (const Operated& one : ended) {
      writer.number(one.token);
      writer.boolean(one.done);
      writer.boolean(one.doubtful);
      writer.text(one.why);
    }
  });
}

void TraceEncoder::events(const std::vector<Event>& events) {
  if (events.empty()) return none(Output::events);
  some(Output::events, [&](Encoder& writer) {
    for (const Event& event : events) put(writer, event);
  });
}

void TraceEncoder::halt(const std::optional<Error>& error) {
  if (!error) return none(Output::halt);
  some(Output::halt, [&](Encoder& writer) {
    writer.byte(static_cast<std::uint8_t>(error->code));
    writer.text(error->what);
  });
}

void TraceEncoder::next_event(const std::optional<Tick>& at) {
  if (!at) return none(Output::next_event);
  some(Output::next_event, [&](Encoder& writer) { writer.number(*at); });
}

void TraceEncoder::resigned(bool is_resigned) {
  if (!is_resigned) return none(Output::resigned);
  some(Output::resigned, [](Encoder&) {});
}

void encode(const OutputRecord& record, std::string& out) {
  Encoder writer{out};
  const auto kind = static_cast<std::uint8_t>(record.kind);
  if (!record.present) return writer.byte(trace_tag::none + kind);
  writer.byte(trace_tag::some + kind);
  writer.number(record.size);
  writer.fixed32(record.hash);
}

void encode(const CheckRecord& record, std::string& out) {
  Encoder writer{out};
  writer.byte(trace_tag::check);
  writer.id128(record.hash);
}

}  // namespace hansard
