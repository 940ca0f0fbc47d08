// tests/fuzz/seeds.cpp - writes the part of the corpus that is made from values: hansard_fuzz_seeds FOLDER. What is
// text is written by hand beside it; a file that a fuzzer found is named found-*, and neither is touched.
#include "government/legislator.hpp"
#include "government/log_state.hpp"
#include "government/message_codec.hpp"
#include "log/codec.hpp"
#include "log/leveldb_keys.hpp"
#include "sdk/frame.hpp"
#include "sdk/handshake.hpp"
#include "sdk/trace_file.hpp"
#include "tests/government/messages.hpp"

#include <cstdio>
#include <filesystem>
#include <fstream>

namespace hansard::tests {
namespace {

constexpr std::size_t file_bytes_max = 1024;
constexpr std::size_t trailer_bytes = 24;  // of an entry: chain and checksum

class Corpus {
 public:
  explicit Corpus(std::filesystem::path folder) : folder_(std::move(folder)) {}

  void add(const std::string& target, const std::string& name, const std::string& input) const {
    if (input.size() > file_bytes_max) return;
    std::filesystem::create_directories(folder_ / target);
    std::ofstream(folder_ / target / name, std::ios::binary) << input;
  }

 private:
  std::filesystem::path folder_;
};

std::string content_of(const Entry& entry) {
  return std::string(entry.bytes().substr(0, entry.bytes().size() - trailer_bytes));
}

void entries(const Corpus& corpus) {
  ChainOfEntries log;
  const EntryPtr government = log.govern(tests::government(3, "a b", "c"), {1, 0}, 1);
  const EntryPtr one = log.append({"x"}, {"a", {1, 0}, 1, 1});
  const EntryPtr batch = log.append({"first", "", "third"}, {"b", {1, 0}, 2, 300});
  const EntryPtr settling = log.settle({1, 0});
  corpus.add("entry", "government", content_of(*government));
  corpus.add("entry", "one", content_of(*one));
  corpus.add("entry", "one-sealed", std::string(one->bytes()));
  corpus.add("entry", "batch", content_of(*batch));
  corpus.add("entry", "settling", content_of(*settling));

  for (const char kind : {'\0', '\1'}) {  // A register, a synchronize.
    std::string parts{'\2', kind};
    Encoder writer(parts);
    writer.position(one->previous());
    writer.number(3);
    for (const EntryPtr& entry : {one, batch, settling}) writer.text(content_of(*entry));
    if (kind == '\0') {
      writer.position(one->position());  // Committed, and who counted.
      writer.number(1);
      writer.promise({1, 0});
      writer.number(7);
    } else {
      writer.promise({1, 0});
      writer.promise({1, 0});
      writer.boolean(true);
      writer.number(0);
    }
    corpus.add("message", kind == '\0' ? "entries-register" : "entries-synchronize", parts);
  }

  LogState state;
  corpus.add("log_state", "empty", 'L' + encode(state));
  for (const EntryPtr& entry : {government, one, batch, settling}) state.apply(*entry);
  corpus.add("log_state", "applied", 'L' + encode(state));
  const LogSettings limits{1024, 2, 60'000'000, 10, 1000, 5'000'000};
  const Trim trim{{1, 1}, {1, 1}, 0, 0};
  for (const EntryPtr& entry : {log.append_under("a key", {"keyed"}), log.set(limits), log.trim(trim)}) {
    state.apply(*entry);
    corpus.add("entry", to_string(entry->kind()) + std::string(entry->key().empty() ? "" : "-keyed"),
               content_of(*entry));
  }
  state.milestones = {{{1, 1}, 1, 1, 2}, {{1, 4}, 4, 11, 3}};
  corpus.add("log_state", "retained", 'L' + encode(state));
  corpus.add("log_state", "settings", 'S' + encode(limits));
  corpus.add("log_state", "trim", 'T' + encode(trim));
  std::string rows("K\2", 2);
  Encoder table(rows);
  for (const char* key : {"a key", "another"}) {
    table.text(key);
    table.id128({3, 4});
    table.promise({1, 1});
    table.promise({1, 1});
    table.signed_number(5);
  }
  corpus.add("log_state", "segment", rows);
}

void states(const Corpus& corpus) {
  Recovered recovered;
  recovered.identity = {"a", {1, 2}, 1};
  Legislator legislator({}, recovered, "http://a", {3, 4});
  const auto add = [&](const char* name) {
    while (legislator.outbox()) {
    }
    while (legislator.response()) {
    }
    static_cast<void>(legislator.take_committed());
    static_cast<void>(legislator.take_appended());
    static_cast<void>(legislator.take_events());
    std::string bytes;
    legislator.save(bytes);
    corpus.add("state", name, bytes.substr(0, bytes.size() - 8));  // The target adds the checksum.
  };
  legislator.start({1, 1});
  add("stranger");
  legislator.bootstrap({2, 2}, {{"a", "http://a"}});
  add("founding");
  const Write* write = legislator.journal();
  add("writing");
  legislator.persisted({3, 3}, write->id);
  add("leader");
  static_cast<void>(legislator.enqueue({4, 4}, Submission{"", "", {{"", "x"}}}, 1));
  add("appending");
}

void messages(const Corpus& corpus) {
  for (std::uint64_t seed = 1; seed <= 2; ++seed) {
    for (const auto& row : requests()) {
      Random random{{9, 9}, seed};
      std::string bytes(1, '\0');
      encode({1, 2}, row.make(random), bytes);
      corpus.add("message", "request-" + std::to_string(row.tag) + '-' + std::to_string(seed), bytes);
    }
    for (const auto& row : answers()) {
      Random random{{9, 9}, seed};
      std::string bytes(1, '\1');
      encode({1, 2}, row.make(random), bytes);
      corpus.add("message", "answer-" + std::to_string(row.tag) + '-' + std::to_string(seed), bytes);
    }
  }
}

void governments(const Corpus& corpus) {
  for (std::uint64_t seed = 1; seed <= 4; ++seed) {
    Random random{{8, 8}, seed};
    const Government government = random_government(random);
    std::string bytes;
    Encoder(bytes).position({government.promise, government.ballot});
    corpus.add("government", "random-" + std::to_string(seed), bytes + encode(government));
  }
}

void keys(const Corpus& corpus) {
  corpus.add("keys", "entry", leveldb_keys::entry(0, {3, 42}));
  corpus.add("keys", "marker", leveldb_keys::marker(7, {3, 42}, 2));
  corpus.add("keys", "number", leveldb_keys::encode(std::uint64_t{300}));
  corpus.add("keys", "committed", leveldb_keys::encode(Committed{{{3, 42}, 7}, 8}));
  corpus.add("keys", "trimmed", leveldb_keys::encode(leveldb_keys::Trimmed{{3, 42}, {3, 41}, {2, 1}}));
  corpus.add("keys", "identity", leveldb_keys::encode(Identity{"a", {1, 2}, 0}));
}

void put_big_endian(std::string& out, std::uint64_t value, unsigned bytes) {
  for (unsigned i = bytes; i-- > 0;) out += static_cast<char>(value >> (8 * i));
}

std::string chunk(unsigned flags, std::uint64_t stream, std::string_view bytes) {
  std::string out;
  put_big_endian(out, bytes.size(), 4);
  put_big_endian(out, flags, 1);
  put_big_endian(out, stream, 8);
  return out.append(bytes);
}

void frames(const Corpus& corpus) {
  const unsigned first = frame_flag::first;
  const unsigned last = frame_flag::last;
  const unsigned urgent = frame_flag::urgent;
  const std::string whole = chunk(first | last, 1, "one") + chunk(first | last | urgent | frame_flag::answer, 2, "two");
  const std::string woven = chunk(first, 1, "a") + chunk(first | urgent, 2, "b") + chunk(0, 1, "cc") +
                            chunk(last | urgent, 2, "d") + chunk(last, 1, "e");
  corpus.add("frame", "whole", '\5' + whole);
  corpus.add("frame", "woven", '\0' + woven);
  corpus.add("frame", "woven-small-limits", '\x83' + woven + whole);
}

void handshakes(const Corpus& corpus) {
  const Speaker speaker{{"a", {1, 2}}, {3, 4}, 5, {6, 7}};
  corpus.add("handshake", "greeting", write_greeting({speaker, "b", "http://127.0.0.1:8101"}, "127.0.0.1:8102"));
  corpus.add("handshake", "welcome", write_welcome(speaker));
  corpus.add("handshake", "refusal", write_refusal({426, "not here"}));
}

// Of each kind of input one, and of outputs; and files around them.
void traces(const Corpus& corpus) {
  Random random{{7, 7}, 1};
  const Moment at{1'000'000, 1'700'000'000'000'000};
  const Islander b{"b", {1, 2}};
  std::string records;
  TraceEncoder trace{records};
  trace.start(at);
  trace.bootstrap(at, {{"a", "http://a"}, {"b", "http://b"}});
  trace.join({at.now + 5, at.wall_us + 4}, {"http://a"});
  trace.enqueue(at, Submission{"", "key", {{"text/plain", "hello"}}}, 1);
  trace.enqueued(true);
  trace.give_up(at, 1);
  trace.gave_up(Appended{});
  trace.read(at, 2);
  trace.give_up_read(2);
  trace.operate(at, Operation{Operation::What::exile, "b"}, 3);
  trace.give_up_operation(3);
  corpus.add("trace", "clients", '\2' + records);
  std::string clients = records;
  records.clear();
  trace.disconnected(at, b);
  trace.persisted(at, 7);
  trace.event({at.now - 1, at.wall_us + 1'000'000});
  trace.next_event(9);
  trace.outbox(std::nullopt);
  trace.halt(Error{Errc::io, "no"});
  trace.resign(at);
  trace.room(at, false);
  trace.sent(at, 4, std::nullopt);
  trace.check();
  corpus.add("trace", "moves", "\2" + records);
  for (const auto& row : requests()) {
    std::string bytes;
    TraceEncoder one{bytes};
    one.request(at, 1, b, {3, 4}, row.make(random));
    corpus.add("trace", "request-" + std::to_string(row.tag), '\2' + bytes);
  }
  for (const auto& row : answers()) {
    std::string bytes;
    TraceEncoder one{bytes};
    one.sent(at, 1, Reply{b, {3, 4}, row.make(random)});
    corpus.add("trace", "answer-" + std::to_string(row.tag), '\2' + bytes);
  }

  TraceBegin begin;
  begin.build = "0.1.0 core 0123456789abcdef";
  begin.identity = {"a", {1, 2}, 3};
  std::string beginning;
  encode(begin, beginning);
  std::string end;
  encode(TraceEnd{TraceEnd::Cause::rotation, 9}, end);
  std::string whole{trace_magic};
  std::string parts;
  Encoder writer{parts};
  const auto add = [&](TraceBlock type, const std::string& payload) {
    whole += trace_block_head(type, payload) + payload;
    writer.byte(static_cast<std::uint8_t>(type));
    writer.text(payload);
  };
  add(TraceBlock::begin, beginning);
  add(TraceBlock::state, "state");
  add(TraceBlock::records, clients.substr(0, 40));
  corpus.add("trace", "file-torn", '\0' + whole.substr(0, whole.size() - 3));
  add(TraceBlock::end, end);
  corpus.add("trace", "file-whole", '\0' + whole);
  corpus.add("trace", "file-parts", '\1' + parts);
}

void put_little_endian(std::string& out, std::uint64_t value, unsigned bytes) {
  for (unsigned i = 0; i < bytes; ++i) out += static_cast<char>(value >> (8 * i));
}

// Without its checksum: the target sets it.
std::string fragment(char type, std::string_view payload) {
  std::string out(4, '\0');
  put_little_endian(out, payload.size(), 2);
  out += type;
  return out.append(payload);
}

void wals(const Corpus& corpus) {
  std::string group;
  put_little_endian(group, 9, 8);
  put_little_endian(group, 1, 4);
  group += '\1';
  Encoder writer(group);
  writer.text(leveldb_keys::entry(0, {3, 42}));
  writer.text("an entry");
  const std::string parted = fragment(2, "be") + fragment(3, "gin") + fragment(4, "ning");
  const std::string three = fragment(1, group) + parted + fragment(1, "last");
  const std::string crossing = fragment(2, std::string(93, 'y')) + fragment(4, "over there") + fragment(1, group);
  corpus.add("wal", "whole", std::string("\1\0", 2) + three + std::string(20, '\0'));
  corpus.add("wal", "damaged", std::string("\3\0", 2) + three);
  corpus.add("wal", "raw", std::string("\0\0", 2) + three);
  corpus.add("wal", "torn", std::string("\1\0", 2) + three.substr(0, three.size() - 3));
  corpus.add("wal", "crossing", "\5\x64" + crossing);
  corpus.add("wal", "filler", std::string("\5\4", 2) + std::string(4, '\0') + three);
}

}  // namespace
}  // namespace hansard::tests

int main(int count, char** arguments) {
  if (count != 2) {
    std::fputs("usage: hansard_fuzz_seeds FOLDER\n", stderr);
    return 2;
  }
  const hansard::tests::Corpus corpus(arguments[1]);
  hansard::tests::entries(corpus);
  hansard::tests::frames(corpus);
  hansard::tests::governments(corpus);
  hansard::tests::handshakes(corpus);
  hansard::tests::keys(corpus);
  hansard::tests::messages(corpus);
  hansard::tests::states(corpus);
  hansard::tests::traces(corpus);
  hansard::tests::wals(corpus);
  return 0;
}
