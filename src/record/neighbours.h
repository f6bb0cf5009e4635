// Writers of one process that live at the same time: each can be made whole though the process was killed.
#pragma once

#include <string>
#include <vector>

#include "record/recovery.h"

namespace gatehouse::record {

inline constexpr char kNeighbourSuffix[] = ".beside";

/// Neighbour is a writer that lived while another one began: where it writes. Its note stands in the other one's folder
/// until it has ended whole; the next start then knows where something may have been left open.
struct Neighbour {
  ExchangeId process;
  std::string dir, ring_dir;   // absolute
};

/// note_neighbour writes the note, durably; forget_neighbour removes it. noted_neighbours lists what is noted; what is
/// no note is left out.
Result<Done, std::string> note_neighbour(const Descriptor& folder, const Neighbour& neighbour);
void forget_neighbour(const Descriptor& folder, const ExchangeId& process);
std::vector<Neighbour> noted_neighbours(const Descriptor& folder);

/// same_folder says whether two descriptors are of one folder.
bool same_folder(const Descriptor& a, const Descriptor& b);

/// recover_neighbours makes whole what noted processes left, and removes their notes. `folder` and `rings` are locked
/// by the caller; other folders are locked here. Scope::not_these are left alone, and get those that could not be
/// recovered: their notes stay. Scope::beside gets all that were noted.
void recover_neighbours(const Descriptor& folder, const Descriptor& rings, WallNs now, Scope* scope,
                        std::vector<std::string>* notes);

}  // namespace gatehouse::record
