#include "control/retention.h"

#include <algorithm>

namespace gatehouse::control {
namespace {

using telemetry::Level;
using telemetry::LogLine;

constexpr MonotonicNs kCommands = 5 * kNsPerSecond;
constexpr MonotonicNs kSize = 60 * kNsPerSecond;
constexpr MonotonicNs kAgeMin = 60 * kNsPerSecond, kAgeMax = 3600 * kNsPerSecond;
constexpr uint64_t kAgeParts = 64;   // of records.keep: so much later than it says a segment may go
constexpr int64_t kAheadMax = 3600 * int64_t{kNsPerSecond};   // of the clock: more than a change of the clock by hand or by NTP
constexpr MonotonicNs kAgain = 60 * kNsPerSecond;   // after a failure

}  // namespace

WallNs clock_slack(WallNs keep) { return std::clamp(keep, WallNs{3600} * kNsPerSecond, WallNs{24 * 3600} * kNsPerSecond); }

struct Retention::Pass {
  std::string dir;
  bool clock = false;        // it is to be looked at
  bool sure = false;         // this process believed it before
  bool (*synchronised)() = nullptr;
  WallNs slack = 0;
  WallNs asked = 0;          // records.keep
  std::optional<record::Doubt> doubt;
  record::Keep keep;
  record::Attest attest;
  WallNs wall = 0;
  Result<record::Swept, std::string> swept = record::Swept{};

  void run() {
    auto folder = record::open_folder(dir);
    if (!folder) return void(swept = Failure{folder.error()});
    if (clock) doubt = record::doubt_clock(*folder, wall, sure || synchronised(), slack);
    if (doubt) keep.age = 0;
    swept = record::sweep(*folder, dir, keep, wall, GATEHOUSE_VERSION, attest);
  }
};

void Retention::look(const config::RecordSettings& records, MonotonicNs now, WallNs wall, record::Attest attest) {
  if (running_ || now < next_look_) return;
  next_look_ = now + kCommands;
  auto pass = std::make_shared<Pass>();
  pass->dir = records.dir;
  pass->attest = std::move(attest);
  pass->wall = wall;
  pass->keep.hold = records.hold;
  const int64_t ahead = clock_.ahead(now, wall);
  const bool was_ahead = std::exchange(is_ahead_, records.keep != 0 && ahead > kAheadMax);
  if (is_ahead_) {
    if (!was_ahead)
      log_.line(wall, Level::error, "records_not_erased", [&](LogLine& line) {
        line.text("error", "the clock was set forward since the start: nothing is erased by age. "
                           "Restart the gateway once the clock is right");
        line.number("seconds", static_cast<uint64_t>(ahead) / kNsPerSecond);
      });
  } else if (now >= next_age_ && ahead <= kAheadMax) {   // also without `keep`: so that it is known when that is set
    pass->keep.age = records.keep;
    pass->clock = true;
    pass->sure = believed_;
    pass->synchronised = synchronised_;
    pass->slack = clock_slack(records.keep);
    pass->asked = records.keep;
    next_age_ = now + (records.keep == 0 ? kAgeMax : std::clamp(records.keep / kAgeParts, kAgeMin, kAgeMax));
  }
  if (records.keep_size != 0 && now >= next_size_) {
    pass->keep.bytes = records.keep_size;
    next_size_ = now + kSize;
  }
  running_ = true;
  thread_.post([pass] { pass->run(); }, [this, pass, wall] { ended(*pass, wall); });
}

/// tell_doubt: looked at again soon, as whoever confirms it waits.
void Retention::tell_doubt(const Pass& pass) {
  if (!pass.clock) return;
  believed_ = believed_ || !pass.doubt;
  if (pass.doubt) next_age_ = std::min(next_age_, next_look_ + kAgain);
  const bool was_doubted = doubt_.has_value();
  doubt_ = pass.asked == 0 ? std::nullopt : pass.doubt;   // nothing would be deleted
  if (was_doubted || !doubt_) return;
  log_.line(pass.wall, Level::error, "records_not_erased", [&](LogLine& line) {
    line.text("error", "the clock is further from when it was believed last than can be told to be right, and the kernel does not "
                       "call it synchronised: nothing is erased by age. See that it is right, then: gatehouse records trust-clock");
    line.number("seconds", (pass.wall - doubt_->last) / kNsPerSecond);
  });
}

void Retention::ended(const Pass& pass, WallNs wall) {
  running_ = false;
  tell_doubt(pass);
  if (!pass.swept) {
    next_look_ += kAgain;
    next_age_ = next_size_ = 0;
    if (std::exchange(last_error_, pass.swept.error()) != pass.swept.error())
      log_.line(wall, Level::error, "records_not_erased", [&](LogLine& line) { line.text("error", pass.swept.error()); });
    return;
  }
  last_error_.clear();
  const record::Swept& swept = *pass.swept;
  if (swept.more) next_look_ = next_age_ = next_size_ = 0;
  if (swept.erased.empty()) return;
  log_.line(wall, Level::info, "records_erased", [&](LogLine& line) {
    line.number("segments", swept.erased.size()).number("bytes", swept.bytes).text("why", swept.erased.front().why);
    line.text("first", swept.erased.front().name).text("last", swept.erased.back().name).text("tombstone", swept.tombstone);
  });
}

}  // namespace gatehouse::control
