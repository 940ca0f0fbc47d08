// tests/fuzz/trace.cpp - recordings. The first byte says what the rest is: a file; a file of which the blocks stand
// without their heads, whose checksums no fuzzer guesses (each: type, length, payload); or records.
#include "government/trace.hpp"

#include "log/codec.hpp"
#include "sdk/trace_file.hpp"
#include "tests/fuzz/target.hpp"

#include <string>
#include <utility>

namespace hansard::fuzz {
namespace {

constexpr std::size_t payload_bytes_max = 4096;

void check_records(std::string_view records) {
  TraceDecoder decoder;
  std::string again;
  TraceEncoder encoder{again};
  while (!records.empty()) {
    const std::string_view before = records;
    const Result<TraceRecord> record = decoder.next(records);
    if (!record) return;
    again.clear();
    if (const auto* input = std::get_if<Input>(&*record)) {
      tell(*input, encoder);
      demand(!describe(input->what).empty(), "an input is described");
    } else if (const auto* output = std::get_if<OutputRecord>(&*record)) {
      encode(*output, again);
    } else {
      encode(std::get<CheckRecord>(*record), again);
    }
    demand_same(before.substr(0, before.size() - records.size()), again, "a record changes when it is written");
  }
}

void add(TraceBlock type, const std::string& payload, std::string& file) {
  file += trace_block_head(type, payload) + payload;
}

void check_file(std::string_view file) {
  Result<TraceReader> reader = TraceReader::open(file);
  if (!reader) return;
  std::string again{trace_magic};
  if (reader->has_begin()) {
    std::string payload;
    encode(reader->begin(), payload);
    add(TraceBlock::begin, payload, again);
  }
  if (reader->has_state()) add(TraceBlock::state, std::string(reader->state()), again);
  while (reader->has_state()) {
    const auto piece = reader->next();
    if (!piece) return;
    if (!*piece) break;
    add(TraceBlock::records, std::string(**piece), again);
    check_records(**piece);
  }
  demand(reader->end().has_value() != reader->is_torn(), "a file ends or is torn");
  if (reader->end()) {
    std::string payload;
    encode(*reader->end(), payload);
    add(TraceBlock::end, payload, again);
    demand_same(file, std::move(again), "a file changes when it is written");
  } else {
    demand(file.size() < trace_magic.size() || file.starts_with(again), "what was read of a torn file changes");
  }
}

std::string with_heads(std::string_view parts) {
  std::string file{trace_magic};
  Decoder reader{parts};
  while (reader.remaining() > 0) {
    const std::uint8_t type = reader.byte();
    const std::string payload{reader.text(payload_bytes_max)};
    if (reader.failed()) break;
    add(static_cast<TraceBlock>(type), payload, file);
  }
  return file;
}

}  // namespace

void trace(std::string_view input) {
  if (input.empty()) return;
  const int what = static_cast<unsigned char>(input.front()) % 3;
  input.remove_prefix(1);
  if (what == 0) {
    check_file(input);
  } else if (what == 1) {
    check_file(with_heads(input));
  } else {
    check_records(input);
  }
}

}  // namespace hansard::fuzz
