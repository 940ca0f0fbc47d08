// sdk/testing/message_text.hpp - messages as people read them in a story: "register b3 after 5/2@3, 2 to 5/4, committed
// 5/1".
#pragma once

#include "government/message.hpp"

#include <string>

namespace hansard::testing {

[[nodiscard]] std::string text_of(const Request& request);
[[nodiscard]] std::string text_of(const Answer& answer);

}  // namespace hansard::testing
