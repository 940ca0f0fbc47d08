// http/version.hpp - the version of this build, as CMakeLists.txt says it.
#pragma once

#include <string_view>

namespace hansard {

[[nodiscard]] std::string_view version();  // "0.1.0"

}  // namespace hansard
