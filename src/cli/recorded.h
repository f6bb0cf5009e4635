// One exchange out of the records, and record text made safe for people and for JSON.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "cli/records.h"
#include "record/reader.h"

namespace gatehouse::cli {

/// open_records opens the folder, or says why it cannot on stderr and returns nullptr (kExitNoInput).
std::unique_ptr<record::Reader> open_records(const RecordsPlace& place, WallNs from = 0);

/// Recorded is a copy of one record; of piece records the body is kept where there is room.
struct Recorded {
  record::Kind kind{};
  WallNs wall = 0;
  uint64_t sequence = 0;
  std::string file;
  uint64_t at = 0;            // offset in that file
  record::Direction direction{};   // pieces
  uint64_t offset = 0;        // pieces: where in the body
  uint64_t bytes = 0;         // pieces: how many
  uint64_t original = 0;      // pieces of answers: where in the body as the origin sent it
  std::string map;            // pieces of answers: what masks changed in it; or notes, without originals
  bool kept = true;           // pieces: false: a keyed digest stands for the bytes
  bool readable = true;       // pieces: false: they are compressed, and cannot be read
  std::string codings;        // content of coded requests: what was taken off
  bool ends = false;          // the last of these, which says the two below
  uint64_t coded_bytes = 0;   // of the body in its coding
  std::string undecoded;      // why content ends before it; empty: it is whole
  std::vector<std::string> erased;   // pieces: places of secrets that were taken out
  std::string tenant;                 // whose secret sealed it, too; empty: nobody's
  record::Seal operations = record::Seal::absent, auditor = record::Seal::absent;   // what became of its sealed parts
  std::string payload;        // all but pieces
  std::string body;           // pieces, where ExchangeRecords::has_bodies
};

/// ExchangeRecords is what is known of one exchange, in the order of its records.
struct ExchangeRecords {
  ExchangeId id;
  std::vector<Recorded> records;
  std::vector<record::Damage> damages;  // that name this exchange
  bool has_bodies = false;              // all of them are here; else each_piece reads them anew

  /// find returns the first record of a kind, or nullptr.
  const Recorded* find(record::Kind kind) const;
  /// text and number return a section of the first record of that kind; empty or 0 when not there.
  ByteView text(record::Kind kind, record::Tag tag) const;
  uint64_t number(record::Kind kind, record::Tag tag) const;
};

/// kBodiesKept is how many bytes of bodies read_exchanges keeps in memory.
inline constexpr uint64_t kBodiesKept = uint64_t{256} << 20;

/// read_exchange collects one exchange; returns an ExitCode (kExitNoInput when there is no such one).
int read_exchange(const RecordsPlace& place, const ExchangeId& id, ExchangeRecords* out);

/// read_exchanges collects many in one pass, in the order of `ids`; those that are not there have no records.
int read_exchanges(const RecordsPlace& place, const std::vector<ExchangeId>& ids, WallNs from, std::vector<ExchangeRecords>* out);

using record::Direction;

/// is_of says whether a piece belongs to a body; content of a coded request belongs to the request, the body of a refusal to
/// the answer.
bool is_of(const Recorded& piece, Direction direction);

/// each_piece calls `take` with the bytes of one body in order, never a byte twice, and with the mask map of each piece (empty:
/// none). Of a request in a content coding its content, where that is recorded; of a refusal its own body. A gap, or content that
/// did not all come out, ends it: false.
bool each_piece(const RecordsPlace& place, const ExchangeRecords& exchange, Direction direction,
                const std::function<void(ByteView bytes, ByteView map)>& take);

/// display is `text` for people, on one line, cut at `limit` bytes; nothing in it can move a terminal.
std::string display(ByteView text, size_t limit = SIZE_MAX);
/// display_lines does the same but keeps line ends.
std::string display_lines(ByteView text);
/// quoted is `text` as a JSON string, with its quotes.
std::string quoted(ByteView text);
/// reason_of names a recorded reason code, also one of a later version.
std::string reason_of(uint64_t code);
/// section_text is a section's value for people: numbers, times, digests in hex, text.
std::string section_text(record::Tag tag, ByteView value);
/// sections_json is a record's sections as a JSON object, repeated ones as lists (records_show.cc).
std::string sections_json(const Recorded& record);
/// damage_text is "file at N, sequence S, exchange X: what".
std::string damage_text(const record::Damage& damage);

/// flush_output returns kExitIo when stdout could not take everything.
int flush_output();

}  // namespace gatehouse::cli
