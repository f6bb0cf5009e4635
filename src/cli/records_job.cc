#include <algorithm>
#include <cstdio>

#include "cli/exit_code.h"
#include "cli/record_lines.h"
#include "cli/recorded.h"
#include "cli/records_reading.h"

namespace gatehouse::cli {
namespace {

/// Sum is what a run of a job came to.
struct Sum {
  uint64_t exchanges = 0, refused = 0, changes = 0, hits = 0, to_origin = 0, to_client = 0, open = 0;
  WallNs first = 0, last = 0;

  void add(const Row& row) {
    ++exchanges;
    refused += row.reason != 0 ? 1 : 0;
    open += row.closed ? 0 : 1;
    changes += row.changes;
    hits += row.hits.size();
    to_origin += row.to_origin;
    to_client += row.to_client;
    if (first == 0 || row.began < first) first = row.began;
    last = std::max(last, row.began + row.took);
  }
};

}  // namespace

int rows_of_job(const RecordsPlace& place, const std::string& claim, std::vector<Row>* rows) {
  RecordFilter filter;
  filter.job = claim;
  Found found;
  const int code = each_row(place, filter, [rows](Row&& row) { rows->push_back(std::move(row)); }, &found);
  if (code != kExitOk) return code;
  tell_of(found);
  std::sort(rows->begin(), rows->end(),   // ids tell milliseconds, records nanoseconds
            [](const Row& a, const Row& b) { return a.began != b.began ? a.began < b.began : a.id < b.id; });
  if (!rows->empty()) return kExitOk;
  std::fprintf(stderr, "gatehouse: no exchange with the claim %s\n", display(claim).c_str());
  return kExitNoInput;
}

int records_job(const RecordsJob& options) {
  RowPrinter printer(options.format);
  std::vector<Row> rows;
  if (const int code = rows_of_job(options.place, options.claim, &rows); code != kExitOk) return code;
  Sum sum;
  for (const Row& row : rows) {
    printer.print(row);
    sum.add(row);
  }
  const auto n = [](uint64_t value) { return static_cast<unsigned long long>(value); };
  if (printer.for_people())
    std::printf("\n%llu exchanges from %s to %s: %llu refused, %llu not closed, %llu guard hits, %llu values masked,\n"
                "%llu bytes to origins, %llu bytes to the job\n",
                n(sum.exchanges), record::format_time(sum.first).c_str(), record::format_time(sum.last).c_str(), n(sum.refused),
                n(sum.open), n(sum.hits), n(sum.changes), n(sum.to_origin), n(sum.to_client));
  return flush_output();
}

}  // namespace gatehouse::cli
