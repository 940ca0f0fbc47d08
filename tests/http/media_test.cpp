// Content types and Accept. HTTP API, Read (`Accept`) and An entry (`application/*+json`, parameters ignored).
#include "http/media.hpp"

#include <doctest/doctest.h>

#include <string_view>
#include <utility>

using hansard::http::Form;
using hansard::http::is_json_type;
using hansard::http::negotiate;

TEST_CASE("media: JSON is application/json and every suffix of it whatever the case and parameters") {
  for (const char* type : {"application/json", "Application/JSON", "application/json; charset=utf-8",
                           "application/json;v=1", "application/cloudevents+json", "application/ld+JSON ; profile=x"}) {
    CAPTURE(type);
    CHECK(is_json_type(type));
  }
  for (const char* type : {"", "text/json", "application/jsonp", "application/+json", "application/json+x",
                           "text/x+json", "application/x-ndjson", "text/plain; application/json"}) {
    CAPTURE(type);
    CHECK_FALSE(is_json_type(type));
  }
}

TEST_CASE("media: a client that names NDJSON gets it and everybody else the usual") {
  const std::pair<const char*, Form> rows[] = {
      {"", Form::json},
      {"*/*", Form::json},
      {"text/html", Form::json},
      {"application/json", Form::json},
      {"application/x-ndjson", Form::ndjson},
      {"Application/X-NDJSON; q=1", Form::ndjson},
      {"application/x-ndjson, application/json", Form::json},
      {"application/x-ndjson, application/json;q=0.9", Form::ndjson},
      {"application/json;q=0.5, application/x-ndjson;q=0.4", Form::json},
      {"application/x-ndjson, */*;q=0.1", Form::ndjson},
      {"application/x-ndjson, */*", Form::ndjson},
      {"application/x-ndjson;q=0", Form::json},
      {"application/x-ndjson;q=0.001, text/html", Form::ndjson},
      {"text/html,application/xhtml+xml,*/*;q=0.8", Form::json},
      {",,;,", Form::json},
      {"application/x-ndjson;q=", Form::ndjson},
  };
  for (const auto& [text, form] : rows) {
    const auto accept = text;
    CAPTURE(accept);
    CHECK(negotiate(accept, Form::json) == form);
  }
  CHECK(negotiate("text/event-stream", Form::sse) == Form::sse);
  CHECK(negotiate("application/json", Form::sse) == Form::sse);
  CHECK(negotiate("application/x-ndjson", Form::sse) == Form::ndjson);
}
