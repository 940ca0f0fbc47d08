#include "http/render.hpp"

#include "http/json.hpp"
#include "http/json_check.hpp"
#include "http/media.hpp"
#include "log/assert.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace hansard::http {

namespace {

constexpr std::string_view octets = "application/octet-stream";

// A JSON text without the line breaks between its tokens (inside strings there are none).
void append_on_one_line(std::string& out, std::string_view json) {
  const std::size_t start = out.size();
  out += json;
  std::replace_if(
      out.begin() + static_cast<std::ptrdiff_t>(start), out.end(), [](char c) { return c == '\n' || c == '\r'; }, ' ');
}

void append_data(std::string& out, const Item& item) {
  if (is_json_type(item.content_type) && is_json(item.body)) {
    out += R"("data":)";
    append_on_one_line(out, item.body);
  } else if (is_utf8(item.body)) {
    out += R"("data":)";
    append_json_string(out, item.body);
  } else {
    out += R"("data_base64":")";
    append_base64(out, item.body);
    out += '"';
  }
}

void append_names(std::string& out, const std::vector<std::string>& names) {
  out += '[';
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i != 0) out += ',';
    append_json_string(out, names[i]);
  }
  out += ']';
}

void append_duration(std::string& out, std::int64_t duration_us) {
  struct Unit {
    std::int64_t us;
    std::string_view name;
  };
  constexpr std::array units{Unit{3'600'000'000, "h"}, Unit{60'000'000, "m"}, Unit{1'000'000, "s"}, Unit{1'000, "ms"}};
  const auto* const unit = std::ranges::find_if(units, [&](const Unit& u) { return duration_us % u.us == 0; });
  const Unit& fits = unit == units.end() ? units.back() : *unit;
  out += '"';
  append_number(out, static_cast<std::uint64_t>(duration_us / fits.us));
  out += fits.name;
  out += '"';
}

void append_settings(std::string& out, const LogSettings& settings) {
  out += R"({"max_entry_bytes":)";
  append_number(out, settings.max_entry_bytes);
  out += R"(,"idempotency_keys":)";
  append_number(out, settings.idempotency_keys);
  out += R"(,"idempotency_window":)";
  append_duration(out, settings.idempotency_window_us);
  if (settings.max_entries != 0) {
    out += R"(,"max_entries":)";
    append_number(out, settings.max_entries);
  }
  if (settings.max_bytes != 0) {
    out += R"(,"max_bytes":)";
    append_number(out, settings.max_bytes);
  }
  if (settings.max_age_us != 0) {
    out += R"(,"max_age":)";
    append_duration(out, settings.max_age_us);
  }
  out += '}';
}

const CitizenStatus* citizen_of(const Status* status, std::string_view id) {
  if (status == nullptr) return nullptr;
  const auto found = std::ranges::find(status->citizens, id, &CitizenStatus::id);
  return found == status->citizens.end() ? nullptr : &*found;
}

void append_citizen(std::string& out, const Citizen& citizen, const CitizenStatus* known) {
  out += R"({"url":)";
  append_json_string(out, citizen.url);
  out += R"(,"arrived":)";
  append_json_promise(out, citizen.arrived);
  if (known != nullptr) {
    out += known->reachable ? R"(,"reachable":true,"committed":)" : R"(,"reachable":false,"committed":)";
    append_json_promise(out, known->committed);
    out += R"(,"lag_entries":)";
    append_number(out, known->lag_entries);
  }
  out += '}';
}

}  // namespace

std::string_view content_type_of(const Item& item) {
  const bool harmless = std::ranges::all_of(
      item.content_type, [](char c) { return c == '\t' || (static_cast<unsigned char>(c) >= 0x20 && c != 0x7F); });
  return item.content_type.empty() || !harmless ? octets : item.content_type;
}

void append_entry(std::string& out, const Entry& entry, std::size_t index) {
  HANSARD_ASSERT(entry.kind() == Kind::client || entry.kind() == Kind::government, "no other kind is shown");
  const Item item = entry.item(index);
  out += R"({"promise":)";
  append_json_promise(out, entry.promise_of(index));
  if (entry.kind() == Kind::government) out += R"(,"kind":"government")";
  out += R"(,"time":")";
  append_time(out, entry.time_us());
  out += '"';
  if (!entry.channel().empty()) {
    out += R"(,"channel":)";
    append_json_string(out, entry.channel());
  }
  out += R"(,"content_type":)";
  if (entry.kind() == Kind::client) {
    append_json_string(out, content_type_of(item));
    out += ',';
    append_data(out, item);
  } else {
    out += R"("application/json","data":)";
    const Result<Government> government = decode_government(item.body, entry.position());
    if (government)
      append_government(out, *government, nullptr);
    else
      out += "null";  // Of a newer version: its promise and time are all we can say.
  }
  out += '}';
}

void append_government(std::string& out, const Government& government, const Status* status) {
  std::vector<std::string> acclimated;
  for (const auto& [id, citizen] : government.citizens) {
    if (citizen.acclimated) acclimated.push_back(id);
  }
  out += R"({"promise":)";
  append_json_promise(out, government.promise);
  out += R"(,"ballot":)";
  append_number(out, government.ballot);
  out += R"(,"seats":)";
  append_number(out, government.seats);
  out += R"(,"majority":)";
  append_names(out, government.majority);
  out += R"(,"minority":)";
  append_names(out, government.minority);
  out += R"(,"constituents":)";
  append_names(out, government.constituents);
  out += R"(,"acclimated":)";
  append_names(out, acclimated);
  out += R"(,"leader":)";
  if (status != nullptr)
    append_text_or_null(out, status->leader);
  else
    append_text_or_null(out, government.majority.empty() ? std::string() : government.leader());
  out += R"(,"citizens":{)";
  bool first = true;
  for (const auto& [id, citizen] : government.citizens) {
    if (!first) out += ',';
    first = false;
    append_json_string(out, id);
    out += ':';
    append_citizen(out, citizen, citizen_of(status, id));
  }
  out += R"(},"why":)";
  append_json_string(out, government.why);
  out += '}';
}

std::string_view role_of(const Status& status, std::string_view self) {
  const Government& government = status.government;
  if (status.leader_in_office) return "leader";
  if (std::ranges::find(government.majority, self) != government.majority.end()) return "majority";
  if (std::ranges::find(government.minority, self) != government.minority.end()) return "minority";
  if (std::ranges::find(government.constituents, self) != government.constituents.end()) return "constituent";
  return "";
}

void append_log_status(std::string& out, std::string_view name, const Status& status, std::string_view self,
                       std::int64_t waiting_since_us) {
  out += R"({"name":)";
  append_json_string(out, name);
  out += R"(,"first":)";
  append_promise_or_null(out, status.oldest_client);
  out += R"(,"last":)";
  append_promise_or_null(out, status.newest_client);
  out += R"(,"entries":)";
  append_number(out, status.client_entries);
  out += R"(,"bytes":)";
  append_number(out, status.client_bytes);
  out += R"(,"committed":)";
  append_promise_or_null(out, status.committed);
  out += R"(,"government":)";
  append_promise_or_null(out, status.government.promise);
  out += R"(,"leader":)";
  append_text_or_null(out, status.leader);
  out += R"(,"role":)";
  append_text_or_null(out, role_of(status, self));
  constexpr std::array disks{"well", "full", "stalled"};
  out += R"(,"disk":)";
  append_json_string(out, disks.at(static_cast<std::size_t>(status.disk)));
  out += R"(,"backfilling":)";
  append_promise_or_null(out, status.backfilling);
  out += R"(,"trim_held_for":)";
  append_text_or_null(out, status.trim_held_for);
  out += R"(,"waiting_for":)";
  append_text_or_null(out, status.waiting_for);
  out += R"(,"waiting_since":)";
  if (status.waiting_for.empty() || waiting_since_us == 0) {
    out += "null";
  } else {
    out += '"';
    append_time(out, waiting_since_us);
    out += '"';
  }
  out += R"(,"settings":)";
  append_settings(out, status.settings);
  out += '}';
}

}  // namespace hansard::http
