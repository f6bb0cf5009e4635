// The folder and the file of the store: ours alone.
#pragma once

#include <string>

#include "base/result.h"

namespace gatehouse::store {

/// kFileName is the store's file; SQLite's journal stands beside it while something is written.
inline constexpr const char* kFileName = "gatehouse.db";

/// Found is where the store is, by its real path, and whether it has to be made.
struct Found {
  std::string path;
  bool fresh = false;
};

/// trouble_with says why take_place would refuse this process's folder or file, or could not make the folder, as far as a look can
/// tell; empty when nothing is seen.
std::string trouble_with(const std::string& folder);

/// same_place says whether two names are of one folder that is there.
bool same_place(const std::string& one, const std::string& other);

/// take_place makes the folder if need be. Refused: a folder or file that is a link, of another owner, or with any right of
/// group or others; a file that is empty or no plain file (it was something once).
Result<Found, std::string> take_place(const std::string& folder);

}  // namespace gatehouse::store
