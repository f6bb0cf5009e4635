// What finds exchanges in records, and what they would come to: `gatehouse records list`, `search`, `job`, `what-if` and `view`.
// Options come parsed and checked from main; results go to stdout, errors to stderr; each returns an ExitCode.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "cli/record_row.h"
#include "cli/records.h"

namespace gatehouse::cli {

/// RecordsList: one line per exchange, oldest first. Also `search`.
struct RecordsList {
  RecordsPlace place;
  RecordFilter filter;
  uint64_t limit = 0;          // the newest N; 0: all
  ListFormat format = ListFormat::automatic;
  bool follow = false;         // then each new one as it ends or is held, until interrupted
};

/// RecordsJob: the exchanges of one run of a job, by a claim that its callers carry.
struct RecordsJob {
  RecordsPlace place;
  std::string claim;           // name=value, to the letter
  ListFormat format = ListFormat::automatic;
};

int records_list(const RecordsList& options);       // records_list.cc
int records_follow(const RecordsList& options);     // records_follow.cc
int records_job(const RecordsJob& options);         // records_job.cc

/// Found is what went by while rows were looked for.
struct Found {
  uint64_t sealed = 0;         // exchanges of which only a key could tell whether they are meant
  uint64_t damages = 0;        // places that could not be read
};

/// each_row calls `see` for every row that the filter means, in the order of their beginnings; returns an ExitCode. Rows are read
/// from indexes where no key is given.
int each_row(const RecordsPlace& place, const RecordFilter& filter, const std::function<void(Row&&)>& see, Found* found);

/// rows_of_job collects the exchanges whose caller carries the claim, in the order of their beginnings; an ExitCode, kExitNoInput
/// where there is none.
int rows_of_job(const RecordsPlace& place, const std::string& claim, std::vector<Row>* rows);

/// tell_of says on stderr what could not be told or read.
void tell_of(const Found& found);

}  // namespace gatehouse::cli
