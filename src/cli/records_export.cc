#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <map>
#include <optional>
#include <set>

#include "cli/exit_code.h"
#include "cli/export_alert.h"
#include "cli/export_cursor.h"
#include "cli/export_sink.h"
#include "cli/recorded.h"
#include "cli/records_keeping.h"
#include "record/erased.h"
#include "record/opening.h"
#include "record/reader.h"

namespace gatehouse::cli {
namespace {

using record::Kind;
using record::Stream;

constexpr size_t kBatchEvents = 256;
constexpr size_t kBatchBytes = 1 << 20;
constexpr size_t kOpenMax = 1 << 17;            // exchanges of one epoch that are open at once; no gateway has more
constexpr uint32_t kOthers = 2048;              // from here on worker numbers are of decisions and tombstones
constexpr useconds_t kBetween = 1000 * 1000;    // two looks, when following

std::atomic<bool> interrupted{false};

/// Export goes through the epochs of a folder one after the other, from where the cursor stands.
class Export {
 public:
  Export(const RecordsExport& options, ExportSink& sink, CursorFile* cursor) : options_(options), sink_(sink), cursor_(cursor) {
    if (cursor != nullptr) places_ = cursor->places();
  }

  /// look exports what has ended since; false: the output or the cursor failed, and error() says so.
  bool look() {
    auto folder = record::open_folder(options_.place.dir);
    if (!folder) return fail(folder.error());
    folder_ = std::move(*folder);
    auto rings = record::open_folder(options_.place.ring_dir);
    rings_ = rings ? std::move(*rings) : record::Descriptor();
    const record::Descriptor* const at = rings_.valid() ? &rings_ : nullptr;
    record::Catalog catalog = record::read_catalog(folder_, at);
    std::erase_if(places_, [&](const auto& each) { return each.second.ended && catalog.epochs.count(each.first) == 0; });
    erased_ = {};
    erased_.read(folder_);
    for (const auto& [epoch, part] : catalog.epochs) {
      if (epoch.worker >= kOthers || places_[epoch].ended) continue;
      const auto stream = record::open_stream(folder_, at, epoch, part, &catalog, first_segment(part, places_[epoch].resume));
      if (!walk(epoch, *stream)) return false;
    }
    place_ = nullptr;
    for (const record::Damage& each : catalog.damages) complain(damage_text(each));
    return save();
  }

  const std::string& error() const { return error_; }
  bool damaged() const { return !told_.empty(); }

 private:
  struct Open {
    Event event;
    uint64_t offset = 0;   // of its first record
  };

  bool fail(std::string why) { return error_ = std::move(why), false; }

  void complain(const std::string& what) {   // once, also when following
    if (told_.size() < kOpenMax && told_.insert(what).second) std::fprintf(stderr, "gatehouse: %s\n", what.c_str());
  }

  static uint32_t first_segment(const record::Catalog::Part& part, uint64_t resume) {
    for (const record::SegmentEntry& each : part.segments)
      if (each.header_good) return static_cast<uint32_t>(resume / record::segment_data(each.header.segment_bytes));
    return 0;
  }

  bool walk(const record::Epoch& epoch, Stream& stream) {
    place_ = &places_[epoch];
    record::Opening opening(options_.place.keys.get(), &folder_);
    stream.forgive(&erased_);
    open_.clear();
    const uint64_t done = place_->done;
    for (Stream::Step step = stream.next(); step != Stream::Step::end; step = stream.next()) {
      if (interrupted) return save();
      if (step == Stream::Step::damage) {
        complain(damage_text(stream.damage()));
        continue;
      }
      record::RecordView record = stream.record();
      if (record.after_erased && record.offset >= done) let_go("were erased before they were exported");
      else if (record.after_erased) open_.clear();
      opening.open(record);
      if (!see(epoch, record, done)) return false;
      place_->done = std::max(place_->done, record.offset + record.header.total_bytes);
      const bool due = std::exchange(alerted_, false) || events_.size() >= kBatchEvents || bytes_ >= kBatchBytes;
      if (due && !save()) return false;
    }
    place_->ended = stream.ended() && stream.ring() == nullptr;
    if (place_->ended) let_go("have no end in a finished epoch");
    settle();
    return true;
  }

  /// settle notes where reading begins again: where the oldest exchange began that is open.
  void settle() {
    place_->resume = place_->done;
    for (const auto& [id, open] : open_) place_->resume = std::min(place_->resume, open.offset);
  }

  bool see(const record::Epoch& epoch, const record::RecordView& record, uint64_t done) {
    const ExchangeId id = record.exchange();
    if (id.is_nil()) return record.offset < done || !is_alert(record) || alert(epoch, record);
    const auto at = open_.try_emplace(id, Open{Event(id, epoch), record.offset}).first;
    at->second.event.see(record);
    if (!at->second.event.closed())
      return open_.size() <= kOpenMax || fail("more exchanges are open at once than a gateway has: the records are not whole");
    if (record.offset >= done) add(std::move(at->second.event));
    open_.erase(at);
    return true;
  }

  /// alert hands over a configuration that weakens something; at once: it stands in an order of its own.
  bool alert(const record::Epoch& epoch, const record::RecordView& record) {
    Event event({}, epoch);
    event.see(record);
    std::string text;
    append_alert(text, event, options_.post.empty() ? options_.form : ExportForm::otlp);
    if (!save()) return false;   // what ended before it: who takes one request and not the next would else get the alert for ever
    if (auto done = sink_.put(text); !done) return fail(done.error());
    if (auto done = sink_.flush(); !done) return fail(done.error());
    alerted_ = true;   // the cursor goes on behind it
    return true;
  }

  /// let_go exports what will not be completed any more.
  void let_go(const char* why) {
    if (!open_.empty()) complain(std::to_string(open_.size()) + " exchanges " + why);
    for (auto& [id, open] : open_) add(std::move(open.event));
    open_.clear();
  }

  void add(Event event) {
    for (const auto& [tag, value] : event.sections()) bytes_ += value.size() + 16;
    events_.push_back(std::move(event));
  }

  /// save hands the batch over, and then moves the cursor: never the other way round.
  bool save() {
    if (place_ != nullptr) settle();
    if (!events_.empty()) {
      std::string text;
      if (!options_.post.empty()) text = otlp_request(events_);
      else for (const Event& each : events_) append_event(text, each, options_.form);
      if (auto done = sink_.put(text); !done) return fail(done.error());
      if (auto done = sink_.flush(); !done) return fail(done.error());
      events_.clear();
      bytes_ = 0;
    }
    if (cursor_ == nullptr) return true;
    auto done = cursor_->save(places_);
    return done ? true : fail(done.error());
  }

  const RecordsExport& options_;
  ExportSink& sink_;
  CursorFile* cursor_;
  record::Descriptor folder_, rings_;
  record::Erased erased_;
  CursorPlaces places_;
  CursorPlace* place_ = nullptr;   // of the epoch that is being walked
  std::map<ExchangeId, Open> open_;
  std::vector<Event> events_;
  size_t bytes_ = 0;
  bool alerted_ = false;           // an alert was handed over, and the cursor does not say so yet
  std::set<std::string> told_;
  std::string error_;
};

Result<std::unique_ptr<ExportSink>, std::string> sink_of(const RecordsExport& options) {
  if (!options.post.empty()) return post_sink(options.post);
  if (!options.output.empty()) return file_sink(options.output);
  return stdout_sink();
}

int failed(const std::string& why, int code) {
  std::fprintf(stderr, "gatehouse: %s\n", display(why).c_str());
  return code;
}

void stop_at_signals() {
  struct sigaction action {};
  action.sa_handler = [](int) { interrupted = true; };
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) ::sigaction(signal, &action, nullptr);
}

}  // namespace

int records_export(const RecordsExport& options) {
  if (auto folder = record::open_folder(options.place.dir); !folder) return failed(folder.error(), kExitNoInput);
  std::optional<CursorFile> cursor;
  if (!options.cursor.empty()) {
    auto opened = CursorFile::open(options.cursor);
    if (!opened) return failed(opened.error(), kExitNoInput);
    cursor = std::move(*opened);
  }
  auto sink = sink_of(options);
  if (!sink) return failed(sink.error(), kExitIo);
  Export run(options, **sink, cursor ? &*cursor : nullptr);
  stop_at_signals();
  std::string said;
  for (;;) {
    const bool good = run.look();
    if (!good && !options.follow) return failed(run.error(), kExitIo);
    if (!good && said != run.error()) failed(said = run.error(), 0);   // a collector may be away for a while
    if (good) said.clear();
    if (!options.follow || interrupted) break;
    ::usleep(kBetween);
  }
  return run.damaged() ? kExitIo : kExitOk;
}

}  // namespace gatehouse::cli
