// Lines are the same in any pieces, and what splitting at LF by hand finds.
#include <algorithm>
#include <cstdint>
#include <string>

#include "tests/fuzz/pieces.h"
#include "tests/fuzz/plant.h"

using namespace gatehouse;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const fuzz::Pieces pieces(fuzz::input_of(data, size));
  const size_t line_max = pieces.options % 2 == 0 ? 20 : 1000;
  const auto log = fuzz::compare(pieces, 3, [&] { return codec::Lines(line_max); }, [](testing::FormLog& whole) {
    (void)whole;
    PLANT(if (whole.raw.find("\n\r\n\t") != std::string::npos) whole.said += "\nmore=");
  });
  std::string plain;
  ByteView rest = pieces.body;
  while (!rest.empty()) {
    const ByteView raw = rest.substr(0, std::min(rest.find('\n'), rest.size() - 1) + 1);
    if (raw.size() > line_max) break;
    ByteView text = raw;
    if (text.ends_with('\n')) text.remove_suffix(text.ends_with("\r\n") ? 2 : 1);
    plain.append("\nline=").append(raw);
    const bool blank = text.find_first_not_of(" \t\r") == ByteView::npos;
    plain.append(blank ? "\nblank=" : text.find('\r') != ByteView::npos ? "\ncr=" : "\ntext=").append(text);
    rest.remove_prefix(raw.size());
  }
  GH_ASSERT(log.said == plain + (rest.empty() ? "\nverdict=0" : "\nverdict=1"));
  return 0;
}
