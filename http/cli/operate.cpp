// http/cli/operate.cpp - `hansard trim`, `exile`, `transfer` and `log set`: what operators ask of an island.
#include "http/cli/flags.hpp"
#include "http/cli/verbs.hpp"
#include "http/query.hpp"

#include <cstdint>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

namespace hansard::cli {

namespace {

using nlohmann::json;

struct Options {
  Target target;
  std::string timeout = "10s";
};

void add_options(CLI::App& verb, Options& options) {
  add_target(verb, options.target);
  add(verb, "--timeout", options.timeout, duration_form("1ms", "60s"), "How long it may take");
}

// Whether it may be asked again of another islander: yes, but where that could hit who came after.
int ask(const std::string& who, const Options& options, client::Call call, client::Safety safety,
        const std::string& done) {
  call.target += "?timeout=" + options.timeout;
  client::Client client{options.target.urls()};
  const client::Outcome outcome = client.call(call, patience_for(*http::parse_duration(options.timeout)), safety);
  if (!outcome.is(200)) return fail(who, outcome);
  std::printf("%s\n", options.target.json ? outcome.answer.body.c_str() : done.c_str());
  return 0;
}

client::Call call_of(const char* method, std::string target, const json& body) {
  client::Call call{method, std::move(target), {}, body.is_null() ? std::string() : body.dump()};
  if (!body.is_null()) call.headers.emplace_back("Content-Type", "application/json");
  return call;
}

// A setting as it was given: a number, a duration, or none.
json value_of(const std::string& text) {
  if (text == "none") return nullptr;
  const auto number = http::parse_count(text);
  return number ? json(*number) : json(text);
}

Form or_none(Form form) {
  form.type += "|none";
  const auto check = form.check;
  form.check = CLI::Validator{[check](std::string& text) { return text == "none" ? std::string() : check(text); }, ""};
  return form;
}

}  // namespace

void add_trim(CLI::App& app, Action& action) {
  CLI::App* verb = app.add_subcommand("trim", "Drop a log's entries before a promise, on every islander");
  auto options = std::make_shared<Options>();
  auto before = std::make_shared<std::string>();
  add(*verb, "before", *before, promise_form(), "The oldest entry that stays")->required();
  add_options(*verb, *options);
  verb->callback([=, &action] {
    action = [=] {
      return ask("hansard trim", *options, call_of("POST", options->target.path("/trim"), {{"before", *before}}),
                 client::Safety::repeat, "what was before " + *before + " is gone");
    };
  });
}

void add_exile(CLI::App& app, Action& action) {
  CLI::App* verb = app.add_subcommand("exile", "Send an islander away; its seat stands vacant until another takes it");
  auto options = std::make_shared<Options>();
  auto id = std::make_shared<std::string>();
  add(*verb, "id", *id, name_form(), "The islander")->required();
  add_options(*verb, *options);
  verb->callback([=, &action] {
    action = [=] {
      return ask("hansard exile", *options, call_of("DELETE", "/v1/islanders/" + *id, nullptr), client::Safety::once,
                 *id + " belongs to the island no longer");
    };
  });
}

void add_transfer(CLI::App& app, Action& action) {
  CLI::App* verb = app.add_subcommand("transfer", "Hand a log's leadership to a member of the parliament");
  auto options = std::make_shared<Options>();
  auto id = std::make_shared<std::string>();
  add(*verb, "id", *id, name_form(), "The islander that is to lead")->required();
  add_options(*verb, *options);
  verb->callback([=, &action] {
    action = [=] {
      return ask("hansard transfer", *options, call_of("POST", options->target.path("/transfer"), {{"to", *id}}),
                 client::Safety::repeat, *id + " leads");
    };
  });
}

void add_log_verbs(CLI::App& app, Action& action) {
  CLI::App* log = app.add_subcommand("log", "Operate a log");
  log->require_subcommand(1);
  CLI::App* verb = log->add_subcommand("set", "Change a log's settings; those that are not named stay as they are");
  struct Set {
    Options options;
    std::string max_bytes, max_age, max_entries, max_entry_bytes, keys, window;
  };
  auto set = std::make_shared<Set>();
  constexpr auto most = ~std::uint64_t{0};
  add(*verb, "--max-bytes", set->max_bytes, or_none(count_form(1, most)), "Keep at most so many bytes of entries");
  add(*verb, "--max-age", set->max_age, or_none(duration_form("1s", "876000h")), "Keep entries for so long");
  add(*verb, "--max-entries", set->max_entries, or_none(count_form(1, most)), "Keep at most so many entries");
  add(*verb, "--max-entry-bytes", set->max_entry_bytes, or_none(count_form(1, std::uint64_t{8} << 20U)),
      "Refuse entries that are larger");
  add(*verb, "--idempotency-keys", set->keys, or_none(count_form(1, 1'000'000)), "Remember at most so many keys");
  add(*verb, "--idempotency-window", set->window, or_none(duration_form("1s", "168h")), "Remember a key for so long");
  add_options(*verb, set->options);
  verb->callback([=, &action] {
    json change = json::object();
    const auto put = [&change](const char* name, const std::string& text) {
      if (!text.empty()) change[name] = value_of(text);
    };
    put("max_bytes", set->max_bytes);
    put("max_age", set->max_age);
    put("max_entries", set->max_entries);
    put("max_entry_bytes", set->max_entry_bytes);
    put("idempotency_keys", set->keys);
    put("idempotency_window", set->window);
    if (change.empty()) refuse("a setting is missing; see hansard log set --help");
    action = [=] {
      return ask("hansard log set", set->options, call_of("PATCH", set->options.target.path(""), change),
                 client::Safety::repeat, "log " + set->options.target.log + " is set");
    };
  });
}

}  // namespace hansard::cli
