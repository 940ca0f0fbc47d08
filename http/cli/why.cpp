// http/cli/why.cpp - `hansard why`: for what each islander waits, as it says itself.
#include "http/cli/flags.hpp"
#include "http/cli/table.hpp"
#include "http/cli/verbs.hpp"

#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

namespace hansard::cli {

namespace {

using nlohmann::json;

constexpr const char* who = "hansard why";
constexpr client::Patience look_patience{2'000};

// Who there is: of the government that some islander knows, else those that were named.
std::vector<std::pair<std::string, client::Url>> islanders(const Target& target) {
  std::vector<std::pair<std::string, client::Url>> found;
  client::Client client{target.urls()};
  const client::Outcome outcome =
      client.call({"GET", target.path("/government"), {}, {}}, look_patience, client::Safety::repeat);
  const json government = outcome.is(200) ? json::parse(outcome.answer.body, nullptr, false) : json();
  if (government.is_object() && government.contains("citizens") && government["citizens"].is_object()) {
    for (const auto& [id, citizen] : government["citizens"].items()) {
      const auto url = client::parse_url(citizen.value("url", std::string()));
      if (url) found.emplace_back(id, *url);
    }
  }
  if (!found.empty()) return found;
  for (const client::Url& url : target.urls()) found.emplace_back("?", url);
  return found;
}

// {"id":…,"url":…,"role":…,"disk":…,"waiting_for":…,"since":…}
json ask(const std::string& id, const client::Url& url, const Target& target) {
  json row{{"id", id},        {"url", to_string(url)},  {"role", nullptr},
           {"disk", nullptr}, {"waiting_for", nullptr}, {"waiting_since", nullptr}};
  client::Connection connection{url};
  const client::Outcome outcome = connection.exchange({"GET", target.path(""), {}, {}}, look_patience);
  const json status = outcome.is(200) ? json::parse(outcome.answer.body, nullptr, false) : json();
  if (!status.is_object()) {
    row["waiting_for"] = outcome.fate == client::Fate::answered ? explain(outcome) : "it does not answer";
    return row;
  }
  for (const char* member : {"role", "disk", "waiting_for", "waiting_since"}) {
    if (status.contains(member)) row[member] = status[member];
  }
  if (row["waiting_for"].is_null() && status.contains("trim_held_for") && status["trim_held_for"].is_string()) {
    row["waiting_for"] = "for " + status["trim_held_for"].get<std::string>() + " to catch up, to trim";
  }
  if (row["waiting_for"].is_null() && status.contains("backfilling") && status["backfilling"].is_string()) {
    row["waiting_for"] = "for older entries, up to " + status["backfilling"].get<std::string>();
  }
  return row;
}

int why(const Target& target) {
  json rows = json::array();
  for (const auto& [id, url] : islanders(target)) rows.push_back(ask(id, url, target));
  if (target.json) {
    std::printf("%s\n", json{{"islanders", rows}}.dump().c_str());
    return 0;
  }
  std::vector<Row> table{{"", "role", "disk", "waits", "since"}};
  for (const json& row : rows) {
    const std::string id = row["id"] == "?" ? cell(row, "url") : cell(row, "id");
    table.push_back({id, cell(row, "role"), cell(row, "disk"),
                     row["waiting_for"].is_null() ? "for nothing" : cell(row, "waiting_for"),
                     cell(row, "waiting_since")});
  }
  print_table(table);
  return 0;
}

}  // namespace

void add_why(CLI::App& app, Action& action) {
  CLI::App* verb = app.add_subcommand("why", "Say for what each islander waits, and since when");
  auto target = std::make_shared<Target>();
  add_target(*verb, *target);
  verb->callback([=, &action] { action = [=] { return why(*target); }; });
}

}  // namespace hansard::cli
