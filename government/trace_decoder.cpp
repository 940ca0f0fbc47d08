// government/trace_decoder.cpp - the reading of traces; see trace.hpp.
#include "government/trace.hpp"
#include "government/trace_tag.hpp"
#include "log/assert.hpp"

#include <optional>
#include <utility>

namespace hansard {

namespace {

Islander take_islander(Decoder& reader) {
  Islander who;
  who.id = reader.text(EntryLimits::name_bytes_max);
  who.cookie = reader.id128();
  return who;
}

std::string_view take_sized(Decoder& reader) {
  const std::uint32_t size = reader.fixed32();
  if (size > TraceLimits::message_bytes_max) reader.fail();
  return reader.raw(size);
}

Moment moment_of(const TraceClock& clock) {
  return {clock.now, static_cast<std::int64_t>(clock.now + clock.wall_ahead)};
}

Error corrupt(std::string_view what) { return {Errc::corrupt, "trace: " + std::string(what)}; }

// The fields of an input; a value-initialised one where the bytes are bad, and then reader.failed() or `error` says so.
class InputReader {
 public:
  explicit InputReader(Decoder& reader) : reader_(reader) {}

  std::optional<Error> error;

  [[nodiscard]] std::optional<input::Any> read(std::uint8_t tag) {
    switch (tag) {
      case trace_tag::start:
        return input::Start{};
      case trace_tag::bootstrap:
        return bootstrap();
      case trace_tag::join:
        return join();
      case trace_tag::enqueue:
        return enqueue();
      case trace_tag::give_up:
        return input::GiveUp{reader_.number()};
      case trace_tag::read:
        return input::Read{reader_.number()};
      case trace_tag::give_up_read:
        return input::GiveUpRead{reader_.number()};
      case trace_tag::operate:
        return operate();
      case trace_tag::give_up_operation:
        return input::GiveUpOperation{reader_.number()};
      case trace_tag::request:
        return requested();
      case trace_tag::sent:
        return sent();
      case trace_tag::disconnected:
        return input::Disconnected{take_islander(reader_)};
      case trace_tag::persisted:
        return input::Persisted{reader_.number()};
      case trace_tag::supplied:
        return supplied();
      case trace_tag::timer:
        return input::Timer{};
      case trace_tag::resign:
        return input::Resign{};
      case trace_tag::room:
        return room();
      default:
        return std::nullopt;
    }
  }

 private:
  std::optional<input::Any> room() {
    const std::uint8_t byte = reader_.byte();
    if (byte > 1) return std::nullopt;
    return input::Room{byte == 1};
  }

  input::Any bootstrap() {
    input::Bootstrap result;
    const std::uint64_t count = reader_.number_at_most(TraceLimits::list_max);
    for (std::uint64_t i = 0; i < count && !reader_.failed(); ++i) {
      Listed& listed = result.list.emplace_back();
      listed.id = reader_.text(TraceLimits::text_bytes_max);
      listed.url = reader_.text(TraceLimits::text_bytes_max);
    }
    return result;
  }

  input::Any join() {
    input::Join result;
    const std::uint64_t count = reader_.number_at_most(TraceLimits::list_max);
    for (std::uint64_t i = 0; i < count && !reader_.failed(); ++i) {
      result.urls.emplace_back(reader_.text(TraceLimits::text_bytes_max));
    }
    return result;
  }

  input::Any enqueue() {
    input::Enqueue result;
    result.token = reader_.number();
    take(decode_submission(take_sized(reader_)), [&](Submission&& value) { result.submission = std::move(value); });
    return result;
  }

  input::Any operate() {
    input::Operate result;
    result.token = reader_.number();
    take(decode_operation(take_sized(reader_)), [&](Operation&& value) { result.operation = std::move(value); });
    return result;
  }

  input::Any requested() {
    input::Requested result;
    result.id = reader_.number();
    result.from = take_islander(reader_);
    take(decode_request(take_sized(reader_)), [&](Addressed<Request>&& value) {
      result.republic = value.republic;
      result.request = std::move(value.message);
    });
    return result;
  }

  input::Any sent() {
    input::Sent result;
    result.id = reader_.number();
    if (!reader_.boolean()) return result;
    Reply reply;
    reply.from = take_islander(reader_);
    take(decode_answer(take_sized(reader_)), [&](Addressed<Answer>&& value) {
      reply.republic = value.republic;
      reply.answer = std::move(value.message);
    });
    result.reply = std::move(reply);
    return result;
  }

  input::Any supplied() {
    input::Supplied result;
    result.want = reader_.number();
    const std::uint64_t count = reader_.number_at_most(MessageLimits::entries_max);
    for (std::uint64_t i = 0; i < count && !reader_.failed() && !error; ++i) {
      take(Entry::parse(reader_.text(EntryLimits::entry_bytes_max)),
           [&](EntryPtr&& entry) { result.entries.push_back(std::move(entry)); });
    }
    return result;
  }

  template <class T, class Use>
  void take(Result<T> decoded, Use use) {
    if (reader_.failed()) return;
    if (!decoded) {
      error = decoded.error();
      return;
    }
    use(std::move(*decoded));
  }

  Decoder& reader_;
};

}  // namespace

Result<TraceRecord> TraceDecoder::next(std::string_view& bytes) {
  HANSARD_ASSERT(!bytes.empty(), "there is a record to read");
  Decoder reader{bytes};
  const auto done = [&](TraceRecord record) -> Result<TraceRecord> {
    if (reader.failed()) return corrupt("malformed record");
    bytes.remove_prefix(bytes.size() - reader.remaining());
    return record;
  };
  const std::uint8_t tag = reader.byte();
  if (tag == trace_tag::check) return done(CheckRecord{reader.id128()});
  if (tag >= trace_tag::some) {
    const std::uint8_t kind = static_cast<std::uint8_t>(tag % 32U);
    if (kind >= output_kinds || tag >= trace_tag::none + output_kinds)
      return corrupt("unknown record " + std::to_string(tag));
    OutputRecord record{static_cast<Output>(kind), tag < trace_tag::none, 0, 0};
    if (record.present) {
      record.size = reader.number();
      record.hash = reader.fixed32();
    }
    return done(record);
  }
  if (tag != trace_tag::give_up_read && tag != trace_tag::give_up_operation) {
    const auto passed = static_cast<std::uint64_t>(reader.signed_number());
    const auto jumped = static_cast<std::uint64_t>(reader.signed_number());
    if (!reader.failed()) clock_ = {clock_.now + passed, clock_.wall_ahead + jumped};
  }
  InputReader input{reader};
  std::optional<input::Any> what = input.read(tag);
  if (!what) return corrupt("unknown record " + std::to_string(tag));
  if (input.error) return corrupt(input.error->what);
  return done(Input{moment_of(clock_), std::move(*what)});
}

}  // namespace hansard
