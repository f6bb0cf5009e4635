// What the records say of a snapshot: who loaded it, what it changes, and what of that weakens records or guards.
#pragma once

#include <string>
#include <vector>

#include "config/difference.h"
#include "record/entry.h"

namespace gatehouse::config {

/// note_of compares with the configuration before (null: the process has just begun). Lists and lines are bounded; what is over
/// is counted in the last line. The note's `alerts`: other auditor keys or anything else of how records are sealed, signed,
/// kept and what of secrets they hold; rules that record less, lost guards, masks, a person's approval or a denial; guards that
/// are gone or do less; issuers that came, went or changed, and what their place is taken by. `demands`: all of [records] but its
/// paths and sizes, and which rules keep how much.
SnapshotNote note_of(const Inventory* before, const Inventory& fresh, const std::string& by);

/// add_note writes a snapshot's record.
void add_note(const Snapshot& snapshot, record::Sections& sections);

}  // namespace gatehouse::config
