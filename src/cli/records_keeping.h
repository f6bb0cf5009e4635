// `gatehouse records export|hold|release|erase|trust-clock`: records handed on, kept against retention, deleted by command.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/commands.h"
#include "cli/export_event.h"
#include "cli/records.h"

namespace gatehouse::cli {

/// RecordsExport: each exchange that has ended, as an event.
struct RecordsExport {
  RecordsPlace place;
  ExportForm form = ExportForm::jsonl;
  std::string cursor;    // file; empty: everything that is there, and nothing is remembered
  std::string output;    // file; empty: standard output
  std::string post;      // URL, instead; OTLP alone
  bool follow = false;   // go on until interrupted
};

/// Chosen says which segments a command means. What is given adds up.
struct Chosen {
  std::vector<std::string> segments;    // file names
  ExchangeId exchange;                  // all in which a record of it stands; nil: none
  std::optional<WallNs> since, until;   // all with a record of that time; neither: not by time
  bool all = false;
};

struct RecordsHold {
  RecordsPlace place;
  Chosen chosen;
  std::string note;
  bool list = false;     // what is held, instead
};
struct RecordsRelease {
  RecordsPlace place;
  Chosen chosen;
};
struct RecordsErase {
  RecordsPlace place;
  Chosen chosen;
  std::string note;
  std::string heads_key; // file; for folders with heads, where no gateway runs
};

/// RecordsClock: somebody saw that the clock is right, or lets the kernel say it.
struct RecordsClock {
  RecordsPlace place;
  bool if_synchronised = false;
};

int records_export(const RecordsExport& options);     // records_export.cc
int records_hold(const RecordsHold& options);         // records_hold.cc
int records_release(const RecordsRelease& options);   // records_hold.cc
int records_erase(const RecordsErase& options);       // records_hold.cc

int records_clock(const RecordsClock& options);       // records_hold.cc

/// add_keeping declares all five. records_keeping_options.cc
void add_keeping(Command records);

}  // namespace gatehouse::cli
