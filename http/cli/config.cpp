// http/cli/config.cpp - reads the file that --config names and turns it into arguments.
#include "http/cli/config.hpp"

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>

namespace hansard::cli {

namespace {

using Arguments = std::vector<std::string>;

bool is_given(const Arguments& arguments, const std::string& flag) {
  for (const std::string& argument : arguments) {
    if (argument == flag || argument.starts_with(flag + "=")) return true;
  }
  return false;
}

bool is_set(const std::string& variable) {
  const char* value = variable.empty() ? nullptr : std::getenv(variable.c_str());
  return value != nullptr && *value != '\0';
}

const CLI::App* find_verb(const CLI::App& app, const std::string& name) {
  for (const CLI::App* verb : app.get_subcommands(nullptr)) {
    if (verb->get_name() == name) return verb;
  }
  return nullptr;
}

std::optional<std::string> path_of(const Arguments& arguments) {
  constexpr std::string_view flag = "--config";
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    if (arguments[i] == flag && i + 1 < arguments.size()) return arguments[i + 1];
    if (arguments[i].starts_with("--config=")) return arguments[i].substr(flag.size() + 1);
  }
  if (is_set("HANSARD_CONFIG")) return std::getenv("HANSARD_CONFIG");
  return std::nullopt;
}

std::string text_of(const nlohmann::json& value) { return value.is_string() ? value.get<std::string>() : value.dump(); }

// What one key adds: `--flag=value`, several where the flag may be repeated, none for `false`.
void add(Arguments& arguments, const std::string& flag, const nlohmann::json& value, bool is_switch,
         const std::string& where) {
  if (value.is_null() || value.is_object()) {
    throw CLI::ConversionError(where + " is neither a text, a number, true or false, nor a list");
  }
  if (is_switch) {
    if (!value.is_boolean()) throw CLI::ConversionError(where + " is neither true nor false");
    if (value.get<bool>()) arguments.push_back(flag);
    return;
  }
  if (!value.is_array()) {
    arguments.push_back(flag + "=" + text_of(value));
    return;
  }
  std::string joined;
  for (const nlohmann::json& one : value) joined += (joined.empty() ? "" : ",") + text_of(one);
  arguments.push_back(flag + "=" + joined);
}

}  // namespace

Arguments with_config(const CLI::App& app, Arguments arguments) {
  if (arguments.empty() || is_given(arguments, "--help") || is_given(arguments, "-h")) {
    return arguments;
  }
  const CLI::App* verb = find_verb(app, arguments.front());
  if (verb == nullptr || verb->get_option_no_throw("--config") == nullptr) return arguments;
  const std::optional<std::string> path = path_of(arguments);
  if (!path) return arguments;

  std::ifstream file{*path};
  if (!file || std::filesystem::is_directory(*path)) throw CLI::FileError("--config: " + *path + " cannot be read");
  const auto config = nlohmann::json::parse(file, nullptr, false);
  if (!config.is_object()) throw CLI::FileError("--config: " + *path + " is not a JSON object");
  Arguments more = arguments;
  for (const auto& [key, value] : config.items()) {
    const std::string flag = "--" + key;
    const std::string where = "--config: " + *path + ": " + key;
    const CLI::Option* option = verb->get_option_no_throw(flag);
    if (option == nullptr || key == "config" || key == "help") {
      throw CLI::ConversionError(where + " is no flag of hansard " + verb->get_name());
    }
    if (is_given(arguments, flag) || is_set(option->get_envname())) continue;
    add(more, flag, value, option->get_items_expected_max() == 0, where);
  }
  return more;
}

}  // namespace hansard::cli
