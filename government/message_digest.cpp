// government/message_digest.cpp - what tells two messages apart; see message_codec.hpp.
#include "government/message_fields.hpp"

namespace hansard {

namespace {

using namespace message_fields;

// As Out, but an entry is its trailer, the chain and the checksum over all of it: as good as its bytes to tell two
// messages apart, and nothing is copied.
class DigestOut : public Out {
 public:
  using Out::Out;

  void entries(const std::vector<EntryPtr>& values) {
    writer_.number(values.size());
    for (const EntryPtr& entry : values) {
      HANSARD_ASSERT(entry != nullptr, "a pulse carries entries, not their absence");
      writer_.raw(entry->trailer());
    }
  }
};

template <class Message>
void digest_message(const Republic& republic, const Message& message, std::string& out) {
  Encoder writer{out};
  writer.byte(tag_of<Message>);
  writer.id128(republic);
  DigestOut io{out};
  fields(io, message);
}

}  // namespace

void digest(const Republic& republic, const Request& request, std::string& out) {
  std::visit([&](const auto& message) { digest_message(republic, message, out); }, request);
}

void digest(const Republic& republic, const Answer& answer, std::string& out) {
  std::visit([&](const auto& message) { digest_message(republic, message, out); }, answer);
}

}  // namespace hansard
