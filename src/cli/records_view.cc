#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "cli/exit_code.h"
#include "cli/record_walk.h"
#include "cli/recorded.h"
#include "cli/records_reading.h"
#include "cli/view_page.h"
#include "record/mapping.h"

namespace gatehouse::cli {
namespace {

constexpr size_t kExchangesMax = 1000;

/// ids_in are the exchanges that have a record in a segment file.
int ids_in(const std::string& file, RecordsPlace* place, std::vector<ExchangeId>* ids, WallNs* from) {
  const size_t slash = file.rfind('/');
  const std::string name = slash == std::string::npos ? file : file.substr(slash + 1);
  place->dir = slash == std::string::npos ? "." : slash == 0 ? "/" : file.substr(0, slash);
  place->ring_dir = place->dir + "/rings";
  const auto folder = record::open_folder(place->dir);
  const auto segment = folder ? record::read_segment_entry(*folder, name) : std::nullopt;
  if (!segment || !name.ends_with(record::kSegmentSuffix)) {
    std::fprintf(stderr, "gatehouse: %s is neither an exchange id nor a segment of records\n", display(file).c_str());
    return kExitNoInput;
  }
  const record::Epoch epoch{record::id_of(segment->header.process), segment->header.worker};
  const Indexed indexed = index_segment(*folder, *segment, epoch);
  std::set<ExchangeId> found;
  IndexReader reader;
  IndexEntry entry;
  if (reader.open(indexed.bytes, epoch))
    while (reader.next(&entry))
      if (!entry.exchange.is_nil()) found.insert(entry.exchange);
  ids->assign(found.begin(), found.end());
  *from = segment->header_good ? segment->header.created_ns : 0;
  return kExitOk;
}

/// write_page puts it into a file of its user alone, or on stdout.
int write_page(const std::string& name, const std::string& page) {
  if (name.empty()) {
    std::fwrite(page.data(), 1, page.size(), stdout);
    return flush_output();
  }
  const record::Descriptor file(::open(name.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (file.valid() && ::fchmod(file.get(), 0600) == 0 && record::write_at(file, 0, page) == 0) return kExitOk;
  std::fprintf(stderr, "gatehouse: cannot write %s: %s\n", display(name).c_str(), std::strerror(errno));
  return kExitIo;
}

}  // namespace

int records_view(const RecordsView& options) {
  if (options.output.empty() && ::isatty(STDOUT_FILENO) != 0) {
    std::fputs("gatehouse: a page is not for a terminal; give --output FILE\n", stderr);
    return kExitUsage;
  }
  RecordsPlace place = options.place;
  std::vector<ExchangeId> ids;
  WallNs from = 0;
  if (!options.job.empty()) {
    std::vector<Row> rows;
    if (const int code = rows_of_job(place, options.job, &rows); code != kExitOk) return code;
    for (const Row& row : rows) ids.push_back(row.id);
    from = rows.front().began;
  } else if (const auto id = parse_exchange_id(options.what)) {
    ids.push_back(*id);
  } else if (const int code = ids_in(options.what, &place, &ids, &from); code != kExitOk) {
    return code;
  }
  if (ids.size() > kExchangesMax) {
    std::fprintf(stderr, "gatehouse: the first %zu of %zu exchanges are shown\n", kExchangesMax, ids.size());
    ids.resize(kExchangesMax);
  }
  std::vector<ExchangeRecords> exchanges(1);
  const int code = options.job.empty() && from == 0 && ids.size() == 1 ? read_exchange(place, ids[0], &exchanges[0])
                                                                      : read_exchanges(place, ids, from, &exchanges);
  if (code != kExitOk) return code;
  ViewPage page(place);
  for (const ExchangeRecords& each : exchanges) page.add(each);
  return write_page(options.output, page.finish());
}

}  // namespace gatehouse::cli
