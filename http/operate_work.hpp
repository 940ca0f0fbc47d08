// http/operate_work.hpp - operate(): brings what an operator asks to the leader, and answers when it is done.
//
// First a read point, so that it is judged with all in sight that was acknowledged before. Refused is 409; what was
// not done within `timeout=` (default 10 s) may be done yet: 503 with an unknown outcome.
#pragma once

#include "government/legislator.hpp"
#include "http/problem.hpp"

#include <functional>
#include <optional>
#include <string>

namespace hansard::http {

class Session;

// What is wrong with it, once the read point is reached; may be null.
using Judge = std::function<std::optional<Problem>(const Status&)>;
// The answer's body, once it is done.
using Render = std::function<void(std::string&, const Status&)>;

// Answers the session's request. REQUIRES: nothing of the query is taken but `timeout`.
void operate(Session& session, Operation operation, Judge judge, Render render);

}  // namespace hansard::http
