// A Legislator's whole state to bytes and back: version, what it was made of, everything else, checksum.
#include "government/chamber_state.hpp"

#include "government/legislator.hpp"

#include <utility>

namespace hansard {

namespace {

constexpr std::uint8_t version = 6;
constexpr std::size_t checksum_bytes = 8;

// What Chamber::origins() lists, before there is a Chamber.
struct Origins {
  Settings settings;
  Islander self;
  std::string url;
  std::uint64_t start_count = 0;
  Republic fresh_republic;
};

Error corrupt(const char* what) { return Error{Errc::corrupt, std::string("the state of an islander: ") + what}; }

}  // namespace

void save(Chamber& chamber, std::string& out) {
  const std::size_t begin = out.size();
  out.push_back(static_cast<char>(version));
  ArchiveWriter writer(out, chamber.parts);
  chamber.origins(writer);
  chamber.members(writer);
  const std::uint64_t sum = checksum64(std::string_view(out).substr(begin));
  Encoder(out).fixed64(sum);
}

Result<std::unique_ptr<Chamber>> restore_chamber(std::string_view bytes) {
  if (bytes.size() < 1 + checksum_bytes) return corrupt("too short");
  if (static_cast<std::uint8_t>(bytes.front()) != version) {
    return Error{Errc::unsupported,
                 "the state of an islander: format version " +
                     std::to_string(static_cast<unsigned>(static_cast<std::uint8_t>(bytes.front())))};
  }
  Decoder trailer(bytes.substr(bytes.size() - checksum_bytes));
  if (trailer.fixed64() != checksum64(bytes.substr(0, bytes.size() - checksum_bytes))) return corrupt("its checksum");
  bytes = bytes.substr(1, bytes.size() - 1 - checksum_bytes);

  Origins origins;
  const std::vector<Part*> nobody;
  ArchiveReader first(bytes, nobody);
  first(origins.settings, origins.self, origins.url, origins.start_count, origins.fresh_republic);
  if (first.failed()) return corrupt("malformed");
  Recovered recovered;
  recovered.identity = {origins.self.id, origins.self.cookie, origins.start_count};
  auto chamber = std::make_unique<Chamber>(origins.settings, recovered, origins.url, origins.fresh_republic);
  ArchiveReader reader(bytes.substr(bytes.size() - first.remaining()), chamber->parts);
  chamber->members(reader);
  if (!reader.finished()) return corrupt("malformed");
  return chamber;
}

void Legislator::save(std::string& out) const { hansard::save(*chamber_, out); }

Result<std::unique_ptr<Legislator>> Legislator::restore(std::string_view bytes) {
  Result<std::unique_ptr<Chamber>> chamber = restore_chamber(bytes);
  if (!chamber) return chamber.error();
  return std::make_unique<Legislator>(std::move(*chamber));
}

}  // namespace hansard
