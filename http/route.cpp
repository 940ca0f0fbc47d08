#include "http/route.hpp"

#include "http/query.hpp"
#include "log/assert.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace hansard::http {

namespace {

constexpr std::string_view log_here = "{log}";          // one segment
constexpr std::string_view promise_here = "{promise}";  // one segment (`3%2F42`) or two (`3/42`), at the end
constexpr std::string_view key_here = "{key}";          // one segment
constexpr std::string_view id_here = "{id}";            // one segment
constexpr std::size_t segments_max = 6;

struct Row {
  Method method;
  Call call;
  std::array<std::string_view, 5> pattern;  // up to the first empty one
};

constexpr std::array table{
    Row{Method::post, Call::append, {"v1", "logs", log_here, "entries"}},
    Row{Method::get, Call::read, {"v1", "logs", log_here, "entries"}},
    Row{Method::get, Call::entry, {"v1", "logs", log_here, "entries", promise_here}},
    Row{Method::post, Call::batch, {"v1", "logs", log_here, "batch"}},
    Row{Method::get, Call::subscribe, {"v1", "logs", log_here, "subscribe"}},
    Row{Method::get, Call::key, {"v1", "logs", log_here, "keys", key_here}},
    Row{Method::get, Call::government, {"v1", "logs", log_here, "government"}},
    Row{Method::post, Call::trim, {"v1", "logs", log_here, "trim"}},
    Row{Method::post, Call::transfer, {"v1", "logs", log_here, "transfer"}},
    Row{Method::get, Call::log, {"v1", "logs", log_here}},
    Row{Method::patch, Call::set, {"v1", "logs", log_here}},
    Row{Method::get, Call::logs, {"v1", "logs"}},
    Row{Method::del, Call::exile, {"v1", "islanders", id_here}},
    Row{Method::get, Call::healthz, {"healthz"}},
    Row{Method::get, Call::readyz, {"readyz"}},
    Row{Method::get, Call::version, {"version"}},
};

constexpr unsigned bit_of(Method method) { return 1U << static_cast<unsigned>(method); }

struct Allow {
  unsigned methods;
  std::string_view text;
};
// Every set of methods that a path of the table has.
constexpr std::array allows{
    Allow{bit_of(Method::get), "GET, HEAD"},
    Allow{bit_of(Method::post), "POST"},
    Allow{bit_of(Method::get) | bit_of(Method::post), "GET, HEAD, POST"},
    Allow{bit_of(Method::get) | bit_of(Method::patch), "GET, HEAD, PATCH"},
    Allow{bit_of(Method::del), "DELETE"},
};

std::string_view allow_of(unsigned methods) {
  const auto* const found = std::ranges::find(allows, methods, &Allow::methods);
  HANSARD_ASSERT(found != allows.end(), "every set of methods has its text");
  return found->text;
}

// A path taken apart at its slashes.
struct Path {
  std::array<std::string_view, segments_max> segments;
  std::size_t count = 0;  // 0: more segments than any pattern has
};

Path split(std::string_view path) {
  Path out;
  for (;;) {
    if (out.count == segments_max) return {};
    const std::size_t end = path.find('/');
    out.segments[out.count++] = path.substr(0, end);
    if (end == std::string_view::npos) return out;
    path.remove_prefix(end + 1);
  }
}

struct Match {
  std::string_view log;
  std::string_view promise;
  std::string_view key;
  std::string_view id;
};

// Both ends of a text in one buffer, and what is between them.
std::string_view joined(std::string_view first, std::string_view last) {
  return {first.data(), static_cast<std::size_t>(last.data() + last.size() - first.data())};
}

std::optional<Match> match(const Row& row, const Path& path) {
  Match found;
  std::size_t at = 0;
  for (const std::string_view wanted : row.pattern) {
    if (wanted.empty()) break;
    if (at == path.count || path.segments[at].empty()) return std::nullopt;
    if (wanted == promise_here) {
      const std::size_t last = path.count - 1;
      if (last - at > 1 || path.segments[last].empty()) return std::nullopt;
      found.promise = joined(path.segments[at], path.segments[last]);
      at = last;
    } else if (wanted == log_here) {
      found.log = path.segments[at];
    } else if (wanted == key_here) {
      found.key = path.segments[at];
    } else if (wanted == id_here) {
      found.id = path.segments[at];
    } else if (wanted != path.segments[at]) {
      return std::nullopt;
    }
    ++at;
  }
  if (at != path.count) return std::nullopt;
  return found;
}

// Without its percent signs, where there are any.
bool decode(std::string_view text, std::string& out) {
  if (text.find('%') == std::string_view::npos) {
    out = text;
    return true;
  }
  std::optional<std::string> decoded = percent_decode(text);
  if (!decoded) return false;
  out = std::move(*decoded);
  return true;
}

std::string_view without_authority(std::string_view target) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (!target.starts_with(scheme)) continue;
    const std::size_t slash = target.find('/', scheme.size());
    return slash == std::string_view::npos ? "/" : target.substr(slash);
  }
  return target;
}

}  // namespace

Method method_of(std::string_view text) {
  if (text == "GET") return Method::get;
  if (text == "POST") return Method::post;
  if (text == "HEAD") return Method::head;
  if (text == "PUT") return Method::put;
  if (text == "PATCH") return Method::patch;
  if (text == "DELETE") return Method::del;
  return Method::other;
}

bool Route::about_log() const {
  switch (call) {
    case Call::append:
    case Call::batch:
    case Call::read:
    case Call::entry:
    case Call::subscribe:
    case Call::logs:
    case Call::log:
    case Call::key:
    case Call::government:
    case Call::trim:
    case Call::set:
    case Call::transfer:
    case Call::exile:
      return true;
    case Call::none:
    case Call::healthz:
    case Call::readyz:
    case Call::version:
      return false;
  }
  return false;
}

Route route(Method method, std::string_view path) {
  Route found;
  path = without_authority(path);
  if (!path.starts_with('/')) return found;
  const Path parts = split(path.substr(1));
  const Method asked = method == Method::head ? Method::get : method;
  unsigned methods = 0;
  for (const Row& row : table) {
    const std::optional<Match> matched = match(row, parts);
    if (!matched) continue;
    const bool first = methods == 0;
    methods |= bit_of(row.method);
    if (!first && row.method != asked) continue;
    found.call = row.call;
    found.wrong_method = row.method != asked;
    found.malformed = !decode(matched->log, found.log) || !decode(matched->promise, found.promise) ||
                      !decode(matched->key, found.key) || !decode(matched->id, found.id);
  }
  if (found.call != Call::none) found.allow = allow_of(methods);
  return found;
}

}  // namespace hansard::http
