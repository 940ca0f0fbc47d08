// sdk/trace_file.cpp - see trace_file.hpp.
#include "sdk/trace_file.hpp"

#include "log/codec.hpp"

#include <limits>

namespace hansard {

namespace {

constexpr std::size_t build_bytes_max = 255;
constexpr std::string_view magic_start = "hansard trace ";

std::uint32_t low_half(std::uint64_t value) { return static_cast<std::uint32_t>(value); }

template <class Value>
Result<Value> finished(const Decoder& reader, Value value, const char* what) {
  if (!reader.finished()) return Error{Errc::corrupt, std::string("trace: malformed ") + what};
  return value;
}

}  // namespace

std::string trace_block_head(TraceBlock type, std::string_view payload) {
  std::string head;
  Encoder writer{head};
  writer.byte(static_cast<std::uint8_t>(type));
  writer.fixed32(static_cast<std::uint32_t>(payload.size()));
  writer.fixed64(checksum64(payload));
  writer.fixed32(low_half(checksum64(head)));
  return head;
}

void encode(const TraceBegin& begin, std::string& out) {
  Encoder writer{out};
  writer.byte(static_cast<std::uint8_t>(begin.cause));
  writer.text(begin.build);
  writer.text(begin.identity.id);
  writer.id128(begin.identity.cookie);
  writer.number(begin.identity.start);
  writer.number(begin.file);
  writer.signed_number(begin.wall_us);
  writer.number(begin.first_input);
  writer.number(begin.clock.now);
  writer.number(begin.clock.wall_ahead);
  writer.id128(begin.hash);
}

Result<TraceBegin> decode_trace_begin(std::string_view payload) {
  Decoder reader{payload};
  TraceBegin begin;
  const std::uint8_t cause = reader.byte();
  if (cause < 1 || cause > 3) reader.fail();
  begin.cause = static_cast<TraceBegin::Cause>(cause);
  begin.build = reader.text(build_bytes_max);
  begin.identity.id = reader.text(EntryLimits::name_bytes_max);
  if (!is_name(begin.identity.id)) reader.fail();
  begin.identity.cookie = reader.id128();
  begin.identity.start = reader.number();
  begin.file = reader.number();
  begin.wall_us = reader.signed_number();
  begin.first_input = reader.number();
  begin.clock.now = reader.number();
  begin.clock.wall_ahead = reader.number();
  begin.hash = reader.id128();
  return finished(reader, std::move(begin), "beginning");
}

void encode(const TraceEnd& end, std::string& out) {
  Encoder writer{out};
  writer.byte(static_cast<std::uint8_t>(end.cause));
  writer.number(end.inputs);
}

Result<TraceEnd> decode_trace_end(std::string_view payload) {
  Decoder reader{payload};
  TraceEnd end;
  const std::uint8_t cause = reader.byte();
  if (cause < 1 || cause > 3) reader.fail();
  end.cause = static_cast<TraceEnd::Cause>(cause);
  end.inputs = reader.number();
  return finished(reader, end, "end");
}

Error TraceReader::damaged(const std::string& what) const {
  return {Errc::corrupt, "damaged at byte " + std::to_string(size_ - rest_.size()) + ": " + what};
}

Result<TraceReader> TraceReader::open(std::string_view file) {
  TraceReader reader{file};
  if (file.size() < trace_magic.size() && trace_magic.starts_with(file)) {
    reader.is_torn_ = true;
    return reader;
  }
  if (!file.starts_with(trace_magic)) {
    if (file.starts_with(magic_start)) {
      const std::string_view version = file.substr(magic_start.size(), 1);
      return Error{Errc::unsupported, "a recording of format " + std::string(version) + "; this build reads 1"};
    }
    return Error{Errc::corrupt, "no recording: it does not begin as one"};
  }
  reader.rest_.remove_prefix(trace_magic.size());

  auto block = reader.take();
  if (!block) return block.error();
  if (!*block) return reader;
  if ((*block)->type != TraceBlock::begin) return reader.damaged("it does not say how it begins");
  auto begin = decode_trace_begin((*block)->payload);
  if (!begin) return reader.damaged(begin.error().what);
  reader.begin_ = std::move(*begin);

  block = reader.take();
  if (!block) return block.error();
  if (!*block) return reader;
  if ((*block)->type != TraceBlock::state) return reader.damaged("its state is missing");
  reader.state_ = (*block)->payload;
  reader.has_state_ = true;
  return reader;
}

Result<std::optional<TraceReader::Block>> TraceReader::take() {
  if (rest_.size() < trace_block_head_bytes) {
    is_torn_ = true;
    return std::optional<Block>{};
  }
  Decoder reader{rest_};
  const std::uint8_t type = reader.byte();
  const std::uint32_t length = reader.fixed32();
  const std::uint64_t checksum = reader.fixed64();
  const std::string_view checked = rest_.substr(0, rest_.size() - reader.remaining());
  if (reader.fixed32() != low_half(checksum64(checked))) return damaged("no block begins here");
  if (type < static_cast<std::uint8_t>(TraceBlock::begin) || type > static_cast<std::uint8_t>(TraceBlock::end)) {
    return damaged("no block begins here");
  }
  if (length > reader.remaining()) {
    is_torn_ = true;
    return std::optional<Block>{};
  }
  const std::string_view payload = rest_.substr(trace_block_head_bytes, length);
  if (checksum != checksum64(payload)) return damaged("wrong checksum");
  rest_.remove_prefix(trace_block_head_bytes + length);
  return std::optional{Block{static_cast<TraceBlock>(type), payload}};
}

Result<std::optional<std::string_view>> TraceReader::next() {
  if (end_ || is_torn_) return std::optional<std::string_view>{};
  auto block = take();
  if (!block) return block.error();
  if (!*block) return std::optional<std::string_view>{};
  if ((*block)->type == TraceBlock::records) return std::optional{(*block)->payload};
  if ((*block)->type != TraceBlock::end) return damaged("a second beginning");
  const auto end = decode_trace_end((*block)->payload);
  if (!end) return damaged(end.error().what);
  if (!rest_.empty()) return damaged("something stands after its end");
  end_ = *end;
  return std::optional<std::string_view>{};
}

}  // namespace hansard
