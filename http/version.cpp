#include "http/version.hpp"

namespace hansard {

std::string_view version() { return HANSARD_VERSION; }

}  // namespace hansard
