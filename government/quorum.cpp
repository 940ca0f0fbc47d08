// government/quorum.cpp - counting. The dumb second implementation is in its test.
#include "government/quorum.hpp"

#include "log/assert.hpp"

#include <algorithm>

namespace hansard {

namespace {

// Calls `each` with id and cookie of every member.
template <class Each>
void for_each_member(const Government& government, Each each) {
  for (const auto* list : {&government.majority, &government.minority}) {
    for (const std::string& id : *list) {
      const auto citizen = government.citizens.find(id);
      HANSARD_ASSERT(citizen != government.citizens.end(), "a member of the parliament is a citizen");
      each(id, citizen->second.cookie);
    }
  }
}

}  // namespace

std::vector<Electorate> electorates(const Government& committed, std::span<const Government> uncommitted,
                                    Promise last) {
  std::vector<Electorate> pieces;
  const Government* in_force = committed.majority.empty() ? nullptr : &committed;
  for (const Government& next : uncommitted) {
    HANSARD_ASSERT(in_force == nullptr || in_force->promise < next.promise, "governments follow each other");
    // A government's own entry is decided by the parliament that it replaces; the founding one replaces nobody.
    pieces.push_back({next.promise, in_force == nullptr ? &next : in_force});
    in_force = &next;
  }
  HANSARD_ASSERT(in_force != nullptr, "an entry without a government before it");
  HANSARD_ASSERT(in_force->promise <= last, "a log reaches to its last government");
  if (in_force->promise < last) pieces.push_back({last, in_force});
  return pieces;
}

Promise matched_by_quorum(const Government& government, const Matched& matched) {
  std::vector<Promise> held;
  held.reserve(government.seats);
  for_each_member(government,
                  [&](const std::string& id, const Cookie& cookie) { held.push_back(matched(id, cookie)); });
  const std::size_t quorum = government.quorum();
  if (held.size() < quorum) return {};
  std::sort(held.begin(), held.end(), std::greater<>{});
  return held[quorum - 1];
}

Promise chosen_upto(std::span<const Electorate> pieces, const Matched& matched) {
  Promise chosen;
  for (const Electorate& piece : pieces) {
    const Promise held = matched_by_quorum(*piece.government, matched);
    // Less than the piece before it: this one is not even begun, which takes nothing from the one before.
    chosen = std::max(chosen, std::min(held, piece.upto));
    if (held < piece.upto) break;  // Through a piece that is not chosen nothing is (planted bug k).
  }
  return chosen;
}

bool has_quorum(const Government& government, const Agrees& agrees) {
  std::size_t count = 0;
  for_each_member(government, [&](const std::string& id, const Cookie& cookie) {
    if (agrees(id, cookie)) ++count;
  });
  return count >= government.quorum();
}

bool has_quorum(const Government& government, const std::set<Islander>& agreed) {
  return has_quorum(government, [&](const std::string& id, const Cookie& cookie) {
    return agreed.contains(Islander{id, cookie});
  });
}

}  // namespace hansard
