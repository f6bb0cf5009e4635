// `gatehouse records what-if`: recorded exchanges through a candidate policy.
#pragma once

#include <string>

#include "cli/records_reading.h"

namespace gatehouse::cli {

struct RecordsWhatIf {
  RecordsPlace place;
  RecordFilter filter;
  std::string policy;   // the candidate: a whole configuration file
  bool decisions_only = false;   // no body is looked at: names of guards and masks are compared
  bool json = false;
};

/// records_what_if prints what would change, and returns kExitRefused when anything would.
int records_what_if(const RecordsWhatIf& options);

}  // namespace gatehouse::cli
