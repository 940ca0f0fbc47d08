// log/leveldb_check.hpp - looks at a LevelDB directory before LevelDB does, and finds damaged tables afterwards.
//
// Why it exists: LevelDB leaves out in silence what it takes for torn, begins a new database where CURRENT is gone, and
// names no file in its errors. Here damage is refused with file and promise, or, where it cannot be told from a torn
// write, cut off with a remark.
#pragma once

#include "log/error.hpp"

#include <string>
#include <vector>

namespace hansard {

class LevelDbEnv;

// REQUIRES: the directory is locked by us, no database is open in it. Returns the remarks: what was cut, a line each.
// A directory without a database is well. Errc::corrupt, and nothing changed, where something is damaged that was
// synced.
[[nodiscard]] Result<std::vector<std::string>> check_directory(LevelDbEnv& env, const std::string& directory);

// The damaged one among the tables that this thread read last; the last it read where all are whole.
[[nodiscard]] std::string name_damaged_table(LevelDbEnv& env, const std::string& directory);

}  // namespace hansard
