// government/message_codec.cpp - version, tag, republic, then the fields in the order of message_fields.hpp.
//
// Every value has exactly one encoding: what decodes, encodes to the same bytes again.
#include "government/message_codec.hpp"

#include "government/message_fields.hpp"

#include <algorithm>
#include <type_traits>
#include <utility>

namespace hansard {

namespace {

using namespace message_fields;

// Room for all of a message but its entries and appends, as a rule; more only costs another allocation.
constexpr std::size_t rest_bytes = 512;
constexpr std::size_t length_bytes_max = 10;  // of a varint
constexpr std::size_t entry_bytes_min = 32;   // its chain and checksum alone take 24

// ---- Reading --------------------------------------------------------------------------------------------------------

class In {
 public:
  static constexpr bool reads = true;

  explicit In(std::string_view bytes) : reader_(bytes) {}

  void number(std::uint64_t& value) { value = reader_.number(); }
  void number32(std::uint32_t& value) { value = static_cast<std::uint32_t>(reader_.number_at_most(~std::uint32_t{0})); }
  void signed_number(std::int64_t& value) { value = reader_.signed_number(); }
  void flag(bool& value) { value = reader_.boolean(); }
  void promise(Promise& value) { value = reader_.promise(); }
  void position(Position& value) { value = reader_.position(); }
  void id128(Id128& value) { value = reader_.id128(); }
  void text(std::string& value, std::size_t bytes_max) { value = reader_.text(bytes_max); }

  // Empty stands for nobody.
  void name(std::string& value) {
    value = reader_.text(EntryLimits::name_bytes_max);
    must(value.empty() || is_name(value), "an id that is no name");
  }

  template <class Verdict>
  void verdict(Verdict& value, Verdict last) {
    const std::uint8_t byte = reader_.byte();
    must(byte >= 1 && byte <= static_cast<std::uint8_t>(last), "an unknown verdict");
    value = reader_.failed() ? last : static_cast<Verdict>(byte);
  }

  void objection(Objection& value) {
    const std::uint8_t byte = reader_.byte();
    must(byte <= static_cast<std::uint8_t>(Objection::disk_full), "an unknown objection");
    value = reader_.failed() ? Objection::none : static_cast<Objection>(byte);
  }

  template <class Choice>
  void choice(Choice& value, Choice last) {
    const std::uint8_t byte = reader_.byte();
    must(byte <= static_cast<std::uint8_t>(last), "an unknown choice");
    value = reader_.failed() ? Choice{} : static_cast<Choice>(byte);
  }

  template <class T>
  void optional(std::optional<T>& value) {
    if (reader_.boolean()) one(value.emplace());
  }

  // Grows as it reads: a count is no reason to allocate.
  template <class T, class Each>
  void list(std::vector<T>& values, std::size_t count_max, Each each) {
    const std::uint64_t count = reader_.number_at_most(count_max);
    for (std::uint64_t i = 0; i < count && !reader_.failed(); ++i) each(values.emplace_back());
  }

  void properties(std::map<std::string, std::string, std::less<>>& values) {
    const std::uint64_t count = reader_.number_at_most(GovernmentLimits::properties_max);
    for (std::uint64_t i = 0; i < count && !reader_.failed(); ++i) {
      std::string name{reader_.text(GovernmentLimits::property_bytes_max)};
      std::string value{reader_.text(GovernmentLimits::property_bytes_max)};
      must(values.empty() || values.rbegin()->first < name, "properties out of order");
      values.emplace_hint(values.end(), std::move(name), std::move(value));
    }
  }

  // A log has no hole, so a piece of it has none either: whoever receives entries may rely on it.
  void entries(std::vector<EntryPtr>& values) {
    const std::uint64_t count = reader_.number_at_most(MessageLimits::entries_max);
    values.reserve(std::min<std::size_t>(count, reader_.remaining() / entry_bytes_min));
    for (std::uint64_t i = 0; i < count && !reader_.failed(); ++i) {
      const std::string_view bytes = reader_.text(EntryLimits::entry_bytes_max);
      if (reader_.failed()) return;
      Result<EntryPtr> entry = Entry::parse(bytes);
      if (!entry) {
        if (what_.empty()) what_ = entry.error().what;
        reader_.fail();
        return;
      }
      must(values.empty() || (*entry)->previous() == values.back()->position(),
           "entries that do not follow each other");
      values.push_back(std::move(*entry));
    }
  }

  void submission(std::shared_ptr<const Submission>& value);

  void must(bool holds, const char* what) {
    if (holds) return;
    if (!reader_.failed() && what_.empty()) what_ = what;
    reader_.fail();
  }

  [[nodiscard]] std::uint8_t byte() { return reader_.byte(); }
  [[nodiscard]] bool finished() const { return reader_.finished(); }
  [[nodiscard]] const std::string& what() const { return what_; }

 private:
  void one(Promise& value) { value = reader_.promise(); }
  void one(std::uint64_t& value) { value = reader_.number(); }
  void one(std::int64_t& value) { value = reader_.signed_number(); }

  Decoder reader_;
  std::string what_;  // the first thing that was wrong, where it is more than "malformed"
};

void In::submission(std::shared_ptr<const Submission>& value) {
  auto read = std::make_shared<Submission>();
  fields(*this, *read);
  value = std::move(read);
}

// ---- Whole messages -------------------------------------------------------------------------------------------------

std::size_t bytes_of(const std::vector<EntryPtr>& entries) {
  std::size_t sum = 0;
  for (const EntryPtr& entry : entries) sum += entry->bytes().size() + length_bytes_max;
  return sum;
}

// About the size of the encoding; never less where it matters, in what carries entries or appends.
template <class Message>
std::size_t bytes_about(const Message& message) {
  std::size_t sum = rest_bytes;
  if constexpr (requires { message.entries; }) sum += bytes_of(message.entries);
  if constexpr (requires { message.tail; }) sum += bytes_of(message.tail);
  if constexpr (requires { message.appends; }) {
    for (const auto& append : message.appends) sum += append.submission->heft() + 2 * length_bytes_max;
  }
  return sum;
}

template <class Message>
void encode_message(const Republic& republic, const Message& message, std::string& out) {
  out.reserve(out.size() + bytes_about(message));
  Encoder writer{out};
  writer.byte(version);
  writer.byte(tag_of<Message>);
  writer.id128(republic);
  Out io{out};
  fields(io, message);
}

// True iff one of the variant's messages bears the tag; its fields have been read then.
template <class Variant, std::size_t... Index>
bool decode_tagged(In& io, std::uint8_t tag, Variant& message, std::index_sequence<Index...> /*all*/) {
  return ((tag == tag_of<std::variant_alternative_t<Index, Variant>> &&
           (fields(io, message.template emplace<Index>()), true)) ||
          ...);
}

template <class Variant>
Result<Addressed<Variant>> decode_message(std::string_view bytes) {
  In io{bytes};
  const std::uint8_t found = io.byte();
  if (!bytes.empty() && found != version) {
    return Error{Errc::unsupported, "message: format version " + std::to_string(found)};
  }
  const std::uint8_t tag = io.byte();
  Addressed<Variant> result;
  io.id128(result.republic);
  const bool known = decode_tagged(io, tag, result.message, std::make_index_sequence<std::variant_size_v<Variant>>{});
  if (!known) return Error{Errc::corrupt, "message: unknown tag " + std::to_string(tag)};
  if (!io.finished()) {
    return Error{Errc::corrupt,
                 std::string{name_of(result.message)} + ": " + (io.what().empty() ? "malformed" : io.what())};
  }
  return result;
}

}  // namespace

void encode(const Republic& republic, const Request& request, std::string& out) {
  std::visit([&](const auto& message) { encode_message(republic, message, out); }, request);
}

void encode(const Republic& republic, const Answer& answer, std::string& out) {
  std::visit([&](const auto& message) { encode_message(republic, message, out); }, answer);
}

void encode(const Submission& submission, std::string& out) {
  Out io{out};
  fields(io, submission);
}

Result<Submission> decode_submission(std::string_view bytes) {
  In io{bytes};
  Submission submission;
  fields(io, submission);
  if (!io.finished()) {
    return Error{Errc::corrupt, "append: " + (io.what().empty() ? std::string{"malformed"} : io.what())};
  }
  return submission;
}

void encode(const Operation& operation, std::string& out) {
  Out io{out};
  fields(io, operation);
}

Result<Operation> decode_operation(std::string_view bytes) {
  In io{bytes};
  Operation operation;
  fields(io, operation);
  if (!io.finished()) {
    return Error{Errc::corrupt, "operation: " + (io.what().empty() ? std::string{"malformed"} : io.what())};
  }
  return operation;
}

Result<Addressed<Request>> decode_request(std::string_view bytes) { return decode_message<Request>(bytes); }
Result<Addressed<Answer>> decode_answer(std::string_view bytes) { return decode_message<Answer>(bytes); }

}  // namespace hansard
