// Tables that stand in texts: Markdown's with bars, CSV, TSV. What the head says of a column names what stands in it, rows
// and texts later. Included by mask/*.cc only.
#pragma once

#include <algorithm>
#include <memory>
#include <vector>

#include "base/room.h"
#include "mask/column_rules.h"
#include "detect/cells.h"
#include "mask/wanted.h"

namespace gatehouse::mask {

inline constexpr size_t kColumnsMax = 48;      // of a head; what stands in later columns is not named
inline constexpr size_t kRowMax = 1024;        // bytes of a row from its begin in which cells are named, and of a head
inline constexpr size_t kColumnNames = 512;   // bytes of a head's names that are kept

/// says_password: a cell of a guessed head names a column of passwords, where any value is one. Not what stands before a comma in a
/// sentence or a program: "please reset your password", `char *password) {`.
bool says_password(ByteView cell);

/// Columns is the head of the table that a text is in, if any. A head is a line of two or more short cells without numbers, some of
/// which name a detector, or are what a mask calls a column (then one cell between bars is enough); a rule of dashes below a line
/// says that it is a head whatever it names. Below it each line with the separator is a row; one without ends the table, but for
/// two at the beginning of a text (a heading that a service set there) and empty ones in tables of bars. Copies share the names.
class Columns {
 public:
  bool any() const { return names_ != nullptr; }
  void clear() { names_.reset(); }
  /// uncertain: a border between two texts may have cut the head.
  bool uncertain() const { return any() && (part_ || unended_); }
  bool same(const Columns& other) const { return names_ == other.names_; }
  /// may_be_head: a line is a head in which a mask or a wanted detector names a column, or a part of one, may be. More often than
  /// one is, never less: what goes over texts whole asks no more than this. wanted.columns is not null.
  static bool may_be_head(ByteView line, const Wanted& wanted, bool part);
  /// heads: so many were read.
  uint32_t heads() const { return heads_; }

  /// Span is a stretch of a text to read: [from, text.size()), where `from` begins a line or the text.
  struct Span {
    ByteView text;
    size_t from;
    bool open;     // more text may follow
    const ColumnRules* rules = nullptr;   // that name columns, if any
    bool lost = false;   // text[0] stands within a line whose begin was dropped: it is no head
    bool begins = false; // text[0] begins a line
  };
  /// read goes over the lines: with `cells` cells are listed, those that end at or behind `least`. Returns where the last line that
  /// ended ends. text[0] need not begin a row: one before may go on there.
  size_t read(const Span& span, size_t least, detect::Cells* cells);
  /// next_text: what follows is another text of the flow.
  void next_text() {
    lines_ = 0;
    first_fits_ = false;
  }
  size_t memory_bytes() const { return any() ? sizeof(Names) : 0; }

 private:
  struct Names {
    size_t count = 0;
    uint16_t ends[kColumnsMax];
    detect::DetectorSet sets[kColumnsMax];
    uint8_t rules[kColumnsMax];
    char text[kColumnNames + kSimdPadding];

    ByteView of(size_t column) const {
      const size_t begin = column == 0 ? 0 : ends[column - 1];
      return {text + begin, ends[column] - begin};
    }
  };
  bool line(ByteView text, const Span& span, bool cut, bool ended);
  bool head(ByteView line, char separator, const ColumnRules* rules);
  void confirm(ByteView row);
  void list(const Span& span, size_t begin, size_t end, bool ended, size_t least, detect::Cells* cells) const;
  bool takes_cells(const Span& span, ByteView row, bool part, bool ended) const;

  std::shared_ptr<const Names> names_;   // null: no table
  uint32_t lines_ = 0;         // of this text that ended
  uint32_t heads_ = 0;
  char separator_ = 0;
  bool is_head_ = false;       // the line before was the head
  bool part_ = false;          // the head may have lost its beginning
  bool shifted_ = false;       // and was moved to where it must stand
  bool unended_ = false;       // or its end
  bool first_fits_ = false;    // the text's first line has as many cells as the head
};

/// TableRows reads one text of a table, or several as one, as detectors look through it.
class TableRows {
 public:
  /// start begins another text; of a flow, Columns::next_text() too.
  void start() {
    line_ = 0;
    waits_ = lost_ = begins_ = false;
  }
  void copy(const TableRows& from) {
    line_ = from.line_;
    waits_ = from.waits_;
    lost_ = from.lost_;
    begins_ = from.begins_;
  }
  /// find is detect() for a text of which view[left, ..) is text.bytes, with the cells that `columns` name; it takes note of heads
  /// and ends. Returns what detect() does.
  size_t find(ByteView view, size_t left, detect::Text text, Columns* columns, const Wanted& wanted, Room<detect::Found>* found,
              size_t* signs_end);
  /// finish: the text ended with `view`.
  void finish(ByteView view, Columns* columns, const Wanted& wanted);
  /// names tells whether a column names what stands at view[at]; of the last find().
  bool names(size_t at) const { return at >= left_ && cells_.of(at - left_) != nullptr; }
  /// needed: what stands before is read no more.
  size_t needed() const { return line_; }
  /// drop: so many bytes were taken from the begin.
  void drop(size_t count) {
    if (count == 0) return;
    begins_ = count == line_;
    lost_ = lost_ || count > line_;
    line_ -= std::min(line_, count);
  }

 private:
  bool list(ByteView view, const detect::Text& text, const Columns& columns, const Wanted& wanted);

  detect::Cells cells_;
  size_t left_ = 0;
  size_t line_ = 0;        // lines before were read for heads
  bool waits_ = false;     // the line with a word that may head a column did not end
  bool lost_ = false;      // the line at line_ began before what is there
  bool begins_ = false;    // what is there begins with a line
};

/// holds_head tells whether one of the lines of text[first] to text[last] may be a table's head.
bool holds_head(ByteView text, size_t first, size_t last);
/// holds_column_head: likewise of all lines, where masks name columns: there heads are read whatever words they hold. goes_on: the
/// first and the last line may be parts of one.
bool holds_column_head(ByteView text, const Wanted& wanted, bool goes_on);

/// may_name_column: it is short, and no number or assignment.
bool may_name_column(ByteView cell);

/// line_begin returns where the line of text[at] begins; npos when it is not within kRowMax.
size_t line_begin(ByteView text, size_t at);

}  // namespace gatehouse::mask
