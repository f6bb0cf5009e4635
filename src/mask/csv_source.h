// Tables: CSV and TSV, cell by cell.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "codec/csv.h"
#include "mask/fields.h"
#include "mask/source.h"
#include "mask/texts.h"

namespace gatehouse::mask {

/// CsvSource shows each cell as a text. The first row names the columns: their names are the field of what stands below, and
/// are texts themselves. Cells of a column whose name is that of a text ("text", "chunk" …) continue one another from
/// row to row. Places are "row 4 email", counted from 1 behind the row of names, "row 0 email" for the name itself.
///
/// Where masks name columns, what two readers would cut into different cells is refused: a quote inside a cell that does not begin
/// with one, something behind a closing quote, a quote that does not close, CR alone, a row with more or less cells than the
/// first. Without such masks every byte of it is text all the same. `perhaps`: nobody said that it is a table: cells and
/// what is between them are one text, too. `text`: it was called a text, which may have other lines than those of a table: nothing
/// is refused, and a row's cells have the names of the columns that they stand in, however many there are.
class CsvSource : public Source {
 public:
  CsvSource(bool perhaps, bool text) : perhaps_(perhaps), text_(text) {}

  void start(const Task& task, uint64_t at) override;
  bool feed(uint64_t at, ByteView bytes) override;
  bool finish() override;
  size_t memory_bytes() const override {
    return sizeof *this + texts_.memory_bytes() + names_.capacity() + name_ends_.capacity() * sizeof(uint32_t) + rules_.capacity() +
           plain_.capacity() + bends_.capacity() * sizeof(Bend);
  }

 private:
  enum class State : uint8_t { cell, bare, quoted, quote };

  bool take(uint64_t end);
  void begin_table(bool last);
  bool scan(bool last);
  bool bare(ByteView text, bool last);
  bool quoted(ByteView text);
  bool quote(ByteView text, bool last);
  void open_cell(Style style);
  void show(uint64_t at, ByteView text, const Bend* bends, size_t bend_count);
  void end_cell(ByteView border, uint64_t at);
  bool end_row();
  ByteView name_of(size_t column) const;
  void take_names();
  uint8_t rule_of(ByteView name);

  const bool perhaps_, text_;
  Task task_{};
  Texts texts_;
  Fields in_rows_, in_root_;       // "[*].email" and "email"
  codec::CsvSniff sniff_;
  char delimiter_ = ',';
  bool begun_ = false;             // the delimiter is known
  bool ruled_ = false;             // some mask names columns
  bool strict_ = false;            // and what two readers would cut otherwise is refused
  State state_ = State::cell;
  bool open_ = false;              // texts_ has a text
  bool closed_ = false;            // the cell's closing quote was passed
  bool empty_ = true;              // nothing of the cell was shown
  bool waits_ = false;             // for more bytes
  bool names_full_ = false;        // there are more than are kept
  uint64_t next_ = 0;              // the first byte not yet taken
  uint64_t end_ = 0;               // of the bytes that came
  uint64_t checked_ = 0;           // they are UTF-8 up to here
  uint64_t row_ = 0;
  size_t column_ = 0, width_ = 0;
  std::string names_;
  std::vector<uint32_t> name_ends_;
  std::vector<uint8_t> rules_;     // of named columns
  std::vector<bool> nameless_;     // whose heads are parts of a sentence
  uint8_t other_rule_ = kNoRule;   // of columns without a name
  std::optional<PlaceText> place_;
  Site site_;
  Room<char> plain_;
  Room<Bend> bends_;
};

}  // namespace gatehouse::mask
