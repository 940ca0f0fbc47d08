// http/render.hpp - the log's things as JSON: entries, governments, a log's status.
//
// Everything is written onto the end of `out`, on one line. Threads: none of it has state.
#pragma once

#include "government/legislator.hpp"
#include "log/entry.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace hansard::http {

// Item `index` of the entry: {"promise":"3/42","time":"…","content_type":"…","data":…}. `data` is the body itself where
// it is JSON by its content type and by its form (numbers as written, line breaks between tokens as blanks), a string
// where it is UTF-8, else `data_base64` stands in its place. A government entry bears "kind" and its government.
// REQUIRES: the kind is client or government, index < count().
void append_entry(std::string& out, const Entry& entry, std::size_t index);

// `status`: of the islander that answers, for what it knows of the citizens; null: the government alone.
void append_government(std::string& out, const Government& government, const Status* status);

// GET /v1/logs/{log}. `self`: the id of the islander that answers; `waiting_since_us`: since when it waits, 0 where it
// does not.
void append_log_status(std::string& out, std::string_view name, const Status& status, std::string_view self,
                       std::int64_t waiting_since_us);

// What an entry is served and shown with: its own content type, unless that is empty or could break a header.
[[nodiscard]] std::string_view content_type_of(const Item& item);

// leader, majority, minority, constituent; empty where it is none of them.
[[nodiscard]] std::string_view role_of(const Status& status, std::string_view self);

}  // namespace hansard::http
