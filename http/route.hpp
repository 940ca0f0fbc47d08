// http/route.hpp - Route: what a method and a path mean. Pure: testable without a socket.
//
// To add a call: a word in Call, a line in the table of route.cpp, a handler.
// Paths: segments are decoded one by one, so `3%2F42` is one segment that holds a promise.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace hansard::http {

enum class Method : std::uint8_t { get, head, post, put, patch, del, other };
[[nodiscard]] Method method_of(std::string_view text);

enum class Call : std::uint8_t {
  none,        // no such path
  append,      // POST /v1/logs/{log}/entries
  batch,       // POST /v1/logs/{log}/batch
  read,        // GET  /v1/logs/{log}/entries
  entry,       // GET  /v1/logs/{log}/entries/{promise}
  subscribe,   // GET  /v1/logs/{log}/subscribe
  logs,        // GET  /v1/logs
  log,         // GET  /v1/logs/{log}
  key,         // GET  /v1/logs/{log}/keys/{key}
  government,  // GET  /v1/logs/{log}/government
  trim,        // POST /v1/logs/{log}/trim
  set,         // PATCH /v1/logs/{log}
  transfer,    // POST /v1/logs/{log}/transfer
  exile,       // DELETE /v1/islanders/{id}
  healthz,     // GET  /healthz
  readyz,      // GET  /readyz
  version,     // GET  /version
};

struct Route {
  Call call = Call::none;     // where the method is wrong: of another method of this path
  bool wrong_method = false;  // 405
  std::string_view allow;     // the methods of this path: "GET, HEAD"
  bool malformed = false;     // a percent sign that is not followed by two hex digits
  std::string log;            // {log}, not checked
  std::string promise;        // {promise}, not checked
  std::string key;            // {key}, not checked
  std::string id;             // {id}, not checked

  // Is it about one log, or about main where none is named (but not of the island's health).
  [[nodiscard]] bool about_log() const;
};

// `path`: the request target up to the question mark; absolute form (`http://host/path`) is taken too.
[[nodiscard]] Route route(Method method, std::string_view path);

}  // namespace hansard::http
