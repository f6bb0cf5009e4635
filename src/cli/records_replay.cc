#include <unistd.h>

#include <cstdio>

#include "cli/exit_code.h"
#include "cli/kept.h"
#include "cli/recorded.h"
#include "cli/records_reading.h"
#include "cli/sealed_text.h"
#include "mask/map.h"

namespace gatehouse::cli {
namespace {

using record::Kind;
using record::Tag;

// A masked body is held in memory to undo its changes; the gateway masks none that is larger.
constexpr uint64_t kMaskedBodyMax = uint64_t{1} << 30;

/// Replay writes the parts of one exchange: raw, or made safe for a terminal.
class Replay {
 public:
  Replay(const RecordsPlace& place, const ExchangeRecords& exchange, bool raw)
      : place_(place), exchange_(exchange), raw_(raw) {}

  void write_head(ReplayPart part) const { put(head(part)); }

  /// write puts out one part; false when the records do not hold it whole.
  bool write(ReplayPart part, bool body_only) {
    if (!body_only) put(head(part));
    switch (part) {
      case ReplayPart::client_request:
      case ReplayPart::origin_request: return stream(Direction::request);
      case ReplayPart::client_answer: return stream(Direction::answer);
      case ReplayPart::origin_answer: return undo();
      case ReplayPart::all: return false;
    }
    return false;
  }

  void end_line() const {
    if (!raw_) std::putchar('\n');
  }

  ByteView head(ReplayPart part) const {
    switch (part) {
      case ReplayPart::client_request: return exchange_.text(Kind::request, Tag::client_head);
      case ReplayPart::origin_request: return exchange_.text(Kind::request, Tag::origin_head);
      case ReplayPart::origin_answer: return exchange_.text(Kind::outcome, Tag::origin_answer_head);
      case ReplayPart::client_answer: return exchange_.text(Kind::outcome, Tag::client_answer_head);
      case ReplayPart::all: return {};
    }
    return {};
  }

 private:
  void put(ByteView bytes) const {
    const std::string safe = raw_ ? std::string() : display_lines(bytes);
    const ByteView out = raw_ ? bytes : ByteView(safe);
    std::fwrite(out.data(), 1, out.size(), stdout);
    if (!raw_ && bytes.ends_with('\n')) std::putchar('\n');
  }

  bool stream(Direction direction) const {
    return each_piece(place_, exchange_, direction, [this](ByteView bytes, ByteView) { put(bytes); });
  }

  bool undo() const {
    const ByteView map = exchange_.text(Kind::outcome, Tag::mask_map);
    if (map.empty()) return undo_slices();
    std::string masked, original;
    bool fits = true;
    const bool whole = each_piece(place_, exchange_, Direction::answer, [&](ByteView bytes, ByteView) {
      fits = fits && bytes.size() <= kMaskedBodyMax - masked.size();
      if (fits) masked += bytes;
    });
    if (!whole || !fits || !mask::undo(masked, map, &original)) return false;
    put(original);
    return true;
  }

  /// Of an answer that was masked as it came, each piece has its own map.
  bool undo_slices() const {
    bool good = true;
    std::string original;
    const bool whole = each_piece(place_, exchange_, Direction::answer, [&](ByteView bytes, ByteView map) {
      if (map.empty()) return put(bytes);
      good = good && mask::undo(bytes, map, &original);
      if (good) put(original);
    });
    return whole && good;
  }

  const RecordsPlace& place_;
  const ExchangeRecords& exchange_;
  bool raw_;
};

void print_who(const ExchangeRecords& exchange) {
  const auto line = [](const char* name, const std::string& value) {
    if (!value.empty()) std::printf("  %-10s %s\n", name, value.c_str());
  };
  const Recorded* request = exchange.find(Kind::request);
  std::printf("exchange %s, %s\n", exchange_id_text(exchange.id).c_str(),
              record::format_time(exchange.records.front().wall).c_str());
  if (request == nullptr) return;
  const auto all = [&](Tag wanted) {
    std::string text;
    record::SectionReader sections(request->payload);
    Tag tag;
    ByteView value;
    while (sections.next(&tag, &value))
      if (tag == wanted) text += (text.empty() ? "" : ", ") + section_text(tag, value);
    return text;
  };
  line("caller", all(Tag::subject));
  line("issuer", all(Tag::issuer));
  line("groups", all(Tag::group));
  line("address", all(Tag::client_address));
  line("verdict", all(Tag::verdict));
  line("rules", all(Tag::rule));
  line("guards", all(Tag::guard));
  line("masks", all(Tag::mask));
  line("origin", all(Tag::origin));
}

/// What guards found in a message: the sections of one hit follow each other, its name first.
void print_hits(const Recorded* record, const char* of_what) {
  if (record == nullptr) return;
  record::SectionReader sections(record->payload);
  Tag tag;
  ByteView value;
  bool any = false;
  while (sections.next(&tag, &value)) {
    if (tag == Tag::guard_hit) {
      if (!any) std::printf("\n--- what guards found in the %s\n", of_what);
      any = true;
      std::printf("%s", display(value).c_str());
    } else if (tag == Tag::guard_effect || tag == Tag::guard_check) {
      std::printf(", %s", display(value).c_str());
    } else if (tag == Tag::guard_place) {
      std::printf(", at %s\n", display(value).c_str());
    } else if (tag == Tag::guard_evidence) {
      std::printf("  found  %s\n", display(value).c_str());
    }
  }
}

/// print_changes_of prints the changes of one map; false when it cannot be read to its end.
bool print_changes_of(ByteView map) {
  mask::MapReader reader;
  mask::Change change;
  if (!reader.open(map)) return false;
  while (reader.next(&change))
    std::printf("%s, mask %s, %s (%s), %s\n  was    %s\n  became %s\n", display(change.place).c_str(),
                display(change.mask).c_str(), display(detect::detector_name(change.detector)).c_str(),
                display(detect::evidence_name(change.evidence)).c_str(), display(mask::method_name(change.method)).c_str(),
                display(change.original).c_str(),
                display(change.replacement).c_str());
  return reader.ok();
}

void print_changes(const ExchangeRecords& exchange) {
  std::vector<ByteView> maps;
  if (const ByteView map = exchange.text(Kind::outcome, Tag::mask_map); !map.empty()) maps.push_back(map);
  for (const Recorded& each : exchange.records)
    if (!each.map.empty()) maps.push_back(each.map);
  if (maps.empty()) return;
  uint64_t count = 0;
  for (const ByteView map : maps) {
    mask::MapReader reader;
    count += reader.open(map) ? reader.count() : 0;
  }
  std::printf("\n--- changes (%llu)\n", static_cast<unsigned long long>(count));
  bool good = true;
  for (const ByteView map : maps) good = print_changes_of(map) && good;
  if (!good) std::puts("(a part of the mask map cannot be read)");
}

void print_end(const ExchangeRecords& exchange) {
  const Recorded* close = exchange.find(Kind::close);
  if (close == nullptr) {
    std::puts("\n--- end: no close record; the exchange goes on, or its gateway died and none started since");
    return;
  }
  const auto n = [&](Tag tag) { return static_cast<unsigned long long>(exchange.number(Kind::close, tag)); };
  std::printf("\n--- end: status %llu, %s, ended by %s, %llu bytes to the origin, %llu bytes to the client, %llu us\n",
              n(Tag::status), reason_of(n(Tag::reason)).c_str(),
              display(exchange.text(Kind::close, Tag::ended_by)).c_str(), n(Tag::to_origin_bytes),
              n(Tag::to_client_bytes), n(Tag::time_done) / kNsPerUs);
}

/// missing_of says why a part cannot be shown whole; empty when nothing is known to stand against it.
std::string missing_of(const ExchangeRecords& exchange, ReplayPart part) {
  const std::string sealed = sealed_part(exchange, part);
  return sealed.empty() ? not_kept(exchange, part) : sealed;
}

/// note_of says what is shown otherwise than it came.
std::string note_of(const ExchangeRecords& exchange, ReplayPart part) {
  const bool request = part == ReplayPart::client_request || part == ReplayPart::origin_request;
  return request ? coded_note(exchange) : std::string();
}

/// came_to: the exchange has such a part, as what is always in clear says.
bool came_to(const ExchangeRecords& exchange, ReplayPart part) {
  if (part == ReplayPart::origin_request) return !exchange.text(Kind::request, Tag::origin).empty();
  return part != ReplayPart::origin_answer || exchange.number(Kind::outcome, Tag::origin_status) != 0;
}

int print_all(const RecordsReplay& options, const ExchangeRecords& exchange) {
  struct Part {
    ReplayPart part;
    const char* heading;
  };
  static constexpr Part kBefore[] = {{ReplayPart::client_request, "what the caller asked (credentials blanked)"},
                                     {ReplayPart::origin_request, "what the origin was asked"},
                                     {ReplayPart::origin_answer, "what the origin answered"}};
  static constexpr Part kAfter[] = {{ReplayPart::client_answer, "what the caller got"}};
  Replay replay(options.place, exchange, false);
  bool whole = true;
  const auto show = [&](const Part& part) {
    const std::string missing = came_to(exchange, part.part) ? missing_of(exchange, part.part) : std::string();
    if (replay.head(part.part).empty() && missing.empty()) return;
    std::printf("\n--- %s\n", part.heading);
    if (!missing.empty()) {
      if (!options.body_only) replay.write_head(part.part);
      std::printf("(%s)\n", missing.c_str());
      return;
    }
    whole = replay.write(part.part, options.body_only) && whole;
    replay.end_line();
    if (const std::string note = note_of(exchange, part.part); !note.empty()) std::printf("(%s)\n", note.c_str());
  };
  print_who(exchange);
  for (const Part& part : kBefore) show(part);
  print_hits(exchange.find(Kind::request), "request");
  print_hits(exchange.find(Kind::outcome), "answer");
  print_changes(exchange);
  for (const Part& part : kAfter) show(part);
  print_end(exchange);
  for (const record::Damage& each : exchange.damages) std::printf("damaged: %s\n", damage_text(each).c_str());
  const int written = flush_output();
  if (whole && exchange.damages.empty() && !broken_seal(exchange)) return written;
  std::fputs("gatehouse: parts of this exchange could not be read; see gatehouse records verify\n", stderr);
  return kExitIo;
}

int replay_one(const RecordsReplay& options, const ExchangeRecords& exchange, bool raw) {
  if (options.part == ReplayPart::all) return print_all(options, exchange);
  Replay replay(options.place, exchange, raw);
  if (const std::string missing = missing_of(exchange, options.part); !missing.empty()) {
    std::fprintf(stderr, "gatehouse: %s\n", missing.c_str());
    return kExitIo;
  }
  if (const std::string note = note_of(exchange, options.part); !note.empty())
    std::fprintf(stderr, "gatehouse: %s\n", note.c_str());
  const bool whole = replay.write(options.part, options.body_only);
  replay.end_line();
  const int written = flush_output();
  if (whole && exchange.damages.empty()) return written;
  std::fputs("gatehouse: the records do not hold this part whole; see gatehouse records verify\n", stderr);
  return kExitIo;
}

/// replay_job replays every exchange of a job in the order of their beginnings; the first code that is not kExitOk counts.
int replay_job(const RecordsReplay& options, bool raw) {
  std::vector<Row> rows;
  if (const int code = rows_of_job(options.place, options.job, &rows); code != kExitOk) return code;
  std::vector<ExchangeId> ids;
  for (const Row& row : rows) ids.push_back(row.id);
  std::vector<ExchangeRecords> exchanges;
  if (const int code = read_exchanges(options.place, ids, rows.front().began, &exchanges); code != kExitOk) return code;
  int result = kExitOk;
  for (size_t i = 0; i < exchanges.size(); ++i) {
    if (options.part == ReplayPart::all) std::printf("%s=== %zu of %zu\n", i > 0 ? "\n" : "", i + 1, exchanges.size());
    const int code = exchanges[i].records.empty() ? kExitIo : replay_one(options, exchanges[i], raw);
    if (result == kExitOk) result = code;
  }
  return result;
}

}  // namespace

int records_replay(const RecordsReplay& options) {
  const bool raw = ::isatty(STDOUT_FILENO) == 0;
  if (options.part != ReplayPart::all && !raw)
    std::fputs("gatehouse: shown escaped; write to a file for the exact bytes\n", stderr);
  if (!options.job.empty()) return replay_job(options, raw);
  ExchangeRecords exchange;
  if (const int code = read_exchange(options.place, options.id, &exchange); code != kExitOk) return code;
  return replay_one(options, exchange, raw);
}

}  // namespace gatehouse::cli
