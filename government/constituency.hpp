// government/constituency.hpp - who brings the log to whom (field: dissemination tree). Pure. Protocol section 6.
//
// leader -> majority; the i-th of the majority without its leader (from 0) -> minority members j with
// j mod (|majority|-1) = i, or the constituents where there is no minority; minority member i -> constituents j with
// j mod |minority| = i; a parliament of one serves all constituents itself.
#pragma once

#include "government/government.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace hansard {

// Ids to whom `id` brings committed entries by synchronize, in order. The leader's majority is not among them (it gets
// registers). Empty for an id that represents nobody.
[[nodiscard]] std::vector<std::string> constituency(const Government& government, std::string_view id);
// Who brings the log to `id`: the leader for a majority member; empty for the leader and for strangers.
[[nodiscard]] std::string representative(const Government& government, std::string_view id);

}  // namespace hansard
