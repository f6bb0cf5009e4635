// Cells are the same in any pieces, and a table that is written from them reads the same.
#include <cstdint>
#include <string>

#include "tests/fuzz/pieces.h"
#include "tests/fuzz/plant.h"

using namespace gatehouse;

namespace {

/// Copy writes the table anew, every cell in quotes, and lists what was read.
struct Copy {
  std::string out;
  std::string cells;
  char delimiter = ',';
  void cell(const codec::Cell& cell) {
    codec::append_csv_cell(out, cell.text, delimiter, true);
    cells.append(cell.text).append("\x1f");
    if (cell.end == codec::CellEnd::delimiter) out += delimiter;
  }
  void row(const codec::Row&) {
    out += "\r\n";
    cells += "\x1e";
  }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const fuzz::Pieces pieces(fuzz::input_of(data, size));
  codec::CsvOptions options{0, (pieces.options & 1) != 0, (pieces.options & 2) != 0 ? 12U : 1'000'000U};
  if ((pieces.options & 4) != 0) options.delimiter = ';';
  const auto log = fuzz::compare(pieces, 5, [&] { return codec::Csv(options); }, [](testing::FormLog& whole) {
    (void)whole;
    PLANT(if (whole.said.find("\nquoted=\"\"\"\"\"\"") != std::string::npos) whole.said += "\nmore=");
  });
  if (!log.said.ends_with("\nverdict=0")) return 0;
  Copy first, second;
  options.cell_max = 10'000'000;
  codec::Csv reader(options);
  GH_ASSERT(reader.feed(pieces.body, first) == codec::CsvError::none && reader.finish(first) == codec::CsvError::none);
  codec::Csv again({',', options.header, options.cell_max});
  GH_ASSERT(again.feed(first.out, second) == codec::CsvError::none && again.finish(second) == codec::CsvError::none);
  GH_ASSERT(first.cells == second.cells);
  return 0;
}
