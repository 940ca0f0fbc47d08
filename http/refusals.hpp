// http/refusals.hpp - the problems that several calls answer with, each worded once.
#pragma once

#include "government/legislator.hpp"
#include "http/problem.hpp"
#include "log/error.hpp"

namespace hansard::http {

[[nodiscard]] Problem busy();
[[nodiscard]] Problem stopping();
[[nodiscard]] Problem no_government(const Status& status);
[[nodiscard]] Problem no_quorum(const Status& status);
[[nodiscard]] Problem not_found(std::string detail);
[[nodiscard]] Problem other_republic(const Republic& republic);
[[nodiscard]] Problem trimmed(const Status& status);
[[nodiscard]] Problem behind(std::string detail);
// Of a read that failed.
[[nodiscard]] Problem unread(const Error& error, const Status& status);
[[nodiscard]] Problem internal(const Error& error);

}  // namespace hansard::http
