// One process writes a folder, and writes it where its name leads.
#pragma once

#include <string>
#include <vector>

#include "record/folder.h"

namespace gatehouse::record {

/// WriteLock is a process's right to write a folder until it goes (also by death). Two locks, as anybody may delete the file: a
/// new one by that name is not locked. The folder itself cannot be made anew under its holder, and the file says who that is and
/// keeps out gateways of before, which know of nothing else.
struct WriteLock {
  Descriptor file, folder;
};
inline constexpr char kRecordsLock[] = "lock", kRingsLock[] = "rings.lock";

/// lock_writing makes this process the one writer of the folder. `held` are folders that it has locked already: of one that is
/// among them the file alone is locked. `path` is the folder's, for errors; that of a second one names the first one's process id.
using HeldFolders = std::vector<const Descriptor*>;
Result<WriteLock, std::string> lock_writing(const Descriptor& folder, const std::string& path, const char* name,
                                            const HeldFolders& held = {});

/// path_trouble says why `path` does not lead to the folder that was opened there once; empty while it does. What is written to it
/// would not be found where it is looked for.
std::string path_trouble(const std::string& path, const Descriptor& folder);

}  // namespace gatehouse::record
