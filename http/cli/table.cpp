#include "http/cli/table.hpp"

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>

namespace hansard::cli {

using nlohmann::json;

void print_table(const std::vector<Row>& rows) {
  std::vector<std::size_t> widths;
  for (const Row& row : rows) {
    if (widths.size() < row.size()) widths.resize(row.size());
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  for (const Row& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      line += row[i];
      if (i + 1 < row.size()) line.append(widths[i] - row[i].size() + 2, ' ');
    }
    while (line.ends_with(' ')) line.pop_back();
    std::puts(line.c_str());
  }
}

std::string cell(const json& value) {
  if (value.is_null()) return "-";
  if (value.is_string()) return value.get_ref<const std::string&>();
  if (value.is_boolean()) return value.get<bool>() ? "yes" : "no";
  if (!value.is_array()) return value.dump();
  std::string text;
  for (const json& one : value) text += (text.empty() ? "" : " ") + cell(one);
  return text.empty() ? "-" : text;
}

std::string cell(const json& object, const char* member) {
  return object.contains(member) ? cell(object[member]) : "-";
}

}  // namespace hansard::cli
