// http/json.hpp - the small pieces of JSON that answers are made of, written by hand onto the end of a string.
//
// Why by hand: an append's answer and a subscriber's line are written thousands of times a second, and a document tree
// would cost more than the append. Whole documents of clients are judged by json_check, never rebuilt.
// Threads: none of it has state.
#pragma once

#include "log/identity.hpp"
#include "log/promise.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace hansard::http {

// With its quotes. Control characters are escaped, so the result is one line; bytes that are not UTF-8 become U+FFFD.
void append_json_string(std::string& out, std::string_view text);
void append_number(std::string& out, std::uint64_t number);
void append_hex(std::string& out, std::uint64_t number);            // lower case, no leading zero
void append_promise(std::string& out, Promise promise);             // 3/42, without quotes
void append_json_promise(std::string& out, Promise promise);        // "3/42"
void append_promise_or_null(std::string& out, Promise promise);     // null: 0/0
void append_text_or_null(std::string& out, std::string_view text);  // null: empty
void append_republic(std::string& out, const Republic& republic);   // 32 hex digits
// RFC 4648 section 4, padded, without quotes.
void append_base64(std::string& out, std::string_view bytes);
// RFC 3339 in UTC with microseconds: 2026-11-21T05:25:00.123456Z. Years 0000 to 9999; beyond, the nearest of them.
void append_time(std::string& out, std::int64_t time_us);

}  // namespace hansard::http
