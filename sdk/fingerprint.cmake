# cmake -DROOT=.. -DVERSION=.. -DOUT=.. -P fingerprint.cmake: writes the source of build_id(), with one hash over the
# sources of log/ and government/.
file(GLOB sources RELATIVE ${ROOT} ${ROOT}/log/*.?pp ${ROOT}/government/*.?pp)
list(SORT sources)
set(all "")
foreach(source IN LISTS sources)
  file(SHA256 ${ROOT}/${source} hash)
  string(APPEND all "${source} ${hash}\n")
endforeach()
string(SHA256 hash "${all}")
string(SUBSTRING ${hash} 0 16 hash)
file(CONFIGURE OUTPUT ${OUT} CONTENT [[
#include "sdk/build_id.hpp"

namespace hansard {

std::string_view build_id() { return "@VERSION@ core @hash@"; }

}  // namespace hansard
]] @ONLY)
