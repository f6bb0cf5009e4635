// Rows for people, for programs and for spreadsheets. All texts of records are hostile: nothing in them can move a terminal, begin
// a formula or end a cell.
#pragma once

#include <string>

#include "cli/record_row.h"
#include "cli/records.h"

namespace gatehouse::cli {

/// csv_cell is a text as one quoted cell (RFC 4180): control characters made visible, and a quote in front of what a spreadsheet
/// would take for a formula, also behind a semicolon, which some of them take for the end of a cell.
std::string csv_cell(ByteView text);

/// RowPrinter writes rows to stdout, a heading before the first where the form has one.
class RowPrinter {
 public:
  /// `format` automatic: a table on a terminal, else JSON lines.
  explicit RowPrinter(ListFormat format);
  void print(const Row& row);
  /// end writes the heading of CSV where no row brought it: a script reads a table of none.
  void end();
  uint64_t printed() const { return printed_; }
  bool for_people() const { return format_ == ListFormat::table; }

 private:
  ListFormat format_;
  uint64_t printed_ = 0;
};

}  // namespace gatehouse::cli
