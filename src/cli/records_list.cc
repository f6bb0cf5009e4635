#include <cstdio>
#include <deque>
#include <set>

#include "cli/exit_code.h"
#include "cli/record_lines.h"
#include "cli/record_walk.h"
#include "cli/recorded.h"
#include "cli/records_reading.h"

namespace gatehouse::cli {
namespace {

constexpr size_t kOnlyMax = 100'000;           // exchanges that are looked for one by one
constexpr size_t kOpenMax = 1 << 17;           // rows that wait for one before them; no gateway has so many exchanges open at once
constexpr WallNs kSlack = 60 * kNsPerSecond;   // clocks are set; a row's time is the beginning's

/// Listing keeps rows in the order of their ids, which is the order of their beginnings, and lets go of those that are closed and
/// have nothing older open before them. Memory: the exchanges that overlap in time, kOpenMax at most: beyond it the oldest goes as
/// it is, and what comes of it later is passed over.
class Listing {
 public:
  /// `perhaps`: also those of which only what is sealed could tell.
  Listing(const RecordFilter& filter, const std::function<void(Row&&)>& take, Found* found, bool perhaps = false)
      : filter_(filter), take_(take), found_(found), perhaps_(perhaps) {}

  void see(const IndexEntry& entry) {
    rows_.see(entry);
    while (!rows_.all().empty() && (rows_.all().begin()->second.closed || rows_.all().size() > kOpenMax)) let_go();
  }

  void finish() {
    while (!rows_.all().empty()) let_go();
  }

 private:
  void let_go() {
    Row row = rows_.take(rows_.all().begin()->first);
    const RecordFilter::Match match = filter_.match(row);
    if (match == RecordFilter::Match::sealed) ++found_->sealed;
    if (match == RecordFilter::Match::yes || (perhaps_ && match == RecordFilter::Match::sealed)) take_(std::move(row));
  }

  const RecordFilter& filter_;
  const std::function<void(Row&&)>& take_;
  Found* found_;
  bool perhaps_;
  OpenRows rows_;
};

int walk_rows(const RecordsPlace& place, RecordWalk::Options options, Listing& listing, Found* found) {
  const auto walk = RecordWalk::open(place, options);
  if (!walk) return kExitNoInput;
  for (auto step = walk->next(); step != RecordWalk::Step::end; step = walk->next()) {
    if (step == RecordWalk::Step::damage) ++found->damages;
    else listing.see(walk->entry());
  }
  listing.finish();
  return kExitOk;
}

}  // namespace

int each_row(const RecordsPlace& place, const RecordFilter& filter, const std::function<void(Row&&)>& see, Found* found) {
  RecordWalk::Options options;
  options.from = filter.since > kSlack ? filter.since - kSlack : 0;
  std::set<ExchangeId> only;
  if (place.keys != nullptr) {   // what is in clear tells most segments that need not be opened
    RecordsPlace shut = place;
    shut.keys = nullptr;
    Found ignored;
    const std::function<void(Row&&)> note = [&only](Row&& row) {
      if (only.size() <= kOnlyMax) only.insert(row.id);
    };
    Listing candidates(filter, note, &ignored, true);
    if (const int code = walk_rows(shut, options, candidates, &ignored); code != kExitOk) return code;
    if (only.size() <= kOnlyMax) options.only = &only;
  }
  Listing listing(filter, see, found);
  return walk_rows(place, options, listing, found);
}

void tell_of(const Found& found) {
  if (found.sealed > 0)
    std::fprintf(stderr, "gatehouse: %llu exchanges are sealed where it stands whether they are meant; give --key FILE\n",
                 static_cast<unsigned long long>(found.sealed));
  if (found.damages > 0)
    std::fprintf(stderr, "gatehouse: %llu places could not be read as they were written; see gatehouse records verify\n",
                 static_cast<unsigned long long>(found.damages));
}

int records_list(const RecordsList& options) {
  if (options.follow) return records_follow(options);
  RowPrinter printer(options.format);
  std::deque<Row> newest;
  uint64_t left_out = 0;
  Found found;
  const auto take = [&](Row&& row) {
    if (options.limit == 0) return printer.print(row);
    newest.push_back(std::move(row));
    if (newest.size() <= options.limit) return;
    newest.pop_front();
    ++left_out;
  };
  if (const int code = each_row(options.place, options.filter, take, &found); code != kExitOk) return code;
  for (const Row& row : newest) printer.print(row);
  printer.end();
  if (printer.for_people() && printer.printed() == 0) std::fputs("no exchange\n", stdout);
  if (printer.for_people() && left_out > 0)
    std::printf("(the newest %zu of %llu)\n", newest.size(), static_cast<unsigned long long>(newest.size() + left_out));
  tell_of(found);
  return flush_output();
}

}  // namespace gatehouse::cli
