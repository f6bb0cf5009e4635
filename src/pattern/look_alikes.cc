#include "pattern/look_alikes.h"

#include <unicode/uchar.h>
#include <unicode/uspoof.h>
#include <unicode/utf16.h>

#include <algorithm>
#include <memory>

#include "base/assert.h"
#include "pattern/normal_form.h"

namespace gatehouse::pattern {
namespace {

struct Close {
  void operator()(USpoofChecker* checker) const { uspoof_close(checker); }
};

/// Writes the prototype of one character when it is 1 to 4 printing ASCII characters; else returns 0.
uint8_t prototype(const USpoofChecker* checker, UChar32 c, char* ascii) {
  if (c < 0x80) return 0;
  UChar text[2], form[32];
  int32_t length = 0;
  U16_APPEND_UNSAFE(text, length, c);
  UErrorCode error = U_ZERO_ERROR;
  length = uspoof_getSkeleton(checker, 0, text, length, form, 32, &error);
  if (U_FAILURE(error) || length < 1 || length > 4) return 0;
  for (int32_t i = 0; i < length; ++i) {
    if (form[i] < 0x20 || form[i] > 0x7e) return 0;
    ascii[i] = static_cast<char>(form[i] >= 'A' && form[i] <= 'Z' ? form[i] + 32 : form[i]);
  }
  return static_cast<uint8_t>(length);
}

/// Where characters that look like ASCII are: not among ideographs, syllables, pictures and private ones.
bool looked_at(UChar32 c) {
  const bool block = c < 0x3000 || (c >= 0xa490 && c < 0xac00) || (c >= 0xf900 && c < 0x10000) ||
                     (c >= 0x10280 && c < 0x12000) || (c >= 0x16e00 && c < 0x17000) || (c >= 0x1d000 && c < 0x1f300);
  return block && u_isgraph(c) != 0;
}

}  // namespace

LookAlikes::LookAlikes() {
  UErrorCode error = U_ZERO_ERROR;
  const std::unique_ptr<USpoofChecker, Close> checker(uspoof_open(&error));
  GH_ASSERT(U_SUCCESS(error));  // its data is linked in
  for (UChar32 c = 0x80; c < 0x1f300; ++c) {
    if (!looked_at(c)) continue;
    // What a letter looks like in its own case counts first. Capital I has the prototype l; what i is, is I too.
    Entry entry{static_cast<uint32_t>(c), 0, {}};
    char lower[4];
    const bool is_i = prototype(checker.get(), u_tolower(c), lower) == 1 && lower[0] == 'i';
    for (const UChar32 form : {is_i ? u_tolower(c) : c, u_tolower(c), u_toupper(c)}) {
      entry.length = prototype(checker.get(), form, entry.ascii);
      if (entry.length > 0) break;
    }
    if (entry.length == 0) continue;
    bits_.set(entry.code_point);
    entries_.push_back(entry);
  }
}

ByteView LookAlikes::of(uint32_t code_point) const {
  const auto found = std::lower_bound(entries_.begin(), entries_.end(), code_point,
                                      [](const Entry& entry, uint32_t c) { return entry.code_point < c; });
  GH_ASSERT(found != entries_.end() && found->code_point == code_point);
  return {found->ascii, found->length};
}

const LookAlikes& look_alikes() {
  static const LookAlikes table;
  return table;
}

void prepare_skeletons() { look_alikes(); }

}  // namespace gatehouse::pattern
