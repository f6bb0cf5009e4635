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
std::string erased(ByteView body, mask::BodyForm form, Size size) {
  mask::Eraser eraser;
  eraser.start(&plan(), form, "B");
  std::string out;
  while (!body.empty()) {
    std::string piece(body.substr(0, size(body.size())));
    const auto& found = eraser.find(piece);
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
  const auto form = static_cast<mask::BodyForm>(pieces.options % 4);
  const std::string whole = erased(pieces.body, form, [](size_t left) { return left; });
  std::string parts = erased(pieces.body, form, [&](size_t left) { return pieces(left); });
  PLANT(if (const size_t at = parts.find("**"); at != std::string::npos) parts[at] = pieces.body[at];)
  GH_ASSERT(whole.size() == pieces.body.size() && parts.size() == whole.size());
  for (size_t i = 0; i < whole.size(); ++i) {
    if (parts[i] == whole[i]) continue;
    // What may be the end of a value is erased with it where a piece ends there, and so is what may be the password of a URL.
    const size_t url = pieces.body.substr(0, i).rfind("/");
    GH_ASSERT(parts[i] == '*' && whole[i] == pieces.body[i]);
    GH_ASSERT(ByteView("\\\r\n-B").find(whole[i]) != ByteView::npos || (url != ByteView::npos && i - url <= 48 + 1 + 256));
  }
  // Elsewhere nothing changes, and what holds a body together stays: no quote or brace is erased outside of strings.
  if ((form == mask::BodyForm::text || form == mask::BodyForm::json) && pieces.body.find('"') == ByteView::npos &&
      pieces.body.find('/') == ByteView::npos)
    GH_ASSERT(whole == pieces.body);
  return 0;
}
