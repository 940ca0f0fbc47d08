#include "log/error.hpp"

#include "log/assert.hpp"

namespace hansard {

const char* to_string(Errc code) {
  switch (code) {
    case Errc::corrupt:
      return "corrupt";
    case Errc::unsupported:
      return "unsupported";
    case Errc::in_use:
      return "in_use";
    case Errc::wrong_identity:
      return "wrong_identity";
    case Errc::io:
      return "io";
    case Errc::no_space:
      return "no_space";
    case Errc::not_found:
      return "not_found";
    case Errc::trimmed:
      return "trimmed";
    case Errc::behind:
      return "behind";
    case Errc::invalid:
      return "invalid";
  }
  HANSARD_ASSERT(false, "an Errc that is none");
  return "";
}

}  // namespace hansard
