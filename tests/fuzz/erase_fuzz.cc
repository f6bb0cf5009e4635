// Secrets of recorded bodies: what is erased of a body in one piece is erased of it in any pieces, and little more.
#include <string>

#include "base/assert.h"
#include "mask/erase.h"
#include "tests/fuzz/pieces.h"
#include "tests/fuzz/plant.h"

using namespace gatehouse;

namespace {

const mask::ErasePlan& plan() {
  static const auto made = mask::ErasePlan::make({"pin"});
  return *made;
}

template <typename Size>
std::string erased(ByteView body, mask::BodyForm form, bool ends, Size size) {
  mask::Eraser eraser;
  eraser.start(&plan(), form, "B");
  std::string out;
  while (!body.empty()) {
    std::string piece(body.substr(0, size(body.size())));
    const auto& found = eraser.find(piece, ends && piece.size() == body.size());
    for (const mask::Erased& each : found) GH_ASSERT(each.begin < each.end && each.end <= piece.size() && !each.name.empty());
    mask::blank({piece.data(), piece.size()}, found);
    out += piece;
    body.remove_prefix(piece.size());
  }
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  fuzz::Pieces pieces({reinterpret_cast<const char*>(data), size});
  const auto form = static_cast<mask::BodyForm>(pieces.options % 5);
  const bool ends = (pieces.options & 0x80) != 0;   // the last piece is known to be that
  const std::string whole = erased(pieces.body, form, ends, [](size_t left) { return left; });
  std::string parts = erased(pieces.body, form, ends, [&](size_t left) { return pieces(left); });
  PLANT(if (const size_t at = parts.find("**"); at != std::string::npos) parts[at] = pieces.body[at];)
  GH_ASSERT(whole.size() == pieces.body.size() && parts.size() == whole.size());
  const bool taken_back = whole.find('"') != std::string::npos || form == mask::BodyForm::form || form == mask::BodyForm::encoded;
  for (size_t i = 0; i < whole.size(); ++i) {
    if (parts[i] == whole[i]) continue;
    // Where a piece ends in what may be a secret, that is erased, too; what was passed in a piece before is not taken back.
    GH_ASSERT((parts[i] == '*' && whole[i] == pieces.body[i]) || (taken_back && parts[i] == pieces.body[i]));
  }
  // Without a name nothing changes.
  if (form != mask::BodyForm::parts && pieces.body.find_first_of("\":=/%") == ByteView::npos) GH_ASSERT(whole == pieces.body);
  return 0;
}
