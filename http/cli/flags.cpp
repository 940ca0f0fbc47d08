// http/cli/flags.cpp - forms of values, shared flags, and the line of a failure.
#include "http/cli/flags.hpp"

#include "http/bookmark.hpp"
#include "http/query.hpp"
#include "log/identity.hpp"
#include "sdk/address.hpp"

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>

namespace hansard::cli {

namespace {

// CLI11 wants a validator to return its complaint, empty where there is none.
template <class Test>
Form form(std::string type, std::string complaint, Test test) {
  const auto check = [complaint = std::move(complaint), test](std::string& text) {
    return test(text) ? std::string() : "'" + text + "' is not " + complaint;
  };
  return Form{std::move(type), CLI::Validator{check, ""}};
}

std::string variable_of(const std::string& flag) {
  std::string name = "HANSARD_";
  for (const char c : flag) {
    name += c == '-' ? '_' : static_cast<char>(c >= 'a' && c <= 'z' ? c - 32 : c);
  }
  return name;
}

}  // namespace

Form duration_form(std::string_view least, std::string_view most) {
  const std::string range = std::string(least) + " to " + std::string(most);
  return form("DURATION", "a duration from " + range + " (such as 250ms, 10s, 5m, 24h)",
              [low = http::parse_duration(least), high = http::parse_duration(most)](const std::string& text) {
                const auto duration = http::parse_duration(text);
                return duration && *duration >= *low && *duration <= *high;
              });
}

Form name_form() {
  return form("NAME", "a name ([a-z0-9][a-z0-9._-]{0,62})", [](const std::string& text) { return is_name(text); });
}

Form promise_form() {
  return form("PROMISE", "a promise (such as 3/42)",
              [](const std::string& text) { return http::parse_bookmark(text).has_value(); });
}

Form key_form() {
  return form("KEY", "1 to 255 visible characters of ASCII",
              [](const std::string& text) { return http::is_key(text); });
}

Form address_form() {
  return form("HOST:PORT", "an address (such as 127.0.0.1:8101)",
              [](const std::string& text) { return parse_host_port(text).has_value(); });
}

Form urls_form() {
  const auto check = [](std::string& text) {
    const auto urls = client::parse_urls(text);
    return urls ? std::string() : urls.error().what;
  };
  return Form{"URL,...", CLI::Validator{check, ""}};
}

Form count_form(std::uint64_t least, std::uint64_t most) {
  return form("COUNT", "a number from " + std::to_string(least) + " to " + std::to_string(most),
              [least, most](const std::string& text) {
                const auto number = http::parse_count(text);
                return number && *number >= least && *number <= most;
              });
}

Form choice_form(std::vector<std::string> choices) {
  std::string list;
  for (const std::string& choice : choices) list += (list.empty() ? "" : "|") + choice;
  return form(list, "one of " + list, [choices = std::move(choices)](const std::string& text) {
    return std::ranges::find(choices, text) != choices.end();
  });
}

Form path_form() {
  return form("PATH", "a path", [](const std::string& text) { return !text.empty(); });
}

std::vector<client::Url> Target::urls() const { return std::move(*client::parse_urls(url)); }

std::string Target::path(std::string_view below) const { return "/v1/logs/" + log + std::string(below); }

void add_url(CLI::App& verb, std::string& url) {
  add(verb, "--url", url, urls_form(), "Islanders to talk to; the next is tried when one fails")
      ->envname("HANSARD_URL");
}

void add_log(CLI::App& verb, std::string& log) { add(verb, "--log", log, name_form(), "The log"); }

void add_json(CLI::App& verb, bool& json) { verb.add_flag("--json", json, "Print JSON, as the islander gives it"); }

void add_target(CLI::App& verb, Target& target) {
  add_url(verb, target.url);
  add_log(verb, target.log);
  add_json(verb, target.json);
}

void add_variables(CLI::App& verb) {
  for (CLI::Option* option : verb.get_options()) {
    const std::vector<std::string> names = option->get_lnames();
    if (names.empty() || names[0] == "help" || !option->get_envname().empty()) continue;
    option->envname(variable_of(names[0]));
  }
}

void refuse(const std::string& what) { throw CLI::ValidationError(what); }

int fail(std::string_view who, std::string_view what) {
  std::fprintf(stderr, "%.*s: %.*s\n", static_cast<int>(who.size()), who.data(), static_cast<int>(what.size()),
               what.data());
  return 1;
}

int fail(std::string_view who, const client::Outcome& outcome) { return fail(who, explain(outcome)); }

std::string explain(const client::Outcome& outcome) {
  if (outcome.fate != client::Fate::answered) return outcome.why;
  std::string text = "answered " + std::to_string(outcome.answer.status);
  const auto problem = nlohmann::json::parse(outcome.answer.body, nullptr, false);
  for (const char* member : {"title", "detail"}) {
    if (!problem.is_object() || !problem.contains(member)) continue;
    if (problem[member].is_string()) text += ": " + problem[member].get<std::string>();
  }
  std::ranges::replace(text, '\n', ' ');
  return text;
}

}  // namespace hansard::cli
