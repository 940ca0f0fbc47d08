// tests/fuzz/keys.cpp - keys and small values of a LevelDB directory.
#include "log/codec.hpp"
#include "log/leveldb_keys.hpp"
#include "tests/fuzz/target.hpp"

namespace hansard::fuzz {
namespace {

template <class Value>
void value(std::string_view bytes) {
  Value read{};
  if (leveldb_keys::decode(bytes, read)) {
    demand_same(bytes, leveldb_keys::encode(read), "a value changes when it is written");
  }
}

}  // namespace

void keys(std::string_view input) {
  if (const auto key = leveldb_keys::parse(input)) {
    const std::uint32_t log = Decoder(input.substr(1)).fixed32();
    demand_same(input,
                key->is_marker ? leveldb_keys::marker(log, key->last, key->count) : leveldb_keys::entry(log, key->last),
                "a key changes when it is written");
    demand(leveldb_keys::parse(log, input).has_value(), "a key is not of its own log");
    demand(!leveldb_keys::parse(~log, input).has_value(), "a key is of another log");
  }
  value<std::uint64_t>(input);
  value<Committed>(input);
  value<leveldb_keys::Trimmed>(input);
  value<Identity>(input);
}

}  // namespace hansard::fuzz
