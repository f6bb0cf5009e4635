// Comma-separated values (RFC 4180), with LF or CRLF and other delimiters.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "codec/gathered.h"

namespace gatehouse::codec {

inline constexpr size_t kCsvSniffBytes = 64 * 1024;   // of the first record are looked at for the delimiter
inline constexpr size_t kCsvColumnsMax = 4096;        // named by a header row
inline constexpr size_t kCsvNamesMax = 64 * 1024;     // bytes of these names

/// CsvSniff tells which of , ; TAB | occurs most often outside of quotes in the first record: the first named of equals, ','
/// when none does. Plain value.
class CsvSniff {
 public:
  /// take reads bytes up to the end of the first record; true when it was seen.
  bool take(ByteView bytes);

  bool complete() const { return complete_; }
  size_t bytes() const { return bytes_; }                   // taken
  /// most returns how often the delimiter was seen, 0 for none.
  size_t most() const;
  char delimiter() const;

 private:
  std::array<size_t, 4> counts_{};
  size_t bytes_ = 0;
  bool at_start_ = true;
  bool quoted_ = false;
  bool complete_ = false;
};

struct CsvOptions {
  char delimiter = 0;      // 0: as the first record shows
  bool header = false;     // the first record names the columns
  size_t cell_max = 0;     // bytes of the longest cell with its quotes and what ends it
};

enum class CellEnd : uint8_t { delimiter, lf, crlf, body };

/// Cell is one value. Its views are valid until the visitor returns. Rows and columns count from 0; a header row is row 0.
struct Cell {
  ByteView raw;            // with what ends it (and the byte order mark); the raws of all cells are the body
  uint64_t offset;         // of raw in the body
  ByteView content;        // of raw: with quotes, without what ends it
  ByteView text;           // what a reader sees: without quotes, "" as "
  ByteView name;           // of its column; empty without header row
  uint64_t row;
  uint64_t column;
  CellEnd end;
  bool quoted;
};

/// Row follows the last cell of each record.
struct Row {
  uint64_t row;
  uint64_t cells;
  bool ragged;             // not as many cells as row 0 had; a blank line is not called ragged
  bool blank;              // an empty line, which some readers pass over
};

/// What two readers would cut differently is an error; the caller may go on with the rest as plain text.
enum class CsvError : uint8_t {
  none,
  stray_quote,       // a quote within a cell that does not begin with one, or something behind a closing quote
  unclosed_quote,
  bare_cr,           // outside of quotes: a line end for some
  too_long,          // a cell
  too_many_columns,  // or too long names of them, in a header row
};

/// Csv cuts a body into cells. How it came in pieces changes nothing; a cell within one piece is copied only when it has
/// doubled quotes (or is held until the delimiter is known). Memory: two cells, the names, kCsvSniffBytes.
/// Visitor: void cell(const Cell&), void row(const Row&).
class Csv {
 public:
  explicit Csv(const CsvOptions& options) : options_(options), opening_(options.delimiter == 0) {}

  /// feed reports the cells that `piece` completes. An error stays: nothing more is reported.
  template <typename Visitor>
  CsvError feed(ByteView piece, Visitor& visitor) {
    tell(piece, visitor);
    return error_;
  }
  /// finish reports a last cell without line end. Call it once, after the last piece.
  template <typename Visitor>
  CsvError finish(Visitor& visitor) {
    finished_ = true;
    tell({}, visitor);
    return error_;
  }

  /// delimiter is known once a cell was reported.
  char delimiter() const { return options_.delimiter; }
  /// reported is how many bytes of the body events have shown; held, what follows them in earlier pieces.
  uint64_t reported() const { return offset_; }
  ByteView held() const { return held_.view(); }
  /// steps counts bytes looked at and copied: at most 5 for each byte of the body, however it was cut.
  uint64_t steps() const { return steps_; }

 private:
  enum class What : uint8_t { none, cell, row };
  enum class State : uint8_t { start, plain, quoted, quote, cr };

  template <typename Visitor>
  void tell(ByteView piece, Visitor& visitor) {
    for (;;) {
      switch (next(piece)) {
        case What::none: return;
        case What::cell: visitor.cell(cell_); break;
        case What::row: visitor.row(row_); break;
      }
    }
  }
  What next(ByteView& piece);
  bool open(ByteView& piece);
  What scan(ByteView& in);
  bool at_mark(char c);
  What after_cell(ByteView& in, size_t& at);
  What last();
  What fail(CsvError error, size_t item_bytes);
  What deliver(ByteView& in, size_t size, CellEnd end);
  What end_row();
  void keep_name(ByteView text);
  ByteView name_of(uint64_t column) const;
  ByteView without_quotes(ByteView content);

  CsvOptions options_;
  CsvSniff sniff_;
  Gathered held_;
  Gathered opened_;            // the bytes that were held until the delimiter was known
  ByteView front_;             // what is left of them
  Room<char> text_;
  std::string names_;
  std::vector<size_t> name_ends_;
  Cell cell_{};
  Row row_{};
  uint64_t offset_ = 0;
  uint64_t steps_ = 0;
  uint64_t at_row_ = 0;
  uint64_t at_column_ = 0;
  uint64_t width_ = 0;         // cells of row 0
  uint8_t mark_ = 0;           // bytes of a byte order mark before the first cell
  State state_ = State::start;
  bool quoted_ = false;        // the cell at hand began with a quote
  bool doubled_ = false;       // and has doubled ones
  bool row_due_ = false;
  bool names_full_ = false;
  bool opening_;
  bool finished_ = false;
  CsvError error_ = CsvError::none;
};

/// append_csv_cell writes a value so that every reader takes it for one cell, with quotes when it needs them or `quoted` asks
/// for them.
void append_csv_cell(std::string& out, ByteView text, char delimiter, bool quoted);

}  // namespace gatehouse::codec
