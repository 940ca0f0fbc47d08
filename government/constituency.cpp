// government/constituency.cpp - the tree of protocol section 6, both ways.
#include "government/constituency.hpp"

#include <algorithm>
#include <cstddef>
#include <tuple>

namespace hansard {

namespace {

constexpr std::size_t nowhere = static_cast<std::size_t>(-1);

std::size_t index_in(const std::vector<std::string>& ids, std::string_view id) {
  const auto found = std::find(ids.begin(), ids.end(), id);
  return found == ids.end() ? nowhere : static_cast<std::size_t>(found - ids.begin());
}

// Those members j of `ids` with j mod `shares` = `share`.
std::vector<std::string> dealt(const std::vector<std::string>& ids, std::size_t share, std::size_t shares) {
  std::vector<std::string> result;
  for (std::size_t j = share; j < ids.size(); j += shares) result.push_back(ids[j]);
  return result;
}

}  // namespace

std::vector<std::string> constituency(const Government& government, std::string_view id) {
  const auto& [majority, minority, constituents] =
      std::tie(government.majority, government.minority, government.constituents);
  if (const std::size_t i = index_in(majority, id); i != nowhere) {
    const std::vector<std::string>& below = minority.empty() ? constituents : minority;
    if (majority.size() == 1) return below;  // A parliament of one.
    if (i == 0) return {};
    return dealt(below, i - 1, majority.size() - 1);
  }
  if (const std::size_t i = index_in(minority, id); i != nowhere) return dealt(constituents, i, minority.size());
  return {};
}

std::string representative(const Government& government, std::string_view id) {
  // Not a structured binding: clang 14 captures none in a lambda.
  const std::vector<std::string>& majority = government.majority;
  const std::vector<std::string>& minority = government.minority;
  const std::vector<std::string>& constituents = government.constituents;
  if (majority.empty()) return {};
  const auto of_majority = [&](std::size_t j) -> const std::string& {
    return majority.size() == 1 ? majority.front() : majority[1 + j % (majority.size() - 1)];
  };
  if (const std::size_t i = index_in(majority, id); i != nowhere) return i == 0 ? std::string{} : majority.front();
  if (const std::size_t j = index_in(minority, id); j != nowhere) return of_majority(j);
  if (const std::size_t j = index_in(constituents, id); j != nowhere) {
    return minority.empty() ? of_majority(j) : minority[j % minority.size()];
  }
  return {};
}

}  // namespace hansard
