// Tables in texts: heads are the same in any pieces, and what is listed of a row are cells of it that a head names, for detectors or
// for masks that name columns.
#include <cstdint>
#include <memory>
#include <utility>

#include "mask/columns.h"
#include "tests/fuzz/pieces.h"
#include "tests/fuzz/plant.h"
#include "tests/support/padded.h"

using namespace gatehouse;

namespace {

struct World {
  std::shared_ptr<const mask::Plan> plan =
      *mask::Plan::compile({{.name = "n", .fields = {"**.n", "**.ssn"}, .detectors = {}}, {.name = "m", .fields = {"**.ssn"}, .detectors = {}, .method = mask::Method::null}});
  mask::ColumnRules rules;
  World() { GH_ASSERT(rules.ask(plan->state(), 3)); }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static World world;
  fuzz::Pieces pieces(fuzz::input_of(data, size));
  const mask::ColumnRules* const rules = (pieces.options & 1) != 0 ? &world.rules : nullptr;
  const testing::Padded padded(pieces.body);
  const ByteView text = padded.view();
  mask::Columns whole, parts;
  detect::Cells cells;
  GH_ASSERT(whole.read({text, 0, false, rules}, 0, &cells) <= text.size());
  PLANT(if (whole.heads() == 3 && cells.list.size() > 1) std::swap(cells.list[0], cells.list[1]));
  size_t line = 0;
  for (size_t seen = 0; seen < text.size();) {
    seen += pieces(text.size() - seen);
    line = parts.read({text.substr(0, seen), line, true, rules}, 0, nullptr);
    GH_ASSERT(line <= seen);
  }
  parts.read({text, line, false, rules}, 0, nullptr);
  GH_ASSERT(whole.any() == parts.any() && whole.heads() == parts.heads() && whole.uncertain() == parts.uncertain());
  size_t last = 0;
  for (const detect::Cell& cell : cells.list) {
    GH_ASSERT(cell.begin >= last && cell.begin < cell.end && cell.end <= text.size() && !cell.open);
    GH_ASSERT(cell.names != 0 || cell.rule != mask::ColumnRules::kNone);
    GH_ASSERT(cell.rule == mask::ColumnRules::kNone || (rules != nullptr && cell.rule == rules->of(cell.name)));
    GH_ASSERT(text.substr(cell.begin, cell.end - cell.begin).find('\n') == ByteView::npos);
    GH_ASSERT(cell.names == detect::named_by_field(cell.name));
    GH_ASSERT(cells.of(cell.begin) == &cell && cells.of(cell.end - 1) == &cell);
    last = cell.end;
  }
  GH_ASSERT(cells.hold == SIZE_MAX);
  return 0;
}
