// sdk/recovery.cpp - see recovery.hpp.
#include "sdk/recovery.hpp"

#include <limits>
#include <utility>

namespace hansard {

namespace {

// A recovery reads this much at once.
constexpr std::size_t piece_bytes = std::size_t{4} << 20U;
constexpr std::size_t piece_entries = 65'536;

}  // namespace

Result<std::unique_ptr<Legislator>> recover(Store& store, const Settings& settings, std::string url,
                                            Republic fresh_republic, Moment moment,
                                            const std::function<void(Legislator&)>& before_start) {
  constexpr std::uint64_t all = std::numeric_limits<std::uint64_t>::max();
  auto core = std::make_unique<Legislator>(settings, store.recovered(), std::move(url), fresh_republic);
  Promise after = core->replay_after();
  while (true) {
    const auto piece = store.read(after, {all, all}, piece_bytes, piece_entries);
    if (!piece) return piece.error();
    if (piece->empty()) break;
    core->replay(*piece);
    after = piece->back()->last();
  }
  if (before_start) before_start(*core);
  core->start(moment);
  return core;
}

}  // namespace hansard
