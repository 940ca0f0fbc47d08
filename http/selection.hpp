// http/selection.hpp - Selection: which entries a reader or a subscriber wants to see (`channel=`, `governments=`).
#pragma once

#include "http/query.hpp"
#include "log/entry.hpp"

#include <string>
#include <vector>

namespace hansard::http {

struct Selection {
  std::vector<std::string> channels;  // empty: all, and what is in none
  bool governments = false;           // of any channel

  [[nodiscard]] bool shows(const Entry& entry) const;
};

// Takes its parameters from the query, which keeps the fault.
[[nodiscard]] Selection take_selection(Query& query);

}  // namespace hansard::http
