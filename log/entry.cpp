#include "log/entry.hpp"

#include "log/assert.hpp"
#include "log/codec.hpp"

#include <bit>

namespace hansard {
namespace {

constexpr std::uint8_t version = 1;
constexpr std::size_t chain_bytes = 16;
constexpr std::size_t checksum_bytes = 8;
constexpr std::size_t trailer_bytes = chain_bytes + checksum_bytes;
// Counts what a Encoder would write, so that make() allocates once and exactly.
class Sizer {
 public:
  void byte(std::uint8_t) { ++size_; }
  void number(std::uint64_t value) {
    size_ += value == 0 ? 1 : (static_cast<std::size_t>(std::bit_width(value)) + 6) / 7;
  }
  void raw(std::string_view value) { size_ += value.size(); }
  [[nodiscard]] std::size_t size() const { return size_; }

 private:
  std::size_t size_ = 0;
};

std::uint64_t zigzag(std::int64_t value) {
  return static_cast<std::uint64_t>(value) << 1U ^ (value < 0 ? ~std::uint64_t{0} : 0);
}

// All but chain and checksum, to a Encoder or a Sizer.
template <class Sink>
void write_content(Sink& sink, const Draft& draft) {
  const auto promise = [&](Promise value) {
    sink.number(value.government);
    sink.number(value.entry);
  };
  sink.byte(version);
  sink.byte(static_cast<std::uint8_t>(draft.kind));
  promise(draft.first);
  sink.number(draft.items.size());
  sink.number(draft.ballot);
  promise(draft.previous.promise);
  sink.number(draft.previous.ballot);
  promise(draft.settled);
  sink.number(zigzag(draft.time_us));
  promise(draft.author.arrived);
  sink.number(draft.author.start);
  sink.number(draft.author.sequence);
  sink.number(draft.author.id.size());
  sink.number(draft.channel.size());
  sink.number(draft.key.size());
  for (const Item& item : draft.items) {
    sink.number(item.content_type.size());
    sink.number(item.body.size());
  }
  sink.raw(draft.author.id);
  sink.raw(draft.channel);
  sink.raw(draft.key);
  for (const Item& item : draft.items) {
    sink.raw(item.content_type);
    sink.raw(item.body);
  }
}

Chain next_chain(const Chain& previous, std::string_view content) {
  std::string both;
  both.reserve(2 * chain_bytes);
  Encoder writer(both);
  writer.id128(previous);
  writer.id128(hash128(content));
  return hash128(both);
}

void assert_within_limits(const Draft& draft) {
  const std::size_t count = draft.items.size();
  HANSARD_ASSERT(count >= 1 && count <= EntryLimits::items_max, "an entry has 1 to items_max items");
  HANSARD_ASSERT(count == 1 || draft.kind == Kind::client, "only client entries are batches");
  HANSARD_ASSERT(!draft.first.is_zero(), "0/0 is no entry");
  HANSARD_ASSERT(draft.previous.promise < draft.first, "promises increase along a log");
  HANSARD_ASSERT(next_entry(draft.first, count - 1), "the entries of a government are used up");
  HANSARD_ASSERT(draft.author.id.size() <= EntryLimits::name_bytes_max, "an author's id is a name");
  HANSARD_ASSERT(draft.channel.size() <= EntryLimits::name_bytes_max, "a channel is a name");
  HANSARD_ASSERT(draft.key.size() <= EntryLimits::key_bytes_max, "a key is short");
  for (const Item& item : draft.items) {
    HANSARD_ASSERT(item.content_type.size() <= EntryLimits::content_type_bytes_max, "a content type is short");
    HANSARD_ASSERT(item.body.size() <= EntryLimits::body_bytes_max, "a body is within its limit");
  }
}

Error corrupt(const char* what) { return {Errc::corrupt, std::string("not an entry: ") + what}; }

}  // namespace

const char* to_string(Kind kind) {
  switch (kind) {
    case Kind::government:
      return "government";
    case Kind::client:
      return "client";
    case Kind::trim:
      return "trim";
    case Kind::settings:
      return "settings";
    case Kind::settling:
      return "settling";
  }
  HANSARD_ASSERT(false, "a Kind that is none");
  return "";
}

EntryPtr Entry::make(const Draft& draft) {
  assert_within_limits(draft);
  auto entry = std::make_shared<Entry>(Key{});
  std::string& bytes = entry->bytes_;
  Sizer sizer;
  write_content(sizer, draft);
  const std::size_t size = sizer.size() + trailer_bytes;
  HANSARD_ASSERT(size <= EntryLimits::entry_bytes_max, "an entry is within its limit");
  bytes.reserve(size);
  Encoder writer(bytes);
  write_content(writer, draft);
  writer.id128(next_chain(draft.previous_chain, bytes));
  writer.fixed64(checksum64(bytes));
  HANSARD_ASSERT(bytes.size() == size, "a Sizer counts what a Encoder writes");
  const bool readable = entry->read_fields();
  HANSARD_ASSERT(readable, "what make() wrote, parse() reads");
  return entry;
}

Result<EntryPtr> Entry::parse(std::string_view bytes) {
  if (bytes.size() > EntryLimits::entry_bytes_max) return corrupt("too long");
  if (bytes.size() < 1 + trailer_bytes) return corrupt("too short");
  if (static_cast<std::uint8_t>(bytes.front()) != version) return corrupt("unknown version");
  Decoder checksum(bytes.substr(bytes.size() - checksum_bytes));
  if (checksum.fixed64() != checksum64(bytes.substr(0, bytes.size() - checksum_bytes))) {
    return corrupt("wrong checksum");
  }
  auto entry = std::make_shared<Entry>(Key{});
  entry->bytes_ = bytes;
  if (!entry->read_fields()) return corrupt("malformed");
  return EntryPtr(std::move(entry));
}

bool Entry::read_fields() {
  Decoder reader(content());
  static_cast<void>(reader.byte());  // The version.
  kind_ = static_cast<Kind>(reader.byte());
  if (kind_ < Kind::government || kind_ > Kind::settling) return false;
  first_ = reader.promise();
  const std::uint64_t count = reader.number_at_most(EntryLimits::items_max);
  ballot_ = reader.number();
  previous_ = reader.position();
  settled_ = reader.promise();
  time_us_ = reader.signed_number();
  author_.arrived = reader.promise();
  author_.start = reader.number();
  author_.sequence = reader.number();
  const std::uint64_t id_bytes = reader.number_at_most(EntryLimits::name_bytes_max);
  const std::uint64_t channel_bytes = reader.number_at_most(EntryLimits::name_bytes_max);
  const std::uint64_t key_bytes = reader.number_at_most(EntryLimits::key_bytes_max);
  if (reader.failed() || count == 0 || (count > 1 && kind_ != Kind::client)) return false;
  const auto last = next_entry(first_, count - 1);
  if (!last || first_ <= previous_.promise) return false;
  last_ = *last;

  // Lengths come before texts, so they are read twice: here to skip them, below beside the texts.
  Decoder lengths = reader;
  for (std::uint64_t i = 0; i < count; ++i) {
    static_cast<void>(reader.number_at_most(EntryLimits::content_type_bytes_max));
    static_cast<void>(reader.number_at_most(EntryLimits::body_bytes_max));
  }
  author_.id = reader.raw(id_bytes);
  channel_ = reader.raw(channel_bytes);
  key_ = reader.raw(key_bytes);
  const auto next_item = [&] {
    const std::uint64_t content_type_bytes = lengths.number();
    const std::uint64_t body_bytes = lengths.number();
    const std::string_view content_type = reader.raw(content_type_bytes);
    return Item{content_type, reader.raw(body_bytes)};
  };
  if (reader.failed()) return false;
  if (count == 1) {
    only_ = next_item();
  } else {
    items_.reserve(count);
    for (std::uint64_t i = 0; i < count && !reader.failed(); ++i) items_.push_back(next_item());
  }
  if (!reader.finished()) return false;
  Decoder chain(std::string_view(bytes_).substr(content().size(), chain_bytes));
  chain_ = chain.id128();
  return true;
}

std::string_view Entry::content() const { return std::string_view(bytes_).substr(0, bytes_.size() - trailer_bytes); }

std::string_view Entry::trailer() const { return std::string_view(bytes_).substr(bytes_.size() - trailer_bytes); }

bool Entry::continues(Chain previous_chain) const { return chain_ == next_chain(previous_chain, content()); }

}  // namespace hansard
