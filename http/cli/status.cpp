// http/cli/status.cpp - `hansard status` and `hansard government`: tables for people.
#include "http/cli/flags.hpp"
#include "http/cli/table.hpp"
#include "http/cli/verbs.hpp"

#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace hansard::cli {

namespace {

using nlohmann::json;

constexpr client::Patience look_patience{5'000};

// A row for each member that is a plain value, in the order given.
std::vector<Row> rows_of(const json& object, const std::vector<const char*>& members) {
  std::vector<Row> rows;
  for (const char* member : members) {
    if (object.contains(member)) rows.push_back({member, cell(object[member])});
  }
  return rows;
}

void print_status(const json& status) {
  std::vector<Row> rows =
      rows_of(status, {"name", "role", "leader", "government", "committed", "first", "last", "entries", "bytes", "disk",
                       "backfilling", "trim_held_for", "waiting_for", "waiting_since"});
  if (status.contains("settings") && status["settings"].is_object()) {
    for (const auto& [name, value] : status["settings"].items()) {
      rows.push_back({name, cell(value)});
    }
  }
  print_table(rows);
}

void print_government(const json& government) {
  print_table(
      rows_of(government, {"promise", "ballot", "leader", "majority", "minority", "constituents", "acclimated"}));
  if (!government.contains("citizens") || !government["citizens"].is_object()) return;
  std::vector<Row> rows{{"", "url", "arrived", "reachable", "committed", "lag"}};
  for (const auto& [id, citizen] : government["citizens"].items()) {
    rows.push_back({id, cell(citizen, "url"), cell(citizen, "arrived"), cell(citizen, "reachable"),
                    cell(citizen, "committed"), cell(citizen, "lag_entries")});
  }
  std::puts("");
  print_table(rows);
}

using Print = void (*)(const json&);

int look(const std::string& who, const Target& target, std::string_view below, Print print) {
  client::Client client{target.urls()};
  client::Call call;
  call.target = target.path(below);
  const client::Outcome outcome = client.call(call, look_patience, client::Safety::repeat);
  if (!outcome.is(200)) return fail(who, outcome);
  if (target.json) {
    std::printf("%s%s", outcome.answer.body.c_str(), outcome.answer.body.ends_with('\n') ? "" : "\n");
    return 0;
  }
  const json answer = json::parse(outcome.answer.body, nullptr, false);
  if (!answer.is_object()) return fail(who, "the islander's answer is no JSON object");
  print(answer);
  return 0;
}

void add_look(CLI::App& app, Action& action, const std::string& name, const std::string& about,
              const std::string& below, Print print) {
  CLI::App* verb = app.add_subcommand(name, about);
  auto target = std::make_shared<Target>();
  add_target(*verb, *target);
  verb->callback([=, &action] { action = [=] { return look("hansard " + name, *target, below, print); }; });
}

}  // namespace

void add_status(CLI::App& app, Action& action) {
  add_look(app, action, "status", "Show a log as the islander sees it", "", print_status);
}

void add_government(CLI::App& app, Action& action) {
  add_look(app, action, "government", "Show who governs a log, and every islander", "/government", print_government);
}

}  // namespace hansard::cli
