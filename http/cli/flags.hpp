// http/cli/flags.hpp - what the verbs share: forms of values, the flags of verbs that talk to an
// island, variables, and how a verb fails.
//
// Forms: a duration is `250ms`, `10s`, `5m`, `24h`; a name (log, channel, islander) is
// [a-z0-9][a-z0-9._-]{0,62}; a promise is `3/42` or, with its republic, `3/42@9f2c81ab`; an address
// is `host:port` or `[v6]:port`. A value of another form is bad usage, whose line names the flag.
#pragma once

#include "http/client.hpp"

#include <CLI/CLI.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hansard::cli {

// What a value must look like, and its name in --help.
struct Form {
  std::string type;
  CLI::Validator check;
};
Form duration_form(std::string_view least, std::string_view most);
Form name_form();
Form promise_form();
Form key_form();
Form address_form();
Form urls_form();
Form count_form(std::uint64_t least, std::uint64_t most);
Form choice_form(std::vector<std::string> choices);
Form path_form();
// A flag of that form; its default, if it has one, stands in --help.
template <class Value>
CLI::Option* add(CLI::App& verb, const std::string& name, Value& value, const Form& form,
                 const std::string& description) {
  CLI::Option* option = verb.add_option(name, value, description)->type_name(form.type);
  option->check(form.check);
  return option->capture_default_str();
}

// Of verbs that talk to an island.
struct Target {
  std::string url = "http://127.0.0.1:8101";
  std::string log = "main";
  bool json = false;

  [[nodiscard]] std::vector<client::Url> urls() const;
  [[nodiscard]] std::string path(std::string_view below) const;  // "/v1/logs/main" + below
};
void add_url(CLI::App& verb, std::string& url);
void add_log(CLI::App& verb, std::string& log);
void add_json(CLI::App& verb, bool& json);
void add_target(CLI::App& verb, Target& target);

// Gives every flag of the verb its variable: --log-level, HANSARD_LOG_LEVEL.
void add_variables(CLI::App& verb);

// Bad usage that shows only where flags are looked at together.
[[noreturn]] void refuse(const std::string& what);
// Prints the one line of a failure at work and returns its exit code, 1.
int fail(std::string_view who, std::string_view what);
// The same for an outcome that is not the answer hoped for: what the islander says, or why there
// was no answer.
int fail(std::string_view who, const client::Outcome& outcome);
[[nodiscard]] std::string explain(const client::Outcome& outcome);

// What a call through `wait` may take: the wait itself and the way.
[[nodiscard]] inline client::Patience patience_for(client::Patience wait) { return wait + client::Patience{3'000}; }

}  // namespace hansard::cli
