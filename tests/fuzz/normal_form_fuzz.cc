// A text's normal form is what ICU says of the whole of it; what is called plain is its own; forms are UTF-8 and bounded.
#include <cstdint>
#include <string>

#include "base/assert.h"
#include "pattern/code_points.h"
#include "pattern/normal_form.h"
#include "tests/fuzz/plant.h"
#include "tests/support/plain_normal.h"

using namespace gatehouse;
using pattern::NormalForm;

namespace {

void check_form(const NormalForm& form, ByteView source) {
  const ByteView text = form.text();
  size_t last = 0;
  for (size_t at = 0; at < text.size();) {
    const pattern::CodePoint point = pattern::code_point_at(text, at);
    GH_ASSERT(point.length > 0);
    const size_t from = form.source_of(at);
    GH_ASSERT(from >= last && from < source.size());  // in order, and in the source
    last = from;
    at += point.length;
  }
  GH_ASSERT(text.size() <= pattern::kNormalTimes * source.size() * pattern::kNormalTimes + 1024);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static NormalForm form;
  if (size == 0) return 0;
  const ByteView text(reinterpret_cast<const char*>(data) + 1, size - 1);
  const auto expected = testing::plain_normal(text);
  bool plain = pattern::plain(text);
  PLANT(plain = plain || text.find("\u0301") != ByteView::npos);
  GH_ASSERT(!plain || (expected && *expected == text));
  const auto outcome = form.make(text);
  GH_ASSERT(expected || outcome == NormalForm::Outcome::failed);
  if (outcome == NormalForm::Outcome::failed) {  // beyond a limit
    GH_ASSERT(!expected || expected->size() > pattern::kNormalTimes * text.size() + pattern::kNormalMore ||
              text.size() > pattern::kMarksMax);
    return 0;
  }
  GH_ASSERT(*expected == (outcome == NormalForm::Outcome::same ? text : form.text()));
  if (outcome == NormalForm::Outcome::changed) {
    GH_ASSERT(form.text().size() <= pattern::kNormalTimes * text.size() + pattern::kNormalMore);
    check_form(form, text);
  }
  if ((data[0] & 1) != 0 && form.make_skeleton(text) == NormalForm::Outcome::changed) check_form(form, text);
  return 0;
}
