// government/quorum.hpp - who must agree, and how far they do: pure arithmetic of leader and candidate.
//
// Protocol: section 1 "electorate of an entry", section 3 "Chosen", section 4.3.
// A quorum is f+1 of the 2f+1 seats; vacant seats count for nobody. Members are asked for by id *and* cookie: a chain
// may hold two governments in which one id stands for two islanders (exiled, come back wiped, seated again), and an
// answer of one must never count for the other (section 9.8).
#pragma once

#include "government/government.hpp"
#include "government/message.hpp"
#include "log/promise.hpp"

#include <functional>
#include <map>
#include <set>
#include <span>
#include <vector>

namespace hansard {

// Who decides a piece of the uncommitted log: the entries after the piece before it (after `committed` for the first),
// up to and including `upto`. Ownership: `government` is the caller's and must outlive it.
struct Electorate {
  Promise upto;
  const Government* government = nullptr;
};

// The pieces of a log that ends at `last`. `committed` is its latest committed government (no majority: there is none,
// the log begins with a founding government, which is its own electorate); `uncommitted` are the governments after it,
// oldest first. Each of them is decided by the one before it; what follows the last one, by the last one.
// REQUIRES: promises increase, and `last` is at or after them all. The references must outlive the result.
[[nodiscard]] std::vector<Electorate> electorates(const Government& committed, std::span<const Government> uncommitted,
                                                  Promise last);

// How far the copy of one islander counts; zero: not at all.
using Matched = std::function<Promise(const std::string& id, const Cookie& cookie)>;

// The greatest promise p such that f+1 of the parliament have matched p or more; zero where there are not f+1.
[[nodiscard]] Promise matched_by_quorum(const Government& government, const Matched& matched);

// How far the log is held by the electorate of every entry; zero where not even the first piece is begun.
// The caller counts a copy only if it was acknowledged in its own ballot and reaches its own government entry, and
// takes the result for committed only if it is at or after that entry.
[[nodiscard]] Promise chosen_upto(std::span<const Electorate> pieces, const Matched& matched);

using Agrees = std::function<bool(const std::string& id, const Cookie& cookie)>;

// Do f+1 of the parliament agree?
[[nodiscard]] bool has_quorum(const Government& government, const Agrees& agrees);
[[nodiscard]] bool has_quorum(const Government& government, const std::set<Islander>& agreed);

}  // namespace hansard
