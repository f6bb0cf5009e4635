// Parts are the same in any pieces. And whoever is careless about line ends and about what follows a boundary finds the same
// parts in what was taken: no line that begins with the boundary is data.
#include <cstdint>
#include <string>

#include "tests/fuzz/pieces.h"
#include "tests/fuzz/plant.h"

using namespace gatehouse;

namespace {

constexpr ByteView kOuter = "B", kInner = "C";

/// count_lines counts the lines that begin with "--" boundary, whatever ended the line before.
size_t count_lines(ByteView body, ByteView boundary) {
  size_t count = 0;
  const std::string dash = "--" + std::string(boundary);
  for (size_t at = body.find(dash); at != ByteView::npos; at = body.find(dash, at + 1))
    count += at == 0 || body[at - 1] == '\n' || body[at - 1] == '\r';
  return count;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const fuzz::Pieces pieces(fuzz::input_of(data, size));
  codec::MultipartOptions options;
  options.form_data = (pieces.options & 1) != 0;
  options.closing_required = (pieces.options & 2) != 0;
  options.padding_allowed = (pieces.options & 4) != 0;
  if ((pieces.options & 8) != 0) options.parts_max = 3;
  testing::FormLog empty;
  if ((pieces.options & 16) != 0) empty.nested_boundary = kInner;
  const auto log = fuzz::compare(pieces, 6, [&] { return codec::Multipart(kOuter, options); }, [](testing::FormLog& whole) {
    (void)whole;
    PLANT(if (whole.said.find("\ndata=\r\n-") != std::string::npos) whole.said += "\nmore=");
  }, empty);
  if (!log.said.ends_with("\nverdict=0")) return 0;
  struct Framing {
    size_t count = 0;
    void framing(ByteView raw, uint64_t) { count += raw.find("--B") != ByteView::npos; }
    ByteView begin(const codec::PartHead&) { return {}; }
    void data(ByteView, uint64_t) {}
    void end(uint8_t) {}
  } framing;
  codec::Multipart machine(kOuter, options);
  machine.feed(pieces.body, framing);
  if (machine.finish(framing) == codec::MultipartError::none) GH_ASSERT(framing.count == count_lines(pieces.body, kOuter));
  return 0;
}
