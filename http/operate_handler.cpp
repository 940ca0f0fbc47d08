// http/operate_handler.cpp - what operators ask of an island: trims, settings, transfer of office, exile.
//
// Each is judged after a read point, so that it sees what was acknowledged before; then the node brings it to the
// leader. Contract: "Retention" and "The island" of the HTTP API.
#include "http/bookmark.hpp"
#include "http/handlers.hpp"
#include "http/json.hpp"
#include "http/json_check.hpp"
#include "http/operate_work.hpp"
#include "http/query.hpp"
#include "http/refusals.hpp"
#include "http/render.hpp"
#include "http/session.hpp"
#include "log/identity.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace hansard::http {

namespace {

using nlohmann::json;

// The body as an object whose members are all among `known`; else what is wrong with it.
struct Body {
  json object;
  std::string fault;
};

template <std::size_t Count>
Body body_of(Session& session, const std::array<std::string_view, Count>& known) {
  Body body;
  const std::string& text = session.request().body;
  if (is_json(text)) body.object = json::parse(text, nullptr, false);
  if (!body.object.is_object()) {
    body.fault = "the body is no JSON object";
    return body;
  }
  for (const auto& [name, value] : body.object.items()) {
    if (std::ranges::find(known, name) == known.end()) {
      body.fault = "`" + name.substr(0, 100) + "` is no member of this call's body";
    }
  }
  return body;
}

// ---- Settings -------------------------------------------------------------------------------------

constexpr std::array<std::string_view, 6> setting_names{"max_entry_bytes", "idempotency_keys", "idempotency_window",
                                                        "max_entries",     "max_bytes",        "max_age"};

// Takes settings one by one: absent leaves as it is, null is the default.
class Settings {
 public:
  explicit Settings(const json& object) : object_(object) {}

  void count(const char* name, std::optional<std::uint64_t>& to, std::uint64_t usual) {
    const auto found = object_.find(name);
    if (found == object_.end()) return;
    if (found->is_null()) {
      to = usual;
    } else if (found->is_number_unsigned() && *found != 0U) {
      to = found->get<std::uint64_t>();
    } else {
      blame(name, "is a whole number from 1 on, or null");
    }
  }
  void duration(const char* name, std::optional<std::int64_t>& to, std::int64_t usual) {
    const auto found = object_.find(name);
    if (found == object_.end()) return;
    if (found->is_null()) {
      to = usual;
      return;
    }
    const auto given = found->is_string() ? parse_duration(found->get_ref<const std::string&>()) : std::nullopt;
    if (!given || given->count() == 0) return blame(name, "is a duration such as \"10s\", \"5m\" or \"24h\", or null");
    to = given->count() * 1'000;
  }
  [[nodiscard]] const std::string& fault() const { return fault_; }

 private:
  void blame(const char* name, const char* what) {
    if (fault_.empty()) fault_ = std::string("`") + name + "` " + what;
  }

  const json& object_;
  std::string fault_;
};

}  // namespace

void handle_trim(Session& session) {
  const Body body = body_of(session, std::array<std::string_view, 1>{"before"});
  if (!body.fault.empty()) return session.fail(bad_request(body.fault));
  const auto before = body.object.find("before");
  const bool is_text = before != body.object.end() && before->is_string();
  const auto bookmark = is_text ? parse_bookmark(before->get_ref<const std::string&>()) : std::nullopt;
  if (!bookmark || bookmark->promise.is_zero()) {
    return session.fail(bad_request(R"(`before` is a promise after 0/0, such as "3/10")"));
  }
  const Node::Brief brief = session.node().brief();
  if (brief.has_government && !bookmark->belongs_to(brief.republic))
    return session.fail(other_republic(brief.republic));
  Operation operation;
  operation.what = Operation::What::trim;
  operation.before = bookmark->promise;
  operate(session, std::move(operation), nullptr, [](std::string& out, const Status& status) {
    out += R"({"first":)";
    append_promise_or_null(out, status.oldest_client);
    out += '}';
  });
}

void handle_set(Session& session) {
  const Body body = body_of(session, setting_names);
  if (!body.fault.empty()) return session.fail(bad_request(body.fault));
  Operation operation;
  operation.what = Operation::What::settings;
  LogSettingsChange& change = operation.settings;
  constexpr LogSettings usual;
  Settings settings(body.object);
  settings.count("max_entry_bytes", change.max_entry_bytes, usual.max_entry_bytes);
  settings.count("idempotency_keys", change.idempotency_keys, usual.idempotency_keys);
  settings.duration("idempotency_window", change.idempotency_window_us, usual.idempotency_window_us);
  settings.count("max_entries", change.max_entries, usual.max_entries);
  settings.count("max_bytes", change.max_bytes, usual.max_bytes);
  settings.duration("max_age", change.max_age_us, usual.max_age_us);
  if (!settings.fault().empty()) return session.fail(bad_request(settings.fault()));
  if (const char* wrong = fault(change.applied_to(usual))) return session.fail(bad_request(wrong));
  operate(session, std::move(operation), nullptr,
          [name = session.route().log, &node = session.node()](std::string& out, const Status& status) {
            append_log_status(out, name, status, node.self().id, node.waiting_since_us());
          });
}

void handle_transfer(Session& session) {
  const Body body = body_of(session, std::array<std::string_view, 1>{"to"});
  if (!body.fault.empty()) return session.fail(bad_request(body.fault));
  const auto to = body.object.find("to");
  if (to == body.object.end() || !to->is_string() || !is_name(to->get_ref<const std::string&>())) {
    return session.fail(bad_request(R"(`to` is an islander's id, such as "b")"));
  }
  Operation operation;
  operation.what = Operation::What::transfer;
  operation.id = to->get<std::string>();
  operate(session, std::move(operation), nullptr, [](std::string& out, const Status& status) {
    out += R"({"leader":)";
    append_text_or_null(out, status.leader);
    out += '}';
  });
}

void handle_exile(Session& session) {
  const std::string& id = session.route().id;
  if (!is_name(id)) return session.fail(bad_request("an islander's id is [a-z0-9][a-z0-9._-]{0,62}"));
  Operation operation;
  operation.what = Operation::What::exile;
  operation.id = id;
  const auto judge = [id](const Status& status) -> std::optional<Problem> {
    if (status.government.citizens.contains(id)) return std::nullopt;
    return not_found("there is no islander `" + id + "` in the island");
  };
  operate(session, std::move(operation), judge, [id](std::string& out, const Status& status) {
    out += R"({"exiled":)";
    append_json_string(out, id);
    out += R"(,"government":)";
    append_promise_or_null(out, status.government.promise);
    out += '}';
  });
}

}  // namespace hansard::http
