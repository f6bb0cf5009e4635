// Where a writer writes, noted in its folders: whoever begins in one of them finds what a killed process left in the other.
#pragma once

#include <string>
#include <vector>

#include "record/recovery.h"

namespace gatehouse::record {

inline constexpr char kNoteSuffix[] = ".writer";

/// Whereabouts is where a writer writes. Its note stands in both its folders, and in those of writers that begin beside it,
/// until it has ended whole: the next start knows where something may have been left open, though folders were changed.
struct Whereabouts {
  ExchangeId process;
  std::string dir, ring_dir;   // absolute
};

/// note_whereabouts writes the note, durably; forget_whereabouts removes it. noted_whereabouts lists what is noted; what is
/// no note is left out.
Result<Done, std::string> note_whereabouts(const Descriptor& folder, const Whereabouts& where);
void forget_whereabouts(const Descriptor& folder, const ExchangeId& process);
std::vector<Whereabouts> noted_whereabouts(const Descriptor& folder);

/// same_folder says whether two descriptors are of one folder.
bool same_folder(const Descriptor& a, const Descriptor& b);

/// recover_noted makes whole what processes left that are noted in `folder` or `rings` and wrote elsewhere, too. Both are
/// locked by the caller; other folders are locked here. Scope::not_these are left alone, and get those that could not be
/// recovered: their notes stay. Scope::beside gets the others; recover() and forget_whereabouts() are to follow.
/// Error: the notes cannot be read.
Result<Done, std::string> recover_noted(const Descriptor& folder, const Descriptor& rings, WallNs now, Scope* scope,
                                        std::vector<std::string>* notes);

}  // namespace gatehouse::record
