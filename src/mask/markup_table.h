// Tables of HTML: which column a cell stands in, and what its head calls it. Included by mask/*.cc only.
#pragma once

#include "mask/columns.h"

namespace gatehouse::mask {

/// MarkupTable follows the tags of tables over the texts of a flow. A head is a row of <th> alone, or the first of a table, whose
/// cells are names; rows of the texts that follow stand under it until another one comes, or a second table in one text. A <th>
/// before <td> names what stands in these, where their column has no name that says something.
class MarkupTable {
 public:
  /// begin: a text of a flow (0: of none) of a body begins; `rules` (null: none) name columns, too.
  void begin(uint64_t body, uint64_t flow, const ColumnRules* rules);
  /// tag is shown each tag, in order ("<td colspan=2>").
  void tag(ByteView tag);
  /// field is the name of the column that what comes now stands in; empty when it says nothing. kSimdPadding readable behind;
  /// lives until the next tag().
  ByteView field() const {
    if (!in_cell_) return {};
    const ByteView column = head_.field(column_);
    return column.empty() && below_label_ && label_.names ? ByteView{label_.text, label_.size} : column;
  }
  /// rule is the mask that names that column; ColumnRules::kNone, and in what heads columns itself.
  uint8_t rule() const {
    if (!in_cell_ || heads_) return ColumnRules::kNone;
    const uint8_t column = column_ < head_.count ? head_.rules[column_] : ColumnRules::kNone;
    return column == ColumnRules::kNone && below_label_ ? label_.rule : column;
  }
  /// text is shown what cells hold, if collects().
  bool collects() const { return in_cell_ && (may_be_head_ || in_label_); }
  void text(ByteView text);

 private:
  /// Head is the names of columns, one behind the other.
  struct Head {
    size_t count = 0;
    uint16_t ends[kColumnsMax];
    bool names[kColumnsMax];   // it speaks of a detector
    uint8_t rules[kColumnsMax];
    char text[kColumnNames + kSimdPadding];

    ByteView of(size_t column) const {
      const size_t begin = column == 0 ? 0 : ends[column - 1];
      return {text + begin, ends[column] - begin};
    }
    ByteView field(size_t column) const { return column < count && names[column] ? of(column) : ByteView(); }
  };
  /// Label is what a <th> holds that may name the cells behind it.
  struct Label {
    size_t size = 0;
    bool too_long = false;
    bool names = false;   // it speaks of a detector
    uint8_t rule = ColumnRules::kNone;
    char text[kColumnName + kSimdPadding];
  };
  void turn();
  void open_cell(ByteView tag, bool head);
  void end_label();
  void end_row();

  const ColumnRules* rules_ = nullptr;
  uint64_t body_ = 0;
  uint64_t flow_ = 0, begun_ = 0;   // of the head; of the text at hand
  bool turns_ = false;         // no tag of a table was seen in it
  bool in_cell_ = false;
  bool may_be_head_ = false;   // so may the row at hand
  bool in_head_ = false;       // in a <thead>
  bool heads_ = false;         // the cell is a <th> of it, or of a table's first row
  bool first_ = true;          // no row was seen since the table began
  bool only_heads_ = true;     // of the row's cells
  size_t tables_ = 0;          // in this text
  size_t column_ = 0, next_ = 0;   // of this cell and of the next one
  bool too_long_ = false;
  bool in_label_ = false, below_label_ = false;   // of the cell
  bool labelled_ = false;      // what a <th> of the row says names cells of it
  Label label_;
  Head head_, row_;
};

}  // namespace gatehouse::mask
