// http/cli/table.hpp - tables for people, and how a JSON value looks in a cell.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace hansard::cli {

using Row = std::vector<std::string>;

// Columns as wide as their widest cell; no space at the end of a line.
void print_table(const std::vector<Row>& rows);
// Texts without quotes, lists with spaces, "-" where there is none.
[[nodiscard]] std::string cell(const nlohmann::json& value);
[[nodiscard]] std::string cell(const nlohmann::json& object, const char* member);

}  // namespace hansard::cli
