#include "http/route.hpp"

#include "http/query.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace hansard::http {

namespace {

// `{log}` stands for one segment; `{promise}` for one (`3%2F42`) or two (`3/42`), at the end.
struct Row {
  Method method;
  std::string_view pattern;
  Call call;
};

constexpr std::array table{
    Row{Method::post, "v1/logs/{log}/entries", Call::append},
    Row{Method::get, "v1/logs/{log}/entries", Call::read},
    Row{Method::get, "v1/logs/{log}/entries/{promise}", Call::entry},
    Row{Method::post, "v1/logs/{log}/batch", Call::batch},
    Row{Method::get, "v1/logs/{log}/subscribe", Call::subscribe},
    Row{Method::get, "v1/logs/{log}/government", Call::government},
    Row{Method::get, "v1/logs/{log}", Call::log},
    Row{Method::get, "v1/logs", Call::logs},
    Row{Method::get, "healthz", Call::healthz},
    Row{Method::get, "readyz", Call::readyz},
    Row{Method::get, "version", Call::version},
};

// Every set of methods that a path of the table may have.
std::string_view allow_of(bool get, bool post) {
  if (get && post) return "GET, HEAD, POST";
  return get ? "GET, HEAD" : "POST";
}

std::string_view next_segment(std::string_view& path) {
  const std::size_t end = std::min(path.find('/'), path.size());
  const std::string_view segment = path.substr(0, end);
  path.remove_prefix(std::min(end + 1, path.size()));
  return segment;
}

struct Match {
  std::string_view log;
  std::string_view promise;
};

std::optional<Match> match(std::string_view pattern, std::string_view path) {
  Match found;
  while (!pattern.empty()) {
    if (path.empty()) return std::nullopt;
    const std::string_view wanted = next_segment(pattern);
    if (wanted == "{promise}") {
      if (std::count(path.begin(), path.end(), '/') > 1) return std::nullopt;
      found.promise = path;
      return found;
    }
    const bool last = path.find('/') == std::string_view::npos;
    const std::string_view segment = next_segment(path);
    if (segment.empty()) return std::nullopt;
    if (wanted == "{log}")
      found.log = segment;
    else if (wanted != segment)
      return std::nullopt;
    if (pattern.empty() && !last) return std::nullopt;  // A slash follows, or more.
  }
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
    case Call::government:
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
  path.remove_prefix(1);
  const Method asked = method == Method::head ? Method::get : method;
  bool get = false;
  bool post = false;
  for (const Row& row : table) {
    const std::optional<Match> matched = match(row.pattern, path);
    if (!matched) continue;
    const bool first = !get && !post;
    (row.method == Method::get ? get : post) = true;
    if (!first && row.method != asked) continue;
    found.call = row.call;
    found.wrong_method = row.method != asked;
    found.malformed = !decode(matched->log, found.log) || !decode(matched->promise, found.promise);
  }
  if (found.call != Call::none) found.allow = allow_of(get, post);
  return found;
}

}  // namespace hansard::http
