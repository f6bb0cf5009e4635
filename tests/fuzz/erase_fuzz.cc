// Secrets of recorded bodies: what is erased of a body in one piece is erased of it in any pieces, and little more.
#include <string>

#include "base/assert.h"
#include "erase/erase.h"
#include "tests/fuzz/pieces.h"
#include "tests/fuzz/plant.h"

using namespace gatehouse;

namespace {

const erase::ErasePlan& plan() {
  static const auto made = erase::ErasePlan::make({"pin"});
  return *made;
}

/// unseen has a name that no body's is, as it is longer than any that is read: with it the quick looks are off.
const erase::ErasePlan& unseen() {
  static const auto made = erase::ErasePlan::make({std::string(2 * erase::kErasedNameMax, 'x')});
  return *made;
}

template <typename Size>
std::string erased(ByteView body, erase::BodyForm form, bool ends, Size size, const erase::ErasePlan* with = &plan()) {
  erase::Eraser eraser;
  eraser.start(with, form, "B");
  std::string out;
  while (!body.empty()) {
    std::string piece(body.substr(0, size(body.size())));
    const auto& found = eraser.find(piece, ends && piece.size() == body.size());
    for (const erase::Erased& each : found) GH_ASSERT(each.begin < each.end && each.end <= piece.size() && !each.name.empty());
    erase::blank({piece.data(), piece.size()}, found);
    out += piece;
    body.remove_prefix(piece.size());
  }
  return out;
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// names_alone: every mark stands behind a quote, and no member is one of a pair.
bool names_alone(ByteView body) {
  if (body.find_first_of("=%&") != ByteView::npos) return false;
  for (const ByteView word : {"3d", "3D", "key", "name", "value", "\\u", "\\x", "<!"})
    if (body.find(word) != ByteView::npos) return false;
  for (size_t colon = body.find(':'); colon != ByteView::npos; colon = body.find(':', colon + 1)) {
    size_t before = colon;
    while (before > 0 && ByteView(" \t\r\n").find(body[before - 1]) != ByteView::npos) --before;
    if (before == 0 || body[before - 1] != '"') return false;
  }
  return true;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  fuzz::Pieces pieces({reinterpret_cast<const char*>(data), size});
  const auto form = static_cast<erase::BodyForm>(pieces.options % 5);
  const bool ends = (pieces.options & 0x80) != 0;   // the last piece is known to be that
  const std::string whole = erased(pieces.body, form, ends, [](size_t left) { return left; });
  std::string parts = erased(pieces.body, form, ends, [&](size_t left) { return pieces(left); });
  PLANT(if (const size_t at = parts.find("**"); at != std::string::npos) parts[at] = pieces.body[at];)
  GH_ASSERT(whole.size() == pieces.body.size() && parts.size() == whole.size());
  // Of `"name": value` alone pieces hide no less than the whole: else what a cut made look like a value may have ended in another. What
  // stands before its name is taken back within a piece alone.
  const bool strict = form != erase::BodyForm::form && form != erase::BodyForm::encoded && names_alone(pieces.body);
  for (size_t i = 0; i < whole.size(); ++i) {
    GH_ASSERT(whole[i] == pieces.body[i] || whole[i] == '*' || (whole[i] == '1' && is_digit(pieces.body[i])));
    GH_ASSERT(parts[i] == pieces.body[i] || parts[i] == '*' || (parts[i] == '1' && is_digit(pieces.body[i])));
    if (strict && parts[i] != whole[i]) GH_ASSERT(parts[i] == '*' && whole[i] == pieces.body[i]);
  }
  const auto all = [](size_t left) { return left; };
  GH_ASSERT(erased(pieces.body, form, ends, all, nullptr) == erased(pieces.body, form, ends, all, &unseen()));
  // Without a name nothing changes.
  if (form != erase::BodyForm::parts && pieces.body.find_first_of("\":=>/%\\&") == ByteView::npos) GH_ASSERT(whole == pieces.body);
  return 0;
}
