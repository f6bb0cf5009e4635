#include <time.h>

#include <cstdio>
#include <deque>
#include <vector>

#include "cli/exit_code.h"
#include "cli/record_lines.h"
#include "cli/record_walk.h"
#include "cli/recorded.h"
#include "cli/records_reading.h"

namespace gatehouse::cli {
namespace {

constexpr long kPauseNs = 100'000'000;   // between two looks

/// Following prints each exchange as it ends, and once more when it was held before. What ended before it began is printed
/// when it has caught up, the newest as far as the limit goes.
class Following {
 public:
  explicit Following(const RecordsList& options) : options_(options), printer_(options.format) {}

  void see(const IndexEntry& entry) {
    Row* const row = rows_.see(entry);
    if (entry.kind == record::Kind::end) return take_closed();
    if (row == nullptr) return;
    if (row->closed) show(rows_.take(entry.exchange));
    else if (entry.kind == record::Kind::approval && row->step == "asked") show(*row);
  }

  void caught_up() {
    for (const Row& row : before_) printer_.print(row);
    before_.clear();
    live_ = true;
  }

 private:
  void take_closed() {
    std::vector<ExchangeId> closed;
    for (const auto& [id, row] : rows_.all())
      if (row.closed) closed.push_back(id);
    for (const ExchangeId& id : closed) show(rows_.take(id));
  }

  void show(const Row& row) {
    if (options_.filter.match(row) != RecordFilter::Match::yes) return;
    if (live_) return printer_.print(row);
    before_.push_back(row);
    if (options_.limit > 0 && before_.size() > options_.limit) before_.pop_front();
  }

  const RecordsList& options_;
  RowPrinter printer_;
  OpenRows rows_;
  std::deque<Row> before_;
  bool live_ = false;
};

}  // namespace

int records_follow(const RecordsList& options) {
  RecordWalk::Options how;
  how.follow = true;
  how.from = options.filter.since;
  const auto walk = RecordWalk::open(options.place, how);
  if (!walk) return kExitNoInput;
  Following following(options);
  for (;; walk->again()) {
    uint64_t damages = 0;
    for (auto step = walk->next(); step != RecordWalk::Step::end; step = walk->next()) {
      if (step == RecordWalk::Step::damage) ++damages;
      else following.see(walk->entry());
    }
    following.caught_up();
    Found found;
    found.damages = damages;
    tell_of(found);
    if (const int code = flush_output(); code != kExitOk) return code;
    const timespec pause{0, kPauseNs};
    ::nanosleep(&pause, nullptr);
  }
}

}  // namespace gatehouse::cli
